"""Proofs: both spellings, and what is neither."""

from __future__ import annotations

import base64
import json

import pytest

from pyv.domain.artifact import Artifact
from pyv.domain.lines import canonical_json
from pyv.errors import DocumentError, SignatureError
from pyv.trust.proof import dump_proof, parse_proof
from pyv.trust.record import verify_record
from tests.trust.vector import KEYID, KEYS, NOW, PAYLOAD, RECORD, SIGNATURE

TYPE = "application/vnd.pyv.artifact.v1+json"


def envelope(payload: bytes = PAYLOAD, /, **changes: object) -> str:
    found: dict[str, object] = {
        "payloadType": TYPE,
        "payload": base64.b64encode(payload).decode(),
        "signatures": [{"keyid": KEYID, "sig": SIGNATURE}],
    }
    return json.dumps({**found, **changes}, indent=1)


def test_a_proof_is_a_dsse_envelope() -> None:
    assert dump_proof(RECORD) == (
        f'{{"payload":"{base64.b64encode(PAYLOAD).decode()}","payloadType":"{TYPE}",'
        f'"signatures":[{{"keyid":"{KEYID}","sig":"{SIGNATURE}"}}]}}\n'
    )


@pytest.mark.parametrize(
    "text",
    [
        dump_proof(RECORD),
        envelope(),
        canonical_json(RECORD.to_dict()),
        canonical_json(RECORD.to_dict()) + "\n",
        json.dumps(RECORD.to_dict(), indent=2),
    ],
    ids=["written", "indented envelope", "record line", "with its line feed", "indented record"],
)
def test_both_spellings_give_the_record(text: str) -> None:
    read = parse_proof(text, "proof")
    assert read == RECORD
    assert verify_record(read, KEYS, NOW).keyid == KEYID


def test_the_url_safe_alphabet_is_read() -> None:
    signatures = [{"keyid": KEYID, "sig": SIGNATURE.replace("+", "-").replace("/", "_")}]
    assert signatures[0]["sig"] != SIGNATURE
    assert parse_proof(envelope(signatures=signatures), "proof") == RECORD


def test_the_location_of_a_record_line_is_kept() -> None:
    text = canonical_json({**RECORD.to_dict(), "p": "20260814/a.tar.gz"})
    assert parse_proof(text, "proof").location == "20260814/a.tar.gz"


def test_an_altered_envelope_is_read_and_does_not_verify() -> None:
    read = parse_proof(envelope(PAYLOAD.replace(b"3.13.7", b"3.13.8")), "proof")
    assert isinstance(read, Artifact)
    with pytest.raises(SignatureError):
        verify_record(read, KEYS, NOW)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "proof: i: missing"),
        ("[]", "proof: not a JSON object"),
        (envelope(payloadType="text/plain"), f"proof: payloadType: `text/plain` is not `{TYPE}`"),
        (envelope(payload="***"), "proof: payload: not base64"),
        (envelope(payload=None), "proof: payload: missing"),
        (envelope(b"\xff"), "proof: payload: not ASCII"),
        (envelope(PAYLOAD + b" "), "proof: payload: not the canonical JSON of a record"),
        (
            envelope(PAYLOAD.replace(b'{"b"', b'{"k":"x","b"')),
            "proof: payload: not the canonical JSON of a record",
        ),
        (envelope(signatures=[]), "proof: signatures: 0 of them, where this pyv reads exactly one"),
        (envelope(signatures=[{}, {}]), "proof: signatures: 2 of them, where this pyv reads exactly one"),
        (envelope(signatures=[{"keyid": KEYID, "sig": "é"}]), "proof: signatures[0].sig: not base64"),
    ],
)
def test_what_is_no_proof_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_proof(text, "proof")
    assert caught.value.message == message
