"""The lists other tools read where pyv reads an index: what uv and mise may choose from.

uv takes a JSON document with one download per version, platform and variant (`--python-downloads-json-url`), mise a
gzipped list of upstream file names per triple. Neither knows signatures or revocations, so what they are told of is
decided by whoever calls this. The same records always give the same bytes.
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable
from urllib.parse import quote

from pyv.domain.artifact import FLAVORS, Artifact
from pyv.domain.manifest import manifest_order
from pyv.domain.triple import Triple, parse_triple
from pyv.domain.variant import DEFAULT

UPSTREAM = "https://github.com/astral-sh/python-build-standalone/releases/download/"
"""What uv replaces by `UV_PYTHON_INSTALL_MIRROR`; a download that begins otherwise is an error to it (uv 0.13)."""

_FAMILIES = {"ppc64le": "powerpc64le"}
"""Where uv's word for an architecture is another than upstream's (uv's fetch-download-metadata.py)."""


def uv_list(records: Iterable[Artifact]) -> bytes:
    """uv's list, one download a line; of each version, platform and variant the one uv's own list would have.

    uv prefers a flavor to another whatever their dates, then an optimised build, then the newest; static builds, which
    cannot load extension modules, it leaves out (fetch-download-metadata.py).
    """
    best: dict[str, Artifact] = {}
    for record in records:
        key = None if record.is_static else _uv_key(record)
        if key is not None and (key not in best or _uv_merit(record) > _uv_merit(best[key])):
            best[key] = record
    lines = [f"{json.dumps(key)}: {json.dumps(_uv_download(best[key]), sort_keys=True)}" for key in sorted(best)]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode("ascii")


def mise_lists(records: Iterable[Artifact]) -> dict[str, bytes]:
    """mise's lists by file name.

    mise takes the release from the date in the name, so archives that lie in another release are not for it.
    """
    names: dict[str, list[str]] = defaultdict(list)
    for record in sorted(records, key=manifest_order):
        if record.location is None:
            names[record.triple].append(record.file_name)
    return {
        f"python-precompiled-{triple}.gz": gzip.compress("".join(f"{name}\n" for name in found).encode(), mtime=0)
        for triple, found in sorted(names.items())
    }


def _uv_platform(record: Artifact) -> Triple | None:
    try:
        return parse_triple(record.triple)
    except ValueError:
        return None  # uv has no words for it


def _uv_key(record: Artifact) -> str | None:
    platform = _uv_platform(record)
    if platform is None:
        return None
    variant = "" if record.variant == DEFAULT else f"+{record.variant.label}"
    level = f"_v{platform.level}" if platform.level > 1 else ""
    return f"cpython-{record.version}{variant}-{platform.os}-{_family(platform)}{level}-{_libc(platform)}"


def _uv_merit(record: Artifact) -> tuple[object, ...]:
    options = record.options.split("+")
    optimised = ("lto" in options) + ("pgo" in options)
    return (-FLAVORS.index(record.flavor), optimised, record.date, record.upstream_location)


def _uv_download(record: Artifact) -> dict[str, object]:
    platform, version = parse_triple(record.triple), record.parsed_version
    return {
        "name": record.implementation,
        "arch": {"family": _family(platform), "variant": f"v{platform.level}" if platform.level > 1 else None},
        "os": platform.os,
        "libc": _libc(platform),
        "major": version.major,
        "minor": version.minor,
        "patch": version.patch,
        "prerelease": f"{version.stage}{version.serial}" if version.is_prerelease else "",
        "url": UPSTREAM + quote(record.upstream_location),
        "sha256": record.sha256,
        "variant": None if record.variant == DEFAULT else record.variant.label,
        "build": record.build,
    }


def _family(platform: Triple) -> str:
    return _FAMILIES.get(platform.arch, platform.arch)


def _libc(platform: Triple) -> str:
    return platform.libc if platform.os == "linux" else "none"
