"""How an archive is refused: which archive, which member, which rule.

Pure code raises `RuleError` with the rule alone; whoever knows the archive and the member turns it into the
`ArchiveError` a person sees.
"""

from __future__ import annotations

from pyv.errors import ArchiveError

HINT = "fetch it again or from another mirror; if that does not help, pyv does not extract such an archive"
_LONGEST = 200


class RuleError(Exception):
    """A rule of this floor does not hold; the message is the rule."""

    @property
    def rule(self) -> str:
        """What is wrong, in words."""
        return str(self)


def printable(text: str) -> str:
    """A name from an archive as it may be shown on a terminal: no control characters, no endless lines."""
    shown = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text[:_LONGEST])
    return shown if len(text) <= _LONGEST else f"{shown}…"


def refused(archive: str, rule: str, *, member: str | None = None, hint: str = HINT) -> ArchiveError:
    """The error for one broken rule."""
    where = archive if member is None else f"{archive}: `{printable(member)}`"
    shown = None if member is None else printable(member)
    return ArchiveError(f"{where}: {rule}", hint=hint, archive=archive, member=shown, rule=rule)
