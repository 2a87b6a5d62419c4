"""`pyv versions`: what is installed, and which of it is selected."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict, dataclass

from pyv.environment import Environment
from pyv.plumbing.arguments import only_options
from pyv.plumbing.chosen import chosen
from pyv.plumbing.prefix import system_python
from pyv.plumbing.speech import say
from pyv.selection.installed import Installed
from pyv.selection.select import SYSTEM, Selection

HELP = """\
Usage: pyv versions [--bare] [--skip-aliases] [--skip-envs] [--aliases] [--json]

List the installed Python versions; a star marks the selected ones.

  --bare            names only
  --skip-aliases    without links to other versions
  --skip-envs       without virtual environments
  --aliases         with the aliases pyv manages (3.12 -> 3.12.2)
  --json            as JSON

Examples:
  pyv versions
  pyv versions --bare --skip-aliases
"""
_OPTIONS = {f"--{name}": name for name in ("bare", "skip-aliases", "skip-envs", "aliases", "json")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One line."""

    name: str
    path: str
    link: str | None
    """The text of a link; None for directories and for versions pyv installed."""
    managed: bool
    """Whether pyv makes and moves this link."""
    active: bool


def versions(environment: Environment, arguments: list[str]) -> int:
    """Print the list; 1 where there is nothing at all to list."""
    options = only_options(arguments, _OPTIONS)
    selection, installed = chosen(environment, quiet=not options.isdisjoint({"bare", "json"}))
    listed = _listed(selection, installed, options)
    if "json" in options:
        _print_json(selection, listed)
        return 0
    if "bare" in options:
        for entry in listed:
            print(entry.name)
        return 0
    for choice in selection.missing:
        say(f"version `{choice.word}' is not installed (set by {selection.pin.origin})", environment)
    if system_python(installed, environment) is not None:
        listed = [_system(selection), *listed]
    for entry in listed:
        mark, origin = ("* ", f" (set by {selection.pin.origin})") if entry.active else ("  ", "")
        arrow = f" --> {entry.link}" if entry.link is not None else ""
        print(f"{mark}{entry.name}{arrow}{origin}")
    if not listed:
        sys.stderr.write("Warning: no Python detected on the system\n")
        return 1
    return 0


def _listed(selection: Selection, installed: Installed, options: set[str]) -> list[Listed]:
    listed: list[Listed] = []
    names = set(selection.names)
    for name in installed.entries():
        managed = installed.is_managed_alias(name)
        link = _link(installed, name)
        if (managed and "aliases" not in options) or ("skip-aliases" in options and _is_alias(installed, name, link)):
            continue
        environments = [] if "skip-envs" in options or managed else installed.environments(name)
        listed += [
            Listed(
                name=each,
                path=str(installed.root.version_link(each)),
                link=link if each == name else _link(installed, each),
                managed=managed,
                active=each in names,
            )
            for each in (name, *environments)
        ]
    return listed


def _system(selection: Selection) -> Listed:
    return Listed(name=SYSTEM, path="/", link=None, managed=False, active=SYSTEM in selection.names)


def _link(installed: Installed, name: str) -> str | None:
    """The text of a link, as it is; the link by which pyv installs a version counts as the version itself."""
    path = installed.root.version_link(name)
    if not path.is_symlink():
        return None
    text = os.readlink(path)
    leads_to = os.path.normpath(path.parent / text)
    return None if os.path.dirname(leads_to) == str(installed.root.store) else text


def _is_alias(installed: Installed, name: str, link: str | None) -> bool:
    """Whether a link leads to another version, or to an environment of one."""
    if link is None:
        return False
    tree = str(installed.root.versions)
    parent = os.path.dirname(os.path.normpath(installed.root.version_link(name).parent / link))
    return parent == tree or (os.path.basename(parent) == "envs" and os.path.dirname(os.path.dirname(parent)) == tree)


def _print_json(selection: Selection, listed: list[Listed]) -> None:
    # only who asks for JSON pays for it
    import json  # noqa: PLC0415

    document = {
        "schema": 1,
        "origin": selection.pin.origin,
        "selected": selection.names,
        "missing": [choice.word for choice in selection.missing],
        "versions": [asdict(entry) for entry in listed],
    }
    print(json.dumps(document, indent=2))
