"""Results as people and scripts read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from benchmark.errors import BenchError
from benchmark.process import Runs

BEGIN = "<!-- what scripts/bench{} --write makes begins here -->"
END = "<!-- what scripts/bench{} --write makes ends here -->"
"""The lines around a generated part; what else is on the command line stands in them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What a figure is held against."""

    what: str
    limit: float
    found: float
    unit: str = ""

    @property
    def met(self) -> bool:
        return self.found <= self.limit

    def line(self) -> str:
        """`aim: … ≤ 1.20: 1.31, missed`."""
        verdict = "met" if self.met else "missed"
        return f"aim: {self.what} ≤ {self.limit:g}{self.unit}: {self.found:.2f}{self.unit}, {verdict}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One case."""

    case: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    aims: tuple[Aim, ...] = ()
    notes: tuple[str, ...] = ()
    runs: dict[str, Runs] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"{self.title}: rows of another width than {self.columns}")

    def markdown(self) -> str:
        """Heading, table, aims, notes."""
        widths = [max(map(len, column)) for column in zip(self.columns, *self.rows, strict=True)]
        # The first column is words, the others are figures.
        rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
        lines = [f"### {self.title}", "", _line(self.columns, widths), _line(rule, widths)]
        lines += [_line(row, widths) for row in self.rows]
        more = [aim.line() for aim in self.aims] + list(self.notes)
        return "\n".join([*lines, "", *(f"- {text}" for text in more), *([""] if more else [])])

    def values(self) -> dict[str, object]:
        """For `--json`: every single run too."""
        runs = {name: [asdict(run) for run in each.all] for name, each in self.runs.items()}
        aims = [{**asdict(aim), "met": aim.met} for aim in self.aims]
        rows = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        return {"case": self.case, "title": self.title, "rows": rows, "aims": aims, "notes": self.notes, "runs": runs}


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    padded = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
    return f"| {' | '.join(padded)} |"


def megabytes(count: float) -> str:
    """Bytes in units of 10^6."""
    return f"{count / 1e6:.0f} MB"


def replaced(document: str, generated: str, what: str = "") -> str:
    """The document with a generated part exchanged: that of `bench`, or of `bench WHAT`.

    Raises:
        BenchError: the markers are not there, once each and in order.
    """
    first, last = (marker.format(f" {what}" if what else "") for marker in (BEGIN, END))
    before, begin, rest = document.partition(first)
    _, end, after = rest.partition(last)
    if not begin or not end or first in after or last in after or last in before:
        raise BenchError(f"the document needs the lines `{first}` and `{last}`, once each")
    return f"{before}{first}\n\n{generated.strip()}\n\n{last}{after}"
