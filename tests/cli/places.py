"""Machines with something installed, quickly."""

from __future__ import annotations

from pathlib import Path

from tests.support.runner import Machine


def install(machine: Machine, mirror: Path, *versions: str) -> None:
    """Install versions from a mirror's directory that the machine trusts."""
    machine.pyv("install", *versions, "--index", mirror, "--quiet").shows()
