"""Configuration files: the administrator's, the person's and the project's.

    /etc/pyv/config.toml      administrator: index, mirrors, [policy]
    $PYV_ROOT/config.toml     person: the same; what it names for index and mirrors goes before the administrator's
    pyv.toml                  project, the nearest one upwards: [policy] only, which can only tighten

Whoever wrote a project's files may be anybody, so such a file adds no index, mirror, key or address. A key that is
not known is refused, since a misspelt policy would be none. An administrator's file that everybody may write is
refused; who owns it is not asked, as its directory decides who can put it there.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path

from pyv.domain.fields import malformed
from pyv.domain.policy import LEVELS, Demands, Policy, combine
from pyv.domain.toml import parse_toml
from pyv.domain.triple import parse_triple
from pyv.errors import PolicyError
from pyv.install.configured_by import ADMIN, USER, project_file
from pyv.install.table import Table
from pyv.store.atomic import store_error, translated

MAX_BYTES = 256 * 1024
"""The largest configuration file that is read."""

_MOST_DOTS = 100
_UPSTREAM = "upstream"
_PLACES = frozenset({"index", "mirrors"})
_ADDING = _PLACES | {"mirror", "key", "keys", "root", "roots", "trust", "url", "urls", "repack_keys", "artifact_keys"}
_ADDING_POLICY = frozenset({"repack_keys", "artifact_keys"})
_PUBLIC_KEY = re.compile(r"[0-9a-fA-F]{64}")
_POLICY = (
    "level",
    "max_staleness",
    "minimum_release_age",
    "triples",
    "versions",
    "verify_before_extract",
    "strict",
    "repack_keys",
    "artifact_keys",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What all files together say."""

    index: str | None = None
    """An address, or a directory's absolute path."""
    mirrors: tuple[str, ...] = ()
    """Addresses, absolute paths, or `upstream`, in order."""
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """What one file says."""

    index: str | None = None
    mirrors: tuple[str, ...] | None = None
    demands: Demands


def read_configuration(
    root: Path, cwd: Path, *, max_staleness: int | None = None, admin: Path = ADMIN
) -> Configuration:
    """Read every configuration file there is; `max_staleness` (seconds) is an option of the command.

    Raises:
        DocumentError: a file is malformed, or has a key this pyv does not know.
        PolicyError: a project's file adds what it may not, or everybody may write the administrator's.
        StoreError: a file cannot be read.
    """
    machine = _read(admin, guarded=True)
    person = _read(root / USER)
    narrowing = project_file(cwd)
    project = None if narrowing is None else _read(narrowing, tightens=True)
    named = [each for each in (person, machine) if each is not None]
    return Configuration(
        index=next((each.index for each in named if each.index is not None), None),
        mirrors=next((each.mirrors for each in named if each.mirrors is not None), ()),
        policy=combine(_demanded(machine), _demanded(person), _demanded(project), flag_max_staleness=max_staleness),
    )


def _demanded(file: _File | None) -> Demands | None:
    return None if file is None else file.demands


def _read(path: Path, *, guarded: bool = False, tightens: bool = False) -> _File | None:
    content = _content(path, guarded=guarded)
    if content is None:
        return None
    document = Table(_parse(content, str(path)), str(path))
    if tightens:
        _refuse_additions(document)
    document.only(("policy",) if tightens else (*sorted(_PLACES), "policy"))
    return _File(
        index=_place(document.text("index"), path.parent),
        mirrors=_places(document, path.parent),
        demands=_demands(document.table("policy")),
    )


def _content(path: Path, *, guarded: bool) -> bytes | None:
    """The bytes of a file; None only where nothing at all stands at its path."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as fault:
        raise store_error("read", path, fault) from fault
    with translated("read", path):
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb", closefd=True) as stream:
            mode = os.fstat(descriptor).st_mode
            if not stat.S_ISREG(mode):
                raise malformed(str(path), "", "not a regular file")
            content = stream.read(MAX_BYTES + 1)
    if guarded and mode & stat.S_IWOTH:
        raise PolicyError(
            f"everybody may write {path}, so it is nobody's policy", hint=f"chmod o-w {path}", path=str(path)
        )
    if len(content) > MAX_BYTES:
        raise malformed(str(path), "", f"longer than {MAX_BYTES} bytes")
    return content


def _parse(content: bytes, document: str) -> dict[str, object]:
    if any(line.count(b".") > _MOST_DOTS for line in content.split(b"\n")):
        raise malformed(document, "", f"more than {_MOST_DOTS} dots in one line: keys within keys cost a parser dearly")
    try:
        return parse_toml(content.decode("utf-8"), document)
    except UnicodeDecodeError as fault:
        raise malformed(document, "", f"not TOML ({fault})") from None


def _refuse_additions(document: Table) -> None:
    policy = document.table("policy").values.keys()
    for key in sorted((_ADDING & document.values.keys()) | (_ADDING_POLICY & policy)):
        raise PolicyError(
            f"{document.document} names `{key}`: a project may tighten the policy, and add nothing",
            hint=f"put it into config.toml below PYV_ROOT, or into {ADMIN}",
            path=document.document,
            key=key,
        )


def _place(text: str | None, directory: Path) -> str | None:
    """An address as it is, a path made absolute: relative ones begin where the file lies."""
    return text if text is None or "://" in text else os.path.normpath(directory / text)


def _places(document: Table, directory: Path) -> tuple[str, ...] | None:
    words = document.texts("mirrors")
    if words is None:
        return None
    return tuple(word if word == _UPSTREAM else str(_place(word, directory)) for word in words)


def _demands(policy: Table) -> Demands:
    policy.only(_POLICY)
    level, triples, versions = policy.text("level"), policy.texts("triples"), policy.text("versions")
    if level is not None and level not in LEVELS:
        raise policy.fault("level", f"`{level}` is not a level ({', '.join(LEVELS)})")
    for triple in triples or ():
        try:
            parse_triple(triple)
        except ValueError as fault:
            raise policy.fault("triples", str(fault)) from None
    return Demands(
        source=policy.document,
        level=level,
        max_staleness=policy.duration("max_staleness"),
        minimum_release_age=policy.duration("minimum_release_age"),
        triples=None if triples is None else frozenset(triples),
        versions=_checked(policy, versions) if versions is not None else "",
        verify_before_extract=policy.flag("verify_before_extract"),
        strict=policy.flag("strict"),
        repack_keys=_public_keys(policy, "repack_keys"),
        artifact_keys=_public_keys(policy, "artifact_keys"),
    )


def _public_keys(policy: Table, name: str) -> tuple[str, ...] | None:
    words = policy.texts(name)
    for word in words or ():
        if _PUBLIC_KEY.fullmatch(word) is None:
            raise policy.fault(name, f"`{word}` is not an Ed25519 public key, which has 64 hex digits")
    return None if words is None else tuple(word.lower() for word in words)


def _checked(policy: Table, versions: str) -> str:
    from pyv.domain.specifier import matcher  # noqa: PLC0415 (packaging: only where versions are restricted)

    try:
        matcher(versions)
    except ValueError as fault:
        raise policy.fault("versions", f"{fault}, such as `>=3.11,<3.14`") from None
    return versions
