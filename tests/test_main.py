"""The program: `python -m pyv` and the entry point, their exits and their ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.selection.tree import Ran, Tree


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def test_the_entry_point_and_the_module_are_one(tree: Tree) -> None:
    entry = "import sys; from pyv.__main__ import main; sys.exit(main())"
    assert tree.run([sys.executable, "-c", entry, "root"]) == tree.pyv("root")


def test_an_error_is_a_message_a_hint_and_a_status(tree: Tree) -> None:
    assert tree.pyv("local", "3.12") == Ran(
        out="", err="pyv: version `3.12' not installed\nhint: pyv install 3.12\n", code=1
    )
    gone = tree.pyv("version-name", PYENV_DIR="/nowhere")
    assert gone.code == 1
    assert gone.err == (
        "pyv: cannot change working directory to `/nowhere'\n"
        "hint: unset PYENV_DIR, or set it to a directory that exists\n"
    )


def test_a_working_directory_that_is_gone(tree: Tree) -> None:
    directory = tree.base / "gone"
    directory.mkdir()
    script = f'rmdir "{directory}"; exec "{sys.executable}" -m pyv root'
    ran = tree.run(["/bin/sh", "-c", f"PATH=/usr/bin:/bin; {script}"], directory)
    assert (ran.out, ran.code) == ("", 1)
    assert ran.err == "pyv: the working directory no longer exists\nhint: change to a directory that does\n"


def test_names_no_locale_can_decode_go_out_as_they_came_in(tree: Tree) -> None:
    root = f"{tree.base}/\udcff"
    for locale in ("C", "C.UTF-8", "POSIX"):
        assert tree.pyv("root", PYV_ROOT=root, LC_ALL=locale).out == f"{root}\n"


def test_a_reader_that_goes_away_is_no_error(tree: Tree) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pyv", "root"],
            env=tree.variables,
            stdout=writing,
            stderr=subprocess.PIPE,
            check=False,
        )
    finally:
        os.close(writing)
    assert (done.stderr, done.returncode) == (b"", 141)


def test_ctrl_c_ends_without_a_traceback(tree: Tree) -> None:
    os.mkfifo(tree.root.aliases)
    running = subprocess.Popen(
        [sys.executable, "-m", "pyv", "version-name"],
        env=tree.variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    # opening the other end waits until pyv reads; it then waits for text that never comes
    with running, tree.root.aliases.open("w", encoding="utf-8"):
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=30)
    assert (out, err, running.returncode) == (b"", b"", 130)
