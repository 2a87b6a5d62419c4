"""What cannot be done, in one sentence a person can act on."""

from __future__ import annotations


class RefusedError(Exception):
    """Printed as `pbs-archive: …`, exit status 1."""
