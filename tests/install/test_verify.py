"""Attacks and accidents: each ends with its own message and exit code, and leaves not a trace.

Every test installs the honest version of its archive into a fresh root first (the control), then lets the spoilt one
loose on a machine that has 3.12.1 installed, and compares the whole root before and after.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from pyv.store.paths import Root
from pyv.trust.keys import dump_key_list
from pyv.trust.proof import dump_proof
from pyv.trust.signing import SigningKey
from tests.install.scene import (
    BUILD,
    HERE,
    Left,
    assert_sound,
    blob_path,
    index_of,
    left_in,
    publish,
    resigned,
    serve_index,
    step,
    trust,
)
from tests.support.archives import TarBuilder, tiny_archive, tiny_tar, tiny_tree
from tests.support.index import SignedIndex
from tests.support.repository import Repository
from tests.support.runner import Machine, Run
from tests.support.server import Server

NAME = f"cpython-3.12.2+{BUILD}-{HERE}-install_only_stripped"
TAKE_AGAIN = "hint: do not use this index or proof: take it from its publisher again\n"
FETCH_AGAIN = (
    "hint: fetch it again or from another mirror; if that does not help, pyv does not extract such an archive\n"
)
WRONG_FILE = "hint: the mirror holds another or a damaged file: tell who runs it\n"
SOMETHING_ELSE = "hint: the mirror serves something else under this name: tell who runs it, or use another one\n"


@dataclass(frozen=True)
class World:
    """A machine with 3.12.1 on it, and the key it trusts."""

    victim: Machine
    key: SigningKey
    repository: Repository

    def index(self) -> SignedIndex:
        """An index with 3.12.1 and 3.12.2, signed by the trusted key."""
        return index_of("3.12.1", "3.12.2", index=SignedIndex(key=self.key, repository=self.repository))

    def control(self, place: Path, mirror: str | Path) -> None:
        """The same command works while nothing is spoilt."""
        fresh = Machine.fresh(_made(place / "control"))
        trust(fresh, self.repository)
        fresh.pyv("install", "3.12.2", "--index", mirror).ok()
        fresh.shim("python", "--version", PYV_VERSION="3.12.2").shows("Python 3.12.2\n")

    def refuses(self, mirror: str | Path, status: int, stderr: str, *, before: str = "") -> Run:
        """The command fails in exactly these words, and the root is as it was."""
        was = left_in(self.victim.root)
        run = self.victim.pyv("install", "3.12.2", "--index", mirror)
        run.shows(stderr=before + stderr, status=status)
        assert left_in(self.victim.root) == was
        self.victim.shim("python", "--version", PYV_VERSION="3.12").shows("Python 3.12.1\n")
        return run


def _made(directory: Path) -> Path:
    directory.mkdir()
    return directory


@pytest.fixture(scope="module")
def made() -> list[tuple[World, Left]]:
    """The world there is, and the state of its root when it was made."""
    return []


@pytest.fixture
def world(made: list[tuple[World, Left]], tmp_path_factory: pytest.TempPathFactory) -> World:
    """One world for all tests, until a test fails to leave it alone."""
    if not made or left_in(made[-1][0].victim.root) != made[-1][1]:
        place = tmp_path_factory.mktemp("victim")
        victim, key = Machine.fresh(place), SigningKey.generate()
        index = index_of("3.12.1", index=SignedIndex(key=key))
        victim.pyv("install", "3.12.1", "--index", publish(index, place / "mirror", victim)).ok()
        made.append((World(victim, key, index.repository), left_in(victim.root)))
    return made[-1][0]


def edit(index: SignedIndex, mirror: Path, change: Callable[[list[dict[str, Any]]], None]) -> None:
    """Publish the manifest with other JSON lines, as a thief of every online key can."""
    lines = [json.loads(line) for line in index.manifests[HERE].splitlines()]
    change(lines)
    text = "".join(json.dumps(line, sort_keys=True, separators=(",", ":")) + "\n" for line in lines)
    index.write(mirror, manifests={HERE: text})


def altered(name: str) -> str:
    return f"pyv: the record of {name} was altered after it was signed\n{TAKE_AGAIN}"


@pytest.mark.parametrize(
    ("field", "value", "name"),
    [
        ("v", "3.12.9", NAME.replace("3.12.2", "3.12.9")),
        ("f", "install_only", NAME.replace("install_only_stripped", "install_only")),
        ("x", "pgo+lto", NAME.replace("-install", "-pgo+lto-install")),
        ("b", "20260815", NAME.replace(BUILD, "20260815")),
        ("h", "0" * 64, NAME),
        ("n", 7, NAME),
        ("n", None, NAME),
        ("u", 7, NAME),
        ("u", None, NAME),
        ("e", 7, NAME),
        ("e", None, NAME),
        ("later", "a key of a later pyv", NAME),
        ("crit", ["v"], NAME),
    ],
)
def test_tampered_record(world: World, tmp_path: Path, field: str, value: object, name: str) -> None:
    index = world.index()
    tar = tiny_tar("3.12.2")
    resigned(index, index.artifacts[1], unpacked=tar.unpacked, entries=tar.entries)
    mirror = index.write(tmp_path / "mirror")
    world.control(tmp_path, mirror)

    def spoil(lines: list[dict[str, Any]]) -> None:
        record = lines[-1]
        assert record.get(field) != value
        if value is None:
            del record[field]
        else:
            record[field] = value

    edit(index, mirror, spoil)
    asked = "3.12.9" if field == "v" else "3.12.2"
    was = left_in(world.victim.root)
    world.victim.pyv("install", asked, "--index", mirror).shows(stderr=altered(name), status=4)
    assert left_in(world.victim.root) == was


def test_tampered_triple(world: World, tmp_path: Path) -> None:
    """A record for another platform is not made one for this host, nor the other way round."""
    index = SignedIndex(key=world.key, repository=world.repository)
    other = index.add("3.12.2", tiny_archive("3.12.2"), triple="s390x-unknown-linux-gnu")
    here = index.add("3.12.2", tiny_archive("3.12.2"), triple=HERE)
    archive = tmp_path / here.file_name
    archive.write_bytes(tiny_archive("3.12.2"))
    proof = tmp_path / "proof"
    proof.write_text(json.dumps(here.to_dict()))
    world.victim.pyv("install", archive, "--proof", proof, "--dry-run").shows(
        f"would install 3.12.2 from {NAME}, {here.size} bytes\n"
    )
    proof.write_text(json.dumps(replace(other, triple=HERE).to_dict()))
    was = left_in(world.victim.root)
    world.victim.pyv("install", archive, "--proof", proof).shows(stderr=altered(NAME), status=4)
    assert left_in(world.victim.root) == was


def test_tampered_implementation(world: World, tmp_path: Path) -> None:
    index = world.index()
    mirror = index.write(tmp_path / "mirror")
    world.control(tmp_path, mirror)
    edit(index, mirror, lambda lines: lines[-1].update(i="pypy"))
    message = f"manifest of {HERE}: records[1].i: `pypy` is not an implementation this pyv knows"
    hint = f"it was published like this: tell the operator of the {mirror} index"
    world.refuses(mirror, 8, f"pyv: {message}\nhint: {hint}\n")


@pytest.mark.parametrize(
    "word",
    ["\x1b]0;gotcha\x07", "3.12.2\npyv: all is well", "\ud800", "\x9b31m"],
    ids=["escape", "two-lines", "surrogate", "control"],
)
def test_words_of_a_document_do_not_reach_the_terminal_raw(world: World, tmp_path: Path, word: str) -> None:
    """What a hostile index writes into a field is shown in a message: one line of printable characters."""
    index = world.index()
    mirror = index.write(tmp_path / "mirror")
    world.control(tmp_path, mirror)
    edit(index, mirror, lambda lines: lines[-1].update(v=word))
    run = world.victim.pyv("install", "3.12.2", "--index", mirror)
    assert run.fails(8, f"pyv: manifest of {HERE}: records[1]").stderr.count("\npyv: ") == 0
    assert all(line.isprintable() for line in run.stderr.split("\n"))


def test_unsigned_record(world: World, tmp_path: Path) -> None:
    index = world.index()
    mirror = index.write(tmp_path / "mirror")
    world.control(tmp_path, mirror)
    edit(index, mirror, lambda lines: lines[-1].update(k="", s=""))
    told = (
        f"pyv: the record of {NAME} is not signed\nhint: take the record from an index, where every record is signed\n"
    )
    world.refuses(mirror, 4, told)


def test_cut_signature(world: World, tmp_path: Path) -> None:
    index = world.index()
    mirror = index.write(tmp_path / "mirror")
    world.control(tmp_path, mirror)
    edit(index, mirror, lambda lines: lines[-1].update(s=lines[-1]["s"][:40]))
    world.refuses(mirror, 4, f"pyv: the signature of {NAME} is not base64 of 64 bytes\n{TAKE_AGAIN}")


def test_foreign_key(world: World, tmp_path: Path) -> None:
    """Whoever stole every online key may list a record of his own: nobody named his artifact key, so it does not count."""
    index = world.index()
    mirror = index.write(tmp_path / "mirror")
    world.control(tmp_path, mirror)
    foreign = SigningKey.generate()
    index.artifacts[1] = foreign.sign_record(index.artifacts[1])
    index.write(mirror)
    keyid = foreign.public_key.keyid[:16]
    world.refuses(
        mirror,
        4,
        f"pyv: {index.artifacts[1].name} is signed by key {keyid}, which this index does not name\n"
        "hint: take the record from a current index; accept an organisation's own with `pyv trust add`\n",
    )


def test_foreign_key_listed_by_the_attacker(world: World, tmp_path: Path) -> None:
    """The list of artifact keys is the targets role's: whoever controls the server cannot add to it."""
    index = world.index()
    mirror = index.write(tmp_path / "mirror")
    world.control(tmp_path, mirror)
    foreign = SigningKey.generate()
    index.artifacts[1] = foreign.sign_record(index.artifacts[1])
    index.write(mirror)
    world.victim.pyv("index", "refresh", "--index", mirror).ok()
    index.write(mirror, key_list=dump_key_list([*index.keys.keys, foreign.public_key]))
    (mirror / "refresh.json").unlink()
    version = index.repository.targets["targets"].version
    path = mirror / "metadata" / f"{version}.targets.json"
    told = json.loads(path.read_text())
    for signature in told["signatures"]:
        signature["sig"] = "0" * 128
    path.write_text(json.dumps(told))
    world.refuses(
        mirror,
        4,
        "pyv: the index is not signed as its root demands: targets was signed by 0/2 keys\n"
        "hint: tell the index's operator, and use another index until it is put right\n",
    )


def test_borrowed_key_id(world: World, tmp_path: Path) -> None:
    """A foreign signature under the trusted key's id."""
    index = world.index()
    mirror = index.write(tmp_path / "mirror")
    world.control(tmp_path, mirror)
    forged = SigningKey.generate().sign_record(index.artifacts[1])
    index.artifacts[1] = replace(forged, keyid=world.key.public_key.keyid)
    index.write(mirror)
    world.refuses(mirror, 4, altered(NAME))


@pytest.mark.parametrize("limit", ["revoked", "not_before", "not_after"])
def test_key_that_does_not_count(world: World, tmp_path: Path, limit: str) -> None:
    index = world.index()
    mirror = index.write(tmp_path / "mirror")
    world.control(tmp_path, mirror)
    told = json.loads(dump_key_list(index.keys))
    told["keys"][0][limit] = {"revoked": True, "not_before": "2999-01-01", "not_after": "2001-01-01"}[limit]
    index.write(mirror, key_list=json.dumps(told))
    was = left_in(world.victim.root)
    run = world.victim.pyv("install", "3.12.2", "--index", mirror)
    keyid = world.key.public_key.keyid[:16]
    signed = f"pyv: {index.artifacts[1].name} is signed by key {keyid}, which"
    message = {
        "revoked": f"{signed} has been revoked\nhint: its signatures prove nothing any more",
        "not_before": f"{signed} is not valid before 2999-01-01\nhint: check the clock",
        "not_after": f"{signed} expired after 2001-01-01\nhint: take the records from a current index",
    }[limit]
    assert run.fails(4).stderr.startswith(message)
    assert run.stderr.count("\n") == 2
    assert left_in(world.victim.root) == was


def test_index_nobody_trusts(world: World, tmp_path: Path) -> None:
    index = index_of("3.12.2")
    mirror = index.write(tmp_path / "mirror")
    world.refuses(
        mirror,
        4,
        f"pyv: the index {mirror} is not trusted: its root was never accepted here\n"
        f"hint: look at its root and accept it: pyv trust add {mirror}\n",
    )
    fresh = Machine.fresh(_made(tmp_path / "control"))
    trust(fresh, index)
    fresh.pyv("install", "3.12.2", "--index", mirror).ok()


def test_no_index_there(world: World, tmp_path: Path) -> None:
    world.refuses(
        _made(tmp_path / "empty"),
        4,
        f"pyv: {tmp_path}/empty is not an index: it has no metadata/timestamp.json\n"
        "hint: name the directory or URL that `pyv mirror init` made\n",
    )


def test_swapped_records(world: World, tmp_path: Path) -> None:
    """The signature, digest and size of another signed record do not make this one good."""
    index = world.index()
    mirror = index.write(tmp_path / "mirror")
    world.control(tmp_path, mirror)
    edit(index, mirror, lambda lines: lines[2].update({key: lines[1][key] for key in "hkns"}))
    world.refuses(mirror, 4, altered(NAME))


def test_swapped_archive(world: World, tmp_path: Path) -> None:
    """Another genuine, signed archive of the same size under this one's name."""
    index = world.index()
    mirror = index.write(tmp_path / "mirror")
    world.control(tmp_path, mirror)
    other, here = index.artifacts
    content = index.blobs[other.sha256]
    assert other.size == here.size, "tiny archives of two patch releases have one size"
    path = mirror / "blobs" / "sha256" / here.sha256
    path.write_bytes(content)
    world.refuses(
        mirror,
        4,
        f"pyv: {here.name} is not what was signed: {path} serves sha256 {other.sha256}\n{SOMETHING_ELSE}",
        before=step(here),
    )


@pytest.mark.parametrize("remote", [False, True], ids=["directory", "server"])
@pytest.mark.parametrize("sized", [True, False], ids=["signed-size", "no-size"])
def test_truncated_file(world: World, tmp_path: Path, server: Server, sized: bool, remote: bool) -> None:
    index = world.index()
    here = index.artifacts[1] if sized else resigned(index, index.artifacts[1], size=None)
    mirror = index.write(tmp_path / "mirror")
    address = serve_index(server, mirror) if remote else mirror
    world.control(tmp_path, address)
    short = index.blobs[here.sha256][:-100]
    path = mirror / "blobs" / "sha256" / here.sha256
    path.write_bytes(short)
    server.put(blob_path(here), short)
    label = f"{address}/blobs/sha256/{here.sha256}"
    if sized:
        found = "the server announces" if remote else "the file has"
        problem = f"{found} {len(short)} bytes, {here.size} were signed"
        world.refuses(address, 5, f"pyv: cannot fetch {label}: {problem}\n{WRONG_FILE}", before=step(here))
    else:
        run = world.victim.pyv("install", "3.12.2", "--index", address)
        run.fails(4, f"pyv: {here.name} is not what was signed: {label} serves sha256 ")
        assert not left_in(world.victim.root / "cache" / "partial")
        assert not left_in(world.victim.root / "staging")


@pytest.mark.parametrize("place", [0, 0.5, -1], ids=["first", "middle", "last"])
@pytest.mark.parametrize("remote", [False, True], ids=["directory", "server"])
def test_altered_byte(world: World, tmp_path: Path, server: Server, place: float, remote: bool) -> None:
    index = world.index()
    here = index.artifacts[1]
    mirror = index.write(tmp_path / "mirror")
    address = serve_index(server, mirror) if remote else mirror
    world.control(tmp_path, address)
    spoilt = bytearray(index.blobs[here.sha256])
    spoilt[int(place * len(spoilt)) if place != -1 else -1] ^= 1
    (mirror / "blobs" / "sha256" / here.sha256).write_bytes(spoilt)
    server.put(blob_path(here), bytes(spoilt))
    was = left_in(world.victim.root)
    run = world.victim.pyv("install", "3.12.2", "--index", address)
    label = f"{address}/blobs/sha256/{here.sha256}"
    run.fails(4, f"pyv: {here.name} is not what was signed: {label} serves sha256 ", SOMETHING_ELSE)
    assert left_in(world.victim.root) == was


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/octet-stream"])
def test_web_page(world: World, tmp_path: Path, server: Server, kind: str) -> None:
    index = world.index()
    here = index.artifacts[1]
    address = serve_index(server, index.write(tmp_path / "mirror"))
    world.control(tmp_path, address)
    page = b"<!DOCTYPE html>\n<title>Log in</title>\n"
    server.put(blob_path(here), page + bytes((here.size or 0) - len(page)), content_type=kind)
    what = "text/html" if "html" in kind else "application/octet-stream, begins with <!doctype html"
    world.refuses(
        address,
        5,
        f"pyv: cannot fetch {address}{blob_path(here)}: a web page arrived instead of the file ({what})\n"
        "hint: log in to the network, or check that the address serves files and which credentials it wants\n",
        before=step(here),
    )


def test_web_page_for_an_index(world: World, server: Server) -> None:
    server.put("/metadata/1.root.json", b"<html>", content_type="text/html")
    world.refuses(
        server.url,
        5,
        f"pyv: cannot fetch {server.url}/metadata/1.root.json: "
        "a web page arrived instead of the file (text/html)\n"
        "hint: log in to the network, or check that the address serves files and which credentials it wants\n",
    )


@pytest.mark.parametrize("status", [401, 403, 404, 410, 418])
def test_status(world: World, tmp_path: Path, server: Server, status: int) -> None:
    index = world.index()
    here = index.artifacts[1]
    address = serve_index(server, index.write(tmp_path / "mirror"))
    server.put(blob_path(here), b"no", status=status)
    phrase, hint = {
        401: ("unauthorized", "set PYV_TOKEN_127_0_0_1 to a token that may read there, or add `machine 127.0.0.1` to"),
        403: ("forbidden", "set PYV_TOKEN_127_0_0_1 to a token that may read there, or add `machine 127.0.0.1` to"),
        404: ("not found", "the index names this archive, and the mirror does not carry it: its operator can add it"),
        410: ("gone", "the index names this archive, and the mirror does not carry it: its operator can add it"),
        418: ("i'm a teapot", "check the address, or name another mirror with --mirror"),
    }[status]
    was = left_in(world.victim.root)
    run = world.victim.pyv("install", "3.12.2", "--index", address)
    run.fails(5, f"pyv: cannot fetch {address}{blob_path(here)}: the server answered {status} ({phrase})\nhint: {hint}")
    assert left_in(world.victim.root) == was


def elf(machine: int) -> bytes:
    """The head of a 64-bit little-endian ELF executable without program headers."""
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    return ident + struct.pack("<HHIQQQIHHHHHH", 2, machine, 1, 0, 0, 0, 0, 64, 56, 0, 0, 0, 0)


def without_interpreter() -> TarBuilder:
    builder = TarBuilder()
    for path, content in sorted(tiny_tree("3.12.2").items()):
        if isinstance(content, bytes) and not path.startswith("bin/"):
            builder.file(f"python/{path}", content)
    return builder.script("python/bin/idle3")


def with_interpreter(content: bytes) -> TarBuilder:
    builder = TarBuilder().file("python/bin/python3.12", content, mode=0o755)
    return builder.symlink("python/bin/python3", "python3.12").file("python/lib/python3.12/os.py")


HOSTILE: dict[str, tuple[TarBuilder, str]] = {
    "escape": (
        tiny_tar().file("python/../../escaped", b"!"),
        "`python/../../escaped`: a name with an empty, `.` or `..` component",
    ),
    "absolute": (tiny_tar().file("/tmp/escaped", b"!"), "`/tmp/escaped`: an absolute name"),
    "outside": (tiny_tar().file("other/escaped", b"!"), "`other/escaped`: a name outside the top directory `python`"),
    "link-out": (
        tiny_tar().symlink("python/out", "../../../etc/passwd"),
        "`python/out`: its target `../../../etc/passwd` is outside `python`",
    ),
    "through-link": (
        tiny_tar().symlink("python/out", "lib").file("python/out/escaped", b"!"),
        "`python/out/escaped`: `python/out` is both a directory and not one",
    ),
    "hard-link-to-link": (
        tiny_tar().symlink("python/zlink", "lib").hard_link("python/zhard", "python/zlink"),
        "`python/zhard`: a hard link to `python/zlink`, which is not a regular file",
    ),
    "device": (tiny_tar().member("python/null", kind=b"3"), "`python/null`: it is a character device"),
    "twice": (
        tiny_tar().file("python/lib/python3.12/os.py"),
        "`python/lib/python3.12/os.py`: a name that is there twice",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_archive_rightly_signed(world: World, tmp_path: Path, case: str) -> None:
    """A signature does not excuse an archive; nothing of it is written anywhere."""
    tar, rule = HOSTILE[case]
    index = SignedIndex(key=world.key, repository=world.repository)
    index.add("3.12.2", tiny_archive("3.12.2"), triple=HERE)
    mirror = index.write(tmp_path / "mirror")
    world.control(tmp_path, mirror)
    index.artifacts.clear()
    here = index.add("3.12.2", tar.gz(), triple=HERE)
    around = left_in(tmp_path, without=("mirror",))
    world.refuses(index.write(mirror), 6, f"pyv: {NAME}: {rule}\n{FETCH_AGAIN}", before=step(here))
    assert left_in(tmp_path, without=("mirror",)) == around
    assert not list(world.victim.home.parent.rglob("escaped"))
    assert not Path("/tmp/escaped").exists()


MIXED_UP = "hint: the publisher of this record mixed up two archives: report it, and take another build\n"
FOREIGN_MACHINES = {"s390x": 22, "riscv64": 243, "machine 9": 9}


@pytest.mark.parametrize("machine", FOREIGN_MACHINES)
def test_interpreter_of_another_machine(world: World, tmp_path: Path, machine: str) -> None:
    index = SignedIndex(key=world.key, repository=world.repository)
    here = index.add("3.12.2", with_interpreter(elf(FOREIGN_MACHINES[machine])).gz(), triple=HERE)
    reason = f"it is built for {machine}, not for {HERE.partition('-')[0]}"
    world.refuses(
        index.write(tmp_path / "mirror"),
        6,
        f"pyv: {NAME}: python3.12 is not built for {HERE}: {reason}\n{MIXED_UP}",
        before=step(here),
    )


def test_interpreter_that_is_no_program(world: World, tmp_path: Path) -> None:
    index = SignedIndex(key=world.key, repository=world.repository)
    here = index.add("3.12.2", with_interpreter(b"not a program").gz(), triple=HERE)
    reason = "it is no executable that pyv knows (ELF, Mach-O, PE)"
    world.refuses(
        index.write(tmp_path / "mirror"),
        6,
        f"pyv: {NAME}: python3.12 is not built for {HERE}: {reason}\n{MIXED_UP}",
        before=step(here),
    )


def test_no_interpreter(world: World, tmp_path: Path) -> None:
    index = SignedIndex(key=world.key, repository=world.repository)
    here = index.add("3.12.2", without_interpreter().gz(), triple=HERE)
    world.refuses(
        index.write(tmp_path / "mirror"),
        6,
        f"pyv: {NAME}: it holds no interpreter\nhint: this is not an archive of CPython\n",
        before=step(here),
    )


def test_script_named_like_an_interpreter_hides_none(world: World, tmp_path: Path) -> None:
    """`python3-config` is a script of every build: it neither is the interpreter nor vouches for it."""
    index = SignedIndex(key=world.key, repository=world.repository)
    tar = TarBuilder().script("python/bin/python3-config").file("python/lib/python3.12/os.py")
    here = index.add("3.12.2", tar.gz(), triple=HERE)
    world.refuses(
        index.write(tmp_path / "mirror"),
        6,
        f"pyv: {NAME}: it holds no interpreter\nhint: this is not an archive of CPython\n",
        before=step(here),
    )


@pytest.mark.parametrize("stated", ["unpacked", "entries"])
@pytest.mark.parametrize("off_by", [-1, 1])
def test_archive_that_is_not_as_large_as_signed(world: World, tmp_path: Path, stated: str, off_by: int) -> None:
    index = world.index()
    tar = tiny_tar("3.12.2")
    true = {"unpacked": tar.unpacked, "entries": tar.entries}
    here = resigned(index, index.artifacts[1], **true)
    mirror = index.write(tmp_path / "mirror")
    world.control(tmp_path, mirror)
    wrong = resigned(index, here, **{stated: true[stated] + off_by})
    what = {"unpacked": "bytes of files", "entries": "entries"}[stated]
    was = left_in(world.victim.root)
    run = world.victim.pyv("install", "3.12.2", "--index", index.write(mirror))
    if off_by < 0:
        run.fails(6, f"more than the {true[stated] - 1} {what} its record states\nhint: ")
    else:
        run.fails(6, f"pyv: {NAME}: {true[stated]} {what} where its record states {true[stated] + 1}\nhint: ")
    assert run.stderr.startswith(step(wrong))
    assert left_in(world.victim.root) == was


def test_poisoned_cache_is_fetched_anew(world: World, tmp_path: Path, server: Server) -> None:
    """Whatever writes into the cache, what is installed is what was signed."""
    index = world.index()
    here = index.artifacts[1]
    address = serve_index(server, index.write(tmp_path / "mirror"))
    machine = Machine.fresh(_made(tmp_path / "poisoned"))
    trust(machine, world.repository)
    blob = machine.root / "cache" / "blobs" / "sha256" / here.sha256
    blob.parent.mkdir(parents=True)
    blob.write_bytes(bytes(here.size or 0))
    machine.pyv("install", "3.12.2", "--index", address).ok()
    assert blob.read_bytes() == index.blobs[here.sha256]
    assert_sound(Root(machine.root), "3.12.2")
    assert len(server.asked(blob_path(here))) == 1


@pytest.mark.parametrize("form", ["record", "envelope"])
def test_proof_of_another_archive(world: World, tmp_path: Path, form: str) -> None:
    """A genuine proof beside an archive it does not belong to."""
    index = world.index()
    other, here = index.artifacts
    archive = tmp_path / here.file_name
    archive.write_bytes(index.blobs[other.sha256])
    text = json.dumps(here.to_dict()) if form == "record" else dump_proof(here)
    (tmp_path / f"{archive.name}.proof").write_text(text)
    was = left_in(world.victim.root)
    run = world.victim.pyv("install", archive)
    run.fails(4, f"pyv: {here.name} is not what was signed: {archive} serves sha256 {other.sha256}")
    assert left_in(world.victim.root) == was
    archive.write_bytes(index.blobs[here.sha256])
    machine = Machine.fresh(_made(tmp_path / "control"))
    publish(index, tmp_path / "mirror", machine)
    machine.pyv("install", archive).ok()
