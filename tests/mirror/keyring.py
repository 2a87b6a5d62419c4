"""Key directories as operators have them, with an artifact key of the test's own where that matters."""

from __future__ import annotations

from pathlib import Path

from pyv.mirror.init import make_missing_keys
from pyv.mirror.keys import KeyDirectory
from pyv.trust.signing import SigningKey


def keyring(directory: Path, artifact: SigningKey | None = None) -> KeyDirectory:
    """Every key an index needs, made once; `artifact` takes the place of the one that signs records."""
    keys = KeyDirectory(path=directory)
    make_missing_keys(keys)
    if artifact is not None:
        (directory / "artifact.pem").write_bytes(artifact.to_pem())
        (directory / "artifact.pub").unlink(missing_ok=True)
    return keys
