"""`pyv env`: an installed version becomes the `python` of a shell, or of a job, and the system's never does."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from pyv.store.paths import Root
from tests.cli.places import install
from tests.install.scene import BUILD, HERE, index_of, publish, receipt_of
from tests.support.archives import tiny_archive
from tests.support.github_runner import Job, StepFiles, commands_in
from tests.support.index import SignedIndex
from tests.support.runner import Machine

SHELLS = [["dash"], ["bash", "--norc"], ["busybox", "sh"], ["zsh", "-f"], ["ksh"]]


@pytest.fixture
def ready(tmp_path: Path) -> Machine:
    """A machine with 3.12.2, which has a libpython, and 3.13.1; 3.12 is pinned."""
    machine = Machine.fresh(tmp_path)
    index = SignedIndex()
    library = {"lib/libpython3.12.so.1.0": b"\x7fELF"}
    index.add("3.12.2", tiny_archive("3.12.2", extra=library), triple=HERE, build=BUILD)
    install(machine, publish(index_of("3.13.1", index=index), tmp_path / "mirror", machine), "3.12.2", "3.13.1")
    (machine.cwd / ".python-version").write_text("3.12\n", encoding="utf-8")
    return machine


def prefix(machine: Machine, name: str) -> str:
    return f"{machine.root}/versions/{name}"


def github(machine: Machine, step: StepFiles, *words: str, **variables: str) -> str:
    """Run a step with `pyv env --github`; its log."""
    run = replace(machine, variables={**step.variables, **variables}).pyv("env", *words, "--github").ok()
    assert run.stdout == ""
    return run.stderr


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
def test_a_shell_takes_it_once(ready: Machine, shell: list[str]) -> None:
    program = shutil.which(shell[0])
    assert program is not None
    odd = replace(ready, root=ready.home / "a $HOME`touch ran` 'q\"")
    shutil.copytree(ready.root, odd.root, symlinks=True)
    code = odd.pyv("env", "3.13", "3.12", PYV_ROOT=str(odd.root)).ok().stdout
    first, second = prefix(odd, "3.13.1"), prefix(odd, "3.12.2")
    report = 'printf "%s\\n" "$PATH" "$PKG_CONFIG_PATH" "$pythonLocation" "$Python3_ROOT_DIR"'
    script = f"set -eu\n{code}{code}{report}\n"
    run = odd.run([program, *shell[1:], "-c", script], PATH="/usr/bin:/bin", PKG_CONFIG_PATH="/opt/pc")
    run.shows(f"{first}/bin:{second}/bin:/usr/bin:/bin\n{first}/lib/pkgconfig:/opt/pc\n{first}\n{first}\n")
    assert not (odd.cwd / "ran").exists()
    run = odd.run([program, *shell[1:], "-c", f"unset PATH\n{code}printf '%s\\n' \"$PATH\"\n"])
    assert run.stdout == f"{first}/bin:{second}/bin\n"


def test_what_is_not_installed_is_an_error_and_never_the_system(ready: Machine) -> None:
    hint = "hint: pyv install 3.11\n"
    ready.pyv("env", "3.11").shows("false\n", f"pyv: version `3.11' is not installed\n{hint}", 1)
    ready.pyv("env", "3.12", "3.11", "--github").shows("", f"pyv: version `3.11' is not installed\n{hint}", 1)
    told = f"pyv: version `3.11' is not installed (set by PYV_VERSION environment variable)\n{hint}"
    ready.pyv("env", PYV_VERSION="3.12:3.11").shows("false\n", told, 1)
    told = ready.pyv("env", "3.11", "--json").fails(1).json["error"]
    assert (told["code"], told["hint"]) == ("not-installed", "pyv install 3.11")
    ready.pyv("env", "system").fails(1, "the system's Python has no prefix to tell of", "pyv versions")
    ready.pyv("env", PYV_VERSION="system").fails(1, "the system's Python is selected here", "pyv local 3.12")
    (ready.cwd / ".python-version").unlink()
    ready.pyv("env").fails(1, "no version is selected: there is no prefix", "pyv local 3.12")
    script = 'set -e; eval "$1"; echo went on'
    failed = ready.pyv("env").stdout
    assert ready.run(["sh", "-c", script, "sh", failed]).status == 1, "`eval` would take no output for success"


def test_a_half_restored_version_is_told_of(ready: Machine) -> None:
    (Path(prefix(ready, "3.12.2")) / "bin" / "python3.12").unlink()
    said = f"pyv: 3.12.2 is not whole: there is no {prefix(ready, '3.12.2')}/bin/python\n"
    ready.pyv("env").shows("false\n", f"{said}hint: pyv install --force 3.12.2\n", 7)


def test_any_request_names_an_installed_version(ready: Machine) -> None:
    def meant(*words: str) -> list[str]:
        return [told["name"] for told in ready.pyv("env", *words, "--json").ok().json["versions"]]

    assert meant() == ["3.12.2"]
    assert meant("3.13:3.12") == ["3.13.1", "3.12.2"]
    assert meant(">=3.11,<3.13") == ["3.12.2"]
    assert meant("latest") == ["3.13.1"]
    assert meant("cpython@3.13") == ["3.13.1"]
    assert meant(f"3.12.2+{BUILD}") == ["3.12.2"]
    ready.pyv("env", "3.12.2+20200101").fails(1, "`3.12.2+20200101' is not installed")
    ready.pyv("env", ">=3.14").fails(1, "hint: pyv install '>=3.14'")
    ready.pyv("env", "--shell", "--json").fails(2, "only one of")


def test_what_a_lock_names_and_no_other_build(ready: Machine, tmp_path: Path) -> None:
    ready.pyv("env", "--locked").fails(3, f"pyv: there is no {ready.cwd}/pyv.lock\nhint: make it: pyv lock\n")
    assert ready.pyv("env", "--locked").stdout == "false\n"
    ready.pyv("lock", "--triple", HERE, "--index", tmp_path / "mirror").ok()
    assert ready.pyv("env", "--locked").ok().stdout == ready.pyv("env").stdout
    told = ready.pyv("env", "--locked", "3.12", "--json").ok().json
    assert told["versions"][0]["name"] == "3.12.2"
    assert "UV_PYTHON" in told["variables"]
    remedy = "hint: name what it has (3.12), or lock it too: pyv lock 3.12 3.13\n"
    ready.pyv("env", "--locked", "3.13").fails(3, "`3.13` is not in pyv.lock", remedy)
    own = ("--locked", "3.12:work")
    ready.pyv("env", *own).fails(1, "`3.12` is not installed as work\nhint: pyv install --locked 3.12:work\n")
    ready.pyv("install", *own, "--mirror", tmp_path / "mirror").ok()
    named = [ready.pyv("env", "--json", *words).ok().json["versions"][0]["name"] for words in (own, own[:1])]
    assert named == ["work", "3.12.2"]
    newer = SignedIndex()
    newer.add("3.12.2", tiny_archive("3.12.2", extra={"lib/more": b""}), triple=HERE)
    (ready.cwd / ".python-version").unlink()
    install(ready, publish(newer, tmp_path / "newer", ready), "--force", "3.12.2")
    ready.pyv("env", "--locked").fails(1, "what pyv.lock names for `3.12` is not installed", "pyv install --locked")


def test_json_tells_all_of_it(ready: Machine) -> None:
    told = ready.pyv("env", "3.12", "--json", PKG_CONFIG_PATH="/opt/pc").ok().json
    receipt = receipt_of(ready, "3.12.2")
    [version] = told.pop("versions")
    assert version.pop("phases").keys() == {"download", "extract", "gate", "patch"}
    at = prefix(ready, "3.12.2")
    assert version == {
        "name": "3.12.2",
        "version": "3.12.2",
        "prefix": at,
        "python": f"{at}/bin/python",
        "build": BUILD,
        "triple": HERE,
        "flavor": "install_only_stripped",
        "sha256": receipt.artifact.sha256,
        "keyid": receipt.keyid,
        "level": "index-fresh",
        "index": receipt.index,
        "source": receipt.source,
        "installed_at": receipt.installed_at,
    }
    assert told == {
        "schema": 1,
        "path": [f"{at}/bin"],
        "variables": {
            "pythonLocation": at,
            "Python_ROOT_DIR": at,
            "Python3_ROOT_DIR": at,
            "UV_PYTHON": f"{at}/bin/python",
            "PKG_CONFIG_PATH": f"{at}/lib/pkgconfig:/opt/pc",
        },
        "cache_hit": None,
    }


def test_github_takes_it_as_from_setup_python(ready: Machine, tmp_path: Path) -> None:
    step, job = StepFiles.fresh(tmp_path / "step"), Job(prepended=["/earlier"])
    step.path("GITHUB_ENV").write_text("before=1\n", encoding="utf-8")
    at, other = prefix(ready, "3.12.2"), prefix(ready, "3.13.1")
    log = github(ready, step, "--cache-hit", PYV_VERSION="3.12:3.13:system", LD_LIBRARY_PATH="/opt/lib")
    assert log == f"3.12.2, 3.13.1: {at}/bin/python is `python` from the next step on\n"
    assert job.take(step) == {"python-version": "3.12.2", "python-path": f"{at}/bin/python", "cache-hit": "true"}
    assert job.path("/usr/bin:/bin") == f"{at}/bin:{other}/bin:/earlier:/usr/bin:/bin"
    assert job.variables == {
        "before": "1",
        "pythonLocation": at,
        "Python_ROOT_DIR": at,
        "Python3_ROOT_DIR": at,
        "PKG_CONFIG_PATH": f"{at}/lib/pkgconfig",
        "LD_LIBRARY_PATH": f"{at}/lib:/opt/lib",
    }
    again = StepFiles.fresh(tmp_path / "again")
    github(ready, again, "3.13", "--quiet", **{**job.variables, "PKG_CONFIG_PATH": "/a\nEVIL=1\nb<<c"})
    outputs = job.take(again)
    assert (outputs["python-version"], outputs["cache-hit"]) == ("3.13.1", "false")
    assert job.path("/bin") == f"{other}/bin:{at}/bin:/earlier:/bin"
    assert job.variables["UV_PYTHON"] == f"{other}/bin/python", "a version named beats the pin, for uv as well"
    assert job.variables["PKG_CONFIG_PATH"] == f"{other}/lib/pkgconfig:/a\nEVIL=1\nb<<c"
    assert "EVIL" not in job.variables


def test_github_without_its_files_is_told_on_stdout(ready: Machine) -> None:
    at = prefix(ready, "3.13.1")
    told = ready.pyv("env", "3.13", "--github").ok().stdout
    assert told.startswith(f"# GITHUB_ENV\npythonLocation={at}\n")
    assert f"# GITHUB_PATH\n{at}/bin\n# GITHUB_OUTPUT\npython-version=3.13.1\n" in told
    failed = ready.pyv("env", "3.13", "--github", GITHUB_ENV=str(ready.home), GITHUB_ACTIONS="true")
    failed.fails(7, f"pyv: cannot write to {ready.home}: is a directory\n", "::error title=pyv::")


def test_the_summary_says_what_it_is_and_nothing_in_it_is_markup(ready: Machine, tmp_path: Path) -> None:
    path = Root(ready.root).receipt(Path(prefix(ready, "3.13.1")).resolve().name)
    receipt = receipt_of(ready, "3.12.2")
    hostile = json.loads(path.read_text(encoding="utf-8"))
    hostile.update(index="a`<img src=x>|b\n| c | ##[error]d", source="::error::e", phases={"<i>": 1.0})
    path.write_text(json.dumps(hostile), encoding="utf-8")
    step = StepFiles.fresh(tmp_path / "step")
    github(ready, step, "3.12:3.13", "--no-cache-hit")
    text = step.path("GITHUB_STEP_SUMMARY").read_text(encoding="utf-8")
    lines = text.splitlines()
    assert lines[:4] == [
        "### Python, installed by pyv",
        "",
        "|  | **`3.12.2`** | **`3.13.1`** |",
        "| --- | --- | --- |",
    ]
    rows = {line.split(" | ")[0].strip("| "): line for line in lines[4:]}
    assert rows["sha256"].startswith(f"| sha256 | `{receipt.artifact.sha256}` | `")
    assert rows["build"].startswith(f"| build | `{BUILD}` `install_only_stripped` `{HERE}` |")
    assert rows["key"].startswith(f"| key | `{receipt.keyid}` |")
    assert rows["cache"] == "| cache | not restored | not restored |"
    assert rows["installed"].startswith(f"| installed | `{receipt.installed_at}` in download 0.")
    assert rows["installed"].endswith(" in i 1.00 s |")
    assert rows["index"].endswith("| `a'<img src=x>\\|b\\n\\| c \\| ##\\x5berror]d`, `index-fresh` |")
    assert len({line.replace("\\|", "").count("|") for line in lines[2:] if line}) == 1
    assert commands_in(text) == []


def test_gitlab_reads_plain_lines(ready: Machine) -> None:
    at = prefix(ready, "3.12.2")
    lines = [f"pythonLocation={at}", f"Python_ROOT_DIR={at}", f"Python3_ROOT_DIR={at}"]
    ready.pyv("env", "--gitlab").shows("\n".join([*lines, f"PKG_CONFIG_PATH={at}/lib/pkgconfig", ""]))
    ready.pyv("env", "--gitlab", PKG_CONFIG_PATH="/a b").fails(1, "GitLab cannot read", 'eval "$(pyv env)"')


def test_a_version_pyv_did_not_install_has_no_receipt(ready: Machine, tmp_path: Path) -> None:
    theirs = ready.root / "versions" / "2.7.18"
    (theirs / "bin").mkdir(parents=True)
    (theirs / "bin" / "python").write_text("#!/bin/sh\n", encoding="utf-8")
    (theirs / "bin" / "python").chmod(0o755)
    told = ready.pyv("env", "2.7", "--json").ok().json
    assert told["versions"] == [
        {"name": "2.7.18", "version": "2.7.18", "prefix": str(theirs), "python": f"{theirs}/bin/python"}
    ]
    assert "Python2_ROOT_DIR" in told["variables"]
    assert "Python3_ROOT_DIR" not in told["variables"]
    step = StepFiles.fresh(tmp_path / "step")
    github(ready, step, "2.7")
    assert "| from | not installed by pyv |" in step.path("GITHUB_STEP_SUMMARY").read_text(encoding="utf-8")
