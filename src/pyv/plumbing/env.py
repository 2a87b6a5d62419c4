"""`pyv env` for a shell: a job runs it between two steps, so it starts without the command line proper.

The other forms, and the help, are `pyv.cli.commands.env`; what is told in all of them is found here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from pyv.domain.exports import Exports, exports_of
from pyv.environment import Environment
from pyv.errors import PyvError
from pyv.selection.installed import read_installed
from pyv.selection.pins import find_pin, split_names
from pyv.selection.prefixes import Prefix, named_prefixes, selected_prefixes
from pyv.store.paths import Root
from pyv.store.script import quoted

SHELL = "--shell"
FAILED = "false"
"""What a shell evaluates where there is nothing to tell: it fails too."""
_IN_FRONT = """\
case ":${{{name}-}}:" in
  {start}*) ;;
  *) {name}={directories}"${{{name}:+:${name}}}" ;;
esac
export {name}
"""


def is_for_shell(arguments: Sequence[str]) -> bool:
    """Whether `env` answers these."""
    return all(word == SHELL or not word.startswith("-") for word in arguments)


def env(environment: Environment, arguments: Sequence[str]) -> int:
    """Print the code.

    Raises:
        PyvError: a version is missing or not whole, or none is selected.
    """
    words = [word for word in arguments if word != SHELL]
    try:
        prefixes = prefixes_of(words, environment)
    except PyvError:
        print(FAILED)
        raise
    sys.stdout.write(shell_code(exported(prefixes, is_named=bool(words))))
    return 0


def prefixes_of(words: Sequence[str], environment: Environment) -> list[Prefix]:
    """The prefixes that are named, or selected.

    Raises:
        NotInstalledError: a version is missing, or none is selected. StoreError: one has lost its interpreter.
    """
    root = Root(environment.root)
    installed, names = read_installed(root), split_names(":".join(words))
    return named_prefixes(names, installed) if names else selected_prefixes(find_pin(environment, root), installed)


def exported(prefixes: Sequence[Prefix], *, is_named: bool, has_library: bool = False) -> Exports:
    """What a job gets to know of prefixes."""
    main = prefixes[0]
    binaries = [prefix.binaries for prefix in prefixes]
    return exports_of(main.path, main.version, binaries, is_named=is_named, has_library=has_library)


def has_library(prefix: Prefix) -> bool:
    """Whether a program could be linked to its libpython."""
    try:
        names = os.listdir(f"{prefix.path}/lib")
    except OSError:
        return False
    return any(name.startswith("libpython") and ".so" in name for name in names)


def shell_code(exports: Exports) -> str:
    """Code for any POSIX shell; evaluated twice it changes nothing more."""
    lines = [f"export {name}={quoted(value)}\n" for name, value in exports.variables.items()]
    for name, directories in {"PATH": ":".join(exports.path), **exports.in_front}.items():
        start = quoted(f":{directories}:")
        lines.append(_IN_FRONT.format(name=name, start=start, directories=quoted(directories)))
    return "".join(lines)
