"""Version requests: every accepted form, every refusal, and what each one lets in."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyv.domain.request import VersionRequest, parse_request
from pyv.domain.variant import Variant
from pyv.domain.version import Version, parse_version
from pyv.errors import RequestError

FREE = Variant(freethreaded=True)
DEBUG = Variant(debug=True)
BOTH = Variant(freethreaded=True, debug=True)
RC2 = {"release": (3, 14, 0), "stage": "rc", "serial": 2}
LINUX = "x86_64-unknown-linux-gnu"

ACCEPTED: list[tuple[str, dict[str, object]]] = [
    ("3", {"release": (3,)}),
    ("3.12", {"release": (3, 12)}),
    ("3.12.2", {"release": (3, 12, 2)}),
    (" 3.12 ", {"release": (3, 12)}),
    ("3.13t", {"release": (3, 13), "variant": FREE}),
    ("3t", {"release": (3,), "variant": FREE}),
    ("3.13.1t", {"release": (3, 13, 1), "variant": FREE}),
    ("3.13d", {"release": (3, 13), "variant": DEBUG}),
    ("3.13td", {"release": (3, 13), "variant": BOTH}),
    ("3.13.1-debug", {"release": (3, 13, 1), "variant": DEBUG}),
    ("3.13.1t-debug", {"release": (3, 13, 1), "variant": BOTH}),
    ("3.13+freethreaded", {"release": (3, 13), "variant": FREE}),
    ("3.13+freethreaded+debug", {"release": (3, 13), "variant": BOTH}),
    ("3.14.0rc2", RC2),
    ("3.14.0rc2t", {**RC2, "variant": FREE}),
    ("python-3.12.2", {"release": (3, 12, 2)}),
    ("python3.12", {"release": (3, 12)}),
    ("cpython@3.12", {"release": (3, 12)}),
    ("CPython-3.12", {"release": (3, 12)}),
    ("cpython-3.12.2-linux-x86_64-gnu", {"release": (3, 12, 2), "triple": LINUX}),
    (
        "cpython-3.13+freethreaded-macos-aarch64-none",
        {"release": (3, 13), "variant": FREE, "triple": "aarch64-apple-darwin"},
    ),
    ("cpython-3.12-linux-powerpc64le-gnu", {"release": (3, 12), "triple": "ppc64le-unknown-linux-gnu"}),
    ("cpython-3.12-windows-x86-none", {"release": (3, 12), "triple": "i686-pc-windows-msvc"}),
    ("cpython-3.12-linux-x86_64_v3-musl", {"release": (3, 12), "triple": "x86_64_v3-unknown-linux-musl"}),
    (">=3.11,<3.13", {"specifier": ">=3.11,<3.13"}),
    ("~=3.12.1", {"specifier": "~=3.12.1"}),
    ("cpython>=3.11", {"specifier": ">=3.11"}),
    ("3.12.2+20240224", {"release": (3, 12, 2), "build": "20240224"}),
    ("3.13t+20250317", {"release": (3, 13), "variant": FREE, "build": "20250317"}),
    ("latest", {}),
]
REFUSED = [
    "", " ", "3.", ".3", "3.12.2.1", "3.12-dev", "3.14rc2", "three", "3.12+2024", "3.12+20240224+20240225", "3.12+shared",
    "3.12tt", "3.12-debug+debug", "3.12.2-debug-debug", "pypy3.10", "../3.12", "3.12/x", "3.12\n3.13", "*", ">=x", ">=", "3.12 3.13", "cpython-3.12-plan9-x86_64-gnu",
    "cpython-3.12-linux-x86_64-none", "٣.١٢", "3.12.2;rm", "-3.12", "--help", "99999.1",
]  # fmt: skip


@pytest.mark.parametrize(("text", "fields"), ACCEPTED, ids=[text for text, _ in ACCEPTED])
def test_accepted(text: str, fields: dict[str, object]) -> None:
    request = parse_request(text)
    assert {name: getattr(request, name) for name in fields} == fields
    untouched = {"release", "stage", "specifier", "variant", "build", "triple"} - fields.keys()
    fresh = VersionRequest(text=text)
    assert all(getattr(request, name) == getattr(fresh, name) for name in untouched)
    assert request.text == text


@pytest.mark.parametrize("text", REFUSED)
def test_refused_with_a_way_out(text: str) -> None:
    with pytest.raises(RequestError) as caught:
        parse_request(text)
    assert caught.value.exit_code == 2
    assert caught.value.hint


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        request = parse_request(text)
    except RequestError:
        return
    assert request.text == text
    assert request.specifier or re.search(r"\d|latest", text)


VERSIONS = st.builds(
    Version,
    st.just(3),
    st.integers(7, 20),
    st.integers(0, 30),
    st.sampled_from(["~", "~", "a", "b", "rc"]),
    st.just(0),
).map(lambda v: v if v.stage == "~" else v._replace(serial=1))


@given(VERSIONS)
def test_a_version_is_its_own_request(version: Version) -> None:
    assert parse_version(str(version)) == version
    assert parse_request(str(version)).accepts(version)
    assert parse_request(f"cpython-{version}-linux-x86_64-gnu").accepts(version)


@given(VERSIONS, VERSIONS)
def test_a_whole_version_accepts_nothing_else(one: Version, other: Version) -> None:
    assert parse_request(str(one)).accepts(other) == (one == other)


@given(VERSIONS)
def test_a_prefix_never_accepts_a_prerelease(version: Version) -> None:
    for prefix in ("3", f"3.{version.minor}", f"3.{version.minor}.{version.patch}", "latest"):
        assert parse_request(prefix).accepts(version) == (not version.is_prerelease)


@given(VERSIONS)
def test_a_prefix_is_of_numbers_not_of_text(version: Version) -> None:
    assert parse_request("3.1").accepts(version) is False


def test_specifiers_follow_pep_440() -> None:
    request = parse_request(">=3.11,<3.13")
    accepted = [v for v in ("3.10.9", "3.11.0", "3.12.9", "3.13.0", "3.13.0rc1", "3.12.0rc1")
                if request.accepts(parse_version(v))]  # fmt: skip
    assert accepted == ["3.11.0", "3.12.9"]
    assert parse_request(">=3.14.0rc1").accepts(parse_version("3.14.0rc2"))


@given(VERSIONS, VERSIONS)
def test_versions_order_as_packaging_does(one: Version, other: Version) -> None:
    from packaging.version import Version as Reference

    assert (one < other) == (Reference(str(one)) < Reference(str(other)))


@pytest.mark.parametrize("text", ["3.12", "3", "3.12.2.1", "3.12.02", "3.12.2RC1", "v3.12.2", "3.12.2 ", "3.12.2c1"])
def test_versions_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="is not a CPython version"):
        parse_version(text)
