"""Passphrases of key files: from a file, from PYV_KEY_PASSPHRASE, or asked for on a terminal; never from argv."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from pyv.environment import Environment
from pyv.errors import RequestError
from pyv.store.atomic import translated
from pyv.trust.pem import Passphrase

VARIABLE = "PYV_KEY_PASSPHRASE"
_MAX_BYTES = 1023
"""What OpenSSL takes."""


def given(environment: Environment, file: Path | None) -> bytes | None:
    """The passphrase of `--passphrase-file`, else of the variable; None where neither is there.

    Raises:
        StoreError: the file cannot be read. RequestError: it is empty.
    """
    if file is None:
        value = environment.variable(VARIABLE)
        return None if value is None else _checked(value.encode(), VARIABLE)
    path = environment.cwd / file
    with translated("read", path), path.open("rb") as stream:
        content = stream.read(_MAX_BYTES + 3).removesuffix(b"\n").removesuffix(b"\r")
    if not content:
        raise RequestError(f"{path} is empty", hint="put the passphrase into it, on one line")
    return _checked(content, str(path))


def _checked(passphrase: bytes, source: str) -> bytes:
    if len(passphrase) > _MAX_BYTES:
        raise RequestError(
            f"the passphrase of {source} is longer than {_MAX_BYTES} bytes", hint="choose one that is shorter"
        )
    return passphrase


def reading(environment: Environment, file: Path | None) -> Passphrase:
    """Where the passphrase of an encrypted key comes from; on a terminal each file is asked for once."""
    asked: dict[str, bytes | None] = {}

    def ask(document: str) -> bytes | None:
        found = given(environment, file)
        if found is None and document not in asked:
            asked[document] = _prompted(f"passphrase of {document}", confirm=False) if sys.stdin.isatty() else None
        return found or asked.get(document)

    return ask


def choosing(environment: Environment, file: Path | None, *, none: bool) -> Passphrase:
    """What new keys are encrypted with; on a terminal it is asked for twice, and an empty answer means: not.

    Asking it raises RequestError where nobody says: a key is never left open by oversight.
    """
    chosen: list[bytes | None] = []
    if none and file is not None:
        raise RequestError(
            "--no-passphrase and --passphrase-file contradict each other",
            hint=f"beside a new key that is not encrypted, the passphrase of the others goes into {VARIABLE}",
        )

    def choose(_: str) -> bytes | None:
        if none:
            return None
        if not chosen:
            found = given(environment, file)
            if found is None and not sys.stdin.isatty():
                raise RequestError(
                    "no passphrase for the new keys",
                    hint=f"give it in a file (--passphrase-file) or {VARIABLE}; or say --no-passphrase",
                )
            if found is None:
                found = _prompted("passphrase for the new keys (empty: not encrypted)", confirm=True) or None
            chosen.append(found)
        return chosen[0]

    return choose


def _prompted(text: str, *, confirm: bool) -> bytes:
    answer = typer.prompt(text, hide_input=True, confirmation_prompt=confirm, default="", show_default=False, err=True)
    return _checked(str(answer).encode(), "the terminal")
