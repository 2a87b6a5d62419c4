"""Where bytes lie: base places people name, and the single files below them.

An address may carry `user:password@`: that part is taken out while parsing and never printed. A registry is named as
`oci://host/ns/name`: https, except on this machine, where it is plain HTTP; `oci+http://` says plain HTTP anywhere.
"""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, quote, unquote, urlsplit

from pyv.errors import RequestError
from pyv.transfer.credentials import Authorization

UPSTREAM = (
    "https://releases.astral.sh/github/python-build-standalone/releases/download/",
    "https://github.com/astral-sh/python-build-standalone/releases/download/",
)
"""Where python-build-standalone publishes: its CDN, then the releases themselves."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_ACCEPTED = "give an http://, https://, oci:// or file:// address, or a directory"
_REGISTRIES = ("oci", "oci+http")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_PART}(?:/{_PART})*")
"""The name of a repository (distribution-spec 1.1, §pulling manifests)."""
READING, WRITING = "pull", "pull,push"
"""What a registry is asked to allow, in the words of its tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file that can be fetched: `url` or `path` is set."""

    url: str | None = None
    """Without userinfo."""
    path: Path | None = None
    authorization: Authorization | None = field(default=None, repr=False)
    repository: str = ""
    """Whose it is in a registry; empty elsewhere."""
    actions: str = READING
    """What a registry is asked to allow there."""
    is_foreign: bool = False
    """Whether a server named it, and no person: then no credentials go there."""
    has_other_name: bool = field(default=False, compare=False)
    """Whether the next source is the same place under another name: then that it lacks this one is no news."""

    @property
    def label(self) -> str:
        """The address as it may be printed: without credentials and query."""
        return str(self.path) if self.url is None else redacted(self.url)

    @property
    def place(self) -> str:
        """Whose file it is, for a line that is read while waiting: host and port, or the local path."""
        return str(self.path) if self.url is None else urlsplit(self.url).netloc

    @property
    def host(self) -> str:
        """The host of the address; empty for a local file."""
        return (urlsplit(self.url).hostname or "") if self.url else ""

    def __str__(self) -> str:
        return self.label


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A base place: `url` (ends with a slash, no userinfo) or `path` (absolute) is set."""

    url: str | None = None
    path: Path | None = None
    authorization: Authorization | None = field(default=None, repr=False)
    repository: str = ""
    """The name of a registry's repository, where `url` is its API; empty elsewhere."""

    @classmethod
    def parse(cls, text: str, cwd: Path) -> Location:
        """Read what a person typed: `http://`, `https://`, `oci://`, `file://` or a directory, relative to `cwd`.

        Raises:
            RequestError: it is none of these; the message holds no credentials.
        """
        scheme = _SCHEME.match(text)
        if scheme is None:
            if not text.strip() or "\0" in text or re.match(r"(?i)(https?|file|oci):", text):
                raise RequestError(f"`{redacted(text)}` is not a place pyv can read from", hint=_ACCEPTED)
            return cls(path=_absolute(cwd, text))
        kind = scheme[1].lower()
        if kind not in ("http", "https", "file", *_REGISTRIES):
            raise RequestError(f"pyv cannot read from `{kind}://` addresses", hint=_ACCEPTED)
        parts = _split(text)
        if kind == "file":
            return cls(path=_file_path(parts, text))
        return _registry(parts, text) if kind in _REGISTRIES else _remote(parts, text)

    @property
    def label(self) -> str:
        """The place as it may be printed, without credentials; what `parse` reads as the same place."""
        if not self.repository:
            return str(self.path) if self.url is None else self.url
        parts = urlsplit(self.url or "")
        kind = "oci" if parts.scheme == "https" or is_loopback_host(parts.hostname or "") else "oci+http"
        return f"{kind}://{parts.netloc}/{self.repository}"

    def __str__(self) -> str:
        return self.label

    @property
    def is_local(self) -> bool:
        """Whether it is a directory of this machine."""
        return self.path is not None

    @property
    def is_registry(self) -> bool:
        """Whether it is a repository of an OCI registry, which has blobs but no files by name."""
        return bool(self.repository)

    def blob(self, sha256: str) -> Source:
        """The archive with this digest at this place."""
        return self.endpoint(f"blobs/sha256:{sha256}") if self.repository else self.join(f"blobs/sha256/{sha256}")

    def endpoint(self, path: str, actions: str = READING) -> Source:
        """An address of a registry's API, below the repository."""
        url = f"{self.url}{path}"
        return Source(url=url, authorization=self.authorization, repository=self.repository, actions=actions)

    def join(self, relative: str) -> Source:
        """The file at `relative` (`a/b.tar.gz`: plain segments) below this place, which is no registry.

        Raises:
            RequestError: the name would lead out of the place.
        """
        segments = relative.split("/")
        if any(part in ("", ".", "..") or re.search(r"[\\\x00-\x1f\x7f]", part) for part in segments):
            raise RequestError(
                f"`{ascii(relative)[1:-1]}` is not the name of a file below a mirror",
                hint="use plain segments joined by slashes, without `.` and `..`",
            )
        if self.path is not None:
            return Source(path=self.path / relative)
        return Source(url=f"{self.url}{quote(relative, safe='/')}", authorization=self.authorization)


def redacted(text: str) -> str:
    """An address without userinfo, query and fragment, and without characters a terminal would act on.

    Works on text that is no valid address too: everything up to the last `@` goes.
    """
    scheme = _SCHEME.match(text)
    if scheme is not None:
        rest = re.split(r"[?#]", text[scheme.end() :].rpartition("@")[2])[0]
        text = text[: scheme.end()] + rest
    elif "@" in text:
        text = "…@" + text.rpartition("@")[2]
    return "".join(character if character.isprintable() else "?" for character in text)


def is_loopback_host(host: str) -> bool:
    """Whether a host name or address means this machine without asking a name server."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _absolute(cwd: Path, text: str) -> Path:
    return Path(os.path.normpath(cwd / text))


def _split(text: str) -> SplitResult:
    if not re.search(r"[\s\\\x00-\x20\x7f]", text):
        try:
            parts = urlsplit(text)
            if parts.port != 0 and (parts.hostname is None or "%" not in parts.hostname):
                return parts
        except ValueError:
            pass
    raise RequestError(f"`{redacted(text)}` is not a valid address", hint="check the host, the port and the spelling")


def _file_path(parts: SplitResult, text: str) -> Path:
    decoded = unquote(parts.path)
    if parts.netloc not in ("", "localhost") or not decoded.startswith("/") or "\0" in decoded:
        raise RequestError(
            f"`{redacted(text)}` is not a file of this machine", hint="write file:///absolute/path, or the plain path"
        )
    if parts.query or parts.fragment:
        raise RequestError(
            f"`{redacted(text)}` has a query or a fragment", hint="write %3F for `?` and %23 for `#`, or the plain path"
        )
    return Path(os.path.normpath(decoded))


def _remote(parts: SplitResult, text: str) -> Location:
    origin, authorization = _origin(parts, parts.scheme, text)
    path = quote(parts.path.rstrip("/"), safe="/%:!$&'()*+,;=~@")
    return Location(url=f"{origin}{path}/", authorization=authorization)


def _registry(parts: SplitResult, text: str) -> Location:
    plain = parts.scheme == "oci+http" or is_loopback_host(parts.hostname or "")
    origin, authorization = _origin(parts, "http" if plain else "https", text)
    name = parts.path.strip("/")
    if _REPOSITORY.fullmatch(name) is None or len(name) > 255:
        raise RequestError(
            f"`{redacted(text)}` does not name a repository of a registry",
            hint="write oci://HOST/NAMESPACE/NAME: lower-case letters, digits, `.`, `_` or `-` between them; no tag",
        )
    return Location(url=f"{origin}/v2/{name}/", authorization=authorization, repository=name)


def _origin(parts: SplitResult, scheme: str, text: str) -> tuple[str, Authorization | None]:
    """Scheme, host and port, and what the userinfo says.

    Raises:
        RequestError: no host, or something behind the path.
    """
    if not parts.hostname:
        raise RequestError(f"`{redacted(text)}` names no host", hint=_ACCEPTED)
    if parts.query or parts.fragment:
        raise RequestError(
            f"`{redacted(text)}` has a query or a fragment, so no file can be below it",
            hint="leave out what follows `?` or `#`; pass a token in PYV_TOKEN_<HOST>",
        )
    authorization = None
    if parts.username is not None:
        authorization = Authorization.basic(unquote(parts.username), unquote(parts.password or ""), "the address")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = "" if parts.port in (None, _DEFAULT_PORTS[scheme]) else f":{parts.port}"
    return f"{scheme}://{host}{port}", authorization
