"""`self/`: what pyv itself is installed from, on machines that have no Python and reach nothing but the mirror.

self/install.sh          the script, with the pins of what lies beside it
self/python/<file>       one interpreter a platform
self/wheels/<file>       pyv, and what it needs

Files come first, the script that pins them last, and what it no longer pins goes after that: whoever reads in between
finds what the script he has pins, or is told that a file is not what was pinned.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pyv.domain.kit import ANY, PYTHON, PYV, Kit, Part, read_kit, written
from pyv.errors import DigestError, DocumentError, RequestError, ResolutionError, TransferError
from pyv.mirror.hashing import digest_of
from pyv.mirror.layout import Mirror, sync_directory
from pyv.mirror.own_interpreter import Interpreters
from pyv.mirror.own_wheels import ask_pip
from pyv.mirror.settings import read_settings
from pyv.store.atomic import clear_temporaries, make_directory, translated, write_bytes
from pyv.store.lock import locked
from pyv.store.staging import abandoned, staged

SCRIPT = "install.sh"
_OF_PYV = "pyv/store/own.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the operator said."""

    script: Path
    """The install.sh whose pins count."""
    triples: tuple[str, ...] = ()
    """The platforms; none named: those the mirror has archives for."""
    wheel: Path | None = None
    """pyv's own."""
    wheels: Path | None = None
    """Where wheels lie; None where pip may fetch what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnKit:
    """What lies in `self/` now."""

    kit: Kit
    version: str
    """pyv's."""
    new: frozenset[str]
    """The paths, below `self/`, that were not there before."""
    sha256: str
    """The digest of the script: what people hold against it who fetched it over an untrusted line."""
    size: int
    """Bytes of all files but the script."""


def packaged_script() -> Path:
    """The install.sh that came with this pyv: beside this file, or in the checkout it runs from."""
    installed = Path(__file__).with_name(SCRIPT)
    return installed if installed.is_file() else Path(__file__).parents[3] / "scripts" / SCRIPT


def add_own_kit(mirror: Mirror, asked: Asked, interpreters: Interpreters, python: str) -> OwnKit:
    """Fill `self/`; `python` has pip, or not.

    Raises:
        RequestError: a file that was named is none of pyv's, or does not say which pyv. ResolutionError: there is no
        pin for a platform. TrustError: bytes are not what is pinned, or an interpreter is not signed, or was revoked.
        TransferError: something cannot be had. StoreError: there is no mirror here, or the disk refuses.
    """
    mirror.read_keys()
    text, kit = _script(mirror, asked)
    kit = kit.only(_triples(mirror, asked, kit))
    records = {kit.interpreter(triple): interpreters.record(mirror, kit.interpreter(triple)) for triple in kit.triples}
    with locked(mirror.work.locks / "self.lock"):
        for directory in (mirror.own_kit, mirror.own_kit / "python", mirror.own_kit / "wheels"):
            make_directory(directory)
            clear_temporaries(directory)
        with abandoned(mirror.work):
            pass
        with staged(mirror.work) as stage:
            found = _wheels(mirror, kit, asked, python, stage.path)
            new = {part.path for part in found if _place(found[part], mirror.own_kit / part.path)}
        for part, record in records.items():
            if interpreters.bring(mirror, record, mirror.own_kit / part.path):
                new.add(part.path)
        content = written(text, kit, str(asked.script)).encode()
        sync_directory(mirror.own_kit / "python")
        sync_directory(mirror.own_kit / "wheels")
        write_bytes(mirror.own_kit / SCRIPT, content, mode=0o755)
        _forget_others(mirror, kit)
    sizes = [(mirror.own_kit / part.path).stat().st_size for part in kit.parts]
    version = kit.pyv.version if kit.pyv else ""
    digest = hashlib.sha256(content).hexdigest()
    return OwnKit(kit=kit, version=version, new=frozenset(new), sha256=digest, size=sum(sizes))


def _script(mirror: Mirror, asked: Asked) -> tuple[str, Kit]:
    """The script, and its pins; with the pyv the operator has, or the one that is in the mirror already."""
    with translated("read", asked.script):
        text = asked.script.read_text(encoding="utf-8", errors="replace")
    kit = read_kit(text, str(asked.script))
    wheel = asked.wheel or _only_pyv(asked.wheels)
    if wheel is not None:
        kit = kit.with_pyv(_pyv_part(wheel))
    before = mirror.own_kit / SCRIPT
    if kit.pyv is None and before.is_file():
        with suppress(DocumentError):
            known = read_kit(before.read_text(encoding="utf-8", errors="replace"), str(before)).pyv
            kit = kit if known is None else kit.with_pyv(known)
    if kit.pyv is None:
        raise RequestError(
            "this pyv's install.sh does not pin pyv itself, so somebody has to say which it is",
            hint="name pyv's wheel with --wheel; in a checkout `pip wheel --no-deps .` makes it",
        )
    return text, kit


def _only_pyv(wheels: Path | None) -> Path | None:
    if wheels is None:
        return None
    with translated("read", wheels):
        found = sorted(path for path in wheels.iterdir() if path.name.startswith("pyv-") and path.suffix == ".whl")
    if len(found) > 1:
        raise RequestError(f"{wheels} has several wheels of pyv", hint="name the one that is meant with --wheel")
    return found[0] if found else None


def _pyv_part(wheel: Path) -> Part:
    content = _read(wheel)
    digest = hashlib.sha256(content).hexdigest()
    part = Part(kind=PYV, triple=ANY, location=wheel.name, sha256=digest, size=len(content))
    try:
        with zipfile.ZipFile(wheel) as archive:
            is_pyv = part.project == "pyv" and wheel.suffix == ".whl" and _OF_PYV in archive.namelist()
    except zipfile.BadZipFile:
        is_pyv = False
    if not is_pyv:
        raise RequestError(f"{wheel} is no wheel of a pyv that install.sh can install", hint="name pyv-VERSION-….whl")
    return part


def _triples(mirror: Mirror, asked: Asked, kit: Kit) -> list[str]:
    """The platforms the kit is for."""
    unknown = [triple for triple in asked.triples if triple not in kit.triples]
    if unknown:
        raise ResolutionError(
            f"{asked.script.name} pins no Python for {', '.join(unknown)}", hint=f"it has {', '.join(kit.triples)}"
        )
    choice = read_settings(mirror).choice
    there = [triple for triple in kit.triples if triple in mirror.triples() and choice.takes(triple)]
    if not asked.triples and not there:
        raise ResolutionError(
            "the mirror has archives for no platform that install.sh pins a Python for",
            hint=f"name platforms with --triple: {', '.join(kit.triples)}",
        )
    return list(asked.triples) or there


def _wheels(mirror: Mirror, kit: Kit, asked: Asked, python: str, stage: Path) -> dict[Part, Path]:
    """Every wheel of a kit, and where it lies: in the mirror already, where the operator says, or where pip puts it."""
    found: dict[Part, Path] = {}
    for part in (part for part in kit.parts if part.kind != PYTHON):
        here = mirror.own_kit / part.path
        given = asked.wheel if part.kind == PYV and asked.wheel else asked.wheels and asked.wheels / part.file
        if here.is_file() and _is(here, part):
            found[part] = here
        elif given is not None and given.is_file():
            found[part] = _checked(given, part)
    missing = [part for part in kit.parts if part.kind != PYTHON and part not in found]
    if missing and asked.wheels is not None:
        names = [part.file for part in missing]
        raise TransferError(
            f"{asked.wheels} lacks {len(names)} of the wheels: {', '.join(names)}",
            hint="put them there, or leave --wheels out and let pip fetch them",
            missing=names,
        )
    if missing:
        ask_pip(python, kit, missing, stage)
        found |= {part: _checked(stage / part.file, part) for part in missing}
    return found


def _is(path: Path, part: Part) -> bool:
    with translated("read", path):
        return digest_of(path) == part.sha256


def _checked(path: Path, part: Part) -> Path:
    """A file, if it is the one that is pinned.

    Raises:
        DigestError: it is another one. TransferError: there is none.
    """
    if not path.is_file():
        raise TransferError(f"pip did not bring {part.file}", hint="name a directory that has it with --wheels")
    if not _is(path, part):
        raise DigestError(
            f"{path} is not what is pinned: sha256 {digest_of(path)}, not {part.sha256}",
            hint="take the file from its publisher again",
            path=str(path),
        )
    return path


def _place(source: Path, target: Path) -> bool:
    """Put a file in place, whole; whether it was not there before."""
    if source == target:
        return False
    write_bytes(target, _read(source))
    return True


def _read(path: Path) -> bytes:
    with translated("read", path):
        return path.read_bytes()


def _forget_others(mirror: Mirror, kit: Kit) -> None:
    kept = {part.path for part in kit.parts}
    for kind in ("python", "wheels"):
        with translated("read", mirror.own_kit / kind):
            others = [path for path in (mirror.own_kit / kind).iterdir() if f"{kind}/{path.name}" not in kept]
        for path in others:
            with translated("remove", path):
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else os.unlink(path)
