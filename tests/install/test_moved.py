"""A root that lies elsewhere than it did: moved, copied, restored from a cache for another user."""

from __future__ import annotations

import json
import shutil
import signal
import sys
import sysconfig
from dataclasses import replace
from pathlib import Path

import pytest

import pyv
from pyv.install.shebang import readdressed
from pyv.store.paths import Root
from tests.install.process import Processes, ended, until
from tests.install.scene import HERE, assert_sound, index_of, left_in, publish, receipt_of
from tests.support.archives import tiny_tar
from tests.support.index import SignedIndex
from tests.support.runner import Machine

NAME = "3.12.2"
DETAILS = b'{"base_prefix": "/install", "libpython": {"static": "/install/lib/libpython3.12.a"}}\n'
VARIABLES = b'{"CC": "clang -pthread", "INCLUDEPY": "/install/include/python3.12", "prefix": "/install"}\n'
EXTRA = {
    "lib/python3.12/build-details.json": DETAILS,
    "lib/python3.12/_sysconfig_vars__linux_x86_64-linux-gnu.json": VARIABLES,
}


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> tuple[SignedIndex, Path]:
    index = index_of("3.13.0")
    index.add(NAME, tiny_tar(NAME, extra=EXTRA).gz(), triple=HERE)
    return index, index.write(tmp_path_factory.mktemp("mirror"))


@pytest.fixture
def there(machine: Machine, mirror: tuple[SignedIndex, Path], tmp_path: Path) -> Machine:
    """A machine with 3.12.2, as long as nothing was moved."""
    publish(mirror[0], tmp_path / "mirror", machine)
    machine.pyv("install", NAME, "--index", tmp_path / "mirror").ok()
    return machine


def moved(machine: Machine, place: Path) -> Machine:
    """The same machine once its root lies elsewhere; nothing of it is where it was."""
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(machine.root, place)
    return replace(machine, root=place, variables={**machine.variables, "PYV_ROOT": str(place)})


def said(before: Machine, *names: str) -> str:
    return "".join(f"{name}: its root was moved here from {before.root}: fitted again\n" for name in names)


def test_it_is_fitted_again_to_the_byte(there: Machine, tmp_path: Path) -> None:
    """As if it had been installed at the new place: same tree, same list, same shims."""
    here = moved(there, tmp_path / "else where" / "root")
    here.pyv("install", NAME, "--index", tmp_path / "mirror").shows(
        stderr=f"{said(there, NAME)}{NAME} is installed already\n"
    )
    receipt = receipt_of(here, NAME)
    fitted = left_in(here.root)
    assert receipt.prefix == f"{here.root}/versions/{NAME}"
    assert str(there.root) not in "".join(
        path.read_text() for path in here.root.rglob("*") if path.is_file() and "cache" not in path.parts
    )
    here.pyv("verify", NAME).ok()
    here.pyv("install", NAME, "--index", tmp_path / "mirror").shows(stderr=f"{NAME} is installed already\n")
    assert left_in(here.root) == fitted

    shutil.rmtree(here.root / "store")
    shutil.rmtree(here.root / "versions")
    here.pyv("install", NAME, "--index", tmp_path / "mirror").ok()
    afresh = receipt_of(here, NAME)
    assert afresh.tree == receipt.tree
    same = {name: what for name, what in left_in(here.root).items() if not name.endswith(".json") or "lib/" in name}
    assert same == {name: fitted[name] for name in same}
    details = json.loads((here.root / "versions" / NAME / "lib/python3.12/build-details.json").read_text())
    assert details["base_prefix"] == afresh.prefix


def test_every_version_of_the_root_is(there: Machine, tmp_path: Path) -> None:
    there.pyv("install", "3.13.0", "--index", tmp_path / "mirror").ok()
    here = moved(there, tmp_path / "elsewhere")
    here.pyv("install", NAME, "--index", tmp_path / "mirror").shows(
        stderr=f"{said(there, NAME, '3.13.0')}{NAME} is installed already\n"
    )
    for name in (NAME, "3.13.0"):
        assert_sound(Root(here.root), name)


def test_before_it_is_fitted_shims_and_launcher_know_their_place(there: Machine, tmp_path: Path) -> None:
    here = moved(there, tmp_path / "elsewhere")
    plain = replace(here, variables={})
    plain.shim("python", "-V", PYV_VERSION=NAME).shows(f"Python {NAME}\n")
    launcher = str(here.root / "bin" / "pyv")
    plain.run([launcher, "which", "python"], PYV_VERSION=NAME).shows(f"{here.root}/versions/{NAME}/bin/python\n")
    plain.run([launcher, "install", NAME, "--index", str(tmp_path / "mirror")]).shows(
        stderr=f"{said(there, NAME)}{NAME} is installed already\n"
    )


def test_a_pyv_of_the_roots_own_comes_along(there: Machine, tmp_path: Path) -> None:
    """As install.sh puts it there: nothing else of the machine knows the root."""
    release = there.root / "self" / "1"
    packages = release / "lib" / "python3.13" / "site-packages"
    (release / "bin").mkdir(parents=True)
    (release / "bin" / "python3").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (release / "bin" / "python3").chmod(0o755)
    shutil.copytree(Path(pyv.__file__).parent, packages / "pyv", ignore=shutil.ignore_patterns("__pycache__"))
    (packages / "pyv" / "manifests").symlink_to(Path(pyv.__file__).parents[2] / "manifests")
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        (packages / path.name).symlink_to(path)
    code = f"import sys; sys.path[:0] = [{str(packages)!r}]; from pathlib import Path; import pyv.store.own as own; "
    there.run([sys.executable, "-c", f"{code}own.switch(Path({str(there.root)!r}), '1')"]).ok()
    here = replace(moved(there, tmp_path / "elsewhere"), variables={})
    launcher = str(here.root / "bin" / "pyv")
    here.run([launcher, "install", NAME, "--index", str(tmp_path / "mirror")]).shows(
        stderr=f"{said(there, NAME)}{NAME} is installed already\n"
    )
    here.run([launcher, "prefix", NAME]).shows(f"{here.root}/versions/{NAME}\n")


def test_another_name_for_the_same_place_is_no_move(there: Machine, tmp_path: Path) -> None:
    (tmp_path / "other").symlink_to(there.root)
    before = left_in(there.root)
    other = replace(there, root=tmp_path / "other", variables={"PYV_ROOT": str(tmp_path / "other")})
    other.pyv("install", NAME, "--index", tmp_path / "mirror").shows(stderr=f"{NAME} is installed already\n")
    assert left_in(there.root) == before


def test_programs_of_packages_start(there: Machine, tmp_path: Path) -> None:
    binaries = there.root / "versions" / NAME / "bin"
    (binaries / "tool").write_text(f"#!{binaries}/python3.12\nimport tool\n")
    (binaries / "tool").chmod(0o750)
    (binaries / "other").write_text("#!/usr/bin/env python3\n")
    (binaries / "other").chmod(0o755)
    (data,) = there.root.glob("store/*/lib/python3.12/_sysconfigdata_*.py")
    cached = data.parent / "__pycache__" / f"{data.stem}.cpython-312.pyc"
    cached.parent.mkdir()
    cached.touch()
    here = moved(there, tmp_path / "else where")
    words = here.command("install", NAME, "--index", str(tmp_path / "mirror"))
    here.run(["sh", "-c", 'umask 077 && exec "$@"', "sh", *words]).ok()
    assert list(here.root.rglob(cached.name)) == [], "by time and size it might pass for current"
    binaries = here.root / "versions" / NAME / "bin"
    here.shim("tool", "x", PYV_VERSION=NAME).shows(f"python3.12 of {NAME}: {binaries}/tool x\n")
    assert (binaries / "tool").stat().st_mode & 0o777 == 0o750
    assert (binaries / "other").read_text() == "#!/usr/bin/env python3\n"
    back = moved(here, there.root)
    back.pyv("install", NAME, "--index", tmp_path / "mirror").ok()
    assert (back.root / "versions" / NAME / "bin" / "tool").read_text() == (
        f"#!{back.root}/versions/{NAME}/bin/python3.12\nimport tool\n"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("#!/old/versions/3.12.2/bin/python -E\nx", "#!/new/versions/3.12.2/bin/python -E\nx"),
        ("#!/old/store/id/bin/python\n", "#!/new/store/id/bin/python\n"),
        ("#!/older/versions/3.12.2/bin/python\n", "#!/older/versions/3.12.2/bin/python\n"),
        ("#!/old/bin/python\n", "#!/old/bin/python\n"),
        ("#!/old/versions/3.12.2/bin/python", "#!/old/versions/3.12.2/bin/python"),
        (
            "#!/bin/sh\n'''exec' \"/old/versions/a b/bin/python\" \"$0\" \"$@\"\n' '''\nx",
            "#!/bin/sh\n'''exec' \"/new/versions/a b/bin/python\" \"$0\" \"$@\"\n' '''\nx",
        ),
        (
            "#!/bin/sh\n'''exec' /old/versions/3.12.2/bin/python -E \"$0\" \"$@\"\n' '''\nx",
            "#!/new/versions/3.12.2/bin/python -E\nx",
        ),
    ],
)
def test_first_lines(before: str, after: str) -> None:
    assert readdressed(before.encode(), b"/old", b"/new").decode() == after


def test_a_first_line_too_long_for_the_kernel_is_read_by_sh() -> None:
    long = b"/" + b"n" * 120
    assert readdressed(b"#!/old/versions/3/bin/python\n", b"/old", long) == (
        b"#!/bin/sh\n'''exec' \"" + long + b'/versions/3/bin/python" "$0" "$@"\n\' \'\'\'\n'
    )


def test_a_file_somebody_edited_stays_edited(there: Machine, tmp_path: Path) -> None:
    """It is fitted as well, and `pyv verify` still tells of it."""
    here = moved(there, tmp_path / "elsewhere")
    (path,) = here.root.glob("store/*/lib/python3.12/config-*/Makefile")
    path.write_text(path.read_text() + "MINE=1\n")
    here.pyv("install", NAME, "--index", tmp_path / "mirror").ok()
    assert f"prefix=\t\t{here.root}/versions/{NAME}\n" in path.read_text()
    told = here.pyv("verify", NAME, "--json").json["verified"]
    assert [each["changed"] for each in told] == [[f"lib/python3.12/{path.parent.name}/Makefile"]]


def test_a_receipt_of_an_earlier_release(there: Machine, tmp_path: Path) -> None:
    (path,) = there.root.glob("store/*.json")
    told = json.loads(path.read_text())
    path.write_text(json.dumps({key: value for key, value in told.items() if key not in {"prefix", "size"}}))
    there.pyv("install", NAME, "--index", tmp_path / "mirror").shows(stderr=f"{NAME} is installed already\n")
    here = moved(there, tmp_path / "elsewhere")
    here.pyv("install", NAME, "--index", tmp_path / "mirror").shows(
        stderr=f"{said(there, NAME)}{NAME} is installed already\n"
    )
    assert_sound(Root(here.root), NAME)


def test_killed_while_its_shims_are_written(there: Machine, tmp_path: Path) -> None:
    before = (there.root / "shims" / "python").read_bytes()
    here = moved(there, tmp_path / "elsewhere")
    words = ("install", NAME, "--offline", "--index", tmp_path / "mirror")
    here.pyv(*words).ok()
    whole = (here.root / "shims" / "python").read_bytes()
    (here.root / "shims" / "python").unlink()
    (here.root / "shims" / "python").write_bytes(before)
    (here.root / "shims" / "python").chmod(0o755)
    here.pyv(*words).ok()
    assert (here.root / "shims" / "python").read_bytes() == whole != before


def test_killed_while_it_is_fitted(there: Machine, processes: Processes, tmp_path: Path) -> None:
    """After each step of it in turn; the next run makes good what is left, offline, without the archive."""
    shutil.rmtree(there.root / "cache")
    here = there
    hits = 0
    for number in range(1, 7):
        before, here = here, moved(here, tmp_path / str(number))
        if number % 2:  # as an earlier release wrote it
            (receipt,) = here.root.glob("store/*.json")
            told = json.loads(receipt.read_text())
            receipt.write_text(json.dumps({key: value for key, value in told.items() if key != "prefix"}))
        watched = [path for path in here.root.glob("store/*/lib/python3.12/**/*") if path.is_file()]
        watched += [*here.root.glob("store/*.files"), *here.root.glob("store/*.json")]
        was = {path: path.stat().st_ino for path in watched}

        def is_time(number: int = number, was: dict[Path, int] = was) -> bool:
            return sum(path.stat().st_ino != inode for path, inode in was.items()) >= number

        words = ["install", NAME, "--offline", "--index", str(tmp_path / "mirror"), "--mirror", "http://127.0.0.1:9"]
        process = processes.start(here, *words)
        until(is_time, process)
        process.send_signal(signal.SIGKILL)
        hits += ended(process).status == -signal.SIGKILL
        here.pyv(*words).ok()
        assert_sound(Root(here.root), NAME)
        assert receipt_of(here, NAME).prefix == f"{here.root}/versions/{NAME}"
        assert str(before.root) not in (here.root / "shims" / "python").read_text()
        assert list(here.root.rglob("*.tmp")) == []
    assert hits >= 4
