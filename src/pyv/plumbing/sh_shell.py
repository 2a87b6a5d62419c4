"""`pyv sh-shell`: what the shell function evaluates for `pyv shell`."""

from __future__ import annotations

import sys

from pyv.environment import Environment
from pyv.errors import NotInstalledError
from pyv.plumbing.prefix import prefix_of
from pyv.plumbing.shell_syntax import FISH, shell_in_use, word
from pyv.plumbing.speech import hint, say
from pyv.reporting import report
from pyv.selection.installed import read_installed
from pyv.selection.pins import split_names
from pyv.store.paths import Root

HELP = """\
Usage: pyv sh-shell VERSION...
       pyv sh-shell -
       pyv sh-shell --unset

Print what sets the Python version(s) of a shell; the shell function of `pyv init` evaluates it.

Examples:
  pyv shell 3.12                  with the shell function, this is what happens
  eval "$(pyv sh-shell 3.12)"     without it
"""
_ONE, _OLD = "PYENV_VERSION", "PYENV_VERSION_OLD"
_SET = {
    FISH: "set -gu {old} $" + _ONE + "\nset -gx {one} {value}",
    "": '{old}="${{{one}-}}"\nexport {one}={value}',
}
_UNSET = {
    FISH: "set -gu {old} $" + _ONE + "\nset -e {one}",
    "": '{old}="${{{one}-}}"\nunset {one}',
}
_SWAP = {
    FISH: """\
if set -q {old}
  set -l _pyv_kept ${one}
  if test -n "${old}"
    set -gx {one} ${old}
  else
    set -e {one}
  end
  set -gu {old} $_pyv_kept
else
  echo '{own}: {old} is not set' >&2
  false
end""",
    "": """\
if [ -n "${{{old}+x}}" ]; then
  _pyv_kept="${{{one}-}}"
  if [ -n "${old}" ]; then
    export {one}="${old}"
  else
    unset {one}
  fi
  {old}="$_pyv_kept"
  unset _pyv_kept
else
  echo '{own}: {old} is not set' >&2
  false
fi""",
}


def sh_shell(environment: Environment, arguments: list[str]) -> int:
    """Print the code, or what is set where no version is named."""
    shell = shell_in_use(environment)
    if not arguments:
        return _show(environment)
    if arguments[0] == "--unset":
        print(_filled(_UNSET, shell, environment))
        return 0
    if arguments[0] == "-":
        print(_filled(_SWAP, shell, environment))
        return 0
    installed = read_installed(Root(environment.root))
    names = [name for argument in arguments for name in split_names(argument)]
    try:
        for name in names:
            prefix_of(name, installed, environment)
    except NotInstalledError as error:
        report(error, environment, sys.stderr)
        print("false")
        return 1
    value = ":".join(names)
    if value != environment.vars.get(_ONE, ""):
        print(_filled(_SET, shell, environment, value=word(value, shell)))
    if environment.variable("PYV_VERSION") is not None and not environment.is_pyenv:
        say("PYV_VERSION is set, and goes before what `pyv shell` sets", environment)
        hint("unset PYV_VERSION", environment)
    return 0


def _show(environment: Environment) -> int:
    if environment.variable(_ONE) is None:
        say("no shell-specific version configured", environment)
        hint("set one: pyv shell 3.12", environment)
        return 1
    print(f'echo "${_ONE}"')
    return 0


def _filled(forms: dict[str, str], shell: str, environment: Environment, *, value: str = "") -> str:
    form = forms.get(shell, forms[""])
    return form.format(one=_ONE, old=_OLD, own=environment.name, value=value)
