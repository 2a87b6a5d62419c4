"""`pyv mirror`: an operator makes, fills and serves a mirror, and people install from it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.install.process import Processes, ended
from tests.install.scene import BUILD, HERE, left_in
from tests.support.archives import tiny_archive, tiny_tar
from tests.support.runner import Machine

ROLES = ("releases", "revocations", "root", "snapshot", "targets", "timestamp")
NAME = f"cpython-3.12.2+{BUILD}-{HERE}-install_only_stripped"
FILE = f"{NAME}.tar.gz"


@pytest.fixture
def processes() -> Iterator[Processes]:
    with Processes() as group:
        yield group


@pytest.fixture
def made(machine: Machine) -> str:
    """A mirror at `mirror` with its keys at `keys`, and an archive to add; the id of the artifact key."""
    told = machine.pyv("mirror", "init", "mirror", "--keys", "keys", "--no-passphrase", "--json").ok().json
    (machine.cwd / FILE).write_bytes(tiny_archive())
    keyid: str = told["keyid"]
    return keyid


def test_init(machine: Machine) -> None:
    run = machine.pyv("mirror", "init", "mirror", "--keys", "keys", "--no-passphrase")
    mirror, keys = machine.cwd / "mirror", machine.cwd / "keys"
    key_list = json.loads((mirror / "targets/trust/artifact-keys.json").read_text())
    keyid = key_list["keys"][0]["keyid"]
    digest = hashlib.sha256((mirror / "metadata/1.root.json").read_bytes()).hexdigest()
    published = "published: " + ", ".join(f"{role} 1" for role in ROLES)
    run.shows(
        stderr=f"made 7 unencrypted keys in {keys}: root, targets, releases, revocations, snapshot, timestamp, artifact\n"
        f"mirror {mirror} is signed with key {keyid}\n"
        f"{published}\n"
        f"clients accept it with: pyv trust add {mirror} --sha256 {digest}\n"
    )
    assert left_in(keys).keys() == {f"{role}.{half}" for role in (*ROLES, "artifact") for half in ("pem", "pub")}
    assert (keys.stat().st_mode & 0o777, (keys / "artifact.pem").stat().st_mode & 0o777) == (0o700, 0o600)
    pem = (keys / "artifact.pem").read_text()
    assert not [path for path in mirror.rglob("*") if path.is_file() and pem[30:60] in path.read_text()]
    again = machine.pyv("mirror", "init", "second", "--keys", "keys", "--no-passphrase").ok()
    assert again.stderr.splitlines()[:2] == [f"mirror {machine.cwd}/second is signed with key {keyid}", published]
    assert left_in(machine.home) == {}


def test_init_refuses(machine: Machine) -> None:
    (machine.cwd / "full").mkdir()
    (machine.cwd / "full" / "file").write_text("")
    machine.pyv("mirror", "init", "full", "--keys", "keys").shows(
        stderr=f"pyv: {machine.cwd}/full is not empty\nhint: name a directory that is empty or does not exist\n",
        status=7,
    )
    machine.pyv("mirror", "init", "mirror", "--keys", "mirror/keys").shows(
        stderr=f"pyv: private keys do not belong into the mirror {machine.cwd}/mirror\n"
        "hint: name a directory outside it, on a disk only you can read\n",
        status=4,
    )
    (machine.cwd / "checkout" / ".git").mkdir(parents=True)
    machine.pyv("mirror", "init", "mirror", "--keys", "checkout/keys").fails(4, "do not belong into the git work tree")
    machine.pyv("mirror", "init", "mirror").fails(2, "Missing option '--keys'")
    assert sorted(os.listdir(machine.cwd)) == ["checkout", "full"]


def test_add(machine: Machine, made: str) -> None:
    content = tiny_archive()
    digest, tar = hashlib.sha256(content).hexdigest(), tiny_tar()
    words = ["mirror", "add", "mirror", FILE, "--keys", "keys"]
    machine.pyv(*words).shows(
        stderr=f"added: {NAME} ({len(content)} bytes)\npublished: releases 2, snapshot 2, timestamp 2\n"
    )
    mirror = machine.cwd / "mirror"
    assert os.listdir(mirror / "blobs/sha256") == [digest]
    (record,) = (json.loads(line) for line in (mirror / f"targets/manifest/{HERE}.json").read_text().splitlines()[1:])
    signature = record.pop("s")
    assert len(signature) == 88
    assert record == {
        "i": "cpython",
        "v": "3.12.2",
        "t": HERE,
        "f": "install_only_stripped",
        "x": "",
        "b": BUILD,
        "h": digest,
        "n": len(content),
        "u": tar.unpacked,
        "e": tar.entries,
        "k": made,
    }
    was = left_in(mirror, without=(".pyv",))
    machine.pyv(*words).shows(stderr=f"already there: {NAME} ({len(content)} bytes)\n")
    assert left_in(mirror, without=(".pyv",)) == was
    told = machine.pyv(*words, "--json").ok().json
    assert [(entry["new"], entry["record"]["h"]) for entry in told["added"]] == [(False, digest)]


def test_add_what_its_name_does_not_say(machine: Machine, made: str) -> None:
    (machine.cwd / "python.tar.gz").write_bytes(tiny_archive())
    words = ["mirror", "add", "mirror", "python.tar.gz", "--keys", "keys"]
    machine.pyv(*words).fails(2, "pyv: `python.tar.gz` is not a python-build-standalone archive name\nhint: ")
    stated = ["--version", "3.12.2", "--build", BUILD, "--triple", HERE, "--flavor", "install_only_stripped"]
    machine.pyv(*words, *stated).shows(
        stderr=f"added: {NAME} ({len(tiny_archive())} bytes)\npublished: releases 2, snapshot 2, timestamp 2\n"
    )


@pytest.mark.parametrize("problem", ["other-version", "no-interpreter", "hostile", "other-bytes", "gone", "no-keys"])
def test_add_refuses(machine: Machine, made: str, problem: str) -> None:
    """Whatever is wrong with an archive, the mirror stays as it was."""
    mirror, archive, words = machine.cwd / "mirror", machine.cwd / FILE, ["--keys", "keys"]
    if problem == "other-version":
        header = b'#define PY_VERSION "3.12.9"\n'
        archive.write_bytes(tiny_archive(extra={"include/python3.12/patchlevel.h": header}))
        wanted = (6, f"{NAME} is something else than its name says: its patchlevel.h says 3.12.9, its name 3.12.2")
    elif problem == "no-interpreter":
        archive.write_bytes(tiny_archive("3.13.0"))
        wanted = (6, f"{NAME} is something else than its name says: there is no bin/python3.12 in it")
    elif problem == "hostile":
        archive.write_bytes(tiny_tar().file("python/../escaped").gz())
        wanted = (6, f"{NAME}: `python/../escaped`: a name with an empty, `.` or `..` component")
    elif problem == "other-bytes":
        machine.pyv("mirror", "add", "mirror", FILE, "--keys", "keys").ok()
        archive.write_bytes(tiny_archive(extra={"other": b""}))
        wanted = (4, f"the mirror has {NAME} with other bytes")
    elif problem == "gone":
        archive.unlink()
        wanted = (2, f"there is no archive {archive}")
    else:
        words = ["--keys", "elsewhere"]
        wanted = (7, f"no artifact.pem in {machine.cwd}/elsewhere")
    was = left_in(mirror, without=(".pyv",))
    machine.pyv("mirror", "add", "mirror", FILE, *words).fails(wanted[0], f"pyv: {wanted[1]}")
    assert left_in(mirror, without=(".pyv",)) == was
    assert left_in(mirror / ".pyv" / "staging") == {}


def serve(machine: Machine, processes: Processes) -> str:
    """Start the server; its address."""
    process = processes.start(machine, "mirror", "serve", "mirror", "--port", "0", "--quiet")
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    assert address.startswith("http://127.0.0.1:"), address
    return address


def root_key(machine: Machine) -> str:
    """What the operator tells people: the id of the key of the root."""
    root = json.loads((machine.cwd / "mirror/metadata/1.root.json").read_text())
    (keyid,) = root["signed"]["roles"]["root"]["keyids"]
    return str(keyid)


def test_the_whole_way(machine: Machine, processes: Processes, made: str, tmp_path: Path) -> None:
    """From an archive on the operator's desk to a `python` on somebody's machine."""
    machine.pyv("mirror", "add", "mirror", FILE, "--keys", "keys").ok()
    address = serve(machine, processes)
    (tmp_path / "other").mkdir()
    person = Machine.fresh(tmp_path / "other")
    person.pyv("install", "3.12", "--index", address).fails(4, "is not trusted")
    person.pyv("trust", "add", address, "--key-id", root_key(machine)).ok()
    person.pyv("install", "3.12", "--index", address).ok()
    person.pyv("local", "3.12").ok()
    person.shim("python", "--version").shows("Python 3.12.2\n")


def test_many_clients(machine: Machine, processes: Processes, made: str, tmp_path: Path) -> None:
    machine.pyv("mirror", "add", "mirror", FILE, "--keys", "keys").ok()
    address = serve(machine, processes)
    clients = []
    for number in range(6):
        client = replace(machine, root=tmp_path / f"root-{number}")
        client.pyv("trust", "add", machine.cwd / "mirror", "--yes", PYV_ROOT=str(client.root)).ok()
        clients.append(client)
    running = [
        processes.start(client, "install", "3.12", "--index", address, PYV_ROOT=str(client.root)) for client in clients
    ]
    for client, process in zip(clients, running, strict=True):
        ended(process).ok()
        client.shim("python", "-V", PYV_VERSION="3.12").shows("Python 3.12.2\n")


def test_range_and_etag(machine: Machine, processes: Processes, made: str) -> None:
    machine.pyv("mirror", "add", "mirror", FILE, "--keys", "keys").ok()
    content = tiny_archive()
    url = f"{serve(machine, processes)}/blobs/sha256/{hashlib.sha256(content).hexdigest()}"

    def asked(**headers: str) -> tuple[int, bytes, str]:
        request = urllib.request.Request(
            url, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read(), answer.headers["ETag"]
        except urllib.error.HTTPError as fault:
            with fault:
                return fault.code, fault.read(), fault.headers["ETag"] or ""

    status, body, etag = asked()
    assert (status, body) == (200, content)
    assert asked(Range="bytes=100-") == (206, content[100:], etag)
    assert asked(Range="bytes=100-", If_Range=etag) == (206, content[100:], etag)
    assert asked(Range="bytes=100-", If_Range='"another"') == (200, content, etag)
    assert asked(Range=f"bytes={len(content)}-")[0] == 416
    assert asked(If_None_Match=etag) == (304, b"", etag)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_serve_ends_quietly(machine: Machine, processes: Processes, made: str, how: signal.Signals) -> None:
    process = processes.start(machine, "mirror", "serve", "mirror", "--port", "0")
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    with urllib.request.urlopen(f"{address}/targets/trust/artifact-keys.json", timeout=10) as answer:
        assert answer.read() == (machine.cwd / "mirror/targets/trust/artifact-keys.json").read_bytes()
    process.send_signal(how)
    run = ended(process)
    assert (run.status, run.stdout) == (0, "")
    line = r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ 127\.0\.0\.1 "GET /targets/trust/artifact-keys\.json HTTP/1\.1" 200 \d+ \d\.\d{3}\n'
    assert re.fullmatch(line, run.stderr), run.stderr


def test_serve_warns_where_others_can_reach_it(machine: Machine, processes: Processes, made: str) -> None:
    process = processes.start(machine, "mirror", "serve", "mirror", "--host", "0.0.0.0", "--port", "0")
    assert process.stdout is not None
    assert process.stdout.readline().startswith("http://0.0.0.0:")
    process.send_signal(signal.SIGTERM)
    ended(process).shows(stderr="warning: listening on 0.0.0.0: whoever reaches this machine can read the mirror\n")


def test_serve_prints_a_configuration_and_nothing_else(machine: Machine, made: str) -> None:
    words = ("--nginx", "--host", "::1", "--port", "8443", "--server-name", "py.example")
    shown = machine.pyv("mirror", "serve", "mirror", *words).ok()
    assert shown.stderr == ""
    for line in ("listen [::1]:8443;", "server_name py.example;", f'root "{machine.cwd}/mirror";'):
        assert f"    {line}\n" in shown.stdout
    assert "@" not in shown.stdout.replace("= @missing", "").replace("location @missing", "")
    machine.pyv("mirror", "serve", "keys", "--nginx").fails(7, "is not a mirror")
    machine.pyv("mirror", "serve", "mirror", "--nginx", "--port", "0").fails(2, "`0` is not a port")
    machine.pyv("mirror", "serve", "mirror", "--nginx", "--server-name", "a; b").fails(2, "is not a server name")


def test_serve_refuses(machine: Machine, processes: Processes, made: str) -> None:
    machine.pyv("mirror", "serve", "keys").shows(
        stderr=f"pyv: {machine.cwd}/keys is not a mirror\nhint: make one with `pyv mirror init`\n", status=7
    )
    port = serve(machine, processes).rpartition(":")[2]
    machine.pyv("mirror", "serve", "mirror", "--port", port).shows(
        stderr=f"pyv: cannot listen on 127.0.0.1 port {port}: address already in use\n"
        "hint: name another --host or --port; port 0 takes a free one\n",
        status=1,
    )
    machine.pyv("mirror", "serve", "mirror", "--port", "65536").fails(2, "65536 is not in the range")
