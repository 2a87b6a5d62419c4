"""Is this name allowed, is this mode, and where does this link lead? Pure, and the same on every system.

Names: relative, below `python`, no empty, `.` or `..` component, nothing Windows could not hold, within limits.
The table of names: each path once, no file where a directory is, and no two spellings of one name. On a
destination that ignores case, names that differ only in case are refused too, except directories (which merge) and
files or links that turn out to be the same (reference: genuine terminfo trees hold `E/Eterm` and `e/eterm`).
Symlinks: relative, inside the tree, to something the archive holds, and through no other symlink.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from pyv.archive.reader import DIRECTORY, FILE, HARD_LINK, SYMLINK, Member
from pyv.archive.refusal import RuleError

TOP = "python"
DEEPEST, LONGEST_PATH, LONGEST_COMPONENT = 64, 1024, 255

_WINDOWS = re.compile(r'[<>:"|?*\\]')
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# Categories: control characters, and the separators that end a line in a `.files` list.
_UNSEEN = frozenset({"Cc", "Zl", "Zp"})
_RESERVED = frozenset({"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}) | {
    device + digit for device in ("COM", "LPT") for digit in "0123456789¹²³"
}


@lru_cache(maxsize=4096)
def component_fault(component: str) -> str | None:
    """Why one component of a path may not be; None where it may."""
    if component in {"", ".", ".."}:
        return "a name with an empty, `.` or `..` component"
    if _CONTROL.search(component) or (not component.isascii() and _has_unseen(component)):
        return "a name with a control character"
    if len(component.encode()) > LONGEST_COMPONENT:
        return f"a component of more than {LONGEST_COMPONENT} bytes"
    return _windows_fault(component)


def _has_unseen(component: str) -> bool:
    return any(unicodedata.category(letter) in _UNSEEN for letter in component)


def _windows_fault(component: str) -> str | None:
    """Why Windows could not hold it (learn.microsoft.com, "Naming Files, Paths, and Namespaces")."""
    found = _WINDOWS.search(component)
    if found is not None:
        return f"a name with `{found[0]}`, which Windows cannot hold"
    if component[-1] in ". ":
        return "a component that ends in a dot or a space, which Windows cannot hold"
    if component.partition(".")[0].rstrip(" ").upper() in _RESERVED:
        return f"the name `{component}`, which is a device on Windows"
    return None


def _length_fault(path: str, components: list[str]) -> str | None:
    if len(components) > DEEPEST:
        return f"a path of {len(components)} components, more than {DEEPEST}"
    if len(path.encode()) > LONGEST_PATH:
        return f"a path of more than {LONGEST_PATH} bytes"
    return None


def name_fault(path: str) -> str | None:
    """Why a member may not have this name; None where it may."""
    components = path.split("/")
    if path.startswith("/"):
        return "an absolute name"
    for component in components:
        if fault := component_fault(component):
            return fault
    if components[0] != TOP:
        return f"a name outside the top directory `{TOP}`"
    return _length_fault(path, components)


def target_fault(target: str) -> str | None:
    """Why a symlink may not have this target, whatever it leads to; None where it may."""
    components = target.split("/")
    if target.startswith("/"):
        return "an absolute link target"
    for component in components:
        if component != ".." and (fault := component_fault(component)):
            return f"a link target that is {fault}"
    return _length_fault(target, components)


class Place(NamedTuple):
    """Where a member goes."""

    path: str
    """As it is spelled on disk."""
    twin: bool = False
    """Whether a member of another spelling is there already: contents must be the same, and nothing is written."""


class Names:
    """Every path of an archive so far."""

    def __init__(self, *, case_sensitive: bool = True) -> None:
        self._case_sensitive = case_sensitive
        self._kinds: dict[str, bytes] = {}
        """By key: FILE, SYMLINK or DIRECTORY."""
        self._spelled: dict[str, str] = {}
        self._stated: set[str] = set()
        """Directories that had a member of their own."""

    def add(self, member: Member) -> Place:
        """Enter a member.

        Raises:
            RuleError: its name is not allowed, or is taken.
        """
        path, kind = member.path, member.kind
        if fault := name_fault(path):
            raise RuleError(fault)
        if kind == DIRECTORY:
            if path in self._stated:
                raise RuleError("a name that is there twice")
            self._stated.add(path)
            return Place(self._directory(path))
        parent, _, name = path.rpartition("/")
        if not parent:
            raise RuleError(f"the top directory `{TOP}` is not a directory")
        if kind == HARD_LINK:
            self._check_hard_link(member)
        spelled = f"{self._directory(parent)}/{name}"
        return self._enter(spelled, SYMLINK if kind == SYMLINK else FILE)

    def spelled(self, path: str) -> str:
        """How a path that was entered is spelled on disk."""
        return self._spelled[self._key(path)]

    def resolve(self, link: str, target: str, *, within: str = TOP) -> None:
        """Follow a symlink through the table, as text.

        Raises:
            RuleError: it leaves `within`, leads to nothing, or leads through a file or another symlink.
        """
        if fault := target_fault(target):
            raise RuleError(fault)
        parts = link.split("/")[:-1]
        highest = within.count("/") + 1
        kind: bytes | None = DIRECTORY
        for component in target.split("/"):
            if kind == FILE:
                raise RuleError(f"its target `{target}` leads through a file")
            if component != "..":
                parts.append(component)
            elif len(parts) == highest:
                raise RuleError(f"its target `{target}` is outside `{within}`")
            else:
                parts.pop()
            kind = self._kinds.get(self._key("/".join(parts)))
            if kind is None:
                raise RuleError(f"its target `{target}` is not in the archive")
            if kind == SYMLINK:
                raise RuleError(f"its target `{target}` leads to another symlink")

    def _check_hard_link(self, member: Member) -> None:
        target = member.target
        if fault := name_fault(target):
            raise RuleError(f"a link target that is {fault}")
        kind = self._kinds.get(self._key(target))
        if kind is None:
            raise RuleError(f"a hard link to `{target}`, which no member before it is")
        if kind != FILE:
            raise RuleError(f"a hard link to `{target}`, which is not a regular file")

    def _key(self, path: str) -> str:
        if path.isascii():
            return path if self._case_sensitive else path.lower()
        if self._case_sensitive:
            return unicodedata.normalize("NFC", path)
        return unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold())

    def _directory(self, path: str) -> str:
        """Enter a directory and its parents; its spelling on disk."""
        key = self._key(path)
        kind = self._kinds.get(key)
        if kind is None:
            parent, _, name = path.rpartition("/")
            spelled = f"{self._directory(parent)}/{name}" if parent else path
            self._kinds[key], self._spelled[key] = DIRECTORY, spelled
            return spelled
        spelled = self._spelled[key]
        if kind != DIRECTORY:
            raise RuleError(f"`{spelled}` is both a directory and not one")
        self._check_spelling(path, spelled)
        return spelled

    def _enter(self, path: str, kind: bytes) -> Place:
        key = self._key(path)
        before = self._kinds.setdefault(key, kind)
        spelled = self._spelled.setdefault(key, path)
        if spelled is path:
            return Place(path)
        if spelled == path and before == kind:
            raise RuleError("a name that is there twice")
        if before != kind:
            raise RuleError(f"a name that is already there as something else (`{spelled}`)")
        self._check_spelling(path, spelled)
        return Place(spelled, twin=True)

    def _check_spelling(self, path: str, spelled: str) -> None:
        """Refuse one name in two Unicode spellings; names that differ in case alone may still be twins."""
        if path != spelled and unicodedata.normalize("NFC", path) == unicodedata.normalize("NFC", spelled):
            raise RuleError(f"another Unicode spelling of `{spelled}`")
