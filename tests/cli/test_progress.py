"""Progress: a bar a download where a person watches, lines elsewhere."""

from __future__ import annotations

import random
import re
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


def left_on_screen(shown: str) -> list[str]:
    """The lines a terminal shows in the end."""
    lines, row = [""], 0
    for piece in re.findall(r"\n|\r|\x1b\[[AK]|[^\n\r\x1b]+", shown):
        if piece == "\n":
            row += 1
            lines += [""] * (row == len(lines))
        elif piece == "\x1b[A":
            row -= 1
        elif piece == "\x1b[K":
            lines[row] = ""
        elif piece != "\r":
            lines[row] += piece
    return [line for line in lines if line]


def test_two_downloads_have_a_bar_each_on_a_terminal(machine: Machine, server: Server, tmp_path: Path) -> None:
    trust(machine, slow_index(server, tmp_path))
    shown = on_terminal(machine, "install", "3.12", "3.13", "--index", server.url).ok()
    bars = [piece for piece in re.split(r"\n|\x1b\[.", shown.stdout) if "%|" in piece]
    assert {piece.partition(":")[0] for piece in bars} == {"3.12.2", "3.13.1"}
    assert any("|##" in piece and "/2.0 MB, " in piece for piece in bars), "how much there is"
    lines = left_on_screen(shown.stdout)
    assert [line for line in lines if "|" in line] == [], "no bar is left"
    assert {line.partition(" ")[0] for line in lines} >= {"3.12.2:", "3.13.1:"}, "and no line is gone"


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
