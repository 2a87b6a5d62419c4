"""The page about locks is true: its transcript is run, and every option, exit status and message it names exists."""

from __future__ import annotations

import re
from pathlib import Path

from pyv.domain.lock import parse_lock
from pyv.install.lock_check import STATUSES
from tests.support.archives import tiny_archive
from tests.support.index import LINUX, SignedIndex
from tests.support.runner import Machine
from tests.test_docs import CHECKOUT, settled, show

PAGE = (CHECKOUT / "docs/locking.md").read_text(encoding="utf-8")


def test_the_transcript_is_what_happens(tmp_path: Path) -> None:
    index = SignedIndex()
    for triple in (LINUX, "aarch64-apple-darwin"):
        index.add("3.12.2", tiny_archive("3.12.2"), triple=triple, build="20240224")
    mirror = index.write(tmp_path / "mirror")
    machine = Machine.fresh(tmp_path)
    machine.pyv("trust", "add", mirror, "--yes").ok()
    machine = Machine(machine.home, machine.root, machine.cwd, {"PYV_INDEX": str(mirror)})
    block = PAGE.split("<!-- transcript: lock -->\n```console\n")[1].split("```")[0]
    for step in block.split("$ ")[1:]:
        command, _, shown = step.partition("\n")
        run = show(machine, command, machine.cwd).ok()
        assert settled(run.stdout + run.stderr, machine) == settled(shown, machine), command
    table = PAGE.split("```toml\n")[1].split("```")[0]
    written = (machine.cwd / "pyv.lock").read_text()
    keys = re.findall(r"^(\w+) = ", table, flags=re.MULTILINE)
    assert keys == re.findall(r"^(\w+) = ", written.rpartition("\n\n")[0], flags=re.MULTILINE)
    assert parse_lock(written, "pyv.lock").triples == ("aarch64-apple-darwin", LINUX)


def test_every_option_it_names_exists(machine: Machine) -> None:
    for command in ("lock", "install"):
        shown = machine.pyv(command, "--help").ok().stdout
        spans = re.findall(rf"pyv {command}((?: [^`|\n]+)?)", PAGE)
        options = {option for span in spans for option in re.findall(r"(?<!\S)--[a-z-]+", span)}
        assert options >= {"--check", "--triple"} if command == "lock" else options >= {"--locked", "--artifact-key"}
        assert {option for option in options if option not in shown} == set()


def test_the_exit_statuses_of_a_check() -> None:
    told = re.findall(r"^\| (\d) \| `(\w+): ", PAGE, flags=re.MULTILINE)
    assert sorted(told) == sorted((str(status), kind) for kind, status in STATUSES.items())
