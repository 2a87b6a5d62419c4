"""A composite action, run as GitHub's runner runs it: `action.yml` read, its expressions evaluated, its shell executed.

The caches are a directory: what `actions/cache/save` put under a key comes back under whatever root the paths of a
later restore name.
"""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.github_runner import Command, Job, StepFiles, commands_in

_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_COMPARISON = re.compile(r"([\w.-]+) (==|!=) '([^']*)'")


def read_yaml(text: str) -> Any:
    """A document as PyYAML reads it."""
    return importlib.import_module("yaml").safe_load(text)


@dataclass
class Ended:
    """An action that was run."""

    status: int
    log: str
    outputs: dict[str, str]
    job: Job
    summary: str
    step: str
    """The last step that ran."""

    @property
    def errors(self) -> list[Command]:
        """What is shown beside the job as an error."""
        return [command for command in commands_in(self.log) if command.name == "error"]


@dataclass
class Composite:
    """An action, and a job that uses it."""

    action: Path
    """The checkout of the action."""
    place: Path
    """Where the runner keeps its files."""
    workspace: Path
    variables: Mapping[str, str]
    caches: Path
    user: int | None = None
    """The user id of the job, where it is another than the tests'."""
    runs: int = 0
    cached: list[str] = field(default_factory=list)
    """Keys that were asked for, with what became of that."""

    def run(self, until: str = "", **inputs: str) -> Ended:
        """Run the action, or its steps up to one; `python_version` is the input `python-version`."""
        self.runs += 1
        document = read_yaml((self.action / "action.yml").read_text(encoding="utf-8"))
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        assert given.keys() <= document["inputs"].keys()
        known = {f"inputs.{name}": str(value.get("default", "")) for name, value in document["inputs"].items()}
        known.update({f"inputs.{name}": value for name, value in given.items()})
        ended = Ended(0, "", {}, Job(), "", "")
        for number, step in enumerate(document["runs"]["steps"]):
            if not _holds(step.get("if", ""), known):
                continue
            ended.step = step["id"]
            files = StepFiles.fresh(self.place / f"{self.runs}-{number}")
            outputs = self._cache(step, known) if "uses" in step else self._shell(step, known, files, ended)
            known.update({f"steps.{step['id']}.outputs.{name}": value for name, value in outputs.items()})
            if ended.status or step["id"] == until:
                return ended
        ended.outputs = {name: _evaluated(told["value"], known) for name, told in document["outputs"].items()}
        return ended

    def _shell(
        self, step: Mapping[str, Any], known: Mapping[str, str], files: StepFiles, ended: Ended
    ) -> dict[str, str]:
        assert "${{" not in step["run"], "an input inside `run` is code"
        assert step["shell"] == "sh"
        script = files.place / "step.sh"
        script.write_text(step["run"], encoding="utf-8")
        if self.user is not None:
            for path in (files.place, *files.place.iterdir()):
                os.chown(path, self.user, self.user)
        done = subprocess.run(
            ["sh", "-e", str(script)],
            env={
                **self.variables,
                **ended.job.variables,
                **files.variables,
                **{name: _evaluated(value, known) for name, value in step.get("env", {}).items()},
                "PATH": ended.job.path(self.variables["PATH"]),
                "CI": "true",
                "GITHUB_ACTIONS": "true",
                "GITHUB_WORKSPACE": str(self.workspace),
                "GITHUB_ACTION_PATH": str(self.action),
            },
            cwd=self.workspace,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
            user=self.user,
            group=self.user,
            extra_groups=None if self.user is None else [],
        )
        ended.status, ended.log = done.returncode, ended.log + done.stdout
        ended.summary += files.path("GITHUB_STEP_SUMMARY").read_text(encoding="utf-8")
        return ended.job.take(files)

    def _cache(self, step: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, str]:
        what = re.fullmatch(r"actions/cache/(restore|save)@[0-9a-f]{40}", step["uses"])
        assert what is not None
        key = _evaluated(step["with"]["key"], known)
        assert re.fullmatch(r"[^,\s]{1,512}", key), key
        paths = [Path(line) for line in _evaluated(step["with"]["path"], known).splitlines()]
        kept = self.caches / key
        hit = kept.is_dir()
        self.cached.append(f"{what[1]} {key} {hit}")
        if what[1] == "save" and not hit:
            for path in paths:
                _copy(path, kept / path.name)
        if what[1] == "restore" and hit:
            for path in paths:
                _copy(kept / path.name, path)
                if self.user is not None and path.exists():
                    _give(path.parent, self.user)
        return {"cache-hit": "true"} if hit else {"cache-hit": ""}


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
    elif source.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)


def _give(top: Path, user: int) -> None:
    for directory, folders, files in os.walk(top):
        for name in (".", *folders, *files):
            os.chown(os.path.join(directory, name), user, user, follow_symlinks=False)


def _evaluated(text: str, known: Mapping[str, str]) -> str:
    return _EXPRESSION.sub(lambda found: known.get(found[1], ""), text)


def _holds(condition: str, known: Mapping[str, str]) -> bool:
    for part in condition.split(" && ") if condition else []:
        found = _COMPARISON.fullmatch(part)
        assert found is not None, part
        if (known.get(found[1], "") == found[3]) != (found[2] == "=="):
            return False
    return True
