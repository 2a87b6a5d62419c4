"""Commands of others: `pyenv-NAME` on PATH and in plugins."""

from __future__ import annotations

from tests.contract.case import case
from tests.contract.scene import ECHO, SYSTEM, Scene

HELPED = '#!/bin/sh\n# Summary: Say hello\n# Usage: pyenv greet [NAME]\n#\n# Says hello to somebody.\necho hello "$@"\n'
PLUGINS = (
    SYSTEM.having("{system}/pyenv-onpath")
    .having("{root}/plugins/p/bin/pyenv-greet", text=HELPED)
    .having("{root}/plugins/p/bin/pyenv-fails", text="#!/bin/sh\necho oops >&2\nexit 7\n")
    .having("{root}/plugins/p/bin/pyenv-bare", text="#!/bin/sh\necho bare\n")
    .having("{root}/plugins/p/bin/pyenv-summary", text="#!/bin/sh\n# Summary: Only a summary\necho x\n")
    .having("{root}/plugins/p/bin/pyenv-sh-eval", text="#!/bin/sh\necho echo evaluated\n")
    .having("{root}/plugins/p/bin/pyenv-sees", text='#!/bin/sh\necho "$PYENV_ROOT|$PYENV_DIR|$PYENV_VERSION"\n')
    .having("{root}/plugins/p/bin/pyenv-reads", text='#!/bin/sh\nread -r line; echo "got $line"\n')
    .having("{root}/plugins/p/bin/pyenv-completes", text='#!/bin/sh\n# provide pyenv completions\necho "$*"\n')
)


def both(first: str, second: str) -> Scene:
    """The same command in two places, each of which says its own."""
    return SYSTEM.having(first, text="#!/bin/sh\necho first\n").having(second, text="#!/bin/sh\necho second\n")


NAME = "version-name"

CASES = (
    case("plugin/on PATH", PLUGINS, "onpath", "{system}/pyenv-onpath\nversion=\n"),
    case(
        "plugin/arguments",
        PLUGINS,
        ("onpath", "-x", "", "a b", "*", "--", "-h", "--version"),
        ("{system}/pyenv-onpath\nversion=\n<-x>\n<>\n<a b>\n<*>\n<-->\n<-h>\n<--version>\n"),
    ),
    case("plugin/in a plugin directory", PLUGINS, "greet", "hello\n"),
    case("plugin/status and stderr", PLUGINS, "fails", stderr="oops\n", status=7),
    case("plugin/stdin", PLUGINS, "reads", "got a line\n", stdin="a line\n"),
    case("plugin/what it sees", PLUGINS, "sees", "{root}|{work}/deep|\n", cwd="{work}/deep"),
    case("plugin/what it sees with PYENV_DIR", PLUGINS, "sees", "{root}|{home}|\n", PYENV_DIR="{home}"),
    case("plugin/what it sees of a trailing slash", PLUGINS, "sees", "{root}|{work}|\n", PYENV_ROOT="{root}/"),
    case("plugin/--help", PLUGINS, "greet --help", "Usage: pyenv greet [NAME]\n\nSays hello to somebody.\n\n"),
    case("plugin/--help behind", PLUGINS, "greet you --help", "hello you --help\n"),
    case("plugin/-h", PLUGINS, "greet -h", "hello -h\n"),
    case("plugin/help", PLUGINS, "help greet", "Usage: pyenv greet [NAME]\n\nSays hello to somebody.\n\n"),
    case("plugin/help --usage", PLUGINS, "help --usage greet", "Usage: pyenv greet [NAME]\n"),
    case(
        "plugin/help without documentation",
        PLUGINS,
        "help bare",
        stderr="Sorry, this command isn't documented yet.\n",
        status=1,
    ),
    case(
        "plugin/--help without documentation",
        PLUGINS,
        "bare --help",
        stderr="Sorry, this command isn't documented yet.\n",
        status=1,
    ),
    case("plugin/help --usage without documentation", PLUGINS, "help --usage bare"),
    case("plugin/help with a summary only", PLUGINS, "help summary", "Usage: pyenv summary\n\nOnly a summary\n\n"),
    case("plugin/sh command", PLUGINS, "sh-eval", "echo evaluated\n"),
    case("plugin/sh command without the function", PLUGINS, "eval", stderr="pyenv: no such command `eval'\n", status=1),
    case("plugin/sh command --help", PLUGINS, "sh-eval --help", 'pyenv help "sh-eval"\n'),
    case("plugin/completions", PLUGINS, "completions completes a b", "--help\n--complete a b\n"),
    case("plugin/completions of one without", PLUGINS, "completions greet", "--help\n"),
    case("plugin/a directory before PATH", both("{root}/plugins/p/bin/pyenv-x", "{system}/pyenv-x"), "x", "first\n"),
    case(
        "plugin/the later directory first",
        both("{root}/plugins/a/bin/pyenv-x", "{root}/plugins/b/bin/pyenv-x"),
        "x",
        "second\n",
    ),
    case(
        "plugin/our commands first", both("{root}/plugins/p/bin/pyenv-root", "{system}/pyenv-root"), "root", "{root}\n"
    ),
    case(
        "plugin/not executable",
        SYSTEM.with_file("{system}/pyenv-data", ECHO),
        "data",
        stderr="{pyenv}/bin/pyenv: line 142: {system}/pyenv-data: Permission denied\n",
        status=126,
    ),
    case(
        "plugin/a directory of that name",
        SYSTEM.with_directories("{system}/pyenv-folder"),
        "folder",
        stderr="pyenv: no such command `folder'\n",
        status=1,
    ),
    case(
        "plugin/a name with a blank",
        SYSTEM.having("{system}/pyenv-two words"),
        ("two words", "x"),
        "{system}/pyenv-two words\nversion=\n<x>\n",
    ),
    case(
        "plugin/in the shims",
        SYSTEM.having("{root}/shims/pyenv-shimmed"),
        "shimmed",
        "{root}/shims/pyenv-shimmed\nversion=\n",
    ),
)
