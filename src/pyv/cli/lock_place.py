"""Where a project's lock lies, and what its pins ask for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyv.domain.lock import FILE_NAME, Lock
from pyv.domain.request import parse_request
from pyv.environment import Environment
from pyv.errors import RequestError
from pyv.selection.pins import find_upwards, local_names


@dataclass(frozen=True, slots=True, kw_only=True)
class LockPlace:
    """One project."""

    path: Path
    """The lock's, whether it is there or not."""
    shown: str
    """How messages and receipts call it."""
    pin_file: Path | None
    pins: tuple[str, ...]
    """What the nearest `.python-version` names, the system's Python left out, each once."""
    command: str
    """What makes this lock, as a hint has it."""

    def asked(self, versions: Sequence[str], lock: Lock | None) -> tuple[str, ...]:
        """The requests to lock: the pins where there are any, else the versions named, else what is locked.

        Raises:
            RequestError: a version named is none, or is not pinned, or there is nothing to lock.
        """
        if self.pin_file is not None:
            return self._pinned(versions)
        found = tuple(dict.fromkeys(versions)) or (lock.requests if lock is not None else ())
        if not found:
            raise RequestError(
                "nothing to lock: no version named, and no .python-version here", hint="pin one: pyv local --force 3.12"
            )
        return found

    def _pinned(self, versions: Sequence[str]) -> tuple[str, ...]:
        others = [version for version in versions if version not in self.pins]
        if others:
            parse_request(others[0])
            raise RequestError(
                f"`{others[0]}` is not what {self.pin_file} pins ({', '.join(self.pins) or 'no version'})",
                hint=f"pin it first: pyv local --force {shell_words([*self.pins, *dict.fromkeys(others)])}",
                request=others[0],
            )
        if not self.pins:
            raise RequestError(
                f"nothing to lock: {self.pin_file} names no version", hint="pin one: pyv local --force 3.12"
            )
        return self.pins


def lock_place(environment: Environment, named: Path | None) -> LockPlace:
    """The lock named, else the one beside the nearest `.python-version`, else the working directory's.

    Raises:
        StoreError: the pins cannot be read.
    """
    pin_file = find_upwards(environment.cwd)
    beside = environment.cwd if pin_file is None else pin_file.parent
    path = beside / FILE_NAME if named is None else environment.cwd / named
    words = "" if path == beside / FILE_NAME else f" --lock-file {shell_words([str(named)])}"
    pins = tuple(word for word in dict.fromkeys(local_names(environment)) if word != "system")
    return LockPlace(
        path=path,
        shown=FILE_NAME if named is None else str(named),
        pin_file=pin_file,
        pins=pins,
        command=f"pyv lock{words}",
    )


def shell_words(requests: Iterable[str]) -> str:
    """Requests as a hint has them, to be copied: `>=3.11` would be a redirection."""
    import shlex  # noqa: PLC0415 (for mistakes only)

    return shlex.join(requests)
