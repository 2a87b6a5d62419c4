"""Key lists: their form, their ids, and the time in which a key counts."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pyv.errors import DocumentError, UnknownKeyError
from pyv.trust.keys import ArtifactKey, KeyList, dump_key_list, key_id, parse_key_list
from tests.trust.vector import KEYID, NOW, PUBLIC

KEY = ArtifactKey(keyid=KEYID, public=bytes.fromhex(PUBLIC))
OTHER = ArtifactKey.of_public(bytes(32))


def entry(**changes: object) -> dict[str, object]:
    return {"keyid": KEYID, "keytype": "ed25519", "scheme": "ed25519", "public": PUBLIC, **changes}


def listed(*entries: dict[str, object], version: object = 1) -> str:
    return json.dumps({"format": version, "keys": list(entries)})


def test_the_id_is_the_digest_of_the_canonical_key() -> None:
    assert key_id(bytes.fromhex(PUBLIC)) == KEYID


def test_a_list_is_one_canonical_line() -> None:
    assert dump_key_list([KEY]) == (
        f'{{"format":1,"keys":[{{"keyid":"{KEYID}","keytype":"ed25519","public":"{PUBLIC}","scheme":"ed25519"}}]}}\n'
    )


def test_a_list_survives_a_round_trip_ordered_by_id() -> None:
    limited = replace(KEY, not_before="2026-01-01", not_after="2027-12-31", revoked=True)
    keys = KeyList(keys=(OTHER, limited))
    read = parse_key_list(dump_key_list(keys), "keys")
    assert read.keys == tuple(sorted(keys.keys, key=lambda key: key.keyid))


def test_absent_limits_are_read_as_none() -> None:
    assert parse_key_list(listed(entry()), "keys") == KeyList(keys=(KEY,))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "keys: not a JSON object"),
        (listed(entry(), version=2), "keys: format: this pyv reads format 1, the document says 2"),
        (listed(entry(), entry()), "keys: keys[1].keyid: 63d00ee3cf4f5c61 stands there twice"),
        (listed(entry(keyid="00" * 32)), "keys: keys[0].keyid: 0000000000000000 is not the id of this key"),
        (listed(entry(public=PUBLIC.upper())), "keys: keys[0].public: not 64 hex digits"),
        (listed(entry(public=PUBLIC[:-2])), "keys: keys[0].public: not 64 hex digits"),
        (listed(entry(keytype="rsa")), "keys: keys[0].keytype: `rsa` is not a kind of key this pyv knows"),
        (listed(entry(scheme="x")), "keys: keys[0].scheme: `x` is not a kind of key this pyv knows"),
        (listed(entry(revoked="no")), "keys: keys[0].revoked: not true or false"),
        (listed(entry(not_after="soon")), "keys: keys[0].not_after: `soon` is not a day such as 2026-11-23"),
        (
            listed(entry(not_before="2026-13-01")),
            "keys: keys[0].not_before: `2026-13-01` is not a day such as 2026-11-23",
        ),
        ('{"format":1}', "keys: keys: not a list"),
    ],
)
def test_a_bad_list_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_key_list(text, "keys")
    assert caught.value.message == message


def test_a_live_key_is_found_by_id() -> None:
    assert KeyList(keys=(OTHER, KEY)).live(KEYID, NOW) is KEY


@pytest.mark.parametrize(("first", "last"), [("2026-11-22", "2026-11-22"), ("2026-11-21", None), (None, "2026-11-23")])
def test_both_days_count(first: str | None, last: str | None) -> None:
    key = replace(KEY, not_before=first, not_after=last)
    assert KeyList(keys=(key,)).live(KEYID, NOW) == key


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ((OTHER,), "signed by key 63d00ee3cf4f5c61, which this index does not name"),
        ((replace(KEY, revoked=True),), "signed by key 63d00ee3cf4f5c61, which has been revoked"),
        (
            (replace(KEY, not_before="2026-11-23"),),
            "signed by key 63d00ee3cf4f5c61, which is not valid before 2026-11-23",
        ),
        ((replace(KEY, not_after="2026-11-21"),), "signed by key 63d00ee3cf4f5c61, which expired after 2026-11-21"),
    ],
)
def test_a_key_that_does_not_count_says_why(keys: tuple[ArtifactKey, ...], message: str) -> None:
    with pytest.raises(UnknownKeyError) as caught:
        KeyList(keys=keys).live(KEYID, NOW)
    assert caught.value.message == message
    assert caught.value.hint
    assert caught.value.exit_code == 4


def test_a_wrong_clock_is_named_in_the_hint() -> None:
    with pytest.raises(UnknownKeyError) as caught:
        KeyList(keys=(replace(KEY, not_before="2026-01-01"),)).live(KEYID, 0.0)
    assert caught.value.hint == "check the clock of this machine: it says 1970-01-01"
