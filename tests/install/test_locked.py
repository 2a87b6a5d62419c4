"""`pyv install --locked`: the bytes a lock names and no others, from anywhere, and nobody is asked for more."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pyv.domain.artifact import Artifact
from pyv.domain.lock import FILE_NAME, Lock, Locked, dump_lock
from pyv.domain.policy import Policy
from pyv.domain.request import parse_request
from pyv.domain.revocation import Revocation, Revocations
from pyv.domain.triple import Host, runnable_triples
from pyv.errors import ResolutionError
from pyv.install.local import Judges
from pyv.install.locked import Given, plan_locked
from pyv.install.plan import Options
from pyv.store.adopted import Adopted, adopted_id
from pyv.store.paths import Root
from pyv.trust.keys import KeyList, dump_key_list
from pyv.trust.signing import SigningKey
from tests.install.scene import HERE, blob_path, fetch, installed, left_in, receipt_of, timeless, trust
from tests.support.archives import tiny_archive
from tests.support.index import SignedIndex
from tests.support.runner import Machine, Run
from tests.support.server import Server

MAC, MUSL = "aarch64-apple-darwin", "x86_64-unknown-linux-musl"


class Checkout:
    """A project as somebody cloned it: pins and a lock, on a machine that has seen no index."""

    def __init__(self, machine: Machine) -> None:
        self.machine, self.index = machine, SignedIndex()
        self.record = self.index.add("3.12.2", tiny_archive("3.12.2"), triple=HERE)
        self.mac = self.index.add("3.12.2", tiny_archive("3.12.2", extra={"lib/mac": b"-"}), triple=MAC)
        self.path = machine.cwd / FILE_NAME
        self.key = self.index.key.public_key.public.hex()
        self.pin("3.12")
        self.lock(self.record, self.mac)

    def pin(self, *words: str) -> None:
        (self.machine.cwd / ".python-version").write_text("".join(f"{word}\n" for word in words))

    def lock(self, *artifacts: Artifact, request: str = "3.12") -> None:
        """Write these records down."""
        self.path.write_text(dump_lock(Lock(entries=tuple(Locked(request=request, artifact=a) for a in artifacts))))

    def blobs(self, directory: Path) -> Path:
        """The archives alone, as a mirror has them: there is no index beside them."""
        (directory / "blobs" / "sha256").mkdir(parents=True)
        for digest, content in self.index.blobs.items():
            (directory / "blobs" / "sha256" / digest).write_bytes(content)
        return directory

    def install(self, *words: str | Path, index: str = "") -> Run:
        return self.bare("--artifact-key", self.key, *words, index=index)

    def bare(self, *words: str | Path, index: str = "") -> Run:
        """Nobody's key is named."""
        return self.machine.pyv("install", "--locked", *words, PYV_INDEX=index)


@pytest.fixture
def checkout(machine: Machine) -> Checkout:
    """3.12, locked here and for a Mac."""
    return Checkout(machine)


def test_from_lock_to_the_same_tree(machine: Machine, tmp_path: Path, server: Server) -> None:
    """Lock, commit, a fresh root; one request, to a place that has archives and no index."""
    index = SignedIndex()
    record = index.add("3.12.2", tiny_archive("3.12.2"), triple=HERE)
    mirror = index.write(tmp_path / "mirror")
    trust(machine, index)
    (machine.cwd / ".python-version").write_text("3.12\n")
    machine.pyv("lock", "--index", mirror).ok()
    machine.pyv("install", "--index", mirror).ok()
    tree = receipt_of(machine, "3.12.2").tree
    machine.root.rename(tmp_path / "before")
    server.put(blob_path(record), index.blobs[record.sha256])
    words = ("install", "--locked", "--artifact-key", index.key.public_key.public.hex())
    told = f"3.12.2: {record.name} ({record.size} bytes)\n"
    run = timeless(machine.pyv(*words, PYV_INDEX=server.url))
    run.shows("", told + installed(machine, record, f"{record.size} bytes from {server.url}", index=""))
    assert [request.path for request in server.requests] == [blob_path(record)]
    receipt = receipt_of(machine, "3.12.2")
    assert (receipt.index, receipt.level, receipt.keyid) == ("lock pyv.lock", "artifact-signature", record.keyid)
    assert receipt.tree == tree
    machine.pyv(*words, PYV_INDEX=server.url).shows("", "3.12.2 is installed already\n")
    machine.pyv(*words, "--offline", "--force").ok()
    assert len(server.requests) == 1
    machine.shim("python", "-V").shows("Python 3.12.2\n")


def test_it_loads_neither_tuf_nor_the_network_for_what_is_at_hand(checkout: Checkout, tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "sys.argv = ['pyv', *sys.argv[1:]]\n"
        "from pyv.__main__ import main\n"
        "status = main()\n"
        "print(status, sorted({'tuf', 'securesystemslib', 'httpx', 'packaging'} & set(sys.modules)))\n"
    )
    words = ["install", "--locked", "--artifact-key", checkout.key, "--mirror", str(checkout.blobs(tmp_path / "m"))]
    command = [sys.executable, "-c", script, *words]
    for _ in ("from a directory", "from the cache"):
        run = checkout.machine.run(command)
        assert run.stdout == "0 []\n", run.stderr
        command += ["--offline", "--force"]


def test_the_lock_was_altered(checkout: Checkout, tmp_path: Path) -> None:
    place = checkout.blobs(tmp_path / "m")
    text = checkout.path.read_text()
    other = checkout.index.add(
        "3.12.2", tiny_archive("3.12.2", extra={"lib/evil": b"-"}), triple=HERE, build="20260901"
    )
    for old, new in (
        (checkout.record.sha256, other.sha256),
        (checkout.record.build, other.build),
        (checkout.record.signature, other.signature),
        (f"size = {checkout.record.size}\n", ""),
        (HERE, MUSL if HERE != MUSL else MAC),
    ):
        checkout.path.write_text(text.replace(old, new))
        run = (
            checkout.install("--mirror", place, "--triple", MUSL)
            if new == MUSL
            else checkout.install("--mirror", place)
        )
        assert run.status in {3, 4}, run
    checkout.path.write_text(text.replace(checkout.record.sha256, other.sha256))
    run = checkout.install("--mirror", place)
    run.shows(
        "",
        f"pyv: the record of {checkout.record.name} was altered after it was signed\n"
        "hint: pyv.lock was altered: take it from version control again, or remove it and run `pyv lock`\n",
        4,
    )
    assert left_in(checkout.machine.root) == {}


def test_nobody_vouches_for_the_key(checkout: Checkout, tmp_path: Path) -> None:
    place = checkout.blobs(tmp_path / "m")
    stranger = SigningKey.generate()
    for words in ((), ("--artifact-key", stranger.public_key.public.hex())):
        checkout.bare("--mirror", place, *words).shows(
            "",
            f"pyv: {checkout.record.name} is signed by key {checkout.record.keyid[:16]}, which nobody vouches for here\n"
            "hint: accept the index it is from (pyv trust add), or name the public key with --artifact-key\n",
            4,
        )
    checkout.lock(replace(stranger.sign_record(checkout.record), keyid=checkout.record.keyid))
    checkout.install("--mirror", place).fails(4, "was altered after it was signed")
    checkout.bare("--artifact-key", "abc").fails(2, "`abc` is not an Ed25519 public key", "hint: it has 64 hex digits")
    checkout.lock(checkout.record)
    trust(checkout.machine, checkout.index)
    mirror = checkout.index.write(tmp_path / "mirror")
    fetch(checkout.machine, mirror)
    checkout.bare("--mirror", place, "--dry-run").ok()
    revoked = dump_key_list([replace(checkout.index.key.public_key, revoked=True)])
    checkout.index.write(mirror, key_list=revoked)
    fetch(checkout.machine, mirror)
    checkout.install("--mirror", place).fails(4, "signed by key", "which has been revoked", "hint: ")


def test_a_key_of_the_configuration(checkout: Checkout, tmp_path: Path) -> None:
    place = checkout.blobs(tmp_path / "m")
    project, person = checkout.machine.cwd / "pyv.toml", checkout.machine.root / "config.toml"
    text = f'[policy]\nartifact_keys = ["{checkout.key.upper()}"]\n'
    project.write_text(text)
    checkout.bare("--mirror", place).fails(
        4, "names `artifact_keys`: a project may tighten the policy, and add nothing"
    )
    project.unlink()
    person.parent.mkdir()
    person.write_text(text)
    checkout.bare("--mirror", place).ok()


def test_what_was_revoked_as_far_as_this_machine_knows(checkout: Checkout, tmp_path: Path) -> None:
    trust(checkout.machine, checkout.index)
    entry = Revocation(action="block", sha256=checkout.record.sha256, reason="a hole", date="2026-11-01")
    checkout.index.revocations = Revocations((entry,))
    mirror = checkout.index.write(tmp_path / "mirror")
    checkout.bare("--mirror", mirror, "--artifact-key", checkout.key).ok()  # nobody said so here yet
    fetch(checkout.machine, mirror)
    checkout.bare("--mirror", mirror).fails(0, "warning: 3.12.2+20260814 was revoked on 2026-11-01: a hole")
    checkout.machine.pyv("uninstall", "-f", "3.12.2").ok()
    checkout.bare("--mirror", mirror).fails(4, "3.12.2+20260814 was revoked on 2026-11-01: a hole", "hint: ")


def test_another_platform(checkout: Checkout) -> None:
    checkout.lock(checkout.mac)
    checkout.install().shows(
        "",
        f"pyv: pyv.lock does not have `3.12` for {HERE}: it has it for {MAC}\n"
        f"hint: lock it for that platform too: pyv lock --triple {MAC} --triple {HERE}\n",
        3,
    )
    checkout.install("--triple", MAC).fails(
        3, f"`3.12` is locked for {MAC}, but this host cannot run that: it is built"
    )
    assert left_in(checkout.machine.root) == {}


def test_the_best_of_the_platforms_a_host_runs(tmp_path: Path) -> None:
    """Its own triple before all, then the highest CPU level."""
    host = Host(os="linux", arch="x86_64", libc="gnu", libc_version=(2, 36), level=3)
    key = SigningKey.generate()
    records = [
        key.sign_record(Artifact(version="3.12.2", triple=t, flavor="install_only", build="20260814", sha256="0" * 64))
        for t in (*runnable_triples(replace(host, level=4)), MUSL)
    ]

    def chosen(*artifacts: Artifact) -> str:

        lock = Lock(entries=tuple(Locked(request="3.12", artifact=each) for each in artifacts))
        judges = Judges(keys=KeyList(keys=(key.public_key,)), revocations=Revocations(), policy=Policy())
        given = Given(lock=lock, label="pyv.lock", judges=judges, index=None)
        plan = plan_locked(parse_request("3.12"), given, Options(), host=host, root=Root(tmp_path), now=0)
        return plan.artifact.triple

    assert chosen(*records) == "x86_64-unknown-linux-gnu"
    assert chosen(*records[1:]) == "x86_64_v3-unknown-linux-gnu"
    assert chosen(records[1], records[3]) == "x86_64_v2-unknown-linux-gnu"
    for others in (records[3:], records[-1:]):
        with pytest.raises(ResolutionError, match="does not have `3.12` for x86_64-unknown-linux-gnu"):
            chosen(*others)


def test_drift_is_refused(checkout: Checkout, tmp_path: Path) -> None:
    place = checkout.blobs(tmp_path / "m")
    checkout.pin("3.12", "3.13", "3.14")
    run = checkout.install("--mirror", place)
    run.shows(
        "",
        "pyv: pyv.lock is not what is asked for: 3.13: it is not in the lock (and 1 more)\n"
        "hint: bring it up to date: pyv lock\n",
        3,
    )
    remedy = "hint: name what it has (3.12), or lock it too: pyv lock 3.12 3.13\n"
    checkout.install("3.13").fails(3, "3.13: it is not in the lock", remedy)
    checkout.pin("3.13")
    checkout.install().fails(3, "3.12: it is locked, and no longer asked for")
    checkout.lock(checkout.record, request="3.13")
    checkout.install().fails(3, f"3.13 for {HERE}: 3.12.2+20260814 does not answer it")
    checkout.pin("system")
    checkout.install().fails(2, "names no version")
    checkout.path.unlink()
    checkout.install().fails(3, f"there is no {checkout.path}", "hint: make it: pyv lock")
    assert left_in(checkout.machine.root) == {}
    checkout.lock(checkout.record)
    checkout.install("3.12:work", "--mirror", place).ok()
    assert receipt_of(checkout.machine, "work").request == "3.12"


def test_where_archives_lie(checkout: Checkout, server: Server, tmp_path: Path) -> None:
    record = checkout.record
    missing = (
        "hint: the place does not carry what the lock names: its operator can add it "
        "(pyv mirror sync DIR --from-lock pyv.lock), or take it from upstream with --mirror upstream\n"
    )
    for words, index in (((), server.url), (("--mirror", str(tmp_path)), "")):
        run = checkout.install(*words, index=index)
        assert missing in run.fails(5, "cannot fetch").stderr
    assert [request.path for request in server.requests] == [blob_path(record)]
    checkout.install("--offline", index=server.url).shows(
        "",
        f"pyv: {record.name} is only to be had over the network, and --offline forbids that\n"
        "hint: name a directory that has it with --mirror, or leave --offline out\n",
        5,
    )
    checkout.install("--offline").fails(5, "--offline forbids that")
    assert len(server.requests) == 1
    server.put("/" + record.upstream_location, b"wrong" * 100)
    checkout.install("--mirror", server.url).fails(5, "500 bytes, ")
    checkout.install("--offline", "--mirror", checkout.blobs(tmp_path / "m")).ok()


def test_what_is_there_already(checkout: Checkout, tmp_path: Path) -> None:
    place = checkout.blobs(tmp_path / "m")
    checkout.install("--mirror", place).ok()
    newer = checkout.index.add("3.12.2", tiny_archive("3.12.2", extra={"lib/new": b"-"}), triple=HERE, build="20260914")
    (place / "blobs" / "sha256" / newer.sha256).write_bytes(checkout.index.blobs[newer.sha256])
    checkout.lock(newer)
    run = checkout.install("--mirror", place)
    run.shows(
        "",
        "pyv: 3.12.2 is installed already, from build 20260814 (install_only_stripped)\n"
        "hint: replace it with `pyv install --force --locked 3.12`; its packages are named then\n",
        7,
    )
    checkout.install("--mirror", place, "--force").ok()
    assert receipt_of(checkout.machine, "3.12.2").artifact == newer
    level = HERE.replace("x86_64", "x86_64_v2")
    checkout.lock(checkout.index.add("3.12.2", tiny_archive("3.12.2"), triple=level, build="20260914"))
    checkout.install("--mirror", place, "--triple", level).fails(
        7, f"3.12.2 is installed already, from build 20260914 for {HERE} (install_only_stripped)\n"
    )


def test_what_another_tool_put_there_is_no_build_of_a_lock(checkout: Checkout, tmp_path: Path) -> None:
    place, root, theirs = checkout.blobs(tmp_path / "m"), Root(checkout.machine.root), tmp_path / "theirs"
    link = root.version_link("3.12.2")
    (theirs / "bin").mkdir(parents=True)
    for directory in (root.versions, root.store):
        directory.mkdir(parents=True)
    link.symlink_to(theirs)
    hint = "hint: move it away, or set PYV_ROOT elsewhere: nobody can say which build it is\n"
    for words in ((), ("--skip-existing",)):
        checkout.install("--mirror", place, *words).shows(
            "", f"pyv: {link} exists and was not installed by pyv\n{hint}", 7
        )
    adopted = Adopted(name="3.12.2", tool="pyenv", target=str(theirs), adopted_at="2026-11-23T00:00:00Z", pyv="0")
    root.receipt(adopted_id("3.12.2")).write_text(adopted.to_json())
    checkout.install("--mirror", place).shows(
        "",
        "pyv: 3.12.2 is here already, and it is pyenv's: no build that pyv knows\n"
        "hint: put pyv's own in its place with `pyv install --force --locked 3.12`; pyenv's stays where it is\n",
        7,
    )
    checkout.install("--mirror", place, "--force").ok()
    assert receipt_of(checkout.machine, "3.12.2").artifact == checkout.record


def test_policies(checkout: Checkout, tmp_path: Path) -> None:
    place, project = checkout.blobs(tmp_path / "m"), checkout.machine.cwd / "pyv.toml"
    project.write_text('[policy]\nlevel = "index-fresh"\n')
    run = checkout.install("--mirror", place)
    run.fails(4, f"to level `artifact-signature`, and {project} demands `index-fresh`")
    assert "hint: a lock asks no index, so nothing of it is fresh: install without --locked\n" in run.stderr
    project.write_text('[policy]\nversions = ">=3.13"\n')
    checkout.install("--mirror", place).fails(4, "is not allowed here")
    project.write_text('[policy]\nlevel = "artifact-signature"\n')
    checkout.install("--mirror", place).ok()


def test_words_that_say_nothing_beside_a_lock(checkout: Checkout) -> None:
    for word in (
        "--index=x",
        "--flavor=full",
        "--variant=debug",
        "--build=20260814",
        "--debug",
        "--sha256=0",
        "--list",
    ):
        checkout.bare(word).fails(2, f"{word.partition('=')[0]} does not go with --locked", "hint: ")
    checkout.bare("./cpython.tar.gz").fails(2, "is an archive")
    for words in (("--lock-file", "x"), ("--artifact-key", checkout.key)):
        checkout.machine.pyv("install", *words).fails(2, f"{words[0]} says something of a lock", "hint: add --locked")


def test_what_would_be_done(checkout: Checkout, tmp_path: Path) -> None:
    told = checkout.install("--mirror", checkout.blobs(tmp_path / "m"), "--dry-run", "--json").json["plans"][0]
    assert (told["index"], told["level"], told["index_published"]) == ("lock pyv.lock", "artifact-signature", None)
    assert told["why"] == f"3.12.2+20260814 for {HERE} is what pyv.lock names for `3.12`"
