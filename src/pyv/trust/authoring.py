"""Making TUF metadata: drafts of roles, their keys and signatures. The only place that writes any.

A `Draft` is one version of one role, signed or not yet. Bytes go in and out; python-tuf's objects stay here. Key ids
are securesystemslib's. Only sha256 and length are listed for a target, since its file is named by the first digest.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from securesystemslib.exceptions import Error as SecureSystemsError
from securesystemslib.signer import CryptoSigner, Key, SSlibKey
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, TargetFile, Timestamp
from tuf.api.serialization.json import JSONSerializer

from pyv.errors import DocumentError, TrustError
from pyv.trust import pem, roles
from pyv.trust.failures import MALFORMED

PUBLISHED = "x-pyv-published"
Listing = Mapping[str, tuple[str, int]]
"""Targets by name: sha256 and length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleKey:
    """One key of a role; `signer` only where its private half is at hand."""

    keyid: str
    key: Key = field(repr=False, compare=False)
    signer: CryptoSigner | None = field(default=None, repr=False, compare=False)

    @classmethod
    def of_private(cls, private: pem.PrivateKey) -> RoleKey:
        """A key that can sign."""
        signer = CryptoSigner(private)
        return cls(keyid=signer.public_key.keyid, key=signer.public_key, signer=signer)

    @classmethod
    def of_public(cls, public: pem.PublicKey) -> RoleKey:
        """A key that somebody else holds."""
        key = SSlibKey.from_crypto(public)
        return cls(keyid=key.keyid, key=key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Who signed a draft, of those who have to."""

    signed: tuple[str, ...]
    missing: tuple[str, ...]
    """Key ids that could still sign."""
    threshold: int

    @property
    def is_met(self) -> bool:
        """Whether there are enough."""
        return len(self.signed) >= self.threshold


@dataclass(frozen=True, slots=True)
class Draft:
    """One version of one role."""

    metadata: Metadata[Any]
    content: bytes | None = field(default=None, repr=False, compare=False)
    """The file it was read from, while it says the same: what others signed is passed on byte for byte."""

    @property
    def role(self) -> str:
        """The role's name; a delegated role's metadata does not say which it is, so its drafts are kept by name."""
        return str(self.metadata.signed.type)

    @property
    def version(self) -> int:
        """Its version."""
        return int(self.metadata.signed.version)

    @property
    def expires(self) -> float:
        """Seconds since the epoch."""
        return float(self.metadata.signed.expires.timestamp())

    @property
    def listed(self) -> Listing:
        """The targets it lists.

        Raises:
            DocumentError: it names one by something else than its sha256.
        """
        found = {}
        for name, info in self.metadata.signed.targets.items():
            if [*info.hashes] != ["sha256"]:
                raise DocumentError(f"`{name}` is not listed by its sha256 alone", hint="its publisher has to")
            found[name] = (info.hashes["sha256"], info.length)
        return found

    @property
    def delegates(self) -> bool:
        """Whether it names keys of other roles that list targets."""
        return bool(getattr(self.metadata.signed, "delegations", None))

    @property
    def versions(self) -> Mapping[str, int]:
        """The roles a snapshot names, or the snapshot a timestamp names, with their versions."""
        signed = self.metadata.signed
        meta = {"snapshot.json": signed.snapshot_meta} if isinstance(signed, Timestamp) else signed.meta
        return {name.removesuffix(".json"): info.version for name, info in meta.items()}

    @property
    def published(self) -> str:
        """When a timestamp says the index was published."""
        return str(self.metadata.signed.unrecognized_fields.get(PUBLISHED, ""))

    def to_bytes(self) -> bytes:
        """The file; exactly the one it was read from, if it was."""
        return self.metadata.to_bytes(JSONSerializer(compact=True)) if self.content is None else self.content

    @property
    def payload(self) -> bytes:
        """What is signed."""
        return bytes(self.metadata.signed_bytes)

    def holders(self, role: str) -> tuple[tuple[str, ...], int]:
        """The key ids of a role this one delegates to, and how many of them have to sign."""
        found = self.metadata.signed.get_delegated_role(role)
        return tuple(found.keyids), int(found.threshold)

    def count(self, role: str, draft: Draft) -> Count:
        """Who signed `draft`, of those this root or targets wants for `role`."""
        keyids, threshold = self.holders(role)
        result = self.metadata.signed.get_verification_result(role, draft.payload, draft.metadata.signatures)
        signed = tuple(keyid for keyid in keyids if keyid in result.signed)
        return Count(signed=signed, missing=tuple(k for k in keyids if k not in result.signed), threshold=threshold)

    def may_follow(self, before: Draft) -> bool:
        """Whether its version is newer, or means what it meant before."""
        return self.version > before.version or (self.version == before.version and self.payload == before.payload)

    def signed_with(self, keys: Iterable[RoleKey]) -> Draft:
        """The same, with the signatures of these keys that are not on it yet."""
        signers = [key.signer for key in keys if key.signer is not None and not self.is_signed_by(key)]
        if not signers:
            return self
        metadata = copy.deepcopy(self.metadata)
        for signer in signers:
            metadata.sign(signer, append=True)
        return Draft(metadata)

    def is_signed_by(self, key: RoleKey) -> bool:
        """Whether it carries a genuine signature of a key."""
        try:
            key.key.verify_signature(self.metadata.signatures[key.keyid], self.payload)
        except (KeyError, SecureSystemsError):
            return False
        return True

    def joined(self, other: Draft, genuine: Collection[str]) -> Draft:
        """The same, with those signatures of another copy too that were found `genuine`, by key id.

        Raises:
            TrustError: it is not a copy.
        """
        if other.payload != self.payload:
            raise TrustError(
                f"the file is another draft of {self.role} (version {other.version}) than the mirror has now "
                f"(version {self.version})",
                hint="export the draft again, and have that signed",
            )
        metadata = copy.deepcopy(self.metadata)
        metadata.signatures.update({k: s for k, s in other.metadata.signatures.items() if k in genuine})
        return Draft(metadata)

    def renewed(self, role: roles.Role, now: float, *, number: int | None = None) -> Draft:
        """The next version, good for the role's full time, without signatures."""
        signed = copy.deepcopy(self.metadata.signed)
        signed.version = self.version + 1 if number is None else number
        signed.expires = expiry(role, now)
        return Draft(Metadata(signed))

    def listing(self, listed: Listing) -> Draft:
        """The same, unsigned, with these targets."""
        signed = copy.deepcopy(self.metadata.signed)
        signed.targets = {name: TargetFile(size, {"sha256": sha}, name) for name, (sha, size) in sorted(listed.items())}
        return Draft(Metadata(signed))

    def delegating(self, role: str, keys: Iterable[RoleKey], without: Iterable[str], threshold: int | None) -> Draft:
        """The same, unsigned, with other keys for a role.

        Raises:
            TrustError: fewer keys than the threshold would be left, or a key to go is not there.
        """
        signed = copy.deepcopy(self.metadata.signed)
        for keyid in without:
            if keyid not in signed.get_delegated_role(role).keyids:
                raise TrustError(
                    f"{role} has no key {keyid}",
                    hint=f"it has {', '.join(signed.get_delegated_role(role).keyids)}",
                    keyid=keyid,
                )
            signed.revoke_key(keyid, role)
        for key in keys:
            signed.add_key(key.key, role)
        found = signed.get_delegated_role(role)
        found.threshold = found.threshold if threshold is None else threshold
        if not 1 <= found.threshold <= len(found.keyids):
            raise TrustError(
                f"{role} would have {len(found.keyids)} keys, of which {found.threshold} have to sign",
                hint="add keys, or lower --threshold",
            )
        return Draft(Metadata(signed))


def expiry(role: roles.Role, now: float) -> datetime:
    """When something a role signs now expires; metadata has whole seconds."""
    return datetime.fromtimestamp(int(now), timezone.utc) + timedelta(days=role.days)


def parse_draft(content: bytes, document: str) -> Draft:
    """Read metadata; `document` is what errors call it.

    Raises:
        DocumentError: it is none.
    """
    try:
        return Draft(Metadata.from_bytes(content), content)
    except (RepositoryError, SecureSystemsError, *MALFORMED):
        raise DocumentError(
            f"{document}: not TUF metadata", hint="name a file that `pyv mirror sign export` wrote", path=document
        ) from None
