"""An index, opened: what it offers, who may have signed it, what it took back, and how fresh all that is.

An `Index` never says yes to a record by itself; `pyv.trust.record.verify_record` does. Where it was opened from what
was cached, `renewal` leads to the same index as it is now: whoever activates something asks that one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pyv.domain.artifact import Artifact
from pyv.domain.derived import Derived
from pyv.domain.fields import hinted
from pyv.domain.manifest import parse_manifest
from pyv.domain.revocation import Revocations
from pyv.domain.triple import triple_hint
from pyv.errors import DocumentError, ResolutionError
from pyv.transfer.locations import Location
from pyv.trust.keys import KeyList

EMBEDDED = "embedded"
SIGNED, FRESH = "artifact-signature", "index-fresh"


def nothing_derived(_: str) -> list[Derived]:
    """The derived records of a place that has none."""
    return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """One index, opened."""

    label: str
    """`embedded`, or the address without credentials."""
    keys: KeyList
    revocations: Revocations
    location: Location | None
    """Where it lies; None for the embedded one, whose blobs are upstream's."""
    level: str
    """What an artifact it names reaches: `artifact-signature` or `index-fresh`."""
    published: str = ""
    """When its publisher made it, UTC; empty where nobody says."""
    stale: float = 0.0
    """Seconds since its metadata expired, where policy allowed that."""
    note: str = ""
    """What people should know of how it came to be used."""
    read: Callable[[str], bytes | None] = field(repr=False)
    """The manifest of a triple."""
    derived: Callable[[str], list[Derived]] = field(default=nothing_derived, repr=False)
    """What its place says is another packing of archives of a triple: lines that sign themselves, asked for once.

    It raises TransferError or DocumentError where that cannot be read.
    """
    renewal: Callable[[], Index] | None = field(default=None, repr=False)
    """Waits for the refresh that is under way; None where there is nothing to wait for."""

    again: Callable[[], Index] | None = field(default=None, repr=False)
    """Asks its place although it is fresh: for whoever does not find in it what he was told is there."""

    def current(self) -> Index:
        """The index as it is now.

        Raises:
            PyvError: it could not be refreshed.
        """
        return self if self.renewal is None else self.renewal()

    def artifacts(self, triple: str) -> list[Artifact]:
        """Every record of a triple.

        Raises:
            ResolutionError: the index has no manifest for it. DocumentError: the manifest cannot be read.
        """
        found = self.manifest(triple)
        if found is None:
            raise ResolutionError(
                f"the {self.label} index has nothing for {triple}",
                hint=f"check the triple; {triple_hint(triple)}",
                triple=triple,
            )
        return found

    def manifest(self, triple: str) -> list[Artifact] | None:
        """Every record of a triple; None where the index has no manifest for it.

        Raises:
            DocumentError: the manifest cannot be read.
        """
        content = self.read(triple)
        if content is None:
            return None
        with hinted(f"it was published like this: tell the operator of the {self.label} index"):
            return parse_manifest(decoded(content, triple), f"manifest of {triple}", triple)


def decoded(content: bytes, document: str) -> str:
    """Bytes of a document as text.

    Raises:
        DocumentError: they are not UTF-8.
    """
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise DocumentError(f"{document}: not a text document", document=document) from None
