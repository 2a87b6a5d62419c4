"""One downloadable archive and its signed record.

Record keys (docs/architecture.md has the table): `i v t f x b n u e h` are signed, `k s` are the signature,
`p` is an unsigned upstream location. Keys this pyv does not know are kept, since they are signed too; one named
in `crit` that it does not know refuses the record.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from pyv.domain.fields import Fields
from pyv.domain.variant import Variant
from pyv.domain.version import Version, parse_version

FLAVORS = ("install_only_stripped", "install_only", "full")
"""In the order resolution prefers them."""

_UNSIGNED = frozenset({"k", "s", "p"})
_FIELDS = frozenset("ivtfxbnueh") | _UNSIGNED
"""The keys that are fields of `Artifact`; every other one, `crit` included, is kept in `extra`."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TRIPLE = re.compile(r"[a-z0-9_]+(-[a-z0-9_]+){2,3}")
_BUILD = re.compile(r"[0-9]{8}")
_OPTIONS = re.compile(r"[a-z0-9]+(\+[a-z0-9]+)*")
_LOCATION = re.compile(r"[0-9]{8}/[A-Za-z0-9][A-Za-z0-9._+-]*")

# Tag 20250323 is an upstream typo: its git tag is dated 2026-03-23 and it holds 3.10.20 to 3.15.0a7.
_DATED_OTHERWISE = {"20250323": "20260323"}

_NOTHING: Mapping[str, object] = MappingProxyType({})


def build_date(build: str) -> str:
    """The publication date (YYYYMMDD) of a build tag: what builds are ordered by."""
    return _DATED_OTHERWISE.get(build, build)


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A record: identity bound to bytes."""

    implementation: str = "cpython"
    version: str
    triple: str
    flavor: str
    options: str = ""
    """Upstream's build options, verbatim: `freethreaded+pgo+lto`, `shared`, or nothing."""
    build: str
    sha256: str
    size: int | None = None
    """Bytes of the archive."""
    unpacked: int | None = None
    """Bytes of all regular files in it."""
    entries: int | None = None
    keyid: str = ""
    signature: str = ""
    """Base64 of 64 bytes."""
    location: str | None = None
    """`<tag>/<file>` upstream, where it cannot be derived; not signed."""
    extra: Mapping[str, object] = field(default_factory=lambda: _NOTHING)
    """Signed keys this pyv does not know."""

    @classmethod
    def from_fields(cls, fields: Fields) -> Artifact:
        """Read a record.

        Raises:
            DocumentError: a key is missing, has another type, or holds what no record may hold.
        """
        values = fields.values
        artifact = cls(
            implementation=fields.text("i"),
            version=fields.text("v"),
            triple=fields.text("t"),
            flavor=fields.text("f"),
            options=fields.text("x"),
            build=fields.text("b"),
            sha256=fields.text("h"),
            size=fields.count("n"),
            unpacked=fields.count("u"),
            entries=fields.count("e"),
            keyid=fields.text("k", ""),
            signature=fields.text("s", ""),
            location=fields.optional_text("p"),
            extra=_NOTHING if values.keys() <= _FIELDS else _unknown(values),
        )
        _check(artifact, fields)
        return artifact

    def to_dict(self) -> dict[str, object]:
        """The record as it stands in a manifest."""
        record = self.payload()
        record.update({"k": self.keyid, "s": self.signature})
        if self.location is not None:
            record["p"] = self.location
        return record

    def payload(self) -> dict[str, object]:
        """What is signed: the record without `k`, `s` and `p`."""
        record: dict[str, object] = {
            "i": self.implementation,
            "v": self.version,
            "t": self.triple,
            "f": self.flavor,
            "x": self.options,
            "b": self.build,
            "h": self.sha256,
        }
        numbers = {"n": self.size, "u": self.unpacked, "e": self.entries}
        record.update({key: number for key, number in numbers.items() if number is not None})
        record.update(self.extra)
        return record

    @property
    def parsed_version(self) -> Version:
        """The version, ordered."""
        return parse_version(self.version)

    @property
    def variant(self) -> Variant:
        """The build variant the options amount to."""
        return Variant.of_options(self.options)

    @property
    def date(self) -> str:
        """When the build was published, YYYYMMDD."""
        return build_date(self.build)

    @property
    def is_static(self) -> bool:
        """Whether the interpreter cannot load extension modules.

        musl builds were linked statically until 20250311, and `static` ones still are (PBS's release notes).
        """
        if "static" in self.options.split("+"):
            return True
        return self.triple.endswith("-musl") and self.date < "20250311"

    @property
    def compression(self) -> str:
        """`zst` for full archives, `gz` for the others: how PBS packs them."""
        return "zst" if self.flavor == "full" else "gz"

    @property
    def name(self) -> str:
        """The identity as one word, in upstream's form: the file name without its ending."""
        options = f"-{self.options}" if self.options else ""
        return f"{self.implementation}-{self.version}+{self.build}-{self.triple}{options}-{self.flavor}"

    @property
    def file_name(self) -> str:
        """The upstream file name, where nothing else is stated."""
        return f"{self.name}.tar.{self.compression}"

    @property
    def upstream_location(self) -> str:
        """`<tag>/<file>` below upstream's download address or a mirror of it; `+` is not yet quoted."""
        return self.location or f"{self.build}/{self.file_name}"

    @property
    def version_name(self) -> str:
        """What the versions tree calls it: `3.12.2`, `3.13.1t`, `3.14.0rc2`, `3.12.2-debug`."""
        return self.version + self.variant.suffix

    @property
    def pinned(self) -> str:
        """Version and build in one word: `3.12.2+20240224`."""
        return f"{self.version_name}+{self.build}"


def _unknown(values: Mapping[str, object]) -> Mapping[str, object]:
    return MappingProxyType({key: value for key, value in values.items() if key not in _FIELDS})


def _check(artifact: Artifact, fields: Fields) -> None:
    for key, value, form in (
        ("t", artifact.triple, _TRIPLE),
        ("b", artifact.build, _BUILD),
        ("h", artifact.sha256, _SHA256),
    ):
        if form.fullmatch(value) is None:
            raise fields.fault(key, f"`{value}` is not of the form it must have")
    if artifact.implementation != "cpython":
        raise fields.fault("i", f"`{artifact.implementation}` is not an implementation this pyv knows")
    if artifact.flavor not in FLAVORS:
        raise fields.fault("f", f"`{artifact.flavor}` is not a flavor")
    if artifact.options and _OPTIONS.fullmatch(artifact.options) is None:
        raise fields.fault("x", f"`{artifact.options}` are not build options")
    if artifact.location is not None and _LOCATION.fullmatch(artifact.location) is None:
        raise fields.fault("p", f"`{artifact.location}` is not `<tag>/<file>`")
    try:
        parse_version(artifact.version)
    except ValueError as fault:
        raise fields.fault("v", str(fault)) from None
    check_critical(artifact.extra, _FIELDS, fields)


def check_critical(extra: Mapping[str, object], known: Collection[str], fields: Fields) -> None:
    """Members a reader has to understand: a record that names one this pyv does not know is not for it.

    `extra` is what the record holds beside the keys that are known.

    Raises:
        DocumentError: `crit` names such a member, or is no list of names.
    """
    critical = extra.get("crit")
    if critical is None:
        return
    if not isinstance(critical, list) or not all(isinstance(word, str) for word in critical):
        raise fields.fault("crit", "needs a newer pyv: not a list of names")
    unknown = [word for word in critical if word not in known and word != "crit"]
    if unknown:
        raise fields.fault("crit", f"needs a newer pyv: {', '.join(unknown)}")
