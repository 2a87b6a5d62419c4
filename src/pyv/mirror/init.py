"""Making an empty mirror: its keys, where there are none yet, and its first metadata."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from pyv.errors import StoreError
from pyv.mirror.keys import ARTIFACT, KeyDirectory
from pyv.mirror.layout import Mirror, write_documents
from pyv.mirror.private import check_place
from pyv.mirror.published import Published
from pyv.mirror.publisher import publish
from pyv.store.atomic import translated
from pyv.store.lock import locked
from pyv.trust.keys import ArtifactKey, KeyList
from pyv.trust.pem import Passphrase
from pyv.trust.roles import ROLES


@dataclass(frozen=True, slots=True, kw_only=True)
class InitResult:
    """What `init` made."""

    directory: Path
    key: ArtifactKey
    """What signs records."""
    made: tuple[str, ...]
    """The keys that are new; others were in the key directory already."""
    published: Published


def init(
    directory: Path, keys: KeyDirectory, now: float, *, bootstrap: bool = False, choose: Passphrase | None = None
) -> InitResult:
    """Make a mirror in `directory`, with the keys in the key directory; those that are missing are made.

    One key a role, unless `bootstrap` asks for as many as a public index has: then root and targets need two of three.
    New keys are encrypted with what `choose` says, where it differs from the passphrase of those that are there.

    Raises:
        StoreError: `directory` holds something already.
        TrustError: the key directory is inside the mirror or a git work tree, or open to others.
    """
    with translated("read", directory):
        if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
            raise StoreError(
                f"{directory} is not empty",
                hint="name a directory that is empty or does not exist",
                path=str(directory),
            )
    check_place(keys.path, mirror=directory)
    chosen = keys.passphrase if choose is None else choose
    made = make_missing_keys(replace(keys, passphrase=chosen), bootstrap=bootstrap, mirror=directory)
    theirs = keys.passphrase
    keys = replace(keys, passphrase=lambda file: chosen(file) if Path(file).stem in made else theirs(file))
    key = keys.artifact_key().public_key
    mirror = Mirror(directory)
    mirror.create()
    with locked(mirror.lock):
        write_documents(mirror, {}, KeyList(keys=(key,)))
        published = publish(mirror, keys, now)
    return InitResult(directory=directory, key=key, made=made, published=published)


def make_missing_keys(keys: KeyDirectory, *, bootstrap: bool = False, mirror: Path | None = None) -> tuple[str, ...]:
    """Make every key an index needs and the key directory lacks; their names.

    Raises:
        StoreError: the directory cannot be written. TrustError: it is a place keys do not belong into.
    """
    wanted = {role.name: role.bootstrap_keys if bootstrap else 1 for role in ROLES.values()}
    wanted[ARTIFACT] = 1
    made = []
    for role, number in wanted.items():
        if keys.publics(role) or keys.names(role):
            continue
        names = [role] if number == 1 else [f"{role}-{n}" for n in range(1, number + 1)]
        for name in names:
            keys.create(name, mirror=mirror)
        made += names
    return tuple(made)
