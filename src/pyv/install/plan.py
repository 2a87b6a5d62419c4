"""Decide first: everything an installation will do, as one frozen value.

Making a plan reads the index and the tree, checks the record's signature, revocations and policy, and writes nothing;
so `--dry-run` and `--json` cost nothing more. A plan made from an index that is being refreshed can be confirmed:
that makes it again from the refreshed one, and nothing is activated without it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field

from pyv.domain.artifact import Artifact
from pyv.domain.objection import Objection, objector
from pyv.domain.policy import Policy
from pyv.domain.request import VersionRequest
from pyv.domain.resolve import Preferences, Resolution, resolve
from pyv.domain.triple import Host
from pyv.errors import ResolutionError, TransferError, TrustError
from pyv.index.opened import Index
from pyv.index.sources import not_carried
from pyv.install.packing import Packing, Places, Preferred, as_published, preferred
from pyv.install.standing import refuse_other_build, refuse_other_version, standing
from pyv.install.whole import damage, mending
from pyv.store.paths import Root
from pyv.store.versions import refuse_foreign
from pyv.transfer.locations import Location, Source
from pyv.trust.record import verify_record

HASHED = "sha256"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the options of `install` say, beside the request."""

    flavor: str | None = None
    build: str | None = None
    triple: str | None = None
    force: bool = False
    skip_existing: bool = False
    """Whether a version somebody else put there counts as installed."""
    name: str | None = None
    """What the version is to be called, where a person chose a name."""
    offline: bool = False
    mirrors: tuple[Location, ...] = ()
    """In order; empty means upstream (or the index's own blobs)."""
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One artifact to become one version."""

    request: str
    artifact: Artifact
    own_name: str | None = None
    """The name a person chose for it."""
    why: str
    index: str
    level: str
    published: str = ""
    """When the index was published, UTC; empty where nobody says."""
    stale: float = 0.0
    """Seconds since the index expired, where policy allowed that."""
    keyid: str
    sources: tuple[Source, ...]
    """Where the archive may come from, as it was published."""
    remedy: str = ""
    """What to do where none of them has it, if there is more to say than that."""
    derived: Packing | None = None
    """What is fetched in its place, where the policy names the key that vouches for it."""
    installed: str | None
    """The store id that answers to the name already, if any."""
    damage: str = ""
    """What is wrong with what stands at the name, so that it is installed again."""
    force: bool
    from_cache: bool = True
    """Whether an archive of this digest in the cache will do; an archive a person named is read itself."""
    verify_first: bool = False
    """Whether nothing may be extracted before the whole archive is verified."""
    notes: tuple[str, ...] = ()
    """What was passed over, and what there is against it: for people."""
    confirm: Callable[[], Plan] | None = field(default=None, repr=False, compare=False)
    """The same plan made from the refreshed index, which it waits for; None where there is nothing to wait for."""

    @property
    def name(self) -> str:
        """The version name it will have."""
        return self.own_name or self.artifact.version_name

    @property
    def word(self) -> str:
        """What asks for it on a command line."""
        return f"{self.request}:{self.own_name}" if self.own_name else self.request

    @property
    def archive(self) -> Packing:
        """The archive as it was published."""
        return as_published(self.artifact, self.sources)

    @property
    def fetched(self) -> Packing:
        """What is fetched first."""
        return self.archive if self.derived is None else self.derived

    @property
    def is_done(self) -> bool:
        """Whether there is nothing to do."""
        return self.installed is not None and not self.force and not self.damage

    def to_dict(self) -> dict[str, object]:
        """The plan for `--json`."""
        artifact = self.artifact
        return {
            "request": self.request,
            "name": self.name,
            "action": "none" if self.is_done else "replace" if self.installed else "install",
            "why": self.why,
            "version": artifact.version,
            "build": artifact.build,
            "triple": artifact.triple,
            "flavor": artifact.flavor,
            "variant": artifact.variant.label,
            "sha256": artifact.sha256,
            "size": artifact.size,
            "index": self.index,
            "index_published": self.published or None,
            "index_stale": int(self.stale),
            "level": self.level,
            "keyid": self.keyid,
            "sources": [source.label for source in self.sources],
            "derived": None if self.derived is None else self.derived.to_dict(),
            "notes": list(self.notes),
        }


def make_plan(request: VersionRequest, index: Index, options: Options, *, host: Host, root: Root, now: float) -> Plan:
    """What installing a request means here and now.

    Raises:
        ResolutionError: nothing matches. TrustError: the record is not signed by a live key of the index, or all that
        matches is revoked or against the policy. StoreError: another build of the version is installed.
        TransferError: offline, and no place is local.
    """

    def planned(current: Index) -> Plan:
        try:
            return _planned(request, current, options, host=host, root=root, now=now)
        except (ResolutionError, TrustError) as fault:
            if current.note:
                fault.message += f" ({current.note})"
            raise

    def confirm() -> Plan:
        return planned(index.current())

    try:
        plan = planned(index)
    except (ResolutionError, TrustError) as fault:
        if index.renewal is not None:
            return confirm()  # what is kept may be too old to know better
        if index.again is not None and isinstance(fault, ResolutionError):
            return planned(index.again())
        raise
    if index.renewal is None:
        return plan
    if plan.is_done and not request.is_exact:
        return confirm()  # nothing is to be fetched, so there is nothing to do beside the refresh
    return dataclasses.replace(plan, confirm=confirm)


def _planned(request: VersionRequest, index: Index, options: Options, *, host: Host, root: Root, now: float) -> Plan:
    triple = options.triple or request.triple or host.triple
    preferences = Preferences(triple=triple, flavor=options.flavor, build=options.build)
    against = objector(index.revocations, options.policy, now)
    resolution = resolve(request, index.artifacts(triple), host, preferences, against)
    artifact = resolution.artifact
    key = verify_record(artifact, index.keys, now)
    name = options.name or artifact.version_name
    if not options.skip_existing:
        refuse_foreign(root, name)
    installed, broken = standing(root, name), "" if options.force else damage(root, name)
    places = Places(index=index, mirrors=options.mirrors, offline=options.offline, root=root)
    stands = installed is not None and not options.force
    idle = stands and not broken
    repacked = Preferred() if idle else preferred(artifact, places, options.policy, now)
    plan = Plan(
        request=request.text,
        artifact=artifact,
        own_name=options.name,
        why=resolution.why + repacked.why,
        index=index.label,
        level=index.level,
        published=index.published,
        stale=index.stale,
        keyid=key.keyid,
        sources=_sources(artifact, places, name, broken, spared=idle or repacked.packing is not None),
        remedy=not_carried(artifact) if index.location is not None and not options.mirrors else "",
        derived=repacked.packing,
        installed=installed,
        damage=broken,
        force=options.force,
        verify_first=options.policy.verify_before_extract,
        notes=(*filter(None, [index.note]), *mending(broken), *_passed_over(resolution), *repacked.notes),
    )
    if stands and options.name and not options.skip_existing:
        refuse_other_version(root, name, request, artifact, plan.word)
    if stands and (request.build or options.build):
        refuse_other_build(root, name, artifact, plan.word)
    if resolution.objection is not None:
        plan = overruled(plan, resolution.objection, exact=request.is_exact)
    if not plan.is_done and index.renewal is None:
        options.policy.require_level(plan.level, artifact.pinned)
    return plan


def _sources(artifact: Artifact, places: Places, name: str, broken: str, *, spared: bool) -> tuple[Source, ...]:
    try:
        return places.sources(artifact, spared=spared)
    except TransferError as fault:
        if broken:
            fault.message = f"{name} is not whole ({broken}), and cannot be installed again: {fault.message}"
        raise


def overruled(plan: Plan, objection: Objection, *, exact: bool) -> Plan:
    """The plan with a warning where an objection cannot or need not stop it: what is installed stays (design, §4).

    Raises:
        TrustError: the objection stands.
    """
    yields = objection.yields and exact
    if not yields and not (plan.is_done and objection.is_revocation):
        raise objection.error
    warning = f"warning: {objection.error.message}"
    if objection.error.hint and not yields:
        warning += f"; {objection.error.hint}"
    return dataclasses.replace(plan, notes=(*plan.notes, warning))


def _passed_over(resolution: Resolution) -> list[str]:
    """What would have been chosen otherwise: the best of it, since a policy of age may object to hundreds."""
    if not resolution.passed or resolution.objection is not None:
        return []
    best, objection = resolution.passed[0]
    more = len(resolution.passed) - 1
    others = f" (and {more} other{'s' if more > 1 else ''})" if more else ""
    return [f"passed over {best.pinned}, {best.flavor}{others}: {objection.reason}"]
