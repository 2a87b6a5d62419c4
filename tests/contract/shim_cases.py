"""What a shim does: the name of one in `shims/` and its arguments, run after a rehash."""

from __future__ import annotations

from tests.contract.case import case
from tests.contract.scene import BASIC, ODD

FAILING = BASIC.having("{root}/versions/3.12.1/bin/fails", text="#!/bin/sh\nexit 42\n")
CHILD = BASIC.having("{root}/versions/3.12.1/bin/child", text='#!/bin/sh\necho "$PYENV_VERSION"\nexec python nested\n')
READING = BASIC.having("{root}/versions/3.12.1/bin/reads", text='#!/bin/sh\nread -r line; echo "got $line"\n')

CASES = (
    case("shim/selected", BASIC.pinned("3.12.1\n"), "python", "{root}/versions/3.12.1/bin/python\nversion=3.12.1\n"),
    case(
        "shim/above",
        BASIC.pinned("3.12.1\n"),
        "python",
        "{root}/versions/3.12.1/bin/python\nversion=3.12.1\n",
        cwd="{work}/deep/deeper",
    ),
    case(
        "shim/global", BASIC.everywhere("3.13.0\n"), "python3", "{root}/versions/3.13.0/bin/python3\nversion=3.13.0\n"
    ),
    case(
        "shim/variable",
        BASIC.pinned("3.12.1\n"),
        "python",
        "{root}/versions/3.11.7/bin/python\nversion=3.11.7\n",
        PYENV_VERSION="3.11.7",
    ),
    case("shim/prefix", BASIC.pinned("3.12\n"), "python", "{root}/versions/3.12.10/bin/python\nversion=3.12.10\n"),
    case(
        "shim/prefix of a major", BASIC.pinned("3\n"), "python", "{root}/versions/3.13.0/bin/python\nversion=3.13.0\n"
    ),
    case(
        "shim/python- in front",
        BASIC.pinned("python-3.12.1\n"),
        "python",
        "{root}/versions/3.12.1/bin/python\nversion=3.12.1\n",
    ),
    case(
        "shim/CRLF and a comment",
        BASIC.pinned("# x\r\n3.12.1 # y\r\n"),
        "python",
        "{root}/versions/3.12.1/bin/python\nversion=3.12.1\n",
    ),
    case(
        "shim/no final newline", BASIC.pinned("3.12.1"), "python", "{root}/versions/3.12.1/bin/python\nversion=3.12.1\n"
    ),
    case(
        "shim/arguments",
        BASIC.pinned("3.12.1\n"),
        ("python", "-c", "a b", "", "*", "--", "--help"),
        "{root}/versions/3.12.1/bin/python\nversion=3.12.1\n<-c>\n<a b>\n<>\n<*>\n<-->\n<--help>\n",
    ),
    case(
        "shim/--help",
        BASIC.pinned("3.12.1\n"),
        "python --help",
        "{root}/versions/3.12.1/bin/python\nversion=3.12.1\n<--help>\n",
    ),
    case(
        "shim/several",
        BASIC.pinned("3.12.1\n3.13.0\n"),
        "only313",
        "{root}/versions/3.13.0/bin/only313\nversion=3.12.1:3.13.0\n",
    ),
    case("shim/system", BASIC, "python", "{system}/python\nversion=system\n"),
    case("shim/system by name", BASIC.pinned("system\n"), "python", "{system}/python\nversion=system\n"),
    case(
        "shim/only comments", BASIC.pinned("#\n").everywhere("3.12.1\n"), "python", "{system}/python\nversion=system\n"
    ),
    case("shim/missing version, system has it", BASIC.pinned("3.9.9\n"), "python", "{system}/python\nversion=3.9.9\n"),
    case(
        "shim/missing version before one that has it",
        BASIC.pinned("3.9.9\n3.12.1\n"),
        "python",
        "{root}/versions/3.12.1/bin/python\nversion=3.9.9:3.12.1\n",
    ),
    case(
        "shim/missing version, nobody has it",
        BASIC.pinned("3.9.9\n"),
        "only313",
        stderr=(
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
        "shim/in other versions",
        BASIC.pinned("3.11.7\n"),
        "pip",
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
    ),
    case(
        "shim/upwards",
        BASIC.pinned("../..\n3.12.1\n"),
        "python",
        "{root}/versions/3.12.1/bin/python\nversion=3.12.1\n",
        stderr=(
            "pyenv: invalid version `../..' ignored in `{work}/.python-version'\n"
            "pyenv: invalid version `../..' ignored in `{work}/.python-version'\n"
        ),
    ),
    case(
        "shim/a star",
        BASIC.pinned("*\n"),
        "only313",
        stderr=(
            "pyenv: version `*' is not installed (set by {work}/.python-version)\n"
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
    case("shim/status", FAILING.pinned("3.12.1\n"), "fails", status=42),
    case("shim/stdin", READING.pinned("3.12.1\n"), "reads", "got a line\n", stdin="a line\n"),
    case(
        "shim/a child of a child",
        CHILD.pinned("3.12.1\n"),
        "child",
        "3.12.1\n{root}/versions/3.12.1/bin/python\nversion=3.12.1\n<nested>\n",
    ),
    case(
        "shim/an environment",
        ODD.pinned("3.12.10/envs/web\n"),
        "flask run",
        "{root}/versions/3.12.10/envs/web/bin/flask\nversion=3.12.10/envs/web\n<run>\n",
    ),
    case("shim/a link", ODD.pinned("workshop\n"), "python", "{root}/versions/workshop/bin/python\nversion=workshop\n"),
    case(
        "shim/a free-threaded prefix",
        ODD.pinned("3.13t\n"),
        "python",
        "{root}/versions/3.13.0t/bin/python\nversion=3.13.0t\n",
    ),
    case(
        "shim/PYENV_DIR",
        BASIC.pinned("3.13.0\n", "{home}"),
        "python",
        "{root}/versions/3.13.0/bin/python\nversion=3.13.0\n",
        PYENV_DIR="{home}",
    ),
    case(
        "shim/a version with a blank",
        BASIC.with_versions("my python"),
        "python",
        "{root}/versions/my python/bin/python\nversion=my python\n",
        PYENV_VERSION="my python",
    ),
    case(
        "shim/an empty name in the list",
        BASIC,
        "python",
        "{root}/versions/3.12.1/bin/python\nversion=:3.12.1\n",
        PYENV_VERSION=":3.12.1",
    ),
)
