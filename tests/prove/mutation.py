"""Ways to damage bytes, archives and JSON, all from one source of chance."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

from tests.support.archives import BLOCK, gzipped, zstd

_FIELDS = (
    (0, 100),
    (100, 8),
    (108, 8),
    (116, 8),
    (124, 12),
    (136, 12),
    (148, 8),
    (156, 1),
    (157, 100),
    (257, 8),
    (345, 155),
)
_NAMES = (
    b"python/../x",
    b"/x",
    b"x",
    b"python",
    b"python/",
    b"python/bin/python3.12",
    b"python/lib",
    b"",
    b"python//x",
)
_KINDS = b"0123456789xgLKSMVDNX\0A"
_WORDS: tuple[object, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    2**53 + 1,
    10**400,
    "",
    "\ud800",
    "\0",
    "x" * 5000,
    "../..",
    [],
    {},
    [[]] * 3,
    {"a": {"b": []}},
)


def bytes_changed(chance: random.Random, data: bytes) -> bytes:
    """A few bytes changed, removed, repeated or inserted."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 5, 20))):
        if not changed:
            break
        place = chance.randrange(len(changed))
        length = chance.choice((1, 1, 4, 64, 512))
        how = chance.randrange(5)
        if how == 0:
            changed[place] ^= 1 << chance.randrange(8)
        elif how == 1:
            changed[place] = chance.randrange(256)
        elif how == 2:
            del changed[place : place + length]
        elif how == 3:
            changed[place:place] = changed[place : place + length]
        else:
            changed[place:place] = chance.randbytes(length)
    return bytes(changed)


def tar_changed(chance: random.Random, tar: bytes) -> bytes:
    """Header fields overwritten (most checksums made right again), blocks swapped, repeated or dropped, bytes changed."""
    blocks = [bytearray(tar[place : place + BLOCK]) for place in range(0, len(tar), BLOCK)]
    for _ in range(chance.choice((1, 1, 2, 3))):
        place = chance.randrange(len(blocks))
        how = chance.randrange(8)
        if how < 4:
            headers = [number for number, block in enumerate(blocks) if block[257:262] == b"ustar"]
            _field(chance, blocks[chance.choice(headers) if headers else place])
        elif how == 4:
            other = chance.randrange(len(blocks))
            blocks[place], blocks[other] = blocks[other], blocks[place]
        elif how == 5:
            blocks.insert(place, bytearray(blocks[chance.randrange(len(blocks))]))
        elif how == 6:
            del blocks[place]
        else:
            return bytes_changed(chance, b"".join(blocks))
        if not blocks:
            break
    return b"".join(blocks)


def _field(chance: random.Random, block: bytearray) -> None:
    offset, length = chance.choice(_FIELDS)
    values = (
        chance.randbytes(length),
        bytes(length),
        b" " * length,
        (b"%0*o" % (max(1, length - 1), chance.choice((0, 1, 511, 512, 513, 8**7 - 1))))[:length],
        b"\x80" + chance.randbytes(length - 1),
        chance.choice(_NAMES)[:length],
        bytes([chance.choice(_KINDS)]) * min(length, 1),
    )
    value = chance.choice(values).ljust(length, b"\0")[:length]
    block[offset : offset + length] = value
    if chance.random() < 0.9:
        block[148:156] = b" " * 8
        block[148:156] = b"%06o\0 " % sum(block)


def packed(chance: random.Random, tar: bytes) -> tuple[str, bytes]:
    """The stream compressed, now and then with the compressed bytes damaged too."""
    kind = chance.choice(("gz", "zst"))
    data = (
        gzipped(tar, level=1)
        if kind == "gz"
        else zstd(tar, content_size=chance.random() < 0.5, checksum=chance.random() < 0.5)
    )
    if chance.random() < 0.2:
        data = bytes_changed(chance, data)
    return kind, data


def json_changed(chance: random.Random, text: str) -> str:
    """A value replaced, a key renamed, dropped or said twice, or plain bytes changed."""
    if chance.random() < 0.4:
        return bytes_changed(chance, text.encode()).decode("utf-8", "replace")
    lines = text.split("\n")
    place = chance.randrange(len(lines))
    try:
        value = json.loads(lines[place])
    except ValueError:
        return text + chance.choice(("{", "\n", "\0", "null"))
    holders: list[tuple[Callable[[object], None], object]] = []
    _collect(value, holders)
    if holders:
        put, old = chance.choice(holders)
        put(chance.choice((*_WORDS, [old], {"x": old}, f"{old}\n", str(old)[:-1])))
    dumped = json.dumps(value, sort_keys=chance.random() < 0.5, separators=chance.choice(((",", ":"), (", ", ": "))))
    if chance.random() < 0.2:
        dumped = dumped.replace("{", chance.choice(('{"k":1,', '{"v":"3.12.9",', "{{", '{"x":NaN,')), 1)
    if chance.random() < 0.05:
        dumped = "[" * 2000 + dumped + "]" * 2000
    lines[place] = dumped
    return "\n".join(lines)


def _collect(value: object, holders: list[tuple[Callable[[object], None], object]]) -> None:
    """Every place of a JSON value something else can be put into."""
    if isinstance(value, dict):
        for key in list(value):
            holders.append((lambda new, value=value, key=key: value.__setitem__(key, new), value[key]))  # type: ignore[misc]  # defaults bind now
            _collect(value[key], holders)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            holders.append((lambda new, value=value, number=number: value.__setitem__(number, new), item))  # type: ignore[misc]  # as above
            _collect(item, holders)
