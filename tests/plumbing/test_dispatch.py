"""Dispatch: help, usage, and what a command may load."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pyv.plumbing.dispatch import COMMANDS, OTHERS
from tests.selection.tree import Ran, Tree, write_program

HEAVY = {
    *("typer", "click", "httpx", "cryptography", "backports", "isal", "tqdm", "packaging", "asyncio", "ssl"),
    *("json", "subprocess", "argparse", "shutil", "tempfile", "logging", "rich", "tuf", "pyv.cli", "pyv.install"),
}
BUDGET = 130
"""Modules a plumbing command may load, those of the interpreter's own start included."""
LINES = {
    "commands": ["commands"],
    "completions": ["completions", "local"],
    "help": ["help", "local"],
    "hooks": ["hooks", "exec"],
    "latest": ["latest", "3.12"],
    "sh-rehash": ["sh-rehash"],
    "sh-shell": ["sh-shell", "3.12"],
    "shims": ["shims", "--short"],
    "version-file-read": ["version-file-read", ".python-version"],
    "version-file-write": ["version-file-write", "pin", "3.12"],
    "whence": ["whence", "python"],
    "exec": ["exec", "tool"],
    "global": ["global", "3.12"],
    "init": ["init", "-", "bash"],
    "local": ["local", "3.12"],
    "prefix": ["prefix"],
    "rehash": ["rehash"],
    "root": ["root"],
    "version": ["version"],
    "version-file": ["version-file"],
    "version-name": ["version-name"],
    "version-origin": ["version-origin"],
    "versions": ["versions"],
    "which": ["which", "python"],
}


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    tree = Tree(tmp_path)
    tree.install("3.12.2")
    tree.pin("3.12\n")
    write_program(tree.system / "tool")
    return tree


@pytest.mark.parametrize("name", sorted(LINES))
def test_a_command_loads_nothing_it_does_not_use(tree: Tree, name: str) -> None:
    ran = tree.run([sys.executable, "-X", "importtime", "-m", "pyv", *LINES[name]])
    loaded = [line.rpartition("|")[2].strip() for line in ran.err.splitlines() if line.startswith("import time:")]
    assert ran.code == 0
    assert "pyv.plumbing.dispatch" in loaded
    assert not {module for module in loaded if module in HEAVY or module.partition(".")[0] in HEAVY}
    assert len(loaded) <= BUDGET


def test_every_command_is_listed_and_measured() -> None:
    assert set(COMMANDS) - {"uninstall", "shell"} == set(LINES)
    assert all(command.summary for command in COMMANDS.values())


def test_the_other_commands_are_those_of_the_command_line() -> None:
    """Imported here alone: the plumbing names them without loading them."""
    from pyv.cli.app import command_line

    app = command_line()
    names = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    assert set(OTHERS) == names - set(COMMANDS) | {group.name for group in app.registered_groups}


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - {"sh-rehash", "sh-shell"}))
def test_help_teaches(tree: Tree, name: str) -> None:
    ran = tree.pyv(name, "--help")
    assert (ran.err, ran.code) == ("", 0)
    assert ran.out.startswith(f"Usage: pyv {name}")
    _, _, examples = ran.out.partition("\n\nExamples:\n")
    assert 2 <= len(examples.splitlines()) <= 3
    assert tree.pyv("help", name) == ran
    assert tree.pyv(name, "-h") == ran
    assert max(map(len, ran.lines)) <= 100


@pytest.mark.parametrize(
    ("line", "usage"),
    [
        ("exec", "Usage: pyv exec COMMAND [ARGUMENT...]\n"),
        ("which", "Usage: pyv which COMMAND [--nosystem] [--skip-advice]\n"),
        ("which a b", "Usage: pyv which COMMAND [--nosystem] [--skip-advice]\n"),
        ("version --x", "Usage: pyv version [--bare]\n"),
        ("version x", "Usage: pyv version [--bare]\n"),
        ("version-name --bare", "Usage: pyv version-name [-f|--force]\n"),
        (
            "versions x",
            "Usage: pyv versions [--bare] [--skip-aliases] [--skip-envs] [--aliases] [--json]\n",
        ),
        ("version-file a b", "Usage: pyv version-file [DIR]\n"),
        ("rehash x", "Usage: pyv rehash\n"),
        ("global --unset", "Usage: pyv global [-f|--force] VERSION...\n       pyv global\n"),
        (
            "local --unset 3.12",
            "Usage: pyv local [-f|--force] VERSION...\n       pyv local --unset\n       pyv local\n",
        ),
        (
            "init --nonsense",
            (
                "Usage: pyv init - [--as-pyenv] [--no-push-path] [--no-rehash] [SHELL]\n"
                "       pyv init --path [--no-push-path] [--no-rehash] [SHELL]\n"
                "       pyv init --install [SHELL]\n"
                "       pyv init --detect-shell [SHELL]\n"
                "       pyv init --as-pyenv\n"
                "       pyv init [SHELL]\n"
            ),
        ),
    ],
)
def test_wrong_arguments_get_the_usage_and_status_1(tree: Tree, line: str, usage: str) -> None:
    assert tree.pyv(*line.split()) == Ran(out="", err=usage, code=1)
