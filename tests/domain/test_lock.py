"""The lock: what is written is what is read, in one spelling; what is not plainly a lock is refused by file and key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyv.domain.artifact import Artifact
from pyv.domain.lock import MAX_BYTES, Lock, Locked, dump_lock, parse_lock
from pyv.domain.lock_drift import Drift, drift, satisfies
from pyv.domain.request import parse_request
from pyv.domain.toml import parse_toml, toml_string
from pyv.errors import DocumentError
from pyv.index.lock_file import read_lock
from pyv.trust.record import verify_record
from tests.domain.test_record_property import signed_ones
from tests.trust.vector import KEYS, NOW

MAC, LINUX = "aarch64-apple-darwin", "x86_64-unknown-linux-gnu"
REQUESTS = ("3.9", "3.12", "3.12.2", "3.13t", "latest", "python-3.12", ">=3.11, <3.13", "3.12.2+20240224")
RECORD = Artifact(
    version="3.12.2",
    triple=LINUX,
    flavor="install_only_stripped",
    build="20240224",
    sha256="ab" * 32,
    size=5,
    unpacked=7,
    keyid="cd" * 32,
    signature="c2ln",
)
TEXT = """\
# Made by `pyv lock`: the interpreters of this project, each with the record its publisher signed.
# `pyv install --locked` installs exactly these. Commit this file, and let `pyv lock` change it.
format = 1

[[python]]
request = "3.9"
version = "3.9.18"
build = "20240224"
triple = "x86_64-unknown-linux-gnu"
flavor = "install_only"
options = "pgo+lto"
sha256 = "abababababababababababababababababababababababababababababababab"
upstream = "20240224/a-b.tar.gz"
extra = "{\\"c\\":[\\"\\\\u00e9\\"],\\"d\\":1}"
keyid = "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
signature = "c2ln"

[[python]]
request = "3.12"
version = "3.12.2"
build = "20240224"
triple = "x86_64-unknown-linux-gnu"
flavor = "install_only_stripped"
sha256 = "abababababababababababababababababababababababababababababababab"
size = 5
unpacked = 7
keyid = "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
signature = "c2ln"
"""


def test_the_file() -> None:
    other = replace(
        RECORD,
        version="3.9.18",
        flavor="install_only",
        options="pgo+lto",
        size=None,
        unpacked=None,
        location="20240224/a-b.tar.gz",
        extra=MappingProxyType({"d": 1, "c": ["é"]}),
    )
    lock = Lock(entries=(Locked(request="3.12", artifact=RECORD), Locked(request="3.9", artifact=other)))
    assert dump_lock(lock) == TEXT
    assert parse_lock(TEXT, "pyv.lock") == parse_lock(TEXT.replace("\n", "\r\n"), "pyv.lock") == lock
    assert (lock.requests, lock.triples, lock.of("3.12")) == (("3.9", "3.12"), (LINUX,), {LINUX: RECORD})
    assert parse_lock(dump_lock(Lock()), "pyv.lock") == Lock()


entries = st.builds(Locked, request=st.sampled_from(REQUESTS), artifact=signed_ones)


@settings(max_examples=60)
@given(
    st.lists(entries, max_size=5, unique_by=lambda entry: (entry.request, entry.triple)),
    st.randoms(use_true_random=False),
)
def test_what_is_written_is_read_in_one_spelling(found: list[Locked], chance: Random) -> None:
    lock = Lock(entries=tuple(found))
    text = dump_lock(lock)
    read = parse_lock(text, "pyv.lock")
    assert read == lock
    assert all(verify_record(entry.artifact, KEYS, NOW) for entry in read.entries)
    chance.shuffle(found)
    assert dump_lock(Lock(entries=tuple(found))) == text


@given(st.text(max_size=20))
def test_every_text_is_a_string_of_one_line(text: str) -> None:
    written = toml_string(text)
    assert written.isprintable()
    assert parse_toml(f"a = {written}", "a") == {"a": text}


def changed(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return change


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (changed("format = 1", ""), "format: this pyv reads format 1, the document has none"),
        (changed("format = 1", "format = true"), "format: this pyv reads format 1, the document says True"),
        (changed("format = 1", "format = 1\nx = 1"), "x: not a key this pyv knows here (those are format, python)"),
        (changed('request = "3.9"', 'request = "3.9"\nurl = "x"'), "python[0].url: not a key this pyv knows here"),
        (changed('request = "3.9"\n', ""), "python[0].request: missing"),
        (changed('"3.9"', '"nonsense"'), "python[0].request: `nonsense` is not a version request"),
        (changed('"3.9"', '" 3.9"'), "python[0].request: not one word"),
        (changed('"3.9"', '"3.12"'), "python[1]: `3.12` for x86_64-unknown-linux-gnu stands there twice"),
        (changed('"3.9.18"', "3.9"), "python[0].version: not a string"),
        (changed('"3.9.18"', '"3.9"'), "python[0].version: `3.9` is not a CPython version"),
        (changed('"abab', '"ABab'), "python[0].sha256: `ABab"),
        (changed("size = 5", "size = -5"), "python[1].size: not a whole number"),
        (changed("size = 5", 'keyid = "a"'), "not TOML (Cannot overwrite a value"),
        (changed('signature = "c2ln"\n', ""), "python[0].signature: missing"),
        (changed('"{', '"[{'), "python[0].extra: not the JSON expected here"),
        (changed('"{', '"{\\"h\\":1,'), "python[0].extra: `h` is a key of its own"),
        (changed('"{', '"{\\"crit\\":[\\"new\\"],'), "python[0].crit: needs a newer pyv: new"),
        (changed("[[python]]", "[python]"), "line 5: neither `[[python]]`, nor a key with a text or a number"),
        (changed("size = 5", "size = [5]"), "line 25: neither"),
        (changed("size", "a.b"), "line 25: neither"),
        (changed('"3.9.18"', '"3.9.18'), "not TOML (Illegal character"),
        (lambda text: f"x = 1\n{text}", "x: not a key this pyv knows here (those are format, python)"),
        (lambda _: "format = 1\npython = 3", "python: not a list"),
        (lambda text: "<<<<<<< HEAD\n" + text, "line 1: neither"),
        (lambda text: text + "\n" * MAX_BYTES, "longer than 1048576 bytes"),
    ],
)
def test_what_is_no_lock_is_refused_by_file_and_key(change: Callable[[str], str], problem: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_lock(change(TEXT), "a/pyv.lock")
    assert caught.value.message.startswith(f"a/pyv.lock: {problem}")
    assert "pyv lock" in (caught.value.hint or "")


def test_a_newer_lock_asks_for_a_newer_pyv() -> None:
    with pytest.raises(DocumentError) as caught:
        parse_lock(TEXT.replace("format = 1", "format = 2\n[news.of]\nit = []"), "pyv.lock")
    assert caught.value.message == "pyv.lock: format: this pyv reads format 1, the document says 2"
    assert caught.value.hint == "a newer pyv wrote it: upgrade pyv"


def test_what_stands_at_the_path(tmp_path: Path) -> None:
    path = tmp_path / "pyv.lock"
    assert read_lock(path) is None
    path.write_text(TEXT)
    assert read_lock(path) == parse_lock(TEXT, "")
    for content, problem in ((b"#" * (MAX_BYTES + 1), "longer than"), (b"#\xff", "not a text document")):
        path.write_bytes(content)
        with pytest.raises(DocumentError, match=problem):
            read_lock(path)
    with pytest.raises(DocumentError, match="not a regular file"):
        read_lock(Path("/dev/null"))


@pytest.mark.parametrize(
    ("request_", "changes", "answers"),
    [
        ("3.12", {}, True),
        ("3.13", {}, False),
        ("3.12t", {}, False),
        ("3.12t", {"options": "freethreaded+pgo"}, True),
        ("3.12.2+20240224", {}, True),
        ("3.12.2+20240225", {}, False),
        ("cpython-3.12-linux-aarch64-gnu", {}, False),
        ("3.12", {"options": "static"}, False),
        ("3.12", {"triple": "x86_64-unknown-linux-musl"}, False),
        ("3.12+20240224", {"triple": "x86_64-unknown-linux-musl"}, True),
    ],
)
def test_what_answers_a_request(request_: str, changes: dict[str, str], answers: bool) -> None:
    artifact = replace(RECORD, **changes)  # type: ignore[arg-type]  # names are checked at run time
    assert satisfies(parse_request(request_), artifact) is answers


def test_drift() -> None:
    mac = replace(RECORD, triple=MAC)
    lock = Lock(
        entries=(
            Locked(request="3.12", artifact=RECORD),
            Locked(request="3.12", artifact=mac),
            Locked(request="3.9", artifact=RECORD),
            Locked(request="3.9", artifact=mac),
        )
    )
    assert drift(lock, ["3.12", "3.9"]) == [
        Drift(request="3.9", triple=MAC, problem="3.12.2+20240224 does not answer it"),
        Drift(request="3.9", triple=LINUX, problem="3.12.2+20240224 does not answer it"),
    ]
    assert [str(each) for each in drift(lock, ["3.12", "3.13"], [LINUX, "aarch64-unknown-linux-gnu"])] == [
        "3.9: it is locked, and no longer asked for",
        "3.12 for aarch64-unknown-linux-gnu: not locked",
        "3.13: it is not in the lock",
    ]
    only = "cpython-3.12-linux-aarch64-gnu"
    arm = Locked(request=only, artifact=replace(RECORD, triple="aarch64-unknown-linux-gnu"))
    assert drift(Lock(entries=(arm,)), [only], [LINUX, "aarch64-unknown-linux-gnu"]) == []
