"""Making an empty mirror: its keys, where there are none yet, and its first metadata."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pyv.errors import StoreError
from pyv.mirror.carried import take_over
from pyv.mirror.keys import ARTIFACT, KeyDirectory
from pyv.mirror.layout import Mirror, write_documents
from pyv.mirror.private import check_place
from pyv.mirror.published import Published
from pyv.mirror.publisher import publish
from pyv.mirror.settings import HYBRID, Settings, write_settings
from pyv.mirror.verified import Verified
from pyv.store.atomic import translated
from pyv.store.lock import locked
from pyv.store.staging import remove_tree
from pyv.trust.keys import ArtifactKey, KeyList
from pyv.trust.pem import Passphrase
from pyv.trust.roles import ROLES, TOP_LEVEL


@dataclass(frozen=True, slots=True, kw_only=True)
class InitResult:
    """What `init` made."""

    directory: Path
    key: ArtifactKey | None
    """What signs records; None in a hybrid mirror, where upstream's keys do."""
    upstream: str = ""
    """Whose index a hybrid mirror carries."""
    made: tuple[str, ...]
    """The keys that are new; others were in the key directory already."""
    published: Published


def init(
    directory: Path,
    keys: KeyDirectory,
    now: float,
    *,
    bootstrap: bool = False,
    choose: Passphrase | None = None,
    follow: Callable[[Mirror], Verified] | None = None,
) -> InitResult:
    """Make a mirror in `directory`, with the keys in the key directory; those that are missing are made.

    One key a role, unless `bootstrap` asks for as many as a public index has: then root and targets need two of three.
    New keys are encrypted with what `choose` says, where it differs from the passphrase of those that are there.
    `follow` makes it a hybrid mirror of the index it reads: releases and revocations are that index's, and so are the
    keys of records.

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
    mirror = Mirror(directory)
    with _kept_if_whole(directory):
        upstream = None if follow is None else follow(mirror)
        chosen = keys.passphrase if choose is None else choose
        wanted = replace(keys, passphrase=chosen)
        made = make_missing_keys(wanted, bootstrap=bootstrap, mirror=directory, hybrid=upstream is not None)
        theirs = keys.passphrase
        keys = replace(keys, passphrase=lambda file: chosen(file) if Path(file).stem in made else theirs(file))
        key = keys.artifact_key().public_key if upstream is None else None
        mirror.create()
        with locked(mirror.lock):
            _first_documents(mirror, key, upstream)
            published = publish(mirror, keys, now)
    return InitResult(
        directory=directory,
        key=key,
        made=made,
        published=published,
        upstream="" if upstream is None else upstream.place,
    )


def _first_documents(mirror: Mirror, key: ArtifactKey | None, upstream: Verified | None) -> None:
    if upstream is None:
        write_documents(mirror, {}, KeyList(keys=() if key is None else (key,)))
        return
    named = tuple(sorted(each.keyid for each in upstream.keys.keys))
    write_settings(mirror, Settings(mode=HYBRID, upstream=upstream.place, line=upstream.line, upstream_keys=named))
    take_over(mirror, upstream)


@contextmanager
def _kept_if_whole(directory: Path) -> Iterator[None]:
    """What an init that failed began is cleared away, so that the next one finds the directory empty again."""
    existed = directory.exists()
    try:
        yield
    except BaseException:
        for path in directory.iterdir() if directory.is_dir() else ():
            remove_tree(path)
        if not existed and directory.is_dir():
            directory.rmdir()
        raise


def make_missing_keys(
    keys: KeyDirectory, *, bootstrap: bool = False, mirror: Path | None = None, hybrid: bool = False
) -> tuple[str, ...]:
    """Make every key an index needs and the key directory lacks; their names. A hybrid one needs those of root only.

    Raises:
        StoreError: the directory cannot be written. TrustError: it is a place keys do not belong into.
    """
    roles = TOP_LEVEL if hybrid else ROLES.values()
    wanted = {role.name: role.bootstrap_keys if bootstrap else 1 for role in roles}
    if not hybrid:
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
