"""docs/integrations.md as the tests read it: what it tells people to write and to type is what is tried here.

Every block is marked: `<!-- file: NAME -->`, `<!-- run -->`, or `<!-- start-up -->` for lines of a shell's start-up
file. Where the page says 3.13 and 3.12, the tests have other minors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tests.support.real import CHECKOUT

PAGE = (CHECKOUT / "docs" / "integrations.md").read_text(encoding="utf-8")

HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
BLOCK = re.compile(r"^<!-- (start-up|run|file: \S+) -->\n```\w+\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Versions:
    """The two versions of the tests: `old` stands for the page's 3.12, `new` for its 3.13."""

    old: str
    """3.9.13, a build of upstream's: the machine, which runs these tests on 3.10 or newer, has no other 3.9."""
    new: str
    """The machine's own."""

    @property
    def minor(self) -> str:
        """The minor of the old one."""
        return self.old.rpartition(".")[0]


@dataclass(frozen=True, kw_only=True)
class Section:
    """What one section asks of its reader."""

    start_up: str
    files: Mapping[str, str]
    commands: str


def section(heading: str, versions: Versions) -> Section:
    """The blocks below `## heading`."""
    parts = HEADING.split(PAGE)
    text = dict(zip(parts[1::2], parts[2::2], strict=True))[heading]
    for documented, version in (("3.12", versions.old), ("3.13", versions.new)):
        minor = version.rpartition(".")[0]
        text = text.replace(documented, minor).replace(documented.replace(".", ""), minor.replace(".", ""))
    blocks: list[tuple[str, str]] = BLOCK.findall(text)
    return Section(
        start_up="".join(content for mark, content in blocks if mark == "start-up"),
        files={mark.removeprefix("file: "): content for mark, content in blocks if mark.startswith("file: ")},
        commands="".join(content for mark, content in blocks if mark == "run"),
    )
