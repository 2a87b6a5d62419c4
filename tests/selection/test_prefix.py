"""The prefix rule."""

from __future__ import annotations

import pytest

from pyv.selection.prefix import newest

NAMES = [
    "2.7.18",
    "3.9.18",
    "3.12.2",
    "3.12.10",
    "3.12.10-debug",
    "3.13.0",
    "3.13.1t",
    "3.14.0rc1",
    "3.14.0b4t",
    "3.15-dev",
    "3.16.0a1",
    "3.16.0a2-debug",
    "3.16.0a2t-debug",
    "3.17.0t-debug",
    "pypy3.10-7.3.11",
    "pypy3.10-7.3.9",
    "miniconda3-4.7.12",
    "miniconda3-latest",
    "work",
]


@pytest.mark.parametrize(
    ("prefix", "meant"),
    [
        ("3", "3.13.0"),
        ("3.1", None),
        ("3.12", "3.12.10"),
        ("3.12.1", None),
        ("3.12.10", "3.12.10-debug"),
        ("3.13", "3.13.0"),
        ("3.13t", "3.13.1t"),
        ("3t", "3.13.1t"),
        ("3.14", None),
        ("3.14t", None),
        ("3.15", None),
        ("3.16", None),
        ("3.17", None),
        ("2", "2.7.18"),
        ("pypy3.10", "pypy3.10-7.3.11"),
        ("miniconda3", "miniconda3-4.7.12"),
        ("wor", None),
        ("", None),
        ("t", None),
        (".*", None),
        ("3.", None),
    ],
)
def test_a_prefix_means_the_newest_release_inside(prefix: str, meant: str | None) -> None:
    assert newest(prefix, NAMES) == meant


def test_a_debug_build_is_meant_only_where_there_is_no_other() -> None:
    assert newest("3.12", ["3.12.10-debug", "3.12.10"]) == "3.12.10"
    assert newest("3.12", ["3.12.10-debug"]) == "3.12.10-debug"
