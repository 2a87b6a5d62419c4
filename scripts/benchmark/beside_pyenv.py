"""The daily commands beside pyenv's: shims, selection, shell start, rehash."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmark.errors import BenchError
from benchmark.figures import Figure, differences, figure, ratios
from benchmark.process import Command, Contender, Runs, measure
from benchmark.tables import Aim, Table
from benchmark.twins import EXACT, EXTRA, MINOR, NEWEST, Twins, Way, add_program, remove_programs, remove_shims, said

_RESOLVED = {EXACT: EXACT, MINOR: NEWEST}
_SHORT = 5
"""A shim takes so little that it is run so many times as often."""
_KINDS = {EXACT: "an exact pin", MINOR: "a minor as pin"}
# What install, uninstall and pip through a shim do when they are done, in their own process.
_WITHIN = """
import json, sys, time
from pathlib import Path
from pyv.store.paths import Root
from pyv.store.shims import rehash
root = Root(Path(sys.argv[1]))
program = root.versions / sys.argv[2] / "bin" / "within"
taken = []
for number in range(int(sys.argv[3])):
    program.unlink(missing_ok=True)
    if number % 2:
        program.write_text("#!/bin/sh\\n")
        program.chmod(0o755)
    begun = time.perf_counter()
    rehash(root, sys.executable)
    taken.append(time.perf_counter() - begun)
program.unlink(missing_ok=True)
json.dump(taken, sys.stdout)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What every case here needs."""

    twins: Twins
    runs: int

    @property
    def ways(self) -> tuple[Way, ...]:
        """pyenv, the launcher, the console script."""
        return (self.twins.by_pyenv, self.twins.by_launcher, self.twins.by_script)

    def tables(self) -> list[Table]:
        """Every case."""
        return [*self.shims(), *self.answers(), self.shell_start(), *self.rehashes()]

    def shims(self) -> list[Table]:
        """The interpreter, directly and through each shim."""
        return [self._shim(pin) for pin in _KINDS]

    def _shim(self, pin: str) -> Table:
        twins, words = self.twins, ("-I", "-S", "-c", "pass")
        direct = f"{twins.own}/versions/{_RESOLVED[pin]}/bin/python"
        programs = {
            "direct exec": (twins.by_launcher, direct),
            "pyv shim": (twins.by_launcher, f"{twins.own}/shims/python"),
            "pyenv shim": (twins.by_pyenv, f"{twins.other}/shims/python"),
        }
        contenders = [
            _answering(name, twins.command(way, *words, pin=pin, program=program), "")
            for name, (way, program) in programs.items()
        ]
        measured = measure(contenders, _SHORT * self.runs)
        straight = measured["direct exec"].seconds
        over = {name: differences(runs.seconds, straight) for name, runs in measured.items() if name != "direct exec"}
        rows = [
            (name, figure(runs.seconds).milliseconds(), over[name].milliseconds() if name in over else "–")
            for name, runs in measured.items()
        ]
        own, other = over["pyv shim"].median, over["pyenv shim"].median
        return Table(
            case="shim",
            title=f"`python -c pass` through a shim, {_KINDS[pin]}",
            columns=("way", "median (quartiles)", "over direct exec (quartiles)"),
            rows=tuple(rows),
            aims=(
                Aim(what="pyv's overhead, × pyenv's", limit=0.1, found=own / other),
                Aim(what="pyv's overhead", limit=5, found=1000 * own, unit=" ms"),
            ),
            notes=(f"{_SHORT * self.runs} runs each",),
            runs=measured,
        )

    def answers(self) -> list[Table]:
        """Commands that say what is selected."""
        lines: list[tuple[tuple[str, ...], Callable[[Way, str], str]]] = [
            (("version-name",), lambda _way, version: f"{version}\n"),
            (("which", "python"), lambda way, version: f"{way.root}/versions/{version}/bin/python\n"),
        ]
        tables = []
        for (words, expected), pin in itertools.product(lines, _KINDS):
            contenders = [
                _answering(way.name, self.twins.command(way, *words, pin=pin), expected(way, _RESOLVED[pin]))
                for way in self.ways
            ]
            title = f"`{' '.join(words)}`, {_KINDS[pin]}"
            tables.append(self._against_pyenv(words[0], title, contenders, limit=1.0))
        return tables

    def shell_start(self) -> Table:
        """A shell that evaluates `init -`, from its start to its end."""
        told = 'eval "$({} init - bash)"; test "${{PATH%%:*}}" = "{}/shims"'
        contenders = []
        for way in self.ways:
            name = os.path.basename(way.program)
            script = told.format(name, way.root)
            command = self.twins.command(way, "--norc", "-c", script, program="/bin/bash")
            contenders.append(_answering(way.name, command, ""))
        bare = self.twins.command(self.twins.by_launcher, "--norc", "-c", ":", program="/bin/bash")
        contenders.append(_answering("bash alone", bare, ""))
        return self._against_pyenv("init", "`bash -c 'eval \"$(… init - bash)\"'`", contenders, limit=0.25)

    def rehashes(self) -> list[Table]:
        """Nothing to do; one program more; no shim there yet; and the work alone, within a process."""
        return [
            self._rehash("nothing to do", lambda _way: None),
            self._rehash("one program more", self._one_more()),
            self._rehash("no shim there yet", lambda way: remove_shims(way.root), limit=None),
            self._within(),
        ]

    def _one_more(self) -> Callable[[Way], None]:
        """Each time another program, rehashed after the one before it was taken away."""
        numbers = itertools.count()
        there: dict[str, str] = {}

        def prepare(way: Way) -> None:
            root = str(way.root)
            if root in there:
                remove_programs(way.root, [there[root]])
            said(self.twins.command(way if way == self.twins.by_pyenv else self.twins.by_script, "rehash"))
            there[root] = f"{EXTRA}{next(numbers)}"
            add_program(way.root, there[root])

        return prepare

    def _rehash(self, what: str, change: Callable[[Way], None], limit: float | None = 0.25) -> Table:
        contenders = [self._rehashing(way, change) for way in self.ways]
        return self._against_pyenv("rehash", f"`rehash`, {what}", contenders, limit=limit)

    def _rehashing(self, way: Way, change: Callable[[Way], None]) -> Contender:
        def prepare() -> Command:
            change(way)
            return self.twins.command(way, "rehash")

        def check() -> None:
            programs = set(os.listdir(way.root / "versions" / EXACT / "bin"))
            missing = programs - set(os.listdir(way.root / "shims"))
            if missing:
                raise BenchError(f"{way.name} made no shims for {', '.join(sorted(missing))}")

        return Contender(name=way.name, prepare=prepare, check=check)

    def _within(self) -> Table:
        python = str(self.twins.place.pyv_environment / "bin" / "python")
        words = (python, "-I", "-c", _WITHIN, str(self.twins.own), EXACT, str(2 * self.runs))
        spent = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
        # the first two do what only a first one has to do
        took = figure(spent[2:] or spent)
        return Table(
            case="rehash",
            title="A rehash after an install, within its process",
            columns=("what", "median (quartiles)"),
            rows=(("one program more, or less", took.milliseconds()),),
            aims=(Aim(what="a rehash within a process", limit=10, found=1000 * took.median, unit=" ms"),),
        )

    def _against_pyenv(self, case: str, title: str, contenders: Sequence[Contender], *, limit: float | None) -> Table:
        measured = measure(contenders, self.runs)
        pyenv = measured["pyenv"]
        over = {name: ratios(runs.seconds, pyenv.seconds) for name, runs in measured.items()}
        return Table(
            case=case,
            title=title,
            columns=("by", "median (quartiles)", "× pyenv (quartiles)"),
            rows=tuple(_row(name, runs, over) for name, runs in measured.items()),
            aims=() if limit is None else (Aim(what="bin/pyv, × pyenv", limit=limit, found=over["bin/pyv"].median),),
            runs=measured,
        )


def _row(name: str, runs: Runs, over: Mapping[str, Figure]) -> tuple[str, ...]:
    return (name, figure(runs.seconds).milliseconds(), over[name].times())


def _answering(name: str, command: Command, expected: str) -> Contender:
    """A contender whose answer is known."""

    def check() -> None:
        answer = said(command)
        if answer != expected:
            raise BenchError(f"{name}: {' '.join(command.words)} says {answer!r}, not {expected!r}")

    return Contender(name=name, prepare=lambda: command, check=check)
