"""Both resolvers asked in every directory that pins a version, and each difference with its cause."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from pyv.environment import Environment
from pyv.errors import RequestError
from pyv.migrate.answers import NOT_FOUND, Answer, ask_pyenv, ask_pyv, ask_uv, first_of, names_program, neutral
from pyv.migrate.inventory import Inventory
from pyv.migrate.survey import PinFile
from pyv.selection.select import Choice
from pyv.store.atomic import translated
from pyv.store.paths import Root

_AT_ONCE = 4
_OURS = (b"# pyv under the name pyenv", b"pyv.__main__")
"""What marks pyv by the name of `pyenv`: the launcher it writes, a script of its package."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One directory, asked about by both."""

    path: Path
    """The file that pins; of the directories without one, the other tool's global file."""
    theirs: Answer
    ours: Answer
    causes: tuple[str, ...]
    """Empty where they agree."""

    def to_dict(self) -> dict[str, object]:
        """The comparison for `--json`."""
        return {
            "path": str(self.path),
            "agree": not self.causes,
            "theirs": self.theirs.to_dict(),
            "pyv": self.ours.to_dict(),
            "causes": list(self.causes),
        }


def compare(
    inventory: Inventory, pins: Sequence[PinFile], executable: Path, environment: Environment, root: Root
) -> Iterator[Compared]:
    """Ask both about every pin, and about the global version, which counts where there is none; several at once.

    Raises:
        PyvError: one of them cannot be asked.
    """
    variables = neutral(environment, (inventory.place / "shims", root.shims))
    places = [(pin.path, pin.path.parent) for pin in pins]
    if inventory.tool == "pyenv":
        places.append((inventory.global_pin, Path("/")))
    executor = ThreadPoolExecutor(_AT_ONCE)
    try:
        asked = [
            executor.submit(_compared, path, directory, inventory, executable, variables, environment, root)
            for path, directory in places
        ]
        for each in asked:
            yield each.result()
    finally:
        executor.shutdown(cancel_futures=True)


def _compared(
    path: Path,
    directory: Path,
    inventory: Inventory,
    executable: Path,
    variables: Mapping[str, str],
    environment: Environment,
    root: Root,
) -> Compared:
    choices, ours = ask_pyv(directory, variables, environment, root)
    if inventory.tool == "uv":
        ours = first_of(ours, choices)
        with translated("read", path):
            content = path.read_bytes()
        if names_program(content):
            cause = "uv was not asked: it runs what a pin names, and this one may name a program"
            return Compared(path=path, theirs=replace(ours, names=(), status=1), ours=ours, causes=(cause,))
        theirs = ask_uv(executable, inventory, content, variables)
    else:
        theirs = ask_pyenv(executable, inventory, directory, variables)
    causes: tuple[str, ...] = ()
    if theirs.compared != ours.compared:
        causes = tuple(_causes(inventory, choices, theirs, ours))
    if causes and path == inventory.global_pin and theirs.names != ours.names:
        known, here = ":".join(theirs.names), ":".join(ours.names)
        told = f"the global version is {known or 'not installed'} in {inventory.tool}, {here or 'not installed'} here"
        causes = (f"{told}: `pyv global {' '.join(theirs.names)}` once it is installed here",)
    return Compared(path=path, theirs=theirs, ours=ours, causes=causes)


def _causes(inventory: Inventory, choices: tuple[Choice, ...], theirs: Answer, ours: Answer) -> Iterator[str]:
    """Why two answers differ, word by word."""
    told = list(_of_words(inventory, choices, theirs))
    yield from told
    if told:
        return
    if theirs.compared[:3] == ours.compared[:3] and theirs.program_status in {0, NOT_FOUND}:
        yield f"`python` is {theirs.program or 'not found'} in {inventory.tool}, {ours.program or 'not found'} here"
        return
    reason = f": {theirs.said}" if theirs.said else ": a hook or plugin of it decides, or its release differs"
    yield f"{inventory.tool} answers otherwise by itself (status {theirs.status}, {theirs.program_status}){reason}"


def _of_words(inventory: Inventory, choices: tuple[Choice, ...], theirs: Answer) -> Iterator[str]:
    names = list(theirs.names)
    missing = list(theirs.missing)
    if inventory.tool == "uv":
        choices = choices[:1]
    elif len(names) + len(missing) != len(choices):
        return
    for choice in choices:
        if choice.word in missing:
            missing.remove(choice.word)
            other = None
        else:
            other = names.pop(0) if names else None
        if other != choice.name:
            yield _cause(inventory, choice, other)


def _cause(inventory: Inventory, choice: Choice, other: str | None) -> str:
    tool, word, name = inventory.tool, choice.word, choice.name
    if name is None:
        return f"{other} is not installed here: `pyv install {other}`, or `pyv migrate {tool} --link --only {other}`"
    if other is None and choice.rule == "request":
        return f"`{word}` is a spelling {tool} does not read; pyv takes {name} for it"
    if other is None:
        return f"{tool} has nothing for `{word}`; pyv has {name}"
    if choice.rule == "alias":
        return f"`{word}` is {other} in {tool}; here it is an alias pyv manages, of {name}"
    if choice.rule == "prefix":
        return f"the newest `{word}` is {other} in {tool}, {name} here"
    return f"`{word}` means {other} in {tool}, {name} here"


def find_executable(inventory: Inventory, environment: Environment) -> Path:
    """The tool to ask: `bin/pyenv` of its root, else the first of that name on PATH that is not pyv itself.

    Raises:
        RequestError: there is none.
    """
    tool = inventory.tool
    places = [Path(entry) for entry in environment.vars.get("PATH", "").split(":") if os.path.isabs(entry)]
    if tool == "pyenv":
        places.insert(0, inventory.place / "bin")
    found = [place / tool for place in places if is_program(place / tool)]
    for path in found:
        if not is_pyvs(path):
            return path
    where = f"in {inventory.place / 'bin'} or on PATH" if tool == "pyenv" else "on PATH"
    what = f"only pyv itself answers to the name {tool}" if found else f"there is no {tool}"
    raise RequestError(
        f"nothing to compare with: {what} {where}",
        hint=f"put {tool} on PATH for this command, or name its root: --from DIR",
    )


def is_program(path: Path) -> bool:
    """Whether there is a program at a path."""
    return path.is_file() and os.access(path, os.X_OK)


def is_pyvs(path: Path) -> bool:
    """Whether a program called `pyenv` is pyv's own."""
    try:
        with open(path, "rb") as stream:
            head = stream.read(512)
    except OSError:
        return False
    return any(mark in head for mark in _OURS)
