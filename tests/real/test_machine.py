"""Several interpreters of this machine, repacked, side by side: selection means something."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.support.real import Mirror, Pyv, extension_answers, version_of, write_extension

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def versions(machine_mirror: Mirror) -> list[str]:
    """What is in the mirror, oldest first."""
    found = {version_of(archive) for archive in machine_mirror.archives}
    return sorted(found, key=lambda version: tuple(map(int, version.split("."))))


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory, machine_mirror: Mirror, versions: list[str]) -> Pyv:
    """Somebody who installed all of them with one command."""
    user = Pyv(home=tmp_path_factory.mktemp("user"))
    user.pyv("trust", "add", machine_mirror.directory, "--yes")
    user.pyv("install", *versions, "--index", machine_mirror.directory)
    return user


def test_the_version_file_selects(user: Pyv, versions: list[str]) -> None:
    for version in versions:
        user.pyv("local", version)
        assert (user.project / ".python-version").read_text() == f"{version}\n"
        assert user.say("python", "--version") == f"Python {version}"
        assert user.say("python", "-c", "import sys; print(sys.prefix)") == f"{user.root}/versions/{version}"


def test_the_variable_beats_the_version_file(user: Pyv, versions: list[str]) -> None:
    user.pyv("local", versions[0])
    chosen = Pyv(home=user.home, variables={"PYV_VERSION": versions[-1]})

    assert chosen.say("python", "--version") == f"Python {versions[-1]}"


def test_a_minor_selects_through_its_alias(user: Pyv, versions: list[str]) -> None:
    minor = versions[-1].rpartition(".")[0]
    newest = [version for version in versions if version.startswith(f"{minor}.")][-1]

    user.pyv("local", minor)

    assert user.say("python", "--version") == f"Python {newest}"
    assert user.pyv("version-name").stdout == f"{newest}\n"


def test_versions_lists_them_and_marks_the_selected_one(user: Pyv, versions: list[str]) -> None:
    user.pyv("local", versions[0])

    lines = user.pyv("versions").stdout.splitlines()

    marked = f"* {versions[0]} (set by {user.project}/.python-version)"
    assert [line for line in lines if "system" not in line] == [marked, *(f"  {version}" for version in versions[1:])]


def test_each_imports_what_it_imported_before_it_was_moved(user: Pyv, versions: list[str]) -> None:
    for version in versions:
        chosen = Pyv(home=user.home, variables={"PYV_VERSION": version})
        assert chosen.python("import ssl, sqlite3, ctypes, lzma, bz2; print(ssl.__name__)") == "ssl"


def test_an_extension_builds_with_what_its_config_script_says(user: Pyv, machine_archives: list[Path]) -> None:
    """Of this machine's own: the genuine build's script is upstream's of 2022 and broken (see test_genuine)."""
    built = 0
    for version in map(version_of, machine_archives):
        chosen = Pyv(home=user.home, variables={"PYV_VERSION": version})
        config = user.root / "versions" / version / "bin" / "python3-config"
        headers = chosen.python("import sysconfig; print(sysconfig.get_config_var('INCLUDEPY'))")
        if not config.exists() or not Path(headers, "Python.h").exists():
            continue
        source = write_extension(user.project / version)
        said = {word: chosen.say("python3-config", f"--{word}") for word in ("cflags", "ldflags", "extension-suffix")}
        module = source.with_name(f"question{said['extension-suffix']}")
        cflags, ldflags = shlex.split(said["cflags"]), shlex.split(said["ldflags"])
        chosen.run("cc", *cflags, "-fPIC", "-shared", source, "-o", module, *ldflags)
        assert f"-I{config.resolve().parents[1]}/include/python{version.rpartition('.')[0]}" in cflags
        assert extension_answers(chosen, source.parent) == "42"
        built += 1
    if not built:
        pytest.skip("no CPython of this machine has headers and a config script (Debian package python3-dev)")


def test_none_loads_a_library_from_where_it_was_built(user: Pyv, versions: list[str]) -> None:
    code = "print({line.split(None, 5)[5].rstrip() for line in open('/proc/self/maps') if '/libpython' in line})"
    for version in versions:
        chosen = Pyv(home=user.home, variables={"PYV_VERSION": version})
        mapped = chosen.python(code)
        assert mapped == "set()" or mapped.startswith(f"{{'{user.root}/store/"), mapped
