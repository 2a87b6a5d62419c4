"""docs/migrating.md is true: its blocks marked `run` are run one after the other, and every option it names exists."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from tests.install.scene import left_in
from tests.migrate.scene import Pyenv, Uv, key, pin, twins
from tests.support.runner import Machine

PAGE = (Path(__file__).parents[2] / "docs/migrating.md").read_text(encoding="utf-8")


def commands() -> list[str]:
    """The commands of the page that are marked, in order."""
    blocks = re.findall(r"<!-- run -->\n```sh\n(.*?)```", PAGE, flags=re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def test_the_page_runs(machine: Machine, tmp_path: Path) -> None:
    """On a pyenv and a uv whose every version has a twin, in a shell without pyenv in it: every command ends with 0."""
    pyenv, uv = Pyenv(machine.home / ".pyenv"), Uv(machine.home / ".local/share/uv/python")
    pyenv.install("3.12.1", six="1.16.0")
    pyenv.install("3.11.7", requests="2.31.0")
    pyenv.alias("work", "3.11.7")
    pyenv.executable()
    (pyenv.place / "version").write_text("3.12.1\n")
    uv.install(key("3.10.13"), rich="13.0")
    for name, text in (("app", "3.12\n"), ("lib", "3.11.7\n3.12.1\n"), ("old", "work\n")):
        pin(machine.home / "src" / name, text)
    mirror = twins(tmp_path / "mirror", machine, "3.12.1", "3.11.7", "3.10.13")
    theirs = left_in(pyenv.place), left_in(uv.place)
    lines = commands()
    assert len(lines) >= 18
    for line in lines:
        words = shlex.split(line.replace("~", str(machine.home)))
        assert words.pop(0) == "pyv"
        run = machine.pyv(*words, PYV_INDEX=str(mirror), PATH="/usr/bin:/bin")
        assert run.status == 0, (line, run.stdout, run.stderr)
    assert (left_in(pyenv.place), left_in(uv.place)) == theirs
    assert machine.pyv("versions", "--bare").ok().stdout == "3.10.13\n3.11.7\n3.12.1\nwork\n"
    for name in ("requests-program", "six-program", "rich-program"):
        assert (machine.root / "shims" / name).is_file(), name


def test_every_option_the_page_names_exists(machine: Machine) -> None:
    shown = machine.pyv("migrate", "pyenv", "--help").ok().stdout + machine.pyv("migrate", "uv", "--help").ok().stdout
    others = {"--as-pyenv", "--force"}
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE)) - others
    assert {"--link", "--install", "--packages", "--compare", "--decommission", "--only", "--from", "--search"} <= named
    for option in sorted(named):
        assert option in shown, option
    assert "--as-pyenv" in machine.pyv("init", "--help").ok().stdout
    assert "--force" in machine.pyv("install", "--help").ok().stdout
