"""`scripts/install.sh` from outside, with a kit in miniature: what it does, what it refuses, what it leaves."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pyv import __version__
from tests.install.scene import HERE, left_in
from tests.self.kit import ARCHIVE, Bare, Tiny, busybox, program, toolbox
from tests.support.runner import Machine
from tests.support.server import Server

SHELLS = {
    "dash": ("dash",),
    "bash": ("bash",),
    "busybox": ("busybox", "sh"),
    "ksh": ("ksh",),
}
NAME = ARCHIVE.removesuffix(".tar.gz")


def steady(text: str) -> str:
    """Output without sizes and seconds."""
    return re.sub(r"\(\d+\.\d MB, sha256 verified\) in \d+ s", "(SIZE) in S s", text)


def told(root: Path, *, wheels: int = 2) -> str:
    return (
        f"fetched {NAME} (SIZE) in S s\n"
        f"fetched {wheels} wheels (SIZE) in S s\n"
        f"installed pyv {__version__}: {root}/bin/pyv\n"
        f'to use it here:   export PATH="{root}/bin:$PATH"\n'
        f"in every shell:   {root}/bin/pyv init --install\n"
    )


@pytest.mark.parametrize("shell", SHELLS)
def test_from_a_directory(machine: Machine, tools: Path, mirror: Path, shell: str) -> None:
    bare = Bare(machine, tools, SHELLS[shell])
    run = bare.install(mirror / "self/install.sh")
    assert (run.status, run.stdout, steady(run.stderr)) == (0, "", told(bare.root))
    assert bare.dependency() == "version = '1.0'\n"
    assert bare.releases == [bare.started()]
    assert not list(bare.root.rglob("share")), "what pyv does not need is left in the archive, or removed"
    assert {path.name for path in (bare.root / "locks").iterdir()} == {"self.lock", "tree.lock"}
    before = left_in(machine.home)
    bare.install(mirror / "self/install.sh").shows("", f"pyv {__version__} is there already: {bare.root}/bin/pyv\n")
    assert left_in(machine.home) == before
    bare.install(mirror / "self/install.sh", "--uninstall").shows("", f"removed pyv from {bare.root}\n")
    assert list(machine.home.iterdir()) == []


@pytest.mark.parametrize("fetcher", ["curl", "wget", "busybox"])
def test_from_a_url(machine: Machine, tiny: Tiny, mirror: Path, server: Server, tmp_path: Path, fetcher: str) -> None:
    """Through a pipe, into a root with an odd name; GNU's tools or BusyBox's own."""
    place = tmp_path / "bin"
    tools = busybox(place) if fetcher == "busybox" else toolbox(place, fetcher, "sha256sum")
    server.put_tree(mirror)
    root = tmp_path / "it's a root"
    bare = Bare(Machine(machine.home, root, machine.cwd), tools)
    run = bare.install(tiny.script, "--from", f"{server.url}/", f"--root={root}").ok()
    hint = re.search(r"to use it here:   (.*)\n", run.stderr)
    assert hint is not None
    machine.run(["sh", "-c", f"{hint[1]}; pyv root"]).shows(f"{root}\n")
    assert bare.dependency() == "version = '1.0'\n"
    assert not list(root.rglob("share")), "what pyv does not need is left in the archive, or removed"
    asked = sorted(request.path for request in server.requests)
    assert asked == sorted(f"/self/{part.path}" for part in tiny.kit.parts), "each once"
    bare.install(tiny.script, PYV_SELF_FROM=server.url, PYV_ROOT=str(root)).shows(
        "", f"pyv {__version__} is there already: {root}/bin/pyv\n"
    )
    assert len(server.requests) == len(asked), "nothing is asked for where nothing is to be done"


def test_a_script_that_did_not_come_whole_does_nothing(bare: Bare, tiny: Tiny, mirror: Path) -> None:
    for share in (0.3, 0.6, 0.9):
        bare.install(tiny.script[: int(len(tiny.script) * share)], "--from", mirror)
        assert not bare.root.exists()
    bare.install(tiny.script.removesuffix('main "$@"\n'), "--from", mirror).shows()
    assert not bare.root.exists()


# What is refused

Broken = dict[str, object]


@pytest.mark.parametrize(
    ("fetcher", "how", "status", "words"),
    [
        ("curl", {"status": 404}, 5, "The requested URL returned error: 404"),
        ("wget", {"status": 404}, 5, "the server said 404: Not Found"),
        ("busybox", {"status": 404}, 5, "server returned error: HTTP/1.1 404 Not Found"),
        ("curl", {"body": b"<!DOCTYPE html><title>Log in</title>"}, 4, "hint: it is a web page"),
        ("wget", {"body": b"<!DOCTYPE html><title>Log in</title>"}, 4, "hint: it is a web page"),
        ("curl", {"body": b"x" * 100_000, "endless": True, "announce": False}, 4, "there is no end to it"),
        ("wget", {"body": b"x" * 100_000, "endless": True, "announce": False}, 4, "there is no end to it"),
        ("busybox", {"body": b"x" * 100_000, "endless": True, "announce": False}, 4, "there is no end to it"),
        ("curl", {"drop_after": 500}, 5, "cannot fetch python/"),
        ("curl", {"drop_after": 500, "announce": False}, 4, "is not what is pinned"),
        ("curl", {"redirect": "file:///etc/hostname", "status": 302}, 5, "cannot fetch python/"),
    ],
)
def test_what_a_server_may_do(
    machine: Machine,
    tiny: Tiny,
    mirror: Path,
    server: Server,
    tmp_path: Path,
    fetcher: str,
    how: Broken,
    status: int,
    words: str,
) -> None:
    tools = busybox(tmp_path / "bin") if fetcher == "busybox" else toolbox(tmp_path / "bin", fetcher, "sha256sum")
    bare = Bare(machine, tools)
    server.put_tree(mirror)
    python = tiny.part("python")
    server.put(f"/self/{python.path}", **{"body": tiny.contents[python], **how})  # type: ignore[arg-type]
    address = server.url.replace("//", "//me:secret@")
    run = bare.install(tiny.script, "--from", address, BETRAYS=str(tmp_path / "betrayed")).fails(status, words)
    assert f"{server.url}/self" in run.stderr
    assert "secret" not in run.stderr
    assert not (tmp_path / "betrayed").exists()
    assert bare.releases == []
    assert not (bare.root / "bin").exists()


@pytest.mark.parametrize("kind", ["python", "wheel", "pyv"])
def test_bytes_that_were_tampered_with_are_never_used(bare: Bare, tiny: Tiny, tmp_path: Path, kind: str) -> None:
    """Even where they are what an archive of the kind should be."""
    others = Tiny.make("1.0").contents if kind == "python" else Tiny.make("6.6").contents
    part, content = tiny.part(kind), next(content for each, content in others.items() if each.kind == kind)
    script = tiny.write(tmp_path / "mirror")
    (script.parent / part.path).write_bytes(content[:-40] + b"\0" * 40)
    run = bare.install(script, BETRAYS=str(tmp_path / "betrayed"))
    run.fails(
        4, f"pyv: {part.file} from {script.parent} is not what is pinned: sha256 ", f", not {part.sha256}\nhint: "
    )
    assert (tmp_path / "betrayed").exists() is False
    assert bare.releases == []


def test_wheels_that_come_together_are_each_held_to_their_pins(
    bare: Bare, tiny: Tiny, mirror: Path, server: Server
) -> None:
    """With curl they come over one connection; one that breaks off is asked for once more, alone."""
    server.put_tree(mirror)
    part = tiny.part("wheel")
    content = tiny.contents[part]
    server.put(f"/self/{part.path}", content[:-1] + b"!")
    address = server.url.replace("//", "//me:secret@")
    bare.install(tiny.script, "--from", address).fails(4, f"pyv: {part.file} from {server.url}/self is not what is")
    assert bare.releases == []
    server.put(f"/self/{part.path}", content, first=[{"drop_after": 100}])
    bare.install(tiny.script, "--from", server.url, "-q").shows()


def test_a_wheel_that_is_missing(bare: Bare, tiny: Tiny, tmp_path: Path) -> None:
    script = tiny.write(tmp_path / "mirror")
    (script.parent / tiny.part("wheel").path).unlink()
    run = bare.install(script)
    assert run.status == 5
    assert steady(run.stderr) == (
        f"fetched {NAME} (SIZE) in S s\n"
        f"pyv: cannot fetch wheels/plain-1.0-py3-none-any.whl: {script.parent}: there is no such file\n"
        "hint: check the address and the network; what the mirror lacks, its operator can put there: pyv mirror add-self\n"
    )
    bare.install(script, "--from", tmp_path, GITHUB_ACTIONS="true").shows(
        "",
        f"pyv: there is no self/ in {tmp_path}\nhint: its operator can put it there: pyv mirror add-self {tmp_path}\n"
        f"::error title=pyv::there is no self/ in {tmp_path} its operator can put it there: "
        f"pyv mirror add-self {tmp_path} \n",
        5,
    )


@pytest.mark.parametrize(
    ("tools", "status", "message"),
    [
        (
            ("curl",),
            1,
            "pyv: neither sha256sum nor shasum is here\nhint: install one of them (coreutils has the first, perl the other)\n",
        ),
        (
            ("sha256sum",),
            1,
            "pyv: neither curl nor wget is here\nhint: install one of them, or give --from a directory\n",
        ),
        (("shasum", "perl", "curl"), 0, ""),
    ],
)
def test_tools(
    machine: Machine,
    tiny: Tiny,
    mirror: Path,
    server: Server,
    tmp_path: Path,
    tools: tuple[str, ...],
    status: int,
    message: str,
) -> None:
    server.put_tree(mirror)
    bare = Bare(machine, toolbox(tmp_path / "bin", *tools))
    bare.install(tiny.script, "--from", server.url, "-q").shows("", message, status)


def test_no_fetcher_is_needed_for_a_directory(machine: Machine, tiny: Tiny, mirror: Path, tmp_path: Path) -> None:
    Bare(machine, toolbox(tmp_path / "bin", "sha256sum")).install(mirror / "self/install.sh", "-q").shows()


@pytest.mark.parametrize(
    ("uname", "libc", "triple"),
    [
        (("x86_64", "Linux"), "echo glibc 2.36", HERE),
        (("amd64", "Linux"), "echo ldd (GNU libc) 2.17", HERE),
        (("aarch64", "Linux"), "echo 'musl libc (aarch64)'; exit 1", "aarch64-unknown-linux-musl"),
        (("arm64", "Darwin"), "exit 1", "aarch64-apple-darwin"),
        (("riscv64", "Linux"), "echo glibc 2.36", None),
        (("i686", "Linux"), "echo glibc 2.36", None),
        (("x86_64", "FreeBSD"), "exit 1", None),
    ],
)
def test_platforms(
    machine: Machine, tiny: Tiny, tmp_path: Path, uname: tuple[str, str], libc: str, triple: str | None
) -> None:
    tools = toolbox(tmp_path / "bin", "sha256sum", "curl")
    program(tools, "uname", f"case $1 in -m) echo {uname[0]} ;; -s) echo {uname[1]} ;; *) echo host ;; esac")
    program(tools, "getconf", "case $1 in LONG_BIT) echo 64 ;; *) exit 1 ;; esac")
    program(tools, "ldd", f"{{ {libc}; }} >&2")
    pins = tiny.without("python")
    for each in (HERE, "aarch64-unknown-linux-musl", "aarch64-apple-darwin"):
        pins = pins.add("python", f"20261110/cpython-{each}.tar.gz", b"x", each)
    script = pins.write(tmp_path / "mirror")
    for archive in (script.parent / "python").iterdir():
        archive.unlink()  # what cannot be fetched says what was wanted
    run = Bare(machine, tools).install(script)
    if triple is not None:
        run.fails(5, f"cannot fetch python/cpython-{triple}.tar.gz")
    else:
        run.fails(3, "pyv: there is no Python pinned for ", "hint: with Python 3.10 or newer there, install pyv with")


def test_words_it_does_not_know(bare: Bare, tiny: Tiny, mirror: Path) -> None:
    script = mirror / "self/install.sh"
    bare.install(script, f"--from=file://{mirror}", "--version").shows(f"pyv {__version__}\n")
    bare.install(script, "--form", mirror).shows("", "pyv: `--form` is no option of this script\nhint: see --help\n", 2)
    bare.install(script, "--from").shows("", "pyv: --from needs a value\nhint: see --help\n", 2)
    bare.install(script, "--from", "oci://me:secret@host/x").shows(
        "",
        "pyv: this script cannot read from oci://host/x\nhint: give a directory, or an http:// or https:// address\n",
        2,
    )
    bare.install(script, "--root", "/a:b").fails(1, "cannot be put on PATH")
    bare.install(script, HOME="").fails(1, "there is no home directory")
    bare.install(script, "--version").shows(f"pyv {__version__}\n")
    assert bare.install(script, "--help").ok().stdout.startswith("Usage: install.sh ")
    no_pyv = tiny.without("pyv")
    bare.install(no_pyv.script, "--from", mirror).fails(
        1, "this install.sh pins no pyv", "hint: take the install.sh of a release"
    )
    assert not bare.root.exists()
