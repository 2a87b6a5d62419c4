"""The prebuilt twin of each interpreter: the record `pyv install` would take for its version, or why there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pyv.domain.request import VersionRequest, parse_request
from pyv.errors import PyvError
from pyv.install.plan import Plan
from pyv.migrate.inventory import Entry
from pyv.store.adopted import read_adopted
from pyv.store.paths import Root
from pyv.store.versions import store_id_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """An interpreter, and what would take its place."""

    entry: Entry
    plan: Plan | None = None
    cause: str = ""
    """Why there is none."""
    is_here: bool = False
    """Whether pyv has installed it already."""
    is_linked: bool = False
    """Whether its name is a link that adopted another tool's version."""

    def to_dict(self) -> dict[str, object]:
        """The interpreter and its twin for `--json`."""
        plan = self.plan
        told: dict[str, object] = {
            **self.entry.to_dict(),
            "here": self.entry.here or None,
            "installed": self.is_here,
            "linked": self.is_linked,
            "twin": None,
        }
        if plan is not None:
            artifact = plan.artifact
            told["twin"] = {"pinned": artifact.pinned, "flavor": artifact.flavor, "sha256": artifact.sha256}
        elif self.cause:
            told["cause"] = self.cause
        return told


def find_twins(entries: Iterable[Entry], planned: Callable[[VersionRequest, bool], Plan], root: Root) -> list[Twin]:
    """The twin of every interpreter; `planned(request, force)` makes the plan of one installation.

    A link that adopted another tool's version is one that a twin replaces; whatever else stands at the name is left.
    """
    return [_twin(entry, planned, root) for entry in entries if entry.kind == "interpreter"]


def _twin(entry: Entry, planned: Callable[[VersionRequest, bool], Plan], root: Root) -> Twin:
    is_linked = bool(entry.here) and read_adopted(root, entry.here) is not None
    is_here = bool(entry.here) and store_id_of(root, entry.here) is not None
    if not entry.request:
        return Twin(entry=entry, cause=entry.cause, is_linked=is_linked, is_here=is_here)
    try:
        plan = planned(parse_request(entry.request), is_linked)
    except PyvError as fault:
        return Twin(entry=entry, cause=fault.message, is_linked=is_linked, is_here=is_here)
    return Twin(entry=entry, plan=plan, is_linked=is_linked, is_here=is_here)
