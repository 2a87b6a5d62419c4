"""Exporting: a mirror's image to one file that can be carried, whole or what came since an earlier one.

The file is written beside its place and renamed when it is whole; every blob is hashed on its way into it, so that what
leaves is what the mirror's documents name. An increment leaves out archives the earlier bundle had, never documents.
"""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pyv.domain import image
from pyv.domain.image import Descriptor
from pyv.domain.timestamp import utc
from pyv.errors import DigestError, RequestError
from pyv.mirror.bundle import BLOBS, INDEX_FILE
from pyv.mirror.bundled import ID_DIGITS
from pyv.mirror.exports import Export, exports, had_since, remember
from pyv.mirror.image import Image, Part, image_of
from pyv.mirror.layout import Mirror, sync_directory
from pyv.mirror.ustar import write_members
from pyv.store.atomic import translated
from pyv.store.lock import locked
from pyv.transfer.progress import Progress, Silence

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a bundle is to hold."""

    image: Image
    documents: tuple[Part, ...]
    """Documents of the image and files of the index."""
    archives: tuple[Part, ...]
    left_out: tuple[Part, ...] = ()
    """Archives the earlier bundle had."""
    since: str = ""
    """The id of that bundle."""
    output: Path = field(default=Path())

    @property
    def ident(self) -> str:
        """What people call the bundle."""
        return self.image.index.sha256[:ID_DIGITS]

    @property
    def root(self) -> tuple[int, str]:
        """The newest root, by which the far side knows the mirror: version and sha256."""
        names = [layer.title for layer in self.image.files.layers]
        found = {
            int(name.removeprefix("metadata/").partition(".")[0]): part.sha256
            for name, part in zip(names, self.image.files.parts, strict=True)
            if name.endswith(".root.json")
        }
        return max(found.items())


def plan_export(mirror: Mirror, output: Path, since: str | None, cwd: Path) -> Plan:
    """Decide what goes into the file `output`; `since` is what a person says of an earlier bundle.

    Raises:
        RequestError: there is no such bundle, or the file would be no file beside the mirror. StoreError: nothing is
        published. DigestError: a file of the mirror is damaged.
    """
    _check_output(mirror, output, since, cwd)
    known, had = ("", frozenset[str]()) if since is None else had_since(mirror, since, cwd)
    made = image_of(mirror)
    archives = sorted(made.archives.values(), key=lambda part: part.sha256)
    documents = {part.sha256: part for part in (*made.files.parts, *made.documents)}
    return Plan(
        image=made,
        documents=tuple(documents[sha] for sha in sorted(documents)),
        archives=tuple(part for part in archives if part.sha256 not in had),
        left_out=tuple(part for part in archives if part.sha256 in had),
        since=known,
        output=output,
    )


def _check_output(mirror: Mirror, output: Path, since: str | None, cwd: Path) -> None:
    place, top = output.resolve(), mirror.path.resolve()
    if place == top or place.is_relative_to(top):
        raise RequestError(
            f"{output} is inside the mirror, where everybody could fetch it",
            hint="name a file elsewhere",
            path=str(output),
        )
    if output.is_dir() or (output.exists() and not output.is_file()):
        raise RequestError(f"{output} is not a file", hint="name a file to be written with -o", path=str(output))
    if since is not None and (cwd / since).exists() and (cwd / since).resolve() == place:
        raise RequestError(f"{output} would be overwritten, and is needed", hint="name another file with -o")


def export(mirror: Mirror, plan: Plan, *, now: float, progress: Progress | None = None) -> Export:
    """Write the file, and remember what it holds; one export of a mirror at a time.

    Raises:
        DigestError: an archive of the mirror is damaged; no file is left. StoreError: the disk refuses.
    """
    progress = progress or Silence()
    with locked(mirror.work.locks / "export.lock"):
        try:
            _write(plan, progress)
        finally:
            progress.done()
        found = Export(
            index=plan.image.index.sha256,
            number=max((each.number for each in exports(mirror)), default=0) + 1,
            at=utc(now),
            snapshot=plan.image.snapshot,
            timestamp=plan.image.timestamp,
            archives=frozenset(plan.image.archives),
        )
        remember(mirror, found)
    return found


def _write(plan: Plan, progress: Progress) -> None:
    output = plan.output
    progress.total(sum(part.size for part in (*plan.documents, *plan.archives)))
    temporary = output.with_name(f".{output.name}.{os.urandom(4).hex()}.tmp")
    with translated("write", output):
        _clear(output)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        try:
            with os.fdopen(descriptor, "wb", buffering=_CHUNK) as stream:
                write_members(stream, _members(plan, progress))
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(temporary, output)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    sync_directory(output.parent)


def _clear(output: Path) -> None:
    """Remove what an export to the same file left that was killed."""
    for name in glob.glob(f".{glob.escape(output.name)}.????????.tmp", root_dir=output.parent):
        (output.parent / name).unlink(missing_ok=True)


def _members(plan: Plan, progress: Progress) -> Iterator[tuple[str, int, Iterator[bytes]]]:
    index = plan.image.index
    named = Descriptor(media_type=image.INDEX_TYPE, sha256=index.sha256, size=index.size)
    for name, text in ((image.LAYOUT_FILE, image.LAYOUT), (INDEX_FILE, image.dump_layout_index(named))):
        content = text.encode("ascii")
        yield name, len(content), iter([content])
    for part in (*plan.documents, *plan.archives):
        yield BLOBS + part.sha256, part.size, _hashed(part, progress)


def _hashed(part: Part, progress: Progress) -> Iterator[bytes]:
    """The content of a part, which ends in an error if it is not what it must be."""
    digest, count = hashlib.sha256(), 0
    for chunk in _read(part):
        digest.update(chunk)
        count += len(chunk)
        if count > part.size:
            break
        progress.advance(len(chunk))
        yield chunk
    if (count, digest.hexdigest()) != (part.size, part.sha256):
        raise DigestError(
            f"{part.path} is damaged: {count:,} bytes with the sha256 {digest.hexdigest()}, not those of its name",
            hint="see what else is with `pyv mirror verify`; remove the file, and sync, add or import it again",
            path=str(part.path),
            expected=part.sha256,
            actual=digest.hexdigest(),
        )


def _read(part: Part) -> Iterator[bytes]:
    if part.path is None:
        yield part.content
        return
    with translated("read", part.path):
        descriptor = os.open(part.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb", buffering=0) as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk
