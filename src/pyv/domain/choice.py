"""Which of an index's archives a mirror carries.

Chosen by version requests, triples, flavors, variants and builds. What nobody names is decided as an installation
decides it: the default variant, the newest build, the first flavor it has; so a mirror that chose `3.12` holds what
`pyv install 3.12` takes. Or chosen one by one, as a lock does: then it is these and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pyv.domain.artifact import FLAVORS, Artifact
from pyv.domain.fields import Fields
from pyv.domain.request import VersionRequest, parse_request
from pyv.domain.resolve import preference
from pyv.domain.revocation import Revocations
from pyv.domain.triple import parse_triple
from pyv.domain.variant import Variant, parse_variant
from pyv.errors import RequestError

NEWEST, ALL = "newest", "all"
"""Which builds of a version: the one an installation takes, or every one."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Exact:
    """One archive, and no other."""

    name: str
    sha256: str

    @classmethod
    def of(cls, artifact: Artifact) -> Exact:
        """The archive of a record."""
        return cls(name=artifact.name, sha256=artifact.sha256)

    def to_dict(self) -> dict[str, object]:
        """As a mirror remembers it."""
        return {"name": self.name, "sha256": self.sha256}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What somebody chose; everything empty is the newest build of every release, for every platform."""

    versions: tuple[str, ...] = ()
    """Version requests; empty: every release."""
    triples: tuple[str, ...] = ()
    """Empty: every platform."""
    flavors: tuple[str, ...] = ()
    """Empty: the first one that each build has; `all`: all of them."""
    variants: tuple[str, ...] = ()
    """Labels; empty: what each request says, which is the default one unless it says more."""
    builds: str = NEWEST
    exact: tuple[Exact, ...] = ()
    """Not empty: these archives, of the triples that are named."""

    @classmethod
    def exactly(cls, artifacts: Iterable[Artifact]) -> Choice:
        """The choice of these archives."""
        found = list(artifacts)
        return cls(
            triples=tuple(sorted({artifact.triple for artifact in found})),
            exact=tuple(sorted({Exact.of(artifact) for artifact in found})),
        )

    @classmethod
    def of(
        cls,
        *,
        versions: Sequence[str] = (),
        triples: Sequence[str] = (),
        flavors: Sequence[str] = (),
        variants: Sequence[str] = (),
        builds: str = NEWEST,
    ) -> Choice:
        """A choice in a person's words.

        Raises:
            RequestError: a word means nothing.
        """
        for version in versions:
            parse_request(version)
        try:
            for triple in triples:
                parse_triple(triple)
            for variant in variants:
                parse_variant(variant)
        except ValueError as fault:
            raise RequestError(str(fault), hint="see `pyv mirror sync --help`") from None
        for flavor in flavors:
            if flavor not in (*FLAVORS, ALL):
                raise RequestError(f"`{flavor}` is not a flavor", hint=f"flavors are {', '.join((*FLAVORS, ALL))}")
        if builds not in {NEWEST, ALL}:
            raise RequestError(f"`{builds}` is neither `{NEWEST}` nor `{ALL}`", hint="see `pyv mirror sync --help`")
        return cls(
            versions=tuple(versions),
            triples=tuple(triples),
            flavors=tuple(flavors),
            variants=tuple(variants),
            builds=builds,
        )

    def to_dict(self) -> dict[str, object]:
        """The choice as a mirror remembers it."""
        told: dict[str, object] = {
            "versions": list(self.versions),
            "triples": list(self.triples),
            "flavors": list(self.flavors),
            "variants": list(self.variants),
            "builds": self.builds,
        }
        return told | ({"exact": [each.to_dict() for each in self.exact]} if self.exact else {})

    @classmethod
    def from_fields(cls, fields: Fields) -> Choice:
        """Read what a mirror remembers.

        Raises:
            DocumentError: it is no choice.
        """
        lists = {key: fields.words(key) for key in ("versions", "triples", "flavors", "variants")}
        try:
            choice = cls.of(**lists, builds=fields.text("builds"))
        except RequestError as fault:
            raise fields.fault("choice", fault.message) from None
        named = fields.objects("exact") if "exact" in fields.values else []
        exact = tuple(Exact(name=each.text("name"), sha256=each.text("sha256")) for each in named)
        return replace(choice, exact=exact)

    def takes(self, triple: str) -> bool:
        """Whether anything of a triple is chosen."""
        return not self.triples or triple in self.triples

    def chosen(self, artifacts: Iterable[Artifact], revocations: Revocations) -> list[Artifact]:
        """What is chosen of the records of one triple; what is blocked never is, and what is yanked not as the newest.

        The order is that of preference, the best first.
        """
        ordered = sorted(artifacts, key=preference, reverse=True)
        standing = [artifact for artifact in ordered if not _is_blocked(artifact, revocations)]
        if self.exact:
            exact = frozenset(self.exact)
            return [artifact for artifact in standing if Exact.of(artifact) in exact]
        requests = [parse_request(text) for text in self.versions] or [parse_request("latest")]
        found: dict[tuple[str, str], Artifact] = {}
        for request in requests:
            for artifact in self._answering(request, standing, revocations):
                found.setdefault((artifact.name, artifact.sha256), artifact)
        return sorted(found.values(), key=preference, reverse=True)

    def answers(self, version: str, artifact: Artifact) -> bool:
        """Whether an archive that was chosen is an answer to one of the version requests."""
        return self._matches(parse_request(version), artifact)

    def _answering(
        self, request: VersionRequest, standing: Sequence[Artifact], revocations: Revocations
    ) -> list[Artifact]:
        matching = [artifact for artifact in standing if self._matches(request, artifact)]
        if request.build:
            return self._by_flavor(matching)
        if self.builds == ALL:
            return self._by_flavor(matching)
        usual = [a for a in matching if not a.is_static and revocations.of(a) is None]
        return self._newest(usual)

    def _matches(self, request: VersionRequest, artifact: Artifact) -> bool:
        variants = {parse_variant(label) for label in self.variants} or {request.variant}
        flavors = FLAVORS if not self.flavors or ALL in self.flavors else self.flavors
        return (
            artifact.variant in variants
            and artifact.flavor in flavors
            and request.triple in {None, artifact.triple}
            and request.build in {None, artifact.build}
            and request.accepts(artifact.parsed_version)
        )

    def _newest(self, ordered: Sequence[Artifact]) -> list[Artifact]:
        """The newest build of each version and variant (and, where flavors are named, of each flavor)."""
        first: dict[tuple[str, Variant, str], Artifact] = {}
        for artifact in ordered:
            flavor = artifact.flavor if self.flavors else ""
            first.setdefault((artifact.version, artifact.variant, flavor), artifact)
        return list(first.values())

    def _by_flavor(self, ordered: Sequence[Artifact]) -> list[Artifact]:
        """Each build once, in the best flavor and options it has; in every one where flavors are named."""
        if self.flavors:
            return list(ordered)
        first: dict[tuple[str, Variant, str], Artifact] = {}
        for artifact in ordered:
            first.setdefault((artifact.version, artifact.variant, artifact.build), artifact)
        return list(first.values())


def chosen_of(choice: Choice, manifests: Mapping[str, Sequence[Artifact]], revocations: Revocations) -> list[Artifact]:
    """What is chosen of a whole index, by triple in alphabetical order."""
    return [
        artifact
        for triple in sorted(manifests)
        if choice.takes(triple)
        for artifact in choice.chosen(manifests[triple], revocations)
    ]


def _is_blocked(artifact: Artifact, revocations: Revocations) -> bool:
    entry = revocations.of(artifact)
    return entry is not None and entry.blocks
