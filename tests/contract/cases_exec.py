"""Running a program of the selected version: `exec`."""

from __future__ import annotations

from tests.contract.case import case
from tests.contract.scene import BASIC, ECHO, ODD

EXIT = BASIC.having("{root}/versions/3.12.1/bin/fails", text="#!/bin/sh\nexit 42\n")
SHOWS = BASIC.having(
    "{root}/versions/3.12.1/bin/show",
    "{system}/system-show",
    text='#!/bin/sh\necho "$PYENV_VERSION|$PYENV_ROOT|$PYENV_DIR"\n',
)
NO_EXECUTION = BASIC.with_file("{root}/versions/3.12.1/bin/data", ECHO)

CASES = (
    case(
        "exec/selected", BASIC.pinned("3.12.1\n"), "exec python", "{root}/versions/3.12.1/bin/python\nversion=3.12.1\n"
    ),
    case(
        "exec/arguments",
        BASIC,
        ("exec", "python", "-c", "import sys", "--", "", "a b", "*", "--help"),
        ("{root}/versions/3.12.1/bin/python\nversion=3.12.1\n<-c>\n<import sys>\n<-->\n<>\n<a b>\n<*>\n<--help>\n"),
        PYENV_VERSION="3.12.1",
    ),
    case(
        "exec/options of ours behind",
        BASIC,
        ("exec", "python", "-h", "-f", "--nosystem", "--version"),
        ("{root}/versions/3.12.1/bin/python\nversion=3.12.1\n<-h>\n<-f>\n<--nosystem>\n<--version>\n"),
        PYENV_VERSION="3.12.1",
    ),
    case(
        "exec/prefix",
        BASIC,
        "exec python3",
        "{root}/versions/3.12.10/bin/python3\nversion=3.12.10\n",
        PYENV_VERSION="3.12",
    ),
    case(
        "exec/several",
        BASIC,
        "exec only313",
        "{root}/versions/3.13.0/bin/only313\nversion=3.12.10:3.13.0\n",
        PYENV_VERSION="3.12:3.13",
    ),
    case(
        "exec/missing version is kept",
        BASIC,
        "exec python",
        "{root}/versions/3.12.10/bin/python\nversion=3.9.9:3.12.10\n",
        PYENV_VERSION="3.9.9:3.12",
    ),
    case("exec/system", BASIC, "exec tool x", "{system}/tool\nversion=system\n<x>\n"),
    case(
        "exec/system program with a version selected",
        BASIC,
        "exec tool",
        "{system}/tool\nversion=3.12.10\n",
        PYENV_VERSION="3.12",
    ),
    case(
        "exec/fall through to the system",
        BASIC,
        "exec python",
        "{system}/python\nversion=3.9\n",
        PYENV_VERSION="python-3.9",
    ),
    case(
        "exec/nowhere",
        BASIC,
        "exec no-such",
        stderr="pyenv: no-such: command not found\n",
        status=127,
        PYENV_VERSION="3.12.1",
    ),
    case(
        "exec/in other versions",
        BASIC,
        "exec only313",
        stderr=(
            "pyenv: only313: command not found\n"
            "\n"
            "The `only313' command exists in these Python versions:\n"
            "  3.13.0\n"
            "\n"
            "Note: See 'pyenv help global' for tips on allowing multiple\n"
            "      Python versions to be found at the same time.\n"
        ),
        status=127,
        PYENV_VERSION="3.12.1",
    ),
    case(
        "exec/missing version, nowhere",
        BASIC.pinned("3.9.9\n"),
        "exec no-such",
        stderr=(
            "pyenv: version `3.9.9' is not installed (set by {work}/.python-version)\n"
            "pyenv: no-such: command not found\n"
        ),
        status=127,
    ),
    case("exec/no command", BASIC, "exec", stderr="Usage: pyenv exec <command> [arg1 arg2...]\n", status=1),
    case(
        "exec/empty command", BASIC, ("exec", "", "x"), stderr="Usage: pyenv exec <command> [arg1 arg2...]\n", status=1
    ),
    case("exec/status", EXIT, "exec fails", status=42, PYENV_VERSION="3.12.1"),
    case(
        "exec/stdin",
        BASIC.having("{root}/versions/3.12.1/bin/reads", text='#!/bin/sh\nread -r line; echo "got $line"\n'),
        "exec reads",
        "got a line\n",
        stdin="a line\nmore\n",
        PYENV_VERSION="3.12.1",
    ),
    case("exec/what a child sees", SHOWS, "exec show", "3.12.1|{root}|{work}\n", PYENV_VERSION="3.12.1"),
    case("exec/what a system program sees", SHOWS, "exec system-show", "3.12.10|{root}|{work}\n", PYENV_VERSION="3.12"),
    case(
        "exec/what a child sees with PYENV_DIR",
        SHOWS.pinned("3.12.1\n", "{home}"),
        "exec show",
        "3.12.1|{root}|{home}\n",
        PYENV_DIR="../home",
    ),
    case(
        "exec/a path",
        BASIC.having("{work}/tool"),
        "exec ./tool x",
        "{work}/tool\nversion=3.12.1\n<x>\n",
        PYENV_VERSION="3.12.1",
    ),
    case(
        "exec/not executable",
        NO_EXECUTION,
        "exec data",
        stderr="pyenv: data: command not found\n",
        status=127,
        PYENV_VERSION="3.12.1",
    ),
    case(
        "exec/an environment",
        ODD,
        "exec flask run",
        ("{root}/versions/3.12.10/envs/web/bin/flask\nversion=3.12.10/envs/web\n<run>\n"),
        PYENV_VERSION="3.12.10/envs/web",
    ),
    case(
        "exec/a link",
        ODD,
        "exec python",
        "{root}/versions/workshop/bin/python\nversion=workshop\n",
        PYENV_VERSION="workshop",
    ),
    case(
        "exec/a name with a blank",
        BASIC.having("{root}/versions/3.12.1/bin/two words"),
        ("exec", "two words", "x"),
        "{root}/versions/3.12.1/bin/two words\nversion=3.12.1\n<x>\n",
        PYENV_VERSION="3.12.1",
    ),
    case("exec/empty pin", BASIC.pinned("#\n"), "exec python", "{system}/python\nversion=system\n"),
    case(
        "exec/a pin that leads out",
        BASIC.pinned("../../system\n"),
        "exec python",
        "{system}/python\nversion=system\n",
        stderr=(
            "pyenv: invalid version `../../system' ignored in `{work}/.python-version'\n"
            "pyenv: invalid version `../../system' ignored in `{work}/.python-version'\n"
        ),
    ),
)
