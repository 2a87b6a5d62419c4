"""`pyv trust`: which keys may sign records besides the embedded index's."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from pyv.cli import options as o
from pyv.cli.output import Output
from pyv.environment import current

app = typer.Typer(
    no_args_is_help=True,
    help="Accept, list and forget the keys of an organisation's own index.",
    rich_markup_mode=None,
)


@app.command()
def add(
    place: Annotated[str, typer.Argument(metavar="DIR|URL|FILE", help="An index, or its artifact-keys.json.")],
    key_id: Annotated[
        list[str] | None, typer.Option("--key-id", metavar="ID", help="Accept exactly this key; repeatable.")
    ] = None,
    yes: o.Yes = False,
    json: o.Json = False,
) -> None:
    """Show the keys of an index, and accept them.

    Compare the key ids with what the index's operator told you by another way. On a terminal pyv asks; elsewhere it
    needs --key-id or --yes.

    \b
    pyv trust add http://mirror.example/pyv/
    pyv trust add /mnt/mirror --key-id 3f0c…
    """
    from pyv.cli.context import make_context
    from pyv.install.offered import choose, offered_keys
    from pyv.install.trusted import accept

    environment = current()
    context = make_context(environment, Output(environment=environment, as_json=json))
    with context.closing:
        listed, source = offered_keys(place, environment, context.client)
    chosen = choose(listed, key_id or [])
    for key in chosen:
        context.output.say(f"{source} is signed with key {key.keyid}")
    if not (key_id or yes) and not _agreed(len(chosen)):
        raise typer.Exit(1)
    accepted = accept(context.root, chosen, source, environment.now)
    context.output.say(f"trusted: {len(accepted)} key{'s' if len(accepted) != 1 else ''} of {source}")
    context.output.json({"trusted": [trusted.to_dict() for trusted in accepted]})


def _agreed(count: int) -> bool:
    from pyv.errors import TrustError

    if not sys.stdin.isatty():
        raise TrustError(
            "nobody here can be asked whether to trust these keys",
            hint="compare the ids above with what the operator told you, then pass --key-id ID (or --yes)",
        )
    return typer.confirm(f"trust {'this key' if count == 1 else f'these {count} keys'}?", err=True)


@app.command("list")
def list_(json: o.Json = False) -> None:
    """List the accepted keys, one a line: key id, date, where it was accepted from."""
    from pyv.cli.context import make_context
    from pyv.install.trusted import trusted_keys

    environment = current()
    context = make_context(environment, Output(environment=environment, as_json=json))
    found = trusted_keys(context.root)
    context.output.lines(f"{trusted.key.keyid}  {trusted.added}  {trusted.source}" for trusted in found)
    context.output.json({"trusted": [trusted.to_dict() for trusted in found]})


@app.command()
def remove(
    name: Annotated[str, typer.Argument(metavar="ID|SOURCE", help="A key id or its beginning, or the source.")],
    json: o.Json = False,
) -> None:
    """Forget accepted keys; what was installed with them stays."""
    from pyv.cli.context import make_context
    from pyv.install.trusted import distrust

    environment = current()
    context = make_context(environment, Output(environment=environment, as_json=json))
    gone = distrust(context.root, name)
    for trusted in gone:
        context.output.say(f"forgotten: key {trusted.key.keyid} of {trusted.source}")
    context.output.json({"forgotten": [trusted.to_dict() for trusted in gone]})
