"""What can be installed, listed and asked for by prefix: from the index at hand, as programs expect of a listing."""

from __future__ import annotations

from pyv import host
from pyv.cli.context import Context, make_context
from pyv.cli.output import Output
from pyv.domain.objection import objector
from pyv.domain.triple import runnable_triples
from pyv.environment import Environment
from pyv.errors import PyvError
from pyv.index.opened import Index
from pyv.install.known import Known, known_versions
from pyv.plumbing import dispatch
from pyv.plumbing.arguments import leading_options
from pyv.plumbing.dispatch import UsageError
from pyv.plumbing.latest import OPTIONS, answer
from pyv.selection.prefix import newest


def known(context: Context, *, index: str | None = None, triple: str | None = None, offline: bool = False) -> Known:
    """What the index at hand knows for a triple, by default the one builds for this host are taken from.

    Raises:
        PyvError: there is none at hand, and none could be fetched.
    """
    wanted = triple or runnable_triples(host.detect())[0]
    opened = at_hand(context, index, wanted, offline=offline)
    return known_versions(opened, wanted, objector(opened.revocations, context.policy, context.environment.now))


def at_hand(context: Context, named: str | None, triple: str, *, offline: bool = False) -> Index:
    """The index as it was last verified, without a request; only where that will not do it is fetched."""
    try:
        return context.index(named, [triple], offline=True)
    except PyvError:
        if offline:
            raise
        return context.index(named, [triple]).current()


def list_known(context: Context, *, index: str | None = None, triple: str | None = None, offline: bool = False) -> None:
    """`pyv install --list`."""
    found = known(context, index=index, triple=triple, offline=offline)
    context.output.lines(listing(found.names))
    context.output.json({"versions": list(found.names)})


def listing(names: tuple[str, ...]) -> list[str]:
    """The list as pyenv writes it, and programs read it."""
    return ["Available versions:", *(f"  {name}" for name in names)]


def latest_known(environment: Environment, arguments: list[str]) -> int:
    """`latest --known PREFIX`: print the newest version a prefix means; 1 where there is none."""
    try:
        options, operands = leading_options(arguments, OPTIONS)
    except UsageError:
        options, operands = set(), []
    if "known" not in options or not operands or not operands[0]:
        return dispatch.run(environment, "latest", arguments)
    context = make_context(environment, Output(environment=environment))
    with context.closing:
        found = known(context)
    prefix = operands[0]
    name = prefix if prefix in found.every else newest(prefix, found.names)
    return answer(prefix, name, "known", options, environment)
