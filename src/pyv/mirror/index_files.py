"""The files an index is made of, as they lie in a mirror: what is carried of it beside the archives."""

from __future__ import annotations

from pyv.index.reading import PACK
from pyv.mirror.generation import Generation, hashed
from pyv.mirror.layout import Mirror
from pyv.store.atomic import translated
from pyv.trust.authoring import parse_draft
from pyv.trust.roles import LISTING


def index_files(mirror: Mirror, current: Generation) -> set[str]:
    """Every file of the index, by name below the mirror: what is published, and what was just before."""
    roots = {f"metadata/{path.name}" for path in mirror.metadata.glob("[0-9]*.root.json")}
    named = {hashed(name, sha) for name, sha in current.targets.items()}
    beside = {f"derived/{path.name}" for path in mirror.path.glob("derived/[!.]*.json")}
    beside |= {name for name in (PACK, mirror.uv_list.name) if (mirror.path / name).is_file()}
    return {*roots, "metadata/timestamp.json", *current.files(), *named, *beside, *_before(mirror, current)}


def _before(mirror: Mirror, current: Generation) -> set[str]:
    """What the publication before names and still is there: somebody may be reading it."""
    versions = [int(path.name.partition(".")[0]) for path in mirror.metadata.glob("[0-9]*.snapshot.json")]
    version = max((each for each in versions if each < current.snapshot.version), default=None)
    if version is None:
        return set()
    names = {f"metadata/{version}.snapshot.json"}
    with translated("read", mirror.metadata):
        snapshot = parse_draft((mirror.path / min(names)).read_bytes(), min(names))
        for role in LISTING:
            name = f"metadata/{snapshot.versions.get(role.name)}.{role.name}.json"
            if (mirror.path / name).is_file():
                draft = parse_draft((mirror.path / name).read_bytes(), name)
                names |= {name, *(hashed(target, sha) for target, (sha, _) in draft.listed.items())}
    return {name for name in names if (mirror.path / name).is_file()}
