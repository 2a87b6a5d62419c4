"""What can go wrong."""

from __future__ import annotations


class BenchError(Exception):
    """Something the benchmark needs is missing or failed; the message says what."""
