"""The set-up code of each shell: PATH, variables, the shell function, completion.

It starts no process when it is evaluated, and may be evaluated again and again. There is no rehash at shell start:
install, uninstall and pip through a shim each do their own. `PYENV_ROOT`, by which editors, tox and poetry find the
tree, is set only where nobody set it and there is no other `~/.pyenv`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pyv.plumbing.shell_syntax import FISH, word

_POSIX_PATH = """\
_pyv_shims={first}
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
_pyv_shims={first}
case ":${{PATH-}}:" in
  *":$_pyv_shims:"*) ;;
  *) PATH="$_pyv_shims${{PATH:+:$PATH}}"; export PATH ;;
esac
unset _pyv_shims
"""
_POSIX_VARIABLES = """\
PYENV_SHELL={shell}
export PYENV_SHELL
"""
_POSIX_PYENV_ROOT = """\
if [ -z "${{PYENV_ROOT-}}" ] && {{ ! [ -e "${{HOME-}}/.pyenv" ] || [ {root} = "${{HOME-}}/.pyenv" ]; }}; then
  PYENV_ROOT={root}; export PYENV_ROOT
fi
"""
_POSIX_FUNCTION = """\
{name}() {{
  case "${{1-}}" in
    {commands}) eval "$(command {name} "sh-$@")" ;;
    *) command {name} "$@" ;;
  esac
}}
"""
_BASH_COMPLETION = """\
_{name}_complete() {{
  local words word IFS=$' \t\n'
  if [ "$COMP_CWORD" -le 1 ]; then words=$(command {name} commands)
  else words=$(command {name} completions "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"); fi
  read -r -d '' -a words <<<"$words"
  COMPREPLY=()
  for word in "${{words[@]}}"; do
    case "$word" in "${{COMP_WORDS[COMP_CWORD]}}"*) COMPREPLY+=("$word") ;; esac
  done
}}
complete -F _{name}_complete {name}
"""
_ZSH_COMPLETION = """\
_{name}_complete() {{
  local -a found
  if (( CURRENT <= 2 )); then found=("${{(@f)$(command {name} commands)}}")
  else found=("${{(@f)$(command {name} completions "${{(@)words[2,CURRENT-1]}}")}}"); fi
  compadd -a found
}}
if (( $+functions[compdef] )); then compdef _{name}_complete {name}; fi
"""
_FISH_PATH = """\
set -l _pyv_shims {first}
while set -l _pyv_at (contains -i -- $_pyv_shims $PATH)
  set -e PATH[$_pyv_at]
end
set -gx PATH $_pyv_shims $PATH
"""
_FISH_PATH_ONCE = """\
set -l _pyv_shims {first}
contains -- $_pyv_shims $PATH; or set -gx PATH $_pyv_shims $PATH
"""
_FISH_VARIABLES = """\
set -gx PYENV_SHELL fish
"""
_FISH_PYENV_ROOT = """\
if test -z "$PYENV_ROOT"; and begin; not test -e "$HOME/.pyenv"; or test {root} = "$HOME/.pyenv"; end
  set -gx PYENV_ROOT {root}
end
"""
_FISH_FUNCTION = """\
function {name}
  switch "$argv[1]"
    case {commands}
      set argv[1] "sh-$argv[1]"
      eval (command {name} $argv | string collect)
    case '*'
      command {name} $argv
  end
end
"""
_FISH_COMPLETION = """\
function _{name}_complete
  set -l words (commandline -opc)
  set -e words[1]
  if test (count $words) -eq 0
    command {name} commands
  else
    command {name} completions $words
  end
end
complete -f -c {name} -a '(_{name}_complete)'
"""
_COMPLETIONS = {"bash": _BASH_COMPLETION, "zsh": _ZSH_COMPLETION, FISH: _FISH_COMPLETION}


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """What a shell is to be told."""

    shell: str
    directories: Sequence[str]
    """What comes first on PATH, the first of them in front."""
    once: bool
    """Whether PATH stays as it is where they are on it."""
    root: str
    root_variable: str | None = None
    """The variable that names the root, where it has to be named."""
    names: Sequence[str] = ()
    """What this program is called, each with a function of its own; none for PATH alone."""
    shell_commands: Sequence[str] = ()
    """The commands whose output the function evaluates."""
    pyenv_root: bool = False
    """Whether `PYENV_ROOT` is offered to others."""

    def code(self) -> str:
        """The code."""
        fish = self.shell == FISH
        path = (_FISH_PATH_ONCE if self.once else _FISH_PATH) if fish else _posix_path(self.once)
        parts = [path.format(first=self._word(each)) for each in reversed(self.directories)]
        if not self.names:
            return "".join(parts)
        if self.root_variable is not None:
            form = "set -gx {0} {1}\n" if fish else "{0}={1}\nexport {0}\n"
            parts.append(form.format(self.root_variable, self._word(self.root)))
        parts.append((_FISH_VARIABLES if fish else _POSIX_VARIABLES).format(shell=self._word(self.shell)))
        if self.pyenv_root:
            parts.append((_FISH_PYENV_ROOT if fish else _POSIX_PYENV_ROOT).format(root=self._word(self.root)))
        parts += [self._function(name) for name in self.names]
        parts += [_COMPLETIONS.get(self.shell, "").format(name=name) for name in self.names]
        return "".join(parts)

    def _function(self, name: str) -> str:
        fish = self.shell == FISH
        commands = (" " if fish else " | ").join(self.shell_commands)
        return (_FISH_FUNCTION if fish else _POSIX_FUNCTION).format(name=name, commands=commands)

    def _word(self, text: str) -> str:
        return word(text, self.shell)


def _posix_path(once: bool) -> str:
    return _POSIX_PATH_ONCE if once else _POSIX_PATH
