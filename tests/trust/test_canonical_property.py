"""Canonical JSON and the bytes that are signed: one spelling for one value, and another one for any other."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pyv.domain.fields import parse_object
from pyv.domain.lines import canonical_json
from pyv.errors import DocumentError
from pyv.trust.record import pae

# Lone surrogates are no characters: canonical JSON spells them too, but no document may be told apart by them.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
scalars = st.none() | st.booleans() | st.integers(-(2**64), 2**64) | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=12
)
objects = st.dictionaries(texts, values, max_size=6)


def typed(value: Any) -> Any:
    """A value that equals another only where both are of the same types: 1 is not true."""
    if isinstance(value, dict):
        return {key: typed(inner) for key, inner in value.items()}
    return [typed(inner) for inner in value] if isinstance(value, list) else (type(value), value)


def shuffled(value: Any, chance: Random) -> Any:
    """The same value, whose keys were put in in another order."""
    if isinstance(value, list):
        return [shuffled(inner, chance) for inner in value]
    if not isinstance(value, dict):
        return value
    keys = list(value)
    chance.shuffle(keys)
    return {key: shuffled(value[key], chance) for key in keys}


@given(objects)
def test_what_is_written_is_read(value: dict[str, Any]) -> None:
    assert typed(parse_object(canonical_json(value), "it")) == typed(value)


@given(objects, st.randoms(use_true_random=False))
def test_the_order_of_keys_says_nothing(value: dict[str, Any], chance: Random) -> None:
    assert canonical_json(shuffled(value, chance)) == canonical_json(value)


@given(objects)
def test_any_spelling_of_a_value_has_one_canonical_spelling(value: dict[str, Any]) -> None:
    text = canonical_json(value)
    assert text.isascii()
    assert "\n" not in text
    for spelled in (json.dumps(value, indent=2), json.dumps(value, ensure_ascii=False)):
        assert canonical_json(parse_object(spelled, "it")) == text


@given(values, values)
def test_two_values_have_two_spellings(one: Any, other: Any) -> None:
    assert (canonical_json(one) == canonical_json(other)) == (typed(one) == typed(other))


@given(objects.filter(bool), st.data())
def test_any_change_of_a_field_changes_the_signed_bytes(value: dict[str, Any], data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(value)))
    put = data.draw(values)
    assume(typed(put) != typed(value[key]))
    without = {name: inner for name, inner in value.items() if name != key}
    spellings = {canonical_json(each) for each in (value, {**value, key: put}, without)}
    assert len({pae("kind", text.encode()) for text in spellings}) == 3


@given(st.tuples(texts, st.binary(max_size=40)), st.tuples(texts, st.binary(max_size=40)))
def test_the_pre_authentication_encoding_is_injective(one: tuple[str, bytes], other: tuple[str, bytes]) -> None:
    assert (pae(*one) == pae(*other)) == (one == other)


@given(texts, st.binary(max_size=40))
def test_the_pre_authentication_encoding_can_be_taken_apart(kind: str, payload: bytes) -> None:
    """Lengths first: whatever the payload holds, it is not taken for something else."""
    head, length, rest = pae(kind, payload).split(b" ", 2)
    assert head == b"DSSEv1"
    assert rest[: int(length)].decode() == kind
    size, _, body = rest[int(length) + 1 :].partition(b" ")
    assert (int(size), body) == (len(payload), payload)


@settings(max_examples=50)
@given(objects.filter(bool), st.randoms(use_true_random=False))
def test_a_key_said_twice_is_refused(value: dict[str, Any], chance: Random) -> None:
    """Readers differ in which of the two counts."""
    text = canonical_json(value)
    key = chance.choice(sorted(value))
    doubled = f"{text[:-1]},{json.dumps(key)}:{canonical_json(value[key])}}}"
    with pytest.raises(DocumentError, match="a key stands there twice"):
        parse_object(doubled, "it")
