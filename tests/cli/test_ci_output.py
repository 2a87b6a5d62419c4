"""What a CI runner reads: groups, annotations, and nothing that somebody else wrote."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from pyv.domain.revocation import Revocation, Revocations
from tests.cli.test_progress import slow_index
from tests.install.scene import HERE, blob_path, index_of, installed, publish, serve_index, step, timeless, trust
from tests.support.github_runner import commands_in
from tests.support.runner import Machine
from tests.support.server import Server

GITHUB = {"CI": "true", "GITHUB_ACTIONS": "true"}


@pytest.fixture
def github(machine: Machine) -> Machine:
    """A machine that is a GitHub runner."""
    return replace(machine, variables=GITHUB)


def test_the_lines_of_an_installation_are_folded(github: Machine, tmp_path: Path) -> None:
    index = index_of("3.12.2")
    mirror = publish(index, tmp_path / "mirror", github)
    [artifact] = index.artifacts
    lines = step(artifact) + installed(github, artifact, f"{artifact.size} bytes from {mirror}")
    run = timeless(github.pyv("install", "3.12", "--index", mirror).ok())
    run.shows(stderr=f"::group::pyv install 3.12\n{lines}::endgroup::\n")
    run = github.pyv("install", "3.12", "--index", mirror, "--json").ok()
    assert (run.stderr, run.json["installed"][0]["status"]) == ("", "present")
    github.pyv("install", "3.12", "--index", mirror, "--quiet").shows()


def test_a_lock_is_folded_and_a_check_is_not(github: Machine, tmp_path: Path) -> None:
    mirror = publish(index_of("3.12.2"), tmp_path / "mirror", github)
    words = ("lock", "3.12", "--triple", HERE, "--index", mirror)
    log = github.pyv(*words).ok().stderr.splitlines()
    assert (log[0], log[-1], len(log)) == ("::group::pyv lock", "::endgroup::", 4)
    assert "::" not in github.pyv(*words, "--check").ok().stderr


def test_errors_are_told_behind_the_fold_and_beside_the_job(github: Machine, server: Server, tmp_path: Path) -> None:
    index = index_of("3.12.2", "3.13.1")
    url = serve_index(server, index.write(tmp_path / "mirror"))
    trust(github, index)
    server.put(blob_path(index.artifacts[1]), b"wrong")
    run = github.pyv("install", "3.12", "3.13", "--index", url).fails(5)
    log = run.stderr.splitlines()
    end = log.index("::endgroup::")
    assert log[0] == "::group::pyv install 3.12 3.13"
    assert not any(line.startswith("pyv: ") for line in log[:end])
    message, hint, annotation = log[end + 1 :]
    found = [command for command in commands_in(run.stderr) if command.name == "error"]
    told = "\n".join([message.removeprefix("pyv: "), hint.removeprefix("hint: ")])
    assert [(command.properties, command.data) for command in found] == [({"title": "pyv"}, told)]
    assert annotation.startswith("::error title=pyv::")
    run = github.pyv("install", "3.99", "--index", url).fails(3)
    assert [command.name for command in commands_in(run.stderr)] == ["error"]
    run = github.pyv("install", "3.99", "--index", url, "--json").fails(3)
    assert run.json["error"]["code"] == "no-match"


def test_wrong_usage_is_told_beside_the_job(github: Machine) -> None:
    run = github.pyv("install", "--no-such\n::add-mask::x").fails(2)
    assert [(each.name, each.data.partition(": ")[0]) for each in commands_in(run.stderr)][-1] == (
        "error",
        "No such option",
    )


def test_a_group_is_closed_by_ctrl_c_too(github: Machine, server: Server, tmp_path: Path) -> None:
    trust(github, slow_index(server, tmp_path))
    command = github.command("install", "3.12", "--index", server.url)
    with subprocess.Popen(
        command, env=github.environment(), cwd=github.cwd, stderr=subprocess.PIPE, start_new_session=True, text=True
    ) as process:
        assert process.stderr is not None
        before = [process.stderr.readline() for _ in range(2)]
        os.kill(process.pid, signal.SIGINT)
        rest = process.stderr.read()
    assert (before[0], rest.splitlines()[-1], process.returncode) == (
        "::group::pyv install 3.12\n",
        "::endgroup::",
        130,
    )


def test_gitlab_folds_a_section(machine: Machine, tmp_path: Path) -> None:
    gitlab = replace(machine, variables={"CI": "true", "GITLAB_CI": "true"})
    mirror = publish(index_of("3.12.2"), tmp_path / "mirror", gitlab)
    said = gitlab.pyv("install", "3.12", "--index", mirror).ok().stderr
    section = r"\x1b\[0Ksection_start:\d{10}:pyv_install_3\.12\[collapsed=true\]\n\x1b\[0Kpyv install 3\.12\n"
    assert re.fullmatch(
        rf"{section}3\.12\.2: .*\ninstalled .*\n\x1b\[0Ksection_end:\d{{10}}:pyv_install_3\.12\n\x1b\[0K\n", said
    )
    assert "\x1b" not in gitlab.pyv("install", "3.99", "--index", mirror).fails(3).stderr


def test_what_an_index_says_is_no_command(github: Machine, tmp_path: Path) -> None:
    index = index_of("3.12.2")
    hostile = "::add-mask::a ##[stop-commands]b"
    index.revocations = Revocations((Revocation(action="yank", version="3.12.2", reason=hostile, date="2026-11-20"),))
    place = tmp_path / "##[error]here"
    mirror = publish(index, place, github)
    run = github.pyv("install", "3.12.2", "--index", mirror).ok()
    [warning] = [command for command in commands_in(run.stderr) if command.name not in {"group", "endgroup"}]
    assert (warning.name, warning.properties) == ("warning", {"title": "pyv"})
    assert warning.data.startswith("3.12.2: warning: ")
    assert "::add-mask::a ##\\x5bstop-commands]b" in warning.data
    for words in (["verify"], ["verify", "--json"], ["index", "show", "--index", str(mirror)], ["env", "--json"]):
        run = github.pyv(*words, PYV_VERSION="3.12.2")
        assert commands_in(run.stdout + run.stderr) == [], words
    assert json.loads(github.pyv("env", "--json", PYV_VERSION="3.12.2").stdout)["versions"][0]["index"] == str(mirror)
