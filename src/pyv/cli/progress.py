"""Progress: a tqdm bar for each download on a terminal, one line a step elsewhere and in CI."""

from __future__ import annotations

import dataclasses
import sys
import threading
from typing import TYPE_CHECKING, Any

from pyv.cli.output import Output
from pyv.install.reporter import Reporter
from pyv.transfer.progress import Progress, Silence

if TYPE_CHECKING:
    from tqdm import tqdm


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

    def __init__(self, output: Output) -> None:
        self._output = output
        self._lock = threading.Lock()

    def step(self, name: str, text: str) -> None:
        """A step, above the bars."""
        self._output.say(f"{name}: {text}")

    def progress(self, name: str) -> Progress:
        """A new bar."""
        from tqdm import tqdm  # noqa: PLC0415 (126 modules that only a terminal needs)

        with self._lock:
            bar = tqdm(
                desc=name,
                unit="B",
                unit_scale=True,
                unit_divisor=1000,
                leave=False,
                delay=0.2,
                disable=None,
                file=sys.stderr,
            )
        return _Bar(bar, self, name)


class _Bar:
    """One bar behind the progress of one download."""

    def __init__(self, bar: tqdm[Any], bars: Bars, name: str) -> None:
        self._bar, self._bars, self._name = bar, bars, name

    def total(self, count: int | None) -> None:
        self._bar.total = count
        self._bar.refresh()

    def advance(self, count: int) -> None:
        self._bar.update(count)

    def restart(self) -> None:
        self._bar.reset(self._bar.total)

    def done(self) -> None:
        self._bar.close()

    def note(self, text: str) -> None:
        self._bars.step(self._name, text)


class _AboveBars:
    """stderr, as far as an error is printed to it, without tearing the bars."""

    def write(self, text: str) -> int:
        from tqdm import tqdm  # noqa: PLC0415 (as above)

        tqdm.write(text, file=sys.stderr, end="")
        return len(text)

    def flush(self) -> None:
        sys.stderr.flush()


def watched(output: Output) -> tuple[Output, Reporter]:
    """Bars on a terminal, lines elsewhere and in CI; and the output that gets along with them."""
    if output.environment.draws and not output.quiet:
        above = dataclasses.replace(output, people=_AboveBars())
        return above, Bars(above)
    return output, Lines(output)
