"""The prefixes that are selected, or that words of a command line mean: installed ones, and never the system's.

Pins mean here what they mean to a shim; a lock means the very records it names. A word of the command line may be any
version request besides, with a build or a specifier: receipts say what was installed.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyv.errors import NotInstalledError, PyvError, RequestError, ResolutionError, StoreError
from pyv.selection.installed import Installed
from pyv.selection.pins import Pin
from pyv.selection.select import SYSTEM, resolve, select
from pyv.store.versions import store_id_of

if TYPE_CHECKING:
    from pyv.domain.lock import Lock
    from pyv.domain.request import VersionRequest
    from pyv.store.receipt import Receipt


_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]")
"""How a version's own name begins: no name a person may choose does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefix:
    """One installed version as a job sees it."""

    name: str
    path: str
    """`versions/NAME` below the root: what stays the same when the build behind it changes."""
    installed: Installed = field(repr=False)
    """The tree it is in."""

    @property
    def receipt(self) -> Receipt | None:
        """None for a version that pyv did not install; read when it is asked for, since a shell does not."""
        return _receipt(self.name, self.installed)

    @property
    def version(self) -> str:
        """The version, where it goes by another name; the name, where that says it, or nobody knows better."""
        if _VERSION.match(self.name):
            return self.name
        receipt = self.receipt
        return self.name if receipt is None else receipt.artifact.version_name

    @property
    def binaries(self) -> str:
        """The directory of its programs."""
        return f"{self.path}/bin"

    @property
    def python(self) -> str:
        """Its interpreter."""
        return f"{self.path}/bin/python"


def selected_prefixes(pin: Pin, installed: Installed) -> list[Prefix]:
    """The prefixes a pin selects, the main one first; the system's Python behind it is on PATH anyway.

    Raises:
        NotInstalledError: a version is missing, or none is selected. StoreError: one has lost its interpreter.
    """
    selection = select(pin, installed)
    if selection.missing:
        missing = selection.missing[0].kept
        raise NotInstalledError(
            f"version `{missing}' is not installed (set by {pin.origin})",
            hint=f"pyv install {shlex.join(choice.kept for choice in selection.missing)}",
            version=missing,
            origin=pin.origin,
        )
    if selection.names[0] == SYSTEM:
        said = f"the system's Python is selected here (set by {pin.origin})" if pin.names else "no version is selected"
        raise NotInstalledError(
            f"{said}: there is no prefix to tell of", hint="name a version, or pin one: pyv local 3.12"
        )
    return [_prefix(name, installed) for name in selection.names if name != SYSTEM]


def named_prefixes(words: Sequence[str], installed: Installed) -> list[Prefix]:
    """The prefixes words mean, in their order.

    Raises:
        NotInstalledError: a version is missing. StoreError: one has lost its interpreter.
    """
    return [_prefix(_named(word, installed), installed) for word in words]


def locked_prefixes(
    asked: Sequence[tuple[str, str | None]],
    lock: Lock,
    label: str,
    installed: Installed,
    *,
    command: str,
    named: bool,
) -> list[Prefix]:
    """The prefixes that are what a lock names for requests, each with the name a person chose for it, in their order.

    `label` is what errors call the lock, and `command` makes it; the requests are pins, or `named` on the command line.

    Raises:
        NotInstalledError: one is not installed from that very record. StoreError: one has lost its interpreter.
    """
    names = []
    for request, own_name in asked:
        records = lock.of(request).values()
        if not records:
            from pyv.domain.lock_drift import how_to_have  # noqa: PLC0415 (for mistakes only)

            hint = how_to_have(request, lock, command, named=named)
            raise ResolutionError(f"`{request}` is not in {label}", hint=hint, request=request)
        of_record = ((own_name or artifact.version_name, artifact.sha256) for artifact in records)
        name = next((name for name, sha256 in of_record if _is_from(name, sha256, installed)), None)
        if name is None:
            hint = f"pyv install --locked{f' {request}:{own_name}' if own_name else ''}"
            message = f"what {label} names for `{request}` is not installed{f' as {own_name}' if own_name else ''}"
            raise NotInstalledError(message, hint=hint, request=request)
        names.append(name)
    return [_prefix(name, installed) for name in names]


def _is_from(name: str, sha256: str, installed: Installed) -> bool:
    receipt = _receipt(name, installed)
    return receipt is not None and receipt.artifact.sha256 == sha256


def _named(word: str, installed: Installed) -> str:
    found = resolve(word, installed).name or _newest(word, installed)
    if found == SYSTEM:
        raise NotInstalledError(
            "the system's Python has no prefix to tell of", hint="name a version: pyv versions lists them", version=word
        )
    if found is None:
        raise NotInstalledError(
            f"version `{word}' is not installed", hint=f"pyv install {shlex.quote(word)}", version=word
        )
    return found


def _newest(word: str, installed: Installed) -> str | None:
    """The newest installed version inside a request that no name in the tree spells."""
    from pyv.domain.artifact import build_date  # noqa: PLC0415 (a name is what most words are)
    from pyv.domain.request import parse_request  # noqa: PLC0415 (as above)

    try:
        request = parse_request(word)
    except RequestError:
        return None
    fitting = [(receipt.artifact, name) for name, receipt in _receipts(installed) if _fits(receipt, request)]
    newest = max(fitting, key=lambda found: (found[0].parsed_version, build_date(found[0].build)), default=None)
    return None if newest is None else newest[1]


def _fits(receipt: Receipt, request: VersionRequest) -> bool:
    artifact = receipt.artifact
    return (
        artifact.variant == request.variant
        and request.build in {None, artifact.build}
        and request.triple in {None, artifact.triple}
        and request.accepts(artifact.parsed_version)
    )


def _receipts(installed: Installed) -> Iterator[tuple[str, Receipt]]:
    for name in installed.names():
        receipt = _receipt(name, installed)
        if receipt is not None:
            yield name, receipt


def _receipt(name: str, installed: Installed) -> Receipt | None:
    """The receipt of a version; none where it cannot be read: it only tells, and selects nothing by name."""
    from pyv.store.receipt import read_receipt  # noqa: PLC0415 (a shell needs no more than where a version is)

    store_id = store_id_of(installed.root, name)
    try:
        return None if store_id is None else read_receipt(installed.root, store_id)
    except PyvError:
        return None


def _prefix(name: str, installed: Installed) -> Prefix:
    found = Prefix(name=name, path=str(installed.root.version_link(name)), installed=installed)
    if not (os.path.isfile(found.python) and os.access(found.python, os.X_OK)):
        raise StoreError(
            f"{name} is not whole: there is no {found.python}",
            hint=f"pyv install --force {shlex.quote(name)}",
            version=name,
        )
    return found
