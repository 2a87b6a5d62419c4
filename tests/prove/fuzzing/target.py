"""A target: one reader, how its input is damaged, and the seeds it starts from."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).parents[1] / "corpus"
GOOD, BAD = "good-", "bad-"
"""How the name of a seed begins that must be accepted or refused; any other may be either."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """One reader of foreign bytes."""

    name: str
    """Also its directory below the corpus."""
    run: Callable[[bytes, Path], bool]
    """Read an input, with a directory of its own: whether it was accepted. Raises PyvError where it was refused."""
    damage: Callable[[random.Random, bytes], bytes]
    """Another input, made of one."""
    share: int = 1
    """How much time it is given, beside the others."""

    def seeds(self) -> list[Path]:
        """Its committed inputs."""
        return sorted((CORPUS / self.name).iterdir())
