"""Which file a command is: `which`."""

from __future__ import annotations

from tests.contract.case import case
from tests.contract.scene import BASIC, ECHO, ODD, SYSTEM, Scene


def both(first: str, second: str) -> Scene:
    """The same command in two places, each of which says its own."""
    return SYSTEM.having(first, text="#!/bin/sh\necho first\n").having(second, text="#!/bin/sh\necho second\n")


NO_EXECUTION = BASIC.with_file("{root}/versions/3.12.1/bin/data", ECHO)

CASES = (
    case("which/selected", BASIC.pinned("3.12.1\n"), "which python", "{root}/versions/3.12.1/bin/python\n"),
    case("which/prefix", BASIC.pinned("3.12\n"), "which python3", "{root}/versions/3.12.10/bin/python3\n"),
    case("which/system", BASIC, "which python", "{system}/python\n"),
    case("which/system by name", BASIC, "which tool", "{system}/tool\n", PYENV_VERSION="system"),
    case(
        "which/a system program with a version selected", BASIC, "which tool", "{system}/tool\n", PYENV_VERSION="3.12.1"
    ),
    case(
        "which/first of several",
        BASIC,
        "which python",
        "{root}/versions/3.13.0/bin/python\n",
        PYENV_VERSION="3.13.0:3.12.1",
    ),
    case(
        "which/second of several",
        BASIC,
        "which only313",
        "{root}/versions/3.13.0/bin/only313\n",
        PYENV_VERSION="3.12.1:3.13.0",
    ),
    case("which/system before a version", BASIC, "which python", "{system}/python\n", PYENV_VERSION="system:3.12.1"),
    case(
        "which/system before a version, not there",
        BASIC,
        "which only313",
        "{root}/versions/3.13.0/bin/only313\n",
        PYENV_VERSION="system:3.13.0",
    ),
    case(
        "which/nowhere",
        BASIC,
        "which no-such",
        stderr="pyenv: no-such: command not found\n",
        status=127,
        PYENV_VERSION="3.12.1",
    ),
    case(
        "which/in other versions",
        BASIC,
        "which pip",
        stderr=(
            "pyenv: pip: command not found\n"
            "\n"
            "The `pip' command exists in these Python versions:\n"
            "  3.12.1\n"
            "  3.13.0\n"
            "\n"
            "Note: See 'pyenv help global' for tips on allowing multiple\n"
            "      Python versions to be found at the same time.\n"
        ),
        status=127,
        PYENV_VERSION="3.11.7",
    ),
    case(
        "which/in other versions, --skip-advice",
        BASIC,
        "which pip --skip-advice",
        stderr="pyenv: pip: command not found\n",
        status=127,
        PYENV_VERSION="3.11.7",
    ),
    case(
        "which/in environments and links",
        ODD,
        "which flask",
        stderr=(
            "pyenv: flask: command not found\n"
            "\n"
            "The `flask' command exists in these Python versions:\n"
            "  3.12.10/envs/web\n"
            "  web\n"
            "  workshop/envs/web\n"
            "\n"
            "Note: See 'pyenv help global' for tips on allowing multiple\n"
            "      Python versions to be found at the same time.\n"
        ),
        status=127,
        PYENV_VERSION="3.12.1",
    ),
    case(
        "which/--nosystem",
        BASIC,
        "which tool --nosystem",
        stderr="pyenv: tool: command not found\n",
        status=127,
        PYENV_VERSION="3.12.1",
    ),
    case(
        "which/--nosystem and found",
        BASIC,
        "which python --nosystem",
        "{root}/versions/3.12.1/bin/python\n",
        PYENV_VERSION="3.12.1",
    ),
    case(
        "which/--nosystem and system selected",
        BASIC,
        "which tool --nosystem",
        "{system}/tool\n",
        PYENV_VERSION="system",
    ),
    case(
        "which/both options",
        BASIC,
        "which pip --nosystem --skip-advice",
        stderr="pyenv: pip: command not found\n",
        status=127,
        PYENV_VERSION="3.11.7",
    ),
    case("which/missing version, system has it", BASIC, "which python", "{system}/python\n", PYENV_VERSION="3.9.9"),
    case(
        "which/missing version, nobody has it",
        BASIC,
        "which no-such",
        stderr=(
            "pyenv: version `3.9.9' is not installed (set by PYENV_VERSION environment variable)\n"
            "pyenv: no-such: command not found\n"
        ),
        status=127,
        PYENV_VERSION="3.9.9",
    ),
    case(
        "which/missing versions, others have it",
        BASIC.pinned("2.7\n3.9.9\n"),
        "which only313",
        stderr=(
            "pyenv: version `2.7' is not installed (set by {work}/.python-version)\n"
            "pyenv: version `3.9.9' is not installed (set by {work}/.python-version)\n"
            "pyenv: only313: command not found\n"
            "\n"
            "The `only313' command exists in these Python versions:\n"
            "  3.13.0\n"
            "\n"
            "Note: See 'pyenv help global' for tips on allowing multiple\n"
            "      Python versions to be found at the same time.\n"
        ),
        status=127,
    ),
    case(
        "which/missing version before one that has it",
        BASIC,
        "which python",
        "{root}/versions/3.12.1/bin/python\n",
        PYENV_VERSION="3.9.9:3.12.1",
    ),
    case(
        "which/python- missing",
        BASIC,
        "which no-such",
        stderr=(
            "pyenv: version `python-3.9' is not installed (set by PYENV_VERSION environment variable)\n"
            "pyenv: no-such: command not found\n"
        ),
        status=127,
        PYENV_VERSION="python-3.9",
    ),
    case(
        "which/no command",
        BASIC,
        "which",
        stderr="Usage: pyenv which <command> [--nosystem] [--skip-advice]\n",
        status=1,
    ),
    case(
        "which/empty command",
        BASIC,
        ("which", ""),
        stderr="Usage: pyenv which <command> [--nosystem] [--skip-advice]\n",
        status=1,
    ),
    case(
        "which/two commands", BASIC, "which python pip", "{root}/versions/3.12.1/bin/python\n", PYENV_VERSION="3.12.1"
    ),
    case(
        "which/option in front",
        BASIC,
        "which --nosystem python",
        stderr="pyenv: --nosystem: command not found\n",
        status=127,
        PYENV_VERSION="3.12.1",
    ),
    case("which/a path", BASIC.having("{work}/tool"), "which ./tool", "./tool\n"),
    case("which/an absolute path", BASIC, "which {system}/tool", "{system}/tool\n"),
    case(
        "which/a path that is not there", BASIC, "which ./none", stderr="pyenv: ./none: command not found\n", status=127
    ),
    case(
        "which/not executable",
        NO_EXECUTION,
        "which data",
        stderr="pyenv: data: command not found\n",
        status=127,
        PYENV_VERSION="3.12.1",
    ),
    case(
        "which/a directory",
        BASIC.with_directories("{root}/versions/3.12.1/bin/folder"),
        "which folder",
        "{root}/versions/3.12.1/bin/folder\n",
        PYENV_VERSION="3.12.1",
    ),
    case(
        "which/an environment",
        ODD,
        "which flask",
        "{root}/versions/3.12.10/envs/web/bin/flask\n",
        PYENV_VERSION="3.12.10/envs/web",
    ),
    case("which/a link", ODD, "which python", "{root}/versions/workshop/bin/python\n", PYENV_VERSION="workshop"),
    case(
        "which/the shims are skipped",
        BASIC.having("{root}/shims/only-shim"),
        "which only-shim",
        stderr="pyenv: only-shim: command not found\n",
        status=127,
    ),
    case(
        "which/a name with a blank",
        BASIC.having("{root}/versions/3.12.1/bin/two words"),
        ("which", "two words"),
        "{root}/versions/3.12.1/bin/two words\n",
        PYENV_VERSION="3.12.1",
    ),
    case(
        "which/a star",
        BASIC,
        ("which", "pyth*"),
        stderr="pyenv: pyth*: command not found\n",
        status=127,
        PYENV_VERSION="3.12.1",
    ),
    case(
        "which/version with a blank",
        BASIC.with_versions("my python"),
        "which python",
        "{root}/versions/my python/bin/python\n",
        PYENV_VERSION="my python",
    ),
    case(
        "which/root with a trailing slash",
        BASIC,
        "which python",
        "{root}/versions/3.12.1/bin/python\n",
        PYENV_ROOT="{root}/",
        PYENV_VERSION="3.12.1",
    ),
    case(
        "which/relative root",
        BASIC,
        "which python",
        "../root/versions/3.12.1/bin/python\n",
        PYENV_ROOT="../root",
        PYENV_VERSION="3.12.1",
    ),
    case(
        "which/a pin that leads out",
        BASIC.pinned("../../system\n"),
        "which only313",
        stderr=(
            "pyenv: invalid version `../../system' ignored in `{work}/.python-version'\n"
            "pyenv: only313: command not found\n"
            "\n"
            "The `only313' command exists in these Python versions:\n"
            "  3.13.0\n"
            "\n"
            "Note: See 'pyenv help global' for tips on allowing multiple\n"
            "      Python versions to be found at the same time.\n"
        ),
        status=127,
    ),
    case(
        "which/PYENV_DIR",
        BASIC.pinned("3.13.0\n", "{home}"),
        "which only313",
        "{root}/versions/3.13.0/bin/only313\n",
        PYENV_DIR="{home}",
    ),
    case("which/empty PATH entry", BASIC.having("{work}/here"), "which here", "./here\n", PATH="{root}/shims::{tools}"),
    case(
        "which/tilde in PATH", BASIC.having("{home}/bin/mine"), "which mine", "{home}/bin/mine\n", PATH="~/bin:{tools}"
    ),
    case(
        "which/--nosystem and a missing version",
        BASIC,
        "which tool --nosystem",
        stderr=(
            "pyenv: version `3.9.9' is not installed (set by PYENV_VERSION environment variable)\n"
            "pyenv: version `' is not installed (set by PYENV_VERSION environment variable)\n"
            "pyenv: tool: command not found\n"
        ),
        status=127,
        PYENV_VERSION="3.9.9",
    ),
    case("which/python- in front", BASIC, "which python", "{system}/python\n", PYENV_VERSION="python-3.12.1"),
)
