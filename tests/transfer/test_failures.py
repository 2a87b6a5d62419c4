"""Statuses and headers put into words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyv.transfer.credentials import Authorization
from pyv.transfer.failures import MissingError, retry_after, status_failure

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": "120"}, 120.0),
        ({"retry-after": " 0 "}, 0.0),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "1e9"}, None),
        ({"retry-after": "9999999999"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Fri, 15 Jan 2027 08:00:30 GMT"}, 30.0),
        ({"retry-after": "Fri, 15 Jan 2027 07:00:00 GMT"}, 0.0),
        ({"retry-after": "Fri, 15 Jan 2027 08:00:30 GMT", "date": "Fri, 15 Jan 2027 08:00:20 GMT"}, 10.0),
        ({"retry-after": "Fri, 15 Jan 2027 08:00:30 GMT", "date": "rubbish"}, 30.0),
    ],
)
def test_retry_after(headers: dict[str, str], expected: float | None) -> None:
    assert retry_after(headers, NOW) == expected


@given(st.text(), st.text())
def test_retry_after_survives_anything(value: str, date: str) -> None:
    wait = retry_after({"retry-after": value, "date": date}, NOW)
    assert wait is None or wait >= 0.0


@pytest.mark.parametrize(
    ("status", "problem", "retry"),
    [
        (301, "the server answered 301 (moved permanently)", False),
        (403, "the server answered 403 (forbidden); it does not accept the credentials from the netrc file", False),
        (407, "the server answered 407 (proxy authentication required)", False),
        (418, "the server answered 418 (i'm a teapot)", False),
        (429, "the server answered 429 (too many requests)", True),
        (599, "the server answered 599", True),
        (999, "the server answered 999", False),
    ],
)
def test_statuses(status: int, problem: str, retry: bool) -> None:
    failure = status_failure(status, {}, "m.example", Authorization("Bearer x", "the netrc file"), NOW)
    assert (failure.problem, failure.retry) == (problem, retry)
    assert failure.hint


def test_only_missing_files_are_missing() -> None:
    kinds = {status: type(status_failure(status, {}, "h", None, NOW)) for status in (400, 401, 403, 404, 410, 500)}
    assert [status for status, kind in kinds.items() if kind is MissingError] == [404, 410]
