"""The embedded index: what this pyv was published with, trusted as part of it; it does not expire."""

from __future__ import annotations

import json
from pathlib import Path

from pyv.domain.fields import malformed
from pyv.domain.revocation import Revocations, parse_revocations, union
from pyv.errors import PyvError
from pyv.index.opened import EMBEDDED, SIGNED, Index, decoded
from pyv.trust.keys import parse_key_list

KEY_LIST = "targets/trust/artifact-keys.json"
REVOCATIONS = "targets/revocations/revocations.json"
PUBLISHED = "x-pyv-published"


def embedded_directory() -> Path:
    """Where the embedded index lies: inside the installed package, or beside `src` in a checkout."""
    installed = Path(__file__).parent.parent / "manifests"
    return installed if installed.is_dir() else Path(__file__).parents[3] / "manifests"


def embedded_index(directory: Path | None = None, seen: Revocations | None = None) -> Index:
    """The index this pyv was published with; `seen` are revocations known from refreshing the same index since.

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
    listed = read(REVOCATIONS)
    revocations = parse_revocations(decoded(listed, REVOCATIONS), REVOCATIONS) if listed is not None else Revocations()
    return Index(
        label=EMBEDDED,
        keys=parse_key_list(decoded(content, KEY_LIST), KEY_LIST),
        revocations=union(revocations, seen or Revocations()),
        location=None,
        level=SIGNED,
        published=published(base),
        read=lambda triple: read(f"targets/manifest/{triple}.json"),
    )


def published(base: Path) -> str:
    """When an index in a directory says it was published; empty where it does not.

    Raises:
        DocumentError: the timestamp is none.
    """
    path = base / "metadata" / "timestamp.json"
    try:
        signed = json.loads(path.read_bytes())["signed"]
        return str(signed.get(PUBLISHED, ""))
    except FileNotFoundError:
        return ""
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise malformed(str(path), "signed", "not TUF metadata") from None
