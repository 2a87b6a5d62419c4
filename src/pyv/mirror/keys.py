"""Key directories: where an operator's private artifact key lies, and where it must not.

A key directory is 0700 and holds `artifact.pem`, 0600. It is never inside a git work tree or a mirror, since both
are made to be copied to others. The list of the public halves is the mirror's, and `with_key` keeps it.
"""

from __future__ import annotations

import os
from pathlib import Path

from pyv.errors import StoreError, TrustError
from pyv.store.atomic import make_directory, translated
from pyv.trust.keys import ArtifactKey, KeyList
from pyv.trust.signing import SigningKey

KEY_FILE = "artifact.pem"
_MAX_BYTES = 64 * 1024
_OTHERS = 0o077


def create_keys(directory: Path, *, mirror: Path | None = None) -> ArtifactKey:
    """Make a new artifact key in `directory`, which is made too; returns its public half.

    Raises:
        StoreError: there is a key already, or the directory cannot be written.
        TrustError: the directory is inside a git work tree or a mirror, or open to others.
    """
    check_place(directory, mirror=mirror)
    make_directory(directory.parent)
    with translated("create", directory):
        directory.mkdir(mode=0o700, exist_ok=True)
    _check_private(directory, "700")
    signing = SigningKey.generate()
    _write_new(directory / KEY_FILE, signing.to_pem())
    return signing.public_key


def load_keys(directory: Path) -> SigningKey:
    """The artifact key of a key directory.

    Raises:
        StoreError: there is none.
        TrustError: others can read it.
        DocumentError: the file holds no key.
    """
    path = directory / KEY_FILE
    if not path.is_file():
        raise StoreError(
            f"no {KEY_FILE} in {directory}",
            hint="name the directory the keys were made in; `pyv mirror init` makes them for a new mirror",
            path=str(path),
        )
    _check_private(directory, "700")
    _check_private(path, "600")
    with translated("read", path), path.open("rb") as stream:
        pem = stream.read(_MAX_BYTES)
    return SigningKey.from_pem(pem, str(path))


def with_key(keys: KeyList, signing_key: SigningKey, now: float | None) -> KeyList:
    """The key list with the signer's key in it; limits set on a key that is listed stay.

    `now` is in seconds since the epoch; where it is None, only a revocation counts against the key.

    Raises:
        TrustError: the list says that this key does not count.
    """
    public = signing_key.public_key
    listed = keys.find(public.keyid)
    if listed is None:
        return KeyList(keys=(*keys.keys, public))
    if now is None and not listed.revoked:
        return keys
    try:
        keys.live(public.keyid, now or 0.0)
    except TrustError as fault:
        raise TrustError(
            f"nothing more can be {fault.message}",
            hint="make a new key and sign with that",
            keyid=public.keyid,
        ) from None
    return keys


def check_place(directory: Path, *, mirror: Path | None = None) -> None:
    """Refuse a place from which a private key would travel; `mirror` is one that may not exist yet.

    Raises:
        TrustError: `directory` is inside a git work tree or a mirror.
    """
    place = directory.resolve()
    within = (place, *place.parents)
    ignored = False
    for parent in within:
        ignored = ignored or _ignores_itself(parent)
        if (parent / ".git").exists() and not ignored:
            raise _misplaced(directory, f"the git work tree {parent}")
        if parent.joinpath("targets", "trust", "artifact-keys.json").exists():
            raise _misplaced(directory, f"the mirror {parent}")
    if mirror is not None and mirror.resolve() in within:
        raise _misplaced(directory, f"the mirror {mirror}")


def _ignores_itself(directory: Path) -> bool:
    """Whether git leaves a directory alone: it holds a `.gitignore` of `*`, as virtual environments do."""
    try:
        return (directory / ".gitignore").read_text(encoding="utf-8", errors="replace").strip() == "*"
    except OSError:
        return False


def _misplaced(directory: Path, where: str) -> TrustError:
    return TrustError(
        f"private keys do not belong into {where}",
        hint="name a directory outside it, on a disk only you can read",
        path=str(directory),
    )


def _check_private(path: Path, wanted: str) -> None:
    with translated("read", path):
        mode = path.stat().st_mode
    if mode & _OTHERS:
        raise TrustError(
            f"{path} is open to other users (mode {mode & 0o777:o})",
            hint=f"chmod {wanted} {path}, and consider whether the key has been read already",
            path=str(path),
        )


def _write_new(path: Path, content: bytes) -> None:
    """Write a file that must not be there; only its owner ever reads it."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise StoreError(
            f"{path} is already there",
            hint="keys are never overwritten: use them, or name another directory",
            path=str(path),
        ) from None
    except OSError:
        with translated("create", path):
            raise
    with translated("write", path), os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(descriptor)
