"""Which archives an index names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyv.domain.artifact import Artifact
from pyv.errors import DocumentError
from pyv.mirror.facts import Fact, parse_facts
from pyv.mirror.select import identity, select_artifacts
from tests.mirror.facts import LINUX, fact

EXCERPT = Path(__file__).parent.parent / "support" / "artifacts.ndjson"


def names(artifacts: list[Artifact]) -> list[str]:
    return sorted(f"{a.version}+{a.build} {a.options} {a.flavor}".replace("  ", " ") for a in artifacts)


def test_every_hashed_install_only_is_taken() -> None:
    facts = [fact(), fact(flavor="install_only_stripped"), fact(build="20250101"), fact("3.13.2", sha256=None)]
    assert names(select_artifacts(facts)) == [
        "3.13.1+20241206 install_only",
        "3.13.1+20241206 install_only_stripped",
        "3.13.1+20250101 install_only",
    ]


def test_what_nobody_knows_the_release_of_is_left_out() -> None:
    assert select_artifacts([fact(tag=None)]) == []


def test_default_full_builds_are_left_out() -> None:
    plain = [fact(flavor="full", options=options) for options in ("pgo+lto", "noopt", "lto", "shared+pgo", "static")]
    assert select_artifacts(plain) == []


@pytest.mark.parametrize(
    ("offered", "taken"),
    [
        (["freethreaded+lto", "freethreaded+pgo", "freethreaded+pgo+lto"], "freethreaded+pgo+lto"),
        (["freethreaded+noopt", "freethreaded+lto", "freethreaded+pgo"], "freethreaded+pgo"),
        (["freethreaded+noopt", "freethreaded+lto"], "freethreaded+lto"),
        (["freethreaded+noopt", "freethreaded"], "freethreaded+noopt"),
        (["shared+freethreaded+pgo", "freethreaded+noopt"], "shared+freethreaded+pgo"),
        (["debug+static", "debug"], "debug"),
        (["freethreaded+debug"], "freethreaded+debug"),
    ],
)
def test_of_one_build_the_best_optimised_is_taken(offered: list[str], taken: str) -> None:
    for order in (offered, offered[::-1]):
        assert names(select_artifacts([fact(flavor="full", options=options) for options in order])) == [
            f"3.13.1+20241206 {taken} full"
        ]


def test_of_several_builds_the_newest_is_taken_whatever_its_optimisation() -> None:
    facts = [
        fact(flavor="full", options="freethreaded+pgo+lto"),
        fact(flavor="full", options="freethreaded+noopt", build="20250101"),
        fact(flavor="full", options="freethreaded+pgo+lto", build="20250102", sha256=None),
    ]
    assert names(select_artifacts(facts)) == ["3.13.1+20250101 freethreaded+noopt full"]


def test_newest_is_by_date_and_not_by_tag() -> None:
    """Tag 20250323 was published on 2026-03-23."""
    facts = [
        fact("3.13.12", "full", "debug", build="20250323"),
        fact("3.13.12", "full", "debug", build="20260301"),
    ]
    assert names(select_artifacts(facts)) == ["3.13.12+20250323 debug full"]


def test_static_is_the_last_choice_whatever_its_date() -> None:
    musl = "x86_64-unknown-linux-musl"
    static = fact("3.13.2", "full", "debug+static", build="20250612", triple=musl)
    dynamic = fact("3.13.2", "full", "debug", build="20250311", triple=musl)
    statically_linked = fact("3.13.2", "full", "debug", build="20250212", triple=musl)
    assert names(select_artifacts([static, dynamic])) == ["3.13.2+20250311 debug full"]
    assert names(select_artifacts([static, statically_linked])) == ["3.13.2+20250612 debug+static full"]


@pytest.mark.parametrize("flavor", ["install_only", "install_only_stripped"])
def test_full_is_left_out_where_something_smaller_exists(flavor: str) -> None:
    full = fact("3.14.3", "full", "freethreaded+pgo+lto", build="20260414")
    small = fact("3.14.3", flavor, "freethreaded", build="20260325")
    assert names(select_artifacts([full, small])) == [f"3.14.3+20260325 freethreaded {flavor}"]
    assert select_artifacts([full], existing=[small.to_artifact()]) == []


def test_something_smaller_covers_only_its_own_group() -> None:
    full = fact("3.14.3", "full", "freethreaded+debug")
    others = [
        fact("3.14.3", "install_only", "freethreaded"),
        fact("3.14.3", "install_only"),
        fact("3.14.2", "install_only", "freethreaded+debug"),
        fact("3.14.3", "install_only", "freethreaded+debug", triple="aarch64-unknown-linux-gnu"),
        fact("3.14.3", "install_only", "freethreaded+debug", sha256=None),
    ]
    assert "3.14.3+20241206 freethreaded+debug full" in names(select_artifacts([full, *others]))


def test_two_facts_of_one_archive_are_an_error_naming_both() -> None:
    first, second = fact(), fact(file="cpython-again.tar.gz", sha256="cd" * 32)
    with pytest.raises(DocumentError) as caught:
        select_artifacts([first, second])
    assert caught.value.message == (
        f"two facts name cpython-3.13.1+20241206-{LINUX}-install_only: `{first.file}` ({first.sha256}, test)"
        f" and `cpython-again.tar.gz` ({'cd' * 32}, test)"
    )


def test_the_same_fact_twice_is_an_error_too() -> None:
    with pytest.raises(DocumentError, match="two facts name"):
        select_artifacts([fact(), fact()])


def test_unhashed_facts_contradict_nobody() -> None:
    assert len(select_artifacts([fact(), fact(sha256=None), fact(sha256=None)])) == 1


def test_two_names_for_the_same_bytes_are_two_records() -> None:
    facts = [fact(sha256="ab" * 32), fact(options="shared", sha256="ab" * 32)]
    assert len(select_artifacts(facts)) == 2


def test_what_is_there_already_is_not_selected_again() -> None:
    assert select_artifacts([fact()], existing=[fact().to_artifact()]) == []


def test_a_fact_against_a_record_is_an_error_naming_both() -> None:
    there = replace(fact().to_artifact(), sha256="ee" * 32)
    with pytest.raises(DocumentError) as caught:
        select_artifacts([fact()], existing=[there])
    assert caught.value.message == (
        f"the index has {there.name} with sha256 {'ee' * 32}, but `{fact().file}` has {fact().sha256} (test)"
    )


def test_real_facts_with_every_oddity() -> None:
    facts = parse_facts(EXCERPT.read_text(encoding="utf-8"), "excerpt")
    chosen = select_artifacts(facts)
    assert names([artifact for artifact in chosen if artifact.flavor == "full"]) == [
        "3.13.0+20241016 debug full",
        "3.13.0+20241016 freethreaded+debug full",
        "3.13.0+20241016 freethreaded+pgo+lto full",
        "3.13.0+20241016 shared+freethreaded+pgo full",
        "3.13.12+20250323 freethreaded+pgo+lto full",
        "3.13.2+20250311 debug+static full",
    ]
    hashed = [found for found in facts if found.flavor != "full" and found.sha256]
    assert len(chosen) == 6 + len(hashed) == 21


_FACTS = st.lists(
    st.builds(
        fact,
        st.sampled_from(["3.13.1", "3.14.0rc1"]),
        st.sampled_from(["install_only", "install_only_stripped", "full"]),
        st.sampled_from(["", "debug", "freethreaded", "freethreaded+pgo+lto", "freethreaded+lto", "debug+static"]),
        build=st.sampled_from(["20250101", "20250323", "20260101"]),
        sha256=st.sampled_from(["", None]),
    ),
    max_size=20,
    unique_by=lambda found: (found.file,),
)


@given(facts=_FACTS.flatmap(lambda found: st.tuples(st.just(found), st.permutations(found))))
def test_the_order_of_facts_does_not_matter(facts: tuple[list[Fact], list[Fact]]) -> None:
    chosen, again = (select_artifacts(order) for order in facts)
    assert sorted(map(identity, chosen)) == sorted(map(identity, again))


@given(facts=_FACTS)
def test_every_group_with_a_variant_that_is_hashed_is_represented(facts: list[Fact]) -> None:
    chosen = select_artifacts(facts)
    represented = {(a.version, a.variant) for a in chosen}
    for found in facts:
        if found.sha256 is not None:
            artifact = found.to_artifact()
            if artifact.flavor != "full" or artifact.variant.label != "default":
                assert (artifact.version, artifact.variant) in represented
