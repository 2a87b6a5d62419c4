"""Progress: a bar for each download on a terminal, one line a step elsewhere and in CI."""

from __future__ import annotations

import dataclasses
import sys

from pyv.cli.bars import Bar, Foot
from pyv.cli.output import Output
from pyv.install.reporter import Reporter
from pyv.transfer.progress import Progress, Silence


class Lines:
    """One line a step, on stderr: for logs."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def step(self, name: str, text: str) -> None:
        """A step, in a line."""
        self._output.say(f"{name}: {text}")

    def progress(self, name: str) -> Progress:
        """Bytes are not counted in a log, but what happens to the download is told."""
        return _Notes(self._output, name)


class _Notes(Silence):
    """Only the notes of a download."""

    def __init__(self, output: Output, name: str) -> None:
        self._output, self._name = output, name

    def note(self, text: str) -> None:
        self._output.say(f"{self._name}: {text}")


class Bars:
    """A bar a download, on a terminal; lines go above the bars."""

    def __init__(self, output: Output, foot: Foot) -> None:
        self._output, self._foot = output, foot

    def step(self, name: str, text: str) -> None:
        """A step, above the bars."""
        self._output.say(f"{name}: {text}")

    def progress(self, name: str) -> Progress:
        """A new bar."""
        return _Watched(self._foot.bar(name), self, name)


class _Watched:
    """One bar behind the progress of one download."""

    def __init__(self, bar: Bar, bars: Bars, name: str) -> None:
        self.total, self.advance, self.restart, self.done = bar.total, bar.advance, bar.restart, bar.done
        self._bars, self._name = bars, name

    def note(self, text: str) -> None:
        self._bars.step(self._name, text)


class _AboveBars:
    """stderr, as far as anything is printed to it in whole lines, without tearing the bars."""

    def __init__(self, foot: Foot) -> None:
        self._foot = foot
        self._begun = ""

    def write(self, text: str) -> int:
        lines, end, self._begun = (self._begun + text).rpartition("\n")
        if end:
            self._foot.above(lines + end)
        return len(text)

    def flush(self) -> None:
        sys.stderr.flush()


def watched(output: Output) -> tuple[Output, Reporter]:
    """Bars on a terminal, lines elsewhere and in CI; and the output that gets along with them."""
    if output.environment.draws and not output.quiet:
        foot = Foot()
        above = dataclasses.replace(output, people=_AboveBars(foot))
        return above, Bars(above, foot)
    return output, Lines(output)
