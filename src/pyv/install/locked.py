"""Installing what a lock names: its record, held to the keys and revocations this machine knows, and nobody asked.

No index is read, and no place is asked for anything but the archive: the lock holds the whole record. What an index
would add is news. So what was revoked since this machine last saw an index is not known here, and a policy that
demands a fresh index is not met by a lock.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyv.domain.artifact import Artifact
from pyv.domain.lock import Lock
from pyv.domain.objection import objector
from pyv.domain.request import VersionRequest
from pyv.domain.triple import Host, refusal, runnable_triples
from pyv.errors import PolicyError, ResolutionError, SignatureError, StoreError, TransferError, UnknownKeyError
from pyv.index.opened import SIGNED, Index
from pyv.install.local import Judges
from pyv.install.packing import Places
from pyv.install.plan import Options, Plan, overruled
from pyv.install.standing import refuse_other_build, standing
from pyv.install.whole import damage, mending
from pyv.store.paths import Root
from pyv.store.versions import refuse_foreign
from pyv.transfer.locations import Location, Source
from pyv.trust.keys import ArtifactKey, KeyList
from pyv.trust.record import verify_record


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a plan is made from."""

    lock: Lock
    label: str
    """How messages and receipts call the lock: `pyv.lock`."""
    judges: Judges
    index: Location | None
    """The place of an index, where archives may lie; None for upstream. Nothing else of it is looked at."""


def vouched(keys: KeyList, named: tuple[str, ...]) -> KeyList:
    """These keys, and those whose public halves (in hex) a person names; one that is listed counts as it is listed."""
    known = {key.keyid for key in keys.keys}
    own = {key.keyid: key for key in (ArtifactKey.of_public(bytes.fromhex(public)) for public in named)}
    return KeyList(keys=(*keys.keys, *(key for keyid, key in own.items() if keyid not in known)))


def plan_locked(request: VersionRequest, given: Given, options: Options, *, host: Host, root: Root, now: float) -> Plan:
    """What installing a request of a lock means.

    Raises:
        ResolutionError: it is not locked for this host. SignatureError: the lock was altered. UnknownKeyError: nobody
        this machine knows signed the record. TrustError: it was revoked, or the policy is against it.
        StoreError: another build of the version is installed. TransferError: offline, and no place is local.
    """
    artifact = _record(request, given, options.triple, host)
    keyid = _verified(artifact, given, now)
    name = options.name or artifact.version_name
    try:
        refuse_foreign(root, name)
    except StoreError as fault:
        fault.hint = "move it away, or set PYV_ROOT elsewhere: nobody can say which build it is"
        raise
    installed, broken = standing(root, name), "" if options.force else damage(root, name)
    stands = installed is not None and not options.force
    plan = Plan(
        request=request.text,
        artifact=artifact,
        own_name=options.name,
        why=f"{artifact.pinned} for {artifact.triple} is what {given.label} names for `{request.text}`",
        index=f"lock {given.label}",
        level=SIGNED,
        keyid=keyid,
        sources=_sources(artifact, given, options, root, spared=stands and not broken),
        remedy=_remedy(given, options),
        installed=installed,
        damage=broken,
        force=options.force,
        verify_first=options.policy.verify_before_extract,
        notes=tuple(mending(broken)),
    )
    if stands:
        refuse_other_build(root, name, artifact, f"--locked {plan.word}")
    objection = objector(given.judges.revocations, options.policy, now)(artifact)
    if objection is not None:
        plan = overruled(plan, objection, exact=True)  # a lock names one build
    if not plan.is_done:
        _require_level(options, artifact)
    return plan


def _record(request: VersionRequest, given: Given, named: str | None, host: Host) -> Artifact:
    """The record for this host: its own triple, else the best of the others it runs; or the one of a triple named."""
    records = given.lock.of(request.text)
    best = [host.triple, *reversed(runnable_triples(host)[1:])] if named is None else [named]
    reason = ""
    for triple in best:
        if triple in records:
            reason = refusal(triple, host) or ""
            if not reason:
                return records[triple]
    wanted = best[0]
    if reason:
        raise ResolutionError(
            f"`{request.text}` is locked for {wanted}, but this host cannot run that: {reason}",
            hint=f"this host runs {host.triple}",
            request=request.text,
            triple=wanted,
        )
    words = " ".join(f"--triple {triple}" for triple in dict.fromkeys((*given.lock.triples, wanted)))
    raise ResolutionError(
        f"{given.label} does not have `{request.text}` for {wanted}: it has it for {', '.join(records) or 'nothing'}",
        hint=f"lock it for that platform too: pyv lock {words}",
        request=request.text,
        triple=wanted,
    )


def _verified(artifact: Artifact, given: Given, now: float) -> str:
    """The id of the key that vouches."""
    try:
        return verify_record(artifact, given.judges.keys, now).keyid
    except SignatureError as fault:
        fault.hint = f"{given.label} was altered: take it from version control again, or remove it and run `pyv lock`"
        raise
    except UnknownKeyError as fault:
        unknown = given.judges.against_key(artifact)
        if unknown:
            fault.message = unknown
            fault.hint = "accept the index it is from (pyv trust add), or name the public key with --artifact-key"
        raise


def _sources(artifact: Artifact, given: Given, options: Options, root: Root, *, spared: bool) -> tuple[Source, ...]:
    judges = given.judges
    place = Index(
        label=given.label,
        keys=judges.keys,
        revocations=judges.revocations,
        location=given.index,
        level=SIGNED,
        read=lambda _: None,
    )
    places = Places(index=place, mirrors=options.mirrors, offline=options.offline, root=root)
    try:
        return places.sources(artifact, spared=spared)
    except TransferError as fault:
        fault.hint = "name a directory that has it with --mirror, or leave --offline out"
        raise


def _remedy(given: Given, options: Options) -> str:
    if not options.mirrors and given.index is None:
        return "name a mirror that has it with --mirror"
    return (
        "the place does not carry what the lock names: its operator can add it "
        f"(pyv mirror sync DIR --from-lock {given.label}), or take it from upstream with --mirror upstream"
    )


def _require_level(options: Options, artifact: Artifact) -> None:
    try:
        options.policy.require_level(SIGNED, artifact.pinned)
    except PolicyError as fault:
        fault.hint = "a lock asks no index, so nothing of it is fresh: install without --locked"
        raise
