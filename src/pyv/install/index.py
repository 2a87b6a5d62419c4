"""Where records come from: the embedded index, or one a person configured (`pyv.install.configured`).

An `Index` answers two questions: which artifacts there are for a triple, and which keys may have signed them. It
never says yes to a record by itself; `pyv.trust.record.verify_record` does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pyv.domain.artifact import Artifact
from pyv.domain.manifest import parse_manifest
from pyv.errors import DocumentError, PyvError, ResolutionError
from pyv.transfer.locations import Location
from pyv.trust.keys import KeyList, parse_key_list

EMBEDDED = "embedded"
KEY_LIST = "targets/trust/artifact-keys.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """One index, opened."""

    label: str
    """`embedded`, or the address without credentials."""
    keys: KeyList
    location: Location | None
    """Where it lies; None for the embedded one, whose blobs are upstream's."""
    read: Callable[[str], bytes | None] = field(repr=False)

    def artifacts(self, triple: str) -> list[Artifact]:
        """Every record of a triple.

        Raises:
            ResolutionError: the index has no manifest for it. DocumentError: the manifest cannot be read.
        """
        found = self.manifest(triple)
        if found is None:
            raise ResolutionError(
                f"the {self.label} index has nothing for {triple}",
                hint="check the triple; `pyv available --all-platforms` lists what the index has",
                triple=triple,
            )
        return found

    def manifest(self, triple: str) -> list[Artifact] | None:
        """Every record of a triple; None where the index has no manifest for it.

        Raises:
            DocumentError: the manifest cannot be read.
        """
        content = self.read(f"targets/manifest/{triple}.json")
        if content is None:
            return None
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


def embedded_directory() -> Path:
    """Where the embedded index lies: inside the installed package, or beside `src` in a checkout."""
    installed = Path(__file__).parent.parent / "manifests"
    return installed if installed.is_dir() else Path(__file__).parents[3] / "manifests"


def embedded_index(directory: Path | None = None) -> Index:
    """The index this pyv was published with: trusted as part of the wheel, it does not expire.

    Raises:
        PyvError: this installation of pyv lacks it.
    """
    base = directory or embedded_directory()

    def read(name: str) -> bytes | None:
        try:
            return (base / name).read_bytes()
        except FileNotFoundError:
            return None

    content = read(KEY_LIST)
    if content is None:
        raise PyvError(f"the embedded index is missing from {base}", hint="install pyv again")
    keys = parse_key_list(decoded(content, KEY_LIST), KEY_LIST)
    return Index(label=EMBEDDED, keys=keys, location=None, read=read)
