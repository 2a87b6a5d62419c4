"""What a hybrid mirror carries of its upstream: releases and revocations, byte for byte as upstream signed them.

The organisation's targets name upstream's keys for these two roles and list upstream's artifact keys, so whoever holds
the organisation's online keys can keep news from clients and cannot add an interpreter. A change of upstream's keys
is a change of the organisation's targets: its holders sign it, or nothing of it goes out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyv.errors import RequestError
from pyv.index.refresh import manifest_name
from pyv.index.state import KEYS, REVOKED
from pyv.mirror.layout import Mirror, sync_directory, write_if_new
from pyv.mirror.verified import Verified
from pyv.store.atomic import make_directory, translated
from pyv.trust.authoring import Draft, parse_draft
from pyv.trust.roles import DELEGATED, RELEASES, TARGETS


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """Upstream's metadata as it was verified last."""

    targets: Draft
    """Whose delegations name the keys of the other two."""
    listing: Mapping[str, Draft]
    """`releases` and `revocations`."""

    @property
    def _roles(self) -> dict[str, tuple[str, ...]]:
        return {role.name: role.paths for role in DELEGATED}

    def is_named_by(self, targets: Draft) -> bool:
        """Whether an organisation's targets give these roles the keys upstream gives them."""
        return targets.delegates_like(self.targets, self._roles)

    def named_in(self, targets: Draft) -> Draft:
        """The organisation's targets, giving these roles the keys upstream gives them; unsigned if that is new."""
        return targets if self.is_named_by(targets) else targets.delegating_like(self.targets, self._roles)


def read_carried(mirror: Mirror) -> Carried | None:
    """What a hybrid mirror carries; None where the mirror is an organisation's own.

    Raises:
        DocumentError: it was damaged.
    """
    found = {}
    for name in (TARGETS.name, *(role.name for role in DELEGATED)):
        path = mirror.carried / f"{name}.json"
        with translated("read", path):
            if not path.is_file():
                return None
            found[name] = parse_draft(path.read_bytes(), str(path))
    return Carried(targets=found.pop(TARGETS.name), listing=found)


def take_over(mirror: Mirror, upstream: Verified, *, releases: bool = True) -> None:
    """Put what upstream published in the place of what was carried; the caller holds the lock, and publishes then.

    Without `releases` only the revocations: they can go out while archives are still missing. The documents come before
    the metadata that lists them, and upstream's targets last, so that whoever publishes in between finds all of it.
    """
    names = [KEYS, *(manifest_name(triple) for triple in upstream.triples)] if releases else []
    for name in [*names, REVOKED]:
        write_if_new(mirror.path / "targets" / name, upstream.targets[name])
    roles = [role.name for role in DELEGATED if releases or role != RELEASES]
    for role in [*roles, TARGETS.name] if releases else roles:
        write_if_new(mirror.carried / f"{role}.json", upstream.metadata[role])
    if releases:
        _drop_others(mirror, upstream)


def _drop_others(mirror: Mirror, upstream: Verified) -> None:
    """Remove the manifests of triples upstream has no more."""
    for triple in set(mirror.triples()) - set(upstream.triples):
        with translated("remove", mirror.manifest(triple)):
            mirror.manifest(triple).unlink(missing_ok=True)
    make_directory(mirror.manifests)
    sync_directory(mirror.manifests)


def refuse_carried(mirror: Mirror, deed: str) -> None:
    """Refuse what would change what upstream signed.

    Raises:
        RequestError: the mirror is a hybrid one.
    """
    if read_carried(mirror) is not None:
        raise RequestError(
            f"{mirror.path} carries upstream's releases and revocations byte for byte: {deed} would change them",
            hint="that needs a mirror of your own: pyv mirror init DIR, then pyv mirror sync DIR --from UPSTREAM",
            path=str(mirror.path),
        )
