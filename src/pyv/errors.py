"""What can go wrong, as data: one class a cause, one exit code a class.

PyvError                 1  error
├─ RequestError          2  bad-request         what was asked for cannot be read
├─ ResolutionError       3  no-match            nothing matches, or nothing this host can run
├─ TrustError            4  trust
│  ├─ SignatureError     4  bad-signature       the record was altered, or never signed
│  ├─ UnknownKeyError    4  unknown-key         signed by somebody this index does not name
│  ├─ DigestError        4  digest-mismatch     the bytes are not the ones that were signed
│  ├─ ExpiredError       4  expired             the index says it is too old to be believed
│  ├─ RollbackError      4  rollback            the index is older than one that was accepted before
│  ├─ RevokedError       4  revoked             it was good once, and its publisher took that back
│  ├─ PolicyError        4  policy              it is genuine, and this machine's policy says no
│  └─ ClockError         4  clock               the clock cannot be right, so nothing can be judged by it
├─ TransferError         5  transfer            it could not be fetched
├─ ArchiveError          6  archive             it is not an archive pyv extracts
├─ StoreError            7  store               the root on disk said no
│  └─ NotInstalledError  1  not-installed       as pyenv exits
├─ DocumentError         8  malformed-document  a manifest, key list or receipt cannot be read
└─ CancelledError        1  cancelled           whoever asked for it took that back

A caller branches on the class, a script on the exit status or `code`, a person reads the message and then
the hint. Messages are lower case, without a full stop, with user literals in backticks.
"""

from __future__ import annotations


class PyvError(Exception):
    """Something a person can act on: printed as `pyv: message` and `hint: hint`, never as a traceback."""

    exit_code = 1
    code = "error"

    def __init__(self, message: str, *, hint: str | None = None, **fields: object) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.fields = fields
        """What a script may want beside the message: `url`, `expected`, `path`, …; JSON-ready values."""


class RequestError(PyvError):
    """The words of the command cannot be understood."""

    exit_code = 2
    code = "bad-request"


class ResolutionError(PyvError):
    """No artifact of the index answers the request on this host."""

    exit_code = 3
    code = "no-match"


class TrustError(PyvError):
    """Something is not what a trusted key vouched for."""

    exit_code = 4
    code = "trust"


class SignatureError(TrustError):
    """A signature does not fit its record."""

    code = "bad-signature"


class UnknownKeyError(TrustError):
    """A record is signed by a key that is not live in this index."""

    code = "unknown-key"


class DigestError(TrustError):
    """Bytes do not have the signed size or digest."""

    code = "digest-mismatch"


class ExpiredError(TrustError):
    """Metadata of an index is past its expiry, and no policy allows for that."""

    code = "expired"


class RollbackError(TrustError):
    """An index offers older metadata than was accepted before."""

    code = "rollback"


class RevokedError(TrustError):
    """An artifact, build, version or key was revoked by its publisher."""

    code = "revoked"


class PolicyError(TrustError):
    """The policy of this machine, person or project forbids it."""

    code = "policy"


class ClockError(TrustError):
    """The clock of this machine is earlier than what is known to have happened."""

    code = "clock"


class TransferError(PyvError):
    """Bytes could not be fetched: HTTP status, network, stall, short body."""

    exit_code = 5
    code = "transfer"


class ArchiveError(PyvError):
    """An archive breaks a rule of `pyv.archive`."""

    exit_code = 6
    code = "archive"


class StoreError(PyvError):
    """The root on disk cannot be read or written as asked."""

    exit_code = 7
    code = "store"


class NotInstalledError(StoreError):
    """A version that was named is not installed (pyenv's exit status 1)."""

    exit_code = 1
    code = "not-installed"


class DocumentError(PyvError):
    """A document does not have the shape it must have."""

    exit_code = 8
    code = "malformed-document"


class CancelledError(PyvError):
    """Whoever asked for an installation called it off; the root is as it was before."""

    code = "cancelled"
