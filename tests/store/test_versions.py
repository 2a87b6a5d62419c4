"""The versions tree: commit, alias, remove, and what a sweep makes of half-done work."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pyv.errors import NotInstalledError, StoreError
from pyv.store.aliases import read_aliases
from pyv.store.lock import locked
from pyv.store.paths import Root
from pyv.store.staging import Stage, abandoned, staged
from pyv.store.versions import (
    Installed,
    commit,
    free_store_id,
    installed,
    refresh_aliases,
    remove,
    settle,
)


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return Root(tmp_path / "root")


def put(root: Root, name: str, store_id: str | None = None) -> str | None:
    with staged(root) as stage:
        (stage.prefix / "bin").mkdir(parents=True)
        (stage.prefix / "bin" / "python").write_text(name)
        return commit(root, stage, name=name, store_id=store_id or f"id-{name}", receipt="{}\n", listing="")


def drop(root: Root, name: str) -> None:
    with staged(root) as stage:
        remove(root, stage, name)


def tree(root: Root) -> dict[str, str]:
    return {
        str(path.relative_to(root.path)): os.readlink(path) if path.is_symlink() else ""
        for path in sorted(root.path.rglob("*"))
        if (path.is_symlink() or path.is_file()) and "locks" not in path.parts
    }


def test_a_commit_links_the_prefix_and_its_alias(root: Root) -> None:
    assert put(root, "3.12.2") is None
    assert tree(root) == {
        "aliases": "",
        "store/id-3.12.2.files": "",
        "store/id-3.12.2.json": "",
        "store/id-3.12.2/bin/python": "",
        "versions/3.12": "3.12.2",
        "versions/3.12.2": "../store/id-3.12.2",
    }
    assert root.aliases.read_text() == "3.12 3.12.2\n"
    assert installed(root) == [Installed("3.12.2", "id-3.12.2")]
    assert not any(root.staging.iterdir())
    assert (root.version_link("3.12") / "bin" / "python").read_text() == "3.12.2"


def test_the_alias_follows_upgrades_and_removals(root: Root) -> None:
    for name in ("3.12.2", "3.12.10", "3.13.1t", "3.14.0rc1"):
        put(root, name)
    assert read_aliases(root) == [("3.12", "3.12.10"), ("3.13t", "3.13.1t")]
    drop(root, "3.12.10")
    assert os.readlink(root.version_link("3.12")) == "3.12.2"
    drop(root, "3.12.2")
    assert not os.path.lexists(root.version_link("3.12"))
    assert root.aliases.read_text() == "3.13t 3.13.1t\n"
    assert "store/id-3.12.2.json" not in tree(root)


def test_foreign_versions_are_left_alone(root: Root) -> None:
    foreign = root.versions / "3.12.1"
    foreign.mkdir(parents=True)
    put(root, "3.12.2")
    assert not os.path.lexists(root.version_link("3.12"))
    assert root.aliases.exists() is False
    with pytest.raises(StoreError, match="was not installed by pyv") as caught:
        drop(root, "3.12.1")
    assert caught.value.hint
    with pytest.raises(StoreError, match="exists and was not installed by pyv"):
        put(root, "3.12.1")
    assert foreign.is_dir()
    assert "store/id-3.12.1.json" not in tree(root)


@pytest.mark.parametrize("target", ["../store/..", "../store/.", "../store/"])
def test_a_link_to_the_store_itself_is_no_version_of_ours(root: Root, target: str) -> None:
    """As somebody's cache may hold one: what it leads to is never removed with it."""
    put(root, "3.12.2")
    before = tree(root)
    root.version_link("3.12.9").symlink_to(target)
    (root.store / f"{target.rpartition('/')[2]}.json").write_text("{}\n")
    assert [version.name for version in installed(root)] == ["3.12.2"]
    drop(root, "3.12.9")
    assert before.items() <= tree(root).items()


@pytest.mark.parametrize("taken", ["directory", "link"])
def test_an_alias_name_somebody_took_is_left_alone(root: Root, taken: str) -> None:
    root.versions.mkdir(parents=True)
    if taken == "directory":
        root.version_link("3.12").mkdir()
    else:
        root.version_link("3.12").symlink_to("/somewhere/else")
    put(root, "3.12.2")
    drop(root, "3.12.2")
    assert os.path.lexists(root.version_link("3.12"))


def test_what_cannot_be_removed_says_why(root: Root) -> None:
    put(root, "3.12.2")
    with pytest.raises(NotInstalledError) as caught:
        drop(root, "3.12")
    assert (caught.value.message, caught.value.hint) == (
        "version `3.12' is a managed alias of 3.12.2", "pyv uninstall 3.12.2",
    )  # fmt: skip
    for name in ("3.11.1", "../store/id-3.12.2", "..", "."):
        with pytest.raises(StoreError):
            drop(root, name)
    assert installed(root) == [Installed("3.12.2", "id-3.12.2")]


def test_a_replaced_build_stays_in_the_store(root: Root) -> None:
    put(root, "3.12.2", "one")
    assert put(root, "3.12.2", "two") == "one"
    assert installed(root) == [Installed("3.12.2", "two")]
    assert root.prefix("one").is_dir()


def test_store_ids_give_way(root: Root) -> None:
    assert free_store_id(root, "cpython-x", "a" * 64) == "cpython-x-aaaaaaaa"
    put(root, "3.12.2", "cpython-x-aaaaaaaa")
    assert free_store_id(root, "cpython-x", "a" * 64) == "cpython-x-aaaaaaaa~2"


def test_a_commit_that_fails_leaves_nothing(root: Root) -> None:
    put(root, "3.12.2")
    before = tree(root)
    # the stage holds no prefix, so the rename fails
    with staged(root) as stage, pytest.raises(StoreError, match="cannot activate"):
        commit(root, stage, name="3.13.0", store_id="new", receipt="{}", listing="")
    assert tree(root) == before


def half_done(root: Root, verb: str, name: str, store_id: str) -> None:
    """What a process leaves that died after writing its intent."""
    stage = Stage(root.staging / "0123456789abcdef")
    stage.path.mkdir(parents=True)
    stage.intend(verb, name, store_id)


def settle_all(root: Root) -> int:
    with abandoned(root) as stages, locked(root.tree_lock):
        for stage in stages:
            settle(root, stage)
        return len(stages)


def test_a_sweep_takes_back_what_was_not_linked(root: Root) -> None:
    put(root, "3.12.2")
    before = tree(root)
    half_done(root, "link", "3.13.0", "new")
    (root.prefix("new") / "bin").mkdir(parents=True)
    root.receipt("new").write_text("{}")
    root.file_list("new").write_text("")
    assert settle_all(root) == 1
    assert tree(root) == before


def test_a_sweep_keeps_what_was_linked(root: Root) -> None:
    put(root, "3.12.2")
    root.version_link("3.12").unlink()  # died between the link and its alias
    half_done(root, "link", "3.12.2", "id-3.12.2")
    settle_all(root)
    assert installed(root) == [Installed("3.12.2", "id-3.12.2")]
    assert os.readlink(root.version_link("3.12")) == "3.12.2"


def test_a_sweep_finishes_a_removal(root: Root) -> None:
    put(root, "3.12.2")
    half_done(root, "drop", "3.12.2", "id-3.12.2")
    settle_all(root)
    assert installed(root) == [Installed("3.12.2", "id-3.12.2")], "not unlinked yet: it stays"
    half_done(root, "drop", "3.12.2", "id-3.12.2")
    root.version_link("3.12.2").unlink()
    settle_all(root)
    assert "store/id-3.12.2.json" not in tree(root)
    assert not root.prefix("id-3.12.2").exists()
    assert not os.path.lexists(root.version_link("3.12"))


def test_a_sweep_spares_the_living(root: Root) -> None:
    with staged(root) as stage:
        script = (
            "import sys; from pathlib import Path; from pyv.store.paths import Root; from pyv.store.staging import abandoned\n"
            "with abandoned(Root(Path(sys.argv[1]))) as stages: print(len(stages))"
        )
        run = subprocess.run([sys.executable, "-c", script, str(root.path)], capture_output=True, text=True, check=True)
        assert run.stdout == "0\n"
        assert stage.path.is_dir()
    assert [path.name for path in root.locks.iterdir() if path.name.startswith("staging-")] == []


def test_a_lock_without_an_entry_is_cleared(root: Root) -> None:
    root.locks.mkdir(parents=True)
    (root.locks / "staging-0123456789abcdef.lock").touch()
    assert settle_all(root) == 1
    assert [path.name for path in root.locks.iterdir()] == ["tree.lock"]


def test_refreshing_twice_changes_nothing(root: Root) -> None:
    put(root, "3.12.2")
    before = root.aliases.stat().st_mtime_ns
    refresh_aliases(root)
    assert root.aliases.stat().st_mtime_ns == before
