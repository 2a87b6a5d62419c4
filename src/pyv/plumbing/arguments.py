"""Arguments as pyenv reads them: known options first, then operands, taken as they are."""

from __future__ import annotations

from collections.abc import Mapping

from pyv.plumbing.dispatch import UsageError


def leading_options(arguments: list[str], known: Mapping[str, str]) -> tuple[set[str], list[str]]:
    """Split off the options in front; `known` maps each spelling to an option's name.

    Raises:
        UsageError: something in front of the first operand looks like an option and is none.
    """
    options: set[str] = set()
    for position, word in enumerate(arguments):
        if word in known:
            options.add(known[word])
        elif word == "--":
            return options, arguments[position + 1 :]
        elif word.startswith("-") and word != "-":
            raise UsageError
        else:
            return options, arguments[position:]
    return options, []


def only_options(arguments: list[str], known: Mapping[str, str]) -> set[str]:
    """The options of a command that takes nothing else.

    Raises:
        UsageError: there is something else.
    """
    options, rest = leading_options(arguments, known)
    if rest:
        raise UsageError
    return options
