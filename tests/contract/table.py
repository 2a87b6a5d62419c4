"""The whole contract: the tables of all commands."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from tests.contract.case import Case

MODULES = sorted(path.stem for path in Path(__file__).parent.glob("cases_*.py"))


def contract() -> list[Case]:
    """Every case."""
    tables: list[tuple[Case, ...]] = [import_module(f"tests.contract.{module}").CASES for module in MODULES]
    return [case for table in tables for case in table]
