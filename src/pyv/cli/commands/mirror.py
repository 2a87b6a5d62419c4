"""`pyv mirror`: a place to install from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pyv.cli import options as o
from pyv.cli.commands import mirror_sign
from pyv.cli.commands.mirror_bundle import export, import_
from pyv.cli.commands.mirror_care import audit, prune, status, verify
from pyv.cli.commands.mirror_keys import keygen, revoke, rotate
from pyv.cli.commands.mirror_push import push
from pyv.cli.commands.mirror_self import add_self
from pyv.cli.commands.mirror_serve import serve
from pyv.cli.commands.mirror_sync import diff, sync
from pyv.cli.output import Output, megabytes
from pyv.cli.publishing import key_directory, published_values, tell_published, tell_root
from pyv.environment import current

app = typer.Typer(
    no_args_is_help=True,
    help="Make, fill and serve an index of your own, with its archives.",
    rich_markup_mode=None,
)
app.add_typer(mirror_sign.app, name="sign")
Directory = Annotated[Path, typer.Argument(metavar="DIR", help="The mirror's directory.")]


def init(
    directory: Directory,
    keys: o.Keys,
    hybrid: Annotated[
        str | None,
        typer.Option(
            "--hybrid",
            metavar="UPSTREAM",
            help="Carry this index byte for byte under your own root: URL, DIR, oci://… or `embedded`.",
        ),
    ] = None,
    passphrase_file: o.PassphraseFile = None,
    no_passphrase: o.NoPassphrase = False,
    json: o.Json = False,
) -> None:
    """Make an empty mirror, the keys that KEYDIR lacks, and the first metadata.

    Keep KEYDIR outside the mirror and safe: who has it can sign interpreters your machines will run. Each role gets
    one key, so one person is enough to sign; `pyv mirror rotate root --add` and `--threshold` raise that.

    Without --hybrid the mirror is your own: you sign its records or take upstream's, and its metadata. With it you own
    root, targets, snapshot and timestamp, and upstream alone signs what there is to install.

    \b
    pyv mirror init /srv/pyv --keys ~/pyv-keys
    pyv mirror init /srv/pyv --keys ~/pyv-keys --hybrid embedded
    """
    from pyv.cli.passphrase import choosing, reading
    from pyv.cli.syncing import following
    from pyv.mirror.init import init as make

    environment = current()
    output = Output(environment=environment, as_json=json)
    chosen = choosing(environment, passphrase_file, none=no_passphrase)
    there = key_directory(environment, keys, reading(environment, passphrase_file))
    with following(hybrid, output) as follow:
        made = make(environment.cwd / directory, there, environment.now, choose=chosen, follow=follow)
    if made.made:
        kind = "encrypted" if chosen("") else "unencrypted"
        output.say(f"made {len(made.made)} {kind} keys in {there.path}: {', '.join(made.made)}")
    if made.key is None:
        output.say(f"mirror {made.directory} carries the index of {made.upstream} under your root")
    else:
        output.say(f"mirror {made.directory} is signed with key {made.key.keyid}")
    tell_published(made.published, output)
    keyid = None if made.key is None else made.key.keyid
    told = {"directory": str(made.directory), "keyid": keyid, "keys_made": list(made.made)}
    output.json({**told, "upstream": made.upstream or None, **published_values(made.published)})
    tell_root(made.directory, made.published, output)


def add(
    directory: Directory,
    archives: Annotated[list[Path], typer.Argument(metavar="ARCHIVE...", help="python-build-standalone archives.")],
    keys: o.Keys,
    version: Annotated[str | None, typer.Option("--version", help="What the name does not say: 3.12.2.")] = None,
    build: Annotated[str | None, typer.Option("--build", help="Eight digits, such as 20240224.")] = None,
    triple: Annotated[str | None, typer.Option("--triple", help="Such as x86_64-unknown-linux-gnu.")] = None,
    flavor: Annotated[str | None, typer.Option("--flavor", help="install_only_stripped, install_only or full.")] = None,
    options: Annotated[str | None, typer.Option("--options", help="Such as freethreaded; none by default.")] = None,
    passphrase_file: o.PassphraseFile = None,
    json: o.Json = False,
) -> None:
    """Add archives: work out what each is from its name and content, and sign its record.

    An archive with another name needs --version, --build, --triple and --flavor. Adding one twice changes nothing.

    \b
    pyv mirror add /srv/pyv cpython-3.12.2+20240224-*-install_only.tar.gz --keys ~/pyv-keys
    """
    from pyv.cli.passphrase import reading
    from pyv.mirror.add import Stated
    from pyv.mirror.add import add as take

    environment = current()
    output = Output(environment=environment, as_json=json)
    added = take(
        environment.cwd / directory,
        [environment.cwd / path for path in archives],
        key_directory(environment, keys, reading(environment, passphrase_file)),
        stated=Stated(version=version, build=build, triple=triple, flavor=flavor, options=options),
        now=environment.now,
    )
    for entry in added:
        size = megabytes(entry.artifact.size or 0)
        output.say(f"{'added' if entry.added else 'already there'}: {entry.artifact.name} ({size})")
    tell_published(added[-1].published, output)
    told = [{"record": entry.artifact.to_dict(), "new": entry.added} for entry in added]
    output.json({"added": told, **published_values(added[-1].published)})


# Help lists them in this order: making one, day and night, carrying it, keys.
for command in (init, add, sync, diff, status, verify, audit, prune, serve, push, export):
    app.command()(command)
app.command("import")(import_)
app.command("add-self", short_help="Put into DIR/self what pyv itself is installed from")(add_self)
for key_command in (keygen, rotate, revoke):
    app.command()(key_command)
