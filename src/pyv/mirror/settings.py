"""What a mirror knows of itself: its mode, where its records come from, what was chosen, and what came last.

`.pyv/mirror.json` is the operator's own: it is never served, and no client reads it. A mirror without one is an *own*
mirror that takes nothing from anywhere.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from pyv.domain.choice import Choice
from pyv.domain.fields import Fields, hinted, parse_object
from pyv.mirror.layout import Mirror
from pyv.store.atomic import make_directory, translated, write_text

OWN, HYBRID = "own", "hybrid"
EMBEDDED = "embedded"
"""The upstream that comes with pyv: its index from the wheel, archives from python-build-standalone's releases."""
FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """The last synchronisation that was published; moments are UTC."""

    at: str
    published: str
    """When upstream's publisher made that state; empty where nobody says."""
    revocations: int
    """How many entries upstream's list of revocations had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """The last bundle file that was imported."""

    at: str
    bundle: str
    """Its id, as `pyv mirror export` told it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A mirror's own knowledge."""

    mode: str = OWN
    upstream: str = ""
    """The place of the index it takes records from, without credentials; empty: it takes none."""
    line: str = ""
    """The id of that index's first root, as `pyv trust list` shows it: what the mirror follows, wherever it lies."""
    archives: tuple[str, ...] = ()
    """Places archives are fetched from, in order; empty: where that index has them."""
    choice: Choice = field(default_factory=Choice)
    repack: bool = False
    """Whether archives are stored as `.tar.zst` too."""
    upstream_keys: tuple[str, ...] = ()
    """Ids of every artifact key upstream ever named: a record signed by one of them is upstream's."""
    foreign_keys: tuple[str, ...] = ()
    """The same of every upstream it ever had: the keys of its list that are not the organisation's own."""
    synced: Synced | None = None
    imported: Imported | None = None

    @property
    def kind(self) -> str:
        """What people call it: `own`, `hybrid`, or `imported`."""
        return "imported" if self.is_carried_over else self.mode

    @property
    def is_carried_over(self) -> bool:
        """Whether all there is came in bundle files: nobody here chose it."""
        return self.imported is not None and not self.upstream

    @property
    def is_hybrid(self) -> bool:
        """Whether upstream's releases and revocations are carried byte for byte."""
        return self.mode == HYBRID


def read_settings(mirror: Mirror) -> Settings:
    """What a mirror knows of itself.

    Raises:
        DocumentError: the file was damaged.
    """
    path = mirror.settings
    with translated("read", path):
        if not path.is_file():
            return Settings()
        text = path.read_text(encoding="utf-8", errors="replace")
    with hinted(f"restore {path} from a backup; without it the mirror is taken for one of your own that never synced"):
        return _parse(text, str(path))


def write_settings(mirror: Mirror, settings: Settings) -> None:
    """Remember, whole or not at all."""
    told: dict[str, object] = {
        "format": FORMAT,
        "mode": settings.mode,
        "upstream": settings.upstream,
        "line": settings.line,
        "archives": list(settings.archives),
        "choice": settings.choice.to_dict(),
        "repack": settings.repack,
        "upstream_keys": sorted(settings.upstream_keys),
        "foreign_keys": sorted(settings.foreign_keys),
    }
    if settings.synced is not None:
        last = settings.synced
        told["synced"] = {"at": last.at, "published": last.published, "revocations": last.revocations}
    if settings.imported is not None:
        told["imported"] = {"at": settings.imported.at, "bundle": settings.imported.bundle}
    text = json.dumps(told, indent=1) + "\n"
    with translated("read", mirror.settings):
        if mirror.settings.is_file() and mirror.settings.read_text(encoding="utf-8", errors="replace") == text:
            return
    make_directory(mirror.settings.parent)
    write_text(mirror.settings, text)


def _parse(text: str, document: str) -> Settings:
    fields = Fields(parse_object(text, document), document)
    fields.format_is(FORMAT)
    mode = fields.text("mode")
    if mode not in {OWN, HYBRID}:
        raise fields.fault("mode", f"`{mode}` is neither `{OWN}` nor `{HYBRID}`")
    choice, synced, imported = map(fields.optional_object, ("choice", "synced", "imported"))
    if choice is None:
        raise fields.fault("choice", "missing")
    return Settings(
        mode=mode,
        upstream=fields.text("upstream"),
        line=fields.text("line", ""),
        archives=tuple(fields.words("archives")),
        choice=Choice.from_fields(choice),
        repack=fields.values.get("repack") is True,
        upstream_keys=tuple(fields.words("upstream_keys")),
        foreign_keys=tuple(fields.words("foreign_keys")) if "foreign_keys" in fields.values else (),
        synced=None
        if synced is None
        else Synced(
            at=synced.text("at"), published=synced.text("published"), revocations=synced.count("revocations") or 0
        ),
        imported=None if imported is None else Imported(at=imported.text("at"), bundle=imported.text("bundle")),
    )
