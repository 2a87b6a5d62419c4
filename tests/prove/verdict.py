"""What a proof comes to: one line with figures, and what went wrong."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Verdict:
    """The outcome of one proof."""

    name: str
    figures: dict[str, object] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def line(self) -> str:
        """The closing line."""
        told = " ".join(f"{key}={value}" for key, value in self.figures.items())
        return f"{self.name}: {'FAILED' if self.faults else 'passed'} {told}"
