"""`pyv index`: what it fetches, what it says, and the same for scripts."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

from pyv.store.paths import Root
from tests.install.scene import HERE, first_refresh, index_of, let_age, serve_index, trust
from tests.support.copied import published_with
from tests.support.index import SignedIndex
from tests.support.repository import Repository
from tests.support.runner import Machine
from tests.support.server import Server

DAY = 86400
ROLES = ["root", "timestamp", "snapshot", "targets", "releases", "revocations"]


@pytest.fixture
def index() -> SignedIndex:
    return index_of("3.12.1")


@pytest.fixture
def address(machine: Machine, index: SignedIndex, server: Server, tmp_path: Path) -> str:
    """Where the index is served, which the machine trusts."""
    trust(machine, index)
    return serve_index(server, index.write(tmp_path / "mirror")) + "/"


def paths(server: Server) -> list[str]:
    found = [request.path for request in server.requests]
    server.requests.clear()
    return found


def test_a_first_refresh_is_six_requests_at_most(
    machine: Machine, index: SignedIndex, address: str, server: Server
) -> None:
    run = machine.pyv("index", "refresh", "--index", address).ok()
    assert re.fullmatch(
        rf"{re.escape(address)}: refreshed; published \S+Z, less than a day ago; valid until \S+Z\n", run.stderr
    ), run.stderr
    digest = index.repository.targets["releases"].targets[f"manifest/{HERE}.json"].hashes["sha256"]
    assert paths(server) == [*first_refresh(), f"/targets/manifest/{digest}.{HERE}.json"]


def test_nothing_new_is_two_requests(machine: Machine, address: str, server: Server) -> None:
    machine.pyv("index", "refresh", "--index", address).ok()
    paths(server)
    run = machine.pyv("index", "refresh", "--index", address).ok()
    assert "nothing new" in run.stderr
    assert paths(server) == ["/metadata/2.root.json", "/metadata/timestamp.json"]


def test_something_new_fetches_what_changed(
    machine: Machine, index: SignedIndex, address: str, server: Server, tmp_path: Path
) -> None:
    machine.pyv("index", "refresh", "--index", address).ok()
    paths(server)
    index_of("3.12.2", index=index)
    server.put_tree(index.write(tmp_path / "mirror"))
    told = machine.pyv("index", "refresh", "--index", address, "--json").ok().json
    assert told["changed"] is True
    assert len(paths(server)) == 4


def test_show_and_status_fetch_nothing(machine: Machine, index: SignedIndex, address: str, server: Server) -> None:
    machine.pyv("index", "refresh", "--index", address).ok()
    paths(server)
    shown = machine.pyv("index", "show", "--index", address).ok().stdout
    repository = index.repository
    for role in ROLES[:-1]:
        assert re.search(rf"^{role} +version 1 +expires \S+Z +\d of \d keys$", shown, re.MULTILINE), shown
    for key in (*repository.signers["root"], *repository.signers["releases"]):
        assert f"             {key.public_key.keyid}\n" in shown
    status = machine.pyv("index", "status", "--index", address).ok().stdout
    assert status.startswith(f"{address}: published ")
    assert paths(server) == []


def test_json(machine: Machine, index: SignedIndex, address: str) -> None:
    machine.pyv("index", "refresh", "--index", address).ok()
    told = machine.pyv("index", "show", "--index", address, "--json").ok().json["index"]
    assert told["label"] == address
    assert told["expired"] is False
    assert 0 <= told["age"] < 600
    roles = {role["name"]: role for role in told["roles"]}
    assert list(roles) == ROLES
    assert roles["root"]["threshold"] == roles["targets"]["threshold"] == 2
    assert len(roles["root"]["keyids"]) == 3
    assert roles["timestamp"]["keyids"] == [index.repository.signers["timestamp"][0].public_key.keyid]
    status = machine.pyv("index", "status", "--index", address, "--json").ok().json["index"]
    assert {**status, "age": 0} == {**told, "age": 0}


def test_without_one_the_embedded_index_is_shown(machine: Machine, tmp_path: Path) -> None:
    published = SignedIndex(repository=Repository(now=time.time() - 40 * DAY))
    old = published_with(machine, index_of("3.12.1", index=published).write(tmp_path / "i"), tmp_path / "copy")
    shown = old.pyv("index", "show").ok().stdout
    assert shown.startswith("index      embedded\n")
    assert "refreshed  with pyv\n" in shown
    assert re.fullmatch(
        r"embedded: published \S+Z, 40 days ago; it does not expire\n", old.pyv("index", "status").ok().stdout
    )
    old.pyv("index", "refresh").fails(2, "no index is configured", "hint: name one with --index")
    assert not Root(machine.root).index.exists()


def test_status_of_an_expired_index(machine: Machine, tmp_path: Path) -> None:
    """It was good when it was refreshed, and is judged by the clock of now."""
    embedded = SignedIndex(repository=Repository(now=time.time() - 365 * DAY))
    old = published_with(machine, embedded.write(tmp_path / "embedded"), tmp_path / "copy")
    index = index_of("3.12.1", index=SignedIndex(repository=Repository(now=time.time() - 13 * DAY)))
    trust(old, index)
    mirror = index.write(tmp_path / "mirror")
    old.pyv("index", "refresh", "--index", mirror).ok()
    (state,) = Root(machine.root).index.glob("*/state.json")
    values = json.loads(state.read_text())
    state.write_text(json.dumps({**values, "expires": int(time.time()) - DAY, "refreshed": values["refreshed"] - DAY}))
    run = old.pyv("index", "status", "--index", mirror)
    assert (run.status, "expired " in run.stdout, run.stdout.endswith("ago\n")) == (4, True, True)


def test_show_of_an_index_that_was_never_fetched(machine: Machine, address: str) -> None:
    machine.pyv("index", "show", "--index", address).fails(5, "nothing is kept of the index", "pyv index refresh")


def test_refresh_of_an_index_nobody_trusts(machine: Machine, server: Server, tmp_path: Path) -> None:
    address = serve_index(server, index_of("3.12.1").write(tmp_path / "other"))
    machine.pyv("index", "refresh", "--index", address).fails(4, "is not trusted", f"pyv trust add {address}")


def test_a_listing_refreshes_after_an_hour(machine: Machine, address: str, server: Server) -> None:
    machine.pyv("available", "--index", address).ok()
    paths(server)
    machine.pyv("available", "--index", address).ok()
    assert paths(server) == []
    let_age(machine, 3700)
    machine.pyv("available", "--index", address).ok()
    assert paths(server) == ["/metadata/2.root.json", "/metadata/timestamp.json"]


def test_a_clock_that_ran_backwards_is_no_fresh_index(machine: Machine, address: str, server: Server) -> None:
    """What was verified in the future was verified by a wrong clock: it is asked again, and nothing before it counts."""
    machine.pyv("index", "refresh", "--index", address).ok()
    let_age(machine, -5 * DAY)
    run = machine.pyv("available", "--index", address)
    run.fails(4, "the clock says", "it cannot be earlier than", "hint: set the clock")


@pytest.mark.parametrize(
    ("words", "index_used"),
    [
        (["available"], "cached"),
        (["install", "3.12", "--dry-run"], "cached"),
        (["install", "3.12"], "cached"),
        (["install", "3.12"], "embedded"),
        (["index", "status"], "cached"),
        (["trust", "list"], "cached"),
        (["verify"], "cached"),
    ],
)
def test_tuf_is_loaded_by_a_refresh_only(machine: Machine, tmp_path: Path, words: list[str], index_used: str) -> None:
    index = index_of("3.12.1")
    tree = index.write(tmp_path / "mirror")
    if index_used == "embedded":
        user = published_with(machine, tree, tmp_path / "copy")
        words = [*words, "--mirror", str(tree)]
        record = index.artifacts[0]
        at = tree / record.upstream_location
        at.parent.mkdir(parents=True)
        at.write_bytes(index.blobs[record.sha256])
    else:
        trust(machine, index)
        user = machine
        control = user.pyv("index", "refresh", "--index", tree, PYTHONPROFILEIMPORTTIME="1").ok()
        assert re.search(r"\| +tuf\b", control.stderr), "the measure sees nothing"
        if words[0] not in {"trust", "verify"}:
            words = [*words, "--index", str(tree)]
    run = user.pyv(*words, PYTHONPROFILEIMPORTTIME="1").ok()
    loaded = set(re.findall(r"\| +(tuf|securesystemslib)\b", run.stderr))
    assert loaded == set()
    if words[0] == "install" and "--dry-run" not in words:
        assert (user.root / "versions" / "3.12.1").exists()


def test_what_a_killed_refresh_left_is_cleared(machine: Machine, address: str) -> None:
    machine.pyv("index", "refresh", "--index", address).ok()
    (place,) = Root(machine.root).index.iterdir()
    for name in ("metadata/tmpabc123", "metadata/.releases.tmp", ".state.json.6173.tmp"):
        (place / name).write_bytes(b"{")
    machine.pyv("index", "refresh", "--index", address).ok()
    assert {path.suffix for path in (place / "metadata").iterdir() if path.is_file()} == {".json"}
    assert not list(place.glob(".*"))
