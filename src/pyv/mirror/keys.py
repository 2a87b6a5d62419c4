"""Key directories: where an operator's private keys lie, and where they must not.

A key directory is 0700 and holds a key a file: `artifact.pem`, and `<role>.pem` or `<role>-<label>.pem` for the roles
of TUF, 0600, each with its public half beside it (`.pub`). It may hold a public half alone, where somebody else has
the private one. It is never inside a git work tree or a mirror, since both are made to be copied to others. The list
of artifact keys is the mirror's, and `with_key` keeps it.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from pyv.domain.naming import natural_key
from pyv.errors import RequestError, StoreError, TrustError
from pyv.store.atomic import make_directory, translated
from pyv.trust.authoring import RoleKey
from pyv.trust.keys import KeyList
from pyv.trust.pem import (
    ED25519,
    Passphrase,
    from_pem,
    generate,
    nobody_asked,
    public_from_pem,
    public_pem,
    to_pem,
)
from pyv.trust.roles import ROLES
from pyv.trust.signing import SigningKey

ARTIFACT = "artifact"
PUBLIC = ".pub"
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.]{0,30}", re.ASCII)
_MAX_BYTES = 64 * 1024
_OTHERS = 0o077


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyDirectory:
    """A key directory, and how the passphrases of its keys are had."""

    path: Path
    passphrase: Passphrase = nobody_asked

    def create(self, name: str, *, kind: str = ED25519, mirror: Path | None = None) -> str:
        """Make the key called `name` (`root`, `targets-2`, `artifact`), encrypted if there is a passphrase; its id.

        Raises:
            StoreError: there is such a key already, or the directory cannot be written.
            TrustError: the directory is inside a git work tree or a mirror, or open to others.
        """
        role = role_of(name)
        if role == ARTIFACT and kind != ED25519:
            raise RequestError(
                "records are signed with Ed25519 keys, and with nothing else", hint="leave --ecdsa out for `artifact`"
            )
        check_place(self.path, mirror=mirror)
        make_directory(self.path.parent)
        with translated("create", self.path):
            self.path.mkdir(mode=0o700, exist_ok=True)
        _check_private(self.path, "700")
        path = self.path / f"{name}.pem"
        private = generate(kind)
        _write_new(path, to_pem(private, self.passphrase(str(path))))
        _write_new(path.with_suffix(PUBLIC), public_pem(private.public_key()), mode=0o644)
        return RoleKey.of_private(private).keyid

    def names(self, role: str) -> list[str]:
        """The keys of a role whose private half is here."""
        return self._names(role, ".pem")

    def publics(self, role: str) -> list[RoleKey]:
        """Every key of a role, whoever holds its private half.

        Raises:
            DocumentError: a `.pub` file holds no key.
        """
        found = []
        for name in self._names(role, PUBLIC):
            path = self.path / f"{name}{PUBLIC}"
            found.append(public_key(path))
        return found

    def signers(self, role: str) -> list[RoleKey]:
        """The keys of a role that can sign here.

        Raises:
            TrustError: others can read one, or its passphrase is missing or wrong. DocumentError: a file holds no key.
        """
        return [RoleKey.of_private(from_pem(self._read(name), *self._asked(name))) for name in self.names(role)]

    def artifact_key(self) -> SigningKey:
        """The key that signs records.

        Raises:
            StoreError: there is none. TrustError: others can read it, or its passphrase is missing or wrong.
            DocumentError: the file holds no key.
        """
        if not self.names(ARTIFACT):
            raise StoreError(
                f"no {ARTIFACT}.pem in {self.path}",
                hint="name the directory the keys were made in; `pyv mirror init` makes them for a new mirror",
                path=str(self.path),
            )
        newest = self.names(ARTIFACT)[-1]  # a rotated key has a name after the one before it
        return SigningKey.from_pem(self._read(newest), *self._asked(newest))

    def next_name(self, role: str) -> str:
        """A name for one more key of a role."""
        taken = {*self.names(role), *self._names(role, PUBLIC)}
        return next(name for name in (f"{role}-{number}" for number in count(2)) if name not in taken)

    def _names(self, role: str, suffix: str) -> list[str]:
        with translated("read", self.path):
            files = os.listdir(self.path) if self.path.is_dir() else []
        names = (file.removesuffix(suffix) for file in files if file.endswith(suffix))
        return sorted((name for name in names if name.partition("-")[0] == role), key=natural_key)

    def _read(self, name: str) -> bytes:
        path = self.path / f"{name}.pem"
        _check_private(self.path, "700")
        _check_private(path, "600")
        with translated("read", path), path.open("rb") as stream:
            return stream.read(_MAX_BYTES)

    def _asked(self, name: str) -> tuple[str, Passphrase]:
        return str(self.path / f"{name}.pem"), self.passphrase


def role_of(name: str) -> str:
    """The role a key's name begins with.

    Raises:
        RequestError: there is no such role, or the label is none.
    """
    role, dash, label = name.partition("-")
    if role not in (*ROLES, ARTIFACT) or (dash and not _LABEL.fullmatch(label)):
        raise RequestError(
            f"`{name}` is not the name of a key",
            hint=f"a role ({', '.join((*ROLES, ARTIFACT))}), and a label after a dash where it has several: root-2",
        )
    return role


def public_key(path: Path) -> RoleKey:
    """The key of a `.pub` file.

    Raises:
        StoreError: it cannot be read. DocumentError: it holds no key.
    """
    with translated("read", path):
        content = path.read_bytes()[:_MAX_BYTES]
    return RoleKey.of_public(public_from_pem(content, str(path)))


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


def _write_new(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a file that must not be there."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
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
