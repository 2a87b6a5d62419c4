"""Seeds of what an index offers: metadata, roots, packs."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pyv.domain.revocation import dump_revocations
from tests.prove.fuzzing.seeds.signed import DEEP, REVOKED
from tests.prove.fuzzing.throwaway import made_index
from tests.support.repository import Repository
from tests.trust.vector import NOW


def _pack(index: Repository) -> Mapping[str, str]:
    index.pack()
    text = index.files["refresh.json"].decode()
    return {
        "good-snapshot": text.replace("1.snapshot", "2.snapshot"),
        "good-greedy": json.dumps({"files": {"metadata/2.snapshot.json": "x", "metadata/timestamp.json": "x"}}),
        "bad-nothing-asked": text,
        "bad-too-long": json.dumps({"files": {"metadata/2.snapshot.json": "x" * 2001}}),
        "bad-no-files": '{"format":1}',
        "bad-no-text": json.dumps({"files": {"metadata/2.snapshot.json": {}}}),
        "bad-no-json": "<html>",
        "odd-surrogate": json.dumps({"files": {"metadata/2.snapshot.json": "\ud800"}}),
    }


def _metadata(index: Repository) -> Mapping[str, str]:
    """Whole indexes; the first client that reads them trusts the first root."""
    anchor = index.anchor().decode()

    def told(files: Mapping[str, bytes], now: float = NOW) -> str:
        return json.dumps(
            {"anchor": anchor, "now": now, "files": {name: files[name].decode() for name in sorted(files)}}
        )

    first = dict(index.files)
    index.pack()
    packed = {
        name: text for name, text in index.files.items() if name not in json.loads(index.files["refresh.json"])["files"]
    }
    del index.files["refresh.json"]
    index.rotate_root()
    index.publish()
    second = dict(index.files)
    whole = {name: content for name, content in second.items() if not index._is_old(name)}
    signed = whole["metadata/timestamp.json"].replace(b'"version":2', b'"version":9')
    return {
        "good-first": told(first),
        "good-packed": told(packed),
        "good-second-root": told(whole),
        "bad-expired": told(packed, NOW + 1e9),
        "bad-altered": told({**whole, "metadata/timestamp.json": signed}),
        "bad-other-snapshot": told({**whole, "metadata/2.snapshot.json": second["metadata/1.snapshot.json"]}),
    }


def _root(index: Repository) -> Mapping[str, str]:
    text = index.files["metadata/2.root.json"].decode()
    return {
        "good-second": text,
        "good-first": index.anchor().decode(),
        "bad-timestamp": index.files["metadata/timestamp.json"].decode(),
        "bad-signatures": text.replace('"sig":"', '"sig":"00'),
        "bad-version": text.replace('"version":2', '"version":3'),
        "bad-threshold": text.replace('"threshold":2', '"threshold":0'),
        "bad-expiry": text.replace('Z"', '"'),
        "bad-deep": text.replace('"version":2', f'"version":{DEEP}'),
    }


def seeds() -> dict[str, Mapping[str, str]]:
    """By target and name."""
    index = made_index(revocations=dump_revocations(REVOKED))
    return {
        "pack": _pack(made_index()),
        "metadata": _metadata(index),
        "root": _root(index),
    }
