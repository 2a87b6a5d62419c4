"""Places people name."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyv.errors import RequestError
from pyv.transfer.locations import UPSTREAM, Location, Source, is_loopback_host, redacted

CWD = Path("/home/me/project")
NAME = "20240224/cpython-3.12.2+20240224-x86_64-unknown-linux-gnu-install_only.tar.gz"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("https://mirror.example.org/pbs", "https://mirror.example.org/pbs/"),
        ("HTTPS://Mirror.Example.ORG:443/pbs//", "https://mirror.example.org/pbs/"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/"),
        ("http://[::1]:8080/a", "http://[::1]:8080/a/"),
        ("https://me:secret@mirror.example.org/pbs/", "https://mirror.example.org/pbs/"),
        ("https://a.example/with%20space/+x", "https://a.example/with%20space/+x/"),
        ("oci://registry.example.org/tools/pyv", "oci://registry.example.org/tools/pyv"),
        ("OCI://Registry.example.org:443/tools/pyv/", "oci://registry.example.org/tools/pyv"),
        ("oci://me:secret@registry.example.org:5000/a_b/c__d/e-f.g", "oci://registry.example.org:5000/a_b/c__d/e-f.g"),
        ("oci+http://registry.example.org:80/pyv", "oci+http://registry.example.org/pyv"),
        ("oci+http://127.0.0.1:5000/pyv", "oci://127.0.0.1:5000/pyv"),
        ("file:///srv/py%20mirror/", "/srv/py mirror"),
        ("file://localhost/srv/../srv/a", "/srv/a"),
        ("mirror", "/home/me/project/mirror"),
        ("../mirror/", "/home/me/mirror"),
        ("/srv/mirror", "/srv/mirror"),
        ("~/mirror", "/home/me/project/~/mirror"),
    ],
)
def test_reads_what_people_type(text: str, label: str) -> None:
    place = Location.parse(text, CWD)
    assert (place.label, str(place)) == (label, label)
    assert place.is_local == label.startswith("/")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "a\0b",
        "ftp://example.org/",
        "oci:x",
        "oci://registry.example.org",
        "oci://registry.example.org/",
        "oci:///pyv",
        "oci://registry.example.org/Upper",
        "oci://registry.example.org/pyv:tag",
        "oci://registry.example.org/pyv@sha256:0",
        "oci://registry.example.org/a//b",
        "oci://registry.example.org/a/../b",
        "oci://registry.example.org/" + "a" * 256,
        "oci://me:s3cret@registry.example.org/pyv?s3cret",
        "oci+https://registry.example.org/pyv",
        "http:/one-slash",
        "https:host",
        "https://",
        "https:///path",
        "https://host:port/",
        "https://host:99999/",
        "https://host:0/",
        "https://ho st/",
        "https://host/\n",
        "https://host\\path",
        "https://[::1/",
        "https://host/?token=s3cret",
        "https://host/#s3cret",
        "file://server/share",
        "file:relative",
        "file:///a?b",
        "file:///a%00b",
        "https://me:s3cret@host:port/",
        "https://me:s3cret@ho st/?s3cret",
        "http:/me:s3cret@host/",
    ],
)
def test_refuses_the_rest_with_a_way_out(text: str) -> None:
    with pytest.raises(RequestError) as caught:
        Location.parse(text, CWD)
    assert caught.value.hint
    assert (
        "s3cret" not in f"{caught.value.message} {caught.value.hint} {caught.value.fields} {caught.value.__context__}"
    )


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("oci://registry.example.org/tools/pyv", "https://registry.example.org/v2/tools/pyv/"),
        ("oci://registry.example.org:80/pyv", "https://registry.example.org:80/v2/pyv/"),
        ("oci+http://registry.example.org/pyv", "http://registry.example.org/v2/pyv/"),
        ("oci://localhost:5000/pyv", "http://localhost:5000/v2/pyv/"),
        ("oci://[::1]:5000/pyv", "http://[::1]:5000/v2/pyv/"),
        ("oci://10.0.0.1/pyv", "https://10.0.0.1/v2/pyv/"),
    ],
)
def test_a_registry_is_spoken_to_over_https_but_on_this_machine(text: str, url: str) -> None:
    place = Location.parse(text, CWD)
    assert (place.is_registry, place.is_local, place.url) == (True, False, url)
    assert Location.parse(place.label, CWD) == place


def test_a_blob_is_found_by_its_digest_everywhere() -> None:
    places = {
        "m": str(CWD / "m/blobs/sha256/abc"),
        "https://m.example/x": "https://m.example/x/blobs/sha256/abc",
        "oci://m.example/x": "https://m.example/v2/x/blobs/sha256:abc",
    }
    for text, label in places.items():
        place = Location.parse(text, CWD)
        source = place.blob("abc")
        assert (source.label, source.repository) == (label, place.repository)


def test_userinfo_becomes_credentials_nobody_sees() -> None:
    place = Location.parse("https://me:p%40ss@mirror.example.org/pbs", CWD)
    source = place.join("a.tar.gz")
    expected = "Basic " + base64.b64encode(b"me:p@ss").decode()
    assert place.authorization is not None
    assert source.authorization is place.authorization
    assert place.authorization.header == expected
    said = f"{place!r} {place} {place.label} {source!r} {source} {source.label} {place.authorization!r} {place.authorization}"
    assert "@" not in said
    for secret in ("p@ss", "p%40ss", expected, expected.removeprefix("Basic ")):
        assert secret not in said


def test_joins_names_by_quoting_in_urls_only() -> None:
    assert Location.parse("https://m.example/x", CWD).join(NAME).url == "https://m.example/x/" + NAME.replace(
        "+", "%2B"
    )
    assert Location.parse("m", CWD).join(NAME).path == CWD / "m" / NAME
    assert Location.parse(UPSTREAM[0], CWD).join("a b%").label == UPSTREAM[0] + "a%20b%25"


@pytest.mark.parametrize("name", ["", "..", "../a", "a/../b", "a/./b", "/a", "a//b", "a/", "a\\b", "a\0b", "a\nb"])
@pytest.mark.parametrize("place", ["https://m.example/", "m"])
def test_names_stay_below_the_place(place: str, name: str) -> None:
    with pytest.raises(RequestError, match="not the name of a file below a mirror"):
        Location.parse(place, CWD).join(name)


@given(st.text(min_size=1))
def test_whatever_joins_stays_below(name: str) -> None:
    for place in ("/srv/m", "https://m.example/m"):
        try:
            source = Location.parse(place, CWD).join(name)
        except RequestError:
            continue
        if source.path is not None:
            assert source.path.is_relative_to("/srv/m")
            assert ".." not in source.path.parts
        else:
            assert (source.url or "").startswith("https://m.example/m/")


@given(st.text(), st.text(alphabet="abcXYZ0123456789/:?#%", min_size=8), st.text())
def test_redaction_leaves_nothing_before_the_last_at(user: str, password: str, rest: str) -> None:
    secret = f"S{password}S"
    assert secret not in redacted(f"https://{user}:{secret}@{rest}").replace(redacted(f"https://{rest}"), "")


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("x.localhost", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("localhost.example.org", False),
        ("10.0.0.1", False),
        ("", False),
    ],
)
def test_loopback(host: str, loopback: bool) -> None:
    assert is_loopback_host(host) is loopback


def test_a_source_made_by_hand_prints_without_query() -> None:
    source = Source(url="https://api.example/releases?page=2&token=x")
    assert (source.label, source.host) == ("https://api.example/releases", "api.example")
    assert Source(path=Path("/a")).host == ""
