"""Links into another tool's tree: what is there answers here too, and nothing of it is touched.

Decide first (`plan_links`), then do (`adopt`): receipt, link, aliases, shims, under the tree lock. `pyv uninstall NAME`
takes a link away again; the sweep of a later command takes back what a dead process had begun.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass

from pyv import __version__
from pyv.domain.policy import Policy
from pyv.domain.timestamp import utc
from pyv.environment import Environment
from pyv.errors import PolicyError
from pyv.migrate.inventory import Entry, Inventory, refuse_own
from pyv.selection.select import SYSTEM
from pyv.store.adopted import Adopted, adopted_id, read_adopted
from pyv.store.aliases import read_aliases
from pyv.store.atomic import make_directory, replace_link, write_text
from pyv.store.lock import locked
from pyv.store.paths import Root
from pyv.store.shims import rehash
from pyv.store.staging import staged
from pyv.store.versions import linked_id, settle

_CONTROL = re.compile(r"[\0-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link to make, or what stands against it."""

    entry: Entry
    target: str
    """The text of the link."""
    cause: str = ""
    """Why it is not to be made."""
    is_there: bool = False

    def to_dict(self) -> dict[str, object]:
        """The link for `--json`."""
        status = "present" if self.is_there else "left" if self.cause else "linked"
        name = self.entry.here or self.entry.name
        return {"name": name, "target": self.target, "status": status, "cause": self.cause or None}


def refuse_unjudged(policy: Policy) -> None:
    """A linked interpreter has no record: where a policy judges what is installed, it could be held to nothing.

    Raises:
        PolicyError: a file demands a level, versions, triples or an age.
    """
    for each in policy.demands:
        if each.level or each.versions or each.triples is not None or each.minimum_release_age:
            raise PolicyError(
                f"a link has no record that could be judged, and {each.source} makes demands of what is installed",
                hint="take the prebuilt twins, which are judged: --install",
                source=each.source,
            )


def plan_links(inventory: Inventory, entries: Iterable[Entry], root: Root) -> list[Link]:
    """The link of every entry that can have one.

    Raises:
        RequestError: the other tree is pyv's own.
    """
    refuse_own(inventory, root)
    return [_planned(entry, root) for entry in entries if "/" not in entry.name]


def _planned(entry: Entry, root: Root, target: str = "") -> Link:
    target = target or str(entry.path)
    adopted = read_adopted(root, entry.here) if entry.here else None
    if adopted is not None:
        return Link(entry=entry, target=target, is_there=adopted.target == target)
    return Link(entry=entry, target=target, cause=_obstacle(entry, root))


def _obstacle(entry: Entry, root: Root) -> str:
    """Why a name cannot become a link; empty where it can."""
    name = entry.here
    if entry.kind == "broken" or not name:
        return entry.cause or "pyv follows minors itself"
    unnameable = _unnameable(name)
    if unnameable:
        return unnameable
    if linked_id(root, name) is not None:
        return f"pyv has installed {name} itself"
    if name in {alias.name for alias in read_aliases(root)}:
        return f"{name} is an alias pyv manages"
    return f"something else stands at {root.version_link(name)}" if os.path.lexists(root.version_link(name)) else ""


def _unnameable(name: str) -> str:
    """Why no pin or no command could mean this name; empty where they can."""
    if name == SYSTEM:
        return f"in a pin `{name}` is the system's Python"
    if _CONTROL.search(name):
        return "its name has a line feed, or another control character"
    if ":" in name:
        return "a colon in a pin stands between two names"
    return "its name would be an option" if name.startswith("-") else ""


def plan_aliases(inventory: Inventory, entries: Iterable[Entry], root: Root) -> list[Link]:
    """The aliases of versions that pyv has installed itself, as links inside its own tree."""
    known = {entry.name for entry in inventory.of("interpreter")}
    return [
        _planned(entry, root, entry.target)
        for entry in entries
        if entry.kind == "alias" and entry.here and entry.target in known and linked_id(root, entry.target) is not None
    ]


def adopt(links: Iterable[Link], tool: str, root: Root, environment: Environment) -> tuple[str, ...]:
    """Make every link that is planned; the managed aliases that had to give way.

    Raises:
        StoreError: the file system refuses; the links made before stay.
    """
    wanted = [link for link in links if not link.cause and not link.is_there]
    if not wanted:
        return ()
    with locked(root.tree_lock):
        before = {alias.name for alias in read_aliases(root)}
        for directory in (root.versions, root.store):
            make_directory(directory)
        for link in wanted:
            _adopt(link, tool, root, environment)
        rehash(root, environment.python)
        return tuple(sorted(before - {alias.name for alias in read_aliases(root)}))


def _adopt(link: Link, tool: str, root: Root, environment: Environment) -> None:
    name = link.entry.here
    fresh = _planned(link.entry, root, link.target)
    if fresh.cause or fresh.is_there:
        return  # another process was here first
    before = read_adopted(root, name)
    receipt = Adopted(
        name=name,
        tool=tool,
        target=link.target,
        was=before.target if before else "",
        adopted_at=utc(environment.now),
        pyv=__version__,
    )
    with staged(root) as stage:
        stage.intend("link", name, adopted_id(name))
        try:
            write_text(root.receipt(adopted_id(name)), receipt.to_json())
            replace_link(root.version_link(name), link.target)
        finally:
            settle(root, stage)
