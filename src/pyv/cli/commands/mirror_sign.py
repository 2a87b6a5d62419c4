"""`pyv mirror sign`: metadata is signed where the keys are, which may be nowhere near the mirror."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pyv.cli import options as o
from pyv.cli.output import Output
from pyv.cli.publishing import key_directory, published_values, tell_expiring, tell_published
from pyv.environment import current

app = typer.Typer(
    no_args_is_help=True,
    help="""Sign the metadata of a mirror, carry drafts to whoever holds the keys, and publish.

    \b
    pyv mirror sign export /srv/pyv root -o root.json      beside the mirror: what is to be signed
    pyv mirror sign add root.json --keys /media/token      where a key is: twice, by two people
    pyv mirror sign add root.json --mirror /srv/pyv        beside the mirror: take the signatures in
    pyv mirror sign publish /srv/pyv --keys ~/pyv-keys     once there are enough
    """,
    rich_markup_mode=None,
)
_WAITING = 4
Directory = Annotated[Path, typer.Argument(metavar="DIR", help="The mirror's directory.")]


@app.command()
def export(
    directory: Directory,
    role: Annotated[str, typer.Argument(metavar="ROLE", help="Whose draft: root, targets, releases, revocations.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where to write it.")],
    json: o.Json = False,
) -> None:
    """Write what waits for signatures to a file that can be carried: TUF metadata, with the signatures it has.

    \b
    pyv mirror sign export /srv/pyv targets -o /media/usb/targets.json
    """
    from pyv.domain.timestamp import utc
    from pyv.mirror.layout import Mirror
    from pyv.mirror.signatures import export_draft

    environment = current()
    told = Output(environment=environment, as_json=json)
    path = environment.cwd / output
    draft = export_draft(Mirror(environment.cwd / directory), role, path)
    told.say(f"{role} version {draft.version}, good until {utc(draft.expires)}: written to {path}")
    told.json({"role": role, "version": draft.version, "expires": utc(draft.expires), "path": str(path)})


@app.command()
def add(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `export` wrote.")],
    keys: Annotated[
        str | None, typer.Option("--keys", metavar="KEYDIR", help="Sign it with the keys in here, in place.")
    ] = None,
    mirror: Annotated[
        Path | None, typer.Option("--mirror", metavar="DIR", help="Take its signatures into this mirror's draft.")
    ] = None,
    role: Annotated[
        str | None, typer.Option("--role", help="With --keys: whose keys to use [default: what the file is].")
    ] = None,
    passphrase_file: o.PassphraseFile = None,
    json: o.Json = False,
) -> None:
    """Add signatures: of keys to a carried file (--keys), or of a carried file to the mirror's draft (--mirror).

    Look at the file before you sign it: it is JSON, and says which keys and files it vouches for.

    \b
    pyv mirror sign add root.json --keys /media/token
    pyv mirror sign add root.json --mirror /srv/pyv
    """
    from pyv.cli.passphrase import reading
    from pyv.errors import RequestError
    from pyv.mirror.layout import Mirror
    from pyv.mirror.signatures import read_file, role_of, sign_file, take_signatures
    from pyv.store.lock import locked

    environment = current()
    output = Output(environment=environment, as_json=json)
    path = environment.cwd / file
    if (keys is None) == (mirror is None):
        raise RequestError("say either --keys KEYDIR or --mirror DIR", hint="see `pyv mirror sign --help`")
    if keys is not None:
        passphrase = reading(environment, passphrase_file)
        signed = sign_file(path, role or role_of(read_file(path)), key_directory(environment, keys, passphrase))
    else:
        place = Mirror(environment.cwd / (mirror or ""))
        place.read_keys()
        with locked(place.lock):
            signed = take_signatures(place, path)
    for keyid in signed.added:
        output.say(f"{signed.role} version {signed.draft.version}: signature by {keyid} added")
    if not signed.added:
        output.say(f"{signed.role} version {signed.draft.version}: nothing new")
    for count in signed.counts:
        more = "" if count.is_met else "; keys that can sign: " + ", ".join(keyid[:16] for keyid in count.missing)
        output.say(f"  {len(count.signed)} of the {count.threshold} signatures it needs{more}")
    output.json({"role": signed.role, "version": signed.draft.version, "added": list(signed.added)})


@app.command()
def publish(directory: Directory, keys: o.Keys, passphrase_file: o.PassphraseFile = None, json: o.Json = False) -> None:
    """Publish whatever is new and has its signatures: drafts, manifests, keys, revocations.

    Roles whose time is half over are renewed where their keys are in KEYDIR. With nothing new, nothing is written. The
    exit status is 4 where something waits for signatures and nothing could be published, or root or targets expired.

    \b
    pyv mirror sign publish /srv/pyv --keys ~/pyv-keys
    """
    from pyv.cli.passphrase import reading
    from pyv.mirror.layout import Mirror
    from pyv.mirror.publisher import publish as bring_out
    from pyv.store.lock import locked

    environment = current()
    output = Output(environment=environment, as_json=json)
    mirror = Mirror(environment.cwd / directory)
    mirror.read_keys()
    passphrase = reading(environment, passphrase_file)
    with locked(mirror.lock):
        published = bring_out(mirror, key_directory(environment, keys, passphrase), environment.now)
    tell_published(published, output)
    if not published.changed and not published.waiting:
        output.say("nothing new to publish")
    expired = tell_expiring(published, output)
    output.json(published_values(published))
    if expired or (published.waiting and not published.changed):
        raise typer.Exit(_WAITING)


@app.command()
def timestamp(
    directory: Directory, keys: o.Keys, passphrase_file: o.PassphraseFile = None, json: o.Json = False
) -> None:
    """Sign the timestamp again, for another 14 days: what a daily job does. Only the timestamp's key is needed.

    \b
    pyv mirror sign timestamp /srv/pyv --keys ~/pyv-keys
    """
    from pyv.cli.passphrase import reading
    from pyv.mirror.layout import Mirror
    from pyv.mirror.resign import resign_timestamp
    from pyv.store.lock import locked

    environment = current()
    output = Output(environment=environment, as_json=json)
    mirror = Mirror(environment.cwd / directory)
    mirror.read_keys()
    passphrase = reading(environment, passphrase_file)
    with locked(mirror.lock):
        published = resign_timestamp(mirror, key_directory(environment, keys, passphrase), environment.now)
    tell_published(published, output)
    expired = tell_expiring(published, output)
    output.json(published_values(published))
    if expired:
        raise typer.Exit(_WAITING)
