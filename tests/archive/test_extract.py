"""Whole archives: the same tree as GNU tar's, whatever the machine is set to, and nothing outside of it."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyv.archive.extract import FULL, INSTALL_ONLY, Limits, extract, scan
from pyv.domain.tree import TreeEntry, listing
from pyv.errors import ArchiveError
from tests.archive.conftest import World
from tests.support.archives import (
    BLOCK,
    GNU,
    LONG_LINK,
    PAX,
    POSIX,
    TarBuilder,
    gzipped,
    padded,
    pax_record,
    tiny_archive,
    tiny_tar,
    tiny_tree,
)
from tests.support.trees import shape

ENVIRONMENT = {"LC_ALL": "C.UTF-8", "PATH": os.defpath, "PYTHONPATH": os.pathsep.join(sys.path)}


def gnu_tar(archive: bytes, top: Path) -> Path:
    """Extract with GNU tar under umask 022."""
    top.mkdir()
    subprocess.run(
        ["tar", "--no-same-permissions", "--no-same-owner", "-xz", "-C", str(top)],
        input=archive,
        check=True,
        capture_output=True,
        umask=0o022,
        env=ENVIRONMENT,
    )
    return top / "python"


def ours(archive: bytes, destination: Path) -> tuple[TreeEntry, ...]:
    read = io.BytesIO(archive).read
    return extract(read, destination, compression="gz", name="a", limits=Limits()).entries


def described(top: Path) -> tuple[TreeEntry, ...]:
    """The entries of a tree as they are on disk."""
    modes = {"100755": "100755", "100644": "100644", "link": "120000"}
    return tuple(
        TreeEntry(path, modes[mode], hashlib.sha256(content).hexdigest())
        for path, (mode, content) in sorted(shape(top).items())
        if not mode.startswith("4")
    )


def hard_linked(top: Path) -> set[frozenset[str]]:
    """Which names are one file."""
    names: dict[int, set[str]] = {}
    for path in top.rglob("*"):
        if path.is_file() and not path.is_symlink():
            names.setdefault(path.stat().st_ino, set()).add(path.relative_to(top).as_posix())
    return {frozenset(each) for each in names.values() if len(each) > 1}


def assert_agree(archive: bytes, top: Path) -> None:
    theirs, mine = gnu_tar(archive, top / "tar"), top / "mine"
    entries = ours(archive, mine)
    assert shape(mine) == shape(theirs)
    assert hard_linked(mine) == hard_linked(theirs)
    assert entries == described(mine)


@pytest.mark.parametrize("compression", ["gz", "zst"])
@pytest.mark.parametrize(("flavor", "subtree"), [("install_only", INSTALL_ONLY), ("full", FULL)])
@pytest.mark.parametrize("suffix", ["", "t"])
def test_a_tiny_interpreter(compression: str, flavor: str, subtree: str, suffix: str, world: World) -> None:
    builder = tiny_tar("3.13.1", flavor=flavor, suffix=suffix)
    archive = tiny_archive("3.13.1", flavor=flavor, suffix=suffix, compression=compression)
    limits = Limits(unpacked=builder.unpacked, entries=builder.entries, size=len(archive))
    found = world.extract(archive, compression=compression, limits=limits, subtree=subtree)
    assert (found.unpacked, found.members) == (builder.unpacked, builder.entries)
    tree = tiny_tree("3.13.1", suffix=suffix)
    assert [entry.path for entry in found.entries] == sorted(tree)
    assert found.entries == described(world.destination)
    answer = subprocess.run([world.destination / "bin/python3", "--version"], check=True, capture_output=True)
    assert answer.stdout == b"Python 3.13.1\n"


def test_scanning_tells_the_same_and_writes_nothing(world: World) -> None:
    archive = tiny_archive(flavor="full")
    told = scan(io.BytesIO(archive).read, compression="gz", name="a", limits=Limits(), subtree=FULL)
    world.assert_untouched()
    assert told == world.extract(archive, subtree=FULL)


def test_the_same_archive_is_the_same_bytes() -> None:
    assert tiny_archive("3.12.2") == tiny_archive("3.12.2")
    assert tiny_archive("3.12.2") != tiny_archive("3.12.3")


def test_agreement_on_the_tiny_interpreter(tmp_path: Path) -> None:
    assert_agree(tiny_archive(), tmp_path)


def test_agreement_on_everything_a_genuine_archive_may_hold(tmp_path: Path) -> None:
    builder = TarBuilder().directory("python/", mode=0o755).directory("python/empty/").file("python/f", b"f" * 1000)
    builder.script("python/x").hard_link("python/bin/h", "python/x").symlink("python/share/1/l", "../../f")
    builder.file("python/" + "d" * 100 + "/" + "n" * 90, b"prefix").file("python/share/E/A", b"1")
    builder.file("python/share/e/a", b"2").symlink("python/dir", "share/E")
    builder.long_name("python/" + "L" * 200).member("python/LL", b"long name", magic=GNU)
    builder.long_name("fff", kind=LONG_LINK).member("python/k", kind=b"2", link="ff", magic=GNU)
    builder.pax(("path", "python/größe/" + "ü" * 100), ("mtime", "1704067200.5")).file("python/g", b"pax")
    builder.member("python/fff\0old name", b"left over", kind=b"\0")
    assert_agree(builder.gz(), tmp_path)


_NAMES = st.text("ab.-_+ é", min_size=1, max_size=3).filter(lambda name: name[-1] not in ". ")
_PATHS = st.lists(_NAMES, min_size=1, max_size=4).map("/".join)
_FILES = st.dictionaries(
    _PATHS,
    st.tuples(
        st.one_of(st.binary(max_size=30), st.integers(500, 1100).map(bytes)),
        st.sampled_from([0o644, 0o664, 0o755, 0o775]),
        st.sampled_from([POSIX, GNU]),
        st.sampled_from(["", "hard", "soft", "down"]),
    ),
    min_size=1,
    max_size=8,
)


def built(files: dict[str, tuple[bytes, int, bytes, str]]) -> TarBuilder:
    """An archive of these files, with links to them beside them."""
    builder = TarBuilder()
    for number, (path, (data, mode, magic, link)) in enumerate(files.items()):
        name = f"python/{path}"
        builder.member(name, data, mode=mode, magic=magic)
        if link == "hard":
            builder.hard_link(f"python/links/{number}", name)
        elif link == "soft":
            builder.symlink(f"python/links/{number}", f"../{path}")
        elif link == "down":
            builder.symlink(f"python/{number}.l", path)
    return builder


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(files=_FILES)
def test_agree_or_refuse_on_any_tree(
    files: dict[str, tuple[bytes, int, bytes, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    top = tmp_path_factory.mktemp("tree")
    archive = built(files).gz()
    paths = [path.split("/") for path in files]
    clash = any(one != two and one == two[: len(one)] for one in paths for two in paths)
    if clash:  # a file where another needs a directory
        with pytest.raises(ArchiveError):
            ours(archive, top / "mine")
    else:
        assert_agree(archive, top)


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(place=st.integers(0, BLOCK - 1), value=st.integers(0, 255), which=st.integers(0, 8))
def test_agree_or_refuse_on_any_header_byte(
    place: int, value: int, which: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    builder = TarBuilder().directory("python/d/").file("python/d/f", b"data").symlink("python/l", "d/f")
    builder.member("x", pax_record("path", "python/pax"), kind=PAX).file("python/x", b"x").hard_link(
        "python/h", "python/d/f"
    )
    tar = bytearray(builder.tar())
    start = min(which * BLOCK, len(builder.blocks) - BLOCK)
    tar[start + place] = value
    header = tar[start : start + BLOCK]
    header[148:156] = b" " * 8
    if not 148 <= place < 156:
        tar[start + 148 : start + 156] = b"%06o\0 " % sum(header)
    archive = gzipped(bytes(tar))
    top = tmp_path_factory.mktemp("byte")
    try:
        entries = ours(archive, top / "mine")
    except ArchiveError:
        return
    theirs = gnu_tar(archive, top / "tar")
    without_modes = [(entry.path, entry.sha256) for entry in described_loosely(theirs)]
    assert [(entry.path, entry.sha256) for entry in entries] == without_modes
    assert hard_linked(top / "mine") == hard_linked(theirs)
    with tarfile.open(fileobj=io.BytesIO(archive)) as third:
        files = {member.name for member in third if not member.isdir()}
    assert files == {f"python/{entry.path}" for entry in entries}


def described_loosely(top: Path) -> list[TreeEntry]:
    """The entries of a tree whose modes may be anything: GNU tar keeps what the header says."""
    found = []
    for path, (mode, content) in sorted(shape(top).items()):
        if not mode.startswith("4"):
            found.append(TreeEntry(path, mode, hashlib.sha256(content).hexdigest()))
    return found


def test_the_list_does_not_depend_on_the_order_of_members(tmp_path: Path) -> None:
    names = [f"python/{first}/{second}" for first in "abc" for second in "xyz"]
    texts = set()
    for number, order in enumerate((names, names[::-1], names[4:] + names[:4])):
        builder = TarBuilder()
        for name in order:
            builder.file(name, name.encode())
        texts.add(listing(ours(builder.gz(), tmp_path / str(number))))
    assert len(texts) == 1


AUDITED = """
import io, os, sys
from pathlib import Path
from pyv.archive.extract import Limits, extract
from pyv.errors import ArchiveError

archives = [Path(name).read_bytes() for name in sys.argv[2:]]
staging, events = Path(sys.argv[1]).resolve(), []
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
DIRECTORIES = {"os.mkdir": (2,), "os.rmdir": (1,), "os.remove": (1,), "os.symlink": (2,), "os.link": (2, 3),
               "os.rename": (2, 3), "os.chmod": (2,), "os.chown": (3,), "os.utime": (3,), "os.truncate": (),
               "os.setxattr": (), "shutil.rmtree": (), "os.mkfifo": (), "os.mknod": ()}

def hook(event, arguments):
    if event == "open":
        name, _, flags = arguments
        if isinstance(flags, int) and flags & WRITES:
            events.append((event, "one step" if name not in ("", ".", "..") and "/" not in name else name))
    elif event in DIRECTORIES:
        for place in DIRECTORIES[event]:
            number = arguments[place]
            if event == "os.chmod" and isinstance(arguments[0], int):
                number = arguments[0]
            below = number >= 0 and Path(os.readlink(f"/proc/self/fd/{number}")).is_relative_to(staging)
            events.append((event, "in staging" if below else repr(arguments)))

sys.dont_write_bytecode = True
sys.addaudithook(hook)
for number, archive in enumerate(archives):
    try:
        extract(io.BytesIO(archive).read, staging / str(number), compression="gz", name="a", limits=Limits())
    except ArchiveError:
        pass
for event in sorted(set(events)):
    print(*event)
"""


def test_nothing_outside_staging_is_opened_for_writing(world: World, tmp_path: Path) -> None:
    good = tiny_tar().hard_link("python/h", "python/lib/python3.12/os.py")
    evil = [
        tiny_tar().symlink("python/s", "../../outside").file("python/s/x"),
        tiny_tar().hard_link("python/h", "/etc/passwd"),
        tiny_tar().symlink("python/s", "../../outside"),
        tiny_tar().file("../outside/x"),
    ]
    packed = tmp_path / "packed"
    packed.mkdir()
    for number, builder in enumerate([good, *evil]):
        (packed / str(number)).write_bytes(builder.gz())
    cwd = tmp_path / "cwd"
    cwd.mkdir()
    names = [str(path) for path in sorted(packed.iterdir())]
    done = subprocess.run(
        [sys.executable, "-c", AUDITED, str(world.staging), *names],
        check=True, capture_output=True, text=True, cwd=cwd, umask=0o077, env=ENVIRONMENT,
    )  # fmt: skip
    assert done.stdout.splitlines() == [
        "open one step",
        "os.chmod in staging",
        "os.link in staging",
        "os.mkdir in staging",
        "os.remove in staging",
        "os.rmdir in staging",
        "os.symlink in staging",
    ]
    assert os.listdir(cwd) == []
    assert os.listdir(world.staging) == ["0"]
    for path in (*packed.iterdir(), packed, cwd):
        path.unlink() if path.is_file() else path.rmdir()


PEAK = """
import resource, sys
from pathlib import Path
from pyv.archive.extract import Limits, extract, scan
for name in sys.argv[2:]:
    with open(name, "rb") as file:
        extract(file.read, Path(name + ".d"), compression=sys.argv[1], name=name, limits=Limits(unpacked=int(name.rpartition(".")[2])))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.parametrize("compression", ["gz", "zst"])
def test_memory_is_flat(compression: str, tmp_path: Path) -> None:
    paths = []
    for megabytes in (8, 96):
        builder = TarBuilder().file("python/big", bytes(megabytes << 20))
        path = tmp_path / f"{compression}.{builder.unpacked}"
        path.write_bytes(builder.packed(compression))
        paths.append(str(path))
    done = subprocess.run(
        [sys.executable, "-c", PEAK, compression, *paths], check=True, capture_output=True, text=True, env=ENVIRONMENT
    )
    small, large = (int(line) for line in done.stdout.split())
    unit = 1 if sys.platform == "darwin" else 1024
    assert (large - small) * unit < 8 << 20


FULL_DISK = """
import io, resource, signal, sys
from pathlib import Path
from pyv.archive.extract import Limits, extract
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
with open(sys.argv[1], "rb") as file:
    try:
        extract(file.read, Path(sys.argv[2]), compression="gz", name="a", limits=Limits())
    except OSError as fault:
        print(type(fault).__name__, fault.strerror)
"""


def test_what_the_system_refuses_stays_its_own_error(world: World, tmp_path: Path) -> None:
    archive = tmp_path / "staging" / "archive"
    archive.write_bytes(tiny_tar().file("python/zz", bytes(200_000)).gz())
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(archive), str(world.destination)],
        check=True, capture_output=True, text=True, env=ENVIRONMENT,
    )  # fmt: skip
    assert done.stdout == "OSError File too large\n"
    archive.unlink()
    world.assert_untouched()


def test_what_read_raises_leaves_nothing(world: World) -> None:
    answers = [tiny_archive()[:600]]

    def read(size: int) -> bytes:
        if answers:
            return answers.pop()
        raise ConnectionResetError("gone")

    with pytest.raises(ConnectionResetError):
        extract(read, world.destination, compression="gz", name="a", limits=Limits())
    world.assert_untouched()


def case_insensitively(builder: TarBuilder) -> list[TreeEntry]:
    read = io.BytesIO(builder.gz()).read
    found = scan(read, compression="gz", name="a", limits=Limits(), case_sensitive=False)
    return list(found.entries)


def test_twins_are_kept_once_where_case_does_not_count() -> None:
    builder = TarBuilder().file("python/E/Eterm", b"same").file("python/e/eterm", b"same")
    builder.symlink("python/2/A", "../E/Eterm").symlink("python/2/a", "../E/Eterm")
    builder.hard_link("python/h", "python/e/ETERM").hard_link("python/H", "python/E/Eterm")
    assert [entry.path for entry in case_insensitively(builder)] == ["2/A", "E/Eterm", "h"]


@pytest.mark.parametrize(
    "builder",
    [
        TarBuilder().file("python/A", b"1").file("python/a", b"2"),
        TarBuilder().file("python/A", b"1").script("python/a", "1"),
        TarBuilder().file("python/x").file("python/y").symlink("python/A", "x").symlink("python/a", "y"),
        TarBuilder().file("python/x", b"1").file("python/A").hard_link("python/a", "python/x"),
    ],
)
def test_what_only_looks_like_a_twin_is_refused(builder: TarBuilder) -> None:
    with pytest.raises(ArchiveError, match="a name that differs from `python/A` only in case"):
        case_insensitively(builder)


def test_members_outside_the_prefix_are_judged_and_counted(world: World) -> None:
    builder = TarBuilder().file("python/build/a", b"12345").hard_link("python/build/b", "python/build/a")
    builder.symlink("python/build/c", "a").directory("python/build/d").file("python/install/f", b"1")
    found = world.extract(builder.gz(), subtree=FULL)
    assert (found.unpacked, found.members, [entry.path for entry in found.entries]) == (6, 5, ["f"])
    assert shape(world.destination) == {"f": ("100644", b"1")}


def test_what_pads_a_file_is_no_part_of_it(world: World) -> None:
    blocks = bytes(TarBuilder().member("python/f", b"12345").blocks)
    noisy = blocks[: BLOCK + 5] + b"\xff" * (BLOCK - 5)
    world.extract(gzipped(padded(noisy + bytes(1024), 10240)))
    assert (world.destination / "f").read_bytes() == b"12345"
