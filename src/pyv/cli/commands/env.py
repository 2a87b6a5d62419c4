"""`pyv env`: what a job or a shell needs to use a version without shims."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pyv.cli import options as o
from pyv.cli.output import Output
from pyv.environment import current

if TYPE_CHECKING:
    from pyv.domain.exports import Exports
    from pyv.environment import Environment
    from pyv.selection.prefixes import Prefix

_GITHUB = "Append to GITHUB_ENV, GITHUB_PATH, GITHUB_OUTPUT and GITHUB_STEP_SUMMARY; print what has no file."
_CACHE_HIT = "Whether the root came out of a cache: the output `cache-hit`."


def env(
    versions: Annotated[
        list[str] | None, typer.Argument(metavar="[VERSION]...", help="Default: what is selected here.")
    ] = None,
    github: Annotated[bool, typer.Option("--github", help=_GITHUB)] = False,
    gitlab: Annotated[bool, typer.Option("--gitlab", help="Lines of a dotenv report, for later jobs.")] = False,
    shell: Annotated[bool, typer.Option("--shell", help="Code for any POSIX shell [default].")] = False,
    cache_hit: Annotated[bool | None, typer.Option("--cache-hit/--no-cache-hit", help=_CACHE_HIT)] = None,
    locked: Annotated[bool, typer.Option("--locked", help="What pyv.lock names, and no other build.")] = False,
    lock_file: o.LockFile = None,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Print what makes an installed version the `python` of a shell or a CI job: PATH, and what tools ask for.

    The first version is the main one; all are on PATH, in order. A version that is not installed is an error, and the
    system's Python never takes its place; `--shell` then prints `false`, so that what evaluates it fails too.
    A dotenv file cannot add to PATH: in GitLab jobs, evaluate `--shell`.

    \b
    eval "$(pyv env)"
    pyv env 3.12 3.13 --github
    pyv env --gitlab > python.env
    """
    from pyv.errors import PyvError, RequestError
    from pyv.plumbing.env import FAILED, exported, has_library, prefixes_of

    environment = current()
    output = Output(environment=environment, as_json=json, quiet=quiet or json)
    if [github, gitlab, shell, json].count(True) > 1:
        raise RequestError("only one of --github, --gitlab, --shell and --json", hint="leave all but one out")
    try:
        if locked or lock_file is not None:
            prefixes = _locked(versions or [], lock_file, environment)
        else:
            prefixes = prefixes_of(versions or [], environment)
    except PyvError:
        if not (github or gitlab or json):
            output.result(FAILED)
        raise
    exports = exported(prefixes, is_named=bool(versions), has_library=github and has_library(prefixes[0]))
    _tell(prefixes, exports, output, github=github, gitlab=gitlab, cache_hit=cache_hit)


def _locked(words: list[str], lock_file: Path | None, environment: Environment) -> list[Prefix]:
    from pyv.cli.lock_place import lock_place
    from pyv.domain.own_name import split_name
    from pyv.errors import ResolutionError
    from pyv.index.lock_file import read_lock
    from pyv.selection.installed import read_installed
    from pyv.selection.prefixes import locked_prefixes
    from pyv.store.paths import Root

    place = lock_place(environment, lock_file)
    lock = read_lock(place.path)
    if lock is None:
        raise ResolutionError(f"there is no {place.path}", hint=f"make it: {place.command}", path=str(place.path))
    pinned = lock.requests if place.pin_file is None else place.pins
    asked = [split_name(word) for word in words] or [(request, None) for request in pinned]
    if not asked:
        raise ResolutionError(f"{place.shown} names no version", hint="pin one: pyv local 3.12, then pyv lock")
    installed = read_installed(Root(environment.root))
    return locked_prefixes(asked, lock, place.shown, installed, command=place.command, named=bool(words))


def _tell(
    prefixes: list[Prefix],
    exports: Exports,
    output: Output,
    *,
    github: bool,
    gitlab: bool,
    cache_hit: bool | None,
) -> None:
    from pyv.cli.env_output import dotenv_text, env_values, tell_github
    from pyv.plumbing.env import shell_code

    present = output.environment.vars
    if output.as_json:
        output.json(env_values(prefixes, exports, cache_hit=cache_hit, present=present))
    elif github:
        tell_github(prefixes, exports, cache_hit=cache_hit, output=output)
    else:
        output.raw(dotenv_text(exports, present) if gitlab else shell_code(exports))
