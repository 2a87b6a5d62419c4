"""`pyv verify`: whether what is installed is still what was installed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pyv.cli import options as o
from pyv.cli.output import Output
from pyv.environment import current

if TYPE_CHECKING:
    from pyv.cli.context import Context
    from pyv.install.verify import Verified

_DAMAGED, _BLOCKED = 7, 4


def verify(
    versions: Annotated[
        list[str] | None, typer.Argument(metavar="[VERSION]...", help="Default: all that pyv installed.")
    ] = None,
    json: o.Json = False,
    quiet: o.Quiet = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Also list what was added.")] = False,
) -> None:
    """Hash every file of installed versions, and hold it to what was installed.

    Prints a line a file that is not as it was: `changed 3.12.2/lib/…` or `missing …`. What was added since (packages,
    bytecode) is no damage: it is counted, and listed with --verbose. Versions their publisher took back are named
    with what to do. The exit status is 7 where something is damaged, 4 where something is blocked, else 0.

    \b
    pyv verify
    pyv verify 3.12 --json
    """
    from pyv.cli.context import make_context
    from pyv.cli.progress import watched
    from pyv.index.seen import every_revocation
    from pyv.install.verify import names_to_verify, verify_version

    environment = current()
    plain = Output(environment=environment, as_json=json, quiet=quiet or json, verbose=verbose)
    context = make_context(environment, plain)
    revocations = every_revocation(context.root)
    output, reporter = watched(plain)
    names, foreign = (_named(versions, context), ()) if versions else names_to_verify(context.root)
    verdicts = []
    for name in names:
        verdicts.append(verify_version(context.root, name, revocations, reporter.progress(name)))
        _tell(verdicts[-1], output)
    for name in foreign:
        output.say(f"{name}: not installed by pyv, so there is nothing to hold it to")
    if not verdicts and not foreign:
        output.say("nothing is installed")
    output.json({"verified": [verdict.to_dict() for verdict in verdicts], "foreign": list(foreign)})
    if any(verdict.is_damaged for verdict in verdicts):
        raise typer.Exit(_DAMAGED)
    if any(verdict.is_blocked for verdict in verdicts):
        raise typer.Exit(_BLOCKED)


def _named(words: list[str], context: Context) -> list[str]:
    """The names in the tree that words mean, as for `pyv prefix`, each once."""
    from pyv.errors import NotInstalledError
    from pyv.selection.installed import read_installed
    from pyv.selection.select import resolve
    from pyv.store.versions import linked_id

    installed = read_installed(context.root)
    found = []
    for word in words:
        lost = "/" not in word and linked_id(context.root, word) is not None  # its prefix may be gone: that is damage
        choice = resolve(word, installed)
        name = word if lost else choice.name
        if name is None:
            raise NotInstalledError(f"version `{word}' not installed", hint=f"pyv install {choice.kept}", name=word)
        found.append(name)
    return list(dict.fromkeys(found))


def _tell(verdict: Verified, output: Output) -> None:
    name, difference, entry = verdict.name, verdict.difference, verdict.revocation
    parts = difference._asdict() if output.verbose else {"changed": difference.changed, "missing": difference.missing}
    output.lines(f"{part} {name}/{_shown(path)}" for part, paths in parts.items() for path in paths)
    if entry is not None:
        output.result(f"{'blocked' if entry.blocks else 'yanked'} {name}: {entry.told}")
    added = f"{len(difference.added)} added since" if difference.added else "nothing added"
    if verdict.problem:
        output.say(f"{name}: damaged: {verdict.problem}")
    elif verdict.is_damaged:
        changed, missing = len(difference.changed), len(difference.missing)
        output.say(f"{name}: damaged: of {verdict.files} files {changed} changed, {missing} missing; {added}")
    else:
        output.say(f"{name}: {verdict.files} files as installed; {added}")
    if verdict.remedy:
        output.say(f"hint: {verdict.remedy}")


def _shown(path: str) -> str:
    """A path for a terminal: whatever was put into the prefix chose its name."""
    return path if path.isprintable() else ascii(path)[1:-1]
