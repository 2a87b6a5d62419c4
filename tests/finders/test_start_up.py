"""The lines that pyenv asks people to put into their start-up files go on working, unchanged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.finders.page import Versions
from tests.finders.person import Person

pytestmark = pytest.mark.real

_LINES = {
    "both": """
export PYENV_ROOT="$HOME/.pyenv"
[[ -d $PYENV_ROOT/bin ]] && export PATH="$PYENV_ROOT/bin:$PATH"
eval "$(pyenv init - bash)"
""",
    "detected": """
export PATH="$HOME/.pyenv/bin:$PATH"
eval "$(pyenv init -)"
""",
    "path": """
export PYENV_ROOT="$HOME/.pyenv"
command -v pyenv >/dev/null || export PATH="$PYENV_ROOT/bin:$PATH"
eval "$(pyenv init --path)"
""",
}


@pytest.mark.parametrize("lines", _LINES)
def test_the_lines_of_pyenv(at_home: Person, versions: Versions, tmp_path: Path, lines: str) -> None:
    person = replace(at_home, start_up=_LINES[lines])
    done = person.shell(
        f"pyenv local {versions.minor}; python -V; pyenv which python; command -v python", directory=tmp_path
    ).ok()
    assert done.lines == [
        f"Python {versions.old}",
        str(person.root / "versions" / versions.old / "bin" / "python"),
        str(person.root / "shims" / "python"),
    ]
