"""Making good that a root was moved: an installed tree is fitted to the place it lies at now.

What names the old prefix is rewritten, each file whole: sysconfig's data, the Makefile, build details, and the first
lines of programs that pip put into `bin/`. The list of files and the receipt follow, the receipt last. Until it is
written the tree counts as moved, and all of this can be done again, so the next run makes good what was interrupted.
Virtual environments are not looked for: they lie anywhere.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import stat
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path

from pyv.domain.tree import EXECUTABLE, PLAIN, TreeEntry, listing, parse_listing, tree_digest
from pyv.errors import ArchiveError
from pyv.install.patch import changed_sysconfig, changed_variables, rewrite_words
from pyv.install.place import fitted_for, has_moved, root_of
from pyv.install.shebang import readdressed
from pyv.store.atomic import clear_temporaries, translated, write_bytes, write_text
from pyv.store.paths import Root
from pyv.store.receipt import Receipt, read_receipt
from pyv.store.versions import store_id_of


def fit_again(root: Root, name: str) -> str:
    """Fit a version to its place if it was moved; the root it came from, or nothing. The caller holds the tree lock.

    Raises:
        StoreError: the file system refuses. DocumentError: its list of files cannot be read.
    """
    store_id = store_id_of(root, name)
    if store_id is None:
        return ""
    receipt = read_receipt(root, store_id)
    if not has_moved(root, name, store_id, receipt):
        return ""
    old, new = fitted_for(root, store_id, receipt), str(root.used_prefix(name))
    if not receipt.prefix:  # by an earlier release: once its files are rewritten nothing else would say it
        receipt = dataclasses.replace(receipt, prefix=old)
        write_text(root.receipt(store_id), receipt.to_json())
    _rewrite(root, store_id, receipt, old, new)
    return root_of(old)


def _rewrite(root: Root, store_id: str, receipt: Receipt, old: str, new: str) -> None:
    prefix = root.prefix(store_id)
    rewritten = _configuration(prefix, receipt, old, new)
    if not _is_elsewhere(prefix, "bin"):
        _programs(prefix / "bin", os.fsencode(root_of(old)), os.fsencode(root.place))
    path = root.file_list(store_id)
    with translated("read", path):
        entries = parse_listing(path.read_bytes().decode("utf-8", "surrogateescape"), str(path))
    text = listing(rewritten.get(entry, entry) for entry in entries)
    write_text(path, text, durable=False)
    moved = dataclasses.replace(receipt, prefix=new, tree=tree_digest(text), files=len(entries))
    write_text(root.receipt(store_id), moved.to_json())


def _configuration(prefix: Path, receipt: Receipt, old: str, new: str) -> dict[TreeEntry, TreeEntry]:
    """Rewrite what `pyv.install.patch` had fitted; what each file is listed as there, and what here.

    A file somebody edited is not what is listed, before or after: that stays to be seen.
    """
    entries = {}
    for path in receipt.patched:
        file = prefix / path
        if _rule(path, old, new) is None or _is_elsewhere(prefix, path) or not file.is_file():
            continue
        with translated("read", file):
            text, mode = file.read_bytes().decode("utf-8", "surrogateescape"), file.stat().st_mode
        here = _rewritten(path, text, old, new)
        there = _rewritten(path, here, new, old)  # not `text`: an earlier run may have been here
        if here != text:
            _replace(file, here.encode("utf-8", "surrogateescape"), mode)
            for cached in file.parent.glob(f"__pycache__/{file.stem}.*.pyc"):
                cached.unlink(missing_ok=True)  # it may look current: the same size, the same second
        listed = EXECUTABLE if mode & stat.S_IXUSR else PLAIN
        entries[TreeEntry(path, listed, _digest(there))] = TreeEntry(path, listed, _digest(here))
    return entries


def _is_elsewhere(prefix: Path, path: str) -> bool:
    """Whether a link leads somewhere else: what lies there is not ours to rewrite."""
    return (prefix / path).resolve() != prefix.resolve() / path


def _rule(path: str, old: str, new: str) -> Callable[[str], str] | None:
    """How a file is rewritten; None for those that do not name the prefix."""

    def words(text: str) -> str:
        return rewrite_words(text, old, new)

    def variables(values: dict[str, object]) -> dict[str, object]:
        return {key: words(value) if isinstance(value, str) else value for key, value in values.items()}

    rules: tuple[tuple[str, Callable[[str], str]], ...] = (
        ("lib/python3.*/_sysconfigdata_*.py", lambda text: changed_sysconfig(text, variables)),
        ("lib/python3.*/_sysconfig_vars_*.json", lambda text: changed_variables(text, variables)),
        ("lib/python3.*/config-3.*/Makefile", words),
        ("lib/python3.*/build-details.json", words),
    )
    return next((rule for pattern, rule in rules if fnmatchcase(path, pattern)), None)


def _rewritten(path: str, text: str, old: str, new: str) -> str:
    rule = _rule(path, old, new)
    assert rule is not None
    try:
        return rule(text)
    except ArchiveError:  # somebody edited it
        return rewrite_words(text, old, new)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _programs(directory: Path, old: bytes, new: bytes) -> None:
    """Programs of packages begin with the path of the interpreter they were installed for."""
    with translated("read", directory):
        clear_temporaries(directory)
        for entry in sorted(os.scandir(directory), key=lambda entry: entry.name):
            if not entry.is_file(follow_symlinks=False):
                continue
            with open(entry.path, "rb") as stream:
                content = stream.read(2)
                if content != b"#!":
                    continue
                content += stream.read()
            after = readdressed(content, old, new)
            if after != content:
                _replace(Path(entry.path), after, entry.stat().st_mode)


def _replace(file: Path, content: bytes, mode: int) -> None:
    """Another content in the place of a file, whole, in a file of its own: the old one may have other names."""
    clear_temporaries(file.parent, file.name)
    write_bytes(file, content, mode=stat.S_IMODE(mode), durable=False)
    with translated("write", file):
        file.chmod(stat.S_IMODE(mode))  # whatever the umask left of it
