"""Root metadata by itself: whether it stands, and whether one root follows another."""

from __future__ import annotations

from dataclasses import dataclass

from securesystemslib.exceptions import Error as SecureSystemsError
from tuf.api.exceptions import RepositoryError, UnsignedMetadataError
from tuf.api.metadata import Metadata, Root

from pyv.errors import SignatureError, TrustError
from pyv.trust.failures import MALFORMED, repository_error
from pyv.trust.threshold import check_threshold, has_doubles


@dataclass(frozen=True, slots=True, kw_only=True)
class RootView:
    """What a root says of itself."""

    version: int
    expires: float
    """Seconds since the epoch."""
    keyids: tuple[str, ...]
    """The keys of the root role."""
    threshold: int


def check_root(content: bytes, document: str) -> RootView:
    """Read a root that is signed by its own keys to its own threshold; `document` is what errors call it.

    Whoever made it may be anybody: this only says that it is whole. An expired root stands too, as the first of a line.

    Raises:
        TrustError: it is no root, is not signed as it says itself, or counts a key twice.
    """
    metadata = _parsed(content, document)
    try:
        metadata.verify_delegate(Root.type, metadata)
        role = metadata.signed.roles[Root.type]
    except (RepositoryError, SecureSystemsError, *MALFORMED) as fault:
        raise repository_error(fault, document) from None
    if has_doubles(metadata.signed, Root.type):
        check_threshold(metadata.signed, Root.type, metadata, document)
    return RootView(
        version=metadata.signed.version,
        expires=metadata.signed.expires.timestamp(),
        keyids=tuple(role.keyids),
        threshold=role.threshold,
    )


def follows(previous: bytes, following: bytes) -> bool:
    """Whether `previous`, whose keys are trusted, and `following` itself vouch for `following` as the next version.

    Raises:
        TrustError: one of the two is no root.
    """
    before, after = _parsed(previous, "the root before"), _parsed(following, "the root after")
    if after.signed.version != before.signed.version + 1:
        return False
    try:
        before.verify_delegate(Root.type, after)
        after.verify_delegate(Root.type, after)
        for delegator in (before, after):
            if has_doubles(delegator.signed, Root.type):
                check_threshold(delegator.signed, Root.type, after, "the root after")
    except (UnsignedMetadataError, SignatureError):
        return False
    except (RepositoryError, SecureSystemsError, *MALFORMED) as fault:
        raise repository_error(fault, "a root") from None
    return True


def _parsed(content: bytes, document: str) -> Metadata[Root]:
    try:
        metadata = Metadata.from_bytes(content)
    except (RepositoryError, SecureSystemsError, *MALFORMED):
        raise _no_root(document) from None
    if not isinstance(metadata.signed, Root):
        raise _no_root(document)
    return metadata


def _no_root(document: str) -> TrustError:
    return TrustError(
        f"{document} is not the root of an index", hint="name an index, or one of its `metadata/N.root.json` files"
    )
