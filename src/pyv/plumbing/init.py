"""`pyv init`: what a shell evaluates so that the shims come first on PATH.

The code starts no process and can be evaluated again and again. There is no rehash at shell start: install,
uninstall and pip through a shim each do their own. `PYENV_ROOT`, by which editors, tox and poetry find the tree, is
set only where nobody set it and there is no pyenv.
"""

from __future__ import annotations

import os
import sys

from pyv.environment import Environment
from pyv.plumbing.dispatch import UsageError
from pyv.store.atomic import make_directory
from pyv.store.paths import Root
from pyv.store.shims import quoted

HELP = """\
Usage: pyv init - [--no-push-path] [--no-rehash] [SHELL]
       pyv init --path [--no-push-path] [--no-rehash] [SHELL]
       pyv init [SHELL]

Print the set-up of a shell, or say where to put it. bash, zsh and fish are known; others are
taken for POSIX shells.

  -                 PATH and variables
  --path            PATH only
  --no-push-path    put the shims in front only if they are not on PATH yet
  --no-rehash       accepted; pyv never rehashes at shell start

Examples:
  eval "$(pyv init - bash)"
  pyv init - fish | source
"""
_FLAGS = {"-", "--path", "--no-push-path", "--no-rehash"}
_START_UP_FILES = {"bash": "~/.bashrc", "zsh": "~/.zshrc", "fish": "~/.config/fish/config.fish"}

_POSIX_PATH = """\
_pyv_shims={shims}
_pyv_path=":${{PATH-}}:"
while :; do
  case "$_pyv_path" in
    *":$_pyv_shims:"*) _pyv_path="${{_pyv_path%%":$_pyv_shims:"*}}:${{_pyv_path#*":$_pyv_shims:"}}" ;;
    *) break ;;
  esac
done
_pyv_path="${{_pyv_path#:}}"
_pyv_path="${{_pyv_path%:}}"
PATH="$_pyv_shims${{_pyv_path:+:$_pyv_path}}"
export PATH
unset _pyv_path _pyv_shims
"""
_POSIX_PATH_ONCE = """\
_pyv_shims={shims}
case ":${{PATH-}}:" in
  *":$_pyv_shims:"*) ;;
  *) PATH="$_pyv_shims${{PATH:+:$PATH}}"; export PATH ;;
esac
unset _pyv_shims
"""
_POSIX_VARIABLES = """\
PYENV_SHELL={shell}
export PYENV_SHELL
if [ -z "${{PYENV_ROOT-}}" ] && ! [ -e "${{HOME-}}/.pyenv" ]; then PYENV_ROOT={root}; export PYENV_ROOT; fi
"""
_FISH_PATH = """\
set -l _pyv_shims {shims}
while set -l _pyv_at (contains -i -- $_pyv_shims $PATH)
  set -e PATH[$_pyv_at]
end
set -gx PATH $_pyv_shims $PATH
"""
_FISH_PATH_ONCE = """\
set -l _pyv_shims {shims}
contains -- $_pyv_shims $PATH; or set -gx PATH $_pyv_shims $PATH
"""
_FISH_VARIABLES = """\
set -gx PYENV_SHELL fish
if test -z "$PYENV_ROOT"; and not test -e "$HOME/.pyenv"
  set -gx PYENV_ROOT {root}
end
"""


def init(environment: Environment, arguments: list[str]) -> int:
    """Print the set-up, or the instructions (on stderr, status 1) where no mode is named."""
    flags = {word for word in arguments if word in _FLAGS}
    shells = [word for word in arguments if word not in _FLAGS]
    if len(shells) > 1 or any(word.startswith("-") for word in shells):
        raise UsageError
    shell = _shell_name(shells[0]) if shells else detect_shell(environment)
    if not flags & {"-", "--path"}:
        sys.stderr.write(_instructions(shell))
        return 1
    root = Root(environment.root)
    for directory in (root.shims, root.versions):
        make_directory(directory)
    sys.stdout.write(set_up(shell, root, flags, named=environment.variable("PYV_ROOT") is not None))
    return 0


def set_up(shell: str, root: Root, flags: set[str], *, named: bool) -> str:
    """The code for one shell; a root that was `named` by `PYV_ROOT` is named to the shell as well."""
    fish, once = shell == "fish", "--no-push-path" in flags
    quote = _fish_quoted if fish else quoted
    path = (_FISH_PATH_ONCE if once else _FISH_PATH) if fish else (_POSIX_PATH_ONCE if once else _POSIX_PATH)
    code = path.format(shims=quote(str(root.shims)))
    if "-" not in flags:
        return code
    variables = _FISH_VARIABLES if fish else _POSIX_VARIABLES
    if named:
        place = quote(str(root.path))
        code += f"set -gx PYV_ROOT {place}\n" if fish else f"PYV_ROOT={place}\nexport PYV_ROOT\n"
    return code + variables.format(shell=quote(shell), root=quote(str(root.path)))


def detect_shell(environment: Environment) -> str:
    """The shell that asks: the parent process where /proc tells, else `$SHELL`, else `sh`."""
    try:
        with open(f"/proc/{os.getppid()}/cmdline", "rb") as stream:
            parent = os.fsdecode(stream.read().split(b"\0")[0])
    except OSError:
        parent = _parent_by_ps()
    name = _shell_name(parent)
    if name.endswith("sh"):
        return name
    return _shell_name(environment.variable("SHELL") or "sh")


def _parent_by_ps() -> str:
    """The parent's command where there is no /proc (macOS)."""
    import subprocess  # noqa: PLC0415 (costs more than all the rest of this command)

    try:
        line = ["ps", "-o", "args=", "-p", str(os.getppid())]
        words = subprocess.run(line, capture_output=True, text=True, check=False).stdout.split()
    except OSError:
        return ""
    return words[0] if words else ""


def _shell_name(text: str) -> str:
    """`-bash` → `bash`, `/bin/zsh` → `zsh`, `zsh-5.9` → `zsh`."""
    return os.path.basename(text.removeprefix("-")).partition("-")[0]


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _instructions(shell: str) -> str:
    place = _START_UP_FILES.get(shell, "~/.profile")
    line = "pyv init - fish | source" if shell == "fish" else f'eval "$(pyv init - {shell})"'
    return f"# Put this line at the end of {place}, then start a new shell:\n\n{line}\n\n"
