"""What the shell function asks for: `sh-shell`, `sh-rehash`; its effect is in `test_shells.py`."""

from __future__ import annotations

from tests.contract.case import case
from tests.contract.scene import BASIC, NOTHING

CASES = (
    case(
        "sh-shell/nothing",
        BASIC,
        "sh-shell",
        stderr="pyenv: no shell-specific version configured\n",
        status=1,
        PYENV_SHELL="bash",
    ),
    case(
        "sh-shell/missing",
        BASIC,
        "sh-shell 3.9.9",
        "false\n",
        stderr="pyenv: version `3.9.9' not installed\n",
        status=1,
        PYENV_SHELL="bash",
    ),
    case(
        "sh-shell/one missing",
        BASIC,
        "sh-shell 3.12.1 3.9.9",
        "false\n",
        stderr="pyenv: version `3.9.9' not installed\n",
        status=1,
        PYENV_SHELL="bash",
    ),
    case(
        "sh-shell/missing in fish",
        BASIC,
        "sh-shell 3.9.9",
        "false\n",
        stderr="pyenv: version `3.9.9' not installed\n",
        status=1,
        PYENV_SHELL="fish",
    ),
    case("sh-shell/the same again", BASIC, "sh-shell 3.12.1", PYENV_SHELL="bash", PYENV_VERSION="3.12.1"),
    case(
        "sh-shell/no system",
        NOTHING,
        "sh-shell system",
        "false\n",
        stderr="pyenv: system version not found in PATH\n",
        status=1,
        PYENV_SHELL="bash",
    ),
    case("sh-shell/--help", BASIC, "sh-shell --help", 'pyenv help "sh-shell"\n', PYENV_SHELL="bash"),
    case("sh-rehash/--help", BASIC, "sh-rehash --help", 'pyenv help "sh-rehash"\n', PYENV_SHELL="bash"),
)
