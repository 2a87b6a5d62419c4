"""mise installs from a mirror pyv made, told of it by its own settings."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.mise import mise_program
from tests.support.real import Mirror, served, version_of

pytestmark = pytest.mark.real

# What a person behind an air gap writes. Attestations are asked of GitHub, PyPy's list of its own host; mise is told of
# every version by the first replacement, and fetches archives through the second.
SETTINGS = """
[tools]
python = "{version}"

[settings]
use_versions_host_track = false

[settings.python]
compile = false
github_attestations = false
precompiled_flavor = "install_only"

[settings.url_replacements]
"https://mise-versions.jdx.dev/tools/" = "{address}/pbs/"
"https://github.com/astral-sh/python-build-standalone/releases/download/" = "{address}/pbs/"
"https://downloads.python.org/pypy/" = "{address}/pypy/"
"""


@pytest.fixture(scope="module")
def address(machine_mirror: Mirror) -> Iterator[str]:
    """Where a mirror of several versions is served."""
    with served(machine_mirror) as found:
        yield found


def test_mise_installs_from_a_mirror(tmp_path: Path, machine_mirror: Mirror, address: str) -> None:
    program, wanted = mise_program(), version_of(machine_mirror.archives[1])
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "mise.toml").write_text(SETTINGS.format(version=wanted.rpartition(".")[0], address=address))

    def mise(*words: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(tmp_path),
            "MISE_TRUSTED_CONFIG_PATHS": str(tmp_path),
            "MISE_YES": "1",
            # whatever else it might ask for meets a closed port
            "HTTPS_PROXY": "http://127.0.0.1:9",
            "HTTP_PROXY": "http://127.0.0.1:9",
            "NO_PROXY": "127.0.0.1",
        }
        place = tmp_path / "project"
        return subprocess.run(
            [program, *words], env=environment, cwd=place, capture_output=True, text=True, check=False, timeout=120
        )

    done = mise("install")
    assert done.returncode == 0, done.stderr
    assert mise("exec", "--", "python", "-V").stdout == f"Python {wanted}\n"
    warned = [line for line in done.stderr.splitlines() if "WARN" in line]
    assert [line for line in warned if "failed to fetch pypy versions" not in line] == []
