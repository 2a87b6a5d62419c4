"""From the command line of `pyv lock` to a lock on disk, lines, and an exit status."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from pyv import host
from pyv.cli.context import Context
from pyv.cli.lock_place import LockPlace, lock_place, shell_words
from pyv.domain.lock import Lock, dump_lock
from pyv.domain.lock_change import Change, changes
from pyv.domain.request import parse_request
from pyv.domain.triple import parse_triple, triple_hint
from pyv.errors import RequestError, ResolutionError
from pyv.index.lock_file import read_lock
from pyv.index.seen import every_key, every_revocation
from pyv.install.local import Judges
from pyv.install.lock_check import check_lock, status_of
from pyv.install.lock_grounds import Grounds, Wanted, triples_of, wanted_for
from pyv.install.locked import vouched
from pyv.install.locking import make_lock
from pyv.store.atomic import write_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """The command line."""

    versions: tuple[str, ...]
    triples: tuple[str, ...]
    upgrade: bool
    check: bool
    lock_file: Path | None
    index: str | None
    offline: bool
    dry_run: bool


def run_lock(wishes: Wishes, context: Context) -> int:
    """Lock, or check a lock; the exit status."""
    place = lock_place(context.environment, wishes.lock_file)
    found = read_lock(place.path)
    requests = _requests(wishes, place, found)
    old = found or Lock()
    wanted = wanted_for(requests, _named(wishes.triples), old, host.detect())
    grounds = _grounds(wishes, wanted, context)
    if wishes.check:
        if found is None:
            raise ResolutionError(f"there is no {place.path}", hint=f"make it: {place.command}", path=str(place.path))
        return _check(wanted, old, grounds, place, context)
    renewed = wishes.versions or requests if wishes.upgrade else ()
    # what --dry-run prints is the result, which is never folded away
    with nullcontext() if wishes.dry_run else context.output.group("pyv lock"):
        lock, notes = make_lock(wanted, old, grounds, renewed)
        for note in notes:
            context.output.say(note)
        _write(lock, old, place, context, dry_run=wishes.dry_run, notes=notes)
    return 0


def _requests(wishes: Wishes, place: LockPlace, lock: Lock | None) -> tuple[str, ...]:
    if not wishes.upgrade or place.pin_file is not None or lock is None:
        return place.asked(wishes.versions, lock)
    others = [version for version in wishes.versions if version not in lock.requests]
    if others:
        parse_request(others[0])
        hint = f"lock it: pyv lock {shell_words([*lock.requests, *dict.fromkeys(others)])}"
        raise RequestError(f"`{others[0]}` is not in {place.path}", hint=hint, request=others[0])
    return place.asked((), lock)


def _named(triples: Iterable[str]) -> tuple[str, ...]:
    for triple in triples:
        try:
            parse_triple(triple)
        except ValueError as fault:
            raise RequestError(str(fault), hint=triple_hint(triple)) from None
    return tuple(triples)


def _grounds(wishes: Wishes, wanted: Wanted, context: Context) -> Grounds:
    """What decides, of the index as it is now."""
    requests = [parse_request(text) for text in wanted.requests]
    triples = sorted({triple for request in requests for triple in triples_of(request, wanted)})
    index = context.index(wishes.index, triples, offline=wishes.offline).current()
    if index.note:
        context.output.say(index.note)
    root, policy = context.root, context.policy
    keys = vouched(every_key(root), policy.artifact_keys)
    judges = Judges(keys=keys, revocations=every_revocation(root), policy=policy)
    return Grounds(index=index, judges=judges, host=host.detect(), now=context.environment.now)


def _check(wanted: Wanted, lock: Lock, grounds: Grounds, place: LockPlace, context: Context) -> int:
    found = check_lock(wanted, lock, grounds)
    context.output.lines(str(each) for each in found)
    status = status_of(found)
    if not found:
        context.output.say(f"{place.shown} is current: {_counted(lock)}")
    elif status == 1:
        context.output.say(f"hint: take what is newer: {place.command} --upgrade")
    else:
        remedy = next((each.remedy for each in found if each.remedy), f"put it right: {place.command}")
        context.output.say(f"hint: {remedy}")
    context.output.json(
        {"lock": str(place.path), "status": status, "findings": [each.to_dict() for each in found], **_values(lock)}
    )
    return status


def _write(lock: Lock, old: Lock, place: LockPlace, context: Context, *, dry_run: bool, notes: Sequence[str]) -> None:
    """Put the lock at its path where that changes a byte, and tell what changed."""
    output, text, changed = context.output, dump_lock(lock), changes(old, lock)
    same = place.path.is_file() and place.path.read_bytes() == text.encode()
    _tell(changed, context, dry_run=dry_run)
    if not same and not dry_run:
        write_text(place.path, text)
    verb = "is as it was" if same else "would be written" if dry_run else "written"
    output.say(f"{place.shown} {verb}: {_counted(lock)}")
    output.json(
        {
            "lock": str(place.path),
            "written": not same and not dry_run,
            "changes": [change.to_dict() for change in changed],
            "notes": list(notes),
            **_values(lock),
        }
    )


def _tell(changed: Iterable[Change], context: Context, *, dry_run: bool) -> None:
    if dry_run:
        context.output.lines(str(change) for change in changed)
        return
    for change in changed:
        context.output.say(str(change))


def _counted(lock: Lock) -> str:
    requests, triples = len(lock.requests), len(lock.triples)
    return f"{requests} request{'' if requests == 1 else 's'}, {triples} platform{'' if triples == 1 else 's'}"


def _values(lock: Lock) -> dict[str, object]:
    return {"python": [entry.to_dict() for entry in lock.entries]}
