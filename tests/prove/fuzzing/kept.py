"""What pyv itself wrote on this machine, damaged since: states, anchors, receipts, file lists."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

from pyv.domain.revocation import Revocations
from pyv.domain.tree import compare, listing, parse_listing, tree_digest
from pyv.index.anchors import accept, accepted
from pyv.index.cache import Cache
from pyv.index.standing import Standing
from pyv.store.paths import Root
from pyv.store.receipt import parse_receipt
from tests.prove.fuzzing.genuine import RECORDS, hold
from tests.prove.fuzzing.mutator import json_damaged, text_damaged
from tests.prove.fuzzing.target import Target
from tests.trust.vector import NOW

_DIGEST = '"' + "ab" * 32 + '"'


def state(data: bytes, place: Path) -> bool:
    """A state can be told, its targets asked for, and the state kept anew is the same."""
    cache = Cache(Root(place), "index")
    cache.path.mkdir(parents=True, exist_ok=True)
    (cache.path / "state.json").write_bytes(data)
    found = cache.state()
    assert found is not None
    standing = Standing(
        label=found.place,
        ident="index",
        source="",
        published=found.published,
        refreshed=found.refreshed,
        expires=found.expires,
        roles=found.roles,
    )
    json.dumps(standing.to_dict(NOW))
    found.is_valid(NOW)
    for digest in filter(None, found.targets.values()):
        cache.kept(digest)
    cache.keep(found, [], Revocations())
    assert cache.state() == found, "another state is read than was written"
    return True


def anchor(data: bytes, place: Path) -> bool:
    """An accepted root can be told and named, and accepted again it is the same."""
    root, other = Root(place / "one"), Root(place / "other")
    for each in (root, other):
        each.trust.mkdir(parents=True, exist_ok=True)
        for path in each.trust.iterdir():
            path.unlink()
    (root.trust / "x.json").write_bytes(data)
    (found,) = accepted(root)
    json.dumps({**found.to_dict(), "root": found.root.encode().hex()})
    accept(other, found)
    assert accepted(other) == [found], "another anchor is read than was written"
    return True


def receipt(data: bytes, place: Path) -> bool:
    """A receipt says the same when it is written and read again."""
    found = parse_receipt(data.decode("utf-8", "replace"), "receipt")
    hold(found.artifact)
    text = found.to_json()
    again = parse_receipt(text, "receipt")
    assert again.to_json() == text, "one receipt has two spellings"
    if not any(math.isnan(seconds) for seconds in again.phases.values()):
        assert replace(again, phases=found.phases) == found, "another receipt is read than was written"
    return True


def files(data: bytes, place: Path) -> bool:
    """A list of files is one however it is ordered, and holds a tree to itself."""
    found = parse_listing(data.decode("utf-8", "surrogateescape"), "files")
    text = listing(found)
    again = parse_listing(text, "files")
    assert again == sorted(found), "another list is read than was written"
    if text.isascii():
        assert len(tree_digest(text)) == 64
    by_path = {entry.path: entry for entry in found}
    kept = [entry for entry in found if by_path[entry.path] == entry]
    assert compare(kept, by_path) == ((), (), ()), "a tree differs from its own list"
    return True


TARGETS = (
    Target(name="state", run=state, damage=json_damaged((_DIGEST, '"../../x"', '"a/b"', "253402300800", "[]"))),
    Target(name="anchor", run=anchor, damage=json_damaged(('"embedded"', "2", '["x"]'))),
    Target(name="receipt", run=receipt, damage=json_damaged(("NaN", "Infinity", "-0.00001", "0.1", '["a"]'))),
    Target(
        name="files",
        run=files,
        damage=text_damaged(("100644 ", "120000 ", "100600 ", RECORDS[0].sha256 + " ", "../", "\n", "\n\n", " ")),
    ),
)
