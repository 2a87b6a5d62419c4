"""What differs between the shells that evaluate pyv's output: fish, and all others, taken for POSIX shells."""

from __future__ import annotations

import os

from pyv.environment import Environment
from pyv.store.script import quoted

FISH = "fish"


def shell_in_use(environment: Environment) -> str:
    """The shell that evaluates: `PYENV_SHELL`, which `init` sets, else the person's login shell."""
    return shell_name(environment.variable("PYENV_SHELL") or environment.variable("SHELL") or "sh")


def shell_name(text: str) -> str:
    """`-bash` → `bash`, `/bin/zsh` → `zsh`, `zsh-5.9` → `zsh`."""
    return os.path.basename(text.removeprefix("-")).partition("-")[0]


def word(text: str, shell: str) -> str:
    """A text as one word of a shell."""
    if shell == FISH:
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return quoted(text)
