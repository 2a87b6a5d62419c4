"""`pyenv install`: pyenv's grammar (2.8.1): options anywhere and bundled, words, and what comes before any version."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress

from pyv.cli.context import make_context
from pyv.cli.known import known, listing
from pyv.cli.output import Output
from pyv.cli.pyenv_versions import Job, install_each
from pyv.cli.pyenv_words import HELP, say_ignored_variables
from pyv.environment import Environment
from pyv.errors import PyvError
from pyv.install.known import Known
from pyv.plumbing.dispatch import UsageError
from pyv.plumbing.pyenv import VERSION
from pyv.plumbing.usage import help_of, usage_of
from pyv.selection.pins import local_names
from pyv.selection.select import SYSTEM

_LETTERS = {
    "h": "help",
    "l": "list",
    "f": "force",
    "s": "skip-existing",
    "k": "keep",
    "p": "patch",
    "v": "verbose",
    "g": "debug",
}
_KNOWN = {*_LETTERS.values(), "version"}
_AT_ONCE = ("help", "list", "version")
_COMPLETED = ("help", "list", "force", "skip-existing", "keep", "patch", "verbose", "version", "debug")


def install(environment: Environment, arguments: Sequence[str]) -> int:
    """Do what the command line says; the exit status.

    Raises:
        PyvError: a configuration file or the index cannot be read.
    """
    try:
        options, immediate = _options(arguments)
    except UsageError:
        return _usage(environment)
    if immediate == "help":
        sys.stdout.write(help_of("install", HELP, environment))
        return 0
    if immediate == "version":
        sys.stdout.write(f"python-build {VERSION}\n")
        return 0
    context = make_context(environment, Output(environment=environment, verbose="verbose" in options))
    with context.closing:
        if immediate == "list":
            context.output.lines(listing(_listed(known(context))))
            return 0
        words = [word for word in arguments if not word.startswith("-")]
        words = words or [name for name in local_names(environment) if name != SYSTEM]
        if not words or not all(words):
            return _usage(environment)
        say_ignored_variables(environment)
        gc.disable()  # as `pyv install` does
        job = Job(
            context=context,
            force="force" in options,
            skip_existing="skip-existing" in options,
            debug="debug" in options,
        )
        return install_each(words, job)


def complete(environment: Environment) -> int:
    """`pyenv completions install`: options, and what versions are at hand; no place for errors."""
    words = [f"--{option}" for option in _COMPLETED]
    output = Output(environment=environment)
    with suppress(PyvError):
        context = make_context(environment, output)
        with context.closing:
            words += _listed(known(context, offline=True))
    output.lines(words)
    return 0


def _usage(environment: Environment) -> int:
    sys.stderr.write(usage_of("install", HELP, environment))
    return 1


def _options(arguments: Sequence[str]) -> tuple[set[str], str | None]:
    """The options up to the first one that does all there is to do, and that one.

    Raises:
        UsageError: one of them is none.
    """
    options: set[str] = set()
    for option in _spelled(arguments):
        if option not in _KNOWN:
            raise UsageError
        if option in _AT_ONCE:
            return options, option
        options.add(option)
    return options, None


def _spelled(arguments: Sequence[str]) -> Iterator[str]:
    for word in arguments:
        if word.startswith("--"):
            yield word[2:]
        elif word.startswith("-"):
            yield from (_LETTERS.get(letter, "") for letter in word[1:])


def _listed(found: Known) -> tuple[str, ...]:
    """What is listed for programs: pipenv takes a listed 3.16.0a1 for a 3.16.0; debug builds have an option."""
    return tuple(name for name in found.names if name not in found.early and not name.endswith("-debug"))
