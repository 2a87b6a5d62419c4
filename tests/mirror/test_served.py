"""What a mirror serves, and above all what it does not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyv.mirror.served import open_served, relative_name


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("/a/b.json", "a/b.json"),
        ("/a%2Fb", "a/b"),
        ("/a/b?x=1#y", "a/b"),
        ("http://host/a/b", "a/b"),
        ("/a+b%2Bc", "a+b+c"),
        ("/", None),
        ("", None),
        ("*", None),
        ("a", None),
        ("//a", None),
        ("/a/", None),
        ("/a//b", None),
        ("/./a", None),
        ("/../a", None),
        ("/a/../b", None),
        ("/%2e%2e/a", None),
        ("/a/..%2fb", None),
        ("/.pyv/lock", None),
        ("/a/.hidden", None),
        ("/a%00", None),
        ("/a%0a", None),
        ("/%ff", None),
        ("http://[/a", None),
    ],
)
def test_a_target_means_a_plain_name_or_nothing(target: str, name: str | None) -> None:
    assert relative_name(target) == name


@given(target=st.text(alphabet="/.%2eEfF5cC\\ab\x00?#:", max_size=20))
def test_no_target_leads_up(target: str) -> None:
    name = relative_name(target)
    assert name is None or not ({"", ".", ".."} & set(name.split("/")))


@pytest.fixture(name="root")
def _root(tmp_path: Path) -> Path:
    root = tmp_path / "mirror"
    (root / "a").mkdir(parents=True)
    (root / "a" / "file.json").write_bytes(b"{}\n")
    (tmp_path / "secret").write_bytes(b"secret")
    return root


def test_a_file_is_served_with_its_facts(root: Path) -> None:
    found = open_served(root, "/a/file.json")
    assert found is not None
    with found.stream:
        assert found.stream.read() == b"{}\n"
    assert (found.size, found.content_type, found.cache_control) == (3, "application/json", "no-cache")
    os.utime(root / "a" / "file.json", ns=(0, 1))
    again = open_served(root, "/a/file.json")
    assert again is not None
    again.stream.close()
    assert again.etag != found.etag


def test_a_blob_is_named_by_its_digest_and_never_changes(root: Path) -> None:
    digest = "ab" * 32
    (root / "blobs" / "sha256").mkdir(parents=True)
    (root / "blobs" / "sha256" / digest).write_bytes(b"x")
    found = open_served(root, f"/blobs/sha256/{digest}")
    assert found is not None
    found.stream.close()
    assert found.etag == f'"{digest}"'
    assert found.cache_control == "public, max-age=31536000, immutable"
    assert found.content_type == "application/octet-stream"


@pytest.mark.parametrize(
    ("name", "forever"),
    [
        ("metadata/1.root.json", True),
        ("metadata/12.releases.json", True),
        (f"targets/manifest/{'ab' * 32}.x86_64-unknown-linux-gnu.json", True),
        (f"targets/manifest/{'ab' * 31}.x86_64-unknown-linux-gnu.json", False),
        ("metadata/timestamp.json", False),
        ("metadata/root.json", False),
        ("targets/manifest/x86_64-unknown-linux-gnu.json", False),
        ("refresh.json", False),
    ],
)
def test_what_may_be_cached_for_ever(root: Path, name: str, forever: bool) -> None:
    """A cache that kept the timestamp would freeze the index; one that asks for every version wastes requests."""
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_bytes(b"{}\n")
    found = open_served(root, f"/{name}")
    assert found is not None
    found.stream.close()
    assert found.cache_control == ("public, max-age=31536000, immutable" if forever else "no-cache")


@pytest.mark.parametrize("target", ["/a", "/missing", "/a/file.json/x", "/" + "x" * 5000, "/a/\udcff"])
def test_what_is_no_file_is_not_served(root: Path, target: str) -> None:
    assert open_served(root, target) is None


def test_no_symlink_is_followed_wherever_it_leads(root: Path) -> None:
    (root / "a" / "out").symlink_to("../../secret")
    (root / "a" / "in").symlink_to("file.json")
    (root / "up").symlink_to("..")
    (root / "side").symlink_to("a")
    for target in ("/a/out", "/a/in", "/up/secret", "/side/file.json"):
        assert open_served(root, target) is None


def test_the_mirror_itself_may_be_reached_through_a_link(root: Path) -> None:
    (root.parent / "current").symlink_to("mirror")
    found = open_served(root.parent / "current", "/a/file.json")
    assert found is not None
    found.stream.close()


def test_a_pipe_is_not_served_and_blocks_nobody(root: Path) -> None:
    os.mkfifo(root / "a" / "pipe")
    assert open_served(root, "/a/pipe") is None


def test_a_hidden_file_is_not_served(root: Path) -> None:
    (root / "a" / ".file.json.tmp").write_bytes(b"half")
    assert open_served(root, "/a/.file.json.tmp") is None


@pytest.mark.parametrize(
    ("name", "never_changes"),
    [
        ("blobs/sha256/" + "ab" * 32, True),
        ("targets/manifest/" + "ab" * 32 + ".x86_64-unknown-linux-gnu.json", True),
        ("targets/manifest/x86_64-unknown-linux-gnu.json", False),
        ("metadata/12.snapshot.json", True),
        ("metadata/timestamp.json", False),
        ("pbs/20240224/cpython-3.12.2+20240224-x86_64-unknown-linux-gnu-install_only.tar.gz", True),
        ("pbs/python-precompiled-x86_64-unknown-linux-gnu.gz", False),
        ("download-metadata.json", False),
        ("refresh.json", False),
        ("derived/x86_64-unknown-linux-gnu.json", False),
        ("oci-layout", False),
        ("index.json", False),
    ],
)
def test_only_what_never_changes_may_be_kept(root: Path, name: str, never_changes: bool) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_bytes(b"{}")
    found = open_served(root, "/" + name)
    assert found is not None
    found.stream.close()
    assert found.cache_control == ("public, max-age=31536000, immutable" if never_changes else "no-cache")
