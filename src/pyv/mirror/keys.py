"""Key directories: where an operator's private keys lie, and where they must not.

A key directory is 0700 and holds a key a file: `artifact.pem`, and `<role>.pem` or `<role>-<label>.pem` for the roles
of TUF, 0600, each with its public half beside it (`.pub`). It may hold a public half alone, where somebody else has
the private one. It is never inside a git work tree or a mirror, since both are made to be copied to others. The list
of artifact keys is the mirror's, and `with_key` keeps it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from pyv.domain.naming import natural_key
from pyv.errors import RequestError, StoreError, TrustError
from pyv.mirror.private import check_absent, check_place, check_private, write_new
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
        check_private(self.path, "700")
        path = self.path / f"{name}.pem"
        for each in (path, path.with_suffix(PUBLIC)):  # both, before either is written
            check_absent(each)
        private = generate(kind)
        write_new(path, to_pem(private, self.passphrase(str(path))))
        write_new(path.with_suffix(PUBLIC), public_pem(private.public_key()), mode=0o644)
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

    def signers(self, role: str, named: Collection[str] | None = None) -> list[RoleKey]:
        """The keys of a role that can sign here; `named` are the key ids that count, if not all do.

        A key that does not count is not opened, so nobody is asked for its passphrase.

        Raises:
            TrustError: others can read one, or its passphrase is missing or wrong. DocumentError: a file holds no key.
        """
        found = []
        for name in self.names(role):
            public = self.path / f"{name}{PUBLIC}"
            if named is not None and public.exists() and public_key(public).keyid not in named:
                continue
            key = RoleKey.of_private(from_pem(self._read(name), *self._asked(name)))
            if named is None or key.keyid in named:
                found.append(key)
        return found

    def artifact_key(self) -> SigningKey:
        """The key that signs records.

        Raises:
            StoreError: there is none. TrustError: others can read it, or its passphrase is missing or wrong.
            DocumentError: the file holds no key.
        """
        if not self.names(ARTIFACT):
            raise StoreError(
                f"no {ARTIFACT}.pem in {self.path}",
                hint="name the directory the keys were made in; `pyv mirror keygen artifact` makes one that is new",
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
        check_private(self.path, "700")
        check_private(path, "600")
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
