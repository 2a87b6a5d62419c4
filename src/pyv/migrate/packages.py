"""What pip had in a prefix, read from the metadata beside it (dist-info, egg-info, egg-link), without running anything.

As `pip freeze` has it, pip itself is left out, and before Python 3.12 setuptools, wheel and distribute, which came with
it. What did not come from an index (PEP 610: editable, a directory, an archive, a repository) cannot be asked of one,
and is told apart.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?", re.ASCII)
_SEPARATORS = re.compile(r"[-_.]+")
_WITH_PIP = frozenset({"pip"})
_WITH_OLD_PIP = frozenset({"pip", "setuptools", "wheel", "distribute"})
_WITHOUT_SETUPTOOLS = 12
"""The minor of Python 3 from which on setuptools is a package like any other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """One installed distribution."""

    name: str
    version: str
    origin: str = ""
    """Where it came from if that was no index: `editable /w/app`, `git+https://…`; empty for an index."""

    @property
    def key(self) -> str:
        """The name as packages are compared by (PEP 503)."""
        return _SEPARATORS.sub("-", self.name).lower()

    @property
    def requirement(self) -> str:
        """What to ask an index for."""
        return f"{self.name}=={self.version}"


def packages_of(prefix: Path) -> list[Package]:
    """Every distribution in the site-packages of a prefix, in the order of their names."""
    found: dict[str, Package] = {}
    for site in sorted(prefix.glob("lib/python*/site-packages")):
        ignored = _WITH_PIP if _minor(site) >= _WITHOUT_SETUPTOOLS else _WITH_OLD_PIP
        for package in (*_linked(site), *_described(site)):
            if package.key not in ignored:
                found.setdefault(package.key, package)
    return [found[key] for key in sorted(found)]


def _minor(site: Path) -> int:
    match = re.fullmatch(r"python3\.(\d+)t?", site.parent.name, re.ASCII)
    return int(match[1]) if match else 0


def _described(site: Path) -> Iterator[Package]:
    for distribution in distributions(path=[str(site)]):
        name, version = _identity(distribution)
        if name:
            yield Package(name=name, version=version, origin=_origin(distribution))


def _identity(distribution: Distribution) -> tuple[str, str]:
    """Name and version; nothing where the metadata is damaged or names nothing an index could have."""
    try:
        told = distribution.metadata
    except (OSError, ValueError):
        return "", ""
    name, version = str(told["Name"] or ""), str(told["Version"] or "")
    return (name, version) if _NAME.fullmatch(name) and re.fullmatch(r"[\w.!+-]+", version, re.ASCII) else ("", "")


def _origin(distribution: Distribution) -> str:
    try:
        text = distribution.read_text("direct_url.json")
        if text is None:
            return ""
        told = json.loads(text)
        url = str(told["url"])
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return "a place its direct_url.json does not tell"
    if isinstance(told.get("dir_info"), dict) and told["dir_info"].get("editable"):
        return f"editable {url}"
    system = told["vcs_info"].get("vcs") if isinstance(told.get("vcs_info"), dict) else None
    return f"{system}+{url}" if system else url


def _linked(site: Path) -> Iterator[Package]:
    """What `setup.py develop` left: a link to the project, without metadata here."""
    for link in sorted(site.glob("*.egg-link")):
        try:
            lines = link.read_text(encoding="utf-8", errors="replace").splitlines() if link.is_file() else []
        except OSError:
            lines = []
        yield Package(name=link.stem, version="", origin=f"editable {lines[0] if lines else '?'}")
