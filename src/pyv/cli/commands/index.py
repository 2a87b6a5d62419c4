"""`pyv index`: what the index in use says of itself, and fetching it anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from pyv.cli import options as o
from pyv.cli.output import Output, days
from pyv.environment import current

if TYPE_CHECKING:
    from pyv.cli.context import Context
    from pyv.index.standing import Standing

app = typer.Typer(
    no_args_is_help=True,
    help="Refresh the index in use, and show its roles, keys, expiries and age.",
    rich_markup_mode=None,
)
_EXPIRED = 4


@app.command()
def refresh(index: o.Index = None, max_staleness: o.MaxStaleness = None, json: o.Json = False) -> None:
    """Fetch what is new of the configured index, and verify all of it.

    Other commands do this by themselves when an hour has passed. The embedded index is refreshed by a newer pyv.

    \b
    pyv index refresh
    pyv index refresh --index http://mirror.example/pyv/
    """
    from pyv.cli.context import make_context
    from pyv.errors import RequestError
    from pyv.host import detect
    from pyv.index.configured import recognise, renew
    from pyv.index.standing import kept_standing

    environment = current()
    context = make_context(environment, Output(environment=environment, as_json=json), max_staleness=max_staleness)
    location = context.index_location(index)
    if location is None:
        raise RequestError(
            "no index is configured, and the embedded one is as old as this pyv",
            hint="name one with --index, PYV_INDEX or `index` in config.toml; or update pyv",
        )
    with context.closing:
        access = context.access()
        found = recognise(location, access)
        before = found.cache.state()
        state = renew(found, [detect().triple], access)
    standing = kept_standing(found, state)
    new = before is None or before.timestamp != state.timestamp or before.roles != state.roles
    context.output.say(f"{standing.label}: {'refreshed' if new else 'nothing new'}; {_age(standing, environment.now)}")
    context.output.json({"index": standing.to_dict(environment.now), "changed": new})


@app.command()
def show(index: o.Index = None, json: o.Json = False) -> None:
    """Show the roles of the index in use: version, expiry, threshold and key ids. Nothing is fetched.

    \b
    pyv index show
    pyv index show --index https://mirror.example/pyv/ --json
    """
    from pyv.domain.timestamp import utc

    context, standing = _standing(index, json)
    output, now = context.output, context.environment.now
    output.result(f"index      {standing.label}")
    output.result(f"root       {standing.ident}, accepted from {standing.source}")
    output.result(f"published  {standing.published or 'nobody says'}")
    output.result(f"refreshed  {'with pyv' if standing.refreshed is None else utc(standing.refreshed)}")
    for role in standing.roles:
        past = " (expired)" if role.expires <= now else ""
        output.result(
            f"{role.name:12} version {role.version:<4} expires {utc(role.expires)}{past}  "
            f"{role.threshold} of {len(role.keyids)} keys"
        )
        for keyid in role.keyids:
            output.result(f"             {keyid}")
    output.json({"index": standing.to_dict(now)})


@app.command()
def status(index: o.Index = None, json: o.Json = False) -> None:
    """Say in a line how old the index in use is; the exit status is 4 where it has expired. Nothing is fetched.

    \b
    pyv index status || pyv index refresh
    """
    context, standing = _standing(index, json)
    context.output.result(f"{standing.label}: {_age(standing, context.environment.now)}")
    context.output.json({"index": standing.to_dict(context.environment.now)})
    if standing.has_expired(context.environment.now):
        raise typer.Exit(_EXPIRED)


def _standing(index: str | None, json: bool) -> tuple[Context, Standing]:
    """The index in use as it is known here."""
    from pyv.cli.context import make_context
    from pyv.index.configured import recognise
    from pyv.index.standing import embedded_standing, kept_standing

    environment = current()
    context = make_context(environment, Output(environment=environment, as_json=json))
    location = context.index_location(index)
    if location is None:
        return context, embedded_standing()
    with context.closing:
        found = recognise(location, context.access(offline=True))
    return context, kept_standing(found, found.cache.state())


def _age(standing: Standing, now: float) -> str:
    from pyv.domain.timestamp import parse_utc, utc

    published = parse_utc(standing.published)
    age = "of unknown age" if published is None else f"published {standing.published}, {days(now - published)} ago"
    if standing.expires is None:
        return f"{age}; it does not expire"
    if standing.has_expired(now):
        return f"{age}; expired {utc(standing.expires)}, {days(now - standing.expires)} ago"
    return f"{age}; valid until {utc(standing.expires)}"
