"""What `pyenv init -` does to a shell: scripts, and what they print.

Each script runs after the set-up was evaluated. bash, zsh and ksh share a script; fish has its own for the same text.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.contract.case import Outcome
from tests.contract.scene import BASIC, Scene

MARKING = BASIC.having(
    "{root}/plugins/p/bin/pyenv-sh-mark",
    text='#!/bin/sh\n[ "$PYENV_SHELL" = fish ] && echo set -gx MARK on || echo export MARK=on\n',
)
SHIMS = "{root}/shims"
REST = "{root}/bin:{system}:{tools}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShellCase:
    """A script, and what it prints."""

    name: str
    """`set-up/what is special`."""
    scene: Scene = BASIC
    options: str = "-"
    """Of `init`."""
    path: str = REST
    """`PATH` before."""
    posix: str
    fish: str
    stdout: str
    stderr: str = ""
    shells: tuple[str, ...] = ("bash", "zsh", "ksh", "fish")

    @property
    def outcome(self) -> Outcome:
        """What the script leaves behind."""
        return Outcome(stdout=self.stdout, stderr=self.stderr)


CASES = (
    ShellCase(
        name="set-up/the shims come first, and once",
        path=f"{{system}}:{SHIMS}:{REST}:{SHIMS}",
        posix='echo "$PATH"; eval "$(pyenv init - $S)"; echo "$PATH"; echo "$PYENV_SHELL" | sed s/$S/shell/',
        fish="string join : $PATH; pyenv init - fish | source; string join : $PATH; echo $PYENV_SHELL | sed s/fish/shell/",
        stdout=f"{SHIMS}:{{system}}:{REST}\n" * 2 + "shell\n",
    ),
    ShellCase(
        name="set-up/--no-push-path leaves what is there",
        options="- --no-push-path",
        path=f"{{system}}:{SHIMS}:{REST}",
        posix='echo "$PATH"',
        fish="string join : $PATH",
        stdout=f"{{system}}:{SHIMS}:{REST}\n",
    ),
    ShellCase(
        name="set-up/--no-push-path puts them in front where they are missing",
        options="- --no-push-path",
        posix='echo "$PATH"',
        fish="string join : $PATH",
        stdout=f"{SHIMS}:{REST}\n",
    ),
    ShellCase(
        name="set-up/--path is PATH alone",
        options="--path",
        posix='echo "$PATH"; echo "${PYENV_SHELL-none}"; type pyenv | grep -c function',
        fish="string join : $PATH; set -q PYENV_SHELL; or echo none; type pyenv | grep -c function",
        stdout=f"{SHIMS}:{REST}\nnone\n0\n",
    ),
    ShellCase(
        name="set-up/shell sets, shows, goes back and unsets",
        posix=(
            "pyenv shell; echo $?; pyenv shell 3.12.1; echo $?; pyenv shell; sh -c 'echo \"$PYENV_VERSION\"'\n"
            "pyenv shell 3.13 3.11; pyenv shell; pyenv shell -; pyenv shell; pyenv shell -; pyenv shell\n"
            'pyenv shell --unset; echo "${PYENV_VERSION-unset}"; pyenv shell -; pyenv shell'
        ),
        fish=(
            "pyenv shell; echo $status; pyenv shell 3.12.1; echo $status; pyenv shell; sh -c 'echo \"$PYENV_VERSION\"'\n"
            "pyenv shell 3.13 3.11; pyenv shell; pyenv shell -; pyenv shell; pyenv shell -; pyenv shell\n"
            "pyenv shell --unset; set -q PYENV_VERSION; or echo unset; pyenv shell -; pyenv shell"
        ),
        stdout="0\n0\n3.12.1\n3.12.1\n3.13:3.11\n3.12.1\n3.13:3.11\nunset\n3.13:3.11\n",
        stderr="pyenv: no shell-specific version configured\n",
    ),
    ShellCase(
        name="set-up/shell refuses what is not installed, and a way back there never was",
        posix='pyenv shell 3.9.9; echo $?; echo "${PYENV_VERSION-unset}"; pyenv shell -; echo $?',
        fish="pyenv shell 3.9.9; echo $status; set -q PYENV_VERSION; or echo unset; pyenv shell -; echo $status",
        stdout="1\nunset\n1\n",
        stderr="pyenv: version `3.9.9' not installed\npyenv: PYENV_VERSION_OLD is not set\n",
    ),
    ShellCase(
        name="set-up/other commands go through, with their words and status",
        posix="pyenv which no-such; echo $?; pyenv exec python 'a b' '*' ''; echo $?; pyenv root",
        fish="pyenv which no-such; echo $status; pyenv exec python 'a b' '*' ''; echo $status; pyenv root",
        stdout="127\n{system}/python\nversion=system\n<a b>\n<*>\n<>\n0\n{root}\n",
        stderr="pyenv: no-such: command not found\n",
    ),
    ShellCase(
        name="set-up/rehash makes shims, which run what the shell selects",
        posix="pyenv rehash; echo $?; ls {root}/shims; pyenv shell 3.12.1; python x; PYENV_VERSION=3.13.0 only313 y",
        fish="pyenv rehash; echo $status; ls {root}/shims; pyenv shell 3.12.1; python x; PYENV_VERSION=3.13.0 only313 y",
        stdout=(
            "0\nonly313\npip\npython\npython3\n{root}/versions/3.12.1/bin/python\nversion=3.12.1\n<x>\n"
            "{root}/versions/3.13.0/bin/only313\nversion=3.13.0\n<y>\n"
        ),
    ),
    ShellCase(
        name="set-up/a plugin's command for shells is evaluated",
        scene=MARKING,
        posix='pyenv mark; echo "$MARK"',
        fish="pyenv mark; echo $MARK",
        stdout="on\n",
    ),
    ShellCase(
        name="set-up/the start of a shell rehashes",
        posix="ls {root}/shims",
        fish="ls {root}/shims",
        stdout="only313\npip\npython\npython3\n",
    ),
    ShellCase(
        name="set-up/--no-rehash does not",
        options="- --no-rehash",
        posix="ls {root}/shims",
        fish="ls {root}/shims",
        stdout="",
    ),
    ShellCase(
        name="set-up/words are completed",
        shells=("bash", "fish"),
        posix=(
            "f=$(complete -p pyenv | sed 's/.*-F \\([^ ]*\\).*/\\1/')\n"
            'ask() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); $f; printf \'%s\\n\' "${COMPREPLY[@]}" | sort; }\n'
            "ask pyenv versions -; ask pyenv global 3.12; ask pyenv whi"
        ),
        fish=(
            "function ask; complete -C $argv[1] | cut -f1 | sort; end\n"
            "ask 'pyenv versions -'; ask 'pyenv global 3.12'; ask 'pyenv whi'"
        ),
        stdout="--bare\n--help\n--skip-aliases\n--skip-envs\n3.12.1\n3.12.10\nwhich\n",
    ),
)
