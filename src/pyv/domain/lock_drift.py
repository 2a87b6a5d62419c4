"""Whether a lock is what the pins ask for: drift is told request by request and platform by platform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyv.domain.artifact import Artifact
from pyv.domain.lock import Lock, natural
from pyv.domain.request import VersionRequest, parse_request


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One way in which a lock is not what the pins ask for."""

    request: str
    triple: str = ""
    """Empty where it is about all platforms."""
    problem: str
    """What follows the request and the platform in a message."""

    def __str__(self) -> str:
        return f"{self.request}{f' for {self.triple}' if self.triple else ''}: {self.problem}"


def how_to_have(request: str, lock: Lock, command: str, *, named: bool) -> str:
    """What to do about a request that is not in a lock that `command` makes.

    It is `named` where the command line said it, and not a pin.
    """
    if not named or not lock.entries:
        return f"bring it up to date: {command}"
    import shlex  # noqa: PLC0415 (for mistakes only)

    words = shlex.join([*lock.requests, request])
    return f"name what it has ({', '.join(lock.requests)}), or lock it too: {command} {words}"


def satisfies(request: VersionRequest, artifact: Artifact) -> bool:
    """Whether a record is one that resolution may choose for a request, on some machine."""
    return (
        artifact.variant == request.variant
        and (artifact.build == request.build if request.build else not artifact.is_static)
        and request.triple in {None, artifact.triple}
        and request.accepts(artifact.parsed_version)
    )


def drift(lock: Lock, requests: Sequence[str], triples: Sequence[str] = ()) -> list[Drift]:
    """Where a lock differs from these pins, and lacks these platforms; nothing where it does not."""
    found = [
        Drift(request=entry, problem="it is locked, and no longer asked for")
        for entry in lock.requests
        if entry not in requests
    ]
    for text in dict.fromkeys(requests):
        records, request = lock.of(text), parse_request(text)
        if not records:
            found.append(Drift(request=text, problem="it is not in the lock"))
            continue
        for triple, artifact in records.items():
            if not satisfies(request, artifact):
                found.append(Drift(request=text, triple=triple, problem=f"{artifact.pinned} does not answer it"))
        wanted = (each for each in triples if request.triple in {None, each})
        found += [Drift(request=text, triple=each, problem="not locked") for each in wanted if each not in records]
    return sorted(found, key=lambda each: (natural(each.request), each.triple))
