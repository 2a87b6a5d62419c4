"""From a lock to the same tree on a genuine build: a developer locks and commits, a job that reaches nothing but a mirror installs.

The job has a network of its own with nobody in it but that mirror, and an empty root at the developer's path, so trees can be compared to the byte.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.install.namespace import Namespace
from tests.support.real import Mirror, Pyv
from tests.support.runner import Machine

pytestmark = pytest.mark.real

TRIPLE = "x86_64-unknown-linux-gnu"
_GIT = ("git", "-c", "user.name=dev", "-c", "user.email=dev@example.org", "-c", "init.defaultBranch=main")


def receipt_of(root: Path) -> dict[str, object]:
    (path,) = (root / "store").glob("*.json")
    found: dict[str, object] = json.loads(path.read_text())
    return found


def locked_and_committed(user: Pyv, mirror: Mirror) -> None:
    """A project with a pin, its lock and one commit; installed from it here."""
    user.pyv("trust", "add", mirror.directory, "--yes")
    user.pyv("local", "--force", "3.9")
    user.pyv("lock", "--index", mirror.directory, "--triple", TRIPLE)
    user.pyv("install", "--locked", "--mirror", mirror.directory)
    for words in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "Lock")):
        user.run(*_GIT, *words)


def artifact_key(mirror: Mirror) -> str:
    (key,) = json.loads((mirror.directory / "targets" / "trust" / "artifact-keys.json").read_text())["keys"]
    return str(key["public"])


def test_lock_commit_fresh_root_same_tree(user: Pyv, genuine_mirror: Mirror, tmp_path: Path) -> None:
    locked_and_committed(user, genuine_mirror)
    here = receipt_of(user.root)
    checkout = tmp_path / "checkout"
    subprocess.run(["git", "clone", "-q", str(user.project), str(checkout)], check=True)
    home = tmp_path / "job"
    home.mkdir()
    machine = Machine(home=home, root=user.root, cwd=checkout, variables={"PYV_ROOT": str(user.root)})
    with Namespace.of(machine, network=True) as job:
        job.tmpfs(user.root)
        serve = [*machine.command("mirror", "serve", str(genuine_mirror.directory), "--port", "0")]
        with subprocess.Popen(
            job.command(*serve), env=machine.environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as server:
            try:
                assert server.stdout is not None
                address = server.stdout.readline().strip()
                install = ("install", "--locked", "--mirror", address)
                job.pyv(*install).fails(4, "nobody vouches for", "--artifact-key")
                job.pyv(*install, "--artifact-key", artifact_key(genuine_mirror)).ok()
            finally:
                server.terminate()
        there = receipt_of(job.root)
        assert there["tree"] == here["tree"]
        assert (there["artifact"], there["index"], there["level"]) == (
            here["artifact"],
            "lock pyv.lock",
            "artifact-signature",
        )
        assert str(there["source"]).startswith(address)
        ran = job.shim("python", "-c", "import ssl, sqlite3, sys; print(sys.version_info[:3], sys.prefix)").ok()
        assert ran.stdout == f"(3, 9, 13) {user.root}/versions/3.9.13\n"
        job.pyv("verify").ok()


def test_a_cached_root_works_elsewhere_and_one_restored_by_halves_is_mended(
    user: Pyv, genuine_mirror: Mirror, tmp_path: Path
) -> None:
    locked_and_committed(user, genuine_mirror)
    offline = ("install", "--locked", "--offline", "--artifact-key", artifact_key(genuine_mirror))
    job = Pyv(home=tmp_path / "runner")
    job.home.mkdir()
    shutil.copytree(user.project, job.project)
    shutil.move(user.root, job.root)  # as a cache is restored: the same files at another path

    moved = job.pyv(*offline).stderr
    assert f"its root was moved here from {user.root}" in moved
    made = job.python("import sysconfig; print(sysconfig.get_config_var('prefix'), sysconfig.get_makefile_filename())")
    assert (
        made
        == f"{job.root}/versions/3.9.13 {job.root}/versions/3.9.13/lib/python3.9/config-3.9-x86_64-linux-gnu/Makefile"
    )
    job.pyv("verify")

    (prefix,) = (path for path in (job.root / "store").iterdir() if path.is_dir())
    shutil.rmtree(prefix / "lib" / "python3.9" / "json")
    with (prefix / "lib" / "python3.9" / "ast.py").open("r+b") as module:
        module.truncate(100)
    mended = job.pyv(*offline).stderr
    assert "is not whole" in mended
    assert "installing it again" in mended
    assert job.python("import ast, json; print(json.dumps(ast.literal_eval('[1]')))") == "[1]"
    job.pyv("verify")
