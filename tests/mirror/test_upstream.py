"""Facts from upstream's releases, over a loopback server of the same shape."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyv.environment import Environment
from pyv.errors import DocumentError, PyvError, RequestError, TransferError, TrustError
from pyv.mirror.facts import Fact
from pyv.mirror.upstream import fetch_facts, parse_sums
from pyv.transfer.client import Client
from pyv.transfer.locations import Location
from tests.mirror.facts import NOW
from tests.mirror.releases import LISTING, Release, ReleaseServer, archive, digest_of, served

NEW = Release("20260814", [archive("3.14.3", "20260814"), archive("3.13.9", "20260814", "debug-full", "zst")])
TYPO = Release("20250323", [archive("3.13.12", "20250323")])
OLD = Release("20260201", [archive("3.13.8", "20260201")])


def fetched(
    server: ReleaseServer, since: str | None = None, per_page: int = 2, **variables: str
) -> tuple[list[Fact], list[str]]:
    notes: list[str] = []
    environment = Environment(vars=variables, cwd=Path("/"), home=Path("/nowhere"), now=NOW)
    with Client(environment) as client:
        api = Location.parse(server.url, Path("/"))
        return fetch_facts(client, api, since=since, note=notes.append, per_page=per_page), notes


def refused(server: ReleaseServer) -> PyvError:
    with pytest.raises(PyvError) as caught:
        fetched(server)
    return caught.value


def test_an_asset_becomes_a_fact() -> None:
    with served(NEW) as server:
        facts, notes = fetched(server)
    assert notes == []
    name = archive("3.13.9", "20260814", "debug-full", "zst")
    assert facts[1] == Fact(
        version="3.13.9",
        build="20260814",
        triple="x86_64-unknown-linux-gnu",
        flavor="full",
        options="debug",
        file=name,
        tag="20260814",
        sha256=digest_of(name),
        size=len(name) * 1000,
        origin="release 20260814",
    )


def test_every_page_is_read_until_one_is_not_full() -> None:
    with served(NEW, TYPO, OLD) as server:
        facts, _ = fetched(server)
        assert [fact.build for fact in facts] == ["20260814", "20260814", "20250323", "20260201"]
        assert [target for target in server.asked if target.startswith(LISTING)] == [
            f"{LISTING}?per_page=2&page=1",
            f"{LISTING}?per_page=2&page=2",
        ]


def test_an_empty_last_page_is_the_end() -> None:
    with served(NEW, TYPO) as server:
        assert len(fetched(server)[0]) == 3
        assert server.asked[-1] == f"{LISTING}?per_page=2&page=2"


def test_since_goes_by_date_and_stops_early() -> None:
    """Tag 20250323 is of 2026-03-23, so it is newer than 20260201."""
    with served(NEW, TYPO, OLD, OLD) as server:
        facts, _ = fetched(server, since="20250323", per_page=1)
        assert [fact.build for fact in facts] == ["20260814", "20260814", "20250323"]
        assert server.asked[-1] == f"{LISTING}?per_page=1&page=3"
        assert "/download/20260201/SHA256SUMS" not in server.asked


def test_a_release_that_moved_to_the_next_page_counts_once() -> None:
    with served(NEW, TYPO, TYPO, OLD) as server:
        assert [fact.build for fact in fetched(server)[0]] == ["20260814", "20260814", "20250323", "20260201"]


def test_drafts_and_other_tags_are_left_out_without_ending_the_listing() -> None:
    draft = Release("20270101", [archive("3.14.9", "20270101")], draft=True)
    with served(draft, Release("latest", []), NEW) as server:
        assert [fact.build for fact in fetched(server)[0]] == ["20260814", "20260814"]


def test_what_is_no_archive_is_silently_left_out() -> None:
    with served(Release("20260814", ["install.sh", f"{NEW.names[0]}.sha256", "pbs-src.tar.gz"])) as server:
        assert fetched(server) == ([], [])


def test_names_of_an_old_form_are_passed_over_with_a_note() -> None:
    names = ["cpython-3.9.6-x86_64-apple-darwin-install_only-20210724T1424.tar.gz", archive("3.9.6", "20210724")]
    with served(Release("20210724", names)) as server:
        facts, notes = fetched(server)
    assert [fact.file for fact in facts] == names[1:]
    assert notes == ["release 20210724: 1 archives have a name of an old form: passed over"]


def test_without_sums_the_listing_vouches() -> None:
    with served(Release("20260814", NEW.names, sums=None, digests=True)) as server:
        facts, notes = fetched(server)
    assert ([fact.sha256 for fact in facts], notes) == ([digest_of(name) for name in NEW.names], [])


def test_without_any_digest_a_release_is_passed_over() -> None:
    with served(Release("20260814", NEW.names, sums=None)) as server:
        assert fetched(server) == ([], ["release 20260814: 2 archives have no sha256: passed over"])


def test_what_the_sums_do_not_name_is_passed_over() -> None:
    sums = f"{digest_of(NEW.names[0])}  {NEW.names[0]}\n{digest_of('x')}  cpython-x.tar.gz\n"
    with served(Release("20260814", NEW.names, sums=sums, digests=True)) as server:
        facts, notes = fetched(server)
    assert [fact.file for fact in facts] == NEW.names[:1]
    assert notes == [
        "release 20260814: 1 archives are not in SHA256SUMS: passed over",
        "release 20260814: 1 archives are in SHA256SUMS but not in the listing: passed over",
    ]


def test_sums_and_listing_may_agree() -> None:
    with served(Release("20260814", NEW.names, digests=True)) as server:
        assert len(fetched(server)[0]) == 2


def test_sums_and_listing_that_differ_are_an_error_naming_both() -> None:
    name = NEW.names[0]
    wrong = Release("20260814", NEW.names, digests=True, changes={name: {"digest": "sha256:" + "ab" * 32}})
    with served(wrong) as server:
        fault = refused(server)
    assert isinstance(fault, TrustError)
    assert fault.message == (
        f"release 20260814 has two sha256 for {name}: {digest_of(name)} in SHA256SUMS, {'ab' * 32} in the listing"
    )


def test_a_token_for_the_host_is_sent() -> None:
    with served(NEW) as server:
        fetched(server, PYV_TOKEN_127_0_0_1="s3cret")
        assert server.authorizations == {"Bearer s3cret"}
    with served(NEW) as server:
        fetched(server)
        assert server.authorizations == {None}


@pytest.mark.parametrize("since", ["2026", "latest", "20260814x"])
def test_since_must_be_a_tag(since: str) -> None:
    with served() as server, pytest.raises(RequestError, match="is not a release tag"):
        fetched(server, since=since)


def test_the_api_must_be_an_http_address(tmp_path: Path) -> None:
    with Client(Environment(vars={}, cwd=tmp_path, home=tmp_path)) as client:
        api = Location.parse(str(tmp_path), tmp_path)
        with pytest.raises(RequestError, match="is not an HTTP address"):
            fetch_facts(client, api, since=None, note=print)


def test_sums_that_are_listed_but_missing_are_an_error() -> None:
    elsewhere = {"SHA256SUMS": {"browser_download_url": "http://127.0.0.1:9/"}}
    with served(NEW) as server:
        elsewhere["SHA256SUMS"]["browser_download_url"] = f"{server.url}/gone/SHA256SUMS"
        server.releases = [Release("20260814", NEW.names, changes=elsewhere)]  # type: ignore[arg-type]  # narrower
        fault = refused(server)
        assert isinstance(fault, TransferError)
        assert fault.message == f"{server.url}/gone/SHA256SUMS does not exist"


@pytest.mark.parametrize("address", ["file:///etc/passwd", "/etc/passwd", "ftp://x/SHA256SUMS"])
def test_sums_come_over_http_or_not_at_all(address: str) -> None:
    changed: dict[str, dict[str, object]] = {"SHA256SUMS": {"browser_download_url": address}}
    with served(Release("20260814", NEW.names, changes=changed)) as server:
        fault = refused(server)
    assert isinstance(fault, DocumentError)
    assert fault.message.endswith("browser_download_url: not an HTTP address")


def test_a_listing_of_another_shape_is_an_error() -> None:
    with served(Release("20260814", NEW.names, changes={NEW.names[0]: {"name": None}})) as server:
        fault = refused(server)
    assert isinstance(fault, DocumentError)
    assert fault.message == "release listing, page 1: releases[0].assets[0].name: missing"


def test_a_server_without_listing_is_an_error() -> None:
    with served(NEW) as server:
        server.url += "/elsewhere"
        fault = refused(server)
    assert isinstance(fault, TransferError)
    assert fault.message.endswith("/releases does not exist")


def test_sums_are_read_in_both_spellings() -> None:
    a, b = "a" * 64, "b" * 64
    assert parse_sums(f"{a}  one\n{b} *two\r\n", "sums") == {"one": a, "two": b}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hello\n", "sums: line 1 is not a digest and a name"),
        (f"{'a' * 64}  x\n\n", "sums: line 2 is not a digest and a name"),
        (f"{'A' * 64}  x\n", "sums: line 1 is not a digest and a name"),
        (f"{'a' * 64}  x\n{'b' * 64}  x\n", "sums: two digests for `x`"),
    ],
)
def test_sums_of_another_shape_are_an_error(text: str, message: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_sums(text, "sums")
    assert caught.value.message == message
