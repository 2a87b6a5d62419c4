"""Random version files, and what a second reading of pyenv's rules, a character at a time, makes of them."""

from __future__ import annotations

import os
from collections.abc import Callable

from hypothesis import strategies as st

VERSIONS = ("3.12.1", "3.12.10/envs/web", "3.13.0t", "work")
"""Directories of the tree the files are read against."""
BLANKS = " \t\r"
_PIECE = 1024

words = st.sampled_from(
    [
        *(
            *VERSIONS,
            "3.12",
            "system",
            "*",
            "3.1?",
            "[3]",
            "-f",
            "$HOME",
            "`id`",
            "'3.12.1'",
            "3.12\\.1",
            "é",
            "3.12.1:3.13",
        ),
        *(
            ":",
            "::",
            "a::b",
            ":3.12",
            "#",
            "#3.12",
            "3.12#x",
            ".",
            "..",
            "../..",
            "/",
            "//",
            "/etc",
            "./3.12.1",
            "3.12.1/",
        ),
        *(
            "3.12.1/..",
            "3.12.1/../work",
            "../versions/3.12.1",
            "../versions",
            "3.12.10/envs",
            "none/",
            "work/../..",
            "a/b",
        ),
    ]
) | st.text("3.1:#/t*", min_size=1, max_size=12)
blanks = st.text(BLANKS, max_size=3)
fillings = st.integers(_PIECE - 8, _PIECE + 8).flatmap(
    lambda size: st.sampled_from(" x#:/").map(lambda sign: sign * size)
)
lines = st.lists(st.tuples(blanks, words | words | words | fillings, blanks).map("".join), max_size=3).map(" ".join)
contents = st.builds(
    "{}{}".format, st.lists(lines, max_size=5).map("\n".join), st.sampled_from(["\n", "", "\r\n", "\r", "\n\n"])
)


def is_below(word: str, versions: str) -> bool:
    """Whether entering `versions/word` a step at a time succeeds and ends strictly below `versions`."""
    place: list[str] = []
    above = len(versions.strip("/").split("/"))
    base = versions.strip("/").split("/")
    place = [*base]
    for step in word.split("/"):
        if step == "..":
            place = place[:-1]
        elif step not in {"", "."}:
            place = [*place, step]
        if not os.path.isdir("/" + "/".join(place)):
            return False
    return place[:above] == base and len(place) > above


def read_again(content: str, versions: str) -> tuple[list[str], list[str]]:
    """The names a file pins and the words that are ignored, as `read_names` should find them."""
    names: list[str] = []
    ignored: list[str] = []

    def judge(word: str) -> None:
        if word.startswith("#"):
            return
        if ("/" in word or word == "..") and not is_below(word, versions):
            ignored.append(word)
            return
        names.extend(name for name in word.split(":") if name != "")

    _each_word(content, judge)
    return names, ignored


def _each_word(content: str, judge: Callable[[str], None]) -> None:
    """The first word of each line, of each piece of a line that is longer."""
    word, ended, length = "", False, 0
    for sign in [*content, "\n"]:
        if sign == "\n" or length == _PIECE:
            if word:
                judge(word)
            word, ended, length = "", False, 0
            if sign == "\n":
                continue
        length += 1
        if sign in BLANKS:
            ended = ended or word != ""
        elif not ended:
            word += sign
