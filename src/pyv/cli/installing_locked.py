"""`pyv install --locked`: plans made from a lock alone, once it is what the pins ask for."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyv.cli.context import Context
from pyv.cli.lock_place import LockPlace, lock_place
from pyv.domain.lock import Lock
from pyv.domain.lock_drift import drift, how_to_have
from pyv.domain.own_name import split_name
from pyv.domain.request import parse_request
from pyv.domain.triple import Host
from pyv.errors import RequestError, ResolutionError
from pyv.index.lock_file import read_lock
from pyv.index.seen import every_key, every_revocation
from pyv.install.local import Judges, is_archive
from pyv.install.locked import Given, plan_locked, vouched
from pyv.install.plan import Options, Plan

_PUBLIC_KEY = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Locking:
    """What the command line says of a lock."""

    lock_file: Path | None
    artifact_keys: tuple[str, ...]
    """Ed25519 public keys, in hex."""


def read_locking(
    *, locked: bool, lock_file: Path | None, artifact_keys: Sequence[str], others: Mapping[str, object]
) -> Locking | None:
    """What the command line says; None where no lock is to be used.

    `others` are options that choose what a lock has chosen, by name: those that were given count as true.

    Raises:
        RequestError: an option does not go with --locked, or only with it.
    """
    given = next((name for name, value in others.items() if value), None)
    if locked and given is not None:
        hint = "say where archives lie with --mirror" if given == "--index" else "change what is locked with `pyv lock`"
        raise RequestError(f"{given} does not go with --locked: a lock names whole records", hint=hint)
    if not locked:
        if lock_file is not None or artifact_keys:
            name = "--lock-file" if lock_file is not None else "--artifact-key"
            raise RequestError(f"{name} says something of a lock, and no lock is asked for", hint="add --locked")
        return None
    keys = tuple(word.lower() for word in artifact_keys)
    for key in keys:
        if _PUBLIC_KEY.fullmatch(key) is None:
            raise RequestError(
                f"`{key}` is not an Ed25519 public key",
                hint="it has 64 hex digits: `public` in an index's targets/trust/artifact-keys.json",
            )
    return Locking(lock_file=lock_file, artifact_keys=keys)


def plans_of_lock(
    words: Sequence[str], locking: Locking, options: Options, machine: Host, context: Context
) -> list[Plan]:
    """A plan for each request of the command line, else of the pins, else of the lock.

    Raises:
        ResolutionError: there is no lock, or it is not what the pins ask for. PyvError: as `plan_locked`.
    """
    place = lock_place(context.environment, locking.lock_file)
    lock = read_lock(place.path)
    if lock is None:
        raise ResolutionError(f"there is no {place.path}", hint=f"make it: {place.command}", path=str(place.path))
    asked = _asked(words, place, lock)
    _refuse_drift([text for text, _ in asked], lock, place, whole=not words)
    root, policy = context.root, context.policy
    keys = vouched(every_key(root), policy.keys_with(locking.artifact_keys))
    given = Given(
        lock=lock,
        label=place.shown,
        judges=Judges(keys=keys, revocations=every_revocation(root), policy=policy),
        index=context.index_location(None),
    )
    return [
        plan_locked(
            parse_request(text),
            given,
            dataclasses.replace(options, name=name),
            host=machine,
            root=root,
            now=context.environment.now,
        )
        for text, name in asked
    ]


def _asked(words: Sequence[str], place: LockPlace, lock: Lock) -> list[tuple[str, str | None]]:
    """Requests, and the names people chose for them."""
    for word in words:
        if is_archive(word):
            raise RequestError(f"{word} is an archive, and no version of a lock", hint="leave --locked out")
    pinned = lock.requests if place.pin_file is None else place.pins
    found = [split_name(word) for word in words] or [(text, None) for text in pinned]
    if not found:
        raise RequestError(
            f"nothing to install: {place.pin_file or place.path} names no version",
            hint="pin one: pyv local --force 3.12",
        )
    return found


def _refuse_drift(requests: Sequence[str], lock: Lock, place: LockPlace, *, whole: bool) -> None:
    """Refuse a lock that is not what is asked for; `whole` where all of it has to be."""
    found = [each for each in drift(lock, requests) if whole or each.request in requests]
    if found:
        named = not whole and not lock.of(found[0].request)
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise ResolutionError(
            f"{place.shown} is not what is asked for: {found[0]}{more}",
            hint=how_to_have(found[0].request, lock, place.command, named=named),
            drift=[str(each) for each in found],
        )
