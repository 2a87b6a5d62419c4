"""A finding of an audit: a code that stays, how bad it is, what was found, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

ERROR, WARNING = "error", "warning"
_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing an operator should know."""

    code: str
    severity: str
    what: str
    """One line."""
    hint: str
    about: tuple[str, ...] = ()
    """Every record, file, role or key it is about."""

    @property
    def is_error(self) -> bool:
        """Whether it must not stay like this."""
        return self.severity == ERROR

    def to_dict(self) -> dict[str, object]:
        """The finding for `--json`."""
        return {
            "code": self.code,
            "severity": self.severity,
            "what": self.what,
            "hint": self.hint,
            "about": list(self.about),
        }


def some(names: Sequence[str]) -> str:
    """A few of them, and how many more."""
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")


def counted(names: Sequence[object], what: str) -> str:
    """How many there are."""
    return f"{len(names):,} {what}{'' if len(names) == 1 else 's'}"
