"""`pyv trust`: which roots of indexes are accepted besides the embedded one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from pyv.cli import options as o
from pyv.cli.output import Output
from pyv.environment import current

if TYPE_CHECKING:
    from pyv.index.anchors import Anchor

app = typer.Typer(
    no_args_is_help=True,
    help="Accept, list and forget the roots of an organisation's own index.",
    rich_markup_mode=None,
)


@app.command()
def add(
    place: Annotated[str, typer.Argument(metavar="URL|DIR|oci://…|FILE", help="An index, or a root file.")],
    key_id: Annotated[
        list[str] | None,
        typer.Option("--key-id", metavar="ID", help="A key its root must have; name every one of them."),
    ] = None,
    sha256: Annotated[
        str | None, typer.Option("--sha256", metavar="DIGEST", help="The sha256 its root file must have.")
    ] = None,
    yes: o.Yes = False,
    json: o.Json = False,
) -> None:
    """Show the root of an index, accept it, and fetch the index once.

    A root says which keys may sign the index, now and after every rotation. Compare its keys, or its sha256, with
    what the index's operator told you by another way. On a terminal pyv asks; elsewhere it needs --key-id, --sha256
    or --yes. What is accepted counts for that index only.

    \b
    pyv trust add http://mirror.example/pyv/
    pyv trust add /mnt/mirror --sha256 9a0364b9…
    """
    from pyv.cli.context import make_context
    from pyv.index.anchors import accept
    from pyv.index.offer import offered_root, require

    environment = current()
    context = make_context(environment, Output(environment=environment, as_json=json))
    with context.closing:
        anchor, location = offered_root(place, environment.cwd, context.client, environment.now)
        _show(anchor, context.output)
        require(anchor, key_id or [], sha256)
        if not (key_id or sha256 or yes) and not _agreed():
            raise typer.Exit(1)
        accept(context.root, anchor)
        context.output.say(f"trusted: root {anchor.ident} of {anchor.source}")
        if location is not None:
            from pyv.host import detect
            from pyv.index.configured import belongs, renew

            access = context.access()
            renew(belongs(location, anchor, access), [detect().triple], access)
    context.output.json({"trusted": anchor.to_dict()})


def _show(anchor: Anchor, output: Output) -> None:
    output.say(f"{anchor.source}: root {anchor.ident}, version {anchor.version}, sha256 {anchor.sha256}")
    for keyid in anchor.keyids:
        output.say(f"  root key {keyid}")


def _agreed() -> bool:
    from pyv.errors import TrustError

    if not sys.stdin.isatty():
        raise TrustError(
            "nobody here can be asked whether to trust this root",
            hint="compare it with what the operator told you, then pass --sha256 DIGEST, --key-id ID or --yes",
        )
    return typer.confirm("trust this root?", err=True)


@app.command("list")
def list_(json: o.Json = False) -> None:
    """List the roots, one a line: id, version, date, where it was accepted from; the embedded one first."""
    from pyv.cli.context import make_context
    from pyv.index.anchors import accepted, embedded_anchor

    environment = current()
    context = make_context(environment, Output(environment=environment, as_json=json))
    found = [*filter(None, [embedded_anchor()]), *accepted(context.root)]
    context.output.lines(
        f"{anchor.ident}  version {anchor.version}  {anchor.added or '-':20}  {anchor.source}" for anchor in found
    )
    context.output.json({"trusted": [anchor.to_dict() for anchor in found]})


@app.command()
def remove(
    name: Annotated[
        str,
        typer.Argument(metavar="ID|SOURCE", help="A root's id, one of its key ids, their beginning, or the source."),
    ],
    json: o.Json = False,
) -> None:
    """Forget accepted roots; what was installed with them stays."""
    from pyv.cli.context import make_context
    from pyv.index.anchors import distrust

    environment = current()
    context = make_context(environment, Output(environment=environment, as_json=json))
    gone = distrust(context.root, name)
    for anchor in gone:
        context.output.say(f"forgotten: root {anchor.ident} of {anchor.source}")
    context.output.json({"forgotten": [anchor.to_dict() for anchor in gone]})
