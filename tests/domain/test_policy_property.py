"""Policies and revocations, combined: whoever adds a file or a list can only take away, in whatever order it comes."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pyv.domain.artifact import Artifact
from pyv.domain.duration import parse_duration, spelled_duration
from pyv.domain.objection import objector
from pyv.domain.policy import LEVELS, Demands, Policy, combine
from pyv.domain.revocation import Revocation, Revocations, dump_revocations, parse_revocations, union
from pyv.errors import PolicyError

DAY = 86400
NOW = 1786752000.0 + 5 * DAY
TRIPLES = ("x86_64-unknown-linux-gnu", "aarch64-apple-darwin", "aarch64-unknown-linux-musl")
DIGESTS = tuple(f"{number:064x}" for number in range(3))

seconds = st.none() | st.integers(0, 10).map(lambda days: days * DAY)
artifacts = st.builds(
    Artifact,
    version=st.sampled_from(["3.11.9", "3.12.2", "3.13.1", "3.14.0rc2"]),
    triple=st.sampled_from(TRIPLES),
    flavor=st.just("install_only"),
    options=st.sampled_from(["", "freethreaded", "debug"]),
    build=st.sampled_from(["20240224", "20260814", "20260818", "20261399"]),
    sha256=st.sampled_from(DIGESTS),
    keyid=st.sampled_from(DIGESTS),
)


keys = st.none() | st.lists(st.sampled_from(DIGESTS), max_size=3).map(tuple)


def demands(source: str) -> st.SearchStrategy[Demands | None]:
    """What one file may demand, or no file."""
    return st.none() | st.builds(
        Demands,
        source=st.just(source),
        level=st.none() | st.sampled_from(LEVELS),
        max_staleness=seconds,
        minimum_release_age=seconds,
        triples=st.none() | st.frozensets(st.sampled_from(TRIPLES), max_size=2),
        versions=st.sampled_from(["", ">=3.12", "<3.13", "!=3.12.*", ">=3.14.0rc1", "==3.13.1"]),
        verify_before_extract=st.booleans(),
        strict=st.booleans(),
        repack_keys=keys,
        artifact_keys=keys,
    )


admins, users, projects = demands("ADMIN"), demands("USER"), demands("PROJECT")


def reaches(policy: Policy, level: str) -> bool:
    try:
        policy.require_level(level, "it")
    except PolicyError:
        return False
    return True


def allowances(policy: Policy, artifact: Artifact, now: float) -> tuple[Any, ...]:
    """What a policy lets through: each part is larger the more it does."""
    return (
        policy.objection(artifact, now) is None,
        *(reaches(policy, level) for level in LEVELS),
        -LEVELS.index(policy.level),
        policy.max_staleness,
        -policy.minimum_release_age,
        not policy.verify_before_extract,
        not policy.strict,
        frozenset(policy.repack_keys),
        frozenset(policy.artifact_keys),
        *(policy.triples is None or triple in policy.triples for triple in TRIPLES),
    )


def is_within(narrow: tuple[Any, ...], wide: tuple[Any, ...]) -> bool:
    return all(one <= other for one, other in zip(narrow, wide, strict=True))


@given(admins, users, projects, seconds, artifacts, st.integers(-20, 20))
def test_a_project_never_loosens(
    admin: Demands | None,
    user: Demands | None,
    project: Demands | None,
    flag: int | None,
    artifact: Artifact,
    days: int,
) -> None:
    now = NOW + days * DAY
    without = combine(admin, user, None, flag_max_staleness=flag)
    with_it = combine(admin, user, project, flag_max_staleness=flag)
    assert is_within(allowances(with_it, artifact, now), allowances(without, artifact, now))


@given(admins, users, projects, seconds, artifacts)
def test_the_administrator_is_never_overruled(
    admin: Demands | None, user: Demands | None, project: Demands | None, flag: int | None, artifact: Artifact
) -> None:
    """A person may ask for staleness and name keys where the administrator says nothing of them, and nothing else."""
    alone = combine(admin, None, None)
    together = combine(admin, user, project, flag_max_staleness=flag)
    if admin is None or admin.max_staleness is None:
        alone = replace(alone, max_staleness=together.max_staleness)
    if admin is None or admin.repack_keys is None:
        alone = replace(alone, repack_keys=together.repack_keys)
    if admin is None or admin.artifact_keys is None:
        alone = replace(alone, artifact_keys=together.artifact_keys)
    assert is_within(allowances(together, artifact, NOW), allowances(alone, artifact, NOW))


@given(users, projects, artifacts)
def test_demands_said_twice_are_demanded_once(
    user: Demands | None, project: Demands | None, artifact: Artifact
) -> None:
    once, twice = combine(None, user, project), combine(user, user, project)
    assert allowances(once, artifact, NOW) == allowances(twice, artifact, NOW)
    narrowed = combine(None, project, project)
    assert allowances(narrowed, artifact, NOW) == allowances(combine(None, project, None), artifact, NOW)


@given(demands("ONE"), demands("OTHER"), demands("THIRD"), artifacts)
def test_who_demands_what_says_nothing(
    one: Demands | None, other: Demands | None, third: Demands | None, artifact: Artifact
) -> None:
    """Staleness and keys aside, which somebody may give."""
    silent = [
        None if each is None else replace(each, max_staleness=None, repack_keys=None, artifact_keys=None)
        for each in (one, other, third)
    ]
    allowed = {allowances(combine(*files), artifact, NOW) for files in itertools.permutations(silent, 3)}
    assert len(allowed) == 1


@given(admins, users, projects, artifacts)
def test_each_file_counts_by_itself(
    admin: Demands | None, user: Demands | None, project: Demands | None, artifact: Artifact
) -> None:
    """Together they allow just what each of them allows alone; and a refusal names one of those that refuse."""
    policy = combine(admin, user, project)
    alone = [Policy(demands=(each,)) for each in (admin, user, project) if each is not None]
    refusing = [each for each in alone if each.objection(artifact, NOW) is not None]
    reason = policy.objection(artifact, NOW)
    assert (reason is None) == (not refusing)
    assert reason is None or any(source in reason for each in refusing for source in each.sources)
    for level in LEVELS:
        assert reaches(policy, level) == all(reaches(each, level) for each in alone)


@given(st.integers(0, 999_999), st.sampled_from("dhm"))
def test_durations_are_read_as_they_are_spelled(count: int, unit: str) -> None:
    asked = parse_duration(f"{count}{unit}")
    assert parse_duration(spelled_duration(asked)) == asked


matches = st.one_of(
    st.sampled_from(DIGESTS).map(lambda digest: {"sha256": digest}),
    st.sampled_from(DIGESTS).map(lambda digest: {"keyid": digest}),
    st.sampled_from(["20240224", "20260814"]).map(lambda build: {"build": build}),
    st.builds(
        lambda version, triple: {"version": version, "triple": triple},
        st.sampled_from(["3.12.2", "3.13.1", "3.13.1t", "3.12.2-debug"]),
        st.sampled_from(["", *TRIPLES]),
    ),
)
entries = st.builds(
    lambda action, match, reason, date: Revocation(action=action, reason=reason, date=date, **match),
    st.sampled_from(["block", "yank"]),
    matches,
    st.sampled_from(["CVE", "it hangs", "é"]),
    st.sampled_from(["2026-10-01", "2026-11-23"]),
)
lists = st.lists(entries, max_size=6).map(lambda found: Revocations(tuple(dict.fromkeys(found))))


def severity(found: Revocations, artifact: Artifact) -> int:
    """0 where nothing is against it, 1 for a yank, 2 for a block."""
    entry = found.of(artifact)
    return 0 if entry is None else 1 + entry.blocks


@given(lists, lists, lists)
def test_lists_are_joined_in_any_order(one: Revocations, other: Revocations, third: Revocations) -> None:
    assert dump_revocations(union(one, other)) == dump_revocations(union(other, one))
    assert union(union(one, other), third) == union(one, union(other, third))
    assert union(one, one) == one == union(one, Revocations()) == union(Revocations(), one)


@given(lists, lists, artifacts)
def test_a_list_only_subtracts(one: Revocations, other: Revocations, artifact: Artifact) -> None:
    joined = severity(union(one, other), artifact)
    assert joined == max(severity(one, artifact), severity(other, artifact))
    assert joined == severity(union(other, one), artifact)


@given(lists)
def test_a_list_is_read_as_it_is_written(found: Revocations) -> None:
    text = dump_revocations(found)
    again = parse_revocations(text, "list")
    assert set(again.entries) == set(found.entries)
    assert dump_revocations(again) == text
    assert dump_revocations(Revocations(found.entries[::-1])) == text


@given(lists, users, artifacts)
def test_an_objection_is_made_where_there_is_one(found: Revocations, user: Demands | None, artifact: Artifact) -> None:
    """A block yields to nothing, and a policy's no to nothing either; only a yank by itself does."""
    policy = combine(None, user, None)
    made = objector(found, policy, NOW)(artifact)
    forbidden = policy.objection(artifact, NOW) is not None
    assert (made is None) == (severity(found, artifact) == 0 and not forbidden)
    if made is not None:
        assert made.yields == (severity(found, artifact) == 1 and not forbidden)
        assert made.is_revocation == (severity(found, artifact) == 2 or not forbidden)
