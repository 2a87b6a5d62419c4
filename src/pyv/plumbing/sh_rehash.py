"""`pyv sh-rehash`: what the shell function evaluates for `pyv rehash`: a rehash, and names looked up anew."""

from __future__ import annotations

from pyv.environment import Environment
from pyv.plumbing.shell_syntax import FISH, shell_in_use

HELP = """\
Usage: pyv sh-rehash

Print what makes a shell rehash; the shell function of `pyv init` evaluates it.

Examples:
  pyv rehash                 with the shell function, this is what happens
  eval "$(pyv sh-rehash)"    without it
"""


def sh_rehash(environment: Environment, arguments: list[str]) -> int:  # noqa: ARG001 (pyenv takes any)
    """Print the code."""
    print(f"command {environment.name} rehash")
    if shell_in_use(environment) != FISH:
        print("hash -r 2>/dev/null || true")
    return 0
