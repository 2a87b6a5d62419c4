"""One file from the first of several sources that serves it: bounded, resumable, retried, and exactly what was signed.

A sink keeps what arrives and its hash. Bytes of different sources may follow one another in it, since the digest
decides in the end; when spliced bytes do not fit, the source that completed them is asked once more from the start
before it is blamed.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from pyv.transfer.attempts import Attempt, Attempts
from pyv.transfer.bodies import Body, Wanted, open_body
from pyv.transfer.client import Client
from pyv.transfer.failures import AttemptError, MismatchError
from pyv.transfer.locations import Source
from pyv.transfer.progress import Progress, Silence

UNSIGNED_CAP = 1 << 30
"""Most bytes accepted where the record does not say how many there are."""


class Sink(Protocol):
    """Where a download goes. Errors its methods raise end the download and pass through unchanged."""

    @property
    def offset(self) -> int:
        """Bytes there are, those of an earlier run included; their hash is part of the state."""

    @property
    def validator(self) -> str | None:
        """What `remember` was told of these bytes; None after `restart`."""

    @property
    def validator_source(self) -> str | None:
        """The label `remember` was told of these bytes; None after `restart`."""

    def write(self, chunk: bytes) -> None:
        """Append."""

    def restart(self) -> None:
        """Forget everything: the next byte is the first."""

    def remember(self, validator: str, source_label: str) -> None:
        """Keep the ETag or date of the file the bytes belong to; said before the first byte of it."""

    def hexdigest(self) -> str:
        """sha256 of the bytes there are, in lower-case hex."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """How the bytes came."""

    source_label: str
    """The source that completed them, without credentials; empty if an earlier run had done so."""
    bytes_transferred: int
    """Received in this run, what had to be thrown away included."""
    resumed_from: int
    """Bytes of an earlier run the result is built on."""
    attempts: tuple[Attempt, ...]
    """Requests that came to nothing before."""


def download(
    client: Client,
    sources: Sequence[Source],
    sink: Sink,
    *,
    size: int | None,
    sha256: str,
    progress: Progress | None = None,
    what: str = "",
    vouched: str = "was signed",
) -> Fetched:
    """Fill `sink` with the file that has this digest, from the first source that serves it.

    After an error the sink holds either nothing or a beginning that can be resumed: never a complete wrong file.

    Args:
        size: its signed size in bytes; None if unknown, then at most `UNSIGNED_CAP` bytes are taken.
        sha256: its signed digest, 64 lower-case hex digits.
        what: how messages call the file; its name at the first source otherwise.
        vouched: who vouches for the digest, behind "not what".

    Raises:
        TransferError: no source could be read to the end; `fields["attempts"]` is a list of `{url, problem}`.
        DigestError: no source served it, and one served other bytes.
    """
    return _Download(client, sink, size, sha256, progress or Silence()).run(sources, what, vouched)


class _Download:
    def __init__(self, client: Client, sink: Sink, size: int | None, sha256: str, progress: Progress) -> None:
        self.client = client
        self.sink = sink
        self.size = size
        self.sha256 = sha256
        self.progress = progress
        self.attempts = Attempts(client.patience, progress)
        self.received = 0
        self.resumed_from = sink.offset
        self.responses = 1 if sink.offset else 0
        """How many answers the bytes in the sink come from; more than one can be a bad splice."""

    def run(self, sources: Sequence[Source], what: str, vouched: str) -> Fetched:
        self.progress.total(self.size)
        if self.sink.offset:
            self.progress.advance(self.sink.offset)
            if self._complete():
                return self._fetched("")
            if self.sink.offset >= self._cap:
                self._restart()
        what = what or (sources[0].label.rpartition("/")[2] if sources else f"sha256:{self.sha256}")
        label = self.attempts.first_success(sources, self._attempt, what=what, expected=self.sha256, vouched=vouched)
        return self._fetched(label)

    @property
    def _cap(self) -> int:
        return UNSIGNED_CAP if self.size is None else self.size

    def _complete(self) -> bool:
        return self.size in (None, self.sink.offset) and self.sink.hexdigest() == self.sha256

    def _fetched(self, label: str) -> Fetched:
        return Fetched(
            source_label=label,
            bytes_transferred=self.received,
            resumed_from=self.resumed_from,
            attempts=tuple(self.attempts.failed),
        )

    def _restart(self) -> None:
        self.sink.restart()
        self.progress.restart()
        self.resumed_from = 0
        self.responses = 0

    def _attempt(self, source: Source) -> str:
        self._fill(source)
        if not self._complete() and self.responses > 1:
            self.progress.note(f"{source.place}: the bytes kept from before do not fit; fetching it from the start")
            self._restart()
            self._fill(source)
        if not self._complete():
            actual = self.sink.hexdigest()
            self._restart()
            raise MismatchError(actual)
        return source.label

    def _fill(self, source: Source) -> None:
        """Read one answer to its end, which is the end of the file or a `AttemptError`."""
        known = self.sink.validator if self.sink.validator_source == source.label else None
        wanted = Wanted(source=source, offset=self.sink.offset, known=known, size=self.size)
        body = open_body(self.client, wanted, self.attempts.deadline)
        with closing(body):
            if body.start == 0 and self.sink.offset:
                self._restart()
            if self.size is None and body.total is not None:
                self._refuse_beyond_cap(body.total)
                self.progress.total(body.total)
            if body.start == 0 and body.validator is not None:
                self.sink.remember(body.validator, source.label)
            self.responses += 1
            self._pour(body)
        expected = body.total if self.size is None else self.size
        if expected is not None and self.sink.offset < expected:
            raise AttemptError(
                f"the body ended after {self.sink.offset} of {expected} bytes",
                hint="try again: what has arrived is kept; or name another mirror with --mirror",
                retry=True,
            )

    def _pour(self, body: Body) -> None:
        for chunk in body.chunks:
            self.received += len(chunk)
            self._refuse_beyond_cap(self.sink.offset + len(chunk))
            self.sink.write(chunk)
            self.progress.advance(len(chunk))

    def _refuse_beyond_cap(self, length: int) -> None:
        if length <= self._cap:
            return
        self._restart()
        limit = "pyv takes without a signed size" if self.size is None else "that were signed"
        raise AttemptError(
            f"it sends more than the {self._cap} bytes {limit}",
            hint="the mirror holds another or a damaged file: tell who runs it",
        )
