"""Strict mode: `PYV_STRICT`, or `strict` of a policy; a missing version is an error in `exec`, `which` and the shims."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.selection.tree import Ran, Tree, write_program

STRICT = "[policy]\nstrict = true\n"


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    tree = Tree(tmp_path)
    tree.install("3.12.2")
    write_program(tree.system / "tool")
    tree.rehash()
    return tree


def refusal(origin: object, missing: str = "3.99", words: str = "3.99") -> Ran:
    err = f"pyv: version `{missing}' is not installed (set by {origin})\nhint: pyv install {words}\n"
    return Ran(out="", err=err, code=127)


@pytest.mark.parametrize("where", ["person", "project", "project above"])
def test_a_policy_can_demand_it(tree: Tree, where: str) -> None:
    pin = tree.pin("3.12\n3.99\n")
    assert tree.pyv("exec", "tool").code == 0
    places = {"person": tree.root.path / "config.toml", "project": tree.project / "pyv.toml"}
    places.get(where, tree.project.parent / "pyv.toml").write_text(STRICT)
    assert tree.pyv("exec", "tool") == refusal(pin)
    assert tree.pyv("which", "python") == refusal(pin)
    assert tree.shim("python") == refusal(pin)
    assert tree.pyv("exec", "tool", PYV_STRICT="0") == refusal(pin), "a variable does not loosen a policy"


def test_no_file_loosens(tree: Tree) -> None:
    pin = tree.pin("3.99\n")
    (tree.root.path / "config.toml").write_text(STRICT)
    (tree.project / "pyv.toml").write_text("[policy]\nstrict = false\n")
    assert tree.pyv("exec", "tool") == refusal(pin)
    (tree.root.path / "config.toml").unlink()
    assert tree.pyv("exec", "tool").code == 0
    assert tree.pyv("exec", "tool", PYV_STRICT="1") == refusal(pin)


@pytest.mark.parametrize("variables", [{}, {"PYV_STRICT": "1"}])
def test_a_complete_selection_reads_no_file(tree: Tree, variables: dict[str, str]) -> None:
    tree.pin("3.12\nsystem\n")
    (tree.project / "pyv.toml").write_text("not TOML")
    assert tree.pyv("exec", "tool", **variables).lines == [f"{tree.system}/tool", "3.12.2:system"]
    assert tree.pyv("which", "python", **variables).code == 0
    assert tree.shim("python", **variables).code == 0


@pytest.mark.parametrize("command", ["exec", "which"])
def test_nothing_runs_where_a_policy_cannot_be_read(tree: Tree, command: str) -> None:
    tree.pin("3.99\n")
    (tree.project / "pyv.toml").write_text("[policy]\nstrikt = true\n")
    ran = tree.pyv(command, "tool")
    assert (ran.out, ran.code) == ("", 8)
    assert ran.err.startswith(f"pyv: {tree.project}/pyv.toml: policy.strikt: not a key pyv knows here")
    assert tree.pyv(command, "tool", PYV_STRICT="1").code == 127


@pytest.mark.parametrize("is_configured", [False, True])
def test_a_missing_version_loads_little(tree: Tree, is_configured: bool) -> None:
    """Falling through is what many set-ups live by; a reader is loaded where there is something to read."""
    tree.pin("3.99\n")
    if is_configured:
        (tree.project / "pyv.toml").write_text("[policy]\nstrict = false\n")
    ran = tree.run([sys.executable, "-X", "importtime", "-m", "pyv", "exec", "tool"])
    assert ran.code == 0
    loaded = {line.rpartition("|")[2].strip() for line in ran.err.splitlines() if line.startswith("import time:")}
    assert "pyv.plumbing.missing" in loaded
    assert ("pyv.install.configuration" in loaded) is is_configured
    assert not loaded & {"typer", "httpx", "tuf", "cryptography", "backports", "packaging", "pyv.cli", "pyv.transfer"}


def test_all_that_is_missing_is_installed_by_one_command(tree: Tree) -> None:
    pin = tree.pin("3.99\n3.12\npython-3.98\nx;y\n")
    assert tree.pyv("which", "python", PYV_STRICT="1") == refusal(pin, words="3.99 3.98 'x;y'")
    origin = "PYENV_VERSION environment variable"
    assert tree.pyv("exec", "tool", PYV_STRICT="yes", PYENV_VERSION="work") == refusal(origin, "work", "work")


def test_other_commands_are_not_strict(tree: Tree) -> None:
    tree.pin("3.99\n3.12\n")
    for line in (["version-name"], ["version"], ["versions"], ["version-origin"], ["local"]):
        assert tree.pyv(*line, PYV_STRICT="1") == tree.pyv(*line)
