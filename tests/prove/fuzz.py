"""Damaged input of every kind: only a `PyvError` may come out, and what is accepted must mean what others say it means.

Archives that our reader accepts are extracted by GNU tar too: both trees must be the same. Documents that are
accepted after damage must not carry a signature over anything but what was signed.
"""

from __future__ import annotations

import io
import json
import random
import re
import shutil
import subprocess
import time
import traceback
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import zstandard

from pyv.archive.extract import Limits, extract
from pyv.domain.artifact import Artifact
from pyv.domain.manifest import dump_manifest, parse_manifest
from pyv.domain.request import parse_request
from pyv.environment import Environment
from pyv.errors import ArchiveError, PyvError
from pyv.reporting import report
from pyv.selection.installed import Installed
from pyv.selection.pins import find_pin
from pyv.selection.select import select
from pyv.store.paths import Root
from pyv.store.receipt import parse_receipt
from pyv.trust.keys import KeyList, dump_key_list, parse_key_list
from pyv.trust.proof import dump_proof, parse_proof
from pyv.trust.record import payload_bytes, verify_record
from pyv.trust.signing import SigningKey
from tests.install.scene import HERE, big_tar, index_of, left_in
from tests.prove.mutation import bytes_changed, json_changed, packed, tar_changed
from tests.prove.verdict import Verdict
from tests.support.archives import TarBuilder, tiny_tar

SECONDS = 60
_MOST_FAULTS = 20
# GNU tar complains of a blank time or owner, and goes on; our reader has no use for either.
_TOLERATED = re.compile(
    r"Blanks in header where numeric|implausibly old time stamp|time stamp .* in the future|Exiting with"
)
_LINES = (
    "3.12.2",
    "3.12",
    "python-3.12.2",
    "# x",
    "../x",
    "3.12.2:system",
    "cpython@3.12",
    ">=3.11,<3.13",
    "3.13t+20240224",
)


@dataclass
class _Fuzz:
    chance: random.Random
    place: Path
    tar: str | None
    verdict: Verdict = field(default_factory=lambda: Verdict("fuzz"))
    rounds: Counter[str] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    """How often each kind of fault was met."""
    key: SigningKey = field(default_factory=SigningKey.generate)

    def once(self, name: str, act: Callable[[], bool]) -> None:
        """One round of one kind; `act` answers whether the input was accepted."""
        self.rounds[name] += 1
        try:
            self.accepted[name] += act()
        except PyvError as refusal:
            told = io.StringIO()
            report(refusal, None, told)
            lines = told.getvalue().split("\n")
            if len(lines) > 3 or not all(line.isprintable() for line in lines):
                self._fault(name, f"{type(refusal).__name__} tells a terminal what to do", refusal.message)
        except Exception as fault:
            place = traceback.extract_tb(fault.__traceback__)[-1]
            where = f"{type(fault).__name__} at {Path(place.filename).name}:{place.lineno}"
            self._fault(name, where, str(fault))

    def _fault(self, name: str, what: str, told: str) -> None:
        """Keep the first of each kind."""
        kind = f"{name}: {what}"
        self.kinds[kind] += 1
        if self.kinds[kind] == 1:
            self.verdict.faults.append(f"{kind} (round {sum(self.rounds.values())}): {ascii(told)[:300]}")

    # archives

    def archive(self) -> bool:
        """Our reader and GNU tar agree, or ours refuses."""
        stream = tar_changed(self.chance, self.chance.choice(_STREAMS))
        kind, data = packed(self.chance, stream)
        ours = self.place / "ours"
        shutil.rmtree(ours, ignore_errors=True)
        try:
            read = _in_steps(data, self.chance)
            extract(read, ours, compression=kind, name="fuzzed", limits=Limits(unpacked=None))
        except ArchiveError:
            assert not ours.exists(), "something is left of a refused archive"
            raise
        assert [path.name for path in self.place.iterdir() if path.name not in {"ours", "theirs", "x.tar"}] == []
        plain = _unpacked(kind, data)
        assert plain is not None, "accepted, but damaged for others"
        self._compare(plain, ours)
        return True

    def _compare(self, plain: bytes, ours: Path) -> None:
        if self.tar is None:
            return
        theirs, archive = self.place / "theirs", self.place / "x.tar"
        shutil.rmtree(theirs, ignore_errors=True)
        theirs.mkdir()
        archive.write_bytes(plain)
        words = [self.tar, "--no-same-permissions", "--no-same-owner", "-xf", str(archive), "-C", str(theirs)]
        done = subprocess.run(words, capture_output=True, text=True, check=False, umask=0o022)
        complaints = [line for line in done.stderr.splitlines() if not _TOLERATED.search(line)]
        assert complaints == [], f"GNU tar refuses what was accepted: {complaints}"
        assert _comparable(ours) == _comparable(theirs / "python"), "GNU tar makes another tree of it"

    # documents

    def manifest(self) -> bool:
        """Whatever is read from a damaged manifest either fails its signature or says what was signed."""
        index = _INDEX
        text = json_changed(self.chance, dump_manifest(HERE, index.artifacts))
        signed = {payload_bytes(artifact) for artifact in index.artifacts}
        for artifact in parse_manifest(text, "manifest", HERE):
            self._verified(artifact, index.keys, signed)
        return True

    def proof(self) -> bool:
        """The same of proofs, in both spellings."""
        artifact = self.chance.choice(_INDEX.artifacts)
        text = dump_proof(artifact) if self.chance.random() < 0.5 else json.dumps(artifact.to_dict())
        found = parse_proof(json_changed(self.chance, text), "proof")
        self._verified(found, _INDEX.keys, {payload_bytes(artifact)})
        return True

    def _verified(self, artifact: Artifact, keys: KeyList, signed: set[bytes]) -> None:
        try:
            verify_record(artifact, keys, 0.0)
        except PyvError:
            return
        assert payload_bytes(artifact) in signed, "a signature fits what was never signed"

    def key_list(self) -> bool:
        """A damaged key list names no key but those it had."""
        keys = (self.key.public_key, _INDEX.key.public_key)
        found = parse_key_list(json_changed(self.chance, dump_key_list(KeyList(keys=keys))), "keys")
        assert {key.public for key in found.keys} <= {key.public for key in keys}, "a key nobody made"
        return True

    def receipt(self) -> bool:
        """Receipts are read when a build is to be replaced."""
        parse_receipt(json_changed(self.chance, _RECEIPT), "receipt")
        return True

    def pin(self) -> bool:
        """A `.python-version` of any bytes selects something or nothing; it leads nowhere outside the tree."""
        root = Root(self.place.parent / "root")
        directory = self.place.parent / "project"
        text = "\n".join(self.chance.choices(_LINES, k=self.chance.randrange(1, 5)))
        (directory / ".python-version").write_bytes(bytes_changed(self.chance, text.encode()))
        environment = Environment(vars={}, cwd=directory, home=directory)
        selection = select(find_pin(environment, root), Installed(root=root, aliases={"3.12": "3.12.2"}))
        for name in selection.names:
            assert name == "system" or Path(f"{root.versions}/{name}").resolve().is_relative_to(
                root.versions.resolve()
            ), name
        return bool(selection.names)

    def request(self) -> bool:
        """A request of any text."""
        parse_request(bytes_changed(self.chance, self.chance.choice(_LINES).encode()).decode("utf-8", "replace"))
        return True


def _in_steps(data: bytes, chance: random.Random) -> Callable[[int], bytes]:
    """A `read` that answers as asked, or with fewer bytes, as a network does."""
    stream = io.BytesIO(data)
    step = chance.choice((1, 7, 100, 1 << 20, 1 << 20))
    return lambda size: stream.read(min(size, step))


def _unpacked(kind: str, data: bytes) -> bytes | None:
    """What the reference decompressor makes of it; None where it refuses, or where something follows."""
    try:
        if kind == "gz":
            stream = zlib.decompressobj(31)
            plain = stream.decompress(data) + stream.flush()
            return plain if stream.eof and not stream.unused_data else None
        return zstandard.ZstdDecompressor().decompressobj().decompress(data)
    except (zlib.error, zstandard.ZstdError):
        return None


def _comparable(tree: Path) -> dict[str, tuple[str, bool, str]]:
    """Kinds, executability and contents: our modes are two, whatever odd ones a header holds."""
    found = left_in(tree, without=())
    return {path: (kind, bool(mode & 0o100), content) for path, (kind, mode, content) in found.items()}


def _streams() -> list[bytes]:
    rich = TarBuilder().directory("python").directory("python/bin/").script("python/bin/python3.12")
    rich.symlink("python/bin/python3", "python3.12").hard_link("python/bin/hard", "python/bin/python3.12")
    rich.pax(("path", "python/lib/" + "long" * 30), ("size", "5")).file("python/lib/short", b"12345")
    rich.long_name("python/lib/" + "gnu" * 40).member("python/lib/cut", b"x" * 700, magic=b"ustar  \0")
    rich.pax(("mtime", "1700000000.5")).file("python/lib/dated", b"")
    rich.symlink("python/lib/up", "../bin/python3.12")
    return [rich.tar(), tiny_tar("3.12.2").tar(), big_tar(files=2, size=1500).tar()]


_STREAMS = _streams()
_INDEX = index_of("3.12.1", "3.12.2", "3.13.1t")
_RECEIPT = json.dumps(
    {
        "schema": 1,
        "name": "3.12.2",
        "request": "3.12",
        "artifact": _INDEX.artifacts[1].to_dict(),
        "index": "embedded",
        "source": "x",
        "level": "artifact-signature",
        "keyid": "0",
        "installed_at": "2026-11-23T00:00:00Z",
        "pyv": "0",
        "tree": "0",
        "files": 1,
        "unpacked": 1,
        "patched": ["a"],
        "phases": {"download": 0.1},
    }
)


def _gnu_tar() -> str | None:
    program = shutil.which("tar")
    if program is None:
        return None
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    return program if "GNU tar" in said else None


def prove(place: Path, seed: int, seconds: int) -> Verdict:
    """Fuzz for so long."""
    for name in ("work", "project", "root/versions/3.12.2/bin"):
        (place / name).mkdir(parents=True)
    fuzz = _Fuzz(random.Random(seed), place / "work", _gnu_tar())
    if fuzz.tar is None:
        fuzz.verdict.faults.append("there is no GNU tar to compare with")
    cheap = {
        "manifest": fuzz.manifest,
        "proof": fuzz.proof,
        "key list": fuzz.key_list,
        "receipt": fuzz.receipt,
        "pin": fuzz.pin,
        "request": fuzz.request,
    }
    end = time.monotonic() + seconds
    while time.monotonic() < end and len(fuzz.verdict.faults) < _MOST_FAULTS:
        for _ in range(5):
            fuzz.once("archive", fuzz.archive)
        for name, act in cheap.items():
            for _ in range(2):
                fuzz.once(name, act)
    for name in ("archive", *cheap):
        if not fuzz.accepted[name] or fuzz.accepted[name] == fuzz.rounds[name]:
            fuzz.verdict.faults.append(
                f"{name}: {fuzz.accepted[name]} of {fuzz.rounds[name]} accepted: nothing was compared"
            )
    fuzz.verdict.figures = {
        **{
            name.replace(" ", "-"): f"{count}({fuzz.accepted[name]} accepted)".replace(" ", "-")
            for name, count in fuzz.rounds.items()
        },
        "seed": seed,
        "broken": len(fuzz.verdict.faults),
    }
    return fuzz.verdict
