"""Random version files read by a pyenv of this machine and by pyv: the same names, the same words ignored."""

from __future__ import annotations

import subprocess
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pyv.selection.pins import read_names
from tests.selection.pin_files import VERSIONS, contents

FILES = 40
"""In one example: each costs the start of a shell."""
_READ_ALL = 'for file do pyenv-version-file-read "$file" >"$file.out" 2>"$file.err" || :; done'


@settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(batch=st.lists(contents, min_size=FILES, max_size=FILES))
def test_pyenv_reads_a_file_as_pyv_does(tmp_path: Path, pyenv: str, batch: list[str]) -> None:
    root = tmp_path / "root"
    for name in VERSIONS:
        (root / "versions" / name).mkdir(parents=True, exist_ok=True)
    paths = [tmp_path / f"{number:03}" for number in range(len(batch))]
    for path, content in zip(paths, batch, strict=True):
        path.write_bytes(content.encode())
    subprocess.run(
        ["bash", "-c", _READ_ALL, "bash", *map(str, paths)],
        env={"PYENV_ROOT": str(root), "PATH": f"{Path(pyenv).resolve().parent}:/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        check=True,
        timeout=120,
    )
    for path, content in zip(paths, batch, strict=True):
        names, ignored = read_names(path, root / "versions")
        told = path.with_suffix(".out").read_text(encoding="utf-8").removesuffix("\n")
        complaints = path.with_suffix(".err").read_text(encoding="utf-8").splitlines()
        assert [name for name in told.split(":") if name] == list(names), content
        assert complaints == [f"pyenv: invalid version `{word}' ignored in `{path}'" for word in ignored], content
