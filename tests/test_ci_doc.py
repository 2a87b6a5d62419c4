"""docs/ci.md is true: its workflows fit the action, its GitLab lines run, its output is what is printed."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from tests.cli.places import install
from tests.install.scene import HERE, index_of, publish
from tests.support.composite import read_yaml
from tests.support.runner import Machine

CHECKOUT = Path(__file__).parent.parent
PAGE = (CHECKOUT / "docs" / "ci.md").read_text(encoding="utf-8")
BLOCKS: list[Any] = [read_yaml(block) for block in re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)]
ACTION = read_yaml((CHECKOUT / "action.yml").read_text(encoding="utf-8"))


def test_workflows_say_what_the_action_takes_and_gives() -> None:
    steps = [step for block in BLOCKS if "steps" in block for step in block["steps"]]
    used = [step for step in steps if step.get("uses", "").startswith("example/pyv@")]
    assert len(used) == 2
    assert {name for step in used for name in step.get("with", {})} <= ACTION["inputs"].keys()
    told = set(re.findall(r"steps\.python\.outputs\.([\w-]+)", PAGE))
    assert told
    assert told <= ACTION["outputs"].keys()
    rows = re.findall(r"^\| (`.*?) \|", PAGE.split("| input |")[1].split("Outputs are")[0], flags=re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`([\w-]+)`", row)} == ACTION["inputs"].keys()
    assert ACTION["outputs"].keys() == set(re.findall(r"`([\w-]+)`", PAGE.split("Outputs are ")[1].split(".")[0]))


def test_the_cache_holds_the_same_on_both() -> None:
    [gitlab] = [block for block in BLOCKS if ".pyv" in block]
    steps = [step["with"]["path"] for step in ACTION["runs"]["steps"] if "path" in step.get("with", {})]
    names = {line.rpartition("/")[2] for path in steps for line in path.splitlines()}
    assert {Path(path).name for path in gitlab[".pyv"]["cache"]["paths"]} == names
    assert len(set(steps)) == 1


def test_the_gitlab_lines_run(tmp_path: Path) -> None:
    [gitlab] = [block for block in BLOCKS if ".pyv" in block]
    machine = Machine.fresh(tmp_path)
    project, mirror = machine.cwd, publish(index_of("3.12.2"), tmp_path / "mirror", machine)
    (project / ".python-version").write_text("3.12\n", encoding="utf-8")
    machine.pyv("lock", "--triple", HERE, "--index", mirror).ok()
    (project / "ci").mkdir()
    pyv = f'mkdir -p "$PYV_ROOT/bin"; printf \'#!/bin/sh\\nexec "%s" -m pyv "$@"\\n\' "{sys.executable}"'
    (project / "ci" / "install.sh").write_text(
        f'{pyv} >"$PYV_ROOT/bin/pyv"; chmod +x "$PYV_ROOT/bin/pyv"\n', encoding="utf-8"
    )
    root = gitlab[".pyv"]["variables"]["PYV_ROOT"].replace("$CI_PROJECT_DIR", str(project))
    machine.pyv("trust", "add", mirror, "--yes", PYV_ROOT=root).ok()

    def ran(line: str) -> tuple[int, str]:
        script = "set -eu\n" + "".join(f"{each}\n" for each in [*gitlab[".pyv"]["before_script"], line])
        variables = {"CI": "true", "GITLAB_CI": "true", "PYV_ROOT": root, "PYV_INDEX": str(mirror)}
        shown = machine.run(["sh", "-c", script], **variables, PATH="/usr/bin:/bin")
        return shown.status, shown.stdout

    assert all(gitlab[job]["extends"] == ".pyv" for job in gitlab if job != ".pyv")
    assert ran("command -v python") == (0, f"{root}/versions/3.12.2/bin/python\n")
    (project / ".python-version").write_text("3.13\n", encoding="utf-8")
    assert ran("echo went on") == (3, ""), "a lock that is not what is pinned ends the job"


def test_the_shown_output_is_what_is_printed(tmp_path: Path) -> None:
    machine = Machine.fresh(tmp_path)
    install(machine, publish(index_of("3.12.2"), tmp_path / "mirror", machine), "3.12")
    command, shown = PAGE.split("<!-- env -->\n```console\n$ pyv ")[1].split("```")[0].split("\n", 1)
    assert machine.pyv(*command.split()).ok().stdout.replace(str(machine.home), "~") == shown
