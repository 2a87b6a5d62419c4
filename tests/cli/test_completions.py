"""`pyv completions` of commands that typer reads: what it offers is what they take."""

from __future__ import annotations

import re

import pytest

from tests.support.runner import Machine


@pytest.mark.parametrize(
    "line", [["install"], ["mirror", "sync"], ["trust", "add"], ["lock"], ["env"], ["migrate", "pyenv"]]
)
def test_options_are_those_of_the_help(machine: Machine, line: list[str]) -> None:
    offered = machine.pyv("completions", *line, "--quiet", "x").stdout.splitlines()
    documented = set(re.findall(r"(?:^|\s|\[)(--[a-z0-9-]+)", machine.pyv(*line, "--help").stdout))
    assert offered[0] == "--help"
    assert set(offered) <= documented
    assert len(offered) > 2


@pytest.mark.parametrize("command", ["env", "verify"])
def test_versions_where_a_command_is_about_what_is_installed(machine: Machine, command: str) -> None:
    for name in ("3.12.2", "3.9.18"):
        (machine.root / "versions" / name).mkdir(parents=True)
    assert machine.pyv("completions", command, "3").stdout.splitlines()[:3] == ["3.9.18", "3.12.2", "--help"]


def test_subcommands_come_first(machine: Machine) -> None:
    offered = machine.pyv("completions", "mirror").stdout.splitlines()
    assert {"init", "sync", "push", "sign"} <= set(offered[:-1])
    assert offered[-1] == "--help"
    assert machine.pyv("completions", "mirror", "sign").stdout.splitlines()[-1] == "--help"
