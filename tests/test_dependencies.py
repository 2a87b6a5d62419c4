"""What `pip install pyv` brings is what docs/adr/0015 says: whatever a dependency begins to need is noticed."""

from __future__ import annotations

import re
import sys
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement

from pyv.domain.toml import parse_toml

CHECKOUT = Path(__file__).parent.parent
ADR = CHECKOUT / "docs" / "adr" / "0015-what-an-installation-weighs.md"
ELSEWHERE = {"backports-zstd", "exceptiongroup", "isal", "tomli"}
"""What some Pythons or machines need, and others do not."""


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def needed(requirements: list[str]) -> set[str]:
    """The names of those that count on this machine."""
    parsed = map(Requirement, requirements)
    return {normal(each.name) for each in parsed if each.marker is None or each.marker.evaluate({"extra": ""})}


def brought() -> set[str]:
    """Everything an installation brings here, from what pyproject.toml says and what is installed says."""
    text = (CHECKOUT / "pyproject.toml").read_text(encoding="utf-8")
    project = parse_toml(text, "pyproject.toml")["project"]
    assert isinstance(project, dict)
    found: set[str] = set()
    left = needed(project["dependencies"])
    while left:
        found |= left
        left = set().union(*(needed(distribution(name).requires or []) for name in left)) - found
    return found


def documented() -> set[str]:
    rows = re.findall(r"^\| ([a-z][^|]*) \|", ADR.read_text(encoding="utf-8"), re.MULTILINE)
    cells = [re.sub(r"\([^)]*\)", "", cell) for cell in rows if cell != "distribution"]
    return {normal(name.strip()) for cell in cells for name in cell.split(",")}


def test_every_distribution_is_documented() -> None:
    assert brought() - documented() == set()


def test_nothing_is_documented_that_is_not_brought() -> None:
    assert documented() - brought() - ELSEWHERE == {"pyv"}
    assert sys.version_info < (3, 14) or "backports-zstd" not in brought()
