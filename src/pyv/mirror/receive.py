"""Importing: everything in a bundle is verified before anything of it is published, and nothing goes back.

The mirror's lock is held throughout. Archives are hashed on their way into staging, on the mirror's own file system;
then they are moved to their names, and the metadata that names them follows in the order in which no reader meets a
gap. Whatever is refused, the mirror is as it was; whenever it is killed, the old mirror or the new one is there, and
the next import finishes it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pyv.domain.fields import hinted
from pyv.domain.image import Descriptor
from pyv.domain.timestamp import utc
from pyv.mirror.bundle import open_bundle
from pyv.mirror.bundled import read_bundled
from pyv.mirror.derived import write_derived
from pyv.mirror.generation import Generation, prune, write_generation
from pyv.mirror.import_plan import ImportPlan, Trusted, first_import, plan_import
from pyv.mirror.imports import remember_archives
from pyv.mirror.layout import Mirror, sync_directory, write_if_new
from pyv.mirror.other_tools import offer_to_other_tools
from pyv.mirror.settings import Imported, read_settings, write_settings
from pyv.store.atomic import clear_temporaries, translated
from pyv.store.lock import locked
from pyv.store.staging import Stage, abandoned, remove_tree, staged
from pyv.transfer.progress import Progress, Silence

_HINT = "carry the bundle over again; if that does not help, ask who exported it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What an import did, or would do."""

    ident: str
    """Of the bundle."""
    changed: Mapping[str, int]
    """The version of every role that is new."""
    added: tuple[Descriptor, ...]
    """Archives that were not there."""
    there: int
    """Archives that were."""
    repacked: int
    """Records of repacked archives that are new."""
    signed: bool
    """Whether a timestamp was signed here."""
    generation: Generation
    stale: float = 0.0
    """Seconds since the metadata expired, where that was allowed; else 0."""
    note: str = ""
    """Something the operator should know; else empty."""

    @property
    def is_new(self) -> bool:
        """Whether anything was."""
        return bool(self.changed or self.added or self.repacked)


def receive(
    mirror: Mirror,
    path: Path,
    trusted: Trusted,
    *,
    now: float,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Received:
    """Import a bundle, a file or an image layout's directory, into a mirror, which may be new.

    Raises:
        TrustError: something does not verify, or would go back. ArchiveError, DocumentError: it is no bundle.
        RequestError: it lacks archives. StoreError: the disk refuses.
    """
    progress = progress or Silence()
    with hinted(_HINT):
        bundled = read_bundled(open_bundle(path))
    with _left_as_it_was(mirror), locked(mirror.lock), hinted(_HINT):
        with abandoned(mirror.work):
            pass  # what a killed import left is cleared away
        with staged(mirror.work) as stage:
            plan = plan_import(mirror, bundled, trusted, stage.path, now)
            try:
                _take(plan, stage, progress, dry_run=dry_run)
            finally:
                progress.done()
            result = _result(plan)
            if dry_run or not result.is_new:
                return result
            return dataclasses.replace(result, note=_publish(mirror, plan, stage, now))


@contextmanager
def _left_as_it_was(mirror: Mirror) -> Iterator[None]:
    """A directory that was not there before, and into which nothing came, is not there afterwards."""
    was_there = os.path.lexists(mirror.path)
    try:
        yield
    finally:
        if not was_there and mirror.path.is_dir() and set(os.listdir(mirror.path)) <= {mirror.work.path.name}:
            remove_tree(mirror.path)


def _take(plan: ImportPlan, stage: Stage, progress: Progress, *, dry_run: bool) -> None:
    """Hash every archive in the bundle; those the mirror lacks are written to staging on the way."""
    bundle = plan.bundled.bundle
    present = [each for sha256, each in sorted(plan.bundled.archives.items()) if bundle.has(sha256)]
    wanted = {each.sha256 for each in plan.taken}
    progress.total(sum(each.size for each in present))
    for listed in present:
        chunks = _counted(bundle.chunks(listed.sha256, listed.size), progress)
        if listed.sha256 in wanted and not dry_run:
            _write(stage.path / listed.sha256, chunks)
        else:
            for _ in chunks:
                pass


def _counted(chunks: Iterator[bytes], progress: Progress) -> Iterator[bytes]:
    for chunk in chunks:
        progress.advance(len(chunk))
        yield chunk


def _write(path: Path, chunks: Iterator[bytes]) -> None:
    with translated("write", path), path.open("xb") as stream:
        for chunk in chunks:
            stream.write(chunk)
        stream.flush()
        os.fsync(stream.fileno())


def _result(plan: ImportPlan) -> Received:
    return Received(
        ident=plan.bundled.ident,
        changed=plan.following.changed,
        added=plan.taken,
        there=len(plan.bundled.archives) - len(plan.taken),
        repacked=plan.repacked,
        signed=plan.following.signed,
        generation=plan.following.generation,
        stale=0.0 if plan.following.signed else plan.incoming.verified.stale,
    )


def _publish(mirror: Mirror, plan: ImportPlan, stage: Stage, now: float) -> str:
    """Archives, then what names them; a note for the operator, or an empty string."""
    mirror.create()
    _clear_leftovers(mirror)
    if plan.current is None:
        write_if_new(first_import(mirror), plan.bundled.ident.encode("ascii"))
    for listed in plan.taken:
        with translated("write", mirror.blob(listed.sha256)):
            os.replace(stage.path / listed.sha256, mirror.blob(listed.sha256))
    sync_directory(mirror.blobs)
    for triple, lines in plan.derived.items():
        write_derived(mirror, triple, lines)
    if plan.following.changed:
        targets = plan.incoming.verified.targets
        _write_working(mirror, targets)
        contents = {hashlib.sha256(content).hexdigest(): content for content in targets.values()}
        write_generation(mirror, plan.following.generation, contents)
        prune(mirror, plan.following.generation, plan.current)
    with translated("remove", first_import(mirror)):
        first_import(mirror).unlink(missing_ok=True)
    note = offer_to_other_tools(mirror)
    remember_archives(mirror, plan.bundled.archives)
    imported = Imported(at=utc(now), bundle=plan.bundled.ident)
    write_settings(mirror, dataclasses.replace(read_settings(mirror), imported=imported))
    return note


def _clear_leftovers(mirror: Mirror) -> None:
    """Remove what writers that were killed had half written: nobody else writes while the lock is held."""
    working = {mirror.manifests, mirror.key_list.parent, mirror.revocation_list.parent}
    for directory in (mirror.path, mirror.metadata, mirror.path / "derived", mirror.work.path, *working):
        clear_temporaries(directory)


def _write_working(mirror: Mirror, targets: Mapping[str, bytes]) -> None:
    """Bring the operator's working copies in line: a publication here builds on what was imported, on nothing older."""
    for name, content in targets.items():
        write_if_new(mirror.path / "targets" / name, content)
    for triple in mirror.triples():
        if f"manifest/{triple}.json" not in targets:
            with translated("remove", mirror.manifest(triple)):
                mirror.manifest(triple).unlink(missing_ok=True)
