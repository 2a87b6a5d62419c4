"""What is done where a selected version is not installed, beside what pyenv does: refuse, or install it first.

Strict mode is `PYV_STRICT` or the policy key `strict`; the configuration files are read here only, so a selection
that is complete never pays for them. `PYV_AUTO_INSTALL` lets `exec`, and so every shim, install what is missing, by
starting this very pyv: nothing here knows how that is done.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from pyv.environment import PYV, Environment
from pyv.install.configured_by import is_configured
from pyv.plumbing.chosen import chosen
from pyv.selection.exec import run
from pyv.selection.installed import Installed
from pyv.selection.lookup import GUARD, StrictSelectionError, is_strict, require_all
from pyv.selection.select import Choice, Selection, is_installable

_AUTO_INSTALL = "PYV_AUTO_INSTALL"
_INTERRUPTED = 128 + signal.SIGINT
_START = (
    "import sys; sys.argv[0] = {name!r}; sys.path[:0] = {search!r}; "
    "from pyv.__main__ import main; raise SystemExit(main())"
)


def refuse_if_strict(selection: Selection, environment: Environment) -> None:
    """Refuse a selection with a missing version in strict mode.

    Raises:
        StrictSelectionError: naming the version, who asked for it, and what installs it.
        PyvError: a configuration file cannot be read, so nobody knows.
    """
    if is_strict(environment) or _is_policy_strict(environment):
        require_all(selection)


def settled(selection: Selection, installed: Installed, environment: Environment) -> tuple[Selection, Installed]:
    """The selection to go on with: with what was missing installed, if that is wished.

    Raises:
        StrictSelectionError: it could not be installed, or strict mode forbids to go on without.
        KeyboardInterrupt: a person stopped it.
    """
    if environment.variable(_AUTO_INSTALL) in {None, "0"}:
        refuse_if_strict(selection, environment)
        return selection, installed
    for choice in selection.missing:
        if not is_installable(choice.word):
            raise _failed(selection, choice, "and is no version that can be installed")
    status = _install([choice.kept for choice in selection.missing], installed, environment)
    if status == _INTERRUPTED:
        raise KeyboardInterrupt
    selected, found = chosen(environment, quiet=True)
    for choice in selected.missing:
        raise _failed(selection, choice, f"and installing it failed (status {status})")
    return selected, found


def _failed(selection: Selection, choice: Choice, what: str) -> StrictSelectionError:
    return StrictSelectionError(
        f"version `{choice.kept}' is not installed (set by {selection.pin.origin}), {what}",
        hint=f"change what selects it, or go on without by unsetting {_AUTO_INSTALL}",
        version=choice.kept,
        origin=selection.pin.origin,
    )


def _install(words: list[str], installed: Installed, environment: Environment) -> int:
    """Run `pyv install`, with all it says on stderr; its exit status."""
    variables = {name: value for name, value in environment.vars.items() if name not in {_AUTO_INSTALL, GUARD}}
    variables["PYV_ROOT"] = str(installed.root.path)
    start = _START.format(name=PYV, search=_search())
    return run([environment.python, "-I", "-c", start, "install", "--", *words], variables, to_stderr=True)


def _search() -> list[str]:
    """Where this pyv and what it needs were found."""
    own = str(Path(__file__).resolve().parents[2])
    return [own, *(path for path in sys.path if path.endswith("-packages"))]


def _is_policy_strict(environment: Environment) -> bool:
    if not is_configured(environment.root, environment.cwd):
        return False
    from pyv.install.configuration import read_configuration  # noqa: PLC0415 (a TOML parser and all that is judged)

    return read_configuration(environment.root, environment.cwd).policy.strict
