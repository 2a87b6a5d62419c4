"""Errors as people see them."""

from __future__ import annotations

import io
from pathlib import Path

from pyv.environment import Environment
from pyv.errors import PyvError, TrustError
from pyv.reporting import guarded, report


def environment(*, terminal: bool, **variables: str) -> Environment:
    return Environment(vars=variables, cwd=Path("/"), home=Path("/"), stderr_is_terminal=terminal)


def reported(error: PyvError, seen: Environment | None) -> tuple[str, int]:
    stream = io.StringIO()
    code = report(error, seen, stream)
    return stream.getvalue(), code


def test_a_message_and_a_hint_are_two_lines() -> None:
    plain = environment(terminal=False)
    assert reported(PyvError("it broke"), plain) == ("pyv: it broke\n", 1)
    assert reported(TrustError("no", hint="do this"), None) == ("pyv: no\nhint: do this\n", 4)


def test_colour_is_for_terminals_that_want_it() -> None:
    coloured = "\033[1;31mpyv:\033[0m no\n\033[36mhint:\033[0m do\n"
    error = PyvError("no", hint="do")
    assert reported(error, environment(terminal=True))[0] == coloured
    assert reported(error, environment(terminal=True, NO_COLOR="1"))[0] == "pyv: no\nhint: do\n"


def test_interruptions_end_quietly_with_the_shells_status() -> None:
    def interrupted() -> int:
        raise KeyboardInterrupt

    def closed() -> int:
        raise BrokenPipeError

    def refused() -> int:
        raise TrustError("no")

    assert guarded(lambda: 5, None) == 5
    assert guarded(interrupted, None) == 130
    assert guarded(closed, None) == 141
    assert guarded(refused, None) == 4
