"""`scripts/bench` from outside, and the pure parts of it. Nothing here depends on how long anything takes."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from pyv.environment import PYENV
from pyv.store.launcher import launcher_text
from pyv.store.paths import Root
from tests.selection.tree import write_program

REPOSITORY = Path(__file__).resolve().parents[2]
SCRIPTS = REPOSITORY / "scripts"
sys.path.insert(0, str(SCRIPTS))

from benchmark.cases import CASES, chosen  # noqa: E402  (scripts/ is a root of its own, found only now)
from benchmark.errors import BenchError  # noqa: E402
from benchmark.figures import Figure, differences, figure, ratios, turns  # noqa: E402
from benchmark.ground import Ground  # noqa: E402
from benchmark.kept import PINS  # noqa: E402
from benchmark.process import Command, Contender, measure, run  # noqa: E402
from benchmark.profile import libraries  # noqa: E402
from benchmark.real_pyenv import find_pyenv  # noqa: E402
from benchmark.tables import Aim, Table, replaced  # noqa: E402
from benchmark.wheels import MANIFESTS, brought_by, part, weighed  # noqa: E402


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, SCRIPTS / "bench", *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def test_help_names_every_case() -> None:
    done = bench("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: bench ")
    assert "cold, warm, shim, memory, start" in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    "wrong",
    [
        ("--only", "hot"),
        ("--runs", "0"),
        ("--runs", "many"),
        ("compete",),
        ("--only", "cold", "--write"),
        ("--only", "cold", "pyenv"),
        ("--only", "cold", "ci"),
    ],
)
def test_a_wrong_command_line_is_refused(wrong: tuple[str, ...]) -> None:
    done = bench(*wrong)
    assert (done.returncode, done.stdout) == (2, "")
    assert wrong[-1] in done.stderr.splitlines()[-1]


def test_without_a_pyenv_there_is_nothing_to_measure_against(tmp_path: Path) -> None:
    own = {"HOME": str(tmp_path), "PATH": f"{Path(sys.executable).parent}"}
    asked = [sys.executable, str(SCRIPTS / "bench"), "pyenv", "--work", str(tmp_path)]
    done = subprocess.run(asked, env=own, capture_output=True, text=True, check=False, timeout=60)
    told = "bench: no pyenv in PYENV_ROOT, in ~/.pyenv or on PATH: this measures against a real one\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", told)


def test_pyv_under_the_name_pyenv_is_not_what_it_is_measured_against(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path / "nowhere"))
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    root = Root(tmp_path)
    program = write_program(root.pyenv, launcher_text(root, sys.executable, PYENV))
    assert find_pyenv() is None
    write_program(program, "#!/usr/bin/env bash\n")
    assert find_pyenv() == str(program)


def test_cases_are_chosen_in_their_own_order() -> None:
    assert chosen(None) == list(CASES)
    assert chosen(["start", "cold", "start"]) == ["cold", "start"]


def test_a_figure_is_the_median_with_the_quartiles() -> None:
    assert figure([5.0, 1.0, 4.0, 2.0, 3.0]) == Figure(median=3.0, low=2.0, high=4.0)
    assert figure([1.0, 2.0]) == Figure(median=1.5, low=1.25, high=1.75)
    assert figure([7.0]) == Figure(median=7.0, low=7.0, high=7.0)
    with pytest.raises(ValueError, match="needs samples"):
        figure([])


def test_figures_are_compared_round_by_round() -> None:
    slow, quick = [2.0, 30.0, 4.0], [1.0, 10.0, 2.0]
    assert ratios(slow, quick) == Figure(median=2.0, low=2.0, high=2.5)
    assert differences(slow, quick) == Figure(median=2.0, low=1.5, high=11.0)
    with pytest.raises(ValueError, match="shorter"):
        ratios(slow, quick[:2])


def test_figures_are_written_for_people() -> None:
    assert Figure(median=0.3124, low=0.305, high=0.4).milliseconds() == "312 ms (305–400)"
    assert Figure(median=0.0037, low=0.0034, high=0.0041).milliseconds() == "3.7 ms (3.4–4.1)"
    assert Figure(median=1.239, low=1.2, high=1.306).times() == "1.24 (1.20–1.31)"


def test_everybody_begins_a_round_in_turn() -> None:
    rounds: dict[int, str] = {}
    for number, name in turns(["A", "B", "C"], 3):
        rounds[number] = rounds.get(number, "") + name
    assert rounds == {-1: "CAB", 0: "ABC", 1: "BCA", 2: "CAB"}


def command(place: Path, code: str) -> Command:
    return Command(words=(sys.executable, "-I", "-c", code), environment={"WORD": "said"}, directory=place)


def test_a_process_sees_only_what_it_was_given(tmp_path: Path) -> None:
    code = "import os; open('seen', 'w').write(' '.join([os.getcwd(), os.environ['WORD'], str('HOME' in os.environ)]))"
    taken = run(command(tmp_path, code))
    assert (tmp_path / "seen").read_text() == f"{tmp_path} said False"
    assert taken.seconds > 0
    assert taken.cpu > 0
    assert taken.peak > 1_000_000


def test_a_failed_run_ends_the_measurement_with_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match=r"exit status 3\nno luck\Z"):
        run(command(tmp_path, "import sys; print('no luck', file=sys.stderr); sys.exit(3)"))
    with pytest.raises(BenchError, match="No such file"):
        run(Command(words=(f"{tmp_path}/nothing",), environment={}, directory=tmp_path))


def test_contenders_take_turns_and_the_warm_up_is_checked_not_counted(tmp_path: Path) -> None:
    told: list[str] = []

    def contender(name: str) -> Contender:
        def prepare() -> Command:
            told.append(name)
            return command(tmp_path, "")

        return Contender(
            name=name, prepare=prepare, check=lambda: told.append("checked"), clean=lambda: told.append("cleaned")
        )

    measured = measure([contender("A"), contender("B")], 2, settle=lambda: told.append("settled"))

    once = ["settled", "cleaned"]
    warm_up = ["B", "settled", "checked", "cleaned", "A", "settled", "checked", "cleaned"]
    assert told == [*warm_up, "A", *once, "B", *once, "B", *once, "A", *once]
    assert {name: len(runs.all) for name, runs in measured.items()} == {"A": 2, "B": 2}


def test_a_run_on_disk_is_emptied_and_set_aside(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text("the archive")
    ground = Ground(path=tmp_path / "ground", kind="ext4", on_disk=True)
    (ground.root / "bin").mkdir(parents=True)
    (ground.root / "bin" / "python").write_text("an interpreter")
    (ground.root / "link").symlink_to(kept)
    os.link(kept, ground.root / "cached")
    inode = (ground.root / "bin" / "python").stat().st_ino

    ground.make_way()

    (done,) = ground.path.iterdir()
    assert sorted(str(path.relative_to(done)) for path in done.rglob("*")) == ["bin", "bin/python", "link"]
    emptied = (done / "bin" / "python").stat()
    assert (emptied.st_ino, emptied.st_size) == (inode, 0)
    assert kept.read_text() == "the archive"
    ground.clear()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept", "removed"]


def test_a_run_in_memory_is_removed(tmp_path: Path) -> None:
    ground = Ground(path=tmp_path / "ground", kind="tmpfs", on_disk=False)
    (ground.root / "bin").mkdir(parents=True)
    ground.make_way()
    assert list(ground.path.iterdir()) == []
    ground.clear()
    assert list(tmp_path.iterdir()) == []


def test_a_table_says_whether_aims_were_met() -> None:
    aims = (Aim(what="pyv, × uv", limit=1.2, found=1.204), Aim(what="peak", limit=80, found=47, unit=" MB"))
    table = Table(
        case="cold", title="Cold", columns=("who", "time"), rows=(("pyv", "1 ms"), ("uv", "10 ms")), aims=aims
    )
    assert table.markdown().splitlines() == [
        "### Cold",
        "",
        "| who |  time |",
        "| --- | ----: |",
        "| pyv |  1 ms |",
        "| uv  | 10 ms |",
        "",
        "- aim: pyv, × uv ≤ 1.2: 1.20, missed",
        "- aim: peak ≤ 80 MB: 47.00 MB, met",
    ]
    assert [aim["met"] for aim in table.values()["aims"]] == [False, True]  # type: ignore[attr-defined]  # it is JSON
    with pytest.raises(ValueError, match="another width"):
        Table(case="cold", title="Cold", columns=("who",), rows=(("pyv", "1 ms"),))


BEGIN, END = (f"<!-- what scripts/bench --write makes {word} here -->" for word in ("begins", "ends"))
PYENV_BEGIN, PYENV_END = (f"<!-- what scripts/bench pyenv --write makes {word} here -->" for word in ("begins", "ends"))


def test_only_the_generated_part_of_the_document_is_rewritten() -> None:
    document = f"before\n{BEGIN}\nold\n{END}\nafter\n{PYENV_BEGIN}\nold\n{PYENV_END}\n"
    assert replaced(document, "\nnew\n") == document.replace(f"{BEGIN}\nold\n", f"{BEGIN}\n\nnew\n\n")
    assert replaced(document, "new", "pyenv") == document.replace(f"{PYENV_BEGIN}\nold\n", f"{PYENV_BEGIN}\n\nnew\n\n")
    for damaged in ("", f"{END}\n{BEGIN}\n", document + document, f"{BEGIN}\n"):
        for what in ("", "pyenv"):
            with pytest.raises(BenchError, match="needs the lines"):
                replaced(damaged, "new", what)


@pytest.mark.parametrize("what", ["", "pyenv", "ci", "weight"])
def test_the_published_document_can_be_rewritten(what: str) -> None:
    document = (REPOSITORY / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert replaced(document, "new", what).count("\nnew\n") == 1


def write_wheel(directory: Path, name: str, files: dict[str, str], *requires: str) -> Path:
    path = directory / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as packed:
        for file, content in files.items():
            packed.writestr(file, content)
        packed.writestr(f"{name}-1.0.dist-info/METADATA", "".join(f"Requires-Dist: {each}\n" for each in requires))
    return path


def test_wheels_are_weighed_with_what_they_bring(tmp_path: Path) -> None:
    own = write_wheel(
        tmp_path, "pyv", {"pyv/a.py": "12345", f"{MANIFESTS}m.json": "123"}, "Some.Thing>=1", "far; extra == 'x'"
    )
    write_wheel(tmp_path, "some_thing", {"some_thing.py": ""}, "deep (>=2)")
    write_wheel(tmp_path, "deep", {"deep/__init__.py": "", "deep/b.py": "1"})
    write_wheel(tmp_path, "far", {"far.py": ""})
    wheels = weighed(tmp_path)
    assert [(wheel.name, wheel.files, wheel.tops) for wheel in wheels] == [
        ("pyv", 3, ("pyv",)),
        ("some-thing", 2, ("some_thing",)),
        ("deep", 3, ("deep",)),
    ]
    assert wheels[0].unpacked == 8 + len("Requires-Dist: Some.Thing>=1\nRequires-Dist: far; extra == 'x'\n")
    assert (wheels[0].download, part(own, MANIFESTS)) == (own.stat().st_size, (3, 3, 1))
    assert [brought_by(wheel, wheels) for wheel in wheels] == [[], ["pyv"], ["some-thing"]]


def test_install_sh_has_a_place_for_pins() -> None:
    assert PINS.search((SCRIPTS / "install.sh").read_text(encoding="utf-8"))


def test_import_times_are_summed_by_library() -> None:
    report = (
        "import time: self [us] | cumulative | imported package\n"
        "import time:       300 |        300 |   httpx._models\n"
        "pyv: a line of pyv's own\n"
        "import time:      1200 |       1500 | httpx\n"
        "import time:       500 |        500 |     json\n"
    )
    assert [(found.name, found.modules, found.seconds) for found in libraries(report)] == [
        ("httpx", 2, 0.0015),
        ("json", 1, 0.0005),
    ]
