"""`scripts/pbs-archive`: archives of upstream's shape, the interpreter's own files only."""

from __future__ import annotations

import ast
import gzip
import hashlib
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.support.real import CHECKOUT, LISTING, pbs_archive, repacked

pytestmark = pytest.mark.real

SCRIPT = CHECKOUT / "scripts" / "pbs-archive"


def members(archive: Path) -> list[tarfile.TarInfo]:
    with tarfile.open(archive) as opened:
        return opened.getmembers()


def build_data(archive: Path) -> dict[str, object]:
    """The variables of the one `_sysconfigdata__*.py`."""
    with tarfile.open(archive) as opened:
        (name,) = [entry.name for entry in opened if entry.isfile() and "/_sysconfigdata__" in entry.name]
        content = opened.extractfile(name)
        assert content is not None
        assign, _, literal = content.read().decode().partition("build_time_vars = ")
    assert assign.startswith("#")
    variables = ast.literal_eval(literal)
    assert isinstance(variables, dict)
    return variables


def refusal(*arguments: str | Path) -> tuple[int, str]:
    done = subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True, check=False)
    assert done.stdout == ""
    return done.returncode, done.stderr


@pytest.mark.parametrize("source", ["machine", "layout", "genuine"])
def test_members_are_written_as_upstream_writes_them(source: str, request: pytest.FixtureRequest) -> None:
    made = request.getfixturevalue("machine_archives" if source == "machine" else f"{source}_archive")
    for archive in made if isinstance(made, list) else [made]:
        entries = members(archive)
        assert [entry.name for entry in entries] == sorted(entry.name for entry in entries)
        assert {(entry.uid, entry.gid, entry.uname, entry.gname) for entry in entries} == {(0, 0, "root", "root")}
        assert {entry.mtime for entry in entries} == {1704067200}
        assert {entry.mode for entry in entries if entry.isfile()} == {0o644, 0o755}
        assert all(entry.isfile() or entry.issym() for entry in entries)
        assert all(entry.name.startswith("python/") for entry in entries)


def test_the_same_listing_gives_the_same_bytes(tmp_path: Path) -> None:
    plain = tmp_path / "listing.txt"
    plain.write_bytes(gzip.decompress(LISTING.read_bytes()))

    first = pbs_archive("layout", LISTING, tmp_path / "first.tar.gz")
    second = pbs_archive("layout", plain, tmp_path / "second.tar.gz")

    assert hashlib.sha256(first.read_bytes()).digest() == hashlib.sha256(second.read_bytes()).digest()


def test_a_repacked_interpreter_brings_nothing_that_was_installed_beside_it(machine_archives: list[Path]) -> None:
    for archive in machine_archives:
        names = [entry.name for entry in members(archive)]
        foreign = [name for name in names if "-packages/" in name and not name.endswith("-packages/README.txt")]
        caches = [
            name for name in names if "/__pycache__/" in name or "/test/" in name or name.endswith((".a", ".pyc"))
        ]
        assert (foreign, caches) == ([], [])
        programs = {name for name in names if name.startswith("python/bin/")}
        assert {"python/bin/python", "python/bin/python3"} < programs
        assert all(name.startswith("python/bin/python") for name in programs)


def test_every_link_of_a_repacked_interpreter_ends_at_a_file_of_it(machine_archives: list[Path]) -> None:
    for archive in machine_archives:
        entries = members(archive)
        files = {entry.name for entry in entries if entry.isfile()}
        for link in (entry for entry in entries if entry.issym()):
            assert "/" not in link.linkname
            assert f"{link.name.rpartition('/')[0]}/{link.linkname}" in files


def test_build_data_names_install_in_place_of_the_old_prefix(machine_archives: list[Path]) -> None:
    for archive in machine_archives:
        build = build_data(archive)
        assert (build["prefix"], build["exec_prefix"], build["BINDIR"]) == ("/install", "/install", "/install/bin")
        assert str(build["LIBDEST"]).startswith("/install/lib")


def test_a_crowded_prefix_gives_its_name_only_to_what_moved() -> None:
    """Debian's Python lives in /usr, where most words name other software's files."""
    python = Path("/usr/bin/python3")
    if not python.exists():
        pytest.skip("there is no /usr/bin/python3")

    build = build_data(repacked(python))

    assert build["INSTALL"] == "/usr/bin/install -c"
    assert str(build["INCLUDEPY"]).startswith("/install/include/python3.")


@pytest.mark.parametrize(
    ("python", "message"),
    [
        ("/bin/sh", "`/bin/sh` does not answer as a Python ≥ 3.8 does"),
        ("/no/such/python", "`/no/such/python` does not answer as a Python ≥ 3.8 does"),
    ],
)
def test_what_is_no_python_is_refused(tmp_path: Path, python: str, message: str) -> None:
    status, said = refusal("running", tmp_path, "--python", python)

    assert status == 1
    assert said.startswith(f"pbs-archive: {message}")
    assert list(tmp_path.iterdir()) == []


def test_a_build_tag_has_eight_digits(tmp_path: Path) -> None:
    assert refusal("running", tmp_path, "--build", "2024") == (
        2,
        "pbs-archive: `2024` is not a build tag of eight digits\n",
    )


def test_a_line_that_is_no_entry_is_named(tmp_path: Path) -> None:
    listing = tmp_path / "listing.txt"
    listing.write_text("100755 python/bin/python3.13\n120000 python/bin/python3\n")

    status, said = refusal("layout", listing, tmp_path / "out.tar.gz")

    expected = "expected `MODE python/PATH[ -> TARGET]`, found '120000 python/bin/python3'"
    assert (status, said) == (1, f"pbs-archive: {listing}:2: {expected}\n")
    assert not (tmp_path / "out.tar.gz").exists()
