"""`pyv mirror audit`: everything it warns of is produced by really doing it to a mirror; a mirror in order has none."""

from __future__ import annotations

import dataclasses
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pyv.domain.revocation import Revocation, Revocations
from pyv.domain.timestamp import utc
from pyv.mirror.add import add
from pyv.mirror.audit import Audit, audit
from pyv.mirror.build import extend_index
from pyv.mirror.keys import KeyDirectory
from pyv.mirror.layout import write_documents
from pyv.mirror.publisher import publish
from pyv.mirror.revoke import revoke
from pyv.mirror.rotate import Change, rotate
from pyv.trust.keys import KeyList
from tests.install.scene import HERE
from tests.mirror.care import DAY, HOUR, NEW, OLD, Scene, edit, files, publish_unchecked, settings
from tests.mirror.facts import fact
from tests.support.archives import tiny_archive

ALONE = (
    "warning single-key: root has one key, and it alone is enough: whoever has it decides, and its loss is final\n"
    "  pyv mirror rotate root DIR --keys KEYDIR --add FILE.pub --threshold 2\n"
    "warning single-key: targets has one key, and it alone is enough: whoever has it decides, and its loss is final\n"
    "  pyv mirror rotate targets DIR --keys KEYDIR --add FILE.pub --threshold 2\n"
)
ENTRY = Revocation(action="block", version="3.12.2", reason="a hole", date="2026-11-23")
CHOICE = {"versions": ["3.12.3"], "triples": [], "flavors": [], "variants": [], "builds": "newest"}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return Scene.make(tmp_path_factory.mktemp("template"))


@pytest.fixture
def scene(template: Scene, tmp_path: Path) -> Scene:
    return template.copy(tmp_path)


def audited(scene: Scene, days: float = 0.0, *, limit: int = 14) -> Audit:
    """What is found so many days from now."""
    return audit(scene.mirror, time.time() + days * DAY, days=limit)


def codes(scene: Scene, days: float = 0.0, *, limit: int = 14) -> list[str]:
    """The findings but for those every mirror with one key a role has."""
    found = audited(scene, days, limit=limit).findings
    return [f"{each.severity} {each.code}" for each in found if each.code != "single-key"]


def theirs(scene: Scene, **more: object) -> None:
    """The mirror took its records from an upstream."""
    keys = [key.keyid for key in scene.mirror.read_keys().keys]
    settings(scene, upstream="https://upstream.example/", upstream_keys=keys, **more)


def synced(days: float) -> dict[str, object]:
    """A synchronisation so many days ago."""
    return {"at": utc(time.time() - days * DAY), "published": utc(time.time() - days * DAY), "revocations": 0}


def test_a_mirror_in_order(scene: Scene) -> None:
    before = files(scene.path)
    scene.run("audit", "mirror").shows(
        ALONE + "upstream revocations: absent: this mirror never took any\n", f"{scene.path}: 0 errors, 2 warnings\n"
    )
    assert files(scene.path) == before, "nothing is written"


def test_several_keys_are_no_finding(scene: Scene) -> None:
    for role in ("root", "targets"):
        other = KeyDirectory(path=scene.machine.cwd / f"other-{role}")
        other.create(f"{role}-2")
        change = Change(add=(other.path / f"{role}-2.pub",), threshold=1)
        rotate(scene.mirror, role, change, scene.keys, time.time())
    assert audited(scene).findings == ()
    assert audited(scene).is_clean


def test_an_error_is_told_first_and_is_the_exit_status(scene: Scene) -> None:
    scene.blob(OLD).unlink()
    told = (
        f"error missing-archive: 1 archive not here: {OLD}\n"
        "  `pyv mirror sync DIR --keys KEYDIR` fetches upstream's, `pyv mirror add` puts your own back\n"
    )
    scene.run("audit", "mirror", "--quiet").shows(
        told + ALONE + "upstream revocations: absent: this mirror never took any\n", status=1
    )
    run = scene.run("audit", "mirror", "--json")
    assert run.status == 1
    assert run.json["schema"] == 1
    assert run.json["findings"][0] == {
        "code": "missing-archive",
        "severity": "error",
        "what": f"1 archive not here: {OLD}",
        "hint": told.splitlines()[1].strip(),
        "about": [OLD],
    }
    assert run.json["revocations"] == {"upstream": None, "carried": None, "age": None, "entries": 0, "missing": []}


# Revoked


def test_what_is_blocked_must_not_be_offered(scene: Scene) -> None:
    revoke(scene.mirror, dataclasses.replace(ENTRY, action="yank", version="3.12.3"), scene.keys, time.time())
    assert codes(scene) == [], "a yank only discourages"
    revoke(scene.mirror, ENTRY, scene.keys, time.time())
    found = audited(scene).findings[0]
    assert found.what == f"1 blocked record still offered, by the mirror's own list: {OLD}"
    assert (found.code, found.severity, found.about) == ("revoked-offered", "error", (OLD,))
    assert "DIR/targets/manifest" in found.hint
    write_documents(scene.mirror, {HERE: [scene.records[NEW]]}, scene.mirror.read_keys())
    publish(scene.mirror, scene.keys, time.time())
    assert codes(scene) == ["warning unnamed-archive"], "as the hint says"


def test_a_hybrid_mirror_offers_what_lies_there(scene: Scene) -> None:
    revoke(scene.mirror, ENTRY, scene.keys, time.time())
    settings(scene, mode="hybrid", choice=CHOICE)
    found = audited(scene).findings[0]
    assert (found.code, found.about) == ("revoked-offered", (OLD,))
    assert found.hint == "remove the archives: pyv mirror prune DIR --keep-days 0"
    scene.run("prune", "mirror", "--keep-days", "0").ok()
    assert codes(scene) == []


def test_an_own_mirror_cannot_drop_what_upstream_took_back(template: Scene, scene: Scene, tmp_path: Path) -> None:
    """Upstream blocks a version; the mirror's list does not; whoever asks upstream sees it."""
    theirs(scene, synced=synced(1))
    upstream = template.copy(tmp_path / "upstream")
    revoke(upstream.mirror, ENTRY, upstream.keys, time.time())
    scene.machine.pyv("trust", "add", upstream.path, "--yes").ok()
    assert codes(scene) == [], "nobody was asked"
    run = scene.run("audit", "mirror", "--upstream", upstream.path, "--json")
    assert run.status == 1
    assert {each["code"]: each["what"] for each in run.json["findings"] if each["severity"] == "error"} == {
        "revoked-offered": f"1 blocked record still offered, by upstream, {upstream.path}: {OLD}",
        "revocation-missing": "1 revocation of upstream's not in this mirror's list: 3.12.2",
    }
    told = run.json["revocations"]
    assert told["missing"] == [ENTRY.to_dict()]
    assert (told["upstream"], told["entries"]) == ("https://upstream.example/", 0)


def test_what_a_synchronisation_saw_cannot_be_dropped_unseen(scene: Scene, tmp_path: Path) -> None:
    """Nobody is asked: the mirror itself remembers what upstream took back, whatever its list says now."""
    own = scene.below(tmp_path / "own", "--version", "3.12.3")
    assert codes(own) == []
    revoke(scene.mirror, ENTRY, scene.keys, time.time())
    own.run("sync", "mirror", "--keys", "keys").ok()
    assert (codes(own), audited(own).revocations.entries) == ([], 1)
    own.mirror.write_revocations(Revocations())
    publish(own.mirror, own.keys, time.time())
    found = audited(own).findings[0]
    assert (found.code, found.severity) == ("revocation-missing", "error")
    assert found.what == "1 revocation of upstream's not in this mirror's list: 3.12.2"
    assert "pyv mirror sync" in found.hint
    own.run("sync", "mirror", "--keys", "keys").ok()
    assert codes(own) == [], "as the hint says"


def test_an_upstream_nobody_accepted_is_not_believed(scene: Scene) -> None:
    scene.run("audit", "mirror", "--upstream", scene.path).fails(4, "is not trusted", "pyv trust add")


def test_the_embedded_index_can_be_asked(scene: Scene) -> None:
    scene.run("audit", "mirror", "--upstream", "embedded").ok()


@pytest.mark.parametrize(
    ("days", "limit", "told", "expected"),
    [
        (12.5, 14, "last carried 12 days ago", []),
        (1.5, 14, "last carried 1 day ago", []),
        (0.5, 14, "last carried today", []),
        (15.0, 14, "last carried 15 days ago", ["error revocations-old"]),
        (12.5, 12, "last carried 12 days ago", ["error revocations-old"]),
        (100.0, 14, "last carried 100 days ago", ["error revocations-old", "warning upstream-old"]),
        (None, 14, "absent: this mirror never took any", ["error revocations-absent"]),
    ],
)
def test_the_age_of_upstreams_revocations(
    scene: Scene, days: float | None, limit: int, told: str, expected: list[str]
) -> None:
    theirs(scene, **({} if days is None else {"synced": synced(days)}))
    found = audited(scene, limit=limit)
    assert [f"{each.severity} {each.code}" for each in found.findings if each.code != "single-key"] == expected
    assert found.is_clean == (not any(word.startswith("error") for word in expected))
    assert found.revocations.told == f"upstream revocations: {told}"
    age = found.revocations.age
    assert age is days if days is None or age is None else days * DAY <= age < days * DAY + 120


def test_the_limit_is_an_option(scene: Scene) -> None:
    theirs(scene, synced=synced(12.5))
    run = scene.run("audit", "mirror", "--days", "12", "--json")
    assert run.status == 1
    assert run.json["revocations"]["age"] >= 12.5 * DAY
    assert run.json["findings"][0]["code"] == "revocations-old"


def test_what_was_imported_is_as_old_as_what_it_says(scene: Scene) -> None:
    imported = {"at": utc(time.time()), "bundle": "0123456789ab"}
    settings(scene, imported=imported)
    assert audited(scene, 13).revocations.told == "upstream revocations: last carried 13 days ago"
    scene.blob(OLD).unlink()
    assert "error missing-archive" not in codes(scene), "nobody here knows what was chosen"


# Expiry and keys


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (0, []),
        (10.4, []),
        (10.6, ["warning expiring timestamp"]),
        (14.1, ["error expired timestamp"]),
        (23.0, ["error expired timestamp", "warning expiring snapshot"]),
        (
            306.0,
            ["error expired snapshot", "error expired timestamp", "warning expiring root", "warning expiring targets"],
        ),
        (366.0, [f"error expired {role}" for role in ("root", "snapshot", "targets", "timestamp")]),
    ],
)
def test_what_expires_is_told_beforehand(scene: Scene, days: float, expected: list[str]) -> None:
    found = [each for each in audited(scene, days).findings if each.code in {"expired", "expiring"}]
    assert sorted(f"{each.severity} {each.code} {each.about[0]}" for each in found) == expected
    for each in found:
        role = each.about[0]
        word = {"timestamp": "sign timestamp", "snapshot": "sign publish"}.get(role, f"rotate {role}")
        assert word in each.hint


def _with_key(scene: Scene, **limits: object) -> None:
    keys = [dataclasses.replace(key, **limits) for key in scene.mirror.read_keys().keys]  # type: ignore[arg-type]
    write_documents(scene.mirror, {}, KeyList(keys=tuple(keys)))
    publish(scene.mirror, scene.keys, time.time())


@pytest.mark.parametrize(
    ("days", "expected"),
    [(90, []), (30, ["warning key-expiring"]), (-1, ["error key-expired"])],
)
def test_artifact_keys_end(scene: Scene, days: int, expected: list[str]) -> None:
    _with_key(scene, not_after=utc(time.time() + days * DAY)[:10])
    assert codes(scene) == expected


def test_a_revoked_key_must_not_have_signed_what_is_offered(scene: Scene) -> None:
    _with_key(scene, revoked=True)
    assert codes(scene) == ["error revoked-key-signed"]
    rotate(scene.mirror, "artifact", Change(), scene.keys, time.time())
    keyid = next(key.keyid for key in scene.mirror.read_keys().keys if key.revoked)
    rotate(scene.mirror, "artifact", Change(remove=(keyid,)), scene.keys, time.time())
    assert codes(scene) == [], "its records were signed anew"


@pytest.mark.parametrize("place", ["keys/root.pem", ".pyv/backup/artifact.pem", "targets/notes.txt"])
def test_private_keys_do_not_belong_into_a_mirror(scene: Scene, place: str) -> None:
    (scene.path / place).parent.mkdir(parents=True, exist_ok=True)
    (scene.path / place).write_bytes((scene.keys.path / "root.pem").read_bytes())
    found = next(each for each in audited(scene).findings if each.code == "private-key-inside")
    assert (found.severity, found.about) == ("error", (place,))


# Records


def test_records_say_their_size(scene: Scene) -> None:
    extend_index([fact("3.12.9", triple=HERE)], scene.keys, scene.path, time.time())
    assert codes(scene) == ["error missing-archive", "warning no-size"]


def test_records_are_signed_by_a_listed_key(scene: Scene) -> None:
    """The key list without the key: what a thief of the targets key, or a mistake, leaves."""
    record = scene.records[OLD]
    edit(scene.mirror.manifest(HERE), record.keyid, "0" * 64)
    publish_unchecked(scene)
    found = audited(scene).findings[0]
    assert (found.code, found.severity, found.about) == ("unlisted-signer", "error", (OLD,))


# Leftovers


def _stray(scene: Scene) -> None:
    (scene.path / "index.html").write_text("hello")


def _old_manifest(scene: Scene) -> None:
    (scene.path / f"targets/manifest/{'0' * 64}.{HERE}.json").write_text("{}")


def _old_metadata(scene: Scene) -> None:
    (scene.path / "metadata/9.releases.json").write_text("{}")


def _archive(scene: Scene) -> None:
    scene.mirror.blob("0" * 64).write_text("unknown")


def _no_archive(scene: Scene) -> None:
    (scene.mirror.blobs / "readme").write_text("hello")


def _half(scene: Scene) -> None:
    (scene.mirror.blobs / ".x.0123abcd.tmp").write_text("half")


def _half_metadata(scene: Scene) -> None:
    (scene.mirror.metadata / ".timestamp.json.0123abcd.tmp").write_text("half")


def _aged(path: Path, hours: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("half")
    os.utime(path, (time.time() - hours * HOUR,) * 2)


def _partial(scene: Scene) -> None:
    _aged(scene.mirror.work.partial / ("0" * 64), 25)


def _young_partial(scene: Scene) -> None:
    _aged(scene.mirror.work.partial / ("0" * 64), 23)


def _upload(scene: Scene) -> None:
    _aged(scene.path / f".pyv/uploads/{'0' * 64}.json", 25)


def _draft(scene: Scene) -> None:
    (scene.keys.path / "root.pem").rename(scene.machine.cwd / "root.pem")
    rotate(scene.mirror, "timestamp", Change(), scene.keys, time.time())


def _published_again(scene: Scene) -> None:
    archive = scene.machine.cwd / f"cpython-3.12.9+20261001-{HERE}-install_only_stripped.tar.gz"
    archive.write_bytes(tiny_archive("3.12.9"))
    add(scene.path, [archive], scene.keys, now=time.time())


def _open_directory(scene: Scene) -> None:
    scene.path.chmod(0o777)


def _open_copy(scene: Scene) -> None:
    scene.mirror.revocation_list.chmod(0o666)


def _open_settings(scene: Scene) -> None:
    settings(scene)
    scene.mirror.settings.chmod(0o666)


def _open_to_a_group(scene: Scene) -> None:
    scene.path.chmod(0o775)


@pytest.mark.parametrize(
    ("deed", "expected", "about"),
    [
        (_stray, ["warning stray-file"], "index.html"),
        (_old_manifest, ["warning stray-file"], f"targets/manifest/{'0' * 64}.{HERE}.json"),
        (_old_metadata, ["warning stray-file"], "metadata/9.releases.json"),
        (_no_archive, ["warning stray-file"], "blobs/sha256/readme"),
        (_archive, ["warning unnamed-archive"], "0" * 64),
        (_half, ["warning temporary"], "blobs/sha256/.x.0123abcd.tmp"),
        (_half_metadata, ["warning temporary"], "metadata/.timestamp.json.0123abcd.tmp"),
        (_partial, ["warning unfinished"], f".pyv/cache/partial/{'0' * 64}"),
        (_young_partial, [], ""),
        (_upload, ["warning unfinished"], f".pyv/uploads/{'0' * 64}.json"),
        (_published_again, [], ""),
        (_open_directory, ["error world-writable"], ""),
        (_open_copy, ["error world-writable"], ""),
        (_open_settings, ["error world-writable"], ""),
        (_open_to_a_group, [], ""),
    ],
)
def test_leftovers_and_permissions(
    scene: Scene, deed: Callable[[Scene], None], expected: list[str], about: str
) -> None:
    deed(scene)
    assert codes(scene) == expected
    if about:
        assert [each.about for each in audited(scene).findings if each.code != "single-key"] == [(about,)]


def test_the_publication_before_is_no_leftover_where_versions_were_left_out(scene: Scene) -> None:
    """A mirror that imports every second bundle keeps what its own publication before led to."""
    shutil.copytree(scene.path, scene.path.with_name("far"))
    for version in ("3.12.98", "3.12.99"):
        revoke(scene.mirror, dataclasses.replace(ENTRY, version=version), scene.keys, time.time())
    scene.run("export", "mirror", "-o", "bundle.tar").ok()
    scene.run("import", "bundle.tar", "far").ok()
    assert "stray-file" not in scene.run("audit", "far").stdout


def test_a_draft_that_waits_is_told_with_who_can_sign(scene: Scene) -> None:
    _draft(scene)
    before = files(scene.path)
    found = next(each for each in audited(scene).findings if each.code == "draft-waits")
    assert found.what.startswith("root version 2 has 0 of the 1 signatures it needs; keys that can sign: ")
    assert found.hint == "have it signed: pyv mirror sign export DIR root -o root.json; then publish"
    assert files(scene.path) == before


def test_what_has_published_nothing_cannot_be_audited(scene: Scene) -> None:
    for path in scene.mirror.metadata.iterdir():
        path.unlink()
    scene.run("audit", "mirror").fails(7, "has published nothing yet")


def test_revocations_equal_in_both_lists_are_no_finding(scene: Scene) -> None:
    theirs(scene, synced=synced(0))
    scene.mirror.write_revocations(Revocations((dataclasses.replace(ENTRY, version="3.9.1"),)))
    publish(scene.mirror, scene.keys, time.time())
    assert codes(scene) == []
    assert audited(scene).revocations.entries == 1
