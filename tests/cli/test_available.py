"""`pyv available`: what can be installed here, and what there is at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pyv.domain.revocation import Revocation, Revocations
from pyv.domain.triple import PUBLISHED
from tests.cli.terminal import on_terminal
from tests.install.scene import BUILD, HERE, fetch, index_of, left_in, publish, serve_index, trust
from tests.support.archives import tiny_archive
from tests.support.index import SignedIndex
from tests.support.runner import Machine
from tests.support.server import Server

OTHER = "s390x-unknown-linux-gnu"


@pytest.fixture
def index(machine: Machine, tmp_path: Path) -> SignedIndex:
    """Two builds and two flavors of one version, a pre-release, a freethreaded build, and another platform."""
    found = index_of("3.12.1", "3.12.2", "3.13.1t", "3.14.0rc2")
    found.add("3.12.2", tiny_archive(), triple=HERE, build="20240224")
    found.add("3.12.2", tiny_archive(), triple=HERE, flavor="install_only")
    found.add("3.12.2", tiny_archive(), triple=HERE, build="20991231", options="static")
    found.add("3.12.3", tiny_archive(), triple=OTHER)
    publish(found, tmp_path / "mirror", machine)
    return found


def lines(*rows: str) -> str:
    return "".join(f"{row}\n" for row in rows)


def test_newest_build_of_each_version(machine: Machine, index: SignedIndex, tmp_path: Path) -> None:
    was = left_in(machine.home)
    machine.pyv("available", "--index", tmp_path / "mirror").shows(
        lines(
            f"3.12.1     {BUILD}  install_only_stripped",
            f"3.12.2     {BUILD}  install_only_stripped",
            f"3.13.1t    {BUILD}  install_only_stripped",
            f"3.14.0rc2  {BUILD}  install_only_stripped",
        )
    )
    assert left_in(machine.home) == was


def test_marks_what_is_installed(machine: Machine, index: SignedIndex, tmp_path: Path) -> None:
    machine.pyv("install", "3.12.1", "--index", tmp_path / "mirror").ok()
    machine.pyv("available", "3.12", "--index", tmp_path / "mirror").shows(
        lines(
            f"3.12.1  {BUILD}  install_only_stripped    installed",
            f"3.12.2  {BUILD}  install_only_stripped",
        )
    )


def test_inside_a_request(machine: Machine, index: SignedIndex, tmp_path: Path) -> None:
    for request, name in (("3.13t", "3.13.1t"), ("3.14.0rc2", "3.14.0rc2"), (">=3.12.2,<3.13", "3.12.2")):
        machine.pyv("available", request, "--index", tmp_path / "mirror").shows(
            f"{name}  {BUILD}  install_only_stripped\n"
        )
    machine.pyv("available", "3.77", "--index", tmp_path / "mirror").fails(3, f"pyv: no build of `3.77` for {HERE}\n")
    machine.pyv("available", "three", "--index", tmp_path / "mirror").fails(2, "`three` is not a version request")


def test_every_build(machine: Machine, index: SignedIndex, tmp_path: Path) -> None:
    machine.pyv("available", "3.12.2", "--all", "--triple", HERE, "--index", tmp_path / "mirror").shows(
        lines(
            f"3.12.2+20240224  {HERE}  -       install_only_stripped",
            f"3.12.2+{BUILD}  {HERE}  -       install_only",
            f"3.12.2+{BUILD}  {HERE}  -       install_only_stripped",
            f"3.12.2+20991231  {HERE}  static  install_only_stripped",
        )
    )


def test_another_platform(machine: Machine, index: SignedIndex, tmp_path: Path) -> None:
    machine.pyv("available", "--triple", OTHER, "--index", tmp_path / "mirror").shows(
        f"3.12.3  {BUILD}  install_only_stripped\n"
    )
    run = machine.pyv("available", "--triple", "riscv64-unknown-linux-gnu", "--index", tmp_path / "mirror")
    run.fails(3, "index has nothing for riscv64-unknown-linux-gnu\nhint: check the triple;")


def test_all_platforms(machine: Machine, index: SignedIndex, tmp_path: Path) -> None:
    run = machine.pyv("available", "--all-platforms", "--index", tmp_path / "mirror")
    assert run.ok().stdout.count("\n") == len(index.artifacts)
    assert f"3.12.3+{BUILD}     {OTHER}" in run.stdout


def test_json(machine: Machine, index: SignedIndex, tmp_path: Path) -> None:
    machine.pyv("install", "3.12.1", "--index", tmp_path / "mirror").ok()
    run = machine.pyv("available", "3.12.1", "--json", "--index", tmp_path / "mirror")
    artifact = index.artifacts[0]
    assert run.stderr == ""
    assert run.ok().json == {
        "schema": 1,
        "index": str(tmp_path / "mirror"),
        "newest_build": "20991231",
        "artifacts": [
            {
                "name": "3.12.1",
                "version": "3.12.1",
                "build": BUILD,
                "triple": HERE,
                "flavor": "install_only_stripped",
                "variant": "default",
                "options": "",
                "sha256": artifact.sha256,
                "size": artifact.size,
                "installed": True,
                "objection": None,
            }
        ],
    }


def test_over_http(machine: Machine, index: SignedIndex, tmp_path: Path) -> None:
    with Server() as server:
        address = serve_index(server, tmp_path / "mirror")
        machine.pyv("available", "3.12.1", PYV_INDEX=address).shows(f"3.12.1  {BUILD}  install_only_stripped\n")
        assert not [request for request in server.requests if "blobs" in request.path]


def test_embedded_index(machine: Machine) -> None:
    """All that upstream ever published with a digest: seventeen thousand records of twenty platforms, every one signed."""
    run = machine.pyv("available", "--all-platforms").ok()
    assert run.stdout.count("\n") >= 13_000
    assert "3.12.2+20240224" in run.stdout
    told = machine.pyv("available", "--all-platforms", "--json").ok().json
    assert len(told["artifacts"]) == run.stdout.count("\n")
    assert told["index"] == "embedded"
    triples = {artifact["triple"] for artifact in told["artifacts"]}
    assert len(triples) >= 18
    assert triples <= set(PUBLISHED)
    assert {len(artifact["sha256"]) for artifact in told["artifacts"]} == {64}
    assert left_in(machine.home) == {}


def test_terminal_says_how_old_the_index_is(machine: Machine, index: SignedIndex, tmp_path: Path) -> None:
    run = on_terminal(machine, "available", "3.12.1", "--index", str(tmp_path / "mirror"))
    first, second = run.ok().stdout.splitlines()
    assert first == f"3.12.1  {BUILD}  install_only_stripped"
    assert second == f"{tmp_path}/mirror index: newest build of 2099-12-31, less than a day ago"


def test_manifest_that_cannot_be_read(machine: Machine, index: SignedIndex, tmp_path: Path) -> None:
    """Signed by the roles it takes, and still none."""
    text = index.manifests[HERE]
    fetch(machine, index.write(tmp_path / "mirror", manifests={HERE: text[:-1]}))
    run = machine.pyv("available", "--index", tmp_path / "mirror")
    run.fails(8, f"pyv: manifest of {HERE}: cut short: the last line has no end\n")
    head = json.loads(text.partition("\n")[0])
    other = json.dumps({**head, "format": 2}) + "\n"
    fetch(machine, index.write(tmp_path / "mirror", manifests={HERE: other}))
    run = machine.pyv("available", "--index", tmp_path / "mirror")
    run.fails(8, f"pyv: manifest of {HERE}: format: this pyv reads format 1, the document says 2\n")


def test_what_would_not_be_installed_says_why(machine: Machine, tmp_path: Path) -> None:
    index = index_of("3.12.1", "3.12.2", "3.13.0")
    index.revocations = Revocations(
        (Revocation(action="block", version="3.12.2", reason="a hole", date="2026-11-01", ref="CVE-2026-1"),)
    )
    trust(machine, index)
    mirror = index.write(tmp_path / "mirror")
    (machine.root / "config.toml").write_text('[policy]\nversions = "<3.13"\n')
    rows = [line.split(maxsplit=3)[3:] for line in machine.pyv("available", "--index", mirror).ok().stdout.splitlines()]
    config = machine.root / "config.toml"
    assert rows == [
        [],
        ["revoked on 2026-11-01: a hole (CVE-2026-1)"],
        [f"it is 3.13.0, and {config} allows `<3.13`"],
    ]
    told = machine.pyv("available", "--index", mirror, "--json").ok().json["artifacts"]
    assert [each["objection"] for each in told] == [None, *(row[0] for row in rows[1:])]
