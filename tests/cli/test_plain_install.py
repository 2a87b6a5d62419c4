"""`pyv install` with plain options goes past typer, and means the same to both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyv.cli import installing
from pyv.cli.app import command_line
from pyv.cli.context import Context
from pyv.cli.installing import Wishes
from pyv.cli.plain_install import main, read_plainly
from pyv.environment import current
from tests.support.runner import Machine

KEY = "ab" * 32
PLAIN = [
    [],
    ["3.12"],
    ["3.12", "3.13t", "-q"],
    ["--locked"],
    [
        "--locked",
        "--quiet",
        "--offline",
        "--lock-file",
        "x/pyv.lock",
        "--artifact-key",
        KEY,
        "--artifact-key",
        "CD" * 32,
    ],
    ["3.12", "--index", "https://a.example/", "--mirror", "upstream", "--mirror", "./m", "3.13:work"],
]
words_of_lines = st.lists(
    st.sampled_from(
        [
            "3.12",
            "x:y",
            "",
            "--locked",
            "-q",
            "--quiet",
            "--offline",
            "--mirror",
            "--index",
            "--index=u",
            "-qv",
            "--",
            "-",
        ]
    ),
    max_size=6,
)


Ways = tuple[Callable[[Sequence[str]], object], Callable[[Sequence[str]], object]]


class SeenError(Exception):
    """What a command line came to, in the place of an installation."""


@pytest.fixture(name="seen", scope="module")
def _seen() -> Iterator[Ways]:
    """What a command line came to: the wishes, and how loud it is; None where it was refused."""

    def run(wishes: Wishes, context: Context) -> int:
        raise SeenError(wishes, context.output.quiet)

    def by_typer(words: Sequence[str]) -> object:
        return told(lambda: command_line("install")(args=["install", *words], standalone_mode=False))

    def plainly(words: Sequence[str]) -> object:
        asked = read_plainly(words)
        return "typer's" if asked is None else told(lambda: main(asked, current()))

    def told(work: Callable[[], object]) -> object:
        try:
            work()
        except SeenError as found:
            return found.args
        except Exception:
            return "refused"
        return "refused"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(installing, "run_install", run)
        yield by_typer, plainly


@pytest.mark.parametrize("words", PLAIN, ids=" ".join)
def test_both_mean_the_same(seen: Ways, words: list[str]) -> None:
    by_typer, plainly = seen
    assert plainly(words) == by_typer(words) != "refused"


@given(words_of_lines)
@settings(max_examples=60, deadline=None)
def test_what_is_not_plain_is_left_to_typer(seen: Ways, words: list[str]) -> None:
    by_typer, plainly = seen
    found = plainly(words)
    assert found in ("typer's", by_typer(words))


def test_faults_of_the_words_are_told_as_ever(machine: Machine) -> None:
    machine.pyv("install", "--locked", "--index", "x").fails(2, "--index does not go with --locked")
    machine.pyv("install", "--artifact-key", KEY).fails(2, "--artifact-key says something of a lock")
    machine.pyv("install", "--mirror").fails(2, "Option '--mirror' requires an argument")
    machine.pyv("install", "--locked").fails(3, f"there is no {machine.cwd}/pyv.lock", "make it: pyv lock")
    assert "Usage: pyv install" in machine.pyv("install", "--help").ok().stdout
