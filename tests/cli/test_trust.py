"""`pyv trust`: nobody's keys count until a person has seen and accepted them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyv.install.index import embedded_directory

from pyv.trust.keys import KeyList, dump_key_list
from pyv.trust.signing import SigningKey
from tests.cli.terminal import on_terminal
from tests.install.scene import index_of, left_in, serve_index
from tests.support.index import SignedIndex
from tests.support.runner import Machine
from tests.support.server import Server


@pytest.fixture
def index() -> SignedIndex:
    return index_of("3.12.2")


@pytest.fixture
def mirror(index: SignedIndex, tmp_path: Path) -> Path:
    return index.write(tmp_path / "mirror")


@pytest.fixture
def server(mirror: Path) -> Iterator[Server]:
    with Server() as running:
        serve_index(running, mirror)
        yield running


def shown(source: object, *keyids: str) -> str:
    return "".join(f"{source} is signed with key {keyid}\n" for keyid in keyids)


def test_directory(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    keyid = index.key.public_key.keyid
    machine.pyv("install", "3.12", "--index", mirror).fails(4, "is not trusted")
    machine.pyv("trust", "add", mirror, "--key-id", keyid).shows(
        stderr=shown(mirror, keyid) + f"trusted: 1 key of {mirror}\n"
    )
    assert list(left_in(machine.home)) == [f".pyv/trust/{keyid[:16]}.json"]
    machine.pyv("install", "3.12", "--index", mirror).ok()


def test_url(machine: Machine, index: SignedIndex, server: Server) -> None:
    keyid = index.key.public_key.keyid
    machine.pyv("trust", "add", server.url, "--yes").shows(
        stderr=shown(f"{server.url}/", keyid) + f"trusted: 1 key of {server.url}/\n"
    )
    machine.pyv("install", "3.12", "--index", server.url).ok()


def test_file(machine: Machine, index: SignedIndex, mirror: Path, server: Server) -> None:
    """Keys are accepted, not addresses: those of a file serve for the same index over HTTP."""
    keyid = index.key.public_key.keyid
    (machine.cwd / "keys.json").write_text((mirror / "targets/trust/artifact-keys.json").read_text())
    path = machine.cwd / "keys.json"
    machine.pyv("trust", "add", "keys.json", "--yes").shows(stderr=shown(path, keyid) + f"trusted: 1 key of {path}\n")
    machine.pyv("install", "3.12", "--index", server.url).ok()


def test_wrong_key_id(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    keyid = index.key.public_key.keyid
    machine.pyv("trust", "add", mirror, "--key-id", "0" * 64).shows(
        stderr=f"pyv: key {'0' * 64} is not among the 1 keys offered\nhint: offered: {keyid}\n", status=4
    )
    assert left_in(machine.home) == {}


def test_one_key_of_several(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    """Only the named one; a revoked one is not even offered."""
    other, revoked = SigningKey.generate().public_key, SigningKey.generate().public_key
    keys = json.loads(dump_key_list(KeyList(keys=(index.key.public_key, other, revoked))))
    for key in keys["keys"]:
        if key["keyid"] == revoked.keyid:
            key["revoked"] = True
    (mirror / "targets/trust/artifact-keys.json").write_text(json.dumps(keys))
    machine.pyv("trust", "add", mirror, "--key-id", revoked.keyid).fails(4, "is not among the 2 keys offered")
    machine.pyv("trust", "add", mirror, "--key-id", other.keyid).ok()
    run = machine.pyv("install", "3.12", "--index", mirror)
    run.fails(4, f"signed by key {index.key.public_key.keyid[:16]}, which this index does not name")


def test_nobody_to_ask(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    machine.pyv("trust", "add", mirror).shows(
        stderr=shown(mirror, index.key.public_key.keyid) + "pyv: nobody here can be asked whether to trust these keys\n"
        "hint: compare the ids above with what the operator told you, then pass --key-id ID (or --yes)\n",
        status=4,
    )
    assert left_in(machine.home) == {}


@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("yes", 0), ("n", 1), ("", 1)])
def test_asked_on_a_terminal(machine: Machine, index: SignedIndex, mirror: Path, answer: str, status: int) -> None:
    run = on_terminal(machine, "trust", "add", str(mirror), answer=f"{answer}\n")
    assert run.status == status, run
    question = "trust this key? [y/N]: "
    head = shown(mirror, index.key.public_key.keyid) + question
    assert run.stdout.startswith(head)
    assert run.stdout.removeprefix(head).strip() == (f"trusted: 1 key of {mirror}" if status == 0 else "")
    assert bool(left_in(machine.home)) == (status == 0)


@pytest.mark.parametrize(
    ("place", "status", "message"),
    [
        ("gone", 4, "is not an index: it has no targets/trust/artifact-keys.json\nhint: name the directory or URL"),
        ("ftp://example.invalid/", 2, "pyv cannot read from `ftp://` addresses"),
        ("broken.json", 8, "not the JSON expected here"),
        ("empty.json", 4, "no key in force is offered there\nhint: ask the operator of the index for a current one"),
    ],
)
def test_no_keys_there(machine: Machine, place: str, status: int, message: str) -> None:
    (machine.cwd / "broken.json").write_text("{")
    (machine.cwd / "empty.json").write_text('{"format":1,"keys":[]}')
    machine.pyv("trust", "add", place, "--yes").fails(status, message)
    assert left_in(machine.home) == {}


def test_key_that_does_not_fit_its_id(machine: Machine, mirror: Path) -> None:
    path = mirror / "targets/trust/artifact-keys.json"
    told = json.loads(path.read_text())
    told["keys"][0]["keyid"] = "0" * 64
    path.write_text(json.dumps(told))
    run = machine.pyv("trust", "add", mirror, "--key-id", "0" * 64)
    run.fails(8, "keys[0].keyid: 0000000000000000 is not the id of this key")
    assert left_in(machine.home) == {}


def test_list_and_remove(machine: Machine, index: SignedIndex, mirror: Path, server: Server, tmp_path: Path) -> None:
    machine.pyv("trust", "list").shows()
    other = index_of("3.13.0")
    elsewhere = other.write(tmp_path / "other")
    machine.pyv("trust", "add", mirror, "--yes").ok()
    machine.pyv("trust", "add", elsewhere, "--yes").ok()
    entries = {other.key.public_key.keyid: elsewhere, index.key.public_key.keyid: mirror}
    listed = machine.pyv("trust", "list").ok().stdout
    date = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
    assert date.sub("DATE", listed) == "".join(f"{keyid}  DATE  {entries[keyid]}\n" for keyid in sorted(entries))
    told = machine.pyv("trust", "list", "--json").ok().json
    assert [(key["keyid"], key["source"]) for key in told["trusted"]] == [(k, str(entries[k])) for k in sorted(entries)]
    machine.pyv("install", "3.12", "--index", server.url).ok()

    keyid = index.key.public_key.keyid
    machine.pyv("trust", "remove", keyid[:7]).fails(2, f"no trusted key is called `{keyid[:7]}`")
    machine.pyv("trust", "remove", keyid[:8]).shows(stderr=f"forgotten: key {keyid} of {mirror}\n")
    machine.pyv("install", "3.12", "--force", "--index", server.url).fails(4, "is not trusted")
    machine.shim("python", "-V", PYV_VERSION="3.12").shows("Python 3.12.2\n")
    machine.pyv("trust", "remove", elsewhere).shows(
        stderr=f"forgotten: key {other.key.public_key.keyid} of {elsewhere}\n"
    )
    machine.pyv("trust", "list").shows()
    machine.pyv("trust", "remove", elsewhere).shows(
        stderr=f"pyv: no trusted key is called `{elsewhere}`\nhint: see `pyv trust list`\n", status=2
    )


def test_json_of_add_and_remove(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    keyid = index.key.public_key.keyid
    told = machine.pyv("trust", "add", mirror, "--yes", "--json").ok().json
    assert told["schema"] == 1
    assert [(key["keyid"], key["source"]) for key in told["trusted"]] == [(keyid, str(mirror))]
    assert machine.pyv("trust", "remove", keyid, "--json").ok().json["forgotten"] == told["trusted"]


def test_embedded_keys_count_for_no_other_index(machine: Machine) -> None:
    """Not even for a copy of the embedded index at an address somebody names: that takes a person's word."""
    copy = embedded_directory()
    machine.pyv("install", "3.12.2", "--dry-run").ok()
    machine.pyv("install", "3.12.2", "--dry-run", "--index", copy).fails(4, f"the index {copy} is not trusted")
    machine.pyv("trust", "add", copy, "--yes").ok()
    machine.pyv("install", "3.12.2", "--dry-run", "--index", copy).ok()


def test_tampered_trust_file(machine: Machine, index: SignedIndex, mirror: Path) -> None:
    """Nothing is trusted on a guess."""
    machine.pyv("trust", "add", mirror, "--yes").ok()
    (path,) = (machine.root / "trust").iterdir()
    path.write_text(path.read_text().replace('"public": "', '"public": "00'))
    machine.pyv("install", "3.12", "--index", mirror).fails(8, f"pyv: {path}: keys[0].public: not 64 hex digits")
    machine.pyv("trust", "list").fails(8)
