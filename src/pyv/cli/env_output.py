"""The forms of `pyv env` besides shell code: GitHub's files, GitLab's dotenv, JSON."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from pyv.cli.job_summary import summary
from pyv.cli.output import Output
from pyv.domain.exports import Exports, dotenv, env_file, path_file
from pyv.errors import PyvError
from pyv.selection.prefixes import Prefix
from pyv.store.atomic import translated


def dotenv_text(exports: Exports, present: Mapping[str, str]) -> str:
    """What GitLab hands to later jobs; PATH is not among it, since such a file cannot add to it.

    Raises:
        PyvError: a value cannot be written so.
    """
    try:
        return dotenv(exports.settled(present))
    except ValueError as fault:
        raise PyvError(
            f"GitLab cannot read this from a file: {fault}", hint='use a root without blanks, or eval "$(pyv env)"'
        ) from None


def tell_github(prefixes: Sequence[Prefix], exports: Exports, *, cache_hit: bool | None, output: Output) -> None:
    """Append to the files of the step; what has no file is printed.

    Raises:
        PyvError: a value would be more than it is to the runner, or a file cannot be written.
    """
    environment, main = output.environment, prefixes[0]
    delimiter = f"pyv_{os.urandom(16).hex()}"
    outputs = {
        "python-version": main.version,
        "python-path": main.python,
        "cache-hit": "true" if cache_hit else "false",
    }
    try:
        texts = {
            "GITHUB_ENV": env_file(exports.settled(environment.vars), delimiter),
            "GITHUB_PATH": path_file(exports.path),
            "GITHUB_OUTPUT": env_file(outputs, delimiter),
            "GITHUB_STEP_SUMMARY": summary(prefixes, cache_hit=cache_hit),
        }
    except ValueError as fault:
        raise PyvError(f"GitHub's runner would misread this: {fault}", hint="use another root (PYV_ROOT)") from None
    for variable, text in texts.items():
        path = environment.variable(variable)
        if path is None:
            output.lines([f"# {variable}", *text.splitlines()])
        else:
            _append(environment.cwd / path, text)
    names = ", ".join(prefix.name for prefix in prefixes)
    output.say(f"{names}: {main.python} is `python` from the next step on")


def _append(path: Path, text: str) -> None:
    """Add to a file in one write: what another process adds meanwhile stays whole."""
    content = text.encode("utf-8", "surrogateescape")
    with translated("write to", path):
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            if os.write(descriptor, content) != len(content):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        finally:
            os.close(descriptor)


def env_values(
    prefixes: Sequence[Prefix], exports: Exports, *, cache_hit: bool | None, present: Mapping[str, str]
) -> dict[str, object]:
    """All of it, for scripts."""
    return {
        "versions": [_prefix_values(prefix) for prefix in prefixes],
        "path": list(exports.path),
        "variables": exports.settled(present),
        "cache_hit": cache_hit,
    }


def _prefix_values(prefix: Prefix) -> dict[str, object]:
    told: dict[str, object] = {
        "name": prefix.name,
        "version": prefix.version,
        "prefix": prefix.path,
        "python": prefix.python,
    }
    receipt = prefix.receipt
    if receipt is None:
        return told
    return {
        **told,
        "build": receipt.artifact.build,
        "triple": receipt.artifact.triple,
        "flavor": receipt.artifact.flavor,
        "sha256": receipt.artifact.sha256,
        "keyid": receipt.keyid,
        "level": receipt.level,
        "index": receipt.index,
        "source": receipt.source,
        "installed_at": receipt.installed_at,
        "phases": dict(receipt.phases),
    }
