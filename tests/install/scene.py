"""What tests from outside share: an organisation with a key, its mirror, and everything a run may leave behind.

`left_in` is how "nothing else changed" is said: every file and link below a root, so that stray output of any kind
shows. Lock files are no state, and what is kept of an index says nothing about what is installed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from pyv.domain.artifact import Artifact
from pyv.domain.tree import parse_listing, tree_digest
from pyv.host import detect
from pyv.index.anchors import Anchor, accept
from pyv.index.configured import Access, recognise, renew
from pyv.store.paths import Root
from pyv.store.receipt import Receipt, read_receipt
from pyv.transfer.client import Client
from pyv.transfer.locations import Location
from tests.support.archives import TarBuilder, tiny_tar
from tests.support.index import SignedIndex
from tests.support.repository import Repository
from tests.support.runner import Machine, Run
from tests.support.server import Server

HERE = detect().triple
BUILD = "20260814"
Left = dict[str, tuple[str, int, str]]


def left_in(directory: Path, *, without: Iterable[str] = ("locks", "index")) -> Left:
    """Every file and link below a directory: kind, permissions, sha256 of the content or target of the link."""
    found: Left = {}
    skipped = {place / name for place in (directory, directory / ".pyv") for name in without}
    for parent, directories, files in os.walk(directory):
        directories[:] = [name for name in directories if Path(parent, name) not in skipped]
        for name in (*directories, *files):
            path = Path(parent, name)
            status = path.lstat()
            told = str(path.relative_to(directory))
            if stat.S_ISLNK(status.st_mode):
                found[told] = ("link", 0, os.readlink(path))
            elif stat.S_ISREG(status.st_mode):
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                found[told] = ("file", stat.S_IMODE(status.st_mode), digest)
            elif not stat.S_ISDIR(status.st_mode):
                found[told] = ("other", stat.S_IFMT(status.st_mode), "")
    return found


def anchor_of(index: SignedIndex | Repository, source: str = "the tests") -> Anchor:
    """The first root of an index."""
    repository = index.repository if isinstance(index, SignedIndex) else index
    text = repository.anchor().decode()
    keyids = tuple(json.loads(text)["signed"]["roles"]["root"]["keyids"])
    return Anchor(root=text, version=1, keyids=keyids, source=source, added="2026-11-23T00:00:00Z", first=text)


def trust(machine: Machine, index: SignedIndex | Repository) -> None:
    """Accept the root of an index, as `pyv trust add` with a root file does: nothing is fetched yet."""
    accept(Root(machine.root), anchor_of(index))


def fetch(machine: Machine, directory: Path) -> None:
    """Fetch an index in a directory, as `pyv index refresh` does; what follows need not load TUF."""

    def client() -> Client:
        raise AssertionError("a directory needs no network")

    access = Access(root=Root(machine.root), client=client, now=time.time())
    renew(recognise(Location.parse(str(directory), directory), access), [HERE], access)


def let_age(machine: Machine, seconds: int = 7200) -> None:
    """Let every index that is kept have been verified so long ago: long enough for it to be asked again."""
    for path in Root(machine.root).index.glob("*/state.json"):
        state = json.loads(path.read_text())
        state["refreshed"] -= seconds
        state["reference"] -= seconds
        path.write_text(json.dumps(state))


def publish(index: SignedIndex, directory: Path, *machines: Machine) -> Path:
    """Lay an index out, and let machines trust it."""
    index.write(directory)
    for machine in machines:
        trust(machine, index)
        fetch(machine, directory)
    return directory


def index_of(*versions: str, index: SignedIndex | None = None) -> SignedIndex:
    """An index of tiny archives for this host; `3.13.1t` is a freethreaded build."""
    found = index or SignedIndex()
    for version in versions:
        number, suffix = version.rstrip("t"), "t" if version.endswith("t") else ""
        archive = tiny_tar(number, suffix=suffix).packed("gz")
        found.add(number, archive, triple=HERE, options="freethreaded" if suffix else "")
    return found


def big_tar(version: str = "3.12.2", *, files: int = 60, size: int = 8192) -> TarBuilder:
    """A tiny archive with ballast that does not compress: so many files of so many bytes, always the same."""
    seed = hashlib.shake_256(version.encode())
    content = seed.digest(files * size)
    extra = {f"lib/ballast/{n:03}.bin": b"-" + content[n * size : (n + 1) * size] for n in range(files)}
    return tiny_tar(version, extra=extra)


def resigned(index: SignedIndex, artifact: Artifact, **changes: object) -> Artifact:
    """The record with other values, signed as the index signs, in the place of the old one."""
    changed = index.key.sign_record(replace(artifact, **changes))  # type: ignore[arg-type]  # names are checked at run time
    index.artifacts[index.artifacts.index(artifact)] = changed
    return changed


def serve_index(server: Server, directory: Path) -> str:
    """Serve a mirror's tree; its address."""
    server.put_tree(directory)
    return server.url


def blob_path(artifact: Artifact) -> str:
    """Where an index's server has the archive."""
    return f"/blobs/sha256/{artifact.sha256}"


def upstream_path(artifact: Artifact) -> str:
    """Where a mirror of upstream's layout has the archive, as a request names it."""
    return "/" + artifact.upstream_location


def quoted_path(artifact: Artifact) -> str:
    """The same, as messages name it."""
    return "/" + quote(artifact.upstream_location)


def step(artifact: Artifact) -> str:
    """The line that says a download begins."""
    count = artifact.size
    size = "" if not count else f" ({count / 1e6:.1f} MB)" if count >= 100_000 else f" ({count} bytes)"
    return f"{artifact.version_name}: {artifact.name}{size}\n"


def installed(
    machine: Machine,
    artifact: Artifact,
    how: str,
    *,
    checked: str = "signature and sha256",
    index: str = "index fresh",
) -> str:
    """The line that says it is there; `how` is what stands in front of the verdict, `index` how old that is."""
    link = machine.root / "versions" / artifact.version_name
    verdict = "; ".join(filter(None, (how, f"{checked} verified", index)))
    return f"installed {artifact.version_name} in TIME ({verdict}): {link}\n"


def first_refresh() -> list[str]:
    """The requests that fetch an index for the first time."""
    return [
        "/metadata/1.root.json",
        "/metadata/2.root.json",
        "/metadata/timestamp.json",
        "/refresh.json",
    ]


def timeless(run: Run) -> Run:
    """The same run with the seconds taken out of `installed … in 0.1 s`."""
    return replace(run, stderr=re.sub(r" in \d+\.\d s \(", " in TIME (", run.stderr))


def receipt_of(machine: Machine, name: str) -> Receipt:
    """The receipt of an installed version."""
    root = Root(machine.root)
    return read_receipt(root, os.path.basename(os.readlink(root.version_link(name))))


def assert_sound(root: Root, name: str) -> None:
    """An installed version is what its receipt and its list of files say, to the last byte."""
    store_id = os.readlink(root.version_link(name)).removeprefix("../store/")
    receipt = read_receipt(root, store_id)
    text = root.file_list(store_id).read_text(encoding="utf-8")
    assert (receipt.name, receipt.tree) == (name, tree_digest(text))
    listed = {entry.path: (entry.mode, entry.sha256) for entry in parse_listing(text, store_id)}
    assert len(listed) == receipt.files
    found = {}
    for path, (kind, mode, content) in left_in(root.prefix(store_id), without=()).items():
        if kind == "link":
            found[path] = ("120000", hashlib.sha256(content.encode()).hexdigest())
        else:
            found[path] = ("100755" if mode & 0o100 else "100644", content)
    assert found == listed
