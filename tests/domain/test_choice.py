"""What a mirror carries: what installations would take, on the genuine index and on any."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyv.domain.artifact import FLAVORS, Artifact
from pyv.domain.choice import ALL, NEWEST, Choice, chosen_of
from pyv.domain.fields import Fields
from pyv.domain.manifest import parse_manifest
from pyv.domain.objection import objector
from pyv.domain.policy import Policy
from pyv.domain.request import parse_request
from pyv.domain.resolve import Preferences, preference, resolve
from pyv.domain.revocation import Revocation, Revocations
from pyv.domain.triple import PUBLISHED, Host
from pyv.errors import DocumentError, RequestError, ResolutionError
from pyv.index.embedded import embedded_directory
from tests.domain.test_request_property import artifacts, builds, offers, requests

GNU, MUSL, ARM = "x86_64-unknown-linux-gnu", "x86_64-unknown-linux-musl", "aarch64-unknown-linux-gnu"
HOST = Host(os="linux", arch="x86_64", libc="gnu", libc_version=(2, 36), level=3)
NOTHING = Revocations()
NOW = 1_795_600_000.0


@cache
def genuine(triple: str) -> tuple[Artifact, ...]:
    """The records of a triple in the index pyv comes with."""
    path = embedded_directory() / f"targets/manifest/{triple}.json"
    return tuple(parse_manifest(path.read_text(encoding="ascii"), str(path), triple))


def resolved(
    text: str, offered: Sequence[Artifact], revocations: Revocations = NOTHING, triple: str = GNU
) -> Artifact | None:
    """What an installation of a request takes without a warning."""
    against = objector(revocations, Policy(), NOW)
    try:
        found = resolve(parse_request(text), offered, HOST, Preferences(triple=triple), against)
    except ResolutionError:
        return None
    return None if found.objection is not None else found.artifact


def entry(action: str = "block", **what: str) -> Revocation:
    return Revocation(action=action, reason="a test", date="2026-11-23", **what)


def names(found: Sequence[Artifact]) -> list[str]:
    return [artifact.name.removeprefix("cpython-").replace(f"-{GNU}", "") for artifact in found]


@pytest.mark.parametrize("words", [(), ("3.12",), (">=3.11,<3.14",), ("3.13t",), ("3.12", "3.13t", "latest"), ("3",)])
def test_a_genuine_choice_is_what_installations_take(words: tuple[str, ...]) -> None:
    """Of every version inside it, the very archive that naming the version installs."""
    found = Choice.of(versions=words).chosen(genuine(GNU), NOTHING)
    assert len(found) > 10
    asked = [parse_request(word) for word in words or ("latest",)]
    inside = {
        artifact.version_name
        for artifact in genuine(GNU)
        if any(request.accepts(artifact.parsed_version) and request.variant == artifact.variant for request in asked)
    }
    expected = {answer.name for name in inside if (answer := resolved(name, genuine(GNU))) is not None}
    assert {artifact.name for artifact in found} == expected
    best = [answer for word in words or ("latest",) if (answer := resolved(word, genuine(GNU))) is not None]
    assert set(names(best)) <= set(names(found)), "what the request itself takes is among them"


@pytest.mark.parametrize("triple", PUBLISHED)
def test_every_genuine_platform_has_a_choice(triple: str) -> None:
    found = Choice.of().chosen(genuine(triple), NOTHING)
    assert found or not any(not a.is_static and a.variant.label == "default" for a in genuine(triple))
    assert len({artifact.version for artifact in found}) == len(found), "one archive a version"
    assert found == sorted(found, key=preference, reverse=True)
    assert not any(artifact.is_static or artifact.parsed_version.is_prerelease for artifact in found)


@settings(max_examples=80)
@given(requests, offers, st.sets(st.integers(0, 11)), st.sampled_from(["block", "yank"]), st.none() | builds)
def test_what_a_request_takes_is_chosen(
    text: str, offered: list[Artifact], against: set[int], action: str, build: str | None
) -> None:
    """Whatever is revoked: what the request, or any version inside it, installs is carried, and for nothing else."""
    marked = marked_by_number(offered)
    entries = [entry(action, sha256=f"{number:064x}") for number in against]
    revocations = Revocations((*entries, *([entry("block", build=build)] if build else [])))
    found = Choice.of(versions=[text]).chosen(marked, revocations)
    answer = resolved(text, marked, revocations)
    request = parse_request(text)
    if answer is not None:
        assert answer in found
    if request.build is None:
        inside = {spelled(artifact) for artifact in marked if Choice.of().answers(text, artifact)}
        taken = [resolved(name, marked, revocations) for name in inside]
        assert {each.name for each in found} == {each.name for each in taken if each is not None}, (
            "as by exact requests"
        )
    assert not any(each.blocks and each.hits(artifact) for each in revocations.entries for artifact in found)
    assert len({(artifact.version, artifact.build) for artifact in found}) == len(found)


def spelled(artifact: Artifact) -> str:
    """The exact request for a version and its variant."""
    return artifact.version + "t" * artifact.variant.freethreaded + "d" * artifact.variant.debug


def marked_by_number(offered: list[Artifact]) -> list[Artifact]:
    """The same with digests of their own: a choice counts bytes."""
    return [replace(artifact, sha256=f"{number:064x}") for number, artifact in enumerate(offered)]


@given(offers, st.randoms(use_true_random=False), st.sampled_from([NEWEST, ALL]), st.sampled_from(["", *FLAVORS, ALL]))
def test_the_order_of_records_says_nothing(offered: list[Artifact], chance: Random, which: str, flavor: str) -> None:
    marked = marked_by_number(offered)
    choice = Choice.of(builds=which, flavors=[flavor] if flavor else [])
    first = [preference(artifact) for artifact in choice.chosen(marked, NOTHING)]
    chance.shuffle(marked)
    assert [preference(artifact) for artifact in choice.chosen(marked, NOTHING)] == first
    every = Choice.of(builds=ALL, flavors=[ALL], variants=["default", "freethreaded", "debug", "freethreaded+debug"])
    assert set(first) <= {preference(artifact) for artifact in every.chosen(marked, NOTHING)}


def offer(
    version: str, build: str, flavor: str = "install_only_stripped", options: str = "", triple: str = GNU
) -> Artifact:
    told = f"{version} {build} {flavor} {options} {triple}"
    digest = f"{abs(hash(told)):064x}"[-64:]
    return Artifact(version=version, triple=triple, flavor=flavor, options=options, build=build, sha256=digest)


STRIPPED, PLAIN, FULL = FLAVORS
OFFERED = [
    offer("3.11.9", "20240415"),
    offer("3.12.2", "20240224"),
    offer("3.12.2", "20240224", PLAIN),
    offer("3.12.2", "20240107", PLAIN),
    offer("3.12.3", "20240415", PLAIN),
    offer("3.12.3", "20240415", FULL, "pgo+lto"),
    offer("3.12.3", "20240415", FULL, "noopt"),
    offer("3.12.3", "20240107"),
    offer("3.13.0rc2", "20240909"),
    offer("3.13.1", "20250115"),
    offer("3.13.1", "20250115", STRIPPED, "freethreaded"),
    offer("3.13.1", "20250115", FULL, "freethreaded+noopt"),
    offer("3.13.1", "20250115", FULL, "debug"),
    offer("3.9.2", "20210724", FULL, "static+noopt"),
]
NEWEST_TWO = ["3.12.3+20240415-install_only", "3.12.2+20240224-install_only_stripped"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["3.13.1+20250115-install_only_stripped", *NEWEST_TWO, "3.11.9+20240415-install_only_stripped"]),
        ({"versions": ["3.12"]}, NEWEST_TWO),
        ({"versions": [">=3.12,<3.12.3"]}, NEWEST_TWO[1:]),
        ({"versions": ["3.12.2+20240107"]}, ["3.12.2+20240107-install_only"]),
        ({"versions": ["3.13t"]}, ["3.13.1+20250115-freethreaded-install_only_stripped"]),
        ({"versions": ["3.13d"]}, ["3.13.1+20250115-debug-full"]),
        ({"versions": ["3.13.0rc2"]}, ["3.13.0rc2+20240909-install_only_stripped"]),
        ({"versions": ["3.13.0"]}, []),
        ({"versions": ["3.9"]}, []),
        ({"versions": ["3.9.2+20210724"]}, ["3.9.2+20210724-static+noopt-full"]),
        ({"versions": ["3.9"], "builds": ALL}, ["3.9.2+20210724-static+noopt-full"]),
        ({"versions": ["cpython-3.12-linux-x86_64-gnu"]}, NEWEST_TWO),
        ({"versions": ["cpython-3.12-linux-aarch64-gnu"]}, []),
        ({"versions": ["3.12", "3.12.3", "python-3.12"]}, NEWEST_TWO),
        ({"versions": ["3.12.3"], "flavors": [FULL]}, ["3.12.3+20240415-pgo+lto-full"]),
        (
            {"versions": ["3.12"], "flavors": [PLAIN]},
            [NEWEST_TWO[0], "3.12.2+20240224-install_only"],
        ),
        (
            {"versions": ["3.12.3"], "flavors": [ALL]},
            ["3.12.3+20240415-install_only", "3.12.3+20240415-pgo+lto-full", "3.12.3+20240107-install_only_stripped"],
        ),
        (
            {"versions": ["3.12.3"], "flavors": [STRIPPED, FULL]},
            ["3.12.3+20240415-pgo+lto-full", "3.12.3+20240107-install_only_stripped"],
        ),
        (
            {"versions": ["3.12"], "builds": ALL},
            [
                "3.12.3+20240415-install_only",
                "3.12.3+20240107-install_only_stripped",
                "3.12.2+20240224-install_only_stripped",
                "3.12.2+20240107-install_only",
            ],
        ),
        (
            {"versions": ["3.12.3"], "builds": ALL, "flavors": [FULL]},
            ["3.12.3+20240415-pgo+lto-full", "3.12.3+20240415-noopt-full"],
        ),
        (
            {"versions": ["3.13.1"], "variants": ["default", "freethreaded", "debug"]},
            [
                "3.13.1+20250115-install_only_stripped",
                "3.13.1+20250115-freethreaded-install_only_stripped",
                "3.13.1+20250115-debug-full",
            ],
        ),
        ({"versions": ["3.13t"], "variants": ["default"]}, ["3.13.1+20250115-install_only_stripped"]),
        ({"versions": ["3.13"], "variants": ["freethreaded+debug"]}, []),
    ],
)  # fmt: skip
def test_chosen(options: dict[str, object], expected: list[str]) -> None:
    found = Choice.of(**options).chosen(OFFERED, NOTHING)  # type: ignore[arg-type]
    assert sorted(names(found)) == sorted(expected)
    assert found == sorted(found, key=preference, reverse=True)


def test_every_flavor_of_one_build() -> None:
    """`--flavor all` means each flavor's newest build, whatever the build of the others."""
    found = Choice.of(versions=["3.12.2"], flavors=[ALL], builds=ALL).chosen(OFFERED, NOTHING)
    assert sorted(names(found)) == [
        "3.12.2+20240107-install_only",
        "3.12.2+20240224-install_only",
        "3.12.2+20240224-install_only_stripped",
    ]


@pytest.mark.parametrize(
    ("entries", "options", "expected"),
    [
        ([entry(version="3.12.3")], {"versions": ["3.12"]}, NEWEST_TWO[1:]),
        ([entry(build="20240415")], {"versions": ["3.12"]}, ["3.12.3+20240107-install_only_stripped", NEWEST_TWO[1]]),
        ([entry("yank", build="20240415")], {"versions": ["3.12.3"]}, ["3.12.3+20240107-install_only_stripped"]),
        ([entry("yank", version="3.12.3")], {"versions": ["3.12"]}, NEWEST_TWO[1:]),
        ([entry("yank", build="20240107")], {"versions": ["3.12.2+20240107"]}, ["3.12.2+20240107-install_only"]),
        ([entry("block", build="20240107")], {"versions": ["3.12.2+20240107"]}, []),
        (
            [entry("yank", version="3.12.3"), entry("block", build="20240224")],
            {"versions": ["3.12"], "builds": ALL},
            ["3.12.3+20240415-install_only", "3.12.3+20240107-install_only_stripped", "3.12.2+20240107-install_only"],
        ),
        ([entry(version="3.12.2", triple=ARM)], {"versions": ["3.12.2"]}, NEWEST_TWO[1:]),
        ([entry("yank", version="3.12.2"), entry(version="3.12.2")], {"versions": ["3.12.2+20240224"]}, []),
    ],
)  # fmt: skip
def test_taken_back(entries: list[Revocation], options: dict[str, object], expected: list[str]) -> None:
    """What is blocked is never chosen; what is yanked is no newest build, and there for whoever names it."""
    found = Choice.of(**options).chosen(OFFERED, Revocations(tuple(entries)))  # type: ignore[arg-type]
    assert sorted(names(found)) == sorted(expected)


def test_platforms() -> None:
    here = {
        GNU: OFFERED,
        ARM: [offer("3.12.2", "20240224", triple=ARM)],
        MUSL: [offer("3.12.2", "20240224", triple=MUSL)],
    }
    whole = chosen_of(Choice.of(versions=["3.12.2"]), here, NOTHING)
    assert [artifact.triple for artifact in whole] == [ARM, GNU], "a musl build of that time is static"
    one = chosen_of(Choice.of(versions=["3.12.2"], triples=[ARM]), here, NOTHING)
    assert [artifact.triple for artifact in one] == [ARM]
    key = chosen_of(Choice.of(versions=["cpython-3.12.2-linux-aarch64-gnu"]), here, NOTHING)
    assert [artifact.triple for artifact in key] == [ARM]
    both = Choice.of(versions=["cpython-3.12.2-linux-aarch64-gnu"], triples=[GNU])
    assert (both.takes(ARM), both.takes(GNU), chosen_of(both, here, NOTHING)) == (False, True, [])


def test_answers() -> None:
    """Which of several requests an archive that was chosen belongs to: how a word that means nothing is told."""
    choice = Choice.of(versions=["3.12", "3.13t", "3.99"])
    found = choice.chosen(OFFERED, NOTHING)
    answered = {word: any(choice.answers(word, artifact) for artifact in found) for word in choice.versions}
    assert answered == {"3.12": True, "3.13t": True, "3.99": False}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"versions": ["3.x"]}, "`3.x` is not a version request"),
        ({"versions": [">=3.x"]}, "3.x"),
        ({"versions": [""]}, "`` is not a version request"),
        ({"triples": ["linux"]}, "linux"),
        ({"triples": [""]}, ""),
        ({"flavors": ["stripped"]}, "`stripped` is not a flavor"),
        ({"variants": ["nogil"]}, "nogil"),
        ({"builds": "latest"}, "`latest` is neither `newest` nor `all`"),
        ({"builds": ""}, "`` is neither `newest` nor `all`"),
    ],
)
def test_words_that_mean_nothing(options: dict[str, object], said: str) -> None:
    with pytest.raises(RequestError) as caught:
        Choice.of(**options)  # type: ignore[arg-type]
    assert said in caught.value.message
    assert caught.value.hint


choices = st.builds(
    Choice.of,
    versions=st.lists(requests, max_size=3),
    triples=st.lists(st.sampled_from(PUBLISHED), max_size=3),
    flavors=st.lists(st.sampled_from([*FLAVORS, ALL]), max_size=3),
    variants=st.lists(st.sampled_from(["default", "freethreaded", "debug", "freethreaded+debug"]), max_size=3),
    builds=st.sampled_from([NEWEST, ALL]),
)


@given(choices, artifacts)
def test_what_is_remembered_is_what_was_said(choice: Choice, artifact: Artifact) -> None:
    told = json.loads(json.dumps(choice.to_dict()))
    again = Choice.from_fields(Fields(told, "a test"))
    assert again == choice
    assert again.chosen([artifact], NOTHING) == choice.chosen([artifact], NOTHING)


@pytest.mark.parametrize(
    "change",
    [{"versions": "3.12"}, {"versions": [3]}, {"versions": ["3.x"]}, {"builds": "some"}, {"flavors": None}, {"builds": 1}],
)  # fmt: skip
def test_a_damaged_memory_is_refused(change: dict[str, object]) -> None:
    told = {**Choice.of(versions=["3.12"]).to_dict(), **change}
    with pytest.raises(DocumentError):
        Choice.from_fields(Fields(told, "mirror.json"))
