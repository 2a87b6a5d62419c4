"""Whether what is installed is still what was installed: every file of a prefix against its list.

The list is held to the receipt's tree digest first. The receipt itself is trusted: who can write it can write
everything. Nothing is followed (a link is its target's text) and nothing but regular files is opened. Files that
came later (packages, bytecode) are additions, no damage. What the publisher took back since is told too.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import stat
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

from pyv.domain.naming import natural_key
from pyv.domain.revocation import Revocation, Revocations
from pyv.domain.tree import EXECUTABLE, PLAIN, Comparison, TreeEntry, compare, link_entry, parse_listing
from pyv.errors import NotInstalledError, PyvError, StoreError
from pyv.store.atomic import store_error
from pyv.store.paths import Root
from pyv.store.receipt import Receipt, read_receipt
from pyv.store.versions import linked_id
from pyv.transfer.files import read_file
from pyv.transfer.progress import Progress

_LIST_BYTES = 256 * 1024 * 1024
_CHUNK = 256 * 1024
_THREADS = 4
_NOTHING = Comparison((), (), ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """The verdict on one version."""

    name: str
    build: str
    """`3.12.2+20240224`; the name alone where the receipt is lost."""
    files: int
    """How many are listed."""
    difference: Comparison
    problem: str = ""
    """What kept its files from being compared at all."""
    revocation: Revocation | None = None

    @property
    def is_damaged(self) -> bool:
        """Whether it is not what was installed, or nobody can tell."""
        return bool(self.problem or self.difference.changed or self.difference.missing)

    @property
    def is_blocked(self) -> bool:
        """Whether its publisher forbids it."""
        return self.revocation is not None and self.revocation.blocks

    @property
    def remedy(self) -> str | None:
        """What puts it right; None where nothing is wrong."""
        entry = self.revocation
        if entry is not None and entry.replaced_by:
            other = shlex.quote(entry.replaced_by)
            if self._own_name or entry.replaced_by.partition("+")[0] == self.name:
                return f"pyv install --force {other}{self._own_name}"
            return f"pyv install {other}, then pyv uninstall {self.name}"
        if entry is not None and entry.blocks:
            other = "install another build or version, then pyv uninstall"
            again = f"pyv install --force {self.build.partition('+')[0]}{self._own_name}"
            return again if entry.build or entry.sha256 else f"{other} {self.name}"
        request = self.build.replace("-debug", "d")  # a build tag goes with the short form only
        return f"pyv install --force {request}{self._own_name}" if self.is_damaged else None

    @property
    def _own_name(self) -> str:
        """What has to follow a request for the same name; nothing where that is the version's own."""
        return "" if self.build.partition("+")[0] == self.name else f":{self.name}"

    def to_dict(self) -> dict[str, object]:
        """The verdict for `--json`."""
        difference = {part: list(paths) for part, paths in self.difference._asdict().items()}
        return {
            "name": self.name,
            "build": self.build,
            "status": "damaged" if self.is_damaged else "sound",
            "files": self.files,
            **difference,
            "problem": self.problem or None,
            "revocation": self.revocation.to_dict() if self.revocation is not None else None,
            "remedy": self.remedy,
        }


class InTree(NamedTuple):
    """The names in the versions tree, in natural order; aliases are left out."""

    own: Sequence[str]
    """Installed by pyv, prefixes that were lost included."""
    foreign: Sequence[str]


def names_to_verify(root: Root) -> InTree:
    """Look at the versions tree.

    Raises:
        StoreError: it cannot be read.
    """
    try:
        names = sorted((name for name in os.listdir(root.versions) if name[0] != "."), key=natural_key)
    except FileNotFoundError:
        names = []
    except OSError as fault:
        raise store_error("read", root.versions, fault) from fault
    own = [name for name in names if linked_id(root, name) is not None]
    others = [name for name in names if name not in own and root.version_link(name).is_dir()]
    return InTree(own, [name for name in others if not _is_alias(root, name)])


def _is_alias(root: Root, name: str) -> bool:
    link = root.version_link(name)
    return link.is_symlink() and os.path.normpath(link.parent / os.readlink(link)).startswith(f"{root.versions}/")


def verify_version(root: Root, name: str, revocations: Revocations, progress: Progress) -> Verified:
    """Hash every file of a version and compare; a verdict on whatever is there, however damaged.

    Raises:
        NotInstalledError: there is no version of this name that pyv installed.
    """
    store_id = linked_id(root, name)
    if store_id is None:
        raise NotInstalledError(
            f"version `{name}' was not installed by pyv, so there is nothing to hold it to",
            hint="`pyv versions` lists what is installed",
            name=name,
        )
    build, files, difference, problem, revocation = name, 0, _NOTHING, "", None
    try:
        receipt = _receipt(root, name, store_id)
        build, files = receipt.artifact.pinned, receipt.files
        revocation = _taken_back(receipt, revocations)
        listed = _listed(root, store_id, receipt)
        progress.total(receipt.unpacked)
        difference = compare(listed, _found(str(root.prefix(store_id)), {entry.path for entry in listed}, progress))
    except PyvError as fault:
        problem = fault.message
    finally:
        progress.done()
    if (problem or difference.changed or difference.missing) and linked_id(root, name) != store_id:
        problem = "it was replaced or removed while it was read"
    return Verified(name=name, build=build, files=files, difference=difference, problem=problem, revocation=revocation)


def _taken_back(receipt: Receipt, revocations: Revocations) -> Revocation | None:
    """What was taken back of it: the artifact, or the packing it was unpacked from; a block before a yank."""
    entry, packing = revocations.of(receipt.artifact), receipt.derived
    if packing is None or (entry is not None and entry.blocks):
        return entry
    other = revocations.of_bytes(packing["sha256"], packing["keyid"])
    return other if other is not None and (other.blocks or entry is None) else entry


def _receipt(root: Root, name: str, store_id: str) -> Receipt:
    prefix = root.prefix(store_id)
    if prefix.is_symlink() or not prefix.is_dir():
        raise StoreError(f"{prefix} is not there any more, or is no directory")
    receipt = read_receipt(root, store_id)
    if receipt.name != name:
        raise StoreError(f"{root.version_link(name)} leads to the prefix of {receipt.name}")
    return receipt


def _listed(root: Root, store_id: str, receipt: Receipt) -> list[TreeEntry]:
    """The list of a prefix, once it is the one its receipt means."""
    path = root.file_list(store_id)
    content = read_file(path, _LIST_BYTES)
    if content is None:
        raise StoreError(f"the list of its files is gone: {path}")
    if hashlib.sha256(content).hexdigest() != receipt.tree:
        raise StoreError(f"the list of its files is not the one its receipt means: {path}")
    return parse_listing(content.decode("utf-8", "surrogateescape"), str(path))


def _found(prefix: str, listed: set[str], progress: Progress) -> dict[str, TreeEntry | None]:
    """Everything below a prefix; what is listed is hashed, by several threads (hashing does not hold the others up)."""
    found: dict[str, TreeEntry | None] = {}
    regular: list[str] = []
    for path, entry in _walk(os.fsencode(prefix)):
        is_directory = entry.is_dir(follow_symlinks=False)
        if path not in listed:
            if not is_directory:
                found[path] = None
        elif entry.is_symlink():
            target = os.readlink(entry.path).decode("utf-8", "surrogateescape")
            found[path] = link_entry(path, target)
        else:
            found[path] = None
            if entry.is_file(follow_symlinks=False):
                regular.append(path)
    with ThreadPoolExecutor(_THREADS) as pool:
        for path, read in zip(regular, pool.map(lambda path: _hashed(prefix, path), regular), strict=True):
            if read is None:
                continue
            found[path], size = read
            progress.advance(size)
    return found


def _walk(top: bytes) -> Iterator[tuple[str, os.DirEntry[bytes]]]:
    """Every entry below a directory with its path, directories before what is in them; no link is followed."""
    waiting = [(top, "")]
    while waiting:
        directory, above = waiting.pop()
        try:
            with os.scandir(directory) as entries:
                within = list(entries)
        except FileNotFoundError:
            continue
        except OSError as fault:
            raise store_error("read", os.fsdecode(directory), fault) from fault
        for entry in within:
            path = above + entry.name.decode("utf-8", "surrogateescape")
            yield path, entry
            if entry.is_dir(follow_symlinks=False):
                waiting.append((entry.path, f"{path}/"))


def _hashed(prefix: str, path: str) -> tuple[TreeEntry, int] | None:
    """A regular file's entry and size; None for anything else."""
    place = os.fsencode(prefix) + b"/" + path.encode("utf-8", "surrogateescape")
    try:
        descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb", buffering=0) as stream:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return None
            digest = hashlib.sha256()
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except OSError as fault:
        raise store_error("read", os.fsdecode(place), fault) from fault
    mode = EXECUTABLE if status.st_mode & stat.S_IXUSR else PLAIN
    return TreeEntry(path, mode, digest.hexdigest()), status.st_size
