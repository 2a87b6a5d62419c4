"""What uv and mise find in a mirror follows from what is published and what is there, at every moment."""

from __future__ import annotations

import gzip
import json
import os
import sys
import threading
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest

from pyv.domain.artifact import Artifact
from pyv.domain.revocation import Revocation, Revocations
from pyv.errors import DocumentError, StoreError
from pyv.mirror.layout import Mirror
from pyv.mirror.other_tools import offer_to_other_tools
from pyv.mirror.tool_lists import mise_lists, uv_list
from pyv.trust.keys import dump_key_list
from pyv.trust.signing import SigningKey
from tests.install.namespace import Namespace
from tests.support.index import LINUX, SignedIndex
from tests.support.runner import Machine

MISE = f"pbs/python-precompiled-{LINUX}.gz"
GITHUB = "https://github.com/astral-sh/python-build-standalone/releases/download/"


@pytest.fixture(name="index")
def _index() -> SignedIndex:
    return SignedIndex()


@pytest.fixture(name="mirror")
def _mirror(tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "mirror")


def offered(index: SignedIndex, mirror: Mirror, *others: SignedIndex) -> dict[str, bytes]:
    """Publish, with the keys of others too, and what is there for other tools then."""
    keys = [*index.keys.keys, *(each.key.public_key for each in others)]
    index.write(mirror.path, key_list=dump_key_list(keys))
    assert offer_to_other_tools(mirror) == ""
    return there(mirror)


def there(mirror: Mirror) -> dict[str, bytes]:
    files = [path for path in (*mirror.path.rglob("pbs/**/*"), mirror.uv_list) if path.is_file()]
    return {str(path.relative_to(mirror.path)): path.read_bytes() for path in files}


def listed(mirror: Mirror) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = json.loads(mirror.uv_list.read_text())
    return found


def where(artifact: Artifact) -> str:
    return f"pbs/{artifact.upstream_location}"


def revocation(action: str, **match: str) -> Revocation:
    return Revocation(action=action, reason="broken", date="2026-11-23", **match)


def test_every_archive_has_its_upstream_name(index: SignedIndex, mirror: Mirror) -> None:
    one = index.add("3.12.2", b"one")
    moved = index.add("3.8.1", b"two", build="20200418", location="20200420/cpython-3.8.1-linux64-pgo.tar.gz")
    found = offered(index, mirror)
    assert {name: content for name, content in found.items() if ".tar." in name} == {
        f"pbs/20260814/cpython-3.12.2+20260814-{LINUX}-install_only_stripped.tar.gz": b"one",
        "pbs/20200420/cpython-3.8.1-linux64-pgo.tar.gz": b"two",
    }
    for artifact in (one, moved):
        assert (mirror.path / where(artifact)).samefile(mirror.blob(artifact.sha256))


def test_the_lists_name_what_is_there(index: SignedIndex, mirror: Mirror) -> None:
    index.add("3.8.1", b"two", build="20200418", location="20200420/cpython-3.8.1-linux64-pgo.tar.gz")
    one = index.add("3.12.2", b"one")
    gone = index.add("3.12.3", b"three")
    short = index.add("3.12.4", b"four")
    del index.blobs[gone.sha256]
    index.blobs[short.sha256] = b"fou"
    found = offered(index, mirror)
    assert sorted(listed(mirror)) == ["cpython-3.12.2-linux-x86_64-gnu", "cpython-3.8.1-linux-x86_64-gnu"]
    assert listed(mirror)["cpython-3.12.2-linux-x86_64-gnu"] == {
        "name": "cpython",
        "arch": {"family": "x86_64", "variant": None},
        "os": "linux",
        "libc": "gnu",
        "major": 3,
        "minor": 12,
        "patch": 2,
        "prerelease": "",
        "url": f"{GITHUB}20260814/cpython-3.12.2%2B20260814-{LINUX}-install_only_stripped.tar.gz",
        "sha256": one.sha256,
        "variant": None,
        "build": "20260814",
    }
    assert gzip.decompress(found[MISE]).decode() == f"{one.file_name}\n"


def test_with_nothing_new_nothing_is_written(index: SignedIndex, mirror: Mirror) -> None:
    index.add("3.12.2", b"one")
    offered(index, mirror)

    def state() -> dict[str, tuple[int, int]]:
        paths = (*mirror.path.rglob("pbs/**/*"), mirror.upstream_tree, mirror.uv_list, mirror.path)
        return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in paths}

    before = state()
    assert offer_to_other_tools(mirror) == ""
    assert state() == before


def test_without_archives_there_is_nothing(index: SignedIndex, mirror: Mirror) -> None:
    index.add("3.12.2", b"one")
    index.blobs.clear()
    assert offered(index, mirror) == {}
    assert not mirror.upstream_tree.exists()


def test_what_no_record_names_is_removed(index: SignedIndex, mirror: Mirror, tmp_path: Path) -> None:
    kept, gone = index.add("3.12.2", b"one"), index.add("3.12.1", b"zero", build="20240107")
    offered(index, mirror)
    for name in ("pbs/stray", "pbs/20260814/.half.0123abcd.tmp", "pbs/19990101/stray"):
        (mirror.path / name).parent.mkdir(exist_ok=True)
        (mirror.path / name).write_bytes(b"stray")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "theirs").write_bytes(b"theirs")
    (mirror.upstream_tree / "link").symlink_to(tmp_path / "elsewhere")
    index.artifacts.remove(gone)
    assert sorted(offered(index, mirror)) == ["download-metadata.json", where(kept), MISE]
    assert sorted(os.listdir(mirror.upstream_tree)) == ["20260814", os.path.basename(MISE)]
    assert (tmp_path / "elsewhere" / "theirs").exists()
    mirror.blob(kept.sha256).unlink()
    assert offer_to_other_tools(mirror) == ""
    assert there(mirror) == {}
    assert not mirror.upstream_tree.exists()


def test_a_triple_without_archives_loses_its_list(index: SignedIndex, mirror: Mirror) -> None:
    gone = index.add("3.12.2", b"arm", triple="aarch64-unknown-linux-gnu")
    index.add("3.12.2", b"one")
    assert len(offered(index, mirror)) == 5
    mirror.blob(gone.sha256).unlink()
    del index.blobs[gone.sha256]
    assert len(offered(index, mirror)) == 3


def test_a_blob_put_in_place_anew_is_linked_anew(index: SignedIndex, mirror: Mirror) -> None:
    artifact = index.add("3.12.2", b"one")
    offered(index, mirror)
    blob = mirror.blob(artifact.sha256)
    blob.with_name("new").write_bytes(b"one")
    blob.with_name("new").replace(blob)
    assert not (mirror.path / where(artifact)).samefile(blob)
    offer_to_other_tools(mirror)
    assert (mirror.path / where(artifact)).samefile(blob)
    assert blob.stat().st_nlink == 2


def test_two_records_that_state_one_name_do_not_fight(index: SignedIndex, mirror: Mirror) -> None:
    right = index.add("3.12.2", b"right")
    index.add("3.12.1", b"wrong", location=right.upstream_location)
    found = offered(index, mirror)
    assert found[where(right)] == b"right"
    assert [entry["sha256"] for entry in listed(mirror).values()] == [right.sha256]
    assert offered(index, mirror) == found


@pytest.mark.parametrize("match", ["sha256", "version", "build", "keyid"])
def test_what_is_revoked_is_not_there_for_those_who_would_not_hear_of_it(
    index: SignedIndex, mirror: Mirror, match: str
) -> None:
    bad = index.add("3.12.2", b"bad")
    good = SignedIndex(repository=index.repository)
    kept = good.add("3.12.1", b"good", build="20240107")
    index.artifacts.append(kept)
    index.blobs.update(good.blobs)
    index.revocations = Revocations((revocation("block", **{match: getattr(bad, match)}),))
    assert sorted(offered(index, mirror, good)) == ["download-metadata.json", where(kept), MISE]
    index.revocations = Revocations((revocation("yank", **{match: getattr(bad, match)}),))
    assert sorted(offered(index, mirror)) == ["download-metadata.json", where(kept), where(bad), MISE]
    assert list(listed(mirror)) == ["cpython-3.12.1-linux-x86_64-gnu"]


@pytest.mark.parametrize("location", [None, "20260814/cpython-3.12.3.tar.gz"])
def test_what_no_key_vouches_for_is_not_there(index: SignedIndex, mirror: Mirror, location: str | None) -> None:
    """A hybrid mirror carries whatever upstream's releases list: old bytes under a new name too, which pyv refuses."""
    one = index.add("3.12.2", b"one")
    forged = replace(one, version="3.12.3", location=location)
    stranger = SigningKey.generate().sign_record(replace(one, version="3.12.4", location=location))
    index.artifacts += [forged, stranger]
    found = offered(index, mirror)
    assert [name for name in found if ".tar." in name] == [where(one)]
    assert list(listed(mirror)) == ["cpython-3.12.2-linux-x86_64-gnu"]
    assert gzip.decompress(found[MISE]).decode() == f"{one.file_name}\n"
    assert offered(index, mirror) == found, "nor when it is looked at again"


def test_damaged_metadata_is_no_reason_to_take_anything_away(index: SignedIndex, mirror: Mirror) -> None:
    index.add("3.12.2", b"one")
    before = offered(index, mirror)
    for manifest in mirror.manifests.glob(f"*.{LINUX}.json"):
        manifest.write_bytes(b"{}")
    with pytest.raises(DocumentError):
        offer_to_other_tools(mirror)
    assert there(mirror) == before


def test_links_come_before_the_lists_that_name_them(index: SignedIndex, mirror: Mirror) -> None:
    index.add("3.12.2", b"one")
    index.write(mirror.path)
    mirror.uv_list.mkdir()  # the list cannot be written
    with pytest.raises(StoreError):
        offer_to_other_tools(mirror)
    assert sorted(there(mirror)) == [where(index.artifacts[0]), MISE]
    mirror.uv_list.rmdir()
    assert len(offered(index, mirror)) == 3


def test_no_reader_meets_a_name_without_a_file(index: SignedIndex, mirror: Mirror) -> None:
    """An archive comes and goes; whoever reads the list meanwhile finds what it names, or another list by then."""
    kept, fickle = index.add("3.12.1", b"zero"), index.add("3.12.2", b"one")
    offered(index, mirror)
    blob, aside = mirror.blob(fickle.sha256), mirror.path / "aside"
    done, dangling = threading.Event(), []
    seen = set()

    def read() -> None:
        while not done.is_set():
            text = mirror.uv_list.read_text()
            seen.add(len(json.loads(text)))
            names = [unquote(str(entry["url"]).removeprefix(GITHUB)) for entry in json.loads(text).values()]
            missing = [name for name in names if not (mirror.upstream_tree / name).exists()]
            if missing and mirror.uv_list.read_text() == text:
                dangling.extend(missing)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(40):
        blob.rename(aside)
        offer_to_other_tools(mirror)
        aside.rename(blob)
        offer_to_other_tools(mirror)
    done.set()
    reader.join()
    assert (dangling, seen) == ([], {1, 2})
    assert sorted(there(mirror)) == ["download-metadata.json", where(kept), where(fickle), MISE]


def test_where_there_are_no_hard_links_there_is_nothing_but_a_note(tmp_path: Path, index: SignedIndex) -> None:
    """pbs/ on a file system of its own: no link leads from one to another."""
    index.add("3.12.2", b"one")
    machine = Machine.fresh(tmp_path)
    mirror = Mirror(machine.cwd / "mirror")
    offered(index, mirror)
    code = "import sys; from pathlib import Path; from pyv.mirror.layout import Mirror;"
    code += "from pyv.mirror.other_tools import offer_to_other_tools as offer; print(offer(Mirror(Path(sys.argv[1]))))"
    with Namespace.of(machine) as namespace:
        namespace.tmpfs(mirror.upstream_tree)
        told = namespace.run(sys.executable, "-c", code, str(mirror.path))
        inside = os.listdir(namespace.seen(mirror.upstream_tree))
    link = mirror.path / where(index.artifacts[0])
    told.shows(f"uv and mise cannot use this mirror: cannot link {link}: invalid cross-device link\n")
    assert (inside, mirror.uv_list.exists()) == ([], False)


def artifact(version: str = "3.13.1", **values: object) -> Artifact:
    found: dict[str, object] = {"triple": LINUX, "flavor": "install_only", "build": "20260814", "sha256": "ab" * 32}
    return Artifact(version=version, **{**found, **values})  # type: ignore[arg-type]  # names are checked at run time


def chosen(*artifacts: Artifact) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = json.loads(uv_list(artifacts))
    assert uv_list(reversed(artifacts)) == uv_list(artifacts)
    return found


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({}, "cpython-3.13.1-linux-x86_64-gnu"),
        ({"triple": "x86_64_v3-unknown-linux-musl"}, "cpython-3.13.1-linux-x86_64_v3-musl"),
        ({"triple": "ppc64le-unknown-linux-gnu"}, "cpython-3.13.1-linux-powerpc64le-gnu"),
        ({"triple": "armv7-unknown-linux-gnueabihf"}, "cpython-3.13.1-linux-armv7-gnueabihf"),
        ({"triple": "aarch64-apple-darwin"}, "cpython-3.13.1-darwin-aarch64-none"),
        ({"triple": "i686-pc-windows-msvc"}, "cpython-3.13.1-windows-i686-none"),
        ({"options": "freethreaded+pgo+lto", "flavor": "full"}, "cpython-3.13.1+freethreaded-linux-x86_64-gnu"),
        ({"options": "debug", "flavor": "full"}, "cpython-3.13.1+debug-linux-x86_64-gnu"),
        ({"options": "freethreaded+debug"}, "cpython-3.13.1+freethreaded+debug-linux-x86_64-gnu"),
    ],
)
def test_uv_knows_platforms_and_variants_by_words_of_its_own(values: dict[str, str], key: str) -> None:
    assert list(chosen(artifact(**values))) == [key]


def test_a_prerelease_is_told_apart() -> None:
    (entry,) = chosen(artifact("3.15.0a7")).values()
    assert (entry["minor"], entry["patch"], entry["prerelease"]) == (15, 0, "a7")


def test_uv_gets_the_newest_of_the_flavor_it_prefers() -> None:
    stripped = artifact(flavor="install_only_stripped", build="20240107", sha256="11" * 32)
    newest = artifact(flavor="install_only_stripped", build="20240224", sha256="22" * 32)
    (entry,) = chosen(stripped, artifact(), newest, artifact(flavor="full", options="pgo+lto")).values()
    assert entry["sha256"] == "22" * 32


def test_uv_gets_the_optimised_build_of_several() -> None:
    plain = artifact(flavor="full", options="freethreaded+noopt", sha256="11" * 32)
    best = artifact(flavor="full", options="freethreaded+pgo+lto", build="20240107", sha256="22" * 32)
    (entry,) = chosen(plain, best, artifact(flavor="full", options="freethreaded+lto")).values()
    assert entry["sha256"] == "22" * 32


def test_the_mistyped_release_counts_by_its_date() -> None:
    (entry,) = chosen(artifact(build="20250323", sha256="22" * 32), artifact(build="20260101")).values()
    assert entry["sha256"] == "22" * 32


@pytest.mark.parametrize(
    "values",
    [
        {"options": "noopt+static", "flavor": "full"},
        {"triple": "x86_64-unknown-linux-musl", "build": "20250310"},
        {"triple": "mips-unknown-linux-gnu-x"},
    ],
)
def test_uv_is_not_told_of_what_it_would_not_take(values: dict[str, str]) -> None:
    assert chosen(artifact(**values)) == {}


def test_mise_gets_names_in_order() -> None:
    arm = "aarch64-apple-darwin"
    found = mise_lists([artifact("3.13.10"), artifact("3.13.9"), artifact(triple=arm), artifact(location="20200101/x")])
    names = {name: gzip.decompress(content).decode().split() for name, content in found.items()}
    assert names == {
        f"python-precompiled-{arm}.gz": [artifact(triple=arm).file_name],
        f"python-precompiled-{LINUX}.gz": [artifact("3.13.9").file_name, artifact("3.13.10").file_name],
    }
