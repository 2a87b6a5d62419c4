"""What `tuf` and `securesystemslib` raise, in pyv's classes: translated once, here, at the border.

python-tuf's own sentences name the role, the versions and the number of signatures, and are kept; what a person can do
about it is added. Nothing of these libraries comes out as it is, and hostile metadata never gives a traceback.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from securesystemslib.exceptions import Error as SecureSystemsError
from tuf.api.exceptions import (
    BadVersionNumberError,
    DownloadError,
    DownloadHTTPError,
    ExpiredMetadataError,
    LengthOrHashMismatchError,
    RepositoryError,
    UnsignedMetadataError,
)
from tuf.api.metadata import Metadata
from tuf.api.serialization import DeserializationError

from pyv.errors import (
    DigestError,
    ExpiredError,
    PyvError,
    RollbackError,
    SignatureError,
    StoreError,
    TransferError,
    TrustError,
)

if TYPE_CHECKING:
    from pyv.trust.fetcher import ReadFetcher

MALFORMED = (ValueError, TypeError, KeyError, AttributeError, LookupError, RecursionError, OverflowError)
"""What reading hostile metadata may raise where the libraries do not wrap it themselves."""

_OPERATOR = "tell the index's operator, and use another index until it is put right"


@contextmanager
def translated(fetcher: ReadFetcher, directory: Path) -> Iterator[None]:
    """Errors of the block, in pyv's classes; `directory` holds what is kept."""
    try:
        yield
    except PyvError:
        raise
    except OSError as fault:
        raise StoreError(
            f"cannot keep the metadata of the index in {directory}: {(fault.strerror or str(fault)).lower()}",
            hint="check the space on that disk and the permissions of the directory",
            path=str(directory),
            errno=fault.errno,
        ) from fault
    except ExpiredMetadataError as fault:
        raise _expired(_told(fault), fetcher.fetched, directory) from None
    except LengthOrHashMismatchError as fault:  # python-tuf does not say of what
        raise repository_error(fault, f"the index's {next(reversed(fetcher.fetched), 'file')}") from None
    except (RepositoryError, SecureSystemsError) as fault:
        raise repository_error(fault) from None
    except DownloadError as fault:
        raise _download_error(fault) from None
    except MALFORMED as fault:
        raise TrustError(f"the index's metadata cannot be read: {_told(fault)}", hint=_OPERATOR) from None


def repository_error(fault: Exception, what: str = "the index") -> TrustError:
    """What an error about metadata comes to; `what` is said to be wrong."""
    told = _told(fault)
    if isinstance(fault, UnsignedMetadataError):
        return SignatureError(f"{what} is not signed as its root demands: {told}", hint=_OPERATOR)
    if isinstance(fault, BadVersionNumberError):
        return RollbackError(
            f"{what} offers other versions than it must: {told}",
            hint="a mirror that is behind offers old metadata, and so does somebody who hides the new: try again "
            "later, or another mirror",
        )
    if isinstance(fault, LengthOrHashMismatchError):
        return DigestError(f"{what} is not consistent: {told}", hint="try again in a moment; else " + _OPERATOR)
    if "Unsupported public key" in told:
        return TrustError(
            f"{what} names a key of a kind this pyv does not know: {told}", hint="a newer pyv may know it: update pyv"
        )
    return TrustError(f"{what} does not verify: {told}", hint=_OPERATOR)


def _download_error(fault: DownloadError) -> TransferError:
    if isinstance(fault, DownloadHTTPError):
        return TransferError(
            f"the index is incomplete: {_told(fault)}",
            hint="check that its address is the one of an index (it holds `metadata/timestamp.json`); else "
            + _OPERATOR,
        )
    return TransferError(f"the index could not be fetched: {_told(fault)}", hint=_OPERATOR)


def _expired(told: str, fetched: Mapping[str, bytes], directory: Path) -> ExpiredError:
    """The error for expired metadata, with the moment at which it did."""
    match = re.search(r"(\w+)(?:\.json)? is expired", told)
    role = match[1] if match else "metadata"
    moment = next(filter(None, (_expiry(content) for content in _candidates(role, fetched, directory))), None)
    when = "" if moment is None else f" on {moment:%Y-%m-%d %H:%M} UTC"
    return ExpiredError(
        f"the index has expired: its {role} was good until{when.removeprefix(' on') or ' some time ago'}",
        hint=f"its operator has to sign it again ({_remedy(role)}); a mirror may be behind; where that is "
        "expected, `max_staleness` in config.toml or --max-staleness 7d allows for it",
        role=role,
        expired=None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def _remedy(role: str) -> str:
    """What an operator does about a role that has expired."""
    if role in {"root", "targets"}:
        return f"`pyv mirror rotate {role}`"
    return f"`pyv mirror sign {'timestamp' if role == 'timestamp' else 'publish'}`"


def _candidates(role: str, fetched: Mapping[str, bytes], directory: Path) -> Iterator[bytes]:
    yield from (fetched[name] for name in reversed(list(fetched)) if re.fullmatch(rf"(\d+\.)?{role}\.json", name))
    try:
        yield (directory / f"{role}.json").read_bytes()
    except OSError:
        return


def _expiry(content: bytes) -> datetime | None:
    try:
        metadata = Metadata.from_bytes(content)
    except (RepositoryError, *MALFORMED):
        return None
    return datetime.fromtimestamp(metadata.signed.expires.timestamp(), timezone.utc)


def _told(fault: BaseException) -> str:
    """An error's own words on one line, of reasonable length and safe on a terminal: a server may have chosen them.

    python-tuf says of a document it cannot read only that; why is in the error it was raised from.
    """
    text = str(fault)
    if isinstance(fault, DeserializationError) and fault.__cause__ is not None:
        text += f": {str(fault.__cause__) or type(fault.__cause__).__name__}"
    text = " ".join(text.split()) or type(fault).__name__
    return "".join(character if character.isprintable() else "?" for character in text)[:300]
