"""Records, manifests and file names: read back as written, refused where they are not what they must be."""

import contextlib
import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyv.domain.artifact import FLAVORS, Artifact, build_date
from pyv.domain.fields import Fields, parse_object
from pyv.domain.filename import parse_file_name
from pyv.domain.lines import canonical_json
from pyv.domain.manifest import dump_manifest, parse_manifest
from pyv.errors import DocumentError, RequestError

GNU = "x86_64-unknown-linux-gnu"
RECORD = {
    "i": "cpython", "v": "3.12.2", "t": GNU, "f": "install_only", "x": "", "b": "20240224",
    "h": "ab" * 32, "k": "cd" * 32, "s": "AA==",
}  # fmt: skip


def read(**changes: object) -> Artifact:
    values = {key: value for key, value in {**RECORD, **changes}.items() if value is not ...}
    return Artifact.from_fields(Fields(values, "manifest of x", "records[7]"))


ARTIFACTS = st.builds(
    Artifact,
    version=st.builds("3.{}.{}{}".format, st.integers(7, 20), st.integers(0, 20), st.sampled_from(["", "a1", "rc2"])),
    triple=st.just(GNU),
    flavor=st.sampled_from(FLAVORS),
    options=st.sampled_from(["", "freethreaded", "pgo+lto", "freethreaded+debug", "static+noopt", "shared"]),
    build=st.sampled_from(["20240224", "20250323", "20261110"]),
    sha256=st.binary(min_size=32, max_size=32).map(bytes.hex),
    size=st.none() | st.integers(0, 2**40),
    unpacked=st.none() | st.integers(0, 2**40),
    entries=st.none() | st.integers(0, 10**6),
    keyid=st.binary(min_size=32, max_size=32).map(bytes.hex),
    signature=st.just("AA=="),
    location=st.none() | st.just("20210724/cpython-3.9.6-x86_64-unknown-linux-gnu-install_only-20210724T1424.tar.gz"),
)


@given(st.lists(ARTIFACTS, max_size=8))
def test_a_manifest_reads_back_as_written(artifacts: list[Artifact]) -> None:
    text = dump_manifest(GNU, artifacts)
    again = parse_manifest(text, "m", GNU)
    assert sorted(map(canonical, again)) == sorted(map(canonical, artifacts))
    assert dump_manifest(GNU, reversed(again)) == text or len({a.upstream_location for a in again}) < len(again)


def canonical(artifact: Artifact) -> str:
    return canonical_json(artifact.to_dict())


@given(ARTIFACTS)
def test_names_read_back(artifact: Artifact) -> None:
    artifact = dataclasses.replace(artifact, location=None)
    named = parse_file_name(artifact.file_name.replace("+", "%2B"))
    assert named == (artifact.version, artifact.build, GNU, artifact.options, artifact.flavor, artifact.compression)
    assert artifact.upstream_location == f"{artifact.build}/{artifact.file_name}"


def test_signed_keys_are_all_but_signature_and_location() -> None:
    artifact = read(n=5, u=6, e=7, p="20240224/x.tar.gz", future=1)
    assert artifact.payload().keys() == set("ivtfxbhnue") | {"future"}
    assert artifact.to_dict() == {**RECORD, "n": 5, "u": 6, "e": 7, "p": "20240224/x.tar.gz", "future": 1}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"v": ...}, "records[7].v: missing"),
        ({"v": 3}, "records[7].v: not a string"),
        ({"v": "3.12"}, "records[7].v: `3.12` is not a CPython version"),
        ({"t": "../x"}, "records[7].t: `../x` is not of the form it must have"),
        ({"b": "2024"}, "records[7].b: `2024` is not of the form it must have"),
        ({"h": "AB" * 32}, f"records[7].h: `{'AB' * 32}` is not of the form it must have"),
        ({"i": "pypy"}, "records[7].i: `pypy` is not an implementation this pyv knows"),
        ({"f": "wheel"}, "records[7].f: `wheel` is not a flavor"),
        ({"x": "a/b"}, "records[7].x: `a/b` are not build options"),
        ({"p": "20240224/../../etc"}, "records[7].p: `20240224/../../etc` is not `<tag>/<file>`"),
        ({"n": -1}, "records[7].n: not a whole number from 0 to 2^53"),
        ({"n": True}, "records[7].n: not a whole number from 0 to 2^53"),
        ({"n": "5"}, "records[7].n: not a whole number from 0 to 2^53"),
        ({"crit": ["c"]}, "records[7].crit: needs a newer pyv: c"),
        ({"crit": "h"}, "records[7].crit: needs a newer pyv: not a list of names"),
        ({"crit": [[]]}, "records[7].crit: needs a newer pyv: not a list of names"),
        ({"v": "3" * 5000}, "records[7].v: longer than 4,096 characters"),
    ],
)
def test_a_record_that_is_none(changes: dict[str, object], message: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read(**changes)
    assert caught.value.message == f"manifest of x: {message}"
    assert caught.value.exit_code == 8


def test_a_critical_key_that_is_known_passes() -> None:
    assert read(crit=["n"], n=1).size == 1


HEAD = canonical_json({"format": 1, "triple": GNU}) + "\n"
LINE = canonical_json(RECORD) + "\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "m: line 1: not the JSON expected here (Expecting value: line 1 column 1 (char 0))"),
        (HEAD.replace("1", "2", 1), "m: format: this pyv reads format 1, the document says 2"),
        (HEAD.replace("gnu", "musl"), f"m: triple: `x86_64-unknown-linux-musl` where `{GNU}` was asked for"),
        (HEAD.strip(), "m: cut short: the last line has no end"),
        (HEAD + LINE.strip(), "m: cut short: the last line has no end"),
        (HEAD + "[]\n", "m: records[0]: not a JSON object"),
        (HEAD + '{"i":1,"i":2}\n', "m: records[0]: not the JSON expected here (a key stands there twice)"),
        (HEAD + '{"n":1.5}\n', "m: records[0]: not the JSON expected here (the number 1.5 is not allowed)"),
        (HEAD + '{"n":NaN}\n', "m: records[0]: not the JSON expected here (the number NaN is not allowed)"),
        (HEAD + LINE.replace("gnu", "musl"), f"m: records[0].t: `x86_64-unknown-linux-musl` in the manifest of `{GNU}`"),
    ],
)  # fmt: skip
def test_a_manifest_that_is_none(text: str, message: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_manifest(text, "m", GNU)
    assert caught.value.message == message


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda b: b.decode("latin-1")))
def test_any_text_is_a_manifest_or_a_document_error(text: str) -> None:
    for attempt in (text, HEAD + text, HEAD + text + "\n"):
        with contextlib.suppress(DocumentError):
            parse_manifest(attempt, "m", GNU)


def test_deeply_nested_json_is_refused() -> None:
    with pytest.raises(DocumentError):
        parse_object('{"a":' * 100_000, "m")


@pytest.mark.parametrize(
    "name",
    [
        "cpython-3.9.6-x86_64-unknown-linux-gnu-install_only-20210724T1424.tar.gz",
        "cpython-3.12.2+20240224-x86_64-unknown-linux-gnu-install_only.zip",
        "cpython-3.12.2+20240224-../../x-install_only.tar.gz",
        "python.tar.gz",
    ],
)
def test_names_that_state_no_identity(name: str) -> None:
    with pytest.raises(RequestError) as caught:
        parse_file_name(name)
    assert caught.value.hint


def test_derived_words() -> None:
    free = read(f="full", x="freethreaded+pgo+lto", v="3.13.1")
    assert (free.version_name, free.pinned, free.compression) == ("3.13.1t", "3.13.1t+20240224", "zst")
    assert free.name == f"cpython-3.13.1+20240224-{GNU}-freethreaded+pgo+lto-full"
    assert free.variant.label == "freethreaded"
    assert read(f="full", x="freethreaded+debug").version_name == "3.12.2t-debug"
    assert read(x="shared").variant.label == "default"


@pytest.mark.parametrize(
    ("triple", "build", "options", "static"),
    [
        ("x86_64-unknown-linux-musl", "20250311", "", False),
        ("x86_64-unknown-linux-musl", "20250212", "", True),
        ("x86_64-unknown-linux-musl", "20250323", "", False),
        ("x86_64-unknown-linux-musl", "20261110", "lto+static", True),
        (GNU, "20200823", "", False),
    ],
)
def test_static_builds(triple: str, build: str, options: str, static: bool) -> None:
    assert read(t=triple, b=build, x=options).is_static is static


def test_dates() -> None:
    assert (build_date("20250323"), build_date("20250317")) == ("20260323", "20250317")


def test_canonical_json_is_one_spelling() -> None:
    assert canonical_json({"b": "é", "a": 1}) == '{"a":1,"b":"\\u00e9"}'
    assert json.loads(canonical_json(RECORD)) == RECORD
