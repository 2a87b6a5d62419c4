"""What other tools find in a mirror: the archives under their upstream names, and the lists that name them.

pbs/<tag>/<file>                    a hard link to the blob: where uv and mise look once they are told of the mirror
pbs/python-precompiled-<triple>.gz  what mise chooses from
download-metadata.json              what uv chooses from

All of it follows from what is published and from the blobs that are there, and whatever else lies in pbs/ is removed.
These tools verify no signature and hear of no revocation, so what no key vouches for, or was revoked, is not there for
them at all, and what was yanked is in no list. A link is there before a list names it, and no list names it when it
goes, so that a reader never meets a gap, wherever a crash leaves this; the next publication finishes it.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from pyv.domain.artifact import Artifact
from pyv.domain.manifest import parse_manifest
from pyv.domain.revocation import parse_revocations
from pyv.errors import StoreError, TrustError
from pyv.mirror.generation import Generation, hashed, read_generation
from pyv.mirror.layout import Mirror, sync_directory, write_if_new
from pyv.mirror.tool_lists import mise_lists, uv_list
from pyv.store.atomic import make_directory, replace_hard_link, translated
from pyv.trust.keys import KeyList, parse_key_list
from pyv.trust.record import verify_record

_MANIFEST = "manifest/"
_NO_HARD_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EXDEV, errno.EMLINK})
"""FAT and many network file systems answer EPERM or ENOTSUP; so does Linux for a file of somebody else's."""


class _File(NamedTuple):
    inode: int
    size: int
    is_regular: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Offer:
    """What other tools are to find, by `<tag>/<file>`."""

    files: Mapping[str, Artifact] = field(default_factory=dict)
    yanked: frozenset[str] = frozenset()

    @property
    def listed(self) -> list[Artifact]:
        return [record for location, record in self.files.items() if location not in self.yanked]


def offer_to_other_tools(mirror: Mirror) -> str:
    """Bring pbs/ and the lists in line with what is published; the caller holds the mirror's lock.

    With nothing new, nothing is written. Returns a note for the operator where the file system knows no hard links:
    then none of it is there, and pyv's own clients lack nothing. Else an empty string.

    Raises:
        StoreError, DocumentError: what is published is damaged, or the disk refuses.
    """
    blobs = {name: file for name, file in _files(mirror.blobs) if file.is_regular}
    current = read_generation(mirror) if blobs else None
    offer = _Offer() if current is None else _offer(mirror, current, blobs)
    note = ""
    try:
        _add_links(mirror, offer, blobs)
    except StoreError as fault:
        if fault.fields.get("errno") not in _NO_HARD_LINKS:
            raise
        note = f"uv and mise cannot use this mirror: {fault.message}"
        offer = _Offer()
    lists = _lists(mirror, offer)
    for path, content in lists.items():
        write_if_new(path, content)
    _clear(mirror, offer, lists)
    return note


def _offer(mirror: Mirror, current: Generation, blobs: Mapping[str, _File]) -> _Offer:
    revocations = parse_revocations(_text(mirror, current, "revocations/revocations.json"), "revocations")
    keys = parse_key_list(_text(mirror, current, "trust/artifact-keys.json"), "artifact keys")
    revoked_keys = {key.keyid for key in keys.keys if key.revoked}
    there, judge = dict(_archives(mirror)), keys.without_limits()
    files: dict[str, Artifact] = {}
    yanked = set()
    for record in _by_location(mirror, current, blobs):
        entry = revocations.of(record)
        if record.keyid in revoked_keys or (entry is not None and entry.blocks):
            continue
        if not (_is_linked(record, there, blobs) or _is_signed(record, judge)):
            continue
        if files.setdefault(record.upstream_location, record) is record and entry is not None:
            yanked.add(record.upstream_location)
    return _Offer(files=files, yanked=frozenset(yanked))


def _is_linked(record: Artifact, there: Mapping[str, _File], blobs: Mapping[str, _File]) -> bool:
    """Whether these bytes are there under the name that follows from what is signed: then they were looked at."""
    file = there.get(record.upstream_location)
    return record.location is None and file is not None and file.inode == blobs[record.sha256].inode


def _is_signed(record: Artifact, keys: KeyList) -> bool:
    """Whether a key of the index vouches for a record: who holds a role's keys lists what he likes."""
    try:
        verify_record(record, keys, 0)
    except TrustError:
        return False
    return True


def _by_location(mirror: Mirror, current: Generation, blobs: Mapping[str, _File]) -> list[Artifact]:
    """The records whose blob is there, whole; one whose name is stated comes after one that has it by right."""
    found = []
    for target in sorted(current.targets):
        if target.startswith(_MANIFEST):
            triple = target.removeprefix(_MANIFEST).removesuffix(".json")
            records = parse_manifest(_text(mirror, current, target), target, triple)
            found += [each for each in records if each.sha256 in blobs and each.size in {None, blobs[each.sha256].size}]
    return sorted(found, key=lambda each: (each.upstream_location, each.location is not None, each.sha256))


def _text(mirror: Mirror, current: Generation, target: str) -> str:
    path = mirror.path / hashed(target, current.targets[target])
    with translated("read", path):
        return path.read_bytes().decode("ascii", "replace")


def _add_links(mirror: Mirror, offer: _Offer, blobs: Mapping[str, _File]) -> None:
    there = dict(_archives(mirror))
    changed = set()
    for location, record in offer.files.items():
        # a blob that was put in place anew is another file under the same name
        if location not in there or there[location].inode != blobs[record.sha256].inode:
            path = mirror.upstream_tree / location
            make_directory(path.parent)
            replace_hard_link(path, mirror.blob(record.sha256))
            changed |= {path.parent, mirror.upstream_tree, mirror.path}
    for directory in changed:
        sync_directory(directory)


def _lists(mirror: Mirror, offer: _Offer) -> dict[Path, bytes]:
    listed = offer.listed
    found = {mirror.upstream_tree / name: content for name, content in mise_lists(listed).items()}
    return {**found, mirror.uv_list: uv_list(listed)} if listed else found


def _clear(mirror: Mirror, offer: _Offer, lists: Mapping[Path, bytes]) -> None:
    """Remove what is no longer offered: lists, then links, then directories that are empty."""
    gone = [mirror.upstream_tree / name for name, _ in _files(mirror.upstream_tree)]
    if mirror.uv_list.exists():
        gone.append(mirror.uv_list)
    gone = [path for path in gone if path not in lists]
    gone += [mirror.upstream_tree / location for location, _ in _archives(mirror) if location not in offer.files]
    for path in gone:
        with translated("remove", path):
            path.unlink(missing_ok=True)
    if gone:
        for directory in (*_directories(mirror.upstream_tree), mirror.upstream_tree):
            with suppress(OSError):
                directory.rmdir()


def _archives(mirror: Mirror) -> Iterator[tuple[str, _File]]:
    """What lies in pbs/, by `<tag>/<file>`."""
    for directory in _directories(mirror.upstream_tree):
        for name, file in _files(directory):
            yield f"{directory.name}/{name}", file


def _files(directory: Path) -> list[tuple[str, _File]]:
    """What lies in a directory and is none itself; links are not followed."""
    with translated("read", directory):
        if not directory.is_dir():
            return []
        with os.scandir(directory) as entries:
            found = [(each.name, each.stat(follow_symlinks=False)) for each in entries if not _is_directory(each)]
    return sorted((name, _File(told.st_ino, told.st_size, stat.S_ISREG(told.st_mode))) for name, told in found)


def _directories(directory: Path) -> list[Path]:
    with translated("read", directory):
        if not directory.is_dir():
            return []
        with os.scandir(directory) as entries:
            return sorted(Path(each.path) for each in entries if _is_directory(each))


def _is_directory(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False)
