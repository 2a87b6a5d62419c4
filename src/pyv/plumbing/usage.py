"""Usage lines and help texts, in pyv's words or, where it is called so, with pyenv's usage lines.

A command's `HELP` begins with its usage, up to the first empty line. pyenv's own usage lines (2.8.1) are interface:
scripts and people see them; what its help says beyond them is not repeated here.
"""

from __future__ import annotations

import re

from pyv.environment import Environment

_PYENV = {
    "commands": "commands [--sh|--no-sh]",
    "completions": "completions <command> [arg1 arg2...]",
    "exec": "exec <command> [arg1 arg2...]",
    "global": "global <version> <version2> <..>",
    "help": "help [--usage] COMMAND",
    "hooks": "hooks <command>",
    "install": (
        "install [-f] [-kvp] <version>...\ninstall [-f] [-kvp] <definition-file>\ninstall -l|--list\ninstall --version"
    ),
    "latest": "latest [-k|--known] <prefix>",
    "local": "local [-f|--force] [<version> [...]]\nlocal --unset",
    "prefix": "prefix [<version>...]",
    "shell": "shell <version>...\nshell -\nshell --unset",
    "shims": "shims [--short]",
    "uninstall": "uninstall [-f|--force] <version> ...",
    "version": "version [--bare]",
    "version-file": "version-file [<dir>]",
    "version-file-read": "version-file-read <file>",
    "version-file-write": "version-file-write [-f|--force] <file> <version> [...]",
    "versions": "versions [--bare] [--skip-aliases] [--skip-envs]",
    "whence": "whence [--path] <command>",
    "which": "which <command> [--nosystem] [--skip-advice]",
}
_INIT = 'Usage: eval "$(pyenv init [-|--path] [--no-push-path] [--detect-shell] [--no-rehash] [<shell>])"\n'
_OWN_NAME = re.compile(r"(?<![\w./~])pyv(?= )")


def usage_of(name: str, text: str, environment: Environment) -> str:
    """The usage lines of a command, with their line end."""
    if not environment.is_pyenv:
        return text.partition("\n\n")[0] + "\n"
    if name == "init":
        return _INIT
    forms = _PYENV.get(name, name).split("\n")
    return "Usage: " + "       ".join(f"pyenv {form}\n" for form in forms)


def help_of(name: str, text: str, environment: Environment) -> str:
    """The whole help of a command."""
    if not environment.is_pyenv:
        return text
    rest = _OWN_NAME.sub("pyenv", text.partition("\n\n")[2])
    return f"{usage_of(name, text, environment)}\n{rest}\n"
