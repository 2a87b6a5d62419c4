"""The summary of a job on GitHub: what Python it got, from whom, and how long that took; a table in Markdown.

Words of an index or a server stand in it as code, from which no Markdown and no HTML gets out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pyv.reporting import printable
from pyv.selection.prefixes import Prefix
from pyv.store.receipt import Receipt

_NOTHING = "–"


def summary(prefixes: Sequence[Prefix], *, cache_hit: bool | None) -> str:
    """A heading and a table, a column for each version."""
    rows = [("", [f"**{_code(prefix.name)}**" for prefix in prefixes]), ("---", ["---"] * len(prefixes))]
    columns = [_column(prefix) for prefix in prefixes]
    rows += [(name, [column.get(name, _NOTHING) for column in columns]) for name in dict.fromkeys(_names(columns))]
    if cache_hit is not None:
        rows.append(("cache", ["restored" if cache_hit else "not restored"] * len(prefixes)))
    table = "".join(f"| {' | '.join([name, *cells])} |\n" for name, cells in rows)
    return f"### Python, installed by pyv\n\n{table}\n"


def _names(columns: Iterable[dict[str, str]]) -> Iterable[str]:
    return (name for column in columns for name in column)


def _column(prefix: Prefix) -> dict[str, str]:
    receipt = prefix.receipt
    if receipt is None:
        return {"version": _code(prefix.version), "from": "not installed by pyv"}
    artifact = receipt.artifact
    return {
        "version": _code(prefix.version),
        "build": f"{_code(artifact.build)} {_code(artifact.flavor)} {_code(artifact.triple)}",
        "sha256": _code(artifact.sha256),
        "key": _code(receipt.keyid) if receipt.keyid else _NOTHING,
        "index": f"{_code(receipt.index)}, {_code(receipt.level)}",
        "from": _code(receipt.source),
        "installed": f"{_code(receipt.installed_at)} in {_took(receipt)}",
    }


def _took(receipt: Receipt) -> str:
    """The phases; a download and the extraction beside it are not added up, since they overlap."""
    return ", ".join(f"{_plain(phase)} {seconds:.2f} s" for phase, seconds in receipt.phases.items()) or _NOTHING


def _code(text: str) -> str:
    shown = printable(text).replace("`", "'").replace("|", "\\|")
    return f"`{shown}`" if shown.strip() else _NOTHING


def _plain(text: str) -> str:
    return "".join(character for character in text if character.isalnum())
