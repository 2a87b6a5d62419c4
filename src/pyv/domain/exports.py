"""What a job gets to know of the prefixes it is to use: directories for PATH, variables, and how GitHub takes both.

The names are those of setup-python, so that CMake's FindPython, pkg-config and caches keyed on `pythonLocation` go on
as before. Two things differ from it. `Python2_ROOT_DIR` is not set to a Python 3. `LD_LIBRARY_PATH`, which
python-build-standalone's interpreters do not need, bends every other program that is linked to a libpython of the
same minor version, so only GitHub's form has it: there, jobs that link to libpython expect it.

`UV_PYTHON` is there where a person named the version: uv then takes it, whatever a `.python-version` says. A pin needs
no such help, since uv reads it itself and finds the interpreter on PATH.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

PKG_CONFIG_PATH, LD_LIBRARY_PATH = "PKG_CONFIG_PATH", "LD_LIBRARY_PATH"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exports:
    """What is set, and what is put in front of lists of directories that a job may have already."""

    path: tuple[str, ...]
    """For the front of PATH, in this order."""
    variables: Mapping[str, str]
    in_front: Mapping[str, str]
    """For the front of other lists."""

    def settled(self, present: Mapping[str, str]) -> dict[str, str]:
        """Every variable but PATH, in full, beside those that are `present`."""
        lists = {name: in_front(directory, present.get(name, "")) for name, directory in self.in_front.items()}
        return {**self.variables, **lists}


def exports_of(path: str, version: str, binaries: Sequence[str], *, is_named: bool, has_library: bool) -> Exports:
    """What belongs to the main prefix, at `path`; `binaries` are the directories of all, in order."""
    major = version.partition(".")[0]
    roots = ["Python_ROOT_DIR", *([f"Python{major}_ROOT_DIR"] if major in {"2", "3"} else [])]
    variables = {"pythonLocation": path, **dict.fromkeys(roots, path)}
    if is_named:
        variables["UV_PYTHON"] = f"{path}/bin/python"
    lists = {PKG_CONFIG_PATH: f"{path}/lib/pkgconfig"}
    if has_library:
        lists[LD_LIBRARY_PATH] = f"{path}/lib"
    return Exports(path=tuple(dict.fromkeys(binaries)), variables=variables, in_front=lists)


def in_front(directory: str, present: str) -> str:
    """A list of directories with this one in front, and only there."""
    return ":".join([directory, *(entry for entry in present.split(":") if entry and entry != directory)])


def env_file(values: Mapping[str, str], delimiter: str) -> str:
    """Lines for `GITHUB_ENV` and `GITHUB_OUTPUT`; a value of several lines stands between two delimiters.

    Raises:
        ValueError: a value holds the delimiter, which nobody could know before it was drawn.
    """
    lines = []
    for name, value in values.items():
        if delimiter in value:
            raise ValueError(f"the value of {name} holds the delimiter")
        is_line = "\n" not in value and "\r" not in value
        lines.append(f"{name}={value}\n" if is_line else f"{name}<<{delimiter}\n{value}\n{delimiter}\n")
    return "".join(lines)


def path_file(directories: Sequence[str]) -> str:
    """Lines for `GITHUB_PATH`, whose last line comes first on PATH.

    Raises:
        ValueError: a directory is more than one line.
    """
    for directory in directories:
        if "\n" in directory or "\r" in directory:
            raise ValueError(f"{directory!r} is more than one line")
    return "".join(f"{directory}\n" for directory in reversed(directories))


def dotenv(values: Mapping[str, str]) -> str:
    """Lines as GitLab reads them from a `dotenv` report: it knows no quotes, so no blanks either.

    Raises:
        ValueError: a value cannot be said so.
    """
    for name, value in values.items():
        if not value.isprintable() or " " in value:
            raise ValueError(f"the value of {name} has blanks or worse: {value!r}")
    return "".join(f"{name}={value}\n" for name, value in values.items())
