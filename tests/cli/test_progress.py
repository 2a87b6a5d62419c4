"""Progress: a bar a download where a person watches, lines elsewhere."""

from __future__ import annotations

import random
from pathlib import Path

from tests.cli.terminal import on_terminal
from tests.install.scene import HERE, trust
from tests.support.archives import tiny_archive
from tests.support.index import SignedIndex
from tests.support.runner import Machine
from tests.support.server import Server


def slow_index(server: Server, place: Path) -> SignedIndex:
    """Two versions of 2 MB each, over a line that needs about half a second for one."""
    index = SignedIndex()
    for version in ("3.12.2", "3.13.1"):
        noise = random.Random(version).randbytes(2_000_000)
        index.add(version, tiny_archive(version, extra={"lib/noise": noise}), triple=HERE)
    server.put_tree(index.write(place / "mirror"))
    for digest, archive in index.blobs.items():
        server.put(f"/blobs/sha256/{digest}", archive, drip=(200_000, 0.05))
    return index


def test_two_downloads_have_a_bar_each_on_a_terminal(machine: Machine, server: Server, tmp_path: Path) -> None:
    trust(machine, slow_index(server, tmp_path))
    shown = on_terminal(machine, "install", "3.12", "3.13", "--index", server.url).ok()
    bars = [piece for piece in shown.stdout.replace("\n", "\r").split("\r") if "%|" in piece]
    assert {piece.partition(":")[0].strip("\x1b[A ") for piece in bars} == {"3.12.2", "3.13.1"}
    assert any("/2.0" in piece for piece in bars), "how much there is"


def test_a_log_has_lines_only(machine: Machine, server: Server, tmp_path: Path) -> None:
    trust(machine, slow_index(server, tmp_path))
    run = machine.pyv("install", "3.12", "3.13", "--index", server.url).ok()
    assert len(run.stderr.splitlines()) == 4
    assert "%" not in run.stderr
    assert "\r" not in run.stderr


def test_ci_has_lines_without_colour_even_on_a_terminal(machine: Machine, server: Server, tmp_path: Path) -> None:
    trust(machine, slow_index(server, tmp_path))
    shown = on_terminal(machine, "install", "3.12", "--index", server.url, CI="true").ok().stdout
    assert [line.split()[0] for line in shown.splitlines()] == ["3.12.2:", "installed"]
    shown += on_terminal(machine, "install", "3.99", "--index", server.url, CI="1").stdout
    assert "pyv: no build" in shown
    assert "\x1b" not in shown
    assert "\r" not in shown
