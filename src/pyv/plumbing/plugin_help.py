"""The help of a plugin: what the first comment block of its program says, as pyenv reads it.

`# Summary:` and `# Usage:` lines (the latter with their continuations), then a text after an empty comment line.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

from pyv.environment import Environment

_ENOUGH = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Documented:
    """What a program says about itself; empty where it says nothing."""

    summary: str
    usage: str
    text: str


def read_comments(path: str, environment: Environment) -> Documented:
    """Read the leading comments of a program."""
    try:
        with open(os.path.join(environment.cwd, path), "rb") as stream:
            lines = stream.read(_ENOUGH).decode("utf-8", "surrogateescape").splitlines()
    except OSError:
        lines = []
    comments: list[str] = []
    for line in lines:
        if line.startswith("#!"):
            continue
        if not line.startswith("#"):
            break
        comments.append(line[1:].removeprefix(" "))
    return _sorted_out(comments)


def plugin_help(name: str, path: str, environment: Environment, *, usage_only: bool = False) -> int:
    """Print the help of a plugin; 1 where it has none."""
    documented = read_comments(path, environment)
    if usage_only:
        sys.stdout.write(documented.usage)
        return 0
    if not documented.summary and not documented.usage:
        sys.stderr.write(f"Sorry, `{name}' has no help yet: it is the program {path}\n")
        return 1
    usage = documented.usage or f"Usage: {environment.name} {name}\n"
    sys.stdout.write(f"{usage}\n{documented.text or documented.summary + chr(10)}\n")
    return 0


def _sorted_out(comments: list[str]) -> Documented:
    summary = ""
    usage: list[str] = []
    text: list[str] = []
    place = ""
    for line in comments:
        if line.startswith("Summary:") and not text:
            summary, place = line.removeprefix("Summary:").strip(), "summary"
        elif line.startswith("Usage:") and not text:
            usage.append(line)
            place = "usage"
        elif place == "usage" and line.startswith("  "):
            usage.append(line)
        elif line or text:
            text.append(line)
            place = "text"
        else:
            place = ""
    body = "\n".join(text).strip("\n")
    return Documented(
        summary=summary,
        usage="".join(f"{line}\n" for line in usage),
        text=f"{body}\n" if body else "",
    )
