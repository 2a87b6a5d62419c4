"""Is every check held by a test? Each mutation is made in a copy of the source, and the tests run against the copy.

A run of the same tests over the unchanged copy comes first: what fails there says nothing, and is left out. Another
one goes along with the mutants, and has to survive: else they are killed by something else than a check.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.prove.ci_mutations import CI_MUTATIONS
from tests.prove.lock_mutations import LOCK_MUTATIONS
from tests.prove.migrate_mutations import MIGRATE_MUTATIONS
from tests.prove.mirror_mutations import MIRROR_MUTATIONS
from tests.prove.mutations import MUTATIONS, Mutation
from tests.prove.root_mutations import ROOT_MUTATIONS
from tests.prove.self_mutations import SELF_MUTATIONS
from tests.prove.verdict import Verdict

_CHECKOUT = Path(__file__).parents[2]
_FAILED = re.compile(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", re.MULTILINE)
_PATIENCE = 600


@dataclass(frozen=True)
class _Workshop:
    """Copies of the source, and the tests that run over them."""

    place: Path
    left_out: tuple[str, ...] = ()

    def copy(self, name: str) -> Path:
        """A checkout in miniature: the package can be imported from its `src`, the embedded index lies beside it."""
        made = self.place / name
        shutil.copytree(_CHECKOUT / "src", made / "src", ignore=shutil.ignore_patterns("__pycache__"))
        (made / "manifests").symlink_to(_CHECKOUT / "manifests")
        (made / "scripts").mkdir()
        shutil.copy(_CHECKOUT / "scripts" / "install.sh", made / "scripts")
        return made

    def tested(self, made: Path, tests: tuple[str, ...], *words: str) -> subprocess.CompletedProcess[str]:
        """Run some tests over a copy, in the processes they start too."""
        left_out = [word for name in self.left_out for word in ("--deselect", name)]
        command = [sys.executable, "-m", "pytest", "-q", "--tb=no", "-p", "no:cacheprovider", *left_out, *words]
        temporary = made / "tmp"
        temporary.mkdir(exist_ok=True)
        return subprocess.run(
            [*command, f"--basetemp={temporary / 'pytest'}", *(f"tests/{name}" for name in tests)],
            cwd=_CHECKOUT,
            env={
                **os.environ,
                "PYTHONPATH": str(made / "src"),
                "PYTHONDONTWRITEBYTECODE": "1",
                "TMPDIR": str(temporary),
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE,
        )


def prove(place: Path, only: tuple[str, ...]) -> Verdict:
    """Make every mutation, or those that were named, and see whether it is noticed."""
    verdict = Verdict("mutants")
    installing = (*MUTATIONS, *LOCK_MUTATIONS, *ROOT_MUTATIONS, *SELF_MUTATIONS, *CI_MUTATIONS)
    every = (*installing, *MIRROR_MUTATIONS, *MIGRATE_MUTATIONS)
    chosen = [each for each in every if not only or any(word in f"{each.file} {each.name}" for word in only)]
    workshop = _Workshop(place)
    tests = tuple(sorted({name for each in chosen for name in each.tests}))
    control = workshop.copy("control")
    unchanged = workshop.tested(control, tests)
    failing = tuple(dict.fromkeys(_FAILED.findall(unchanged.stdout)))
    if failing:
        print(f"mutants: left out, since they fail on the unchanged source: {', '.join(failing)}", file=sys.stderr)
    if unchanged.returncode not in {0, 1}:
        verdict.faults.append(f"the tests cannot be run: {(unchanged.stdout + unchanged.stderr)[-1000:]}")
        return verdict
    workshop = _Workshop(place, failing)
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as workers:
        nothing = workers.submit(workshop.tested, control, tests, "-x")
        ends = list(workers.map(lambda each: _end(workshop, *each), enumerate(chosen)))
    told = Counter(ends)
    if nothing.result().returncode != 0:
        verdict.faults.append(f"the tests fail on the unchanged source: {_FAILED.findall(nothing.result().stdout)}")
    for mutation, end in zip(chosen, ends, strict=True):
        print(f"{end:8} {mutation.file}: {mutation.name}")
        if end != "killed":
            verdict.faults.append(f"{end}: {mutation.file}: {mutation.name}")
    verdict.figures = {"mutants": len(chosen), **told, "left-out": len(failing)}
    return verdict


def _end(workshop: _Workshop, number: int, mutation: Mutation) -> str:
    """`killed`, `survived`, `stale` (its text is not there any more) or `broken` (it is no Python, or no test ran)."""
    made = workshop.copy(str(number))
    try:
        path = made / "src" / "pyv" / mutation.file
        text = path.read_text(encoding="utf-8")
        if text.count(mutation.before) != 1:
            return "stale"
        changed = text.replace(mutation.before, mutation.after)
        path.write_text(changed, encoding="utf-8")
        try:
            if path.suffix == ".py":
                compile(changed, mutation.file, "exec")  # else every test would fail, and prove nothing
            status = workshop.tested(made, mutation.tests, "-x").returncode
        except subprocess.TimeoutExpired:
            return "killed"
        except SyntaxError:
            return "broken"
        return {0: "survived", 1: "killed"}.get(status, "broken")
    finally:
        shutil.rmtree(made, ignore_errors=True)
