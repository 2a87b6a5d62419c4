"""`pyv init`: what a shell evaluates so that the shims come first on PATH; see `shell_code` for what that is."""

from __future__ import annotations

import os
import re
import sys

from pyv.environment import PYENV, PYV, Environment
from pyv.plumbing.dispatch import COMMANDS, UsageError
from pyv.plumbing.shell_code import SetUp
from pyv.plumbing.shell_syntax import shell_name, word
from pyv.store.atomic import make_directory
from pyv.store.launcher import is_pyenv_ours, keep_set_up
from pyv.store.paths import Root

HELP = """\
Usage: pyv init - [--as-pyenv] [--no-push-path] [--no-rehash] [SHELL]
       pyv init --path [--no-push-path] [--no-rehash] [SHELL]
       pyv init --install [SHELL]
       pyv init --detect-shell [SHELL]
       pyv init --as-pyenv
       pyv init [SHELL]

Print the set-up of a shell, or say where to put it. bash, zsh and fish are known; others are
taken for POSIX shells.

  -                 PATH, variables, the shell function, completion
  --path            PATH only
  --install         add the set-up to the start-up files of the shell
  --detect-shell    say which shell asks, and which files it reads at its start
  --as-pyenv        write bin/pyenv, for tools that run pyenv by name; with -, its function too
  --no-push-path    put the shims in front only if they are not on PATH yet
  --no-rehash       accepted; pyv never rehashes at shell start

Examples:
  eval "$(pyv init - bash)"
  pyv init - fish | source
"""
_FLAGS = {"-", "--path", "--install", "--detect-shell", "--as-pyenv", "--no-push-path", "--no-rehash"}
_PLAIN = re.compile(r"[A-Za-z0-9_.+-]+", re.ASCII)


def init(environment: Environment, arguments: list[str]) -> int:
    """Print the set-up, or the instructions (on stderr, status 1) where no mode is named."""
    flags = {each for each in arguments if each in _FLAGS}
    shells = [each for each in arguments if each not in _FLAGS]
    if len(shells) > 1 or any(each.startswith("-") for each in shells):
        raise UsageError
    shell = shell_name(shells[0]) if shells else detect_shell(environment)
    root = Root(environment.root)
    if "--as-pyenv" in flags:
        _name_it_pyenv(root, environment)
    if "--detect-shell" in flags:
        return _tell(shell, environment)
    if "--install" in flags:
        return _install(shell, environment)
    if not flags & {"-", "--path"}:
        if flags == {"--as-pyenv"}:
            undo = f"rm -r {word(str(root.pyenv), shell)} {word(str(root.libexec), shell)}"
            sys.stderr.write(f"{root.pyenv} is pyv now, under the name pyenv. To undo: {undo}\n")
            return 0
        sys.stderr.write(_instructions(shell, environment))
        return 1
    for directory in (root.shims, root.versions):
        make_directory(directory)
    told = set_up(shell, root, flags, environment)
    text = told.code()
    sys.stdout.write(text)
    if arguments == ["-", shell] and _is_for_everybody(told, environment):
        keep_set_up(root, environment.name, shell, text)
    return 0


def _is_for_everybody(told: SetUp, environment: Environment) -> bool:
    """Whether the launcher may print the same till pyv changes: it names the root, and no plugin has a say."""
    own = [name.removeprefix("sh-") for name in COMMANDS if name.startswith("sh-")]
    named = environment.is_pyenv or environment.variable("PYV_ROOT") is not None
    return named and sorted(told.shell_commands) == sorted(own)


def set_up(shell: str, root: Root, flags: set[str], environment: Environment) -> SetUp:
    """What a shell is to be told; a root that was named by a variable is named to the shell as well."""
    as_pyenv = environment.is_pyenv or "--as-pyenv" in flags
    directories = [str(root.shims)]
    if is_pyenv_ours(root) if as_pyenv else root.launcher.is_file():
        directories.append(str(root.launcher.parent))
    names = (PYENV,) if environment.is_pyenv else (PYV, PYENV) if as_pyenv else (PYV,)
    named = not environment.is_pyenv and environment.variable("PYV_ROOT") is not None
    return SetUp(
        shell=shell,
        directories=directories,
        once="--no-push-path" in flags,
        root=str(root.path),
        root_variable="PYENV_ROOT" if "--as-pyenv" in flags else "PYV_ROOT" if named else None,
        names=names if "-" in flags else (),
        shell_commands=_shell_commands(environment),
        pyenv_root=not as_pyenv,
    )


def _shell_commands(environment: Environment) -> list[str]:
    """Their names, which the shell evaluates: names of programs, so only those that are words of any shell."""
    from pyv.plumbing.commands import command_names  # noqa: PLC0415 (imports this module's siblings)

    return sorted(name for name in command_names(environment, {"sh"}) if _PLAIN.fullmatch(name))


def _name_it_pyenv(root: Root, environment: Environment) -> None:
    # only who asks for it pays for it
    from pyv.store.lock import locked  # noqa: PLC0415
    from pyv.store.pyenv_name import write_pyenv  # noqa: PLC0415

    with locked(root.tree_lock):
        write_pyenv(root, environment.python, sorted({*COMMANDS, "install"}))


def _tell(shell: str, environment: Environment) -> int:
    from pyv.plumbing.startup_files import startup_files  # noqa: PLC0415 (not for every shell start)

    login, interactive = startup_files(shell, environment.home) or ("", "")
    print(f"PYENV_SHELL_DETECT={shell}\nPYENV_PROFILE_DETECT={login}\nPYENV_RC_DETECT={interactive}")
    return 0


def _install(shell: str, environment: Environment) -> int:
    # not for every shell start
    from pyv.plumbing.startup_files import add_lines  # noqa: PLC0415
    from pyv.store.launcher import write_launchers  # noqa: PLC0415
    from pyv.store.lock import locked  # noqa: PLC0415

    root = Root(environment.root)
    with locked(root.tree_lock):
        write_launchers(root, environment.python)
    for path in add_lines(shell, environment):
        print(f"{path}: added the set-up of {environment.name}")
    print("Start a new shell for it to take effect.")
    return 0


def detect_shell(environment: Environment) -> str:
    """The shell that asks: the parent process where /proc tells, else `$SHELL`, else `sh`."""
    try:
        with open(f"/proc/{os.getppid()}/cmdline", "rb") as stream:
            parent = os.fsdecode(stream.read().split(b"\0")[0])
    except OSError:
        parent = _parent_by_ps()
    name = shell_name(parent)
    if name.endswith("sh"):
        return name
    return shell_name(environment.variable("SHELL") or "sh")


def _parent_by_ps() -> str:
    """The parent's command where there is no /proc (macOS)."""
    import subprocess  # noqa: PLC0415 (costs more than all the rest of this command)

    try:
        line = ["ps", "-o", "args=", "-p", str(os.getppid())]
        words = subprocess.run(line, capture_output=True, text=True, check=False).stdout.split()
    except OSError:
        return ""
    return words[0] if words else ""


def _instructions(shell: str, environment: Environment) -> str:
    from pyv.plumbing.startup_files import lines_for, startup_files  # noqa: PLC0415 (not for every shell start)

    files = startup_files(shell, environment.home)
    place = "~/.profile" if files is None else files[1]
    lines = lines_for(shell, environment)
    what = "this line" if lines.count("\n") == 1 else "these lines"
    return (
        f"# Put {what} at the end of {place}, then start a new shell:\n\n{lines}\n"
        f"# Or let {environment.name} do it: {environment.name} init --install {shell}\n"
    )
