"""Whatever a value is, GitHub's runner reads it back as it was, and reads nothing else."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pyv.domain.exports import dotenv, env_file, in_front, path_file
from pyv.domain.runner_log import annotation
from tests.support.github_runner import Command, commands_in, pairs_in

TEXTS = st.text(st.sampled_from("a=<\n\r%:, #[]\\é"), max_size=12)


@given(st.dictionaries(st.sampled_from(["A", "B", "C"]), TEXTS))
def test_variables_come_back_as_they_were(values: dict[str, str]) -> None:
    assert pairs_in("X=1\n" + env_file(values, "pyv_0123")) == {"X": "1", **values}


@given(TEXTS, TEXTS)
@example("::a%3A,b=c", "100%0A::")
def test_annotations_come_back_as_they_were(title: str, message: str) -> None:
    told = annotation("error", f"t{title}t", message, "hint")
    assert told.count("\n") == 1
    assert commands_in(told) == [Command("error", {"title": f"t{title}t"}, f"{message}\nhint")]


def test_what_would_be_more_than_it_is_is_refused() -> None:
    with pytest.raises(ValueError, match="holds the delimiter"):
        env_file({"A": "x\npyv_1\nB=2"}, "pyv_1")
    for directory in ("/a\n/b", "/a\r/b"):
        with pytest.raises(ValueError, match="more than one line"):
            path_file([directory])
    for value in ("a b", "a\nb", "a\tb"):
        with pytest.raises(ValueError, match="blanks or worse"):
            dotenv({"A": value})


def test_a_list_has_a_directory_in_front_once() -> None:
    assert in_front("/a", "") == "/a"
    assert in_front("/a", "/b:/a::/c:") == "/a:/b:/c", "an empty entry would be the working directory"
