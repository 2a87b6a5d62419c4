"""A proof: the signed record of one archive in a file of its own, to lie beside the archive.

Two spellings are read: the record as it stands in a manifest, and a DSSE envelope
`{"payloadType","payload","signatures":[{"keyid","sig"}]}`, which any DSSE verifier can check without pyv. Reading
judges the form only; `pyv.trust.record.verify_record` gives the verdict.
"""

from __future__ import annotations

import base64
import binascii

from pyv.domain.artifact import Artifact
from pyv.domain.fields import Fields, parse_object
from pyv.domain.lines import canonical_json
from pyv.trust.record import PAYLOAD_TYPE, payload_bytes

MAX_BYTES = 64 * 1024
"""The largest proof that is read: a hundred times a usual one."""

_URL_SAFE = str.maketrans("-_", "+/")


def parse_proof(text: str, document: str) -> Artifact:
    """Read a proof; `document` is what errors call it.

    Raises:
        DocumentError: neither a record nor an envelope around one.
    """
    fields = Fields(parse_object(text.strip(), document), document)
    if "payloadType" not in fields.values:
        return Artifact.from_fields(fields)
    return _parse_envelope(fields)


def dump_proof(artifact: Artifact) -> str:
    """The DSSE envelope of a signed record: one line, ending in a line feed."""
    envelope = {
        "payloadType": PAYLOAD_TYPE,
        "payload": base64.b64encode(payload_bytes(artifact)).decode("ascii"),
        "signatures": [{"keyid": artifact.keyid, "sig": artifact.signature}],
    }
    return canonical_json(envelope) + "\n"


def _parse_envelope(fields: Fields) -> Artifact:
    if fields.text("payloadType") != PAYLOAD_TYPE:
        raise fields.fault("payloadType", f"`{fields.text('payloadType')}` is not `{PAYLOAD_TYPE}`")
    signatures = fields.objects("signatures")
    if len(signatures) != 1:
        raise fields.fault("signatures", f"{len(signatures)} of them, where this pyv reads exactly one")
    payload = _decoded(fields, "payload")
    try:
        text = payload.decode("ascii")
    except UnicodeDecodeError:
        raise fields.fault("payload", "not ASCII") from None
    record = parse_object(text, fields.document, "payload")
    unsigned = Artifact.from_fields(Fields(record, fields.document, "payload"))
    # The signature is checked over the record spelled anew; another spelling could never verify.
    if payload_bytes(unsigned) != payload:
        raise fields.fault("payload", "not the canonical JSON of a record")
    signature = _decoded(signatures[0], "sig")
    return Artifact.from_fields(
        Fields(
            {
                **record,
                "k": signatures[0].text("keyid"),
                "s": base64.b64encode(signature).decode("ascii"),
            },
            fields.document,
            "payload",
        )
    )


def _decoded(fields: Fields, key: str) -> bytes:
    """DSSE allows both alphabets of base64."""
    try:
        return base64.b64decode(fields.text(key).translate(_URL_SAFE).encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise fields.fault(key, "not base64") from None
