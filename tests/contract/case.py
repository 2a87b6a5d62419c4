"""One line of the contract: what is asked where, and everything that must come of it.

Texts name places by tokens, which `scene.Place` replaces: `{root}`, `{home}`, `{work}`, `{system}` (`{usr}` is above
it) and `{tools}`. `{pyenv}` is where a pyenv lies, `{version}` what a program says it is,
`{triple}` the kind of machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.contract.scene import Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run leaves behind."""

    stdout: str = ""
    stderr: str = ""
    status: int = 0
    after: Mapping[str, str | None] = field(default_factory=dict)
    """The files the case looks at, by path, and their text, or the names in a directory; None where there is nothing."""
    never_ends: bool = False
    """The run was stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A command line on a machine, and the outcome pyenv 2.8.1 has."""

    name: str
    """`COMMAND/what is special`."""
    scene: Scene
    words: tuple[str, ...]
    """The arguments of pyenv."""
    variables: Mapping[str, str] = field(default_factory=dict)
    cwd: str = "{work}"
    stdin: str = ""
    first_line: bool = False
    """Only the first line of each text is the contract; the rest is prose, and each program has its own."""
    outcome: Outcome


def case(
    name: str,
    scene: Scene,
    line: str | tuple[str, ...],
    stdout: str = "",
    *,
    stderr: str = "",
    status: int = 0,
    cwd: str = "{work}",
    stdin: str = "",
    first_line: bool = False,
    after: Mapping[str, str | None] | None = None,
    **variables: str,
) -> Case:
    """A row of a table; a line is split at blanks, other words are given one by one."""
    return Case(
        name=name,
        scene=scene,
        words=tuple(line.split()) if isinstance(line, str) else line,
        variables=variables,
        cwd=cwd,
        stdin=stdin,
        first_line=first_line,
        outcome=Outcome(stdout=stdout, stderr=stderr, status=status, after=after or {}),
    )
