"""What people and scripts read: results on stdout, everything else on stderr.

JSON objects begin with `"schema": 1`. Under `--json` a failure is told on stdout too, as `{"schema":1,"error":…}`.
CI runners read both streams for commands: pyv's own (groups, annotations) go to stderr, and no text is one by chance.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from pyv.environment import GITLAB, Environment, clock
from pyv.errors import PyvError
from pyv.reporting import Writer, annotate, printable, report

SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """The two streams of a command."""

    environment: Environment
    as_json: bool = False
    quiet: bool = False
    verbose: bool = False
    people: Writer | None = None
    """Where people read; stderr unless something else is drawn there."""

    def result(self, text: str) -> None:
        """A line of the result, for people; nothing under `--json`."""
        if not self.as_json:
            print(printable(text))

    def lines(self, texts: Iterable[str]) -> None:
        """Many lines of the result in one write; nothing of a text is more than the line it is."""
        if not self.as_json:
            sys.stdout.write("".join(f"{printable(text)}\n" for text in texts))

    def raw(self, text: str) -> None:
        """A result that something evaluates: to the letter."""
        sys.stdout.write(text)

    def json(self, values: Mapping[str, object]) -> None:
        """The result, for scripts."""
        if self.as_json:
            text = json.dumps({"schema": SCHEMA, **values}, indent=2)
            sys.stdout.write(text.replace("##[", "##\\u005b") + "\n")  # the same JSON, and no command to a runner

    def say(self, text: str) -> None:
        """A line for people; nothing under `--quiet`. One that calls itself a warning is shown beside a job, too."""
        if not self.quiet:
            self._tell(text)
            if text.startswith("warning: ") or ": warning: " in text:
                annotate("warning", (text,), self.environment, self.people or sys.stderr)

    @contextmanager
    def group(self, title: str) -> Iterator[Callable[[PyvError], object]]:
        """Fold what is said inside, on runners that can; yields what tells errors: behind the fold, to be seen."""
        runner = "" if self.quiet else self.environment.runner
        if not runner:
            yield self.fault
            return
        from pyv.domain.runner_log import fold  # noqa: PLC0415 (on such runners only)

        faults: list[PyvError] = []
        begin, end = fold(printable(title), clock(), is_gitlab=runner == GITLAB)
        self._write(begin)
        try:
            yield faults.append
        finally:
            self._write(end(clock()))
            for fault in faults:
                self.fault(fault)

    def explain(self, text: str) -> None:
        """A line for the curious, under `--verbose`."""
        if self.verbose:
            self._tell(text)

    def fault(self, error: PyvError) -> int:
        """Tell an error; its exit code."""
        return report(error, self.environment, self.people or sys.stderr)

    def _tell(self, text: str) -> None:
        self._write(f"{printable(text)}\n")

    def _write(self, text: str) -> None:
        stream = self.people or sys.stderr
        stream.write(text)
        stream.flush()


def error_values(error: PyvError) -> dict[str, object]:
    """An error for scripts."""
    told: dict[str, object] = {"code": error.code, "message": error.message, "hint": error.hint}
    told.update({key: value for key, value in error.fields.items() if _is_plain(value)})
    return told


def _is_plain(value: object) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True


def megabytes(count: int) -> str:
    """Bytes as people read them."""
    return f"{count / 1e6:.1f} MB" if count >= 100_000 else f"{count} bytes"


def days(seconds: float) -> str:
    """A span as people read ages: whole days."""
    count = max(0, int(seconds // 86400))
    return "less than a day" if not count else f"{count} day{'' if count == 1 else 's'}"
