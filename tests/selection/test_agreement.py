"""The `sh` shim and pyv agree: for random trees, pins and variables, whatever the shim decides pyv decides too."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyv.errors import PyvError
from pyv.selection.installed import read_installed
from pyv.selection.lookup import find_program
from pyv.selection.pins import find_pin
from pyv.selection.select import select
from pyv.store.launcher import launcher_text
from tests.selection.tree import Tree, shells, write_program

ASKED = "ask"
VERSIONS = ("3.12.2", "3.12.10", "3.12-dev", "3.11.7", "3.11.9-debug", "3.13.0t", "work", "3.14.0rc1")
ALIASES = {"3.12": "3.12.10", "3.11": "3.11.7", "3.13t": "3.13.0t"}
PLAIN_WORDS = (*VERSIONS, *ALIASES, "3.14", "system", "python-3.12.2", "python-3.11")
ODD_WORDS = ("3", "3.99", "*", ".", "..", "../root", "3.12.2/envs/e", "cpython@3.12", "#", "-", "python-", "python-..")

words = st.sampled_from(PLAIN_WORDS) | st.sampled_from(PLAIN_WORDS + ODD_WORDS)
lists = st.lists(words | st.just(""), max_size=3).map(":".join)
lines = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", " ", "\t ", "# ", "#"]),
    lists,
    st.sampled_from(["", " ", "\r", " # comment", "\tmore words", " \r", "\r\r", "x" * 1100]),
)
files = st.none() | st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "", "\ufeff"]),
    st.lists(lines, max_size=3).map("\n".join),
    st.sampled_from(["\n", ""]),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A tree and what is asked of it."""

    versions: frozenset[str]
    having: frozenset[str]
    """The versions (and `system`) that have the program."""
    aliases: frozenset[str]
    local: str | None
    above: str | None
    everywhere: str | None
    pyv_version: str
    pyenv_version: str
    pyenv_dir: str


cases = st.builds(
    Case,
    versions=st.frozensets(st.sampled_from(VERSIONS), min_size=2),
    having=st.frozensets(st.sampled_from((*VERSIONS, "system")), min_size=3),
    aliases=st.frozensets(st.sampled_from(tuple(ALIASES))),
    local=files,
    above=files,
    everywhere=files,
    pyv_version=st.just("") | lists,
    pyenv_version=st.just("") | lists,
    pyenv_dir=st.sampled_from(
        ["", "", "{project}", "{above}", "{home}", ".", "{project}/", "{project}/..", "/nowhere"]
    ),
)


def build(case: Case, base: Path) -> Tree:
    """The tree of a case, with a launcher that only says it was asked, and beside it one that asks only that one."""
    tree = Tree(base)
    tree.install("spare", "python3")
    for name in case.versions:
        tree.install(name, "python3" if name in case.having else "other")
    if "system" in case.having:
        write_program(tree.system / "python3")
    (tree.system / "printf").symlink_to(shutil.which("printf") or "/usr/bin/printf")  # mksh has none of its own
    for alias in case.aliases:
        if ALIASES[alias] in case.versions:
            tree.alias(alias, ALIASES[alias])
    tree.rehash()
    asker = write_program(tree.root.launcher, f"#!/bin/sh\necho {ASKED}\n")
    write_program(tree.base / "launcher", launcher_text(tree.root, str(asker)))
    for text, directory in ((case.local, tree.project), (case.above, tree.project.parent)):
        if text is not None:
            tree.pin(text, directory)
    if case.everywhere is not None:
        tree.root.global_pin.write_bytes(case.everywhere.encode())
    return tree


def variables_of(case: Case, tree: Tree) -> dict[str, str]:
    """The variables of a case; unset where empty."""
    places = {"project": tree.project, "above": tree.project.parent, "home": tree.home}
    named = {
        "PYV_VERSION": case.pyv_version,
        "PYENV_VERSION": case.pyenv_version,
        "PYENV_DIR": case.pyenv_dir.format(**places),
    }
    return {name: value for name, value in named.items() if value}


def decided(tree: Tree, variables: dict[str, str]) -> tuple[list[str], bool]:
    """What pyv decides (path and `PYENV_VERSION`, or that the shim must ask), and whether a shim may ask at all."""
    environment = tree.environment(**variables)
    installed = read_installed(tree.root)
    try:
        pin = find_pin(environment, tree.root)
    except PyvError:
        return [ASKED], True
    selection = select(pin, installed)
    found = find_program("python3", selection, installed, environment)
    if found is None:
        return [ASKED], True
    answer = [found.path, ":".join(selection.kept)]
    if selection.missing or pin.ignored:
        return answer, True
    plain = all(choice.rule in {"system", "exact", "alias"} and "/" not in choice.kept for choice in selection.choices)
    directory = variables.get("PYENV_DIR", "/plain")
    odd = not directory.startswith("/") or directory.endswith(("/", "/.."))
    text = pin.path.read_bytes().decode() if pin.path and pin.path.is_file() else ""
    odd = odd or any(len(line) > 1000 or "\r" in line[:-1] for line in text.split("\n"))
    return answer, odd or not plain


def named(tree: Tree, variables: dict[str, str]) -> str:
    """The line `version-name` prints, whoever has the program; nothing is missing."""
    selection = select(find_pin(tree.environment(**variables), tree.root), read_installed(tree.root))
    assert not selection.missing
    return ":".join(selection.names)


@pytest.fixture(scope="module")
def every_shell(tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    return list(shells(tmp_path_factory.mktemp("shells")).values())


@settings(max_examples=250, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(case=cases, turn=st.integers(0, 1000))
def test_whatever_the_shim_decides_pyv_decides_too(every_shell: list[list[str]], case: Case, turn: int) -> None:
    with tempfile.TemporaryDirectory() as base:
        tree = build(case, Path(base))
        variables = variables_of(case, tree)
        expected, may_ask = decided(tree, variables)
        shell = every_shell[turn % len(every_shell)]
        ran = tree.shim("python3", shell=shell, **variables)
        assert ran.err == ""
        if ran.lines == [ASKED]:
            assert may_ask
        else:
            assert ran.lines == expected
        launcher = [*shell, str(tree.base / "launcher")]
        said = [tree.run([*launcher, *line], **variables) for line in (["which", "python3"], ["version-name"])]
        assert [each.err for each in said] == ["", ""]
        assert said[0].lines == ran.lines[:1]
        if ran.lines != [ASKED]:
            assert said[1].lines == ran.lines[1:]
        elif said[1].lines != [ASKED]:
            assert said[1].lines == [named(tree, variables)]


@settings(max_examples=15, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(case=cases)
def test_the_commands_say_what_the_values_say(case: Case) -> None:
    with tempfile.TemporaryDirectory() as base:
        tree = build(case, Path(base))
        variables = variables_of(case, tree)
        expected, _ = decided(tree, variables)
        ran = tree.pyv("which", "python3", **variables)
        assert (ran.lines or [ASKED])[0] == expected[0]
        assert (ran.code == 0) == (expected != [ASKED])
        if ran.code == 0:
            assert tree.pyv("version-name", "-f", **variables).lines == expected[1:]


def test_a_case_that_must_not_ask_is_told_from_one_that_may(tmp_path: Path) -> None:
    """The control of the property above."""
    tree = Tree(tmp_path)
    tree.install("3.12.2", "python3")
    assert decided(tree, {"PYV_VERSION": "3.12.2"}) == ([tree.binary("3.12.2"), "3.12.2"], False)
    assert decided(tree, {"PYV_VERSION": "3"}) == ([tree.binary("3.12.2"), "3.12.2"], True)
    assert decided(tree, {"PYV_VERSION": "9"}) == ([ASKED], True)
    assert os.path.isdir(tree.root.versions)
