"""Seeds of what pyv writes on a machine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pyv.domain.tree import EXECUTABLE, PLAIN, TreeEntry, link_entry, listing
from pyv.store.receipt import Receipt
from tests.prove.fuzzing.genuine import LINUX
from tests.prove.fuzzing.throwaway import made_index
from tests.trust.vector import NOW, RECORD


def _state() -> Mapping[str, str]:
    role = {"name": "root", "version": 1, "expires": int(NOW) + 9, "keyids": ["00" * 32], "threshold": 2}
    state: dict[str, Any] = {
        "schema": 1,
        "place": "https://mirror.example/pyv",
        "refreshed": int(NOW),
        "reference": int(NOW),
        "expires": int(NOW) + 9,
        "stale": 0,
        "timestamp": "cd" * 32,
        "published": "2026-11-20T00:00:00Z",
        "roles": [role],
        "targets": {
            "trust/artifact-keys.json": "ab" * 32,
            "revocations/revocations.json": "ef" * 32,
            f"manifest/{LINUX}.json": "",
        },
    }
    return {
        "good-fresh": json.dumps(state),
        "good-stale": json.dumps({**state, "stale": 7, "published": "", "roles": []}),
        "bad-no-keys": json.dumps({**state, "targets": {"revocations/revocations.json": "ef" * 32}}),
        "odd-target": json.dumps({**state, "targets": {"x": "../../state.json"}}),
        "bad-schema": json.dumps({**state, "schema": 2}),
        "bad-targets": json.dumps({**state, "targets": {"x": 1}}),
        "bad-cut": json.dumps(state)[:-9],
        "bad-roles": json.dumps({**state, "roles": [[]]}),
        "bad-moment": json.dumps({**state, "expires": 2**53}),
        "bad-moment-of-role": json.dumps({**state, "roles": [{**role, "expires": 2**53}]}),
        "bad-nul-in-digest": json.dumps({**state, "targets": {"x": "\0"}}),
        "bad-digest-no-text": json.dumps({**state, "targets": {"x": "\ud800"}}),
    }


def _anchor() -> Mapping[str, str]:
    text = made_index().anchor().decode()
    anchor: dict[str, Any] = {
        "schema": 2,
        "source": "/media/usb",
        "added": "2026-11-22T00:00:00Z",
        "version": 1,
        "keyids": ["00" * 32],
        "root": text,
        "first": text,
    }
    return {
        "good-whole": json.dumps(anchor),
        "good-first-unknown": json.dumps({**anchor, "first": ""}),
        "bad-schema": json.dumps({**anchor, "schema": 1}),
        "bad-no-root": json.dumps({**anchor, "root": None}),
        "bad-cut": json.dumps(anchor)[:200],
        "bad-source": json.dumps({**anchor, "source": 1}),
        "bad-root-no-text": json.dumps({**anchor, "root": "\ud800", "first": ""}),
    }


def _receipt() -> Mapping[str, str]:
    receipt = Receipt(
        name="3.13.7t",
        request="3.13t",
        artifact=RECORD,
        index="embedded",
        source="https://mirror.example/pyv",
        level="artifact-signature",
        keyid=RECORD.keyid,
        installed_at="2026-11-22T00:00:00Z",
        pyv="0.1",
        tree="ef" * 32,
        files=4321,
        unpacked=98765432,
        patched=("bin/pip", "lib/python3.13/_sysconfigdata__linux_x86_64-linux-gnu.py"),
        phases={"download": 0.1, "extract": 1.25},
    )
    text = receipt.to_json()
    told = json.loads(text)
    return {
        "good-whole": json.dumps(told),
        "good-written": text,
        "good-no-index": json.dumps({key: value for key, value in told.items() if not key.startswith("index_")}),
        "odd-seconds": text.replace("1.25", "NaN").replace("0.1,", "Infinity,"),
        "bad-schema": json.dumps({**told, "schema": 2}),
        "bad-artifact": json.dumps({**told, "artifact": {**told["artifact"], "h": "x"}}),
        "bad-artifact-no-text": json.dumps({**told, "artifact": {**told["artifact"], "t": "\udc80"}}),
        "bad-phases": json.dumps({**told, "phases": {"download": "1"}}),
        "bad-seconds": text.replace("1.25", "1" + "0" * 400),
        "bad-cut": text[:100],
        "bad-critical-list-in-list": json.dumps({**told, "artifact": {**told["artifact"], "crit": [[]]}}),
    }


def _files() -> Mapping[str, str]:
    entries = [
        TreeEntry("bin/python3.12", EXECUTABLE, "ab" * 32),
        TreeEntry("lib/a b/é\x85.py", PLAIN, "cd" * 32),
        link_entry("bin/python3", "python3.12"),
    ]
    text = listing(entries)
    return {
        "good-three": text,
        "good-none": "",
        "good-disorder": "".join(sorted(text.splitlines(keepends=True), reverse=True)) if text.isascii() else text,
        "bad-no-end": text[:-1],
        "bad-mode": text.replace("100644", "100600"),
        "bad-digest": text.replace("ab" * 32, "ab"),
        "bad-no-path": f"100644 {'ab' * 32} \n",
        "bad-empty-line": text + "\n",
    }


def seeds() -> dict[str, Mapping[str, str]]:
    """By target and name."""
    return {"state": _state(), "anchor": _anchor(), "receipt": _receipt(), "files": _files()}
