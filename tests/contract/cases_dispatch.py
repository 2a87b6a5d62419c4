"""Words that are no command, and options of the program itself."""

from __future__ import annotations

from tests.contract.case import case
from tests.contract.scene import BASIC

CASES = (
    case("dispatch/nothing", BASIC, (), stderr="pyenv {version}\n", status=1, first_line=True),
    case("dispatch/empty word", BASIC, ("",), stderr="pyenv {version}\n", status=1, first_line=True),
    case("dispatch/-v", BASIC, "-v", "pyenv {version}\n"),
    case("dispatch/--version", BASIC, "--version", "pyenv {version}\n"),
    case("dispatch/--version and more", BASIC, "--version x", "pyenv {version}\n"),
    case("dispatch/-h", BASIC, "-h", "Usage: pyenv <command> [<args>]\n", first_line=True),
    case("dispatch/--help", BASIC, "--help", "Usage: pyenv <command> [<args>]\n", first_line=True),
    case("dispatch/unknown", BASIC, "no-such", stderr="pyenv: no such command `no-such'\n", status=1),
    case(
        "dispatch/unknown with arguments",
        BASIC,
        "no-such --help",
        stderr="pyenv: no such command `no-such'\n",
        status=1,
    ),
    case("dispatch/unknown option", BASIC, "--what", stderr="pyenv: no such command `--what'\n", status=1),
    case("dispatch/a blank", BASIC, (" ",), stderr="pyenv: no such command ` '\n", status=1),
    case("dispatch/a path", BASIC, "../x", stderr="pyenv: no such command `../x'\n", status=1),
    case("dispatch/a star", BASIC, ("*",), stderr="pyenv: no such command `*'\n", status=1),
    case(
        "dispatch/shell without the function",
        BASIC,
        "shell 3.12.1",
        stderr="pyenv: shell integration not enabled. Run `pyenv init' for instructions.\n",
        status=1,
    ),
    case(
        "dispatch/shell and nothing",
        BASIC,
        "shell",
        stderr="pyenv: shell integration not enabled. Run `pyenv init' for instructions.\n",
        status=1,
    ),
    case(
        "dispatch/bad PYENV_DIR",
        BASIC,
        "root",
        stderr="pyenv: cannot change working directory to `{home}/none'\n",
        status=1,
        PYENV_DIR="{home}/none",
    ),
    case(
        "dispatch/bad PYENV_DIR and unknown",
        BASIC,
        "no-such",
        stderr="pyenv: cannot change working directory to `none'\n",
        status=1,
        PYENV_DIR="none",
    ),
)
