"""What an operator does about what `pyv mirror verify` found."""

from __future__ import annotations

from pyv.index.reading import PACK
from pyv.mirror.check import BROKEN, DAMAGED, EXPIRED, MISSING, UNKNOWN, UNTRUSTED, Verdict

_RENEWED = {
    "timestamp": "pyv mirror sign timestamp DIR --keys KEYDIR",
    "root": "pyv mirror rotate root DIR --keys KEYDIR",
    "targets": "pyv mirror rotate targets DIR --keys KEYDIR",
}
_PUBLISH = "pyv mirror sign publish DIR --keys KEYDIR"
_HINTS = {
    BROKEN: "restore metadata/ and targets/ from a backup, or carry the mirror over again; clients refuse it like this",
    UNTRUSTED: "compare the manifests with a backup; clients refuse these records",
    DAMAGED: "remove what is damaged; `pyv mirror sync DIR --keys KEYDIR` fetches archives of upstream's again, "
    "`pyv mirror add` puts your own back",
    MISSING: "`pyv mirror sync DIR --keys KEYDIR` fetches archives of upstream's again, `pyv mirror add` puts your own "
    "back",
    UNKNOWN: "remove it once you know whose it is: nothing refers to it",
}


def remedies(verdict: Verdict) -> list[str]:
    """What to do, each once."""
    found = []
    for fault in verdict.faults:
        if fault.kind == EXPIRED:
            found.append(f"sign it again: {_RENEWED.get(fault.what, _PUBLISH)}")
        elif fault.what == PACK:
            found.append(f"it is made anew with a new timestamp: {_RENEWED['timestamp']}")
        elif fault.what.startswith("pbs/"):
            found.append(f"publish, and it is made anew: {_PUBLISH}")
        else:
            found.append(_HINTS[fault.kind])
    return list(dict.fromkeys(found))
