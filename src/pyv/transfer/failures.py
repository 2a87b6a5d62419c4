"""Why one request failed, in words, and whether asking again can help.

A `AttemptError` stays inside this floor: `attempts.py` turns the last one into a `TransferError`. Its text never quotes
what a server sent as prose, and no failure is chained to an exception of httpx, which holds the request's headers.
"""

from __future__ import annotations

import email.utils
import re
from collections.abc import Mapping
from http import HTTPStatus

from pyv.transfer.credentials import Authorization, token_variable

_RETRIED = frozenset({408, 429, *range(500, 600)})


class AttemptError(Exception):
    """One request came to nothing."""

    def __init__(
        self,
        problem: str,
        *,
        hint: str | None = None,
        retry: bool = False,
        wait: float | None = None,
        unreachable: bool = False,
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint
        self.retry = retry
        """Whether the same source may do better on another attempt."""
        self.wait = wait
        """Seconds the server asked to be left alone."""
        self.unreachable = unreachable
        """Whether there was not even a connection."""
        self.status: int | None = None
        """The server's answer, where there was one."""


class MissingError(AttemptError):
    """The source does not have the file."""


class MismatchError(AttemptError):
    """A whole body arrived, and it is not the one that was signed."""

    def __init__(self, actual: str) -> None:
        super().__init__(
            f"its bytes have sha256 {actual}",
            hint="the mirror serves something else under this name: tell who runs it, or use another one",
        )
        self.actual = actual


def out_of_time(seconds: float) -> AttemptError:
    """The deadline of the whole fetch has passed."""
    return AttemptError(
        f"it was not finished after {seconds:g} s", hint="try again, or name a nearer mirror with --mirror"
    )


def too_slow(rate: float, window: float) -> AttemptError:
    """The minimum rate was missed."""
    return AttemptError(
        f"it sent less than {rate:g} bytes/s for {window:g} s",
        hint="try again, or name another mirror with --mirror",
        retry=True,
    )


def web_page(description: str) -> AttemptError:
    """HTML came with status 200: a login page, a portal, a single-page application."""
    return AttemptError(
        f"a web page arrived instead of the file ({description})",
        hint="log in to the network, or check that the address serves files and which credentials it wants",
    )


def status_failure(
    status: int, headers: Mapping[str, str], host: str, sent: Authorization | None, now: float
) -> AttemptError:
    """What a status other than success means; `now` in seconds since the epoch serves `Retry-After` dates."""
    failure = _answered(status, headers, host, sent, now)
    failure.status = status
    return failure


def _answered(
    status: int, headers: Mapping[str, str], host: str, sent: Authorization | None, now: float
) -> AttemptError:
    try:
        phrase = f"the server answered {status} ({HTTPStatus(status).phrase.lower()})"
    except ValueError:
        phrase = f"the server answered {status}"
    if status in (401, 403):
        refused = f"; it does not accept the {sent}" if sent else ""
        hint = f"set {token_variable(host)} to a token that may read there, or add `machine {host}` to the netrc file"
        return AttemptError(phrase + refused, hint=hint)
    if status in (404, 410):
        return MissingError(phrase, hint="this mirror does not have the file: check the address, or use another mirror")
    if status == 407:
        return AttemptError(phrase, hint="put the proxy's user and password into HTTP_PROXY or HTTPS_PROXY")
    if status in _RETRIED:
        wait = retry_after(headers, now)
        return AttemptError(phrase, hint="try again later, or name another mirror with --mirror", retry=True, wait=wait)
    return AttemptError(phrase, hint="check the address, or name another mirror with --mirror")


def told_to_sender(failure: AttemptError) -> AttemptError:
    """The same failure with what helps who sends something: there is no other mirror to turn to."""
    hint = failure.hint or ""
    if failure.status in (401, 403):
        failure.hint = hint.replace("may read there", "may write there")
    elif failure.status in (404, 410):
        failure.hint = "check the address, and that the repository is there and may be written to"
    elif "--mirror" in hint:
        first = "check the network and HTTP_PROXY, HTTPS_PROXY, NO_PROXY"
        if failure.status is not None:
            first = "try again later" if failure.retry else "tell who runs the registry"
        failure.hint = f"{first}; what has arrived stays there, and is not sent again"
    return failure


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds from a `Retry-After` header (RFC 9110 §10.2.3), counted from the server's own `Date` if it sent one."""
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", value):
        return float(value)
    until = _date(value)
    if until is None:
        return None
    return max(0.0, until - (_date(headers.get("date", "")) or now))


def _date(text: str) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
