"""`pyv install VERSION:NAME`, `--list` and `--debug`: what pyenv's users write, with pyv's own words."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from pyv.domain.own_name import split_name
from pyv.errors import RequestError
from pyv.store.paths import Root
from tests.install.scene import HERE, assert_sound, fetch, index_of, installed, left_in, receipt_of, timeless, trust
from tests.support.archives import tiny_archive
from tests.support.index import SignedIndex
from tests.support.runner import Machine


@pytest.fixture(scope="module")
def offer(tmp_path_factory: pytest.TempPathFactory) -> tuple[SignedIndex, Path]:
    index = index_of("3.11.9", "3.12.1", "3.12.2", "3.13.0", "3.13.1t", "3.14.0rc2")
    debug = tiny_archive("3.12.1", compression="zst", flavor="full")
    index.add("3.12.1", debug, triple=HERE, options="debug", flavor="full")
    return index, index.write(tmp_path_factory.mktemp("offer"))


@pytest.fixture
def ready(machine: Machine, offer: tuple[SignedIndex, Path]) -> Machine:
    index, mirror = offer
    trust(machine, index)
    fetch(machine, mirror)
    return Machine(home=machine.home, root=machine.root, cwd=machine.cwd, variables={"PYV_INDEX": str(mirror)})


def names(machine: Machine) -> list[str]:
    return machine.pyv("versions", "--bare").stdout.split()


# The name


def test_it_is_installed_under_the_name(ready: Machine, offer: tuple[SignedIndex, Path]) -> None:
    index, mirror = offer
    (artifact,) = (each for each in index.artifacts if each.version_name == "3.12.2")
    said = timeless(ready.pyv("install", "3.12:work")).ok().stderr
    line = installed(ready, artifact, f"{artifact.size} bytes from {mirror}")
    line = line.replace("installed 3.12.2 in", "installed work (3.12.2) in").replace("versions/3.12.2", "versions/work")
    assert said.splitlines(keepends=True)[-1] == line
    assert sorted(os.listdir(ready.root / "versions")) == ["work"], "no alias follows a name of a person's own"
    receipt = receipt_of(ready, "work")
    assert (receipt.name, receipt.request, receipt.artifact.version_name) == ("work", "3.12", "3.12.2")
    assert_sound(Root(ready.root), "work")
    (ready.cwd / ".python-version").write_text("work\n")
    ready.pyv("version-name").shows("work\n")
    ready.shim("python", "-V").shows("Python 3.12.2\n")
    ready.pyv("verify").ok()
    ready.pyv("uninstall", "-f", "work").shows("pyv: work uninstalled\n")
    assert names(ready) == []


def test_the_same_version_twice_in_one_command(ready: Machine) -> None:
    ready.pyv("install", "3.12.2", "3.12.2:work", "3.12:site").ok()
    assert names(ready) == ["3.12.2", "site", "work"]
    prefixes = {os.readlink(ready.root / "versions" / name) for name in names(ready)}
    assert len(prefixes) == 3, "what pip puts into one is not in the others"
    for name in names(ready):
        assert_sound(Root(ready.root), name)
        text = (ready.root / "versions" / name / "lib/python3.12/_sysconfigdata__linux_x86_64-linux-gnu.py").read_text()
        assert str(ready.root / "versions" / name) in text


def test_a_name_that_is_taken(ready: Machine) -> None:
    ready.pyv("install", "3.12.1:work").ok()
    ready.pyv("install", "3.12:work").shows(stderr="work is installed already\n")
    ready.pyv("install", "3.13:work").shows(
        stderr="pyv: work is installed already, and is 3.12.1\n"
        "hint: replace it with `pyv install --force 3.13:work`; its packages are named then\n",
        status=7,
    )
    ready.pyv("install", "-s", "3.13:work").shows(stderr="work is installed already\n")
    ready.pyv("install", "-f", "3.13:work").ok()
    assert receipt_of(ready, "work").artifact.version == "3.13.0"
    ready.pyv("install", "3.12:mine", "3.13:mine").fails(
        2, "pyv: two different builds of mine were asked for, and only"
    )
    (ready.root / "versions/theirs").mkdir()
    ready.pyv("install", "3.12:theirs").fails(7, f"pyv: {ready.root}/versions/theirs exists and was not installed by")


def test_latest_is_no_name(ready: Machine) -> None:
    ready.pyv("install", "3.12:latest", "3.11.9:latest").ok()
    assert names(ready) == ["3.11.9", "3.12.2"]


def test_a_local_archive_may_have_one_too(ready: Machine, offer: tuple[SignedIndex, Path]) -> None:
    (artifact,) = (each for each in offer[0].artifacts if each.version_name == "3.11.9")
    place = ready.cwd / "a:b"
    place.mkdir()
    archive = place / artifact.file_name
    archive.write_bytes(offer[0].blobs[artifact.sha256])
    ready.pyv("install", f"{archive}:old", "--sha256", artifact.sha256).ok()
    ready.pyv("install", str(archive), "--sha256", artifact.sha256).ok()
    assert names(ready) == ["3.11.9", "old"]
    assert receipt_of(ready, "old").name == "old"


def test_what_is_wrong_with_it_is_put_right_under_its_name(ready: Machine) -> None:
    ready.pyv("install", "3.12.2:work").ok()
    (ready.root / "versions" / "work" / "bin" / "pip").write_text("other")
    ready.pyv("verify").fails(7, "hint: pyv install --force 3.12.2+20260814:work")
    ready.pyv("install", "--force", "3.12.2+20260814:work").ok()
    ready.pyv("verify").ok()
    assert names(ready) == ["work"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "cannot be the name of a version"),
        (".", "cannot be the name of a version"),
        ("..", "cannot be the name of a version"),
        ("../x", "cannot be the name of a version"),
        ("a/b", "cannot be the name of a version"),
        (".hidden", "cannot be the name of a version"),
        ("-f", "cannot be the name of a version"),
        ("a b", "cannot be the name of a version"),
        ("a\nb", "cannot be the name of a version"),
        ("*", "cannot be the name of a version"),
        ("#x", "cannot be the name of a version"),
        ("x" * 129, "cannot be the name of a version"),
        ("system", "means something else already"),
        ("3", "asks for a version itself, so it cannot be the name of one"),
        ("3.12", "asks for a version itself, so it cannot be the name of one"),
        ("3.12t", "asks for a version itself, so it cannot be the name of one"),
        ("3.13.0", "asks for a version itself, so it cannot be the name of one"),
        ("3.13.0-debug", "asks for a version itself, so it cannot be the name of one"),
        ("cpython-3.13", "asks for a version itself, so it cannot be the name of one"),
    ],
)
def test_refused_names(ready: Machine, name: str, why: str) -> None:
    was = left_in(ready.home)
    run = ready.pyv("install", f"3.12:{name}", "3.11")
    shown = name.replace("\n", "\\n")
    run.shows(
        stderr=f"pyv: `{shown}` {why}\n"
        "hint: choose a word such as `work` or `3.12.2-site`: letters, digits and `+@%=,._-`\n",
        status=2,
    )
    assert left_in(ready.home) == was


@pytest.mark.parametrize("word", ["https://x.example/a:b", "https://x.example:8080", "oci://x/y:z"])
def test_an_address_has_no_name(ready: Machine, word: str) -> None:
    assert split_name(word) == (word, None)
    ready.pyv("install", word).fails(2, f"pyv: `{word}` is not a version request")


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("3.12", ("3.12", None)),
        ("3.12:work", ("3.12", "work")),
        ("3.12:latest", ("3.12", None)),
        (">=3.11,<3.13:work-1", (">=3.11,<3.13", "work-1")),
        ("cpython-3.12-linux-x86_64-gnu:_x", None),
        ("3.12:3.12.2-site", ("3.12", "3.12.2-site")),
        ("3.12:été", ("3.12", "été")),
        ("3.12:x:y", ("3.12:x", "y")),
    ],
)
def test_the_last_colon_splits(word: str, parts: tuple[str, str | None] | None) -> None:
    if parts is None:
        with pytest.raises(RequestError):
            split_name(word)
    else:
        assert split_name(word) == parts


# --list, --debug, and what has no effect


def test_list(ready: Machine) -> None:
    """Everything by name, oldest first, pre-releases and debug builds too: all of it can be installed by that name."""
    versions = ["3.11.9", "3.12.1", "3.12.1-debug", "3.12.2", "3.13.0", "3.13.1t", "3.14.0rc2"]
    text = "".join(f"{line}\n" for line in ["Available versions:", *(f"  {name}" for name in versions)])
    ready.pyv("install", "--list").shows(text)
    ready.pyv("install", "-l", "3.12").shows(text)
    assert json.loads(ready.pyv("install", "-l", "--json").stdout) == {"schema": 1, "versions": versions}
    ready.pyv("install", *versions).ok()
    assert names(ready) == versions


def test_list_of_another_platform(ready: Machine) -> None:
    ready.pyv("install", "--list", "--triple", "s390x-unknown-linux-gnu").fails(3, "index has nothing for s390x-")


def test_list_of_an_index_that_is_not_there(ready: Machine) -> None:
    ready.pyv("install", "--list", "--index", "/nowhere").fails(4, "pyv: ")


def test_list_of_the_embedded_index(machine: Machine) -> None:
    run = machine.pyv("install", "--list").ok()
    lines = run.stdout.splitlines()
    assert lines[0] == "Available versions:"
    assert {"  3.12.2", "  3.13.0t"} <= set(lines)
    assert lines.index("  3.9.18") < lines.index("  3.10.13") < lines.index("  3.12.2")
    assert left_in(machine.home) == {}


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["-g", "3.12"], "3.12.1-debug"),
        (["--debug", "3.12.1"], "3.12.1-debug"),
        (["3.12d"], "3.12.1-debug"),
        (["3.12.1-debug"], "3.12.1-debug"),
        (["-g", "3.12:mine"], "mine"),
    ],
)
def test_debug(ready: Machine, words: list[str], name: str) -> None:
    ready.pyv("install", *words).ok()
    assert names(ready) == [name]
    assert receipt_of(ready, name).artifact.variant.label == "debug"


def test_debug_and_freethreaded(ready: Machine) -> None:
    ready.pyv("install", "-g", "3.13t").fails(3, "pyv: no freethreaded+debug build of `3.13t` for ")


def test_options_of_a_build_have_no_effect(ready: Machine) -> None:
    ready.pyv("install", "-k", "-p", "-v", "3.12.2").ok()
    ready.pyv("install", "--keep", "--patch", "3.12.2").shows(stderr="3.12.2 is installed already\n")
