"""A refresh over a bad line: it succeeds, or fails in words; what was verified before stays, and the next one works."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from tests.install.scene import HERE, index_of, left_in, serve_index, trust
from tests.support.index import SignedIndex
from tests.support.runner import Machine
from tests.support.server import Server

FAULTS: dict[str, dict[str, Any]] = {
    "truncated": {"drop_after": 40},
    "reset": {"reset_after": 40},
    "corrupt": {},
    "gzip": {"headers": {"Content-Encoding": "gzip"}},
    "too long a length": {"length": 10_000_000},
    "too short a length": {"length": 20},
    "no length": {"announce": False},
    "endless": {"endless": True, "announce": False},
    "server error": {"status": 503},
    "forbidden": {"status": 403},
    "gone": {"status": 404},
    "another scheme": {"redirect": "file:///etc/passwd", "status": 302},
    "an address that is none": {"redirect": "http://127.0.0.1:1/", "status": 302},
    "a web page": {"content_type": "text/html"},
}


class Scene:
    """An index that was refreshed, and has something new since."""

    def __init__(self, machine: Machine, server: Server, tree: Path) -> None:
        self.machine, self.server, self.tree = machine, server, tree
        self.index: SignedIndex = index_of("3.12.1")
        self.address = serve_index(server, self.index.write(tree))
        trust(machine, self.index)
        machine.pyv("index", "refresh", "--index", self.address).ok()
        index_of("3.12.2", index=self.index)
        server.put_tree(self.index.write(tree))

    @property
    def manifest(self) -> str:
        digest = self.index.repository.targets["releases"].targets[f"manifest/{HERE}.json"].hashes["sha256"]
        return f"/targets/manifest/{digest}.{HERE}.json"

    def break_(self, path: str, fault: str, *, once: bool = False) -> None:
        found = self.server.behaviour(path)
        assert found is not None
        body = {
            "corrupt": bytes(byte ^ 1 for byte in found.body),
            "gzip": gzip.compress(found.body),
            "a web page": b"<!doctype html><title>Sign in</title>",
        }.get(fault, found.body)
        if once:
            self.server.put(path, found.body, first=[{"body": body, **FAULTS[fault]}])
        else:
            self.server.put(path, body, **FAULTS[fault])

    def mend(self) -> None:
        self.server.put_tree(self.tree)


@pytest.fixture
def scene(machine: Machine, server: Server, tmp_path: Path) -> Scene:
    return Scene(machine, server, tmp_path / "mirror")


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("file", ["timestamp", "manifest"])
def test_a_fault(scene: Scene, file: str, fault: str) -> None:
    before = left_in(scene.machine.root / "index", without=())
    scene.break_("/metadata/timestamp.json" if file == "timestamp" else scene.manifest, fault)
    run = scene.machine.pyv("index", "refresh", "--index", scene.address)
    if fault in {"no length"}:
        run.ok()
    else:
        run.fails(run.status, "pyv: ", "hint: ")
        assert run.status in {4, 5}, run
        after = left_in(scene.machine.root / "index", without=())
        state = next(name for name in before if name.endswith("state.json"))
        assert after[state] == before[state]
    scene.mend()
    scene.machine.pyv("install", "3.12.2", "--index", scene.address).ok()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_refresh_pack_that_is_broken_costs_requests_and_no_more(scene: Scene, fault: str) -> None:
    """The pack saves requests; where it cannot be had, or is somebody's web page, the files are had one by one."""
    scene.break_("/refresh.json", fault)
    run = scene.machine.pyv("index", "refresh", "--index", scene.address)
    if run.status:
        run.fails(5, "refresh.json", "hint: ")
        assert fault not in {"gone", "corrupt"}
    scene.mend()
    scene.machine.pyv("install", "3.12.2", "--index", scene.address).ok()


@pytest.mark.parametrize("fault", ["server error", "truncated", "reset"])
def test_a_fault_that_passes_is_tried_again(scene: Scene, fault: str) -> None:
    scene.break_("/metadata/timestamp.json", fault, once=True)
    scene.break_(scene.manifest, fault, once=True)
    scene.machine.pyv("index", "refresh", "--index", scene.address).ok()
