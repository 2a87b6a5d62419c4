"""What pyv itself is installed from where there is no Python: the files that `scripts/install.sh` pins.

The pins are lines between two marks of that script, one a file, sorted:

    python  TRIPLE  TAG/FILE    SHA256  SIZE     an interpreter of upstream's
    wheel   TRIPLE  FILE.whl    SHA256  SIZE     what pyv needs; `any` where it is for every triple
    pyv     any     FILE.whl    SHA256  SIZE     pyv; absent from the script in a checkout, which has pyv beside it

The size of an interpreter is `-` where upstream says none. Nothing else of the script differs from kit to kit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pyv.domain.fields import malformed
from pyv.errors import DocumentError

PYTHON, WHEEL, PYV = "python", "wheel", "pyv"
ANY = "any"
_BEGIN, _END = "# >>> pins", "# <<< pins"
_REGION = re.compile(rf"(?ms)^{_BEGIN}[^\n]*\n(?P<head>.*?<<'PINS'\n)(?P<lines>.*?)(?P<foot>^PINS\n.*?)^{_END}")
_LOCATION = re.compile(r"[0-9]{8}/[A-Za-z0-9][A-Za-z0-9._+-]*\.tar\.gz", re.ASCII)
_WHEEL = re.compile(r"[A-Za-z0-9_.]+-[A-Za-z0-9_.!+]+(-[A-Za-z0-9_.]+){3,4}\.whl", re.ASCII)
_TRIPLE = re.compile(r"any|[a-z0-9_]+(-[a-z0-9_]+){2,3}", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_KNOWN_SIZE = re.compile(r"[1-9][0-9]{0,11}", re.ASCII)
_SIZE = re.compile(rf"-|{_KNOWN_SIZE.pattern}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Part:
    """One file of a kit."""

    kind: str
    """`python`, `wheel` or `pyv`."""
    triple: str
    """What it is for; `any` where that is every triple."""
    location: str
    """`<tag>/<file>` of an interpreter, the file name of a wheel."""
    sha256: str
    size: int | None = None

    @property
    def file(self) -> str:
        """The name of the file."""
        return self.location.rpartition("/")[2]

    @property
    def path(self) -> str:
        """Where it lies below a mirror's `self/`."""
        return f"python/{self.file}" if self.kind == PYTHON else f"wheels/{self.file}"

    @property
    def project(self) -> str:
        """Whose wheel it is, as package indexes spell it."""
        return re.sub(r"[-_.]+", "-", self.file.partition("-")[0]).lower()

    @property
    def version(self) -> str:
        """The version of the wheel."""
        return self.file.split("-")[1]

    @property
    def line(self) -> str:
        """The pin, as the script has it."""
        return f"{self.kind} {self.triple} {self.location} {self.sha256} {self.size or '-'}"


@dataclass(frozen=True, slots=True)
class Kit:
    """All the files of one script."""

    parts: tuple[Part, ...]

    @property
    def triples(self) -> list[str]:
        """What it can be installed on."""
        return sorted(part.triple for part in self.parts if part.kind == PYTHON)

    @property
    def pyv(self) -> Part | None:
        """pyv itself, where it is pinned."""
        return next((part for part in self.parts if part.kind == PYV), None)

    def interpreter(self, triple: str) -> Part:
        """The one for a triple, which is one of `triples`."""
        return next(part for part in self.parts if (part.kind, part.triple) == (PYTHON, triple))

    def wheels(self, triple: str) -> list[Part]:
        """What pyv needs on a triple, without pyv."""
        return [part for part in self.parts if part.kind == WHEEL and part.triple in {ANY, triple}]

    def only(self, triples: Iterable[str]) -> Kit:
        """The same for these triples."""
        wanted = {ANY, *triples}
        return Kit(tuple(part for part in self.parts if part.triple in wanted))

    def with_pyv(self, pyv: Part) -> Kit:
        """The same with this pyv."""
        return Kit(tuple(sorted([*(part for part in self.parts if part.kind != PYV), pyv])))


def read_kit(script: str, document: str) -> Kit:
    """The pins in a script; `document` is what errors call it.

    Raises:
        DocumentError: it has none, or one that cannot be read.
    """
    lines = _region(script, document)["lines"].splitlines()
    parts = tuple(_parse(line, document, f"line {number} of the pins") for number, line in enumerate(lines, 1))
    named = {(part.triple, part.location) for part in parts}
    if len(named) < len(parts):
        raise DocumentError(f"{document}: a file is pinned twice")
    return Kit(parts)


def written(script: str, kit: Kit, document: str) -> str:
    """The script with these pins instead of those it has.

    Raises:
        DocumentError: it has no place for them.
    """
    found = _region(script, document)
    lines = "".join(f"{part.line}\n" for part in sorted(kit.parts))
    return script[: found.start("lines")] + lines + script[found.end("lines") :]


def _region(script: str, document: str) -> re.Match[str]:
    found = _REGION.search(script)
    if found is None:
        raise DocumentError(f"{document}: no pins in it", hint="name an install.sh of pyv's")
    return found


def _parse(line: str, document: str, where: str) -> Part:
    words = line.split(" ")
    if len(words) != 5:
        raise malformed(document, where, "not `KIND TRIPLE FILE SHA256 SIZE`")
    kind, triple, location, sha256, size = words
    form = {PYTHON: _LOCATION, WHEEL: _WHEEL, PYV: _WHEEL}.get(kind)
    if form is None:
        raise malformed(document, where, f"`{kind}` is no kind of file")
    sizes = _SIZE if kind == PYTHON else _KNOWN_SIZE
    for word, expected in ((triple, _TRIPLE), (location, form), (sha256, _SHA256), (size, sizes)):
        if expected.fullmatch(word) is None:
            raise malformed(document, where, f"`{word}` is not of the form it must have")
    return Part(kind=kind, triple=triple, location=location, sha256=sha256, size=None if size == "-" else int(size))
