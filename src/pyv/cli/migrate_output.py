"""What people are told of a migration, and the parts of its JSON that are of the command."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pyv.cli.outcomes import described
from pyv.cli.output import error_values
from pyv.environment import Environment
from pyv.errors import PyvError
from pyv.install.plan import Plan
from pyv.migrate.answers import PINNING, Answer
from pyv.migrate.compare import Compared
from pyv.migrate.dependents import Dependent
from pyv.migrate.inventory import Entry, Inventory
from pyv.migrate.link import Link
from pyv.migrate.packages import packages_of
from pyv.migrate.reinstall import Move, Moved
from pyv.migrate.survey import PinFile
from pyv.migrate.twin import Twin


def heading(inventory: Inventory) -> dict[str, object]:
    """What every JSON document of a migration begins with."""
    return {"tool": inventory.tool, "from": str(inventory.place), "same_root": inventory.is_own}


def inventory_lines(twins: Sequence[Twin], others: Sequence[Entry], pins: Iterable[PinFile]) -> Iterator[str]:
    """What is there: interpreters with their twins, then links and environments, then pins."""
    width = max((len(name) for name in [*(twin.entry.name for twin in twins), *(o.name for o in others)]), default=0)
    for twin in twins:
        yield f"{twin.entry.name.ljust(width)}  {_twin(twin)}"
    for entry in others:
        what = f"alias of {entry.target}" if entry.kind == "alias" else entry.cause or entry.kind
        yield f"{entry.name.ljust(width)}  {what}"
    for pin in pins:
        yield f"{pin.path}: {' '.join(pin.names) or 'system'}"


def _twin(twin: Twin) -> str:
    parts = []
    if twin.is_here:
        parts.append("installed by pyv")
    elif twin.is_linked:
        parts.append("linked")
    if twin.plan is None:
        parts.append(f"no twin: {twin.cause}")
    elif not twin.is_here:
        parts.append(f"twin {twin.plan.artifact.pinned} ({twin.plan.artifact.flavor})")
    count = len(packages_of(twin.entry.path))
    if count:
        parts.append(_counted(count, "package"))
    return "; ".join(parts)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def summary(inventory: Inventory, twins: Sequence[Twin], others: Sequence[Entry]) -> str:
    """What that comes to."""
    parts = [_counted(len(twins), "interpreter")]
    for kind, noun in (("alias", "link"), ("environment", "environment"), ("broken", "broken entry")):
        count = sum(entry.kind == kind for entry in others)
        if count:
            parts.append(_counted(count, noun) if noun != "broken entry" or count == 1 else f"{count} broken entries")
    own = "; this is pyv's own root, and they answer already" if inventory.is_own else ""
    return f"{inventory.tool} at {inventory.place}: {', '.join(parts)}{own}"


def planned(plan: Plan) -> str:
    """What `--dry-run` says of an installation."""
    return described(plan)


def link_lines(links: Iterable[Link], *, dry_run: bool) -> Iterator[str]:
    """Every link that is made, or there."""
    for link in links:
        if not link.cause:
            verb = "present" if link.is_there else "would link" if dry_run else "linked"
            yield f"{verb} {link.entry.here} -> {link.target}"


def move_line(move: Move) -> str:
    """What `--dry-run` says of packages."""
    words = " ".join(package.requirement for package in move.wanted)
    return f"would install in {move.name}: {words or 'nothing'}"


def moved_lines(moved: Moved) -> Iterator[str]:
    """What pip installed, and what it could not."""
    name = moved.move.name
    for package in moved.installed:
        yield f"installed {package.requirement} in {name}"
    for package, reason in moved.failed:
        yield f"failed {package.requirement} in {name}: {reason}"


def moved_notes(moved: Moved) -> Iterator[str]:
    """What pip was not asked for, and why; and how much failed."""
    move = moved.move
    for package in move.left:
        yield f"{move.name}: {package.name} is left: it came from {package.origin}"
    for package, version in move.present:
        if package.version != version:
            yield f"{move.name}: {package.name} stays at {version}, which is there already (it was {package.version})"
    if not moved.installed and not moved.failed and not move.left:
        yield f"{move.name}: no packages to install"
    if moved.failed:
        yield f"{move.name}: {len(moved.failed)} of {_counted(len(move.wanted), 'package')} failed"


def failure(move: Move, fault: PyvError) -> dict[str, object]:
    """A version whose packages could not even be tried, for `--json`."""
    return {"name": move.name, "error": error_values(fault)}


def pinning(environment: Environment) -> list[str]:
    """The variables of this shell that replace what files say."""
    return [name for name in PINNING if environment.variable(name)]


def compared_lines(each: Compared, tool: str) -> Iterator[str]:
    """One comparison: a line, and one for each cause."""
    if not each.causes:
        yield f"same     {each.path}: {_answer(each.ours)}"
        return
    yield f"differs  {each.path}: {tool} {_answer(each.theirs)}; pyv {_answer(each.ours)}"
    for cause in each.causes:
        yield f"         {cause}"


def _answer(answer: Answer) -> str:
    parts = [":".join(answer.names) or "nothing"]
    if answer.missing:
        parts.append(f"missing {' '.join(answer.missing)}")
    if answer.program:
        parts.append(answer.program)
    return ", ".join(parts)


def verdict(count: int, differing: int, executable: Path, tool: str) -> str:
    """Whether they agree."""
    asked = f"{_counted(count, 'place')} compared with {executable}"
    return (
        f"{asked}: {differing} differ{'s' if differing == 1 else ''}" if differing else f"{asked}: pyv and {tool} agree"
    )


def dependent_lines(found: Sequence[Dependent]) -> Iterator[str]:
    """What depends on it, by kind."""
    width = max((len(each.kind) for each in found), default=0)
    for each in found:
        yield f"{each.kind.ljust(width)}  {each.where}{': ' if each.detail else ''}{each.detail}"


def parting(inventory: Inventory, count: int) -> Iterator[str]:
    """The verdict on removing the tool, and what it takes."""
    tool, place = inventory.tool, inventory.place
    if count:
        verb = "depends" if count == 1 else "depend"
        yield f"{_counted(count, 'thing')} still {verb} on {tool} at {place}; nothing was changed"
        return
    yield f"nothing that was looked at depends on {tool} at {place}"
    yield f"hint: move it away first, and remove it when nothing is missed: mv {place} {place}.old"
