"""`pyv proof`: the signed record of one archive, for whoever carries it away."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pyv.cli import options as o
from pyv.cli.output import Output
from pyv.environment import current

if TYPE_CHECKING:
    from pyv.cli.context import Context
    from pyv.domain.artifact import Artifact
    from pyv.trust.keys import KeyList


def proof(
    name: Annotated[str, typer.Argument(metavar="FILE|VERSION", help="An archive, or a version request.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="PATH", help="Write it there [default: stdout].")
    ] = None,
    index: o.Index = None,
    offline: o.Offline = False,
    json: o.Json = False,
) -> None:
    """Write the proof of one archive: a DSSE envelope of its signed record, which any DSSE verifier can check.

    FILE is an archive: the index must have a record of its bytes. VERSION is an installed version, whose own record
    is taken, else one of the index; with --index it is always the index's. Beside an archive as ARCHIVE.proof, the
    proof lets `pyv install ARCHIVE` do without an index.

    \b
    pyv proof 3.12.2
    pyv proof ARCHIVE --output ARCHIVE.proof
    """
    from json import loads

    from pyv.cli.context import make_context
    from pyv.install.proof import proof_of, write_proof

    environment = current()
    context = make_context(environment, Output(environment=environment, as_json=json))
    with context.closing:
        artifact, keys = _record(name, index, offline, context)
    text = proof_of(artifact, keys, environment.now)
    path = None if output is None else environment.cwd / output
    if path is not None:
        write_proof(path, text)
        context.output.say(f"{artifact.name}: proof written to {path}")
    elif not json:
        context.output.lines([text.removesuffix("\n")])
    context.output.json(
        {
            "artifact": artifact.name,
            "sha256": artifact.sha256,
            "keyid": artifact.keyid,
            "path": None if path is None else str(path),
            "proof": loads(text),
        }
    )


def _record(word: str, index: str | None, offline: bool, context: Context) -> tuple[Artifact, KeyList]:
    """The record meant, and the keys that may have signed it."""
    from pyv.install.local import is_archive
    from pyv.install.proof import record_of_archive, triples_of

    if is_archive(word) or "/" in word:
        opened = context.index(index, triples_of(word), offline=offline).current()
        return record_of_archive(context.environment.cwd / word, opened.manifest, opened.label), opened.keys
    return _installed(word, index, context) or _offered(word, index, offline, context)


def _installed(word: str, index: str | None, context: Context) -> tuple[Artifact, KeyList] | None:
    """The record of an installed version, and the keys of every index that is trusted here."""
    from pyv.index.seen import every_key
    from pyv.install.proof import receipt_of_version
    from pyv.selection.installed import read_installed
    from pyv.selection.select import resolve

    chosen = None if index is not None else resolve(word, read_installed(context.root)).name
    receipt = None if chosen is None else receipt_of_version(context.root, chosen)
    return None if receipt is None else (receipt.artifact, every_key(context.root))


def _offered(word: str, index: str | None, offline: bool, context: Context) -> tuple[Artifact, KeyList]:
    """The record an index has for a request, as `pyv install` would choose it."""
    from pyv import host
    from pyv.domain.request import parse_request
    from pyv.domain.resolve import Preferences, resolve

    request, machine = parse_request(word), host.detect()
    triple = request.triple or machine.triple
    opened = context.index(index, [triple], offline=offline).current()
    found = resolve(request, opened.artifacts(triple), machine, Preferences(triple=triple))
    return found.artifact, opened.keys
