"""Records: what is written is what is read, and a signature fits nothing but what was signed."""

from __future__ import annotations

import base64
from dataclasses import fields, replace
from random import Random
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pyv.domain.artifact import FLAVORS, Artifact
from pyv.domain.fields import Fields, parse_object
from pyv.domain.filename import parse_file_name
from pyv.domain.lines import canonical_json
from pyv.domain.manifest import dump_manifest, manifest_order, parse_manifest
from pyv.domain.triple import PUBLISHED
from pyv.errors import SignatureError, UnknownKeyError
from pyv.trust.proof import dump_proof, parse_proof
from pyv.trust.record import signed_bytes, verify_record
from tests.trust.vector import KEYS, NOW, golden_key

KEY = golden_key()
SIGNED = tuple(field.name for field in fields(Artifact) if field.name not in {"keyid", "signature", "location"})

numbers = st.integers(0, 9999)
versions = st.builds(
    "{}.{}.{}{}".format,
    numbers,
    numbers,
    numbers,
    st.just("") | st.builds("{}{}".format, st.sampled_from(["a", "b", "rc"]), numbers),
)
words = st.sampled_from(["freethreaded", "debug", "pgo", "lto", "static", "shared", "noopt"])
options = st.lists(words, max_size=3, unique=True).map("+".join)
builds = st.dates().map(lambda day: f"{day:%Y%m%d}".rjust(8, "0"))
digests = st.binary(min_size=32, max_size=32).map(bytes.hex)
sizes = st.none() | st.integers(0, 2**53)
extras: st.SearchStrategy[MappingProxyType[str, object]] = st.dictionaries(
    st.sampled_from(["c", "zz", "é", "crit2"]),
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text('ab\n"é', max_size=5) | st.just([{"a": []}]),
    max_size=2,
).map(MappingProxyType)
locations = st.none() | st.builds("{}/{}".format, builds, st.sampled_from(["x.tar.gz", "cpython-3.9+x_y.tar.zst"]))
artifacts = st.builds(
    Artifact,
    version=versions,
    triple=st.sampled_from(PUBLISHED),
    flavor=st.sampled_from(FLAVORS),
    options=options,
    build=builds,
    sha256=digests,
    size=sizes,
    unpacked=sizes,
    entries=sizes,
    location=locations,
    extra=extras,
)
signed_ones = artifacts.map(KEY.sign_record)
OTHERS: dict[str, st.SearchStrategy[Any]] = {
    "implementation": st.sampled_from(["pypy", "cpython ", ""]),
    "version": versions,
    "triple": st.sampled_from(PUBLISHED),
    "flavor": st.sampled_from(FLAVORS),
    "options": options,
    "build": builds,
    "sha256": digests,
    "size": sizes,
    "unpacked": sizes,
    "entries": sizes,
    "extra": extras,
}


def read(text: str) -> Artifact:
    return Artifact.from_fields(Fields(parse_object(text, "record"), "record"))


@given(signed_ones)
def test_what_is_written_is_read(artifact: Artifact) -> None:
    assert read(canonical_json(artifact.to_dict())) == artifact
    assert parse_proof(dump_proof(artifact), "proof") == replace(artifact, location=None)


@settings(max_examples=40)
@given(st.lists(signed_ones, max_size=5), st.randoms(use_true_random=False))
def test_a_manifest_holds_its_records_in_one_order(found: list[Artifact], chance: Random) -> None:
    here = [replace(artifact, triple=PUBLISHED[0]) for artifact in found]
    assume(len({manifest_order(artifact) for artifact in here}) == len(here))
    text = dump_manifest(PUBLISHED[0], here)
    assert parse_manifest(text, "manifest", PUBLISHED[0]) == sorted(here, key=manifest_order)
    chance.shuffle(here)
    assert dump_manifest(PUBLISHED[0], here) == text


@given(signed_ones, locations)
def test_what_was_signed_verifies_wherever_it_lies(artifact: Artifact, location: str | None) -> None:
    assert verify_record(replace(artifact, location=location), KEYS, NOW) is KEYS.keys[0]
    assert verify_record(read(canonical_json(artifact.to_dict())), KEYS, NOW) is KEYS.keys[0]


def test_every_signed_field_is_changed() -> None:
    assert set(SIGNED) == set(OTHERS)


@pytest.mark.parametrize("name", SIGNED)
@settings(max_examples=25)
@given(artifact=signed_ones, data=st.data())
def test_no_change_of_a_signed_field_verifies(name: str, artifact: Artifact, data: st.DataObject) -> None:
    put = data.draw(OTHERS[name])
    assume(canonical_json(_plain(put)) != canonical_json(_plain(getattr(artifact, name))))
    changed = replace(artifact, **{name: put})
    assert signed_bytes(changed) != signed_bytes(artifact)
    with pytest.raises(SignatureError, match="was altered after it was signed"):
        verify_record(changed, KEYS, NOW)


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, MappingProxyType) else value


@given(signed_ones, st.integers(0, 511))
def test_no_other_signature_or_key_verifies(artifact: Artifact, bit: int) -> None:
    signature = bytearray(base64.b64decode(artifact.signature))
    signature[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SignatureError):
        verify_record(replace(artifact, signature=base64.b64encode(signature).decode()), KEYS, NOW)
    keyid = bytearray(bytes.fromhex(artifact.keyid))
    keyid[bit // 16] ^= 1 << bit % 8
    with pytest.raises(UnknownKeyError):
        verify_record(replace(artifact, keyid=keyid.hex()), KEYS, NOW)


@given(artifacts.filter(lambda artifact: artifact.build < "99991231"))
def test_the_name_of_an_archive_states_its_identity(artifact: Artifact) -> None:
    named = parse_file_name(artifact.file_name)
    assert named == (
        artifact.version,
        artifact.build,
        artifact.triple,
        artifact.options,
        artifact.flavor,
        artifact.compression,
    )
    assert parse_file_name(artifact.file_name.replace("+", "%2B")) == named
