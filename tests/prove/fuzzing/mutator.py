"""Ways to damage documents, beyond those of `tests.prove.mutation`: nesting, numbers at their limits, words of a trade."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Sequence

from tests.prove.mutation import bytes_changed, json_changed

Damage = Callable[[random.Random, bytes], bytes]

_NUMBERS = ("0", "-1", "1", "2", "255", "4294967296", "9007199254740992", "9007199254740993", "1e309", "9" * 5000)
_TEXTS = ("\0", "\n", "\r", "\x1b[2J", "\u2028", "\ud800", "\udc80", "\u202e", "é", "e\u0301", "٣", "x" * 5000, "`", "")


def text_damaged(words: Sequence[str]) -> Damage:
    """Bytes changed, or one of the words put in, in place of something or between."""

    def damage(chance: random.Random, data: bytes) -> bytes:
        if chance.random() < 0.4:
            return bytes_changed(chance, data)
        word = chance.choice((*words, *_NUMBERS, *_TEXTS)).encode("utf-8", "surrogatepass")
        return _put(chance, data, word)

    return damage


def json_damaged(words: Sequence[str] = ()) -> Damage:
    """The same for JSON, where `words` are JSON texts that may take the place of a value."""

    def damage(chance: random.Random, data: bytes) -> bytes:
        how = chance.random()
        if how < 0.6:
            return _changed(chance, data)
        text = data.decode("utf-8", "replace")
        place, end = _value(chance, text)
        options = (
            lambda: chance.choice(_NUMBERS),
            lambda: json.dumps(chance.choice(_TEXTS)),
            lambda: chance.choice((*words, "null")),
            lambda: text[slice(*_value(chance, text))],
            lambda: nested(chance, text[place:end] or "0"),
        )
        put = options[chance.choice((0, 1, 1, 2, 2, 2, 3, 3, 4))]()
        return f"{text[:place]}{put}{text[end:]}".encode("utf-8", "replace")

    return damage


def _changed(chance: random.Random, data: bytes) -> bytes:
    try:
        return json_changed(chance, data.decode("utf-8", "replace")).encode("utf-8", "replace")
    except (ValueError, RecursionError):  # nested too deeply to be changed as JSON
        return bytes_changed(chance, data)


def nested(chance: random.Random, inner: str = "0") -> str:
    """A value inside lists or objects, often just about as deep as a parser goes down."""
    deep = sys.getrecursionlimit() - chance.randrange(60)
    depth = chance.choice((2, 60, deep, deep, 5 * sys.getrecursionlimit()))
    before, after = chance.choice((("[", "]"), ('{"a":', "}")))
    return before * depth + inner + after * depth


def _put(chance: random.Random, data: bytes, word: bytes) -> bytes:
    place = chance.randrange(len(data) + 1)
    end = min(len(data), place + chance.choice((0, 0, 0, 1, 2, 5, len(word))))
    return data[:place] + word + data[end:]


def _value(chance: random.Random, text: str) -> tuple[int, int]:
    """Where some value (of a key, or in a list) begins and ends; nowhere in particular where there is none."""
    places = [place + 1 for place, letter in enumerate(text) if letter in ":[,"]
    decoder = json.JSONDecoder()
    for _ in range(8):
        place = chance.choice(places) if places else 0
        place += len(text[place : place + 2]) - len(text[place : place + 2].lstrip())
        try:
            _, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            continue
        return place, end
    place = chance.randrange(len(text) + 1)
    return place, place
