"""Version requests: what a person may write where a version is expected.

3  3.12  3.12.2  3.14.0rc2        a prefix or a whole version; a prefix never means a pre-release
3.13t  3.13+freethreaded          freethreaded; `d`, `+debug` or `-debug` for debug builds, `td` for both
3.12.2+20240224                   one build
latest                            the newest release
>=3.11,<3.13                      specifiers
python-3.12.2  cpython@3.12       with the implementation's name in front (pyenv, uv, conda habits)
cpython-3.12.2-linux-x86_64-gnu   uv's key: with a platform behind
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pyv.domain.variant import DEFAULT, Variant
from pyv.domain.version import Version
from pyv.errors import RequestError

_PREFIX = re.compile(r"(?:(?:cpython|python)[-@]?)(?=[\d<>=!~l])", re.IGNORECASE)
_NUMBERS = re.compile(
    r"(?P<release>\d{1,4}(?:\.\d{1,4}){0,2})(?P<pre>(?:a|b|rc)\d{1,4})?(?P<letters>td|t|d)?"
    r"(?P<words>-debug|(?:\+[a-z0-9]+)*)",
    re.ASCII,
)
_KEY = re.compile(r"(?P<request>[^-]+)-(?P<os>linux|macos|darwin|windows)-(?P<arch>[a-z0-9_]+)(?:-(?P<libc>[a-z]+))?")
_SPECIFIER = re.compile(r"\s*[<>=!~]")
_BUILD = re.compile(r"\d{8}")
_ARCHES = {
    "powerpc64le": "ppc64le",
    "x86": "i686",
    "riscv64gc": "riscv64",
    "arm64": "aarch64",
    "amd64": "x86_64",
}
_LIBCS = {
    "linux": ("gnu", "gnueabi", "gnueabihf", "musl"),
    "darwin": ("none", ""),
    "windows": ("none", ""),
}
_HINT = "write 3.12, 3.12.2, 3.13t, 3.14.0rc2, '>=3.11,<3.13', 3.12.2+20240224 or latest"


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRequest:
    """A request, read. Exactly one of `release` and `specifier` narrows the version; `latest` has neither."""

    text: str
    """As it was typed."""
    release: tuple[int, ...] = ()
    stage: str = ""
    serial: int = 0
    specifier: str = ""
    variant: Variant = DEFAULT
    build: str | None = None
    triple: str | None = None

    @property
    def is_exact(self) -> bool:
        """Whether one version is named, down to the patch."""
        return len(self.release) == 3

    @property
    def tree_name(self) -> str:
        """What the versions tree calls it, as far as it is said; empty for `latest` and specifiers."""
        if not self.release:
            return ""
        stage = f"{self.stage}{self.serial}" if self.stage else ""
        return ".".join(map(str, self.release)) + stage + self.variant.suffix

    def accepts(self, version: Version) -> bool:
        """Whether a version is inside the request, its variant and build left aside."""
        if self.specifier:
            # packaging costs as much to import as everything else in this floor together
            from pyv.domain.specifier import matcher, matches  # noqa: PLC0415

            return matches(matcher(self.specifier), version)
        if version[: len(self.release)] != self.release:
            return False
        if self.stage:
            return (version.stage, version.serial) == (self.stage, self.serial)
        return not version.is_prerelease


def parse_request(text: str) -> VersionRequest:
    """Read a request.

    Raises:
        RequestError: it is none of the forms above.
    """
    word = text.strip()
    bare = _PREFIX.sub("", word, count=1) if _PREFIX.match(word) else word
    if _SPECIFIER.match(bare):
        return _specifier(text, bare)
    triple = None
    key = _KEY.fullmatch(bare)
    if key is not None:
        bare, triple = key["request"], _triple(text, key)
    if bare == "latest":
        return VersionRequest(text=text, triple=triple)
    numbers = _NUMBERS.fullmatch(bare)
    if numbers is None:
        raise _refused(text)
    release = tuple(int(part) for part in numbers["release"].split("."))
    if numbers["pre"] and len(release) != 3:
        raise _refused(text)
    stage = (numbers["pre"] or "").rstrip("0123456789")
    variant, build = _words(text, numbers["letters"] or "", numbers["words"])
    return VersionRequest(
        text=text,
        release=release,
        stage=stage,
        serial=int(numbers["pre"][len(stage) :]) if stage else 0,
        variant=variant,
        build=build,
        triple=triple,
    )


def _refused(text: str, problem: str = "is not a version request") -> RequestError:
    return RequestError(f"`{text}` {problem}", hint=_HINT, request=text)


def _specifier(text: str, bare: str) -> VersionRequest:
    from pyv.domain.specifier import matcher  # noqa: PLC0415 (see accepts)

    try:
        matcher(bare)
    except ValueError as fault:
        raise RequestError(str(fault), hint="write for example '>=3.11,<3.13'", request=text) from None
    return VersionRequest(text=text, specifier=bare)


def _words(text: str, letters: str, words: str) -> tuple[Variant, str | None]:
    freethreaded, debug, build = "t" in letters, "d" in letters or words == "-debug", None
    for word in words.split("+")[1:]:
        if word == "freethreaded":
            freethreaded = True
        elif word == "debug":
            debug = True
        elif _BUILD.fullmatch(word) and build is None:
            build = word
        else:
            raise _refused(text, f"has `+{word}`, which is neither a build tag nor a variant")
    return Variant(freethreaded, debug), build


def _triple(text: str, key: re.Match[str]) -> str:
    system = "darwin" if key["os"] == "macos" else key["os"]
    arch = _ARCHES.get(key["arch"], key["arch"])
    libc = key["libc"] or ""
    if libc not in _LIBCS[system]:
        raise _refused(text, f"names no libc of {system}")
    if system == "linux":
        return f"{arch}-unknown-linux-{libc}"
    return f"{arch}-apple-darwin" if system == "darwin" else f"{arch}-pc-windows-msvc"
