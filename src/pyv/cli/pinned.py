"""The pins of a directory as words to install, and which of them `python` will not follow once they are."""

from __future__ import annotations

from collections.abc import Iterable

from pyv.cli.context import Context
from pyv.environment import Environment
from pyv.errors import RequestError
from pyv.install.plan import Plan
from pyv.selection.pins import find_upwards, local_names


def pinned_words(environment: Environment) -> tuple[str, ...]:
    """What the nearest `.python-version` names, the system's Python left out.

    Raises:
        RequestError: there is none, or it names nothing.
    """
    path = find_upwards(environment.cwd)
    if path is None:
        raise RequestError(
            "nothing to install: no version named, and no .python-version here", hint="name one: pyv install 3.12"
        )
    words = tuple(word for word in local_names(environment) if word != "system")
    if not words:
        raise RequestError(f"nothing to install: {path} names no version", hint="name one: pyv install 3.12")
    return words


def tell_unfollowed(plans: Iterable[Plan], context: Context) -> None:
    """Say which pins no shim follows: an installation takes any request, while shims know names and prefixes."""
    from pyv.selection.installed import read_installed  # noqa: PLC0415 (a locked installation tells nothing of it)
    from pyv.selection.select import resolve  # noqa: PLC0415 (as above)

    known = read_installed(context.root)
    for plan in plans:
        if resolve(plan.request, known).name is None:
            context.output.say(
                f"warning: `{plan.request}` is pinned, and `python` goes by names and prefixes only: "
                f"pyv local {plan.name}"
            )
