"""Where and how installations happen, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pyv.environment import Environment
from pyv.install.plan import Plan
from pyv.install.reporter import Reporter
from pyv.store.blobs import CancelledError
from pyv.store.paths import Root
from pyv.store.receipt import Receipt

if TYPE_CHECKING:
    from pyv.transfer.client import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where and how installations happen: what several of them share."""

    environment: Environment
    root: Root
    client: Callable[[], Client]
    reporter: Reporter
    compile_bytecode: bool = False
    moment: int | None = None
    """The one time for everything that is written, in seconds since the epoch; None for each its own."""
    cancels: list[Callable[[], None]] = field(default_factory=list)
    """What to call to stop every installation under way."""
    stopped: list[bool] = field(default_factory=list)

    def cancel(self) -> None:
        """Stop everything: nothing is activated after this."""
        self.stopped.append(True)
        for stop in list(self.cancels):
            stop()

    def check(self) -> None:
        """Raise CancelledError once `cancel` was called."""
        if self.stopped:
            raise CancelledError


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a plan."""

    plan: Plan
    prefix: Path
    receipt: Receipt | None
    """None where the version was there already."""
    replaced: str | None = None
    """The store id of the build it took the place of."""
    left_behind: tuple[str, ...] = ()
    """Packages in that build which the new one does not have."""
    transferred: int = 0
    """Bytes fetched in this run; 0 from the cache."""
    seconds: float = 0.0

    @property
    def python(self) -> Path:
        """The interpreter."""
        return self.prefix / "bin" / "python3"
