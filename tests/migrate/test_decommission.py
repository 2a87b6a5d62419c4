"""`--decommission`: everything that still needs pyenv is named, and nothing is undone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.install.scene import left_in
from tests.migrate import scene
from tests.migrate.scene import Pyenv, pin, twins
from tests.selection.tree import write_program
from tests.support.runner import Machine, Run


@pytest.fixture
def pyenv(machine: Machine) -> Pyenv:
    """Two versions nobody uses yet."""
    found = Pyenv(machine.home / ".pyenv")
    found.install("3.12.1")
    found.install("3.6.15")
    return found


def decommission(machine: Machine, *words: str | Path, **variables: str) -> Run:
    variables.setdefault("PATH", "/usr/bin:/bin")
    return scene.run(machine, "pyenv", "--decommission", *words, **variables)


def found(run: Run) -> list[str]:
    assert run.status == 1, run
    return [" ".join(line.split()) for line in run.stdout.splitlines()]


def test_nothing_depends(machine: Machine, pyenv: Pyenv) -> None:
    (machine.home / ".bashrc").write_text('# eval "$(pyenv init -)"\neval "$(pyv init - bash)"\n')
    pin(machine.cwd / "app", "system\n")
    pin(machine.cwd / "other", "3.9.9\n")
    decommission(machine).shows(
        "", f"nothing that was looked at depends on pyenv at {pyenv.place}\n"
        f"hint: move it away first, and remove it when nothing is missed: mv {pyenv.place} {pyenv.place}.old\n",
    )  # fmt: skip
    assert decommission(machine, "--json").json["dependents"] == []


@pytest.mark.parametrize(
    ("name", "line"),
    [
        (".bashrc", 'eval "$(pyenv init - bash)"'),
        (".bash_profile", "export PYENV_ROOT=$HOME/x"),
        (".profile", "PATH=$HOME/.pyenv/bin:$PATH"),
        (".zshrc", 'eval "$(Pyenv init -)"'),
        (".zshenv", "path+=(~/.pyenv/shims)"),
        (".kshrc", "PATH=${HOME}/.pyenv/shims:$PATH"),
        (".config/fish/config.fish", "pyenv init - fish | source"),
        (".config/fish/conf.d/mine.fish", "fish_add_path $PYENV_ROOT/bin"),
        (".config/powershell/profile.ps1", "iex ((pyenv init -) -join '`n')"),
    ],
)
def test_start_up_files(machine: Machine, pyenv: Pyenv, name: str, line: str) -> None:
    path = machine.home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"first\n# pyenv: a comment\n  {line}\n")
    assert found(decommission(machine)) == [f"start-up {path}:3: {line}"]


def test_files_that_variables_name(machine: Machine, pyenv: Pyenv) -> None:
    for name in ("zsh/.zshrc", "xdg/fish/config.fish", "env"):
        (machine.home / name).parent.mkdir(parents=True, exist_ok=True)
        (machine.home / name).write_text("pyenv rehash\n")
    variables = {"ZDOTDIR": "zsh", "XDG_CONFIG_HOME": "xdg", "ENV": "env"}
    run = decommission(machine, **{name: f"{machine.home}/{value}" for name, value in variables.items()})
    assert {line.split()[1] for line in found(run)} == {
        f"{machine.home}/{name}:1:" for name in ("zsh/.zshrc", "xdg/fish/config.fish", "env")
    }


def test_path_and_variables(machine: Machine, pyenv: Pyenv, tmp_path: Path) -> None:
    brewed = write_program(tmp_path / "brew" / "pyenv").parent
    ours = write_program(tmp_path / "ours" / "pyenv", "#!/bin/sh\n# pyv under the name pyenv, written by it.\n").parent
    (tmp_path / "none" / "pyenv").mkdir(parents=True)
    path = f"{tmp_path}/none:{pyenv.place}/shims:{pyenv.place}/bin/:{brewed}:{ours}:{pyenv.place}-not:/usr/bin:/bin"
    variables = {
        "PYENV_ROOT": str(pyenv.place),
        "PYENV_SHELL": "bash",
        "PYENV_HOOK_PATH": "/h",
        "PYENV_VERSION": "system",
    }
    assert found(decommission(machine, PATH=path, **variables)) == [
        f"PATH {pyenv.place}/shims",
        f"PATH {pyenv.place}/bin/",
        f"PATH {brewed}: has a pyenv",
        "variable PYENV_HOOK_PATH: /h",
        f"variable PYENV_ROOT: {pyenv.place}",
    ]


def test_pins_and_links(machine: Machine, pyenv: Pyenv, tmp_path: Path) -> None:
    mirror = twins(tmp_path / "mirror", machine, "3.12.1")
    app, lib = pin(machine.cwd / "app", "3.12.1\n3.6\n"), pin(machine.cwd / "lib", "3.6.15\n")
    (pyenv.place / "version").write_text("3.12.1\n")
    machine.pyv("install", "3.12.1", "--index", mirror).ok()
    assert found(decommission(machine)) == [
        f"pin {app}: 3.6: only pyenv has it",
        f"pin {lib}: 3.6.15: only pyenv has it",
        f"pin {pyenv.place}/version: pyv has no global version: pyv global 3.12.1",
    ]
    machine.pyv("global", "3.12.1").ok()
    machine.pyv("migrate", "pyenv", "--link", "--only", "3.6.15").ok()
    assert found(decommission(machine)) == [
        f"pin {app}: 3.6: 3.6.15 is a link to {pyenv.versions}/3.6.15",
        f"pin {lib}: 3.6.15: 3.6.15 is a link to {pyenv.versions}/3.6.15",
        f"link {machine.root}/versions/3.6.15: leads to {pyenv.versions}/3.6.15",
    ]
    machine.pyv("global", "3.6.15").ok()
    assert f"pin {machine.root}/version: 3.6.15: 3.6.15 is a link to {pyenv.versions}/3.6.15" in found(
        decommission(machine, "app")
    )


def test_a_link_that_leads_nowhere_any_more(machine: Machine, pyenv: Pyenv) -> None:
    machine.pyv("migrate", "pyenv", "--link").ok()
    os.rename(pyenv.versions / "3.6.15", pyenv.versions / "3.6.15.old")
    links = [line for line in found(decommission(machine)) if line.startswith("link")]
    assert [line.split()[1] for line in links] == [f"{machine.root}/versions/{name}:" for name in ("3.6.15", "3.12.1")]


def test_environments(machine: Machine, pyenv: Pyenv) -> None:
    home = f"{pyenv.versions}/3.12.1/bin"
    for path, base in (
        (machine.cwd / "app" / ".venv", home),
        (machine.cwd / "other" / ".venv", "/usr/bin"),
        (machine.home / ".virtualenvs" / "one", home),
        (machine.home / ".local/share/pipx/venvs" / "black", home),
    ):
        path.mkdir(parents=True)
        (path / "pyvenv.cfg").write_text(f"include-system-site-packages = false\nhome = {base}\n")
    pyenv.environment("3.12.1", "web")
    assert found(decommission(machine)) == [
        f"environment {machine.cwd}/app/.venv: made with {home}",
        f"environment {machine.home}/.virtualenvs/one: made with {home}",
        f"environment {machine.home}/.local/share/pipx/venvs/black: made with {home}",
        f"environment {pyenv.versions}/3.12.1/envs/web: lies in it",
    ]


def test_programs(machine: Machine, pyenv: Pyenv) -> None:
    bin_ = machine.home / ".local" / "bin"
    write_program(bin_ / "script", f"#!{pyenv.versions}/3.12.1/bin/python -I\n")
    write_program(bin_ / "other", "#!/usr/bin/env python\n")
    write_program(bin_ / "empty", "")
    (bin_ / "link").symlink_to("../../.pyenv/versions/3.12.1/bin/python3")
    assert found(decommission(machine)) == [
        f"program {bin_}/link: a link to ../../.pyenv/versions/3.12.1/bin/python3",
        f"program {bin_}/script: runs on {pyenv.versions}/3.12.1/bin/python",
    ]


def test_nothing_is_undone(machine: Machine, pyenv: Pyenv) -> None:
    (machine.home / ".bashrc").write_text('eval "$(pyenv init -)"\n')
    machine.pyv("migrate", "pyenv", "--link").ok()
    before = left_in(machine.home)
    run = decommission(machine)
    assert run.stderr == f"3 things still depend on pyenv at {pyenv.place}; nothing was changed\n"
    assert left_in(machine.home) == before


def test_what_cannot_be_read_is_named(machine: Machine, pyenv: Pyenv) -> None:
    looped = machine.cwd / "app" / ".python-version"
    looped.parent.mkdir()
    looped.symlink_to(looped)  # no file, so no pin: to pyenv too
    here = os.open(machine.cwd, os.O_RDONLY)
    for _ in range(20):  # too deep for a path
        os.mkdir("d" * 250, dir_fd=here)
        below = os.open("d" * 250, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    pin(machine.cwd / "lib", "3.6.15\n")
    run = decommission(machine)
    assert found(run) == [f"pin {machine.cwd}/lib/.python-version: 3.6.15: only pyenv has it"]
    assert run.stderr.splitlines()[0].endswith("/" + "d" * 250 + ": cannot be read")
