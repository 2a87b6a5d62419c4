"""What `scripts/install.sh` pins is what the signed index and pyproject.toml say, and nothing else is in it."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.tags import compatible_tags, cpython_tags
from packaging.utils import canonicalize_name, parse_wheel_filename

from pyv.domain.kit import Kit, read_kit, written
from pyv.domain.version import parse_version
from pyv.errors import DocumentError
from pyv.mirror.layout import Mirror
from pyv.transfer.locations import UPSTREAM
from pyv.trust.record import verify_record
from tests.self.kit import CHECKOUT, OWN_WHEEL, SCRIPT, Tiny, wheel
from tests.support.real import need

TEXT = SCRIPT.read_text(encoding="utf-8")
KIT = read_kit(TEXT, "install.sh")
TRIPLES = {
    "aarch64-apple-darwin": ("Darwin", "arm64", "macosx_1[01]_[0-9]+_(arm64|universal2)"),
    "aarch64-unknown-linux-gnu": ("Linux", "aarch64", r"manylinux(1|2010|2014|_2_([0-9]|1[0-7]))_aarch64"),
    "aarch64-unknown-linux-musl": ("Linux", "aarch64", "musllinux_1_[12]_aarch64"),
    "x86_64-apple-darwin": ("Darwin", "x86_64", "macosx_10_[0-9]+_(x86_64|universal2)"),
    "x86_64-unknown-linux-gnu": ("Linux", "x86_64", r"manylinux(1|2010|2014|_2_([0-9]|1[0-7]))_x86_64"),
    "x86_64-unknown-linux-musl": ("Linux", "x86_64", "musllinux_1_[12]_x86_64"),
}


def test_the_platforms() -> None:
    assert KIT.triples == sorted(TRIPLES)
    assert KIT.pyv is None, "a wheel that holds this file cannot be pinned in it: a release pins it"


def test_interpreters_are_signed_and_one_release_of_one_version() -> None:
    mirror, found = Mirror(CHECKOUT / "manifests"), set()
    for triple in KIT.triples:
        part = KIT.interpreter(triple)
        record = next(each for each in mirror.read_manifest(triple) if each.sha256 == part.sha256)
        verify_record(record, mirror.read_keys(), time.time())
        assert (record.upstream_location, record.triple) == (part.location, triple)
        assert record.flavor == "install_only_stripped"
        assert not mirror.read_revocations().of(record)
        found.add((record.version, record.build))
    assert len(found) == 1, found


def dependencies() -> list[Requirement]:
    """pyproject.toml's."""
    text = (CHECKOUT / "pyproject.toml").read_text(encoding="utf-8")
    listed = re.search(r"^dependencies = \[\n(.*?)^\]", text, flags=re.MULTILINE | re.DOTALL)
    assert listed is not None
    found = re.findall(r'^    "(.*)",$', listed[1], flags=re.MULTILINE)
    assert len(found) > 8
    return [Requirement(line) for line in found]


@pytest.mark.parametrize("triple", TRIPLES)
def test_wheels_are_what_pyproject_asks_for_and_fit(triple: str) -> None:
    system, machine, platforms = TRIPLES[triple]
    python = re.match(r"cpython-([0-9.]+)", KIT.interpreter(triple).file)
    assert python is not None
    version = parse_version(python[1])
    minor = (version.major, version.minor)
    environment = {
        "platform_machine": machine,
        "platform_system": system,
        "sys_platform": system.lower(),
        "python_version": f"{version.major}.{version.minor}",
        "python_full_version": python[1],
    }
    tags = {(tag.interpreter, tag.abi) for tag in (*cpython_tags(minor, platforms=["x"]), *compatible_tags(minor))}
    pinned = {}
    for part in KIT.wheels(triple):
        name, number, _, wheel_tags = parse_wheel_filename(part.file)
        assert part.size is not None
        assert any((tag.interpreter, tag.abi) in tags for tag in wheel_tags), part.file
        oldest = [tag.platform for tag in wheel_tags if re.fullmatch(f"any|{platforms}", tag.platform)]
        assert oldest, f"{part.file} asks for a newer system than the interpreter does"
        assert name not in pinned
        pinned[name] = number
    for asked in dependencies():
        if asked.marker is None or asked.marker.evaluate(environment):
            name = canonicalize_name(asked.name)
            assert name in pinned, f"{name} is not pinned: run scripts/lock-self"
            assert asked.specifier.contains(pinned[name], prereleases=True), f"{name}: run scripts/lock-self"


def test_the_script_itself() -> None:
    assert SCRIPT.stat().st_mode & 0o111
    asked = re.findall(r"^UPSTREAM\w*=(.*)$", TEXT, flags=re.MULTILINE)
    assert [f"{address}/" for address in asked] == list(UPSTREAM)
    assert set(re.findall(r"https?://[a-z][\w.-]+", TEXT)) == {re.match(r"https://[^/]+", each)[0] for each in asked}  # type: ignore[index]
    for shell in ("dash", "bash", "busybox sh", "ksh"):
        name, *words = shell.split()
        subprocess.run([need(name), *words, "-n", str(SCRIPT)], check=True)


def test_a_release_pins_pyv_too(tmp_path: Path) -> None:
    """`scripts/lock-self --pyv`: needs no network."""
    own = tmp_path / OWN_WHEEL
    own.write_bytes(wheel("pyv", "0.1.0"))
    lock = [sys.executable, str(CHECKOUT / "scripts/lock-self"), "--pyv", str(own), "-o", str(tmp_path / "install.sh")]
    subprocess.run(lock, check=True, capture_output=True)
    text = (tmp_path / "install.sh").read_text(encoding="utf-8")
    kit = read_kit(text, "install.sh")
    assert kit.pyv is not None
    assert kit.pyv.file == OWN_WHEEL
    assert written(text, KIT, "install.sh") == TEXT, "nothing else differs"


def test_pins_that_cannot_be_read() -> None:
    whole = Tiny.make().script
    line = next(line for line in whole.splitlines() if line.startswith("wheel "))
    for broken, words in (
        ("#!/bin/sh\n", "no pins in it"),
        (whole.replace(line, f"{line}\n{line}"), "a file is pinned twice"),
        (whole.replace(line, f"{line} more"), "not `KIND TRIPLE FILE SHA256 SIZE`"),
        (whole.replace(line, line.replace("wheel ", "wheels ")), "`wheels` is no kind of file"),
        (whole.replace(line, line.replace("plain-", "../plain-")), "is not of the form it must have"),
        (whole.replace(line, line.replace(" any ", " $(id) ")), "is not of the form it must have"),
        (whole.replace(line, line[:-1] + "x"), "is not of the form it must have"),
        (whole.replace(line, line.rpartition(" ")[0] + " -"), "is not of the form it must have"),
    ):
        with pytest.raises(DocumentError, match=re.escape(words)):
            read_kit(broken, "install.sh")
    assert Kit(()).pyv is None
