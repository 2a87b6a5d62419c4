"""The versions tree: what is installed, and the three ways it changes (commit, remove, sweep).

The caller holds the tree lock around everything here that writes. The link `versions/NAME` is the commit point:
before it an installation does not exist, after it everything else can be made again.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from pyv.domain.naming import alias_of, aliases_for, natural_key
from pyv.errors import NotInstalledError, StoreError
from pyv.store.adopted import adopted_id, is_adopted, read_adopted
from pyv.store.aliases import read_aliases
from pyv.store.atomic import make_directory, replace_link, store_error, translated, write_text
from pyv.store.paths import Root
from pyv.store.staging import Stage, remove_tree

_INTO_STORE = "../store/"


@dataclass(frozen=True, slots=True)
class Installed:
    """A version pyv installed."""

    name: str
    store_id: str


def linked_id(root: Root, name: str) -> str | None:
    """The store id a version of pyv's own is linked to, whether or not the prefix is still there."""
    target = _target(root, name) or ""
    store_id = target.removeprefix(_INTO_STORE)
    return store_id if target.startswith(_INTO_STORE) and "/" not in store_id and store_id.strip(".") else None


def store_id_of(root: Root, name: str) -> str | None:
    """The prefix behind a version of pyv's own; None for foreign versions, aliases, unknown names and lost prefixes."""
    store_id = linked_id(root, name)
    return store_id if store_id is not None and root.prefix(store_id).is_dir() else None


def refuse_foreign(root: Root, name: str) -> None:
    """Touch nothing pyv did not make; a link that adopted another tool's version is pyv's own.

    Raises:
        StoreError: something else stands at `versions/NAME`.
    """
    link = root.version_link(name)
    if os.path.lexists(link) and linked_id(root, name) is None and read_adopted(root, name) is None:
        raise StoreError(
            f"{link} exists and was not installed by pyv",
            hint="move it away, or set PYV_ROOT elsewhere; --skip-existing takes it for installed",
            path=str(link),
        )


def names_in_tree(root: Root) -> list[str]:
    """Every name in the versions tree that is a directory or leads to one, in natural order."""
    try:
        with os.scandir(root.versions) as entries:
            names = [entry.name for entry in entries if not entry.name.startswith(".") and os.path.isdir(entry.path)]
    except FileNotFoundError:
        return []
    except OSError as fault:
        raise store_error("read", root.versions, fault) from fault
    return sorted(names, key=natural_key)


def installed(root: Root) -> list[Installed]:
    """The versions pyv installed, in natural order."""
    found = ((name, store_id_of(root, name)) for name in names_in_tree(root))
    return [Installed(name, store_id) for name, store_id in found if store_id is not None]


def refresh_aliases(root: Root, *, without: str | None = None) -> None:
    """Make the managed aliases follow what is installed, as if `without` were already gone.

    A minor that has a version pyv did not install, or whose alias name somebody else took, is left alone.
    """
    before, wanted = _aliases(root, without)
    for name, target in wanted.items():
        if _target(root, name) != target:
            replace_link(root.version_link(name), target)
    for name in before.keys() - wanted.keys():
        if _is_ours(root, name, before):
            root.version_link(name).unlink(missing_ok=True)
    text = "".join(f"{name} {target}\n" for name, target in sorted(wanted.items(), key=lambda a: natural_key(a[0])))
    if wanted != before:
        write_text(root.aliases, text)


def aliases_are_current(root: Root) -> bool:
    """Whether `refresh_aliases` would change nothing."""
    before, wanted = _aliases(root, None)
    return before == wanted and all(_target(root, name) == target for name, target in wanted.items())


def _aliases(root: Root, without: str | None) -> tuple[dict[str, str], dict[str, str]]:
    """The managed aliases as they were last written, and as they should be."""
    before = dict(read_aliases(root))
    own = [version.name for version in installed(root) if version.name != without]
    foreign = {alias_of(name) for name in names_in_tree(root) if name != without and name not in own}
    wanted = {
        alias.name: alias.target
        for alias in aliases_for(own)
        if alias.name not in foreign and _is_ours(root, alias.name, before)
    }
    return before, wanted


def _target(root: Root, name: str) -> str | None:
    try:
        return os.readlink(root.version_link(name))
    except OSError:
        return None


def _is_ours(root: Root, name: str, before: dict[str, str]) -> bool:
    """Whether an alias name is free, or a link pyv made (as the alias list says, or of a minor's plain form)."""
    try:
        target = os.readlink(root.version_link(name))
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return target == before.get(name) or alias_of(target) == name


def free_store_id(root: Root, artifact_name: str, sha256: str) -> str:
    """The store id for an artifact; `~n` is added when it is taken. A receipt whose prefix is gone takes nothing."""
    base = f"{artifact_name}-{sha256[:8]}"
    store_id, number = base, 1
    while os.path.lexists(root.prefix(store_id)):
        number += 1
        store_id = f"{base}~{number}"
    return store_id


def commit(root: Root, stage: Stage, *, name: str, store_id: str, receipt: str, listing: str) -> str | None:
    """Move a finished prefix from staging into the tree and link it; the store id it replaces, if any.

    Raises:
        StoreError: something pyv did not make stands at `versions/NAME`, or the file system refuses.
    """
    refuse_foreign(root, name)
    link = root.version_link(name)
    replaced = store_id_of(root, name)
    for directory in (root.versions, root.store):
        make_directory(directory)
    stage.intend("link", name, store_id)
    try:
        write_text(root.receipt(store_id), receipt)
        write_text(root.file_list(store_id), listing, durable=False)
        with translated("activate", root.prefix(store_id)):
            os.rename(stage.prefix, root.prefix(store_id))
        replace_link(link, _INTO_STORE + store_id)
    except BaseException:
        settle(root, stage)
        raise
    root.receipt(adopted_id(name)).unlink(missing_ok=True)  # of the link it took the place of
    refresh_aliases(root)
    return replaced


def remove(root: Root, stage: Stage, name: str) -> None:
    """Unlink a version, then remove its prefix and receipt.

    Raises:
        NotInstalledError: there is no such version. StoreError: it is not pyv's to remove.
    """
    store_id = removable(root, name)
    if store_id is None:
        with translated("remove", root.version_link(name)):
            root.version_link(name).unlink()
        return
    stage.intend("drop", name, store_id)
    refresh_aliases(root, without=name)
    with translated("remove", root.version_link(name)):
        root.version_link(name).unlink()
    if not _linked(root, store_id):
        _discard(root, stage, store_id)


def removable(root: Root, name: str) -> str | None:
    """The store id behind a version pyv may remove; of an adopted one, that of its receipt: there is no more to remove.

    None stands for a person's own link: it goes alone, as pyenv has it, and what it leads to stays.

    Raises:
        NotInstalledError: there is no such version. StoreError: it is not pyv's to remove.
    """
    store_id = linked_id(root, name) if "/" not in name else None
    if store_id is not None:
        return store_id
    if read_adopted(root, name) is not None:
        return adopted_id(name)
    if _is_own_link(root, name):
        return None
    raise _not_removable(root, name)


def _is_own_link(root: Root, name: str) -> bool:
    """Whether a person made this link: it is one, and no managed alias."""
    link = root.version_link(name)
    return "/" not in name and link.is_symlink() and all(alias.name != name for alias in read_aliases(root))


def _not_removable(root: Root, name: str) -> StoreError:
    targets = {alias.name: alias.target for alias in read_aliases(root)}
    if name in targets:
        said = f"version `{name}' is a managed alias of {targets[name]}"
        return NotInstalledError(said, hint=f"pyv uninstall {targets[name]}", name=name, alias=True)
    if os.path.lexists(root.version_link(name)):
        link = root.version_link(name)
        return StoreError(f"{link} was not installed by pyv", hint="remove it by hand if you want it gone", name=name)
    return NotInstalledError(f"version `{name}' not installed", hint="see `pyv versions`", name=name)


def _linked(root: Root, store_id: str) -> bool:
    return is_adopted(root, store_id) or any(version.store_id == store_id for version in installed(root))


def _discard(root: Root, stage: Stage, store_id: str) -> None:
    """Take an unlinked prefix out of the store: by way of staging, or in place where that is another file system.

    Whatever a crash leaves of it, the intent says to remove.
    """
    prefix = root.prefix(store_id)
    removed = stage.path / "removed"
    try:
        os.rename(prefix, removed)
    except OSError:
        removed = prefix
    root.receipt(store_id).unlink(missing_ok=True)
    root.file_list(store_id).unlink(missing_ok=True)
    remove_tree(removed)


def settle(root: Root, stage: Stage) -> None:
    """Finish or take back what a dead process had begun."""
    intent = stage.intent()
    if intent is not None:
        _, name, store_id = intent
        if read_adopted(root, name) is None:
            root.receipt(adopted_id(name)).unlink(missing_ok=True)
        if not _linked(root, store_id):
            _discard(root, stage, store_id)
    refresh_aliases(root)
