"""Archives: what our reader accepts is the tree GNU tar makes of it, and the members Python's tarfile lists.

Agree or reject: readers that understand an archive differently are how a file is hidden from one of them.
"""

from __future__ import annotations

import functools
import io
import random
import re
import shutil
import subprocess
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path

from pyv.archive.extract import Limits, extract, scan
from pyv.archive.members import Names
from pyv.archive.reader import DIRECTORY, FILE, HARD_LINK, SYMLINK, Member, TarReader
from pyv.archive.refusal import RuleError, refused
from pyv.errors import ArchiveError
from tests.install.scene import left_in
from tests.prove.fuzzing.target import Target
from tests.prove.mutation import bytes_changed, tar_changed
from tests.support.archives import gzipped, unzstd, zstd

_LARGEST = 64 << 20
# GNU tar complains of a blank time or owner, and goes on; our reader has no use for either.
_TOLERATED = re.compile(
    r"Blanks in header where numeric|implausibly old time stamp|time stamp .* in the future|Exiting with"
)
_KINDS = {FILE: tarfile.REGTYPE, HARD_LINK: tarfile.LNKTYPE, SYMLINK: tarfile.SYMTYPE, DIRECTORY: tarfile.DIRTYPE}
_GZIP = b"\x1f\x8b"


def tar(data: bytes, place: Path) -> bool:
    """A plain stream, in steps of odd sizes: the same members in any steps, and those tarfile lists."""
    found = _members(data, len(data) or 1)
    assert found == _members(data, 509), "the steps of a stream change its members"
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:", encoding="utf-8") as other:
            listed = [_as_ours(member) for member in other]
    except tarfile.TarError as fault:
        raise AssertionError(f"tarfile refuses what was accepted: {fault}") from None
    assert listed == found, "tarfile lists other members"
    return True


def _members(data: bytes, step: int) -> list[Member]:
    """What our reader says of a stream, every name judged."""
    steps = iter([data[place : place + step] for place in range(0, len(data), step)])
    names, found = Names(), []
    for member in TarReader(steps, "fuzzed").members():
        try:
            names.add(member)
        except RuleError as broken:
            raise refused("fuzzed", broken.rule, member=member.path) from broken
        found.append(member)
    return found


def _as_ours(member: tarfile.TarInfo) -> Member:
    kind = next((ours for ours, theirs in _KINDS.items() if theirs == member.type), member.type)
    if member.type == tarfile.AREGTYPE:
        kind = FILE
    target = member.linkname if kind in {HARD_LINK, SYMLINK} else ""
    size = member.size if kind == FILE else 0
    return Member(member.name, kind, size, bool(member.mode & 0o100), target)


def archive(data: bytes, place: Path) -> bool:
    """A compressed archive, extracted here and by GNU tar."""
    ours = place / "ours"
    shutil.rmtree(ours, ignore_errors=True)
    kind = "gz" if data.startswith(_GZIP) else "zst"
    try:
        done = extract(_in_steps(data), ours, compression=kind, name="fuzzed", limits=Limits())
    except ArchiveError:
        assert not ours.exists(), "something is left of a refused archive"
        raise
    assert {path.name for path in place.iterdir()} <= {"ours", "theirs", "x.tar"}, "something is left beside it"
    assert scan(_in_steps(data), compression=kind, name="fuzzed", limits=Limits()) == done, "it is judged in two ways"
    plain = _unpacked(kind, data)
    assert plain is not None, "accepted, but damaged for others"
    _compare(plain, ours, place)
    return True


def _compare(plain: bytes, ours: Path, place: Path) -> None:
    program = gnu_tar()
    if program is None:
        return
    theirs, stream = place / "theirs", place / "x.tar"
    shutil.rmtree(theirs, ignore_errors=True)
    theirs.mkdir()
    stream.write_bytes(plain)
    words = [program, "--no-same-permissions", "--no-same-owner", "-xf", str(stream), "-C", str(theirs)]
    done = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False, umask=0o022)
    complaints = [line for line in done.stderr.splitlines() if not _TOLERATED.search(line)]
    assert complaints == [], f"GNU tar refuses what was accepted: {complaints}"
    assert _comparable(ours) == _comparable(theirs / "python"), "GNU tar makes another tree of it"


@functools.lru_cache(maxsize=1)
def gnu_tar() -> str | None:
    """GNU tar's path; None where `tar` is another one."""
    program = shutil.which("tar")
    if program is None:
        return None
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    return program if "GNU tar" in said else None


def _in_steps(data: bytes) -> Callable[[int], bytes]:
    """A `read` that answers as asked, or with fewer bytes, as a network does; which, the bytes themselves decide."""
    stream = io.BytesIO(data)
    step = (1 << 20, 7, 1 << 20, 100)[zlib.crc32(data) % 4]
    return lambda size: stream.read(min(size, step))


def _unpacked(kind: str, data: bytes) -> bytes | None:
    """What the reference decompressor makes of it; None where it refuses, or where something follows."""
    try:
        if kind == "gz":
            stream = zlib.decompressobj(31)
            plain = stream.decompress(data, _LARGEST) + stream.flush()
            return plain if stream.eof and not stream.unused_data else None
        return unzstd(data)
    except zlib.error:
        return None


def _comparable(tree: Path) -> dict[str, tuple[str, bool, str]]:
    """Kinds, executability and contents: our modes are two, whatever odd ones a header holds."""
    found = left_in(tree, without=())
    return {path: (kind, bool(mode & 0o100), content) for path, (kind, mode, content) in found.items()}


def _tar_damaged(chance: random.Random, data: bytes) -> bytes:
    return tar_changed(chance, data) if len(data) >= 512 else bytes_changed(chance, data)


def _archive_damaged(chance: random.Random, data: bytes) -> bytes:
    """The stream inside damaged and compressed anew, in either way; now and then the compressed bytes."""
    plain = None
    if chance.random() < 0.85:
        plain = _unpacked("gz" if data.startswith(_GZIP) else "zst", data)
    if not plain:
        return bytes_changed(chance, data)
    changed = _tar_damaged(chance, plain)
    if chance.random() < 0.5:
        return gzipped(changed, level=1)
    return zstd(changed, content_size=chance.random() < 0.5, checksum=chance.random() < 0.5)


TARGETS = (
    Target(name="tar", run=tar, damage=_tar_damaged),
    Target(name="archive", run=archive, damage=_archive_damaged, share=5),
)
