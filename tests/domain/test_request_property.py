"""Requests: what was asked for is what is read, and what answers is inside it and the best there is, in any order."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pyv.domain.artifact import FLAVORS, Artifact
from pyv.domain.objection import Objection
from pyv.domain.request import VersionRequest, parse_request
from pyv.domain.resolve import Preferences, Resolution, preference, resolve
from pyv.domain.triple import Host
from pyv.domain.variant import Variant
from pyv.domain.version import Version, parse_version
from pyv.errors import RequestError, ResolutionError, RevokedError

GNU = "x86_64-unknown-linux-gnu"
HOST = Host(os="linux", arch="x86_64", libc="gnu", libc_version=(2, 36), level=3)
WANTED = Preferences(triple=GNU)
LETTERS = {
    Variant(): "",
    Variant(freethreaded=True): "t",
    Variant(debug=True): "d",
    Variant(freethreaded=True, debug=True): "td",
}

# Few versions, builds and options, so that many artifacts answer one request.
releases = st.tuples(st.just(3), st.integers(11, 13), st.integers(0, 2))
named = st.tuples(st.sampled_from(["a", "b", "rc"]), st.integers(0, 2))
stages = st.none() | named
versions = st.builds(lambda release, stage: Version(*release, *(stage or ("~", 0))), releases, stages)
variants = st.sampled_from(sorted(LETTERS))
builds = st.sampled_from(["20210724", "20240224", "20250323", "20260101", "20260814"])
options = st.sampled_from(["", "pgo+lto", "noopt", "static", "shared", "freethreaded", "freethreaded+pgo+lto", "debug",
                           "freethreaded+debug"])  # fmt: skip
artifacts = st.builds(
    Artifact,
    version=versions.map(str),
    triple=st.just(GNU),
    flavor=st.sampled_from(FLAVORS),
    options=options,
    build=builds,
    sha256=st.just("0" * 64),
)
offers = st.lists(artifacts, min_size=1, max_size=12, unique_by=lambda artifact: artifact.name)
specifiers = st.lists(
    st.builds("{}{}".format, st.sampled_from([">=", "<=", ">", "<", "==", "!=", "~="]), versions.map(str)),
    min_size=1,
    max_size=2,
).map(",".join)


@st.composite
def spellings(draw: st.DrawFn) -> tuple[str, VersionRequest]:
    """A request as somebody writes it, and what it means."""
    release: tuple[int, ...] = draw(releases)[: draw(st.integers(1, 3))]
    stage, serial = draw(named) if len(release) == 3 and draw(st.booleans()) else ("", 0)
    variant, build = draw(variants), draw(st.none() | builds)
    text = ".".join(map(str, release)) + (f"{stage}{serial}" if stage else "")
    spelled = [LETTERS[variant], "+freethreaded" * variant.freethreaded + "+debug" * variant.debug]
    text += draw(st.sampled_from(spelled)) + (f"+{build}" if build else "")
    text = draw(st.sampled_from(["", "python-", "cpython-", "cpython@", "Python", " "])) + text
    wanted = VersionRequest(
        text=text, release=release, stage=stage, serial=serial, variant=variant, build=build, triple=None
    )
    return text, wanted


requests = st.one_of(
    spellings().map(lambda spelled: spelled[0]), st.just("latest"), specifiers, versions.map(str), st.just("3.12")
)


@given(spellings())
def test_what_is_written_is_read(spelled: tuple[str, VersionRequest]) -> None:
    text, wanted = spelled
    assert parse_request(text) == wanted


@given(versions, variants, st.none() | builds)
def test_the_name_of_a_version_is_a_request_for_it(version: Version, variant: Variant, build: str | None) -> None:
    text = f"{version}{LETTERS[variant]}" + (f"+{build}" if build else "")
    found = parse_request(text)
    assert (found.is_exact, found.variant, found.build) == (True, variant, build)
    assert found.accepts(version)
    assert parse_version(str(version)) == version


@given(versions, versions)
def test_an_exact_request_accepts_one_version(version: Version, other: Version) -> None:
    assert parse_request(str(version)).accepts(other) == (version == other)


@given(st.text(max_size=12) | st.text("3.12atdrc+-=<>!~, \0", max_size=12))
def test_any_text_is_a_request_or_is_refused(text: str) -> None:
    try:
        found = parse_request(text)
    except RequestError:
        return
    assert parse_request(text) == found
    assert found.accepts(Version(3, 12, 2)) in {True, False}


def answer(text: str, offered: list[Artifact]) -> Resolution | None:
    try:
        return resolve(parse_request(text), offered, HOST, WANTED)
    except ResolutionError:
        return None


def answers(text: str, artifact: Artifact) -> bool:
    """Whether one artifact alone answers, said without `resolve`."""
    asked = parse_request(text)
    right_build = artifact.build == asked.build if asked.build else not artifact.is_static
    return right_build and artifact.variant == asked.variant and asked.accepts(artifact.parsed_version)


@given(requests, offers)
def test_what_is_chosen_matches_and_nothing_better_does(text: str, offered: list[Artifact]) -> None:
    matching = [artifact for artifact in offered if answers(text, artifact)]
    found = answer(text, offered)
    assert (found is None) == (not matching)
    if found is not None:
        assert found.artifact in matching
        assert preference(found.artifact) == max(map(preference, matching))
        newest = max(artifact.parsed_version for artifact in matching)
        left = [artifact for artifact in matching if artifact.parsed_version == newest]
        latest = max(artifact.date for artifact in left)
        flavors = [FLAVORS.index(artifact.flavor) for artifact in left if artifact.date == latest]
        chosen = found.artifact
        assert (chosen.parsed_version, chosen.date, FLAVORS.index(chosen.flavor)) == (newest, latest, min(flavors))
        assert (found.objection, found.passed) == (None, ())


@given(requests, offers, st.randoms(use_true_random=False))
def test_the_order_of_what_is_offered_says_nothing(text: str, offered: list[Artifact], chance: Random) -> None:
    matching = [preference(artifact) for artifact in offered if answers(text, artifact)]
    assume(len(set(matching)) == len(matching))
    first = answer(text, offered)
    chance.shuffle(offered)
    assert answer(text, offered) == first


@given(requests, offers, artifacts)
def test_an_artifact_that_does_not_answer_changes_nothing(text: str, offered: list[Artifact], more: Artifact) -> None:
    assume(not answers(text, more))
    assert answer(text, [*offered, more]) == answer(text, offered)


@settings(max_examples=60)
@given(requests, offers, st.sets(st.integers(0, 11)), st.booleans())
def test_what_is_objected_to_is_chosen_only_where_everything_is(
    text: str, offered: list[Artifact], against: set[int], yields: bool
) -> None:
    objected = {offered[number].name for number in against if number < len(offered)}
    objection = Objection(reason="no", error=RevokedError("no"), yields=yields)
    asked = parse_request(text)

    def object_to(artifact: Artifact) -> Objection | None:
        return objection if artifact.name in objected else None

    matching = [artifact for artifact in offered if answers(text, artifact)]
    if not matching:
        with pytest.raises(ResolutionError):
            resolve(asked, offered, HOST, WANTED, object_to)
        return
    found = resolve(asked, offered, HOST, WANTED, object_to)
    left = [artifact for artifact in matching if artifact.name not in objected]
    assert (found.objection is None) == bool(left)
    assert preference(found.artifact) == max(map(preference, left or matching))
    passed = [artifact for artifact, _ in found.passed]
    assert all(artifact.name in objected and preference(artifact) >= preference(found.artifact) for artifact in passed)
