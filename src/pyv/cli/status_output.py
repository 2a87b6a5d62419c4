"""What `pyv mirror status` says: people in lines, scripts in JSON."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pyv.cli.output import Output, megabytes
from pyv.domain.choice import ALL, Choice
from pyv.domain.timestamp import utc
from pyv.mirror.published import Waiting
from pyv.mirror.status import Status

_WIDTH = 10
_SHOWN = 16


def tell_status(status: Status, path: Path, output: Output) -> None:
    """All of it."""
    now = output.environment.now
    lines = [("mirror", f"{path} ({status.settings.kind})"), *_lines(status, now)]
    output.lines(f"{name:<{_WIDTH}}{text}" for name, text in lines)
    output.json({"directory": str(path), **_values(status, now)})


def _lines(status: Status, now: float) -> Iterator[tuple[str, str]]:
    settings = status.settings
    yield "upstream", settings.upstream or "none"
    if settings.upstream:
        yield "chosen", choice_in_words(settings.choice)
        yield "synced", "never" if settings.synced is None else settings.synced.at
    if settings.imported is not None:
        yield "imported", f"{settings.imported.at} (bundle {settings.imported.bundle})"
    if status.exported:
        last = status.exported[-1]
        yield "exported", f"{len(status.exported):,}, the last {last.ident} at {last.at}"
    if status.root is None:
        yield "root", "nothing is published yet"
    else:
        yield "root", f"{status.root.ident} (version {status.root.version}, sha256 {status.root.sha256})"
        yield "published", status.published or "nobody says when"
    for name, draft in status.roles.items():
        state = "expired" if draft.expires <= now else "good until"
        yield "role", f"{name} {draft.version}, {state} {utc(draft.expires)}"
    yield "records", f"{status.records:,}"
    yield "archives", _archives(status)
    if status.partial:
        yield "downloads", f"{status.partial:,} under way or broken off"
    for waiting in status.waiting:
        yield "waiting", waiting.told
    for key in status.keys:
        whose = "upstream's" if key.keyid in settings.upstream_keys else "own"
        yield "key", f"{key.keyid[:_SHOWN]} {whose}, public key {key.public.hex()}"


def _archives(status: Status) -> str:
    told = f"{status.archives:,} ({megabytes(status.size)})"
    if status.packings:
        told += f", {status.packings:,} of them packings"
    told += f"; {status.missing:,} missing" if status.missing else ""
    return told + (f"; {status.absent:,} not chosen" if status.absent else "")


def _flavors(choice: Choice) -> str:
    return "every flavor" if ALL in choice.flavors else ", ".join(choice.flavors) or "the best flavor"


def choice_in_words(choice: Choice) -> str:
    """What is chosen, as a person would say it."""
    if choice.exact:
        return f"what locks name: {', '.join(each.name for each in choice.exact)}"
    parts = [
        ", ".join(choice.versions) or "every release",
        ", ".join(choice.triples) or "every platform",
        "every build" if choice.builds == ALL else "newest builds",
        _flavors(choice),
        ", ".join(choice.variants) or "the default variant",
    ]
    return "; ".join(parts)


def _values(status: Status, now: float) -> dict[str, object]:
    settings, root = status.settings, status.root
    synced, imported = settings.synced, settings.imported
    return {
        "mode": settings.kind,
        "upstream": settings.upstream or None,
        "choice": settings.choice.to_dict(),
        "synced": None if synced is None else {"at": synced.at, "published": synced.published or None},
        "imported": None if imported is None else {"at": imported.at, "bundle": imported.bundle},
        "exports": [{"id": each.ident, "number": each.number, "at": each.at} for each in status.exported],
        "root": None if root is None else {"id": root.ident, "version": root.version, "sha256": root.sha256},
        "published": status.published or None,
        "roles": [
            {
                "name": name,
                "version": draft.version,
                "expires": utc(draft.expires),
                "expired": draft.expires <= now,
            }
            for name, draft in status.roles.items()
        ],
        "records": status.records,
        "archives": status.archives,
        "bytes": status.size,
        "packings": status.packings,
        "missing": status.missing,
        "absent": status.absent,
        "partial": status.partial,
        "waiting": [_waiting(each) for each in status.waiting],
        "keys": [
            {"keyid": key.keyid, "public": key.public.hex(), "upstream": key.keyid in settings.upstream_keys}
            for key in status.keys
        ],
    }


def _waiting(waiting: Waiting) -> dict[str, object]:
    count = waiting.count
    return {
        "role": waiting.role,
        "version": waiting.version,
        "signed": list(count.signed),
        "missing": list(count.missing),
        "threshold": count.threshold,
    }
