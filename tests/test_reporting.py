"""Errors as people see them."""

from __future__ import annotations

import io
from pathlib import Path

from pyv.domain.runner_log import annotation
from pyv.environment import Environment
from pyv.errors import PyvError, TrustError
from pyv.reporting import guarded, printable, report


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


def test_nobody_watches_colours_in_ci() -> None:
    error = PyvError("no", hint="do")
    for value in ("true", "1", "woodpecker"):
        assert reported(error, environment(terminal=True, CI=value))[0] == "pyv: no\nhint: do\n"
    assert "\033" in reported(error, environment(terminal=True, CI="false"))[0]


def test_on_github_an_error_is_an_annotation_too() -> None:
    github = environment(terminal=False, CI="true", GITHUB_ACTIONS="true")
    told, code = reported(TrustError("100%, no: 1\n2", hint="do this"), github)
    plain = "pyv: 100%, no: 1\\n2\nhint: do this\n"
    assert (told, code) == (plain + "::error title=pyv::100%25, no: 1\\n2%0Ado this\n", 4)
    assert reported(PyvError("no"), github)[0] == "pyv: no\n::error title=pyv::no\n"
    assert annotation("error", "a:b,c%", "x\r\ny") == "::error title=a%3Ab%2Cc%25::x%0D%0Ay\n"


def test_no_line_is_a_command_to_a_runner() -> None:
    assert printable("::stop-commands::x") == "\\x3a:stop-commands::x"
    assert printable("\u200b ::error::x") == "\\u200b ::error::x", "what .NET does not see is seen"
    assert printable("  ::error::x") == "  \\x3a:error::x", "the runner cuts off blanks"
    assert printable("a ##[add-mask]b") == "a ##\\x5badd-mask]b"
    assert printable("\n::error::x") == "\\n::error::x"
    assert printable("pkg::name #[x]") == "pkg::name #[x]"


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
