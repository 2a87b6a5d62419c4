"""`pyv install` from outside: what is asked for is what arrives, and nothing else changes."""

from __future__ import annotations

import base64
import json
import os
import socket
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from pyv.mirror import serve
from pyv.store.paths import Root
from tests.install.scene import (
    BUILD,
    HERE,
    Left,
    assert_sound,
    big_tar,
    blob_path,
    first_refresh,
    index_of,
    installed,
    left_in,
    publish,
    quoted_path,
    receipt_of,
    resigned,
    serve_index,
    step,
    timeless,
    trust,
    upstream_path,
)
from tests.support.archives import tiny_archive, tiny_tar
from tests.support.index import SignedIndex
from tests.support.runner import Machine
from tests.support.server import Server

# What a request means

UV_KEY = "cpython-{}-linux-" + HERE.partition("-")[0] + "-" + HERE.rpartition("-")[2]
"""How uv names a build for this host."""


@pytest.fixture(scope="module")
def offer(tmp_path_factory: pytest.TempPathFactory) -> tuple[SignedIndex, Path]:
    """An index in which every form of request has something to find, and something to leave alone."""
    index = index_of("3.11.9", "3.12.1", "3.12.2", "3.13.0", "3.13.1t", "3.14.0rc2")
    index.add("3.12.2", tiny_archive(extra={"old": b""}), triple=HERE, build="20240224")
    index.add("3.12.2", tiny_archive(extra={"whole": b""}), triple=HERE, flavor="install_only")
    return index, index.write(tmp_path_factory.mktemp("offer"))


@pytest.mark.parametrize(
    ("request_", "name"),
    [
        ("3", "3.13.0"),
        ("latest", "3.13.0"),
        ("3.12", "3.12.2"),
        ("3.12.1", "3.12.1"),
        ("python-3.12.1", "3.12.1"),
        ("cpython@3.12", "3.12.2"),
        (">=3.11,<3.13", "3.12.2"),
        ("3.13t", "3.13.1t"),
        ("3.14.0rc2", "3.14.0rc2"),
        ("3.12.2+20240224", "3.12.2"),
        (UV_KEY.format("3.12.1"), "3.12.1"),
    ],
)
def test_request(machine: Machine, offer: tuple[SignedIndex, Path], request_: str, name: str) -> None:
    index, mirror = offer
    trust(machine, index)
    machine.pyv("install", request_, "--index", mirror).ok()
    number = name.rstrip("t")
    machine.shim("python", "--version", PYV_VERSION=name).shows(f"Python {number}\n")
    receipt = receipt_of(machine, name)
    assert (receipt.request, receipt.artifact.version_name) == (request_, name)
    assert receipt.artifact.build == ("20240224" if "+" in request_ else BUILD)
    assert_sound(Root(machine.root), name)
    names = set(os.listdir(machine.root / "versions"))
    assert names == ({name} if "rc" in name else {name, "3.13t" if "t" in name else name.rpartition(".")[0]})


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["3.14"], f"no build of `3.14` for {HERE}", "there is 3.14.0rc2"),
        (["3.12t"], f"no freethreaded build of `3.12t` for {HERE}", "there is 3.12.2, 3.12.1"),
        (["3.12.9"], f"no build of `3.12.9` for {HERE}", "there is 3.12.2, 3.12.1"),
        (
            ["3.12.2+20200101"],
            f"no build 20200101 of `3.12.2+20200101` for {HERE}",
            "there is 3.12.2+20260814, 3.12.2+",
        ),
        (
            ["3.12", "--flavor", "full"],
            f"no full archive of `3.12` for {HERE}",
            "there is install_only_stripped, install_o",
        ),
        (
            ["3.12", "--triple", "s390x-unknown-linux-gnu"],
            "the {index} index has nothing for s390x",
            "check the triple",
        ),
    ],
)
def test_nothing_matches(
    machine: Machine, offer: tuple[SignedIndex, Path], words: list[str], message: str, hint: str
) -> None:
    index, mirror = offer
    trust(machine, index)
    was = left_in(machine.home)
    run = machine.pyv("install", *words, "--index", mirror)
    run.fails(3)
    assert run.stderr.startswith(f"pyv: {message}".replace("{index}", str(mirror)))
    assert f"\nhint: {hint}" in run.stderr
    assert left_in(machine.home) == was


def test_what_this_host_cannot_run_is_refused_before_it_is_fetched(
    machine: Machine, server: Server, tmp_path: Path
) -> None:
    index = SignedIndex()
    index.add("3.12.2", tiny_archive(), triple="s390x-unknown-linux-gnu")
    address = serve_index(server, publish(index, tmp_path / "mirror", machine))
    words = ["install", "3.12", "--index", address, "--triple", "s390x-unknown-linux-gnu"]
    machine.pyv(*words).shows(
        stderr="pyv: `3.12` has builds for s390x-unknown-linux-gnu, but this host cannot run them: "
        f"it is built for s390x, this host is {HERE.partition('-')[0]}\n"
        f"hint: this host runs {HERE}\n",
        status=3,
    )
    assert not server.asked(blob_path(index.artifacts[0]))


def test_flavor_and_build_make_it_exact(machine: Machine, offer: tuple[SignedIndex, Path]) -> None:
    index, mirror = offer
    trust(machine, index)
    machine.pyv("install", "3.12", "--flavor", "install_only", "--index", mirror).ok()
    assert receipt_of(machine, "3.12.2").artifact.flavor == "install_only"
    machine.pyv("uninstall", "-f", "3.12.2").ok()
    machine.pyv("install", "3.12", "--build", "20240224", "--index", mirror).ok()
    assert receipt_of(machine, "3.12.2").artifact.build == "20240224"


def test_without_words_the_version_file_speaks(machine: Machine, offer: tuple[SignedIndex, Path]) -> None:
    index, mirror = offer
    trust(machine, index)
    machine.pyv("install", "--index", mirror).shows(
        stderr="pyv: nothing to install: no version named, and no .python-version here\n"
        "hint: name one: pyv install 3.12\n",
        status=2,
    )
    (machine.cwd / ".python-version").write_text("3.11.9\n3.13t\n")
    below = machine.cwd / "below"
    below.mkdir()
    assert "warning" not in machine.pyv("install", "--index", mirror, cwd=below).ok().stderr
    machine.pyv("versions", "--bare").shows("3.11.9\n3.13.1t\n")


def test_pins_that_no_shim_follows_are_told(machine: Machine, offer: tuple[SignedIndex, Path]) -> None:
    index, mirror = offer
    trust(machine, index)
    (machine.cwd / ".python-version").write_text("3.12.2+20240224\n3.11.9\n")
    told = machine.pyv("install", "--index", mirror).ok().stderr.splitlines()
    assert [line for line in told if "warning" in line] == [
        "warning: `3.12.2+20240224` is pinned, and `python` goes by names and prefixes only: pyv local 3.12.2"
    ]


def test_embedded_index_serves_without_any_server(machine: Machine) -> None:
    plan = machine.pyv("install", "3.12.2", "--dry-run", "--json").ok().json["plans"][0]
    assert (plan["name"], plan["index"], plan["level"]) == ("3.12.2", "embedded", "artifact-signature")
    file = f"{plan['build']}/cpython-3.12.2%2B{plan['build']}-{HERE}-{plan['flavor']}.tar.gz"
    assert [source.split("/", 3)[2] for source in plan["sources"]] == ["releases.astral.sh", "github.com"]
    assert all(source.endswith(f"/python-build-standalone/releases/download/{file}") for source in plan["sources"])
    assert left_in(machine.home) == {}


# What an install leaves behind


def test_exact_story(machine: Machine, server: Server, tmp_path: Path) -> None:
    """Every file of the root and every word said, for one install over HTTP."""
    index = index_of("3.12.2")
    (here,) = index.artifacts
    address = serve_index(server, index.write(tmp_path / "mirror"))
    trust(machine, index)
    around = left_in(tmp_path, without=("home",))
    trusted = left_in(machine.root)
    run = timeless(machine.pyv("install", "3.12", "--index", address))
    run.shows(stderr=step(here) + installed(machine, here, f"{here.size} bytes from {address}"))
    manifest = index.repository.targets["releases"].targets[f"manifest/{HERE}.json"].hashes["sha256"]
    requests = [*first_refresh(), f"/targets/manifest/{manifest}.{HERE}.json", blob_path(here)]
    assert [request.path for request in server.requests] == requests
    root = Root(machine.root)
    assert_sound(root, "3.12.2")
    store_id = f"{here.name}-{here.sha256[:8]}"
    left = {path: what for path, what in left_in(machine.root).items() if not path.startswith(f"store/{store_id}/")}
    shims = {"python", "python3", "python3.12", "pip", "pip3", "pip3.12", ".shim", ".seen"}
    assert set(left) - set(trusted) == {
        "versions/3.12.2",
        "versions/3.12",
        "aliases",
        "bin/pyv",
        f"store/{store_id}.json",
        f"store/{store_id}.files",
        f"cache/blobs/sha256/{here.sha256}",
        *(f"shims/{name}" for name in shims),
    }
    assert left["versions/3.12.2"] == ("link", 0, f"../store/{store_id}")
    assert left["versions/3.12"] == ("link", 0, "3.12.2")
    assert (machine.root / "aliases").read_text() == "3.12 3.12.2\n"
    assert left_in(machine.home, without=(".pyv",)) == {}, "nothing is written outside the root"
    assert left_in(tmp_path, without=("home",)) == around


def test_receipt(machine: Machine, server: Server, tmp_path: Path) -> None:
    index = index_of("3.12.2")
    (here,) = index.artifacts
    address = serve_index(server, publish(index, tmp_path / "mirror", machine))
    machine.pyv("install", "3.12", "--index", address).ok()
    told = json.loads((machine.root / "store" / f"{here.name}-{here.sha256[:8]}.json").read_text())
    assert list(told)[:2] == ["schema", "name"]
    assert told["artifact"] == here.to_dict()
    phases = told.pop("phases")
    assert set(phases) == {"download", "extract", "gate", "patch"}
    assert all(0 <= seconds < 60 for seconds in phases.values())
    wanted = {
        "schema": 1,
        "name": "3.12.2",
        "request": "3.12",
        "index": address + "/",
        "source": address + blob_path(here),
        "level": "index-fresh",
        "index_published": index.repository.timestamp.unrecognized_fields["x-pyv-published"],
        "index_stale": 0,
        "keyid": index.key.public_key.keyid,
        "files": 13,
        "unpacked": tiny_tar().unpacked,
    }
    assert {key: told[key] for key in wanted} == wanted
    names = sorted(path.rpartition("/")[2] for path in told["patched"])
    assert [name.partition("_x86")[0] for name in names] == ["Makefile", "_sysconfigdata__linux", "python-3.12.pc"]
    prefix = machine.root / "versions" / "3.12.2"
    for path in told["patched"]:
        text = (prefix / path).read_text()
        assert "/install" not in text
        assert str(prefix) in text or "${pcfiledir}" in text


def test_operators_mirror(machine: Machine, tmp_path: Path) -> None:
    """From the server of `pyv mirror serve`, over keep-alive connections, without a word lost."""
    index = index_of("3.12.2", "3.13.0")
    with closing(serve.Server(publish(index, tmp_path / "mirror", machine), log=lambda line: None)) as served:
        machine.pyv("install", "3.12", "3.13", "--index", served.url).ok()
    machine.pyv("versions", "--bare").shows("3.12.2\n3.13.0\n")


def test_root_elsewhere(machine: Machine, tmp_path: Path) -> None:
    place = replace(machine, root=tmp_path / "else where" / 'Ünïcode \'n "quotes"' / "root")
    index = index_of("3.12.2")
    mirror = publish(index, tmp_path / "mirror", place)
    home = left_in(machine.home)
    place.pyv("install", "3.12", "--index", mirror, PYV_ROOT=str(place.root)).ok()
    assert left_in(machine.home) == home == {}
    assert_sound(Root(place.root), "3.12.2")
    place.shim("python", "--version", PYV_VERSION="3.12").shows("Python 3.12.2\n")
    place.pyv("prefix", "3.12", PYV_ROOT=str(place.root)).shows(f"{place.root}/versions/3.12.2\n")


@pytest.mark.parametrize("compression", ["zst"])
def test_full_archive(machine: Machine, tmp_path: Path, compression: str) -> None:
    """Of a `full` archive, only what is below python/install."""
    index = SignedIndex()
    tar = tiny_tar("3.12.2", flavor="full")
    here = index.add(
        "3.12.2",
        tar.packed(compression),
        triple=HERE,
        flavor="full",
        options="debug",
        unpacked=tar.unpacked,
        entries=tar.entries,
    )
    mirror = publish(index, tmp_path / "mirror", machine)
    machine.pyv("install", "3.12.2", "--index", mirror).fails(
        3, "no default build of `3.12.2`", "there is 3.12.2-debug"
    )
    machine.pyv("install", "3.12.2", "--variant", "debug", "--index", mirror).ok()
    assert_sound(Root(machine.root), "3.12.2-debug")
    assert set(os.listdir(machine.root / "versions" / "3.12.2-debug")) == {"bin", "include", "lib"}
    assert receipt_of(machine, "3.12.2-debug").artifact == here
    machine.shim("python", "--version", PYV_VERSION="3.12.2-debug").shows("Python 3.12.2\n")


def test_compile_bytecode(machine: Machine, tmp_path: Path) -> None:
    """The new interpreter compiles its own library, for the place it will have."""
    index = SignedIndex()
    interpreter = f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'.encode()
    index.add("3.12.2", tiny_archive(extra={"bin/python3.12": interpreter}), triple=HERE)
    mirror = publish(index, tmp_path / "mirror", machine)
    machine.pyv("install", "3.12", "--compile-bytecode", "--index", mirror).ok()
    prefix = machine.root / "versions" / "3.12.2"
    (compiled,) = (prefix / "lib/python3.12/__pycache__").glob("os.*.pyc")
    assert f"{prefix}/lib/python3.12/os.py".encode() in compiled.read_bytes()
    assert left_in(machine.root / "staging") == {}
    assert receipt_of(machine, "3.12.2").files == 13, "bytecode is no part of the recorded tree"


def test_bytecode_that_cannot_be_compiled(machine: Machine, tmp_path: Path) -> None:
    index = SignedIndex()
    index.add(
        "3.12.2", tiny_archive(extra={"bin/python3.12": b"#!/bin/sh\necho no library >&2\nexit 1\n"}), triple=HERE
    )
    mirror = publish(index, tmp_path / "mirror", machine)
    run = machine.pyv("install", "3.12", "--compile-bytecode", "--index", mirror)
    run.fails(7, "pyv: compiling bytecode failed: no library\nhint: install without --compile-bytecode\n")
    assert not os.path.lexists(machine.root / "versions" / "3.12.2")
    assert left_in(machine.root / "staging") == {}
    machine.pyv("install", "3.12", "--index", mirror).ok()


# Several at once, again, and by force


def test_several_at_once(machine: Machine, server: Server, tmp_path: Path) -> None:
    """The slow one does not hold the quick one up, unless there is only one at a time."""
    index = SignedIndex()
    slow = index.add("3.12.2", big_tar("3.12.2", files=8).gz(), triple=HERE)
    quick = index_of("3.13.0", index=index).artifacts[1]
    address = serve_index(server, publish(index, tmp_path / "mirror", machine))
    server.put(blob_path(slow), index.blobs[slow.sha256], drip=(8192, 0.05))
    slow_line, quick_line = (
        installed(machine, artifact, f"{artifact.size} bytes from {address}") for artifact in (slow, quick)
    )
    words = ["install", "3.12", "3.13", "3.12.2", "--index", address]
    steps = step(slow) + step(quick)
    timeless(machine.pyv(*words)).shows(stderr=steps + quick_line + slow_line)
    machine.pyv("uninstall", "-f", "3.12.2", "3.13.0").ok()
    for blob in (machine.root / "cache" / "blobs" / "sha256").iterdir():
        blob.unlink()
    timeless(machine.pyv(*words, "--jobs", "1")).shows(stderr=steps + slow_line + quick_line)
    assert len(server.asked(blob_path(slow))) == len(server.asked(blob_path(quick))) == 2


def test_one_of_several_fails(machine: Machine, tmp_path: Path) -> None:
    index = index_of("3.12.2", "3.13.0")
    gone, here = index.artifacts
    mirror = publish(index, tmp_path / "mirror", machine)
    blob = mirror / "blobs" / "sha256" / gone.sha256
    blob.unlink()
    run = timeless(machine.pyv("install", "3.12", "3.13", "--index", mirror, "--jobs", "1"))
    run.shows(
        stderr=step(gone)
        + step(here)
        + f"pyv: cannot fetch {blob}: there is no such file\n"
        + "hint: the index names this archive, and the mirror does not carry it: its operator can add it (pyv mirror sync "
        + "DIR --version 3.12.2 …), or take it from upstream with --mirror upstream\n"
        + installed(machine, here, f"{here.size} bytes from {mirror}"),
        status=5,
    )
    machine.pyv("versions", "--bare").shows("3.13.0\n")


def test_one_wish_that_cannot_be_met_begins_nothing(machine: Machine, tmp_path: Path) -> None:
    mirror = publish(index_of("3.12.2"), tmp_path / "mirror", machine)
    was = left_in(machine.home)
    machine.pyv("install", "3.12.2", "3.77", "--index", mirror).fails(3, "no build of `3.77`")
    machine.pyv("install", "3.12.2", "three", "--index", mirror).fails(2, "`three` is not a version request")
    assert left_in(machine.home) == was


def test_again(machine: Machine, server: Server, tmp_path: Path) -> None:
    index = index_of("3.12.2")
    (here,) = index.artifacts
    address = serve_index(server, publish(index, tmp_path / "mirror", machine))
    machine.pyv("install", "3.12", "--index", address).ok()
    was = left_in(machine.root)
    machine.pyv("install", "3.12", "--index", address).shows(stderr="3.12.2 is installed already\n")
    machine.pyv("install", "3.12.2", "--skip-existing", "--index", address).shows(
        stderr="3.12.2 is installed already\n"
    )
    assert left_in(machine.root) == was
    assert len(server.asked(blob_path(here))) == 1


def _with_package(machine: Machine, name: str) -> Path:
    site = machine.root / "versions" / "3.12.2" / "lib" / "python3.12" / "site-packages"
    (site / f"{name}-1.0.dist-info").mkdir(parents=True)
    (site / f"{name}.py").write_text("x = 1\n")
    return site.resolve()


def test_force_keeps_the_old_tree_and_names_its_packages(machine: Machine, tmp_path: Path) -> None:
    index = index_of("3.12.2")
    (here,) = index.artifacts
    mirror = publish(index, tmp_path / "mirror", machine)
    machine.pyv("install", "3.12", "--index", mirror).ok()
    store_id = f"{here.name}-{here.sha256[:8]}"
    site = _with_package(machine, "requests")
    (site / "pip-24.0.dist-info").mkdir()
    old = left_in(machine.root / "store")
    run = timeless(machine.pyv("install", "3.12", "--force", "--index", mirror))
    run.shows(
        stderr=step(here)
        + installed(machine, here, "from the cache")
        + f"3.12.2: the build it replaces is kept as {store_id}; packages left there: requests\n"
    )
    assert os.readlink(machine.root / "versions" / "3.12.2") == f"../store/{store_id}~2"
    assert_sound(Root(machine.root), "3.12.2")
    now = left_in(machine.root / "store")
    assert {path: what for path, what in now.items() if path in old} == old
    machine.pyv("install", "3.12", "--force", "--index", mirror).fails(0, "kept as", "packages left there: none\n")


def test_another_build_is_never_swapped_in_unasked(machine: Machine, tmp_path: Path) -> None:
    index = SignedIndex()
    old = index.add("3.12.2", tiny_archive(extra={"old": b""}), triple=HERE, build="20240224")
    mirror = publish(index, tmp_path / "mirror", machine)
    machine.pyv("install", "3.12", "--index", mirror).ok()
    _with_package(machine, "requests")
    new = index_of("3.12.2", index=index).artifacts[1]
    index.write(mirror)
    was = left_in(machine.root)
    machine.pyv("install", "3.12", "--index", mirror).shows(stderr="3.12.2 is installed already\n")
    told = (
        "pyv: 3.12.2 is installed already, from build 20240224 (install_only_stripped)\n"
        "hint: replace it with `pyv install --force {}`; its packages are named then\n"
    )
    pinned = f"3.12.2+{BUILD}"
    machine.pyv("install", pinned, "--index", mirror).shows(stderr=told.format(pinned), status=7)
    machine.pyv("install", "3.12", "--build", BUILD, "--index", mirror).shows(stderr=told.format("3.12"), status=7)
    assert left_in(machine.root) == was
    run = machine.pyv("install", pinned, "--force", "--index", mirror)
    run.fails(0, f"kept as {old.name}-{old.sha256[:8]}; packages left there: requests\n")
    assert receipt_of(machine, "3.12.2").artifact == new


def test_aliases_follow_the_newest_release(machine: Machine, tmp_path: Path) -> None:
    mirror = publish(index_of("3.12.1", "3.12.2", "3.12.10", "3.13.1t"), tmp_path / "mirror", machine)

    def aliases() -> dict[str, str]:
        lines = (machine.root / "aliases").read_text().splitlines()
        told = dict(line.split(" ") for line in lines)
        links = {name: os.readlink(machine.root / "versions" / name) for name in told}
        assert told == links
        return told

    for version, target in (("3.12.2", "3.12.2"), ("3.12.1", "3.12.2"), ("3.12.10", "3.12.10")):
        machine.pyv("install", version, "--index", mirror).ok()
        assert aliases() == {"3.12": target}
    machine.pyv("install", "3.13t", "--index", mirror).ok()
    assert aliases() == {"3.12": "3.12.10", "3.13t": "3.13.1t"}
    machine.shim("python", "-V", PYV_VERSION="3.12").shows("Python 3.12.10\n")
    machine.pyv("uninstall", "-f", "3.12.10").ok()
    assert aliases() == {"3.12": "3.12.2", "3.13t": "3.13.1t"}


def test_foreign_version_is_left_alone(machine: Machine, tmp_path: Path) -> None:
    """A version pyenv compiled, in a root that both use."""
    mirror = publish(index_of("3.12.2", "3.12.3"), tmp_path / "mirror", machine)
    foreign = machine.root / "versions" / "3.12.2"
    (foreign / "bin").mkdir(parents=True)
    (foreign / "bin" / "python").write_text("#!/bin/sh\necho compiled\n")
    (foreign / "bin" / "python").chmod(0o755)
    was = left_in(foreign)
    run = machine.pyv("install", "3.12.2", "--index", mirror)
    run.fails(
        7,
        f"pyv: {foreign} exists and was not installed by pyv\nhint: move it away, or set PYV_ROOT elsewhere; --skip-existing takes it for installed\n",
    )
    assert left_in(foreign) == was
    assert os.listdir(machine.root / "versions") == ["3.12.2"]
    assert left_in(machine.root / "staging") == {}
    machine.pyv("install", "3.12.3", "--index", mirror).ok()
    assert sorted(os.listdir(machine.root / "versions")) == ["3.12.2", "3.12.3"], "no alias beside a foreign version"
    machine.shim("python", PYV_VERSION="3.12.2").shows("compiled\n")


# Looking first, and telling scripts


def test_dry_run_installs_nothing(machine: Machine, server: Server, tmp_path: Path) -> None:
    index = index_of("3.12.2", "3.13.0")
    one, other = index.artifacts
    address = serve_index(server, publish(index, tmp_path / "mirror", machine))
    was = left_in(machine.home)
    machine.pyv("install", "3.12", "3.13", "--dry-run", "--index", address).shows(
        f"would install 3.12.2 from {one.name}, {one.size} bytes\n"
        f"would install 3.13.0 from {other.name}, {other.size} bytes\n"
    )
    machine.pyv("install", "3.12", "--dry-run", "--verbose", "--quiet", "--index", address).shows(
        f"would install 3.12.2 from {one.name}, {one.size} bytes\n",
        f"3.12.2: 3.12.2 is the newest release inside `3.12`; {BUILD} is its newest build; "
        f"install_only_stripped is the first flavor it has; index {address}/, index-fresh\n",
    )
    assert left_in(machine.home) == was
    machine.pyv("install", "3.12", "--index", address).ok()
    machine.pyv("install", "3.12", "--dry-run", "--index", address).shows("3.12.2 is installed already\n")
    machine.pyv("install", "3.12", "--dry-run", "--force", "--index", address).shows(
        f"would replace 3.12.2 from {one.name}, {one.size} bytes\n"
    )
    assert not server.asked(blob_path(other))


def test_json(machine: Machine, server: Server, tmp_path: Path) -> None:
    index = index_of("3.12.2")
    (here,) = index.artifacts
    address = serve_index(server, publish(index, tmp_path / "mirror", machine))
    plan = {
        "request": "3.12",
        "name": "3.12.2",
        "action": "install",
        "why": f"3.12.2 is the newest release inside `3.12`; {BUILD} is its newest build; "
        "install_only_stripped is the first flavor it has",
        "version": "3.12.2",
        "build": BUILD,
        "triple": HERE,
        "flavor": "install_only_stripped",
        "variant": "default",
        "sha256": here.sha256,
        "size": here.size,
        "index": address + "/",
        "index_published": index.repository.timestamp.unrecognized_fields["x-pyv-published"],
        "index_stale": 0,
        "level": "index-fresh",
        "keyid": index.key.public_key.keyid,
        "sources": [address + blob_path(here)],
        "derived": None,
        "notes": [],
    }
    words = ["install", "3.12", "--json", "--index", address]
    run = machine.pyv(*words, "--dry-run").fails(0)
    assert (run.json, run.stderr) == ({"schema": 1, "plans": [plan]}, "")
    run = machine.pyv(*words)
    assert run.stderr == ""
    (told,) = run.json["installed"]
    assert 0 <= told.pop("seconds") < 60
    prefix = str(machine.root / "versions" / "3.12.2")
    tree = receipt_of(machine, "3.12.2").tree
    source = address + blob_path(here)
    outcome = {"status": "installed", "prefix": prefix, "source": source, "transferred": here.size, "tree": tree}
    assert told == {**plan, **outcome}
    done = {**plan, "action": "none"}
    assert machine.pyv(*words).ok().json == {
        "schema": 1,
        "installed": [{**done, "prefix": prefix, "status": "present"}],
    }
    (told,) = machine.pyv(*words, "--force").ok().json["installed"]
    assert (told["action"], told["status"], told["source"], told["transferred"]) == ("replace", "replaced", "cache", 0)


def test_json_of_failures(machine: Machine, tmp_path: Path) -> None:
    index = index_of("3.12.2")
    (here,) = index.artifacts
    mirror = publish(index, tmp_path / "mirror", machine)
    run = machine.pyv("install", "3.77", "--json", "--index", mirror)
    assert (run.status, run.json) == (
        3,
        {
            "schema": 1,
            "error": {
                "code": "no-match",
                "message": f"no build of `3.77` for {HERE}",
                "hint": "there is 3.12.2",
                "request": "3.77",
                "triple": HERE,
                "near": ["3.12.2"],
            },
        },
    )
    blob = mirror / "blobs" / "sha256" / here.sha256
    blob.write_bytes(blob.read_bytes()[:-1] + b"!")
    run = machine.pyv("install", "3.12", "--json", "--index", mirror)
    assert run.status == 4
    (told,) = run.json["installed"]
    assert (told["status"], told["name"]) == ("failed", "3.12.2")
    assert (told["error"]["code"], told["error"]["expected"]) == ("digest-mismatch", here.sha256)


def test_quiet(machine: Machine, tmp_path: Path) -> None:
    mirror = publish(index_of("3.12.2"), tmp_path / "mirror", machine)
    machine.pyv("install", "3.12", "--quiet", "--index", mirror).shows()
    machine.pyv("install", "3.12", "--quiet", "--index", mirror).shows()


# Where bytes come from


def test_offline(machine: Machine, server: Server, tmp_path: Path) -> None:
    index = index_of("3.12.2", "3.13.0")
    cached, absent = index.artifacts
    mirror = publish(index, tmp_path / "mirror", machine)
    address = serve_index(server, mirror)
    machine.pyv("install", "3.12", "--index", address).ok()
    machine.pyv("uninstall", "-f", "3.12.2").ok()
    machine.pyv("install", "3.12", "--offline", "--index", "http://elsewhere.invalid/").shows(
        stderr="pyv: nothing is kept of the index http://elsewhere.invalid/, and it is not asked offline\n"
        "hint: fetch it once: pyv index refresh --index http://elsewhere.invalid/\n",
        status=5,
    )
    asked = len(server.requests)
    run = timeless(machine.pyv("install", "3.12", "--offline", "--index", address))
    run.shows(stderr=step(cached) + installed(machine, cached, "from the cache"))
    assert len(server.requests) == asked
    machine.pyv("uninstall", "-f", "3.12.2").ok()
    for artifact in (cached, absent):
        (mirror / "blobs" / "sha256" / artifact.sha256).unlink()
    run = timeless(machine.pyv("install", "3.12", "--offline", "--index", mirror))
    run.shows(stderr=step(cached) + installed(machine, cached, "from the cache"))
    asked = len(server.requests)
    words = ["install", "3.13", "--offline", "--index", str(mirror), "--mirror", address]
    machine.pyv(*words).shows(
        stderr=f"pyv: {absent.name} is only to be had over the network, and --offline forbids that\n"
        "hint: name a directory with --mirror or --index, or leave --offline out\n",
        status=5,
    )
    (mirror / "blobs" / "sha256" / absent.sha256).write_bytes(index.blobs[absent.sha256])
    machine.pyv("install", "3.13", "--offline", "--index", mirror).ok()
    assert len(server.requests) == asked


def test_offline_with_the_embedded_index(machine: Machine) -> None:
    run = machine.pyv("install", "3.12.2", "--offline")
    run.fails(5, "is only to be had over the network, and --offline forbids that\nhint: name a directory")
    assert left_in(machine.home) == {}


def test_poisoned_cache_offline(machine: Machine, tmp_path: Path) -> None:
    index = index_of("3.12.2")
    (here,) = index.artifacts
    mirror = publish(index, tmp_path / "mirror", machine)
    (mirror / "blobs" / "sha256" / here.sha256).unlink()
    blob = machine.root / "cache" / "blobs" / "sha256" / here.sha256
    blob.parent.mkdir(parents=True)
    blob.write_bytes(bytes(here.size or 0))
    machine.pyv("install", "3.12", "--offline", "--index", mirror).fails(5)
    assert not blob.exists(), "bytes that were not signed do not stay in the cache"
    assert left_in(machine.root / "staging") == {}
    assert not (machine.root / "versions").exists()


def _dead_port() -> int:
    with closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port


def test_mirrors_are_asked_in_order(machine: Machine, server: Server, tmp_path: Path) -> None:
    """One that is down, one that lacks the file, one that has another, one that has it in upstream's layout."""
    index = index_of("3.12.2")
    (here,) = index.artifacts
    directory = publish(index, tmp_path / "mirror", machine)
    dead = f"http://127.0.0.1:{_dead_port()}"
    right = server.put("/right" + upstream_path(here), index.blobs[here.sha256])
    server.put("/wrong" + upstream_path(here), index.blobs[here.sha256][::-1])
    mirrors = [dead, f"{server.url}/lacks/", f"{server.url}/wrong", f"{server.url}/right", f"{server.url}/unasked"]
    words = [word for mirror in mirrors for word in ("--mirror", mirror)]
    run = machine.pyv("install", "3.12", "--index", directory, *words)
    run.fails(0)
    paths = [request.path for request in server.requests]
    assert paths == [
        "/lacks" + upstream_path(here),
        "/lacks" + blob_path(here),
        "/wrong" + upstream_path(here),
        "/wrong" + blob_path(here),
        "/right" + upstream_path(here),
    ]
    label = right.replace(upstream_path(here), quoted_path(here))
    assert receipt_of(machine, "3.12.2").source == label
    lines = timeless(run).stderr.splitlines(keepends=True)
    assert lines[0] == step(here)
    host = server.url.removeprefix("http://")
    assert f"3.12.2: {dead.removeprefix('http://')}: the connection was refused; trying {host}\n" in lines
    missed = [line for line in lines if "the server answered 404 (not found); trying " in line]
    # once for each place, not for each name the file might have there
    assert [line.partition("trying ")[2] for line in missed] == [
        f"{server.url}/{each}\n" for each in ("wrong" + quoted_path(here), "right" + quoted_path(here))
    ]
    assert lines[-1] == installed(machine, here, f"{(here.size or 0) * 2} bytes from {label.rpartition('/')[0]}")


@pytest.mark.parametrize("layout", ["upstream", "flat", "blobs", "file-url", "stated-location"])
def test_layouts_of_a_directory(machine: Machine, tmp_path: Path, layout: str) -> None:
    index = index_of("3.12.2")
    (here,) = index.artifacts
    if layout == "stated-location":
        here = resigned(index, here, location="20990101/cpython-elsewhere.tar.gz")
    content = index.blobs.pop(here.sha256)
    mirror = publish(index, tmp_path / "mirror", machine)
    place = tmp_path / "carried"
    below = {"flat": here.file_name, "blobs": blob_path(here)[1:]}.get(layout, here.upstream_location)
    (place / below).parent.mkdir(parents=True)
    (place / below).write_bytes(content)
    named = place.as_uri() if layout == "file-url" else str(place)
    run = timeless(machine.pyv("install", "3.12", "--offline", "--index", mirror, "--mirror", named))
    place_said = place if layout == "blobs" else (place / below).parent
    run.fails(0, installed(machine, here, f"{here.size} bytes from {place_said}"))
    assert "trying" not in run.stderr
    assert receipt_of(machine, "3.12.2").source == str(place / below)


def test_variables_name_index_and_mirrors(machine: Machine, server: Server, tmp_path: Path) -> None:
    index = index_of("3.12.2")
    (here,) = index.artifacts
    content = index.blobs.pop(here.sha256)
    mirror = publish(index, tmp_path / "mirror", machine)
    server.put("/there" + upstream_path(here), content)
    mirrors = f"{server.url}/nowhere {server.url}/there"
    machine = replace(machine, variables={"PYV_INDEX": str(mirror), "PYV_MIRROR": mirrors})
    sources = [
        f"{server.url}/{place}{path}" for place in ("nowhere", "there") for path in (quoted_path(here), blob_path(here))
    ]
    plan = machine.pyv("install", "3.12", "--dry-run", "--json").ok().json["plans"][0]
    assert (plan["index"], plan["sources"]) == (str(mirror), sources)
    plan = machine.pyv("install", "3.12", "--dry-run", "--json", "--mirror", "upstream").json["plans"][0]
    assert all(source.startswith("https://") for source in plan["sources"])
    machine.pyv("install", "3.12").ok()
    assert receipt_of(machine, "3.12.2").source == sources[2]


def test_cut_connection_is_resumed_by_the_next_run(machine: Machine, server: Server, tmp_path: Path) -> None:
    index = SignedIndex()
    here = index.add("3.12.2", big_tar(files=4).gz(), triple=HERE)
    assert here.size is not None
    address = serve_index(server, publish(index, tmp_path / "mirror", machine))
    cut = 20_000
    server.put(blob_path(here), index.blobs[here.sha256], first=[{"drop_after": cut}, {"range_status": 404}])
    run = machine.pyv("install", "3.12", "--index", address)
    run.fails(5, "the connection ended early, or the answer was not HTTP; trying again\n", "the server answered 404")
    assert list(left_in(machine.root / "cache" / "blobs")) == []
    assert left_in(machine.root / "staging") == {}
    assert not (machine.root / "versions").exists()
    run = timeless(machine.pyv("install", "3.12", "--index", address))
    run.shows(stderr=step(here) + installed(machine, here, f"{here.size - cut} bytes from {address}"))
    ranges = [request.headers.get("range") for request in server.asked(blob_path(here))]
    assert ranges == [None, f"bytes={cut}-", f"bytes={cut}-"]
    assert all("if-range" in request.headers for request in server.asked(blob_path(here))[1:])
    assert_sound(Root(machine.root), "3.12.2")


def test_file_that_changed_between_two_runs_is_fetched_whole(machine: Machine, server: Server, tmp_path: Path) -> None:
    """What an earlier run kept is of a file the server no longer has."""
    index = SignedIndex()
    here = index.add("3.12.2", big_tar(files=4).gz(), triple=HERE)
    right = index.blobs[here.sha256]
    address = serve_index(server, publish(index, tmp_path / "mirror", machine))
    server.put(blob_path(here), right[::-1], first=[{"drop_after": 20_000}, {"range_status": 404}])
    machine.pyv("install", "3.12", "--index", address).fails(5)
    server.put(blob_path(here), right)
    machine.pyv("install", "3.12", "--index", address).ok()
    assert_sound(Root(machine.root), "3.12.2")


@pytest.mark.parametrize("how", ["token", "netrc", "address"])
def test_private_mirror(machine: Machine, server: Server, tmp_path: Path, how: str) -> None:
    """What opens the mirror is never printed and never written."""
    index = index_of("3.12.2")
    directory = publish(index, tmp_path / "mirror", machine)
    basic = "Basic " + base64.b64encode(b"me:s3cr3t-t0k3n").decode()
    opens = "Bearer s3cr3t-t0k3n" if how == "token" else basic
    for file in directory.rglob("*"):
        if file.is_file():
            server.put(f"/{file.relative_to(directory)}", file.read_bytes(), authorization=opens)
    words = ["install", "3.12", "--verbose", "--index", server.url]
    runs = [machine.pyv(*words).fails(5, "the server answered 401 (unauthorized)", "hint: set PYV_TOKEN_127_0_0_1 ")]
    if how == "token":
        runs.append(machine.pyv(*words, PYV_TOKEN_127_0_0_1="wr0ng").fails(5, "401 (unauthorized); it does not accept"))
        runs.append(machine.pyv(*words, PYV_TOKEN_127_0_0_1="s3cr3t-t0k3n").ok())
    elif how == "netrc":
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login me password s3cr3t-t0k3n\n")
        netrc.chmod(0o600)
        runs.append(machine.pyv(*words, NETRC=str(netrc)).ok())
    else:
        address = server.url.replace("http://", "http://me:s3cr3t-t0k3n@")
        runs.append(machine.pyv(*words[:-1], address).ok())
    for said in runs:
        assert "s3cr3t" not in said.stderr + said.stdout
        assert "wr0ng" not in said.stderr + said.stdout
        assert basic.partition(" ")[2] not in said.stderr + said.stdout
    for path in machine.home.rglob("*"):
        assert not path.is_file() or b"s3cr3t" not in path.read_bytes()


def test_through_a_proxy(machine: Machine, server: Server, tmp_path: Path) -> None:
    """A mirror only the proxy can reach; a machine's own servers are asked directly."""
    index = index_of("3.12.2")
    (here,) = index.artifacts
    serve_index(server, publish(index, tmp_path / "mirror", machine))
    words = ["install", "3.12", "--index", "http://mirror.invalid"]
    machine.pyv(*words, HTTP_PROXY=server.url).ok()
    assert [request.headers["host"] for request in server.asked(blob_path(here))] == ["mirror.invalid"]
    assert receipt_of(machine, "3.12.2").source == f"http://mirror.invalid{blob_path(here)}"


def test_server_that_recovers(machine: Machine, server: Server, tmp_path: Path) -> None:
    index = index_of("3.12.2")
    (here,) = index.artifacts
    address = serve_index(server, publish(index, tmp_path / "mirror", machine))
    server.put(blob_path(here), index.blobs[here.sha256], first=[{"status": 503}])
    run = machine.pyv("install", "3.12", "--index", address)
    run.fails(0, "3.12.2: 127.0.0.1:", ": the server answered 503 (service unavailable); trying again\n")
    assert len(server.asked(blob_path(here))) == 2


def test_host_nobody_knows(machine: Machine) -> None:
    run = machine.pyv("install", "3.12", "--index", "http://mirror.invalid/")
    run.fails(5, "pyv: cannot fetch http://mirror.invalid/metadata/1.root.json: the host name could not be")
    assert left_in(machine.home) == {}


# A local archive


def _local(tmp_path: Path, index: SignedIndex) -> Path:
    (here,) = index.artifacts
    archive = tmp_path / "carried" / here.file_name
    archive.parent.mkdir()
    archive.write_bytes(index.blobs[here.sha256])
    return archive


@pytest.mark.parametrize("how", ["beside", "named"])
def test_local_archive_with_proof(machine: Machine, tmp_path: Path, how: str) -> None:
    index = index_of("3.12.2")
    (here,) = index.artifacts
    archive = _local(tmp_path, index)
    proof = archive.with_name(archive.name + ".proof") if how == "beside" else tmp_path / "elsewhere"
    proof.write_text(json.dumps(here.to_dict()))
    words = ["install", f"./{archive.name}", *(["--proof", str(proof)] if how == "named" else [])]
    refused = machine.pyv(*words, cwd=archive.parent)
    keyid = index.key.public_key.keyid
    refused.fails(
        4, f"pyv: {here.name} is signed by key {keyid[:16]}, which this index does not name\nhint: ", "pyv trust add"
    )
    publish(index, tmp_path / "mirror", machine)
    run = timeless(machine.pyv(*words, cwd=archive.parent))
    run.shows(stderr=step(here) + installed(machine, here, f"{here.size} bytes from {archive.parent}", index=""))
    receipt = receipt_of(machine, "3.12.2")
    assert (receipt.level, receipt.keyid, receipt.index) == ("artifact-signature", keyid, f"proof {proof.name}")
    assert receipt.source == str(archive)
    assert_sound(Root(machine.root), "3.12.2")
    machine.shim("python", "-V", PYV_VERSION="3.12").shows("Python 3.12.2\n")
    assert archive.read_bytes() == index.blobs[here.sha256], "the archive stays where it is"


@pytest.mark.parametrize("spelling", ["{}", "sha256:{}"])
def test_local_archive_with_digest(machine: Machine, tmp_path: Path, spelling: str) -> None:
    index = index_of("3.12.2")
    (here,) = index.artifacts
    archive = _local(tmp_path, index)
    run = timeless(machine.pyv("install", archive, "--sha256", spelling.format(here.sha256)))
    unsized = replace(here, size=None)
    said = installed(machine, here, f"{here.size} bytes from {archive.parent}", checked="sha256", index="")
    run.shows(stderr=step(unsized) + said)
    receipt = receipt_of(machine, "3.12.2")
    assert (receipt.level, receipt.keyid, receipt.index) == ("sha256", "", "--sha256")
    assert_sound(Root(machine.root), "3.12.2")


def test_local_archive_nothing_vouches_for(machine: Machine, tmp_path: Path) -> None:
    archive = _local(tmp_path, index_of("3.12.2"))
    machine.pyv("install", archive).shows(
        stderr=f"pyv: nothing vouches for {archive.name}\n"
        f"hint: put its proof beside it as {archive.name}.proof, name it with --proof, or give the digest with --sha256\n",
        status=4,
    )
    assert left_in(machine.home) == {}


def _nothing_came_of_it(machine: Machine, left: Left) -> None:
    now = left_in(machine.root)
    assert {path: what for path, what in now.items() if not path.startswith("trust/")} == left


def test_local_archive_altered(machine: Machine, tmp_path: Path) -> None:
    index = index_of("3.12.2")
    (here,) = index.artifacts
    archive = _local(tmp_path, index)
    content = bytearray(index.blobs[here.sha256])
    content[500] ^= 1
    archive.write_bytes(content)
    run = machine.pyv("install", archive, "--sha256", here.sha256)
    run.fails(4, f"pyv: {archive.name.removesuffix('.tar.gz')} is not what --sha256 says: {archive} serves sha256 ")
    _nothing_came_of_it(machine, {})


@pytest.mark.parametrize(
    ("digest", "message"),
    [
        ("cafe", "pyv: `cafe` is not a sha256\nhint: it has 64 hex digits\n"),
        ("g" * 64, f"pyv: `{'g' * 64}` is not a sha256\nhint: it has 64 hex digits\n"),
    ],
)
def test_local_archive_with_no_digest(machine: Machine, tmp_path: Path, digest: str, message: str) -> None:
    archive = _local(tmp_path, index_of("3.12.2"))
    machine.pyv("install", archive, "--sha256", digest).shows(stderr=message, status=2)
    _nothing_came_of_it(machine, {})


def test_local_archive_that_is_not_there(machine: Machine) -> None:
    machine.pyv("install", "./gone.tar.gz", "--sha256", "0" * 64).shows(
        stderr=f"pyv: there is no archive {machine.cwd}/gone.tar.gz\nhint: check the path\n", status=2
    )


def test_local_archive_without_a_telling_name(machine: Machine, tmp_path: Path) -> None:
    """With a digest the name has to say what it is; a proof says it itself."""
    index = index_of("3.12.2")
    (here,) = index.artifacts
    archive = tmp_path / "python.tar.gz"
    archive.write_bytes(index.blobs[here.sha256])
    machine.pyv("install", archive, "--sha256", here.sha256).shows(
        stderr="pyv: `python.tar.gz` is not a python-build-standalone archive name\n"
        "hint: expected cpython-VERSION+TAG-TRIPLE[-OPTIONS]-FLAVOR.tar.gz (or .tar.zst)\n",
        status=2,
    )
    publish(index, tmp_path / "mirror", machine)
    (tmp_path / "python.tar.gz.proof").write_text(json.dumps(here.to_dict()))
    machine.pyv("install", archive).ok()
    assert receipt_of(machine, "3.12.2").artifact == here


def test_local_archive_for_another_platform(machine: Machine, tmp_path: Path) -> None:
    archive = tmp_path / f"cpython-3.12.2+{BUILD}-s390x-unknown-linux-gnu-install_only.tar.gz"
    archive.write_bytes(tiny_archive())
    run = machine.pyv("install", archive, "--sha256", "0" * 64)
    run.fails(3, f"pyv: this host cannot run {archive.name.removesuffix('.tar.gz')}: it is built for s390x")
    _nothing_came_of_it(machine, {})
