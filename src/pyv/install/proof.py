"""Proofs for carrying: the signed record of one archive, taken from a receipt or an index, verified once more.

What is written is the DSSE envelope of `pyv.trust.proof`: `pyv install ARCHIVE --proof` takes it, and so does any
DSSE verifier that has the public key.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable
from pathlib import Path

from pyv.domain.artifact import Artifact
from pyv.domain.filename import parse_file_name
from pyv.domain.triple import PUBLISHED
from pyv.errors import DigestError, DocumentError, RequestError, ResolutionError, StoreError, TrustError
from pyv.store.atomic import translated, write_text
from pyv.store.paths import Root
from pyv.store.receipt import Receipt, read_receipt
from pyv.store.versions import store_id_of
from pyv.trust.keys import KeyList
from pyv.trust.proof import dump_proof
from pyv.trust.record import verify_record

Manifest = Callable[[str], "list[Artifact] | None"]
"""The records of a triple; None where an index has none for it."""

_CHUNK = 1024 * 1024


def receipt_of_version(root: Root, name: str) -> Receipt | None:
    """The receipt of a version pyv installed; None where there is no such version.

    Raises:
        StoreError, DocumentError: its receipt cannot be read. TrustError: its record was never signed.
    """
    store_id = store_id_of(root, name)
    if store_id is None:
        return None
    try:
        receipt = read_receipt(root, store_id)
    except DocumentError as fault:
        raise DocumentError(fault.message, hint=f"pyv install --force {name}", name=name) from None
    if not receipt.artifact.signature:
        raise TrustError(
            f"{name} was installed by its digest alone: there is no signed record of it",
            hint="name the index that has one with --index, or install it from an index",
            name=name,
            level=receipt.level,
        )
    return receipt


def record_of_archive(archive: Path, manifest: Manifest, label: str) -> Artifact:
    """The record an index has of an archive's bytes, among those of `triples_of` its name.

    Raises:
        RequestError: there is no such file. ResolutionError: the index, called `label`, has no record of it.
        DigestError: it has one of that name, but of other bytes.
    """
    digest = _digest(archive)
    stated = _stated(archive.name)
    namesake = None
    for triple in triples_of(archive.name):
        for artifact in manifest(triple) or ():
            if artifact.sha256 == digest:
                return artifact
            if stated is not None and artifact.file_name == stated[1]:
                namesake = artifact
    if namesake is not None:
        raise DigestError(
            f"{archive} is not the archive the {label} index has under its name",
            hint="fetch it again: it is damaged, or somebody else's",
            expected=namesake.sha256,
            actual=digest,
        )
    raise ResolutionError(
        f"the {label} index has no record of {archive}", hint="name the index that has it with --index", sha256=digest
    )


def triples_of(archive: str) -> list[str]:
    """The triples an archive may be for: the one its name states, else every one there is."""
    stated = _stated(archive.rpartition("/")[2])
    return [stated[0]] if stated else list(PUBLISHED)


def _stated(name: str) -> tuple[str, str] | None:
    """The triple an archive's name states, and the name without quoting; None for a name of the person's own."""
    try:
        return parse_file_name(name).triple, name.replace("%2B", "+")
    except RequestError:
        return None


def _digest(archive: Path) -> str:
    try:
        descriptor = os.open(archive, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        raise RequestError(f"there is no archive {archive}", hint="check the path", path=str(archive)) from None
    except OSError as fault:
        raise StoreError(f"cannot read {archive}: {(fault.strerror or '').lower()}", path=str(archive)) from fault
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise RequestError(f"{archive} is not a file", hint="name an archive, or a version", path=str(archive))
    digest = hashlib.sha256()
    with translated("read", archive), os.fdopen(descriptor, "rb", buffering=0) as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def proof_of(artifact: Artifact, keys: KeyList, now: float) -> str:
    """The envelope of a record, once its signature holds at `now`.

    Raises:
        SignatureError, UnknownKeyError: it does not.
    """
    verify_record(artifact, keys, now)
    return dump_proof(artifact)


def write_proof(path: Path, text: str) -> None:
    """Put a proof at a path, whole or not at all; the same proof may stand there already.

    Raises:
        StoreError: something else stands there, or it cannot be written.
    """
    if os.path.lexists(path):
        with translated("read", path):
            same = path.is_file() and path.stat().st_size == len(text) and path.read_text("utf-8", "replace") == text
        if not same:
            raise StoreError(
                f"{path} exists, and is another file", hint="remove it, or name another path", path=str(path)
            )
        return
    write_text(path, text)
