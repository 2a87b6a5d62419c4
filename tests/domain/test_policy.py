"""Policy: the strictest file wins, whoever adds one, and every refusal names the file that demands it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pyv.domain.artifact import Artifact
from pyv.domain.duration import parse_duration, spelled_duration
from pyv.domain.policy import LEVELS, Demands, Policy, combine
from pyv.errors import PolicyError

LINUX, ARM = "x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"
ARTIFACT = Artifact(version="3.12.2", triple=LINUX, flavor="install_only", build="20260814", sha256="ab" * 32)
END_OF_THE_DAY = 1786752000.0
"""2026-08-15T00:00:00Z."""
DAY = 86400


def admin(**changes: object) -> Demands:
    return Demands(source="ADMIN", **changes)  # type: ignore[arg-type]  # each test names what it means


def user(**changes: object) -> Demands:
    return Demands(source="USER", **changes)  # type: ignore[arg-type]  # as above


def project(**changes: object) -> Demands:
    return Demands(source="PROJECT", **changes)  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize(
    ("text", "seconds"), [("7d", 604800), ("12h", 43200), ("30m", 1800), ("0", 0), ("0d", 0), ("999999d", 86399913600)]
)
def test_duration(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "7", "d", "-1d", "1.5d", "7 d", "7D", "1d12h", "7w", "1000000d", "٧d", "7d\n"])
def test_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration such as `7d`, `12h`, `30m` or `0`"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0"), (604800, "7d"), (90000, "25h"), (5400, "90m"), (61, "2m"), (1, "1m")]
)
def test_spelled(seconds: int, text: str) -> None:
    assert spelled_duration(seconds) == text


def test_no_files_forbid_nothing() -> None:
    policy = combine(None, None, None)
    assert policy == Policy()
    assert (policy.level, policy.max_staleness, policy.minimum_release_age) == ("sha256", 0, 0)
    assert (policy.triples, policy.versions, policy.verify_before_extract) == (None, (), False)
    assert policy.objection(ARTIFACT, 0.0) is None
    policy.require_level("sha256", "it")


@pytest.mark.parametrize(
    ("machine", "person", "flag", "narrowed", "expected"),
    [
        (None, None, None, None, 0),
        (None, 7, None, None, 7),
        (None, None, 5, None, 5),
        (None, 7, 5, None, 5),
        (None, 5, 7, None, 7),
        (None, 5, 0, None, 0),
        (3, None, None, None, 3),
        (3, 7, None, None, 3),
        (3, 2, None, None, 2),
        (3, 2, 9, None, 3),
        (0, 7, 9, None, 0),
        (None, None, None, 9, 0),
        (None, 7, None, 9, 7),
        (None, 7, None, 2, 2),
        (3, 7, 9, 0, 0),
    ],
)
def test_max_staleness(
    machine: int | None, person: int | None, flag: int | None, narrowed: int | None, expected: int
) -> None:
    files = (admin(max_staleness=machine), user(max_staleness=person), project(max_staleness=narrowed))
    assert combine(*files, flag_max_staleness=flag).max_staleness == expected


def test_the_strictest_wins() -> None:
    policy = combine(
        admin(level="artifact-signature", minimum_release_age=7, triples=frozenset({LINUX, ARM}), versions=">=3.10"),
        user(level="index-fresh", minimum_release_age=3, triples=frozenset({LINUX}), verify_before_extract=True),
        project(level="sha256", minimum_release_age=0, triples=frozenset({LINUX, ARM}), versions="<3.13"),
    )
    assert (policy.level, policy.minimum_release_age, policy.triples) == ("index-fresh", 7, frozenset({LINUX}))
    assert (policy.versions, policy.verify_before_extract) == ((">=3.10", "<3.13"), True)
    assert policy.sources == ("ADMIN", "USER", "PROJECT")
    assert combine(admin(triples=frozenset({ARM})), user(triples=frozenset({LINUX})), None).triples == frozenset()


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ((admin(triples=frozenset({LINUX})), None), None),
        (
            (admin(triples=frozenset({ARM, "s390x-unknown-linux-gnu"})), None),
            f"it is built for {LINUX}, and ADMIN allows {ARM}, s390x-unknown-linux-gnu",
        ),
        ((None, project(triples=frozenset())), f"it is built for {LINUX}, and PROJECT allows no triple at all"),
        ((admin(versions=">=3.11"), project(versions="<3.13")), None),
        ((admin(versions=">=3.13"), project(versions="<3.13")), "it is 3.12.2, and ADMIN allows `>=3.13`"),
        ((admin(versions=">=3.11"), project(versions="!=3.12.*")), "it is 3.12.2, and PROJECT allows `!=3.12.*`"),
    ],
)
def test_objection(files: tuple[Demands | None, Demands | None], reason: str | None) -> None:
    assert combine(files[0], None, files[1]).objection(ARTIFACT, 0.0) == reason


def test_pre_releases_need_to_be_named() -> None:
    early = replace(ARTIFACT, version="3.15.0a2")
    assert combine(admin(versions=">=3.11"), None, None).objection(early, 0.0) is not None
    assert combine(admin(versions=">=3.15.0a1"), None, None).objection(early, 0.0) is None


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (END_OF_THE_DAY + 7 * DAY, None),
        (END_OF_THE_DAY + 7 * DAY - 1, "build 20260814 is 6d old, and ADMIN demands an age of 7d"),
        (END_OF_THE_DAY - 1, "build 20260814 is 0 old, and ADMIN demands an age of 7d"),
        (0.0, "build 20260814 is 0 old, and ADMIN demands an age of 7d"),
    ],
)
def test_cool_down(now: float, reason: str | None) -> None:
    policy = combine(admin(minimum_release_age=7 * DAY), user(minimum_release_age=DAY), None)
    assert policy.objection(ARTIFACT, now) == reason


def test_a_tag_that_is_no_day_is_never_old_enough() -> None:
    policy = combine(admin(minimum_release_age=DAY), None, None)
    odd = replace(ARTIFACT, build="20261399")
    assert policy.objection(odd, 1e11) == "build 20261399 is of no date, and ADMIN demands an age of 1d"


def test_a_misdated_tag_counts_from_its_real_day() -> None:
    policy = combine(admin(minimum_release_age=DAY), None, None)
    misdated = replace(ARTIFACT, build="20250323")  # published 2026-03-23
    assert policy.objection(misdated, 1774310400.0 + DAY - 1) is not None
    assert policy.objection(misdated, 1774310400.0 + DAY) is None


@pytest.mark.parametrize("required", LEVELS)
@pytest.mark.parametrize("reached", LEVELS)
def test_level(required: str, reached: str) -> None:
    policy = combine(None, user(level=required), project())
    if LEVELS.index(reached) >= LEVELS.index(required):
        policy.require_level(reached, "3.12.2")
        return
    with pytest.raises(PolicyError) as caught:
        policy.require_level(reached, "3.12.2")
    assert caught.value.message == f"3.12.2 would be verified to level `{reached}`, and USER demands `{required}`"
    assert (
        caught.value.hint
        == {
            "artifact-signature": "install it from an index, or give the archive's proof with --proof "
            "(`pyv proof` writes one)",
            "index-fresh": "name an index that is kept up to date: `index` in config.toml, PYV_INDEX or --index",
        }[required]
    )
