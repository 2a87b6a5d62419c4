"""What is kept of one index on this machine, below `index/<anchor>/`.

metadata/           TUF metadata, as `tuf.ngclient` keeps it: the memory against rollback
targets/<sha256>    verified manifests, keys and revocations
revocations.json    every revocation ever seen: the union of all lists
state.json          what was accepted last: written last, so that a reader without a lock sees one whole state
derived/            what its place said last is another packing of which archive; not verified
places              addresses and directories where this index was found, a line each, the newest first

`state.json` was written after full verification; reading it again needs no TUF, and each target is hashed when read.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from pyv.domain.fields import hinted
from pyv.domain.revocation import Revocations, dump_revocations, parse_revocations, union
from pyv.errors import DigestError, TrustError
from pyv.index.opened import decoded
from pyv.index.state import KEYS, REVOKED, State, dump_state, parse_state
from pyv.store.atomic import make_directory, translated, write_bytes, write_text
from pyv.store.paths import Root
from pyv.trust.keys import KeyList, parse_key_list

_PLACES = 8


class Cache:
    """One index's directory."""

    def __init__(self, root: Root, ident: str) -> None:
        self.path = root.index / ident
        self.lock = root.locks / f"index-{ident}.lock"

    @property
    def metadata(self) -> Path:
        """Where TUF metadata is kept."""
        return self.path / "metadata"

    @property
    def derived(self) -> Path:
        """Where derived records are kept, as they were read."""
        return self.path / "derived"

    def state(self) -> State | None:
        """What was accepted last; None before the first time.

        Raises:
            DocumentError: the file was damaged.
        """
        path = self.path / "state.json"
        with translated("read", path):
            if not path.is_file():
                return None
            text = path.read_text(encoding="utf-8", errors="replace")
        with hinted(f"remove {self.path}; the index is fetched and verified anew"):
            return parse_state(text, str(path))

    def places(self) -> list[str]:
        """Where this index was found before, the newest first."""
        path = self.path / "places"
        with translated("read", path):
            return path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []

    def remember(self, place: str) -> None:
        """Note that this index was found at a place; whoever writes at the same time may be forgotten."""
        make_directory(self.path)
        known = [place, *(other for other in self.places() if other != place)][:_PLACES]
        write_text(self.path / "places", "".join(f"{line}\n" for line in known), durable=False)

    def forget(self, place: str) -> None:
        """The opposite: another index is found there now."""
        known = self.places()
        if place in known:
            write_text(self.path / "places", "".join(f"{line}\n" for line in known if line != place), durable=False)

    def content(self, sha256: str) -> bytes | None:
        """A target that is kept, hashed again; None where it is not.

        Raises:
            DigestError: it was changed.
        """
        path = self.path / "targets" / sha256
        with translated("read", path):
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                return None
        if hashlib.sha256(content).hexdigest() != sha256:
            raise DigestError(
                f"{path} was changed after it was verified",
                hint=f"remove {self.path}; it is fetched and verified anew",
                path=str(path),
            )
        return content

    def kept(self, sha256: str) -> bytes | None:
        """The same, where a changed file is none."""
        try:
            return self.content(sha256)
        except DigestError:
            return None

    def listed(self, state: State, name: str) -> bytes | None:
        """A target of an accepted state; None where the index has no such target.

        Raises:
            TrustError: it is gone, or was changed.
        """
        digest = state.targets.get(name)
        content = self.content(digest) if digest else None
        if content is None and digest:
            raise TrustError(
                f"what is kept of the index {state.place} is incomplete: {name} is gone",
                hint=f"remove {self.path}; it is fetched and verified anew",
                index=state.place,
            )
        return content

    def keys(self) -> KeyList | None:
        """Who may sign records, as it was accepted last; None before the first time.

        Raises:
            TrustError, DocumentError: what is kept was damaged.
        """
        state = self.state()
        content = None if state is None else self.listed(state, KEYS)
        return None if content is None else parse_key_list(decoded(content, KEYS), KEYS)

    def revocations(self) -> Revocations:
        """Every revocation this index ever showed, the list that was accepted last included.

        Raises:
            TrustError, DocumentError: what is kept was damaged.
        """
        state = self.state()
        content = None if state is None else self.listed(state, REVOKED)
        if content is None:
            return self.remembered()
        return union(self.remembered(), parse_revocations(decoded(content, REVOKED), REVOKED))

    def remembered(self) -> Revocations:
        """What earlier lists took back.

        Raises:
            DocumentError: the file was damaged.
        """
        path = self.path / "revocations.json"
        with translated("read", path):
            if not path.is_file():
                return Revocations()
            text = path.read_text(encoding="utf-8", errors="replace")
        with hinted(f"remove {path}; what the index takes back is read from it again"):
            return parse_revocations(text, str(path))

    def keep(self, state: State, contents: Sequence[bytes], revocations: Revocations) -> None:
        """Accept a state: contents and revocations first, the state last. The caller holds the lock.

        What the state before is made of stays as well: somebody may be reading it.
        """
        before = self.state()
        make_directory(self.path / "targets")
        for content in contents:
            digest = hashlib.sha256(content).hexdigest()
            if self.kept(digest) is None:
                write_bytes(self.path / "targets" / digest, content, durable=False)
        text = dump_revocations(revocations)
        if text != dump_revocations(self.remembered()):
            write_text(self.path / "revocations.json", text)
        write_text(self.path / "state.json", dump_state(state))
        self._clear({*state.targets.values(), *(before.targets.values() if before else ())})

    def _clear(self, wanted: set[str]) -> None:
        directory = self.path / "targets"
        with translated("clear", directory):
            for name in os.listdir(directory):
                if name not in wanted:
                    (directory / name).unlink(missing_ok=True)
