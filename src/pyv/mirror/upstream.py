"""Artifact facts from python-build-standalone's own releases.

Read is the release listing of the GitHub API (`/repos/OWNER/NAME/releases?per_page=…&page=…`: `tag_name`, and `name`,
`size`, `browser_download_url`, `digest` of each asset) and each release's `SHA256SUMS`. Both name digests; where they
differ, nothing is taken from either. The facts are as published: nobody here has seen the bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from pyv.domain.artifact import build_date
from pyv.domain.fields import Fields, parse_object
from pyv.domain.filename import parse_file_name
from pyv.errors import DocumentError, RequestError, TransferError, TrustError
from pyv.mirror.facts import Fact
from pyv.transfer.client import Client
from pyv.transfer.documents import fetch_document
from pyv.transfer.locations import Location, Source

API = "https://api.github.com/"
REPOSITORY = "astral-sh/python-build-standalone"
PER_PAGE = 10
"""Releases asked for at once: each lists some 850 assets of 2 kB."""

_PAGE_BYTES = 64 * 1024 * 1024
_SUMS_BYTES = 4 * 1024 * 1024
_MOST_PAGES = 1000
_TAG = re.compile(r"\d{8}", re.ASCII)
_SUM = re.compile(r"(?P<digest>[0-9a-f]{64}) [ *](?P<name>\S+)")
_DIGEST = re.compile(r"sha256:(?P<digest>[0-9a-f]{64})")

Note = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Release:
    """One release of the listing."""

    tag: str
    """Empty where it is a draft."""
    assets: tuple[Fields, ...]


def fetch_facts(
    client: Client, api: Location, *, since: str | None, note: Note, per_page: int = PER_PAGE
) -> list[Fact]:
    """The facts of every release published no earlier than the release `since` (all of them where it is None).

    `note` gets one line for whatever is passed over. A token for the API's host is taken from the environment, as
    for any other address.

    Raises:
        RequestError: `since` is no release tag, or `api` no HTTP address.
        TransferError: the listing or a `SHA256SUMS` could not be fetched.
        DocumentError: what came is not a listing or not sums.
        TrustError: listing and sums differ about a digest.
    """
    if since is not None and _TAG.fullmatch(since) is None:
        raise RequestError(f"`{since}` is not a release tag", hint="tags are dates such as 20260814")
    facts: dict[str, list[Fact]] = {}
    for page in _pages(client, api, per_page):
        dated = [release for release in page if _TAG.fullmatch(release.tag)]
        wanted = [release for release in dated if since is None or build_date(release.tag) >= build_date(since)]
        for release in wanted:
            # a release published meanwhile moves others to the next page, where they stand again
            if release.tag not in facts:
                facts[release.tag] = _release_facts(client, release, note)
        if dated and not wanted:
            break
    return [fact for found in facts.values() for fact in found]


def _pages(client: Client, api: Location, per_page: int) -> Iterator[list[_Release]]:
    """The listing, newest releases first, until a page is not full."""
    if api.url is None:
        raise RequestError(f"`{api.label}` is not an HTTP address", hint=f"the releases are listed at {API}")
    for number in range(1, _MOST_PAGES + 1):
        address = f"{api.url}repos/{REPOSITORY}/releases?per_page={per_page}&page={number}"
        page = _parse_page(_fetched(client, Source(url=address, authorization=api.authorization), _PAGE_BYTES), number)
        yield page
        if len(page) < per_page:
            return


def _fetched(client: Client, source: Source, limit: int) -> str:
    content = fetch_document(client, source, limit)
    if content is None:
        raise TransferError(
            f"{source.label} does not exist",
            hint="check the address given with --api",
            url=source.label,
        )
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise DocumentError(f"{source.label}: not UTF-8 text", url=source.label) from None


def _parse_page(text: str, number: int) -> list[_Release]:
    document = f"release listing, page {number}"
    listing = Fields(parse_object(f'{{"releases":{text}}}', document), document)
    return [
        _Release(
            tag="" if release.values.get("draft") else release.text("tag_name"),
            assets=tuple(release.objects("assets")),
        )
        for release in listing.objects("releases")
    ]


def _release_facts(client: Client, release: _Release, note: Note) -> list[Fact]:
    sums = _sums(client, release)
    archives = {asset.text("name"): asset for asset in release.assets if _is_archive(asset.text("name"))}
    facts: list[Fact] = []
    passed_over: dict[str, int] = {}
    for asset in archives.values():
        found = _fact(release.tag, asset, sums)
        if isinstance(found, Fact):
            facts.append(found)
        else:
            passed_over[found] = passed_over.get(found, 0) + 1
    unlisted = {name for name in sums or {} if _is_archive(name)} - archives.keys()
    if unlisted:
        passed_over["are in SHA256SUMS but not in the listing"] = len(unlisted)
    for reason, count in passed_over.items():
        note(f"release {release.tag}: {count} archives {reason}: passed over")
    return facts


def _is_archive(name: str) -> bool:
    return name.startswith("cpython-") and name.endswith((".tar.gz", ".tar.zst"))


def _fact(tag: str, asset: Fields, sums: Mapping[str, str] | None) -> Fact | str:
    """The fact of one asset, or why there is none."""
    file = asset.text("name")
    try:
        name = parse_file_name(file)
    except RequestError:
        return "have a name of an old form"
    listed = _DIGEST.fullmatch(asset.optional_text("digest") or "")
    published = None if listed is None else listed["digest"]
    summed = published if sums is None else sums.get(file)
    if summed is None:
        return "have no sha256" if sums is None else "are not in SHA256SUMS"
    if published is not None and published != summed:
        raise TrustError(
            f"release {tag} has two sha256 for {file}: {summed} in SHA256SUMS, {published} in the listing",
            hint="one of the two was altered: sign nothing of this release before it is known which",
            file=file,
        )
    return Fact(
        version=name.version,
        build=name.build,
        triple=name.triple,
        flavor=name.flavor,
        options=name.options,
        file=file,
        tag=tag,
        sha256=summed,
        size=asset.count("size"),
        origin=f"release {tag}",
    )


def _sums(client: Client, release: _Release) -> dict[str, str] | None:
    """The digests `SHA256SUMS` names; None where the release has no such file."""
    asset = next((asset for asset in release.assets if asset.text("name") == "SHA256SUMS"), None)
    if asset is None:
        return None
    address = asset.text("browser_download_url")
    if not address.startswith(("https://", "http://")):
        raise asset.fault("browser_download_url", "not an HTTP address")
    base, _, name = address.rpartition("/")
    source = Location.parse(base, Path("/")).join(unquote(name))
    return parse_sums(_fetched(client, source, _SUMS_BYTES), f"SHA256SUMS of {release.tag}")


def parse_sums(text: str, document: str) -> dict[str, str]:
    """Read a `sha256sum` list: digest, two spaces (or a space and `*`), name.

    Raises:
        DocumentError: a line is something else, or a name has two digests.
    """
    sums: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        match = _SUM.fullmatch(line.rstrip())
        if match is None:
            raise DocumentError(f"{document}: line {number} is not a digest and a name", document=document)
        if sums.setdefault(match["name"], match["digest"]) != match["digest"]:
            raise DocumentError(f"{document}: two digests for `{match['name']}`", document=document)
    return sums
