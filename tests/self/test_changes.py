"""`scripts/install.sh` over what is there already: other pins, a kill at any moment, two at once, a full disk."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from pyv import __version__
from tests.install.namespace import Namespace
from tests.install.scene import left_in
from tests.self.kit import Bare, Tiny, program, toolbox
from tests.support.real import need
from tests.support.runner import Machine

OLD, NEW = "version = '1.0'\n", "version = '2.0'\n"


@pytest.fixture(scope="session")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The install.sh of a kit with another dependency."""
    return Tiny.make("2.0").write(tmp_path_factory.mktemp("newer"))


@pytest.fixture
def older(bare: Bare, mirror: Path) -> Bare:
    """A machine that has the tiny kit."""
    bare.install(mirror / "self/install.sh", "-q").shows()
    assert bare.dependency() == OLD
    return bare


def test_another_release_takes_the_place_of_the_one_before(older: Bare, mirror: Path, newer: Path) -> None:
    before = older.started()
    older.install(newer, "-q").shows()
    assert older.dependency() == NEW
    assert older.releases == [older.started()]
    older.install(mirror / "self/install.sh", "-q").shows()
    assert older.started() == before, "and back"


def test_a_release_that_runs_goes_with_the_next_switch(older: Bare, newer: Path, tmp_path: Path) -> None:
    """It has modules to load yet."""
    before = older.started()
    program = older.root / "self" / before / "bin" / "cat"
    shutil.copy(need("cat"), program)
    with subprocess.Popen([program], stdin=subprocess.PIPE) as running:
        older.install(newer, "-q").shows()
        assert older.releases == sorted([before, older.started()])
        running.communicate()
    assert older.started() != before
    older.install(Tiny.make("3.0").write(tmp_path / "newest"), "-q").shows()
    assert older.releases == [older.started()]


@pytest.mark.parametrize("step", ["tar", "place", "try", "settle", "switch"])
def test_killed_at_any_moment(older: Bare, newer: Path, tmp_path: Path, step: str) -> None:
    """The pyv there was still answers; the next run clears up and ends well."""
    tools = toolbox(tmp_path / "bin", "sha256sum")
    if step == "tar":
        program(tools, "tar", "kill -9 0")
    killed = Bare(older.machine, tools, ("setsid", "sh")).install(newer, "-q", KILL=step)
    assert killed.status == -9, killed
    assert older.dependency() == OLD
    assert len(older.releases) > 1, "what is half done is there, and nothing starts it"
    older.install(newer, "-q").shows()
    assert older.dependency() == NEW
    assert older.releases == [older.started()]


def test_interrupted_it_clears_up_by_itself(older: Bare, newer: Path, tmp_path: Path) -> None:
    tools = toolbox(tmp_path / "bin", "sha256sum")
    program(tools, "tar", "kill -TERM 0")
    assert Bare(older.machine, tools, ("setsid", "sh")).install(newer, "-q").status == 143
    assert older.dependency() == OLD
    assert older.releases == [older.started()]


def test_the_work_of_another_that_is_alive_is_left_alone(older: Bare, newer: Path) -> None:
    name = "".join(each if each.isalnum() else "_" for each in os.uname().nodename)
    ours, theirs = (older.root / "self" / f".new-{host}-{os.getpid()}" for host in (name, "elsewhere"))
    old = older.root / "self" / ".new-elsewhere-7"
    for place in (ours, theirs, old):
        place.mkdir()
    os.utime(old, (0, 0))
    older.install(newer, "-q").shows()
    assert older.releases == sorted([ours.name, theirs.name, older.started()])


@pytest.mark.parametrize("same", [True, False])
def test_two_at_once(bare: Bare, mirror: Path, newer: Path, same: bool) -> None:
    scripts = [mirror / "self/install.sh", mirror / "self/install.sh" if same else newer]
    running = [
        subprocess.Popen(
            ["sh", str(script), "-q"],
            env=bare.machine.environment(PATH=str(bare.tools)),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for script in scripts
    ]
    assert [process.communicate()[0] for process in running] == ["", ""]
    assert [process.returncode for process in running] == [0, 0]
    assert bare.dependency() in ({OLD} if same else {OLD, NEW})
    assert bare.releases == [bare.started()]


def test_a_root_that_was_moved_is_fitted_without_fetching(older: Bare, mirror: Path, tmp_path: Path) -> None:
    moved = Bare(Machine(older.machine.home, tmp_path / "elsewhere", older.machine.cwd), older.tools)
    older.root.rename(moved.root)
    script = tmp_path / "install.sh"
    script.write_text((mirror / "self/install.sh").read_text())
    run = moved.install(script, "--from", "https://nobody.invalid", "--root", moved.root)
    assert run.ok().stderr.startswith(f"installed pyv {__version__}: {moved.root}/bin/pyv\n")
    assert moved.dependency() == OLD


def test_a_tree_that_was_restored_by_halves_is_installed_anew(older: Bare, mirror: Path) -> None:
    whole = left_in(older.root)
    (older.root / "self" / older.started() / "lib/python3.13/site-packages/plain.py").unlink()
    run = older.install(mirror / "self/install.sh").ok()
    assert run.stderr.startswith(f"pyv {__version__} is not whole: it is installed anew\nfetched ")
    assert left_in(older.root) == whole


def test_uninstall_leaves_what_is_not_its_own(older: Bare, mirror: Path) -> None:
    (older.root / "versions/3.12.2/bin").mkdir(parents=True)
    launcher = older.root / "bin" / "pyv"
    (older.root / "bin" / ".pyv-init-bash").write_text("_pyv_text=''\n")
    theirs = launcher.read_text().replace("/self/", "/other/")
    older.install(mirror / "self/install.sh", "--uninstall").shows(
        "",
        f"removed pyv from {older.root}\nits versions and shims stay: rm -r {older.root} removes them too\n",
    )
    assert sorted(path.name for path in older.root.iterdir()) == ["locks", "shims", "versions"]
    older.install(mirror / "self/install.sh", "--uninstall").shows("", f"there is no pyv in {older.root}/self\n")
    (older.root / "bin").mkdir()
    launcher.write_text(theirs)
    older.install(mirror / "self/install.sh", "--uninstall", "-q").shows()
    assert launcher.read_text() == theirs, "the bin/pyv of a pyv that pipx installed"


def test_a_self_that_holds_more_keeps_it(older: Bare) -> None:
    """A root that is a mirror as well, or a directory in which somebody has a `self` of their own."""
    script = Tiny.make("2.0").write(older.root)
    (older.root / "self/notes-2024").mkdir()
    theirs = left_in(older.root / "self", without=older.releases)
    older.install(script).ok()
    kept = [name for name in older.releases if name != older.started()]
    assert kept == ["install.sh", "notes-2024", "python", "wheels"]
    older.install(script, "--uninstall").shows(
        "",
        f"what is not pyv's in {older.root}/self stays\nremoved pyv from {older.root}\n"
        f"its versions and shims stay: rm -r {older.root} removes them too\n",
    )
    assert older.releases == kept
    assert theirs.items() <= left_in(older.root / "self").items()


@pytest.mark.parametrize(
    ("room", "what"), [(200, "python/cpython-"), (450, "cpython-"), (700, "wheels"), (1300, "wheels")]
)
def test_a_full_disk(older: Bare, tmp_path: Path, room: int, what: str) -> None:
    """So many KiB: too few for the archive, for what is in it, for a wheel, for what is in that."""
    newer = Tiny.make("2.0", bulk=300_000).write(tmp_path / "mirror")
    with Namespace.of(older.machine) as inside:
        inside.tmpfs(tmp_path / "disk", options=f"mode=755,size={room}k")
        root = tmp_path / "disk" / "root"
        shutil.copytree(older.root, inside.seen(root), symlinks=True)
        run = inside.run("env", f"PATH={older.tools}", "sh", str(newer), "--root", str(root), "-q")
        run.fails(7, f"pyv: cannot write {what}", f"below {root}/self: no space left on device\nhint: free some space")
        assert [path.name for path in inside.seen(root / "self").iterdir()] == [older.started()]


def test_a_root_nobody_may_write_to(bare: Bare, mirror: Path) -> None:
    bare.machine.home.joinpath(".pyv").write_text("a file")
    bare.install(mirror / "self/install.sh").shows(
        "", f"pyv: cannot make {bare.root}/self\nhint: name a --root you may write to\n", 7
    )
