"""Which commands and shims there are: `commands` and `shims`."""

from __future__ import annotations

from tests.contract.case import case
from tests.contract.scene import BASIC, SYSTEM

SHIMS = BASIC.having("{root}/shims/python", "{root}/shims/pip", "{root}/shims/2to3", text="#!/bin/sh\n")
ON_PATH = SYSTEM.having("{system}/pyenv-ours", "{system}/pyenv-sh-eval")
CORE = (
    *("--version", "binary", "commands", "completions", "exec", "global", "help", "hooks", "init", "install", "latest"),
    *("local", "prefix", "rehash", "root", "shims", "uninstall", "version", "version-file", "version-file-read"),
    *("version-file-write", "version-name", "version-origin", "versions", "whence", "which"),
)


def lines(*names: str) -> str:
    """The core commands and others, in order."""
    return "".join(f"{name}\n" for name in sorted((*CORE, *names)))


CASES = (
    case("commands/all", BASIC, "commands", lines("shell")),
    case("commands/--sh", BASIC, "commands --sh", "rehash\nshell\n"),
    case("commands/--no-sh", BASIC, "commands --no-sh", lines()),
    case("commands/on PATH", ON_PATH, "commands", lines("shell", "eval", "ours")),
    case("commands/on PATH, --sh", ON_PATH, "commands --sh", "eval\nrehash\nshell\n"),
    case("commands/on PATH, --no-sh", ON_PATH, "commands --no-sh", lines("ours")),
    case(
        "commands/in a plugin", SYSTEM.having("{root}/plugins/p/bin/pyenv-theirs"), "commands", lines("shell", "theirs")
    ),
    case("commands/not executable", SYSTEM.with_file("{system}/pyenv-data", ""), "commands", lines("shell", "data")),
    case("shims/full paths", SHIMS, "shims", "{root}/shims/2to3\n{root}/shims/pip\n{root}/shims/python\n"),
    case("shims/--short", SHIMS, "shims --short", "2to3\npip\npython\n"),
    case("shims/none", BASIC, "shims"),
    case("shims/none, --short", BASIC, "shims --short"),
    case("shims/hidden", SHIMS.having("{root}/shims/.hidden", text=""), "shims --short", "2to3\npip\npython\n"),
    case("shims/operand", SHIMS, "shims x", "{root}/shims/2to3\n{root}/shims/pip\n{root}/shims/python\n"),
    case("shims/no directory", BASIC, "shims", PYENV_ROOT="{home}/none"),
)
