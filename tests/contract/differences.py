"""Where a program chooses to differ from the contract: `differences.toml`, read and applied.

A **rule** changes every text of a program: lines that begin differently (`line`, `becomes`), lines it adds
(`adds`). A **difference** belongs to the cases it names: the whole text of a stream, or `replace`, a list of pairs
of which every one must occur. `of` names the programs: `pyv`, `pyv as pyenv`, `pyenv 2.6.30`.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.contract.case import Outcome

FILE = Path(__file__).with_name("differences.toml")
_STREAMS = ("stdout", "stderr")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a program does in every case."""

    of: str
    reason: str
    example: str
    """A case in which it is seen."""
    line: str = ""
    becomes: str = ""
    adds: str = ""
    pattern: str = ""

    def expected(self, text: str) -> str:
        """The text of the contract as this program writes it."""
        if not self.line:
            return self._own_words(text)
        return "".join(
            self.becomes + line.removeprefix(self.line) if line.startswith(self.line) else line
            for line in text.splitlines(keepends=True)
        )

    def seen(self, text: str) -> str:
        """What a program wrote, without the lines it adds."""
        if not self.adds:
            return self._own_words(text)
        return "".join(line for line in text.splitlines(keepends=True) if not line.startswith(self.adds))

    def _own_words(self, text: str) -> str:
        return re.sub(self.pattern, self.becomes, text, flags=re.MULTILINE) if self.pattern else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What programs do in some cases."""

    cases: tuple[str, ...]
    of: tuple[str, ...]
    reason: str
    stdout: str | None = None
    stderr: str | None = None
    status: int | None = None
    after: dict[str, str | None] | None = None
    never_ends: bool = False
    replace: tuple[tuple[str, str], ...] = ()

    def concerns(self, name: str) -> bool:
        """Whether a case is one of its."""
        return name in self.cases

    def applied(self, outcome: Outcome) -> Outcome:
        """The outcome of the other side.

        Raises:
            ValueError: a text to replace does not occur.
        """
        changed = {name: value for name in (*_STREAMS, "status") if (value := getattr(self, name)) is not None}
        for before, after in self.replace:
            if not any(before in getattr(outcome, name) for name in _STREAMS):
                raise ValueError(f"{before!r} does not occur")
            outcome = replace(outcome, **{name: getattr(outcome, name).replace(before, after) for name in _STREAMS})
        files = {path: (self.after or {}).get(path, text) for path, text in outcome.after.items()}
        return replace(outcome, after=files, never_ends=self.never_ends, **changed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """All of them."""

    rules: tuple[Rule, ...]
    differences: tuple[Difference, ...]

    def expected(self, program: str, name: str, outcome: Outcome) -> Outcome:
        """What the contract and what is listed make of a case for a program."""
        for difference in self.of(program):
            if difference.concerns(name):
                outcome = difference.applied(outcome)
        for rule in self.rules_of(program):
            outcome = _mapped(outcome, rule.expected)
        return outcome

    def seen(self, program: str, outcome: Outcome) -> Outcome:
        """What a program did, without what it always adds."""
        for rule in self.rules_of(program):
            outcome = _mapped(outcome, rule.seen)
        return outcome

    def of(self, program: str) -> list[Difference]:
        """The differences of one program."""
        return [each for each in self.differences if not _names(program).isdisjoint(each.of)]

    def without(self, rule: Rule) -> Differences:
        """All of them but a rule."""
        return replace(self, rules=tuple(each for each in self.rules if each is not rule))

    def rules_of(self, program: str) -> list[Rule]:
        """The rules of one program."""
        return [rule for rule in self.rules if rule.of in _names(program)]


def read_differences(path: Path = FILE) -> Differences:
    """Read the file; what it may not hold is a `TypeError`."""
    parser: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    document: dict[str, list[dict[str, Any]]] = parser.loads(path.read_text(encoding="utf-8"))
    return Differences(
        rules=tuple(Rule(**entry) for entry in document.pop("rule")),
        differences=tuple(_difference(entry) for entry in document.pop("difference", [])),
    )


def _difference(entry: dict[str, Any]) -> Difference:
    pairs: Iterable[Iterable[str]] = entry.pop("replace", ())
    files: dict[str, str] | None = entry.pop("after", None)
    return Difference(
        cases=tuple(entry.pop("cases")),
        of=tuple(entry.pop("of")),
        replace=tuple((before, after) for before, after in pairs),
        # TOML has no word for a file that is not there
        after=None if files is None else {name: None if text == "(none)" else text for name, text in files.items()},
        **entry,
    )


def _names(program: str) -> set[str]:
    """What a program is called in the file: `pyv as pyenv` is `pyv` as well."""
    return {program, program.partition(" as ")[0]}


def _mapped(outcome: Outcome, change: Any) -> Outcome:
    return replace(outcome, **{name: change(getattr(outcome, name)) for name in _STREAMS})
