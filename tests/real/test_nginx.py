"""A mirror is a static tree: nginx serves it as `pyv mirror serve --nginx` tells it to, and as `serve` itself would."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from tests.support.archives import tiny_archive
from tests.support.index import LINUX
from tests.support.nginx import Nginx, wait_until
from tests.support.real import Mirror, Pyv, need, served

pytestmark = pytest.mark.real


def nginx_over(mirror: Path, place: Path) -> Nginx:
    """nginx over a mirror's directory, configured as pyv prints it."""
    copied = {
        name: value for name, value in os.environ.items() if name == "PYTHONPATH"
    }  # as `scripts/prove mutants` sets
    operator = Pyv(home=place.parent / "operator", variables=copied)

    def configured(port: int) -> str:
        return operator.pyv("mirror", "serve", mirror, "--nginx", "--port", str(port)).stdout

    return Nginx.at(place, need("nginx"), configured)


@pytest.fixture
def nginx(tmp_path: Path, genuine_mirror: Mirror) -> Nginx:
    """nginx over the mirror's directory."""
    return nginx_over(genuine_mirror.directory, tmp_path / "nginx")


@pytest.fixture
def trusting(user: Pyv, genuine_mirror: Mirror) -> Pyv:
    """Somebody who trusts the mirror's keys."""
    user.pyv("trust", "add", genuine_mirror.directory, "--yes")
    return user


def blob_requests(nginx: Nginx) -> list[str]:
    return [line for line in nginx.requests if "/blobs/sha256/" in line]


def test_nginx_serves_a_mirror(nginx: Nginx, trusting: Pyv) -> None:
    with nginx.running():
        trusting.pyv("install", "3.9", "--index", nginx.address)

    trusting.pyv("local", "3.9")
    assert trusting.say("python", "--version") == "Python 3.9.13"
    assert [re.sub(r"[0-9a-f]{64}", "…", line) for line in blob_requests(nginx)] == ['GET /blobs/sha256/… 200 "-"']


def test_a_killed_download_goes_on_where_it_stopped(nginx: Nginx, genuine_mirror: Mirror, trusting: Pyv) -> None:
    (blob,) = (genuine_mirror.directory / "blobs" / "sha256").iterdir()
    partial = trusting.root / "cache" / "partial" / blob.name

    def has_arrived() -> bool:
        return partial.exists() and partial.stat().st_size > 2_000_000

    with nginx.running(rate="8m"):
        command = trusting.command("install", "3.9", "--index", nginx.address)
        with subprocess.Popen(command, env=trusting.environment, stderr=subprocess.DEVNULL) as killed:
            wait_until(has_arrived)
            killed.kill()
    assert not (trusting.root / "versions" / "3.9.13").exists()
    with nginx.running():
        trusting.pyv("install", "3.9", "--index", nginx.address)

    assert trusting.run(trusting.root / "versions" / "3.9.13" / "bin" / "python", "-V").stdout == "Python 3.9.13\n"
    last = re.fullmatch(r'GET /blobs/sha256/[0-9a-f]{64} 206 "bytes=(\d+)-"', blob_requests(nginx)[-1])
    assert last is not None, nginx.requests
    assert int(last[1]) > 2_000_000


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small mirror in a directory with an awkward name, and what must not be served."""
    place = tmp_path_factory.mktemp("nginx")
    operator = Pyv(home=place / "operator")
    mirror = place / 'a "mirror" \\ of; {ours}'
    archive = place / f"cpython-3.12.2+20240224-{LINUX}-install_only.tar.gz"
    archive.write_bytes(tiny_archive())
    operator.pyv("mirror", "init", mirror, "--keys", place / "keys", "--no-passphrase")
    operator.pyv("mirror", "add", mirror, archive, "--keys", place / "keys")
    (mirror / ".pyv" / "mirror.json").write_text("{}")
    (mirror / "blobs" / "sha256" / ".half").write_text("half")
    (mirror / "targets" / "link.json").symlink_to("../metadata/timestamp.json")
    return mirror


@pytest.fixture(scope="module")
def asked(own: Path) -> Iterator[Nginx]:
    """nginx that runs over it."""
    found = nginx_over(own, own.parent / "nginx")
    checked = found.check()
    assert (checked.returncode, "[warn]" in checked.stderr) == (0, False), checked.stderr
    with found.running():
        yield found


def ask(address: str, target: str, method: str = "GET", **headers: str) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection(address.removeprefix("http://"), timeout=10)
    try:
        connection.request(method, target, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def targets(mirror: Path) -> list[str]:
    """Every kind of file there is, and names there is nothing under."""
    blob = next((mirror / "blobs" / "sha256").glob("[0-9a-f]*"))
    link = next(mirror.glob("pbs/*/*"))
    hashed = next(mirror.glob("targets/manifest/*.*.json"))
    there = [str(path.relative_to(mirror)) for path in (blob, link, hashed)]
    there += ["metadata/1.root.json", "metadata/1.snapshot.json", "metadata/timestamp.json", "refresh.json"]
    there += ["download-metadata.json", f"targets/manifest/{LINUX}.json", f"pbs/python-precompiled-{LINUX}.gz"]
    there += [str(link.relative_to(mirror)).replace("+", "%2B")]
    missing = ["metadata/2.root.json", "", "metadata", "metadata/", "blobs/sha256/", "pbs/", "targets/link.json"]
    missing += [".pyv/", ".pyv/mirror.json", "%2epyv/mirror.json", "x/../.pyv/mirror.json", "blobs/sha256/.half"]
    missing += ["blobs/sha256/" + "0" * 64, "pbs/20240224/missing"]
    return [f"/{name}" for name in (*there, *missing)]


def test_nginx_answers_as_serve_does(asked: Nginx, own: Path) -> None:
    told = ("Cache-Control", "Content-Type", "Content-Length", "Accept-Ranges", "X-Content-Type-Options")
    with served(Mirror(directory=own, keys=own, archives=())) as address:
        for target in targets(own):
            ours, body = ask(address, target)
            theirs, same = ask(asked.address, target)
            assert theirs.status == ours.status, target
            if ours.status == 200:
                assert same == body
                assert {name: theirs.headers[name] for name in told} == {name: ours.headers[name] for name in told}
                assert "Set-Cookie" not in theirs.headers
            else:
                assert (ours.status, theirs.headers["Cache-Control"]) == (404, "no-store"), target
    assert [line for line in asked.complaints.splitlines() if "/targets/link.json" not in line] == []


def test_nginx_sends_parts_and_tells_what_changed(asked: Nginx, own: Path) -> None:
    blob = next((own / "blobs" / "sha256").glob("[0-9a-f]*"))
    content = blob.read_bytes()
    for target in (f"/blobs/sha256/{blob.name}", f"/{next(own.glob('pbs/*/*')).relative_to(own)}"):
        part, body = ask(asked.address, target, Range="bytes=100-")
        assert (part.status, body) == (206, content[100:])
        assert part.headers["Content-Range"] == f"bytes 100-{len(content) - 1}/{len(content)}"
        whole, body = ask(asked.address, target, Range="bytes=0-1,5-6")
        assert (whole.status, body) == (200, content)
        again, body = ask(asked.address, target, If_None_Match=str(whole.headers["ETag"]))
        assert (again.status, body) == (304, b"")
        assert again.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_nginx_takes_nothing(asked: Nginx, own: Path) -> None:
    for method in ("POST", "PUT", "DELETE"):
        assert ask(asked.address, "/metadata/timestamp.json", method)[0].status == 405
    assert os.path.exists(own / "metadata" / "timestamp.json")


def test_a_directory_nginx_has_no_words_for_is_refused(tmp_path: Path, own: Path) -> None:
    (tmp_path / "$mirror").symlink_to(own)
    refused = Pyv(home=tmp_path / "user").pyv("mirror", "serve", tmp_path / "$mirror", "--nginx", check=False)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "its name has a dollar sign" in refused.stderr
