"""TUF metadata, through pyv's own refresh: what is accepted is vouched for, and accepted again from what was kept.

An input is a whole index as one JSON text, `{"anchor","now","files"}`. Mutants of it are damaged as they are, as by
somebody on the path, or signed again after the damage, as by a publisher (or whoever has his keys) who means harm.
"""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from tuf.api.metadata import Metadata

from pyv.index.reading import PACK, packed
from pyv.trust.refresh import Refreshed, refresh_index
from pyv.trust.root import check_root, follows
from tests.prove.fuzzing.genuine import LINUX
from tests.prove.fuzzing.mutator import json_damaged
from tests.prove.fuzzing.target import Target
from tests.prove.fuzzing.throwaway import canonical, signatures
from tests.prove.mutation import bytes_changed

NAMES = ("trust/artifact-keys.json", "revocations/revocations.json", f"manifest/{LINUX}.json")
_ROLES = ("root", "timestamp", "snapshot", "targets", "releases", "revocations")
_WORDS = (
    '{"version":1}', '{"version":1,"length":1}', '{"version":1,"hashes":{"sha256":"00"}}', '"2001-01-01T00:00:00Z"',
    '"9999-12-31T23:59:59Z"', '"0001-01-01T00:00:00Z"', '"1.0.99"', '["*"]', '"../../x"', "true", "false",
    '{"keyids":[],"threshold":1}', '{"keyids":[],"threshold":0}', '{"sha256":"00"}', '{"md5":"00"}',
)  # fmt: skip
_DAMAGE = json_damaged(_WORDS)


def refreshed(data: bytes, place: Path) -> bool:
    """Refresh from an index; False for what is no such input."""
    try:
        told = json.loads(data.decode("utf-8", "replace"))
        anchor, now = told["anchor"].encode(), float(told["now"])
        files = {name: text.encode() for name, text in told["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        return False
    if not 0 <= now < 2**33:
        return False
    shutil.rmtree(place / "metadata", ignore_errors=True)
    (place / "metadata").mkdir()
    found = _refresh(place / "metadata", anchor, files, now)
    _vouched(place / "metadata", anchor)
    listed = "".join(path.read_text(encoding="utf-8") for path in (place / "metadata").glob("*.json"))
    for content in filter(None, found.targets.values()):
        assert hashlib.sha256(content).hexdigest() in listed, "a target nobody lists was accepted"
    again = _refresh(place / "metadata", anchor, files, now)
    assert again.targets == found.targets, "what was accepted is another index when it is asked again"
    return True


def _refresh(directory: Path, anchor: bytes, files: dict[str, bytes], now: float) -> Refreshed:
    read = packed(lambda name, _: files.get(name)) if PACK in files else lambda name, _: files.get(name)
    found = refresh_index(
        directory, anchor, read, NAMES, now=now, floor=0.0, max_staleness=0.0, kept=lambda digest: None
    )
    assert found.expires > now, "expired metadata was accepted"
    return found


def _vouched(directory: Path, anchor: bytes) -> None:
    """Hold what was kept to the root's word, counted without python-tuf: enough of the keys it names signed each role."""
    assert _version(directory / "root.json") >= json.loads(anchor)["signed"]["version"], "the root went back"
    root = json.loads((directory / "root.json").read_bytes())["signed"]
    targets = json.loads((directory / "targets.json").read_bytes())["signed"]
    delegations = targets.get("delegations") or {"keys": {}, "roles": []}
    for role in ("root", "timestamp", "snapshot", "targets"):
        _held(directory / f"{role}.json", root["roles"][role], root["keys"])
    for delegated in delegations.get("roles", ()):
        path = directory / f"{delegated['name']}.json"
        if path.is_file():
            _held(path, delegated, delegations["keys"])


def _version(path: Path) -> int:
    return int(json.loads(path.read_bytes())["signed"]["version"])


def _held(path: Path, role: dict[str, Any], keys: dict[str, Any]) -> None:
    metadata = json.loads(path.read_bytes())
    # python-tuf reads leniently (a date of `00:00:0Z`, a null version), and checks the signature of what it read
    signed = canonical(Metadata.from_bytes(path.read_bytes()).signed.to_dict())
    made = {each["keyid"]: each["sig"] for each in metadata["signatures"]}
    good = {
        keys[keyid]["keyval"]["public"] for keyid in role["keyids"] if _fits(keys.get(keyid), made.get(keyid), signed)
    }
    assert len(good) >= role["threshold"], f"{path.name}: {len(good)} signatures, where {role['threshold']} must be"


def _fits(key: dict[str, Any] | None, signature: str | None, signed: bytes) -> bool:
    if key is None or signature is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key["keyval"]["public"])).verify(
            bytes.fromhex(signature), signed
        )
    except (InvalidSignature, ValueError, KeyError, TypeError):
        return False
    return True


def root(data: bytes, place: Path) -> bool:
    """A root somebody offers, in a file: it stands by itself, or follows another."""
    view = check_root(data, "the root")
    assert 0 < view.threshold <= len(set(view.keyids)), "a threshold nobody can reach"
    data.decode("utf-8")
    follows(data, data)
    return True


def _index_damaged(chance: random.Random, data: bytes) -> bytes:
    """One file of an index damaged, and half of them signed again."""
    try:
        told = json.loads(data)
        files = told["files"]
        name = chance.choice(sorted(files))
        text = files[name]
        assert isinstance(text, str)
    except (ValueError, KeyError, TypeError, IndexError, AssertionError, RecursionError):
        return bytes_changed(chance, data)
    if chance.random() < 0.1:
        del files[name]
    else:
        files[name] = _DAMAGE(chance, text.encode("utf-8", "replace")).decode("utf-8", "replace")
    if chance.random() < 0.6:
        _sign_again(files, name)
    return json.dumps(told, sort_keys=True).encode()


def _sign_again(files: dict[str, str], name: str) -> None:
    """Let the keys of a role vouch for what became of it, and the timestamp for a snapshot."""
    role = name.rpartition("/")[2].removesuffix(".json").rpartition(".")[2]
    if role not in _ROLES or name not in files:
        return
    try:
        signed = json.loads(files[name])["signed"]
        files[name] = json.dumps({"signatures": signatures(role, canonical(signed)), "signed": signed})
        if role == "snapshot":
            stamp = json.loads(files["metadata/timestamp.json"])
            content = files[name].encode()
            stamp["signed"]["meta"]["snapshot.json"].update(
                length=len(content), hashes={"sha256": hashlib.sha256(content).hexdigest()}
            )
            files["metadata/timestamp.json"] = json.dumps(stamp)
            _sign_again(files, "metadata/timestamp.json")
    except Exception:  # no canonical JSON can be made of it: it stays as damaged as it is
        return


TARGETS = (
    Target(name="metadata", run=refreshed, damage=_index_damaged, share=4),
    Target(name="root", run=root, damage=json_damaged(_WORDS)),
)
