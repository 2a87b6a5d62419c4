"""`pyv completions`: what may come next on a command line, for the shells' completion code."""

from __future__ import annotations

from collections.abc import Callable

from pyv.environment import Environment
from pyv.plumbing import plugins
from pyv.plumbing.commands import command_names
from pyv.plumbing.dispatch import COMMANDS, UsageError
from pyv.plumbing.shims import shim_names
from pyv.selection.installed import read_installed
from pyv.store.paths import Root

HELP = """\
Usage: pyv completions COMMAND [ARGUMENT...]

List what may come next after a command, one a line.

Examples:
  pyv completions local    --help, --unset, system and the installed versions
  pyv completions exec     the names of the shims
"""
_MARK = b"provide pyenv completions"
_ENOUGH = 64 * 1024


def completions(environment: Environment, arguments: list[str]) -> int:
    """Print the words; 1 for what is no command."""
    if not arguments:
        raise UsageError
    name = arguments[0]
    if name == "--complete":
        print("\n".join(sorted(command_names(environment, set()))))
        return 0
    if name in COMMANDS or name == "install":
        words = _WORDS.get(name, _nothing)(environment)
        print("\n".join(["--help", *words]))
        return 0
    path = plugins.find(name, environment) or plugins.find(f"sh-{name}", environment)
    if path is None:
        return 1
    print("--help", flush=True)
    if _offers(path):
        import subprocess  # noqa: PLC0415 (only for a plugin's sake)

        subprocess.run([path, "--complete", *arguments[1:]], env=plugins.variables(environment), check=False)
    return 0


def _offers(path: str) -> bool:
    try:
        with open(path, "rb") as stream:
            return _MARK in stream.read(_ENOUGH)
    except OSError:
        return False


def _versions(environment: Environment) -> list[str]:
    installed = read_installed(Root(environment.root))
    return [each for name in installed.names() for each in (name, *installed.environments(name))]


def _nothing(_environment: Environment) -> list[str]:
    return []


def _fixed(*words: str) -> Callable[[Environment], list[str]]:
    return lambda _environment: [*words]


def _and_versions(*words: str) -> Callable[[Environment], list[str]]:
    return lambda environment: [*words, *_versions(environment)]


def _and_shims(*words: str) -> Callable[[Environment], list[str]]:
    return lambda environment: [*words, *shim_names(Root(environment.root))]


_WORDS: dict[str, Callable[[Environment], list[str]]] = {
    "commands": _fixed("--sh", "--no-sh"),
    "exec": _and_shims(),
    "global": _and_versions("system"),
    "help": lambda environment: ["--usage", *sorted(command_names(environment, set()))],
    "hooks": _fixed("exec", "rehash", "version-name", "version-origin", "which"),
    "init": _fixed(
        *("-", "--path", "--install", "--no-push-path", "--no-rehash", "--detect-shell"),
        *("bash", "fish", "ksh", "pwsh", "zsh"),
    ),
    "latest": _fixed("--known", "--bypass", "--force"),
    "local": _and_versions("--unset", "system"),
    "prefix": _and_versions("system"),
    "shell": _and_versions("--unset", "system"),
    "shims": _fixed("--short"),
    "uninstall": _and_versions("--force"),
    "version": _fixed("--bare"),
    "versions": _fixed("--bare", "--skip-aliases", "--skip-envs"),
    "whence": _and_shims("--path"),
    "which": _and_shims(),
}
