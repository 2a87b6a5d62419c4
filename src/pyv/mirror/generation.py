"""One generation of an index's metadata: what a client meets at one moment, read or about to be written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pyv.errors import StoreError
from pyv.index.reading import PACK, PACK_BYTES
from pyv.mirror.layout import Mirror, write_if_new
from pyv.store.atomic import translated
from pyv.trust.authoring import Draft, parse_draft
from pyv.trust.roles import DELEGATED, LISTING, SNAPSHOT, TARGETS, TIMESTAMP

_VERSIONED = re.compile(r"(\d+)\.(snapshot|targets|releases|revocations)\.json")
_HASHED = re.compile(r"[0-9a-f]{64}\..+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """Metadata that belongs together."""

    root: Draft
    listing: Mapping[str, Draft]
    """The roles that list targets."""
    snapshot: Draft
    timestamp: Draft
    before: Draft | None = field(default=None, compare=False)
    """The root that was in force before; None where there was none."""
    between: tuple[Draft, ...] = field(default=(), compare=False)
    """Roots that lead to this one and may be missing, in order."""

    @property
    def targets(self) -> dict[str, str]:
        """sha256 by target name."""
        return {name: sha for draft in self.listing.values() for name, (sha, _) in draft.listed.items()}

    @property
    def suits_before(self) -> bool:
        """Whether the root that was in force before accepts it as well."""
        parts = {TARGETS.name: self.listing[TARGETS.name], SNAPSHOT.name: self.snapshot, TIMESTAMP.name: self.timestamp}
        return self.before is not None and all(self.before.count(role, part).is_met for role, part in parts.items())

    def files(self) -> dict[str, bytes]:
        """The metadata files that never change once they are written, by name in the mirror."""
        found = {f"metadata/{draft.version}.{role}.json": draft.to_bytes() for role, draft in self.listing.items()}
        found[f"metadata/{self.snapshot.version}.snapshot.json"] = self.snapshot.to_bytes()
        return found


def read_generation(mirror: Mirror) -> Generation | None:
    """What is published; None where nothing was yet.

    Raises:
        StoreError, DocumentError: it is damaged.
    """
    timestamp = _read(mirror.metadata / "timestamp.json")
    root = newest_root(mirror)
    if timestamp is None or root is None:
        versions = [int(path.name.partition(".")[0]) for path in _disposable(mirror) if path.parent == mirror.metadata]
        if timestamp is not None or max(versions, default=1) > 1:  # else a first publication was interrupted
            raise _missing(mirror.metadata / ("1.root.json" if root is None else "timestamp.json"))
        return None
    snapshot = _needed(mirror.metadata / f"{timestamp.versions['snapshot']}.snapshot.json")
    listing = {
        role.name: _needed(mirror.metadata / f"{snapshot.versions[role.name]}.{role.name}.json") for role in LISTING
    }
    found = Generation(root=root, listing=listing, snapshot=snapshot, timestamp=timestamp)
    _check_signed(mirror, found)
    return found


def _check_signed(mirror: Mirror, found: Generation) -> None:
    """Refuse to build on what was changed after it was signed; a root may be newer than what it leads to.

    By several versions where somebody was interrupted who brought several at once.
    """
    before = (_read(mirror.metadata / f"{number}.root.json") for number in range(found.root.version - 1, 0, -1))
    roots = [found.root, *(root for root in before if root is not None)]
    top = {TIMESTAMP.name: found.timestamp, SNAPSHOT.name: found.snapshot, TARGETS.name: found.listing[TARGETS.name]}
    wrong = [role for role, draft in top.items() if not any(root.count(role, draft).is_met for root in roots)]
    targets = found.listing[TARGETS.name]
    wrong += [role.name for role in DELEGATED if not targets.count(role.name, found.listing[role.name]).is_met]
    if wrong:
        raise StoreError(
            f"the {', '.join(wrong)} of {mirror.path} was changed after it was signed, or its signatures do not count",
            hint="restore the mirror's metadata from its backup, or carry it over again",
            path=str(mirror.path),
        )


def newest_root(mirror: Mirror) -> Draft | None:
    """The root as it was published last."""
    versions = [int(path.name.partition(".")[0]) for path in mirror.metadata.glob("[0-9]*.root.json")]
    return _needed(mirror.metadata / f"{max(versions)}.root.json") if versions else None


def write_generation(mirror: Mirror, new: Generation, contents: Mapping[str, bytes]) -> None:
    """Publish: what is named before what names it, and the timestamp last, so that no reader meets a gap.

    A new root comes last of all where the one before it accepts everything else too, as it does while the old keys are
    at hand; a reader then follows at every moment. Else it comes just before the timestamp. Several come in order.
    """
    for name, sha in new.targets.items():
        content = contents.get(sha)
        if content is None:
            raise _missing(mirror.path / hashed(name, sha))
        write_if_new(mirror.path / hashed(name, sha), content)
    files = new.files()
    for name, content in files.items():
        write_if_new(mirror.path / name, content)
    small = {hashed(n, sha): contents[sha] for n, sha in new.targets.items() if not n.startswith("manifest/")}
    write_if_new(mirror.path / PACK, packed({**files, **small}))
    roots = [(f"{root.version}.root.json", root) for root in (*new.between, new.root)]
    timestamp = ("timestamp.json", new.timestamp)
    for name, draft in (timestamp, *roots) if new.suits_before else (*roots, timestamp):
        write_if_new(mirror.metadata / name, draft.to_bytes())


def hashed(target: str, sha256: str) -> str:
    """The file of a target, as TUF clients ask for it (consistent snapshots)."""
    directory, _, name = target.rpartition("/")
    return f"targets/{directory}/{sha256}.{name}"


def packed(files: Mapping[str, bytes]) -> bytes:
    """The refresh pack: small immutable files in one. Nobody trusts it; every byte is verified after it.

    It holds as many as a client reads, the smallest first; each of the others costs its own request.
    """
    texts: dict[str, str] = {}
    size = len(_pack({}))
    for name, content in sorted(files.items(), key=lambda file: (len(file[1]), file[0])):
        text = content.decode("utf-8")
        size += len(_pack({name: text})) - len(_pack({})) + 1
        if size > PACK_BYTES:
            break
        texts[name] = text
    return _pack(texts)


def _pack(texts: Mapping[str, str]) -> bytes:
    return (json.dumps({"files": texts, "format": 1}, sort_keys=True, separators=(",", ":")) + "\n").encode()


def prune(mirror: Mirror, *generations: Generation | None) -> None:
    """Remove metadata and hashed targets that none of these generations names; roots stay for ever."""
    wanted = {
        name
        for each in generations
        if each is not None
        for name in (*each.files(), *(hashed(target, sha) for target, sha in each.targets.items()))
    }
    for path in _disposable(mirror):
        if str(path.relative_to(mirror.path)) not in wanted:
            with translated("remove", path):
                path.unlink(missing_ok=True)


def _disposable(mirror: Mirror) -> Iterator[Path]:
    yield from (path for path in mirror.metadata.glob("*.json") if _VERSIONED.fullmatch(path.name))
    yield from (path for path in mirror.path.glob("targets/*/*.json") if _HASHED.fullmatch(path.name))


def _read(path: Path) -> Draft | None:
    with translated("read", path):
        return parse_draft(path.read_bytes(), str(path)) if path.is_file() else None


def _needed(path: Path) -> Draft:
    found = _read(path)
    if found is None:
        raise _missing(path)
    return found


def _missing(path: Path) -> StoreError:
    return StoreError(
        f"{path} is missing, and the metadata beside it leads to it",
        hint="restore the mirror's metadata from its backup, or carry it over again",
        path=str(path),
    )
