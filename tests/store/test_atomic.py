"""Atomic writes, locks and receipts."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pyv.domain.artifact import Artifact
from pyv.errors import DocumentError, StoreError
from pyv.store.atomic import make_directory, replace_link, store_error, translated, write_text
from pyv.store.blobs import CancelledError
from pyv.store.lock import locked, try_lock
from pyv.store.paths import Root
from pyv.store.receipt import Receipt, parse_receipt, read_receipt


def test_a_write_replaces_whole_and_leaves_no_temporary(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for text in ("one\n", "two\n"):
        write_text(path, text)
        assert path.read_text() == text
    write_text(path, "x", mode=0o600, durable=False)
    assert os.listdir(tmp_path) == ["file"]


def test_a_write_that_fails_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.mkdir()
    with pytest.raises(StoreError):
        write_text(path, "new")
    assert os.listdir(tmp_path) == ["file"]


def test_links_are_replaced_but_nothing_else_is(tmp_path: Path) -> None:
    link = tmp_path / "link"
    for target in ("one", "two"):
        replace_link(link, target)
        assert os.readlink(link) == target
    (tmp_path / "real").write_text("")
    with pytest.raises(StoreError, match="is not a link pyv made"):
        replace_link(tmp_path / "real", "x")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EXDEV, errno.EDQUOT, errno.EIO])
def test_every_fault_of_the_file_system_has_a_way_out(number: int) -> None:
    error = store_error("write", "/x/y", OSError(number, os.strerror(number)))
    assert error.message == f"cannot write /x/y: {os.strerror(number).lower()}"
    assert error.hint
    assert error.exit_code == 7


def test_a_file_in_the_way_of_a_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="not a directory") as caught:
        make_directory(tmp_path / "file" / "below")
    assert caught.value.hint == "a file stands where pyv needs a directory: move it away"
    with pytest.raises(StoreError, match="cannot read"), translated("read", tmp_path / "none"):
        (tmp_path / "none").read_text()


def test_a_lock_excludes_other_processes_and_ends_with_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "locks" / "x.lock"
    script = (
        "import sys; from pathlib import Path; from pyv.store.lock import try_lock; print(try_lock(Path(sys.argv[1])))"
    )
    command = [sys.executable, "-c", script, str(path)]
    with locked(path):
        assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "None\n"
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout != "None\n"


def test_a_lock_file_that_was_unlinked_is_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    first = try_lock(path)
    path.unlink()
    second = try_lock(path)
    assert first is not None
    assert second is not None
    assert try_lock(path) is None
    os.close(first)
    os.close(second)


def test_waiting_for_a_lock_is_told_once_and_can_be_given_up(tmp_path: Path) -> None:
    path, waits, checks = tmp_path / "x.lock", [], []
    descriptor = try_lock(path)
    assert descriptor is not None

    def give_up() -> None:
        checks.append(1)
        if len(checks) == 3:
            raise CancelledError

    with pytest.raises(CancelledError), locked(path, waiting=lambda: waits.append(1), check=give_up):
        pass
    assert (len(waits), len(checks)) == (1, 3)
    threading.Timer(0.1, os.close, (descriptor,)).start()
    with locked(path):
        assert try_lock(path) is None


ARTIFACT = Artifact(
    version="3.12.2", triple="x86_64-unknown-linux-gnu", flavor="install_only", build="20240224", sha256="0" * 64, keyid="k", signature="s",
)  # fmt: skip
RECEIPT = Receipt(
    name="3.12.2", request="3.12", artifact=ARTIFACT, index="embedded", source="http://m/x", level="artifact-signature", keyid="k",
    installed_at="2026-11-23T00:00:00Z", pyv="0.1.0", tree="1" * 64, files=3, unpacked=5, patched=("bin/python",),
    phases={"download": 0.25},
)  # fmt: skip


def test_a_receipt_reads_back(tmp_path: Path) -> None:
    root = Root(tmp_path)
    root.store.mkdir()
    root.receipt("x").write_text(RECEIPT.to_json())
    assert read_receipt(root, "x") == RECEIPT
    with pytest.raises(StoreError, match="no receipt for y"):
        read_receipt(root, "y")


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"schema":2}', "[" * 100_000, RECEIPT.to_json().replace("0.25", "1" + "0" * 400), RECEIPT.to_json().replace("0.25", '"x"'), RECEIPT.to_json().replace('"patched"', '"other"'), RECEIPT.to_json().replace("3.12.2", "x")],
)  # fmt: skip
def test_a_receipt_that_is_none(text: str) -> None:
    with pytest.raises(DocumentError):
        parse_receipt(text, "store/x.json")
