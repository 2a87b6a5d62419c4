"""A mirror as an OCI image: what it lists, in documents that are the same for the same mirror."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from pyv.domain import image
from pyv.domain.derived import Derived
from pyv.errors import DigestError, StoreError
from pyv.mirror.derived import write_derived
from pyv.mirror.image import MOST_LAYERS, Image, Part, image_of
from pyv.mirror.image import made as document_of
from pyv.mirror.layout import Mirror
from tests.support.archives import tiny_archive
from tests.support.index import LINUX, SignedIndex

DARWIN = "aarch64-apple-darwin"


@pytest.fixture(name="index")
def _index() -> SignedIndex:
    index = SignedIndex()
    index.add("3.12.1", tiny_archive("3.12.1"))
    index.add("3.12.2", tiny_archive("3.12.2"))
    index.add("3.9.13", tiny_archive("3.9.13"))
    index.add("3.12.2", tiny_archive("3.12.2", suffix="t"), triple=DARWIN, options="freethreaded")
    return index


def read(part: Part) -> bytes:
    return part.path.read_bytes() if part.path is not None else part.content


def sound(made: Image) -> Image:
    """The image, once every digest and size in it holds."""
    for part in [*made.documents, *(part for group in made.groups for part in group.parts)]:
        assert (hashlib.sha256(read(part)).hexdigest(), len(read(part))) == (part.sha256, part.size)
    listed = image.parse_manifests(made.index.content.decode(), "index")
    assert [(each.sha256, each.size, each.title) for each in listed] == [
        (group.document.sha256, group.document.size, group.title) for group in made.groups
    ]
    for group in made.groups:
        assert image.parse_layers(group.document.content.decode(), group.title) == list(group.layers)
        assert [(each.sha256, each.size) for each in group.layers] == [(each.sha256, each.size) for each in group.parts]
    return made


def names(index: SignedIndex, *numbers: int) -> list[str]:
    return sorted(index.artifacts[number].file_name for number in numbers)


def test_it_lists_the_index_and_the_archives_by_triple_and_minor(index: SignedIndex, tmp_path: Path) -> None:
    made = sound(image_of(Mirror(index.write(tmp_path / "mirror"))))
    files, *groups = [(group.title, [layer.title for layer in group.layers]) for group in made.groups]
    assert dict(groups) == {
        f"archives.{DARWIN}.3.12": names(index, 3),
        f"archives.{LINUX}.3.9": names(index, 2),
        f"archives.{LINUX}.3.12": names(index, 0, 1),
    }
    tree = {str(path.relative_to(tmp_path / "mirror")) for path in (tmp_path / "mirror").rglob("*") if path.is_file()}
    served = {name for name in tree if re.fullmatch(r"metadata/.*|refresh.json|targets/[a-z]+/[0-9a-f]{64}\..*", name)}
    assert files == ("index", sorted(served))
    assert [image.parse_kind(group.document.content.decode(), "") for group in made.groups] == [
        image.FILES,
        *[image.ARCHIVES] * 3,
    ]
    assert set(made.archives) == set(index.blobs)
    assert (made.snapshot, made.timestamp) == (1, 1)


def test_the_publication_before_is_carried_too_and_nothing_older(index: SignedIndex, tmp_path: Path) -> None:
    for _ in range(3):
        index.write(tmp_path / "mirror")
    made = sound(image_of(Mirror(tmp_path / "mirror")))
    snapshots = [layer.title for layer in made.files.layers if "snapshot" in layer.title]
    assert snapshots == ["metadata/2.snapshot.json", "metadata/3.snapshot.json"]


def test_the_same_mirror_gives_the_same_bytes(index: SignedIndex, tmp_path: Path) -> None:
    index.write(tmp_path / "mirror")
    before = image_of(Mirror(tmp_path / "mirror"))
    assert image_of(Mirror(tmp_path / "mirror")) == before
    index.add("3.9.14", tiny_archive("3.9.14"))
    after = image_of(Mirror(index.write(tmp_path / "mirror")))
    unchanged = {
        group.title for group in before.groups if group.descriptor in [each.descriptor for each in after.groups]
    }
    assert unchanged == {f"archives.{DARWIN}.3.12", f"archives.{LINUX}.3.12"}


def test_archives_that_are_not_there_are_not_listed(index: SignedIndex, tmp_path: Path) -> None:
    mirror = Mirror(index.write(tmp_path / "mirror"))
    mirror.blob(index.artifacts[2].sha256).unlink()
    (mirror.blobs / ("0" * 64)).write_bytes(b"nobody's")
    made = sound(image_of(mirror))
    assert set(made.archives) == set(index.blobs) - {index.artifacts[2].sha256}
    assert f"archives.{LINUX}.3.9" not in [group.title for group in made.groups]


def test_a_group_is_split_so_that_new_builds_change_the_last(tmp_path: Path) -> None:
    index = SignedIndex()
    for number in range(MOST_LAYERS + 1):  # the newest build has the name that comes first
        index.add(f"3.12.{number}", b"%d" % number, build="20260814" if number else "20260815")
    before = sound(image_of(Mirror(index.write(tmp_path / "mirror"))))
    assert [group.title for group in before.groups[1:]] == [f"archives.{LINUX}.3.12", f"archives.{LINUX}.3.12.2"]
    assert [layer.title for layer in before.groups[1].layers] == names(index, *range(1, MOST_LAYERS + 1))
    assert [layer.title for layer in before.groups[2].layers] == names(index, 0)
    index.add("3.12.1", b"again", build="20260816")
    after = sound(image_of(Mirror(index.write(tmp_path / "mirror"))))
    assert after.groups[1] == before.groups[1]
    assert [layer.title for layer in after.groups[2].layers] == names(index, 0, -1)


def test_what_was_repacked_is_listed_beside_its_origin(index: SignedIndex, tmp_path: Path) -> None:
    mirror = Mirror(index.write(tmp_path / "mirror"))
    packed = b"the same, packed otherwise"
    sha256 = hashlib.sha256(packed).hexdigest()
    mirror.blob(sha256).write_bytes(packed)
    known = Derived(origin=index.artifacts[0].sha256, sha256=sha256, size=len(packed))
    write_derived(mirror, LINUX, [known, Derived(origin="1" * 64, sha256="2" * 64, size=1)])
    made = sound(image_of(mirror))
    group = next(group for group in made.groups if group.title == f"archives.{LINUX}.3.12")
    name = index.artifacts[0].file_name.removesuffix(".gz") + ".zst"
    assert [layer.title for layer in group.layers] == sorted([*names(index, 0, 1), name])
    assert f"derived/{LINUX}.json" in [layer.title for layer in made.files.layers]


def test_a_line_nobody_vouched_for_holds_nothing_up(index: SignedIndex, tmp_path: Path) -> None:
    """An import takes derived lines whose key it does not know: one may state anything of an archive that is there."""
    mirror = Mirror(index.write(tmp_path / "mirror"))
    one, two, *_ = index.artifacts
    plain = sound(image_of(mirror))
    write_derived(mirror, LINUX, [Derived(origin=one.sha256, sha256=two.sha256, size=1, keyid="f" * 64)])
    assert sound(image_of(mirror)).groups[1:] == plain.groups[1:]


def test_an_archive_of_another_size_is_refused(index: SignedIndex, tmp_path: Path) -> None:
    mirror = Mirror(index.write(tmp_path / "mirror"))
    mirror.blob(index.artifacts[0].sha256).write_bytes(b"short")
    with pytest.raises(DigestError, match="has 5 bytes where its record says"):
        image_of(mirror)


def test_a_target_that_was_changed_is_refused(index: SignedIndex, tmp_path: Path) -> None:
    mirror = Mirror(index.write(tmp_path / "mirror"))
    (path,) = (mirror.path / "targets/trust").glob("*.artifact-keys.json")
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(DigestError, match="was changed"):
        image_of(mirror)


def test_a_mirror_without_metadata_has_no_image(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="has nothing published"):
        image_of(Mirror(tmp_path))


def test_documents_that_no_registry_would_take_are_refused() -> None:
    with pytest.raises(StoreError, match="too large for one image"):
        document_of(" " * (image.MAX_BYTES + 1), "the mirror")
