"""Trees become archives as upstream writes them (shapes: PBS's packaging code for `install_only`).

Members sorted by name below `python/`, no directory entries, plain ustar headers, owner root 0, one fixed time,
modes 0755 and 0644, one gzip member. The same tree and zlib give the same bytes.
"""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

TIME = 1704067200
"""2024-01-01T00:00:00Z: what upstream stamps on every member."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One entry: a regular file (`source` or `content`) or a symbolic link (`target`)."""

    name: str
    executable: bool = False
    source: Path | None = None
    content: bytes = b""
    target: str | None = None

    def header(self) -> tarfile.TarInfo:
        """The ustar header: nothing of the machine it was made on is in it."""
        info = tarfile.TarInfo(self.name)
        info.uname = info.gname = "root"
        info.mtime = TIME
        info.mode = 0o755 if self.executable else 0o644
        if self.target is not None:
            info.type, info.linkname, info.mode = tarfile.SYMTYPE, self.target, 0o777
        else:
            info.size = self.source.stat().st_size if self.source else len(self.content)
        return info


def tree_members(tree: Path) -> Iterator[Member]:
    """Every file and link below `tree`, named `python/…`; modes come from the owner's execute bit."""
    for folder, folders, files in os.walk(tree):
        linked = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        for name in files + linked:
            path = Path(folder, name)
            member = f"python/{path.relative_to(tree).as_posix()}"
            if path.is_symlink():
                yield Member(name=member, target=os.readlink(path))
            else:
                yield Member(name=member, source=path, executable=bool(path.stat().st_mode & 0o100))


def write_archive(members: Iterable[Member], destination: Path) -> Path:
    """Write a `.tar.gz`; it appears under its name only when it is whole."""
    destination.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=destination.parent, prefix=".pack-", delete=False) as raw:
        try:
            with (
                gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=6, mtime=TIME) as stream,
                tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive,
            ):
                for member in sorted(members, key=lambda member: member.name):
                    _append(archive, member)
            os.chmod(raw.name, 0o644)
            os.replace(raw.name, destination)
        except BaseException:
            os.unlink(raw.name)
            raise
    return destination


def _append(archive: tarfile.TarFile, member: Member) -> None:
    if member.source is None:
        archive.addfile(member.header(), io.BytesIO(member.content))
        return
    with member.source.open("rb") as content:
        archive.addfile(member.header(), content)
