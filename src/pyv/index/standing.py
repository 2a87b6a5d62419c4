"""What is known of an index without asking it: its roles, keys, expiries and age."""

from __future__ import annotations

import json
from dataclasses import dataclass

from pyv.domain.fields import malformed
from pyv.domain.timestamp import parse_utc, utc
from pyv.errors import TrustError
from pyv.index.anchors import embedded_anchor
from pyv.index.configured import Recognised
from pyv.index.embedded import embedded_directory, published
from pyv.index.opened import EMBEDDED
from pyv.index.state import Role, State

_ORDER = ("root", "timestamp", "snapshot", "targets", "releases", "revocations")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One index, as it was verified last."""

    label: str
    ident: str
    """Its root's name, as `pyv trust list` shows it."""
    source: str
    """Where that root was accepted from."""
    published: str
    refreshed: int | None
    """Seconds since the epoch; None for the embedded index."""
    expires: int | None
    """The earliest expiry in the chain; None for the embedded index, which does not expire."""
    roles: tuple[Role, ...]

    def has_expired(self, now: float) -> bool:
        """Whether it may no longer be believed."""
        return self.expires is not None and self.expires <= now

    def to_dict(self, now: float) -> dict[str, object]:
        """The index for `--json`; times in UTC, the age in seconds."""
        published = parse_utc(self.published)
        return {
            "label": self.label,
            "root": self.ident,
            "source": self.source,
            "published": self.published or None,
            "age": None if published is None else max(0, int(now - published)),
            "refreshed": None if self.refreshed is None else utc(self.refreshed),
            "expires": None if self.expires is None else utc(self.expires),
            "expired": self.has_expired(now),
            "roles": [
                {
                    "name": role.name,
                    "version": role.version,
                    "expires": utc(role.expires),
                    "threshold": role.threshold,
                    "keyids": list(role.keyids),
                }
                for role in self.roles
            ],
        }


def kept_standing(found: Recognised, state: State | None) -> Standing:
    """A configured index, as it was verified last.

    Raises:
        TrustError: it never was.
    """
    if state is None:
        raise TrustError(
            f"nothing is kept of the index {found.location.label} yet",
            hint="fetch it: pyv index refresh",
            index=found.location.label,
        )
    return Standing(
        label=found.location.label,
        ident=found.anchor.ident,
        source=found.anchor.source,
        published=state.published,
        refreshed=state.refreshed,
        expires=state.expires,
        roles=tuple(sorted(state.roles, key=lambda role: _order(role.name))),
    )


def embedded_standing() -> Standing:
    """The embedded index; it was verified when pyv was published, and is read here without being verified again.

    Raises:
        DocumentError: a file of it is damaged.
    """
    base, anchor = embedded_directory(), embedded_anchor()
    return Standing(
        label=EMBEDDED,
        ident="" if anchor is None else anchor.ident,
        source=EMBEDDED,
        published=published(base),
        refreshed=None,
        expires=None,
        roles=() if anchor is None else _embedded_roles(anchor.version),
    )


def _embedded_roles(root_version: int) -> tuple[Role, ...]:
    metadata = embedded_directory() / "metadata"
    try:
        signed = {}
        for name in _ORDER:
            newest = max(metadata.glob(f"*{name}.json"), key=lambda path: _number(path.name))
            signed[name] = json.loads(newest.read_bytes())["signed"]
        keys = {**signed["root"]["roles"]}
        keys.update({role["name"]: role for role in signed["targets"]["delegations"]["roles"]})
        return tuple(
            Role(
                name=name,
                version=int(signed[name]["version"]),
                expires=int(parse_utc(signed[name]["expires"]) or 0),
                keyids=tuple(keys[name]["keyids"]),
                threshold=int(keys[name]["threshold"]),
            )
            for name in _ORDER
        )
    except (OSError, ValueError, KeyError, TypeError):
        raise malformed(str(metadata), f"root {root_version}", "not the metadata of an index") from None


def _number(name: str) -> int:
    head = name.partition(".")[0]
    return int(head) if head.isdecimal() else 0


def _order(name: str) -> tuple[int, str]:
    return (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)
