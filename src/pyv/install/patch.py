"""What an extracted prefix needs before it can live at a path: the traces of the machine that built it.

PBS builds at `/install` with its own clang. Changed here (PBS documents the quirks in docs/quirks):

1. `_sysconfigdata_*.py` and `config-*/Makefile`: the build prefix becomes the real one, `-isysroot X` and clang-only
   options go, the compilers become the machine's `cc`, `c++` and `ar`.
2. `lib/pkgconfig/*.pc` with an absolute prefix: it becomes relative to the file, so the tree could even move.
3. `build-details.json` with the build prefix: the real one.
4. `bin/python3.*-config` of 2022: a line that hands the shell script to Python goes.
5. Links pyenv's users expect and PBS does not ship: `python`, `idle`, `pydoc`, `python-config`.

Nothing else of the tree is touched, and no link is followed: only regular files of the archive are rewritten.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import stat
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from pyv.domain.tree import LINK, TreeEntry, link_entry
from pyv.errors import ArchiveError

_COMPILERS = ("CC", "CXX", "BLDSHARED", "LDSHARED", "LDCXXSHARED", "LINKCC", "MAINCC")
_TOOL = re.compile(r"(?:/\S*/)?(?:[a-z0-9_]+-linux-[a-z0-9]+-|musl-|llvm-)?(?P<tool>clang\+\+|clang|g\+\+|gcc|ar)")
_MACHINE_TOOLS = {"clang": "cc", "clang++": "c++", "gcc": "cc", "g++": "c++", "ar": "ar"}
_CLANG_ONLY = re.compile(r"\s*(?:-isysroot\s+\S+|-fdebug-default-version=\d+)")
_SYSTEM_PREFIXES = ("/usr", "/usr/local", "/")
_ENDINGS = ("/Makefile", ".pc", "/build-details.json", "-config")
Change = Callable[[dict[str, object]], dict[str, object]]
"""What is done with the variables of a module or its JSON."""
_MISSING_LINKS = (("python", "python3"), ("idle", "idle3"), ("pydoc", "pydoc3"), ("python-config", "python3-config"))


class Patched(NamedTuple):
    """The tree after patching."""

    entries: tuple[TreeEntry, ...]
    paths: tuple[str, ...]
    """What was changed or added."""


def patch(staged: Path, entries: Iterable[TreeEntry], prefix: Path) -> Patched:
    """Fit the tree at `staged` to live at `prefix`.

    Raises:
        ArchiveError: the sysconfig data is not what CPython's build writes. OSError: as the file system says.
    """
    tree = {entry.path: entry for entry in entries}
    changed: list[str] = []
    build_prefix = _build_prefix(staged, tree)
    for path, rewrite in _rewrites(tree, build_prefix, str(prefix)):
        file = staged / path
        before = file.read_bytes().decode("utf-8", "surrogateescape")
        after = rewrite(before)
        if after != before:
            content = after.encode("utf-8", "surrogateescape")
            _replace(file, content)
            tree[path] = tree[path]._replace(sha256=hashlib.sha256(content).hexdigest())
            changed.append(path)
    for name, target in _MISSING_LINKS:
        path = f"bin/{name}"
        if path not in tree and f"bin/{target}" in tree:
            os.symlink(target, staged / path)
            tree[path] = link_entry(path, target)
            changed.append(path)
    return Patched(tuple(tree.values()), tuple(sorted(changed)))


def _replace(file: Path, content: bytes) -> None:
    """Put new content at a path, in a file of its own: the old one may have other names (hard links)."""
    mode = stat.S_IMODE(file.stat().st_mode)
    file.unlink()
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "wb") as stream:
        os.fchmod(descriptor, mode)
        stream.write(content)


def _rewrites(
    tree: dict[str, TreeEntry], build_prefix: str | None, prefix: str
) -> list[tuple[str, Callable[[str], str]]]:
    """Which regular files are rewritten, and how."""

    def sysconfig(text: str) -> str:
        return rewrite_sysconfig(text, build_prefix, prefix)

    def makefile(text: str) -> str:
        return rewrite_makefile(text, build_prefix, prefix)

    def variables(text: str) -> str:
        return rewrite_variables(text, build_prefix, prefix)

    def details(text: str) -> str:
        return rewrite_words(text, build_prefix, prefix)

    rules: tuple[tuple[str, Callable[[str], str]], ...] = (
        ("lib/python3.*/_sysconfigdata_*.py", sysconfig),
        ("lib/python3.*/config-3.*/Makefile", makefile),
        ("lib/pkgconfig/*.pc", rewrite_pkgconfig),
        ("lib/python3.*/build-details.json", details),
        ("lib/python3.*/_sysconfig_vars_*.json", variables),
        ("bin/python3.*-config", rewrite_config_script),
    )
    return [
        (path, rewrite)
        for path in _candidates(tree)
        for pattern, rewrite in rules
        if fnmatchcase(path, pattern) and path.count("/") == pattern.count("/") and tree[path].mode != LINK
    ]


def _candidates(tree: dict[str, TreeEntry]) -> list[str]:
    """The few paths worth matching against the rules."""
    return sorted(path for path in tree if path.endswith(_ENDINGS) or "/_sysconfig" in path)


def _build_prefix(staged: Path, tree: dict[str, TreeEntry]) -> str | None:
    """The prefix the interpreter was configured with, unless it is a system directory whose words mean more."""
    for path in _candidates(tree):
        if fnmatchcase(path, "lib/python3.*/_sysconfigdata_*.py") and tree[path].mode != LINK:
            named = _variables((staged / path).read_text(encoding="utf-8"))[1].get("prefix")
            return named if isinstance(named, str) and named not in _SYSTEM_PREFIXES else None
    return None


@lru_cache(maxsize=1)
def _variables(text: str) -> tuple[str, dict[str, object]]:
    """The head and the variables of a `_sysconfigdata_*.py`: one assignment of one literal dict."""
    head, assign, literal = text.partition("build_time_vars = ")
    try:
        variables = ast.literal_eval(literal)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        variables = None
    if not assign or not isinstance(variables, dict):
        raise ArchiveError("the sysconfig data is not a literal", hint="this is not an archive of CPython")
    return head, variables


def rewrite_words(text: str, build_prefix: str | None, prefix: str) -> str:
    """The build prefix becomes the real one wherever it begins a path; `-I`, `-L` and quotes may stand before it.

    What names the real one already stays, even where one lies in the other: so this can be done again.
    """
    if build_prefix is None or build_prefix not in text:
        return text
    either = "|".join(map(re.escape, sorted({build_prefix, prefix}, key=len, reverse=True)))
    pattern = rf"(?:(?<=[\s'\"=,:])|(?<=-[IL])|^)(?:{either})(?=[/\s'\",:]|$)"
    return re.sub(pattern, lambda _: prefix, text, flags=re.MULTILINE)


def _without_clang_only(text: str) -> str:
    """The same text without options that other compilers do not know; most has none, and need not be searched."""
    return _CLANG_ONLY.sub("", text) if "-isysroot" in text or "-fdebug-default-version" in text else text


def _machine_tools(command: str) -> str:
    """The same command with the machine's own compiler in front."""
    word, space, rest = command.partition(" ")
    match = _TOOL.fullmatch(word)
    return (_MACHINE_TOOLS[match["tool"]] if match else word) + space + rest


def rewrite_sysconfig(text: str, build_prefix: str | None, prefix: str) -> str:
    """The same module with variables that fit this machine."""
    return changed_sysconfig(text, lambda variables: _fitted(variables, build_prefix, prefix))


def changed_sysconfig(text: str, change: Change) -> str:
    """The same module with other variables.

    Raises:
        ArchiveError: it is not what CPython's build writes.
    """
    head, variables = _variables(text)
    fitted = change(variables)
    lines = "".join(f" {key!r}: {fitted[key]!r},\n" for key in sorted(fitted))
    return f"{head}build_time_vars = {{\n{lines}}}\n"


def rewrite_variables(text: str, build_prefix: str | None, prefix: str) -> str:
    """The same variables as JSON, which CPython writes beside the module since 3.14."""
    return changed_variables(text, lambda variables: _fitted(variables, build_prefix, prefix))


def changed_variables(text: str, change: Change) -> str:
    """The same JSON with other variables.

    Raises:
        ArchiveError: it is not what CPython's build writes.
    """
    try:
        variables = json.loads(text)
    except (ValueError, RecursionError):
        variables = None
    if not isinstance(variables, dict):
        raise ArchiveError("the sysconfig variables are not a JSON object", hint="this is not an archive of CPython")
    return json.dumps(change(variables), indent=2) + "\n"


def _fitted(variables: dict[str, object], build_prefix: str | None, prefix: str) -> dict[str, object]:
    fitted = dict(variables)
    for key, value in variables.items():
        if isinstance(value, str):
            words = rewrite_words(_without_clang_only(value), build_prefix, prefix)
            fitted[key] = _machine_tools(words) if key in _COMPILERS or key == "AR" else words
    # a marker other tools look for to tell these builds apart
    fitted["PYTHON_BUILD_STANDALONE"] = 1
    return fitted


def rewrite_makefile(text: str, build_prefix: str | None, prefix: str) -> str:
    """The same Makefile with prefix and compilers that fit this machine."""
    fitted = rewrite_words(_without_clang_only(text), build_prefix, prefix)

    def assignment(match: re.Match[str]) -> str:
        return match["name"] + _machine_tools(match["command"])

    names = "|".join((*_COMPILERS, "AR"))
    return re.sub(rf"^(?P<name>(?:{names})=[ \t]*)(?P<command>\S.*)$", assignment, fitted, flags=re.MULTILINE)


def rewrite_config_script(text: str) -> str:
    """The same script without the line that makes Python read it; scripts that are Python's keep theirs."""
    first, _, rest = text.partition("\n")
    second, _, script = rest.partition("\n")
    is_shell = first == "#!/bin/sh" and "exit_with_usage ()" in script
    return f"{first}\n{script}" if is_shell and second.startswith('"exec" "$(dirname') else text


def rewrite_pkgconfig(text: str) -> str:
    """The same .pc file, its prefix found from its own place."""
    return re.sub(r"^prefix=/.*$", "prefix=${pcfiledir}/../..", text, count=1, flags=re.MULTILINE)
