"""Seeds of the documents a publisher signs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace

from pyv.domain.artifact import Artifact
from pyv.domain.derived import dump_derived
from pyv.domain.lines import canonical_json
from pyv.domain.lock import Lock, Locked, dump_lock
from pyv.domain.manifest import dump_manifest
from pyv.domain.revocation import Revocation, Revocations, dump_revocations
from pyv.trust.keys import ArtifactKey, KeyList, dump_key_list
from pyv.trust.proof import dump_proof
from tests.prove.fuzzing.genuine import DERIVED, LINUX, RECORDS
from tests.trust.vector import KEYS, PUBLIC, RECORD

DEEP = "[" * 3000 + "]" * 3000
REVOKED = Revocations(
    (
        Revocation(action="block", sha256="ab" * 32, reason="CVE-2026-0001", date="2026-10-01", ref="CVE-2026-0001"),
        Revocation(action="yank", version="3.13.7t", triple=LINUX, reason="it hangs", date="2026-10-02"),
        Revocation(action="block", build="20240224", reason="é", date="2026-10-03", replaced_by="3.12"),
        Revocation(action="block", keyid="00" * 32, reason="lost", date="2026-10-04"),
    )
)


def _line(artifact: Artifact, **changes: object) -> str:
    return canonical_json({**artifact.to_dict(), **changes})


def _manifest() -> Mapping[str, str]:
    whole = dump_manifest(LINUX, RECORDS)
    head = whole.partition("\n")[0]
    return {
        "good-records": whole,
        "good-empty": head + "\n",
        "good-unsigned": f"{head}\n{_line(RECORD, k='', s='')}\n",
        "good-unknown-key": f"{head}\n{_line(RECORD, zz={'deep': [[['x']]]})}\n",
        "bad-no-end": whole[:-1],
        "bad-other-triple": whole.replace(LINUX, "aarch64-apple-darwin", 1),
        "bad-critical": f"{head}\n{_line(RECORD, crit=['newer'])}\n",
        "bad-critical-list-in-list": f"{head}\n{_line(RECORD, crit=[[]])}\n",
        "bad-twice": f"{head}\n" + _line(RECORD).replace("{", '{"v":"3.12.9",', 1) + "\n",
        "bad-float": f"{head}\n{_line(RECORD).replace(str(RECORD.size), '1.5')}\n",
        "bad-version": f"{head}\n{_line(RECORD, v='3.013.7')}\n",
        "bad-location": f"{head}\n{_line(RECORD, p='../../x')}\n",
        "bad-deep": f"{head}\n{_line(RECORD, zz=0).replace('0', DEEP, 1)}\n",
    }


def _derived() -> Mapping[str, str]:
    whole = dump_derived(LINUX, DERIVED)
    head = whole.partition("\n")[0]

    def line(**changes: object) -> str:
        return f"{head}\n{canonical_json({**DERIVED[0].to_dict(), **changes})}\n"

    return {
        "good-records": whole,
        "good-empty": head + "\n",
        "good-unsigned": line(k="", s=""),
        "good-unknown-key": line(zz={"deep": [[["x"]]]}),
        "bad-no-end": whole[:-1],
        "bad-other-triple": whole.replace(LINUX, "aarch64-apple-darwin", 1),
        "bad-critical": line(crit=["newer"]),
        "bad-compression": line(c="gz"),
        "bad-itself": line(h=DERIVED[0].origin),
        "bad-no-size": line(n=None),
        "bad-deep": line(zz=0).replace('"zz":0', f'"zz":{DEEP}'),
    }


def _lock() -> Mapping[str, str]:
    requests = ("3.13.7t", "3.12", "3.14.0rc2+debug", ">=3.9, <3.10", "latest")
    entries = tuple(map(_locked, requests, RECORDS))
    whole = dump_lock(Lock(entries=(entries[1], entries[4])))
    return {
        "good-records": dump_lock(Lock(entries=entries)),
        "good-empty": dump_lock(Lock()),
        "good-by-hand": whole.replace(" = ", "=").replace("\n[[python]]", "\r\n [[ python ]] # here\r"),
        "good-literals": re.sub('= "([^"\\\\]*)"$', r"= '\1'", whole, flags=re.MULTILINE),
        "bad-conflict": "<<<<<<< ours\n" + whole,
        "bad-newer": whole.replace("format = 1", "format = 2"),
        "bad-twice": whole.replace('"latest"', '"3.12"'),
        "bad-key": whole.replace('build = "', 'url = "x"\nbuild = "', 1),
        "bad-extra": whole.replace('extra = "{', 'extra = "{\\"h\\":1,', 1),
        "bad-keys-in-keys": "format = 1\n" + "a." * 500 + "a = 1\n",
        "bad-array": f"format = 1\npython = {DEEP[2700:3300]}\n",
        "bad-many-lines": 'format = 1\nx = """\n' + "a = 1\n" * 40,
    }


def _locked(request: str, artifact: Artifact) -> Locked:
    return Locked(request=request, artifact=artifact)


def _proof() -> Mapping[str, str]:
    envelope = json.loads(dump_proof(RECORDS[0]))
    two = {**envelope, "signatures": envelope["signatures"] * 2}
    return {
        **{f"good-envelope-{number}": dump_proof(record) for number, record in enumerate(RECORDS)},
        "good-record": _line(RECORDS[1]),
        "good-blanks": f"\n {json.dumps(RECORDS[0].to_dict(), indent=1)}\n\n",
        "bad-two-signatures": json.dumps(two),
        "bad-no-signature": json.dumps({**envelope, "signatures": []}),
        "bad-payload-type": json.dumps({**envelope, "payloadType": "application/vnd.in-toto+json"}),
        "bad-payload": json.dumps({**envelope, "payload": "e30="}),
        "bad-base64": json.dumps({**envelope, "payload": "*"}),
        "bad-empty": "",
        "bad-bytes-of-a-control-character": _line(RECORD, v="\udcc2\udc9b2J"),
        "bad-critical-list-in-list": _line(RECORD, crit=[[]]),
    }


def _keys() -> Mapping[str, str]:
    key = KEYS.keys[0]
    other = ArtifactKey.of_public(b"\x07" * 32)
    text = dump_key_list(KeyList(keys=(replace(key, not_before="2026-01-01", not_after="2027-12-31"), other)))
    return {
        "good-two": text,
        "good-revoked": dump_key_list([replace(key, revoked=True)]),
        "good-none": dump_key_list([]),
        "bad-id": text.replace(PUBLIC, "00" * 32),
        "bad-type": text.replace("ed25519", "rsa", 1),
        "bad-format": text.replace('"format":1', '"format":2'),
        "bad-twice": dump_key_list([key, key]),
        "bad-day": text.replace("2026-01-01", "2026-1-1"),
        "bad-list": "[]",
    }


def _revocations() -> Mapping[str, str]:
    text = dump_revocations(REVOKED)
    return {
        "good-every-match": text,
        "good-empty": dump_revocations(Revocations()),
        "good-described": text.replace('"action"', '"more":{"a":[]},"action"', 1),
        "bad-action": text.replace('"yank"', '"warn"'),
        "bad-match": text.replace('"build"', '"builds"'),
        "bad-two-matches": text.replace('"build":', '"version":"3.12.2","build":'),
        "bad-triple-alone": text.replace('"version":"3.13.7t"', '"build":"20240224"'),
        "bad-reason": text.replace("it hangs", "it \\u001b[2J hangs"),
        "bad-day": text.replace("2026-10-01", "2026-13-01"),
        "bad-match-of-text": text.replace(f'{{"sha256":"{"ab" * 32}"}}', '"ab"'),
    }


def seeds() -> dict[str, Mapping[str, str]]:
    """By target and name."""
    return {
        "manifest": _manifest(),
        "derived": _derived(),
        "lock": _lock(),
        "proof": _proof(),
        "keys": _keys(),
        "revocations": _revocations(),
    }
