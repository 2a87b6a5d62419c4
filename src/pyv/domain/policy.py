"""Policy: what may be installed here, as the machine's administrator, the person and the project demand it together.

Each file states `Demands`; `combine` makes the `Policy` of all of them, and the strictest wins: a file can take away
and never give. Three values give: `max_staleness` lets expired metadata count for so long, `repack_keys` lets whoever
holds such a key stand in for the publisher's bytes, and `artifact_keys` lets whoever holds such a key sign records of a
lock. Nobody but the administrator and the person may set them, and the administrator's value is the most the person
can have.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pyv.domain.artifact import Artifact
from pyv.domain.duration import spelled_duration
from pyv.errors import PolicyError

LEVELS = ("sha256", "artifact-signature", "index-fresh")
"""How well an installation was verified, from weak to strong."""

_DAY = 86400
_WAYS_OUT = {
    "artifact-signature": "install it from an index, or give the archive's proof with --proof (`pyv proof` writes one)",
    "index-fresh": "name an index that is kept up to date: `index` in config.toml, PYV_INDEX or --index",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """What one file demands; None and nothing where it is silent."""

    source: str
    """The file."""
    level: str | None = None
    max_staleness: int | None = None
    """Seconds."""
    minimum_release_age: int | None = None
    """Seconds."""
    triples: frozenset[str] | None = None
    versions: str = ""
    """Version specifiers, `>=3.11,<3.14`."""
    verify_before_extract: bool = False
    strict: bool = False
    repack_keys: tuple[str, ...] | None = None
    """Ed25519 public keys, in hex."""
    artifact_keys: tuple[str, ...] | None = None
    """The same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What all files together demand; without any, nothing is forbidden and nothing expired is believed."""

    demands: tuple[Demands, ...] = ()
    max_staleness: int = 0
    """Seconds for which expired metadata may still be believed; 0: never."""
    repack_keys: tuple[str, ...] = ()
    """Public keys, in hex, whose holders' repackings may be fetched in the place of an archive; first ones first."""
    artifact_keys: tuple[str, ...] = ()
    """Public keys, in hex, whose holders may sign records of a lock, beside those of the accepted indexes."""
    artifact_key_limit: tuple[str, ...] | None = None
    """The only ones a person may name beside those; None where the administrator names none."""

    @property
    def level(self) -> str:
        """The level an installation must reach."""
        return LEVELS[max((LEVELS.index(each.level) for each in self.demands if each.level), default=0)]

    @property
    def minimum_release_age(self) -> int:
        """Seconds that must have passed since a build was published."""
        return max((each.minimum_release_age or 0 for each in self.demands), default=0)

    @property
    def triples(self) -> frozenset[str] | None:
        """The only triples allowed; None where all are."""
        named = [each.triples for each in self.demands if each.triples is not None]
        return frozenset.intersection(*named) if named else None

    @property
    def versions(self) -> tuple[str, ...]:
        """Specifiers every one of which must accept a version."""
        return tuple(each.versions for each in self.demands if each.versions)

    @property
    def verify_before_extract(self) -> bool:
        """Whether nothing may be extracted before the whole archive is verified."""
        return any(each.verify_before_extract for each in self.demands)

    @property
    def strict(self) -> bool:
        """Whether nothing may run in the place of a selected version that is not installed."""
        return any(each.strict for each in self.demands)

    @property
    def sources(self) -> tuple[str, ...]:
        """The files that had a say, the administrator's first."""
        return tuple(each.source for each in self.demands)

    def objection(self, artifact: Artifact, now: float) -> str | None:
        """Why an artifact may not be installed at `now` (seconds since the epoch), naming the file; or None."""
        return next((reason for each in self.demands for reason in _objections(each, artifact, now)), None)

    def keys_with(self, named: Iterable[str]) -> tuple[str, ...]:
        """The keys that may sign records of a lock, those included that a person names for one command.

        Raises:
            PolicyError: the administrator says which ones may be named, and one of these is none of them.
        """
        limit = self.artifact_key_limit
        for key in named:
            if limit is not None and key not in limit:
                raise PolicyError(
                    f"the key {key} is not among the `artifact_keys` the administrator allows",
                    hint="talk to whoever wrote that file",
                    key=key,
                )
        return tuple(dict.fromkeys((*self.artifact_keys, *named)))

    def require_level(self, level: str, what: str) -> None:
        """Refuse what is verified less well than demanded; `what` is its name in the message.

        Raises:
            PolicyError: the level is too low.
        """
        for each in self.demands:
            if each.level is not None and LEVELS.index(level) < LEVELS.index(each.level):
                raise PolicyError(
                    f"{what} would be verified to level `{level}`, and {each.source} demands `{each.level}`",
                    hint=_WAYS_OUT[each.level],
                    level=level,
                    required=each.level,
                    source=each.source,
                )


def combine(
    admin: Demands | None, user: Demands | None, project: Demands | None, flag_max_staleness: int | None = None
) -> Policy:
    """The policy of all files; `flag_max_staleness` (an option of the command) stands in for the user's value."""
    machine, person, narrowed = (each.max_staleness if each is not None else None for each in (admin, user, project))
    wished = person if flag_max_staleness is None else flag_max_staleness
    staleness = min((value for value in (machine, wished) if value is not None), default=0)
    if narrowed is not None:
        staleness = min(staleness, narrowed)
    return Policy(
        demands=tuple(each for each in (admin, user, project) if each is not None),
        max_staleness=staleness,
        repack_keys=_keys(*(None if each is None else each.repack_keys for each in (admin, user))),
        artifact_keys=_keys(*(None if each is None else each.artifact_keys for each in (admin, user))),
        artifact_key_limit=None if admin is None else admin.artifact_keys,
    )


def _keys(machine: tuple[str, ...] | None, person: tuple[str, ...] | None) -> tuple[str, ...]:
    """What both name, where both name any; else what one of them names."""
    if machine is None or person is None:
        return tuple(dict.fromkeys(machine or person or ()))
    return tuple(key for key in dict.fromkeys(machine) if key in person)


def _objections(demands: Demands, artifact: Artifact, now: float) -> Iterator[str]:
    source = demands.source
    if demands.triples is not None and artifact.triple not in demands.triples:
        allowed = ", ".join(sorted(demands.triples)) or "no triple at all"
        yield f"it is built for {artifact.triple}, and {source} allows {allowed}"
    if demands.versions and not _accepted(demands.versions, artifact):
        yield f"it is {artifact.version}, and {source} allows `{demands.versions}`"
    if demands.minimum_release_age:
        age = _age(artifact, now)
        if age is None or age < demands.minimum_release_age:
            told = "of no date" if age is None else f"{spelled_duration(max(0, int(age)) // _DAY * _DAY)} old"
            wanted = spelled_duration(demands.minimum_release_age)
            yield f"build {artifact.build} is {told}, and {source} demands an age of {wanted}"


def _accepted(versions: str, artifact: Artifact) -> bool:
    # packaging costs as much to import as everything else in this floor together
    from pyv.domain.specifier import matcher, matches  # noqa: PLC0415

    return matches(matcher(versions), artifact.parsed_version)


def _age(artifact: Artifact, now: float) -> float | None:
    """Seconds since the day a build was published, counted from its end; None where the tag names no day."""
    from calendar import timegm  # noqa: PLC0415 (it loads the locale, and few policies ask for an age)

    date = artifact.date
    try:
        published = timegm((int(date[:4]), int(date[4:6]), int(date[6:]), 0, 0, 0))
    except ValueError:
        return None
    return now - published - _DAY
