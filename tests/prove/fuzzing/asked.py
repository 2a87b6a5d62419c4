"""What people and projects write: configuration, requests, pins, the names of archives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pyv.domain.artifact import Artifact
from pyv.domain.filename import parse_file_name
from pyv.domain.policy import LEVELS, Policy
from pyv.domain.request import parse_request
from pyv.domain.resolve import Preferences, resolve
from pyv.domain.triple import Host
from pyv.environment import Environment
from pyv.errors import PyvError, ResolutionError
from pyv.install.configuration import read_configuration
from pyv.selection.installed import Installed
from pyv.selection.pins import find_pin
from pyv.selection.select import select
from pyv.store.paths import Root
from tests.prove.fuzzing.genuine import LINUX, RECORDS
from tests.prove.fuzzing.mutator import text_damaged
from tests.prove.fuzzing.target import Target
from tests.trust.vector import NOW

_HOST = Host(os="linux", arch="x86_64", libc="gnu", libc_version=(2, 36), level=3)
_KEYS = (
    "level",
    "max_staleness",
    "minimum_release_age",
    "triples",
    "versions",
    "verify_before_extract",
    "strict",
    "index",
)
_WORDS = (
    *(f"{key} = " for key in (*_KEYS, "mirrors", "keys")),
    *(f'"{level}"' for level in LEVELS),
    '"7d"', '"999999d"', '">=3.11"', '"===x"', f'">={"9" * 5000}"', f'["{LINUX}"]', "[policy]\n", "[policy.x]\n",
    "true", "[", "]", "=", '"""', "'", "\\u0000", "#", ".a" * 60, ".a" * 1500, "1979-05-27T07:32:00Z",
)  # fmt: skip
_REQUESTS = ("3.12", "3", ".2", "rc2", "t", "d", "+debug", "+20260814", ">=", "<", "!=", "==", "~=", "===", ",", ".*",
             "cpython-", "python@", "-linux-x86_64-gnu", "-macos-aarch64-none", "latest", " ", "1!", ".dev1", ".post1")  # fmt: skip
_NAMES = ("cpython-", "+20240224", LINUX, "-full", "-install_only", ".tar.gz", ".tar.zst", "%2B", "-debug", "03", "1")


def configuration(data: bytes, place: Path) -> bool:
    """A file reads the same as anybody's; as a project's it only takes away, and names no place."""
    root, project = place / "root", place / "project"
    for directory, name in ((root, "config.toml"), (project, "pyv.toml")):
        directory.mkdir(exist_ok=True)
        (directory / name).unlink(missing_ok=True)
    (project / "pyv.toml").write_bytes(data)
    _narrow(root, project)
    (project / "pyv.toml").unlink()
    (root / "config.toml").write_bytes(data)
    person = read_configuration(root, project, admin=place / "none")
    _judged(person.policy)
    return True


def _narrow(root: Path, project: Path) -> None:
    """Read a project's file alone, which may be refused for what only a person may say."""
    try:
        narrowed = read_configuration(root, project, admin=root / "none")
    except PyvError:
        return
    assert (narrowed.index, narrowed.mirrors, narrowed.policy.max_staleness) == (None, (), 0), "a project gave"
    _judged(narrowed.policy)


def _judged(policy: Policy) -> None:
    for artifact in RECORDS:
        policy.objection(artifact, NOW)
    for level in LEVELS[LEVELS.index(policy.level) :]:
        policy.require_level(level, "it")


def request(data: bytes, place: Path) -> bool:
    """A request means one thing, blanks around it or not, and what it resolves to is inside it."""
    text = data.decode("utf-8", "replace")
    found = parse_request(text)
    blank = f" {text.strip()}\n"
    assert parse_request(blank) == replace(found, text=blank), "blanks make another request"
    try:
        resolution = resolve(found, RECORDS, _HOST, Preferences(triple=LINUX))
    except ResolutionError:
        return True
    assert found.accepts(resolution.artifact.parsed_version)
    assert resolution.artifact.variant == found.variant
    return True


def file_name(data: bytes, place: Path) -> bool:
    """An archive's name states an identity that records can have, and that has this name."""
    text = data.decode("utf-8", "replace")
    found = parse_file_name(text)
    artifact = Artifact(
        version=found.version,
        triple=found.triple,
        flavor=found.flavor,
        options=found.options,
        build=found.build,
        sha256="0" * 64,
    )
    assert str(artifact.parsed_version) == found.version
    assert artifact.file_name.rpartition(".")[0] == text.replace("%2B", "+").rpartition(".")[0]
    return True


def pinned(data: bytes, place: Path) -> bool:
    """A `.python-version` of any bytes selects something or nothing; it leads nowhere outside the tree."""
    root, directory = Root(place / "root"), place / "project"
    (root.versions / "3.12.2" / "bin").mkdir(parents=True, exist_ok=True)
    directory.mkdir(exist_ok=True)
    (directory / ".python-version").write_bytes(data)
    environment = Environment(vars={}, cwd=directory, home=directory)
    pin = find_pin(environment, root)
    selection = select(pin, Installed(root=root, aliases={"3.12": "3.12.2"}))
    for name in selection.names:
        inside = Path(f"{root.versions}/{name}").resolve().is_relative_to(root.versions.resolve())
        assert name == "system" or inside, name
    return bool(pin.names and selection.names)


TARGETS = (
    Target(name="config", run=configuration, damage=text_damaged(_WORDS)),
    Target(name="request", run=request, damage=text_damaged(_REQUESTS)),
    Target(name="file-name", run=file_name, damage=text_damaged(_NAMES)),
    Target(name="pin", run=pinned, damage=text_damaged((*_REQUESTS, "../", "/", ":", "\n", "\r\n", "system"))),
)
