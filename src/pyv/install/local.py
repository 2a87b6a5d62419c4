"""Installing from an archive at hand: with a proof file, or with a digest the person vouches for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pyv.domain.artifact import Artifact
from pyv.domain.filename import parse_file_name
from pyv.domain.objection import objector
from pyv.domain.policy import Policy
from pyv.domain.revocation import Revocations
from pyv.domain.triple import Host, refusal
from pyv.errors import DigestError, RequestError, ResolutionError, TrustError
from pyv.index.opened import SIGNED
from pyv.install.plan import HASHED, Plan, overruled
from pyv.install.standing import refuse_other_build, standing
from pyv.install.whole import damage, mending
from pyv.store.paths import Root
from pyv.store.versions import refuse_foreign
from pyv.transfer.files import read_file
from pyv.transfer.locations import Location
from pyv.trust.keys import KeyList, short
from pyv.trust.proof import MAX_BYTES, parse_proof
from pyv.trust.record import verify_record

_ENDINGS = (".tar.gz", ".tar.zst")
PROOF_ENDING = ".proof"


def is_archive(word: str) -> bool:
    """Whether a person named an archive rather than a version."""
    return word.endswith(_ENDINGS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judges:
    """Who has a say about an archive that no index named."""

    keys: KeyList
    """Those that may have signed its record."""
    revocations: Revocations
    policy: Policy

    def against_key(self, artifact: Artifact) -> str:
        """What there is to say of a record whose key is none of these; empty where it is one."""
        if self.keys.find(artifact.keyid) is not None:
            return ""
        return f"{artifact.name} is signed by key {short(artifact.keyid)}, which nobody vouches for here"


def plan_archive(
    archive: Path,
    *,
    name: str | None = None,
    proof: Path | None,
    sha256: str | None,
    force: bool,
    judges: Judges,
    host: Host,
    root: Root,
    now: float,
) -> Plan:
    """What installing a local archive means; `name` is one a person chose for it.

    Raises:
        TrustError: neither a proof nor a digest vouches for it, the proof does not hold, it was revoked, or the
        policy is against it.
        ResolutionError: this host cannot run it. RequestError: there is no such file.
    """
    if not archive.is_file():
        raise RequestError(f"there is no archive {archive}", hint="check the path", path=str(archive))
    voucher = _vouched(archive, proof=proof, sha256=sha256, judges=judges, now=now)
    artifact = voucher.artifact
    reason = refusal(artifact.triple, host)
    if reason is not None:
        raise ResolutionError(f"this host cannot run {artifact.name}: {reason}", triple=artifact.triple)
    broken = "" if force else damage(root, name or artifact.version_name)
    plan = Plan(
        request=archive.name,
        artifact=artifact,
        own_name=name,
        why=f"the archive named; {'its proof' if voucher.keyid else 'the digest given'} vouches for it",
        index=voucher.source,
        level=voucher.level,
        keyid=voucher.keyid,
        sources=(Location(path=archive.parent).join(archive.name),),
        installed=standing(root, name or artifact.version_name),
        damage=broken,
        force=force,
        from_cache=False,
        verify_first=judges.policy.verify_before_extract,
        notes=tuple(mending(broken)),
    )
    refuse_foreign(root, plan.name)
    if plan.installed is not None and not force:
        refuse_other_build(root, plan.name, artifact, plan.word)
    objection = objector(judges.revocations, judges.policy, now)(artifact)
    if objection is not None:
        plan = overruled(plan, objection, exact=True)
    if not plan.is_done:
        judges.policy.require_level(plan.level, artifact.pinned)
    return plan


@dataclass(frozen=True, slots=True, kw_only=True)
class _Voucher:
    """What an archive is, and who says so."""

    artifact: Artifact
    keyid: str
    level: str
    source: str


def _vouched(archive: Path, *, proof: Path | None, sha256: str | None, judges: Judges, now: float) -> _Voucher:
    """Its proof, given or beside it, else the digest given."""
    beside = archive.with_name(archive.name + PROOF_ENDING)
    if proof is None and sha256 is None and beside.is_file():
        proof = beside
    if proof is not None:
        artifact, keyid = _proven(proof, judges.keys, now)
        _agree(archive, artifact, sha256)
        return _Voucher(artifact=artifact, keyid=keyid, level=SIGNED, source=f"proof {proof.name}")
    if sha256 is not None:
        return _Voucher(artifact=_named(archive.name, sha256), keyid="", level=HASHED, source="--sha256")
    raise TrustError(
        f"nothing vouches for {archive.name}",
        hint=f"put its proof beside it as {beside.name}, name it with --proof, or give the digest with --sha256",
        path=str(archive),
    )


def _agree(archive: Path, artifact: Artifact, sha256: str | None) -> None:
    """A proof, a digest given beside it and the archive's own name must all mean the same archive."""
    if sha256 is not None and _digest(sha256) != artifact.sha256:
        raise DigestError(
            f"the proof is of another archive than --sha256 says: {artifact.sha256}",
            hint="find out which of the two is right",
            expected=sha256,
            actual=artifact.sha256,
        )
    try:
        named = parse_file_name(archive.name)
    except RequestError:
        return  # a name of the person's own states nothing
    if named != parse_file_name(artifact.file_name):
        raise TrustError(
            f"the proof is of {artifact.file_name}, not of {archive.name}",
            hint="take the proof that belongs to the archive",
        )


def _proven(proof: Path, keys: KeyList, now: float) -> tuple[Artifact, str]:
    """The record of a proof file, signed by one of these keys."""
    content = read_file(proof, MAX_BYTES)
    if content is None:
        raise RequestError(f"there is no proof {proof}", hint="check the path", path=str(proof))
    artifact = parse_proof(content.decode("utf-8", "replace"), str(proof))
    return artifact, verify_record(artifact, keys, now).keyid


def _digest(sha256: str) -> str:
    digest = sha256.lower().removeprefix("sha256:")
    if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise RequestError(f"`{sha256}` is not a sha256", hint="it has 64 hex digits", sha256=sha256)
    return digest


def _named(name: str, sha256: str) -> Artifact:
    """The identity an archive's name states, bound to a digest the person gave."""
    digest = _digest(sha256)
    named = parse_file_name(name)
    return Artifact(
        version=named.version,
        triple=named.triple,
        flavor=named.flavor,
        options=named.options,
        build=named.build,
        sha256=digest,
    )
