"""`pyv mirror keygen`, `rotate` and `revoke`: keys come and go, and what they vouched for is taken back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pyv.cli import options as o
from pyv.cli.output import Output
from pyv.cli.publishing import key_directory, published_values, tell_published, tell_root
from pyv.environment import current

_WAITING = 4
Directory = Annotated[Path, typer.Argument(metavar="DIR", help="The mirror's directory.")]


def keygen(
    name: Annotated[str, typer.Argument(metavar="NAME", help="root, targets-2, snapshot, artifact, …")],
    keys: o.Keys,
    ecdsa: Annotated[bool, typer.Option("--ecdsa", help="ECDSA on P-256 instead of Ed25519.")] = False,
    passphrase_file: o.PassphraseFile = None,
    no_passphrase: o.NoPassphrase = False,
    json: o.Json = False,
) -> None:
    """Make one key: NAME.pem, which stays with whoever holds it, and NAME.pub, which the operator is given.

    NAME begins with the role: root, targets, releases, revocations, snapshot, timestamp, or artifact for the key that
    signs records. On a terminal a passphrase is asked for; elsewhere it comes from a file or PYV_KEY_PASSPHRASE.

    \b
    pyv mirror keygen root-anna --keys /media/token
    """
    from pyv.cli.passphrase import choosing
    from pyv.trust.pem import ECDSA, ED25519

    environment = current()
    output = Output(environment=environment, as_json=json)
    passphrase = choosing(environment, passphrase_file, none=no_passphrase)
    directory = key_directory(environment, keys, passphrase)
    keyid = directory.create(name, kind=ECDSA if ecdsa else ED25519)
    output.say(f"made {directory.path / name}.pem: key {keyid}")
    output.json({"keyid": keyid, "path": str(directory.path / f"{name}.pem")})


def rotate(
    role: Annotated[str, typer.Argument(metavar="ROLE", help="root, targets, releases, …, or artifact.")],
    directory: Directory,
    keys: o.Keys,
    add: Annotated[
        list[Path] | None, typer.Option("--add", metavar="FILE", help="A public key (.pub) to add; repeatable.")
    ] = None,
    remove: Annotated[
        list[str] | None, typer.Option("--remove", metavar="KEYID", help="A key to drop; repeatable.")
    ] = None,
    threshold: Annotated[int | None, typer.Option("--threshold", min=1, help="How many keys have to sign.")] = None,
    passphrase_file: o.PassphraseFile = None,
    no_passphrase: o.NoPassphrase = False,
    json: o.Json = False,
) -> None:
    """Give a role other keys, and publish whatever has to be signed anew.

    Without --add, --remove and --threshold, a role with one key gets a new one in its place, and a role with several
    is issued again for its full time (the yearly ceremony of root and targets). For `artifact`, a new key signs from
    now on; --remove KEYID revokes a stolen one, and its records are signed again. What needs keys that are not in
    KEYDIR waits as a draft: see `pyv mirror sign --help`.

    \b
    pyv mirror rotate timestamp /srv/pyv --keys ~/pyv-keys
    pyv mirror rotate root /srv/pyv --keys ~/pyv-keys --add anna/root-anna.pub --threshold 2
    """
    from pyv.cli.passphrase import choosing, reading
    from pyv.mirror.layout import Mirror
    from pyv.mirror.rotate import Change
    from pyv.mirror.rotate import rotate as change_keys

    environment = current()
    output = Output(environment=environment, as_json=json)
    known, new = reading(environment, passphrase_file), choosing(environment, passphrase_file, none=no_passphrase)
    change = Change(
        add=tuple(environment.cwd / path for path in add or ()), remove=tuple(remove or ()), threshold=threshold
    )
    place = environment.cwd / directory
    made = change_keys(Mirror(place), role, change, key_directory(environment, keys, known), environment.now, new)
    if made.made:
        output.say(f"made the key {made.made} in {environment.cwd / keys}")
    output.say(f"{role}: {len(made.keyids)} key{'s' if len(made.keyids) != 1 else ''}: {', '.join(made.keyids)}")
    tell_published(made.published, output)
    if "root" in made.published.changed:
        tell_root(place, made.published, output)
    told = {"role": role, "keyids": list(made.keyids), "key_made": made.made or None}
    output.json({**told, **published_values(made.published)})


def revoke(
    directory: Directory,
    keys: o.Keys,
    reason: Annotated[str, typer.Option("--reason", help="Why; people read it when an install is refused.")],
    sha256: Annotated[str, typer.Option("--sha256", help="One archive.")] = "",
    version: Annotated[str, typer.Option("--version", help="A version: 3.12.2, 3.13.1t.")] = "",
    triple: Annotated[str, typer.Option("--triple", help="With --version: on this triple only.")] = "",
    build: Annotated[str, typer.Option("--build", help="Every archive of a build tag.")] = "",
    key: Annotated[str, typer.Option("--key", metavar="KEYID", help="Everything an artifact key signed.")] = "",
    yank: Annotated[
        bool, typer.Option("--yank", help="Only stop choosing it; an exact request still gets it.")
    ] = False,
    ref: Annotated[str, typer.Option("--ref", help="Where more is told.")] = "",
    replaced_by: Annotated[str, typer.Option("--replaced-by", metavar="VERSION", help="What to install instead.")] = "",
    passphrase_file: o.PassphraseFile = None,
    json: o.Json = False,
) -> None:
    """Take something back: clients refuse to install it, and `pyv verify` names it where it is installed.

    Name one of --sha256, --version, --build and --key. A revocation is never taken back itself: publish a new build.
    The exit status is 4 where it could not be published yet.

    \b
    pyv mirror revoke /srv/pyv --keys ~/pyv-keys --version 3.12.2 --reason 'CVE-2024-0450' --replaced-by 3.12.3
    """
    from pyv.cli.passphrase import reading
    from pyv.domain.revocation import BLOCK, YANK, Revocation
    from pyv.domain.timestamp import utc
    from pyv.mirror.layout import Mirror
    from pyv.mirror.revoke import revoke as take_back

    environment = current()
    output = Output(environment=environment, as_json=json)
    _check_entry((sha256, version, build, key), triple if not version else "", reason)
    entry = Revocation(
        action=YANK if yank else BLOCK,
        sha256=sha256.lower().removeprefix("sha256:"),
        build=build,
        version=version,
        triple=triple,
        keyid=key.lower(),
        reason=reason,
        date=utc(environment.now)[:10],
        ref=ref,
        replaced_by=replaced_by,
    )
    directories = key_directory(environment, keys, reading(environment, passphrase_file))
    done = take_back(Mirror(environment.cwd / directory), entry, directories, environment.now)
    for name in done.hits:
        output.say(f"{'yanked' if yank else 'revoked'}: {name}")
    if not done.hits:
        output.say("nothing in this mirror is hit by that now; what is added later will be")
    tell_published(done.published, output)
    output.json({"entry": entry.to_dict(), "hits": list(done.hits), **published_values(done.published)})
    if done.published.waiting and "revocations" not in done.published.changed:
        raise typer.Exit(_WAITING)


def _check_entry(about: tuple[str, ...], stray_triple: str, reason: str) -> None:
    from pyv.errors import RequestError

    if sum(map(bool, about)) != 1 or stray_triple:
        raise RequestError(
            "a revocation is about one archive, one version, one build tag or one key",
            hint="give one of --sha256, --version (with --triple, if only there), --build and --key",
        )
    if not reason.strip():
        raise RequestError("no reason for the revocation", hint="say it with --reason: people read it")
