"""`pyv latest`: the newest installed version a prefix means. What is known, not installed, is in `pyv.cli`."""

from __future__ import annotations

from pyv.environment import Environment
from pyv.plumbing.arguments import leading_options
from pyv.plumbing.dispatch import UsageError
from pyv.plumbing.speech import hint, say
from pyv.selection.installed import Installed, read_installed
from pyv.selection.prefix import newest
from pyv.store.paths import Root

HELP = """\
Usage: pyv latest [-k|--known] [-b|--bypass] [-f|--force] PREFIX

Show the newest installed version a prefix means; pre-releases are never meant.

  -k, --known     of all versions that can be installed
  -b, --bypass    where there is none, show the prefix itself
  -f, --force     the same, and succeed

Examples:
  pyv latest 3.12       3.12.2
  pyv latest -k 3.13    what `pyv install 3.13` would install
"""
OPTIONS = {
    "-k": "known",
    "--known": "known",
    "-b": "bypass",
    "--bypass": "bypass",
    "-f": "force",
    "--force": "force",
}


def latest(environment: Environment, arguments: list[str]) -> int:
    """Print it; 1 where there is none."""
    options, operands = leading_options(arguments, OPTIONS)
    if not operands or not operands[0]:
        raise UsageError
    found = _installed(operands[0], read_installed(Root(environment.root)))
    return answer(operands[0], found, "installed", options, environment)


def answer(prefix: str, found: str | None, kind: str, options: set[str], environment: Environment) -> int:
    """Print what was found among the versions of a kind (`installed`, `known`), or say that nothing was."""
    if found is not None:
        print(found)
        return 0
    if options & {"bypass", "force"}:
        print(prefix)
        return 0 if "force" in options else 1
    say(f"no {kind} versions match the prefix `{prefix}'", environment)
    hint("see `pyv available`" if kind == "known" else f"pyv install {prefix}", environment)
    return 1


def _installed(prefix: str, installed: Installed) -> str | None:
    target = installed.target(prefix)
    if target is not None:
        return target
    return prefix if installed.has(prefix) else newest(prefix, installed.names())
