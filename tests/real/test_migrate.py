"""Moving in with a genuine interpreter: pip really installs again what it had, and a real uv is really asked."""

from __future__ import annotations

import subprocess
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.support.real import Mirror, Pyv, clean_environment, need, version_of

pytestmark = pytest.mark.real


def extracted(archive: Path, prefix: Path) -> Path:
    """The interpreter of an archive, where another tool would have put it."""
    prefix.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["tar", "-xzf", str(archive), "-C", str(prefix.parent)], check=True)
    (prefix.parent / "python").rename(prefix)
    if not (prefix / "bin" / "python").exists():  # builds of before July 2024 have none, and either tool makes it
        (prefix / "bin" / "python").symlink_to("python3")
    return prefix


def write_wheel(directory: Path, name: str) -> Path:
    """A wheel of one module, and a program `NAME-says`."""
    directory.mkdir(exist_ok=True)
    path = directory / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}.py", f"def main():\n    print('{name} answers')\n")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/entry_points.txt", f"[console_scripts]\n{name}-says = {name}:main\n")
        wheel.writestr(f"{info}/RECORD", "")
    return path


def test_what_pip_had_is_there_again(tmp_path: Path, genuine_archive: Path, genuine_mirror: Mirror) -> None:
    version, wheels = version_of(genuine_archive), tmp_path / "wheels"
    user = Pyv(home=tmp_path / "user", variables={"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)})
    place = tmp_path / "pyenv"
    old = extracted(genuine_archive, place / "versions" / version)
    lost, kept = write_wheel(wheels, "lost"), write_wheel(wheels, "kept")
    pip = [str(old / "bin" / "python3"), "-I", "-m", "pip", "install", "--no-index", "--disable-pip-version-check"]
    subprocess.run([*pip, kept, lost], env=clean_environment(), check=True, capture_output=True)
    # pip notes where a file came from: these two shall have come from an index
    for note in old.glob("lib/python3*/site-packages/*.dist-info/direct_url.json"):
        note.unlink()

    user.pyv("migrate", "pyenv", "--from", place, "--link")
    user.pyv("local", version)
    assert user.python("import kept, sys; kept.main(); print(sys.prefix)").split("\n") == [
        "kept answers", f"{user.root}/versions/{version}",
    ]  # fmt: skip

    lost.unlink()
    user.pyv("trust", "add", genuine_mirror.directory, "--yes")
    words = ("migrate", "pyenv", "--from", place, "--install", "--packages", "--index", genuine_mirror.directory)
    run = user.pyv(*words, check=False)
    assert run.returncode == 1, run.stderr
    installed, failed = run.stdout.splitlines()
    assert installed == f"installed kept==1.0 in {version}"
    assert failed.startswith(f"failed lost==1.0 in {version}: ")
    assert "lost==1.0" in failed.partition(": ")[2]
    assert user.say("kept-says") == "kept answers"
    assert user.python("import importlib.util; print(importlib.util.find_spec('lost'))") == "None"

    write_wheel(wheels, "lost")
    assert user.pyv(*words).stdout == f"installed lost==1.0 in {version}\n"
    assert user.say("lost-says") == "lost answers"


def test_a_real_uv_agrees(tmp_path: Path, genuine_archive: Path, user: Pyv) -> None:
    beside = Path(sysconfig.get_path("scripts")) / "uv"
    uv = beside if beside.exists() else Path(need("uv"))
    version, place = version_of(genuine_archive), tmp_path / "pythons"
    extracted(genuine_archive, place / f"cpython-{version}-linux-x86_64-gnu")
    minor = version.rpartition(".")[0]
    for name, word in (("exact", version), ("minor", minor), ("key", f"cpython-{minor}"), ("none", "3.8.1")):
        (user.project / name).mkdir(parents=True)
        (user.project / name / ".python-version").write_text(f"{word}\n")
    environment = {**user.environment, "PATH": f"{uv.parent}:{user.environment['PATH']}", "UV_NO_CACHE": "1"}

    def compare() -> subprocess.CompletedProcess[str]:
        words = user.command("migrate", "uv", "--from", place, "--compare")
        return subprocess.run(words, env=environment, cwd=user.project, capture_output=True, text=True, check=False)

    run = compare()
    assert (run.returncode, run.stdout.count("differs "), run.stdout.count("same ")) == (1, 3, 1), run
    user.pyv("migrate", "uv", "--from", place, "--link")
    run = compare()
    assert (run.returncode, run.stdout.count("same ")) == (0, 4), run
    assert f"same     {user.project}/none/.python-version: nothing\n" in run.stdout
