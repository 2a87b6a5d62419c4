"""Names, the table of names, and where symlinks lead."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyv.archive.members import Names, Place, component_fault, name_fault, target_fault
from pyv.archive.reader import DIRECTORY, FILE, HARD_LINK, SYMLINK, Member
from pyv.archive.refusal import RuleError


def member(path: str, kind: bytes = FILE, target: str = "") -> Member:
    return Member(path, kind, 0, executable=False, target=target)


@pytest.mark.parametrize(
    "path",
    [
        "python",
        "python/bin/python3.13",
        "python/share/terminfo/E/Eterm",
        "python/lib/python3.13/site-packages/pip/_vendor/distlib/t64-arm.exe",
        "python/lib/[x] (y) {z} #&%$!'`~^+=,;@.txt",
        "python/.hidden/..two/...three.x",
        "python/conx/xcon/com/com10/lpt/console.txt/nul_",
        "python/größe/日本",
    ],
)
def test_genuine_names(path: str) -> None:
    assert name_fault(path) is None


@settings(derandomize=True, deadline=None)
@given(st.text(min_size=1, max_size=12).filter(lambda text: "/" not in text))
def test_an_allowed_component_is_one_line_and_one_step(component: str) -> None:
    if component_fault(component) is None:
        assert component.splitlines() == [component]
        assert component not in {".", ".."}
        assert not set(component) & set('\\:*?"<>|\0\n')
        assert name_fault(f"python/{component}") is None
        assert target_fault(f"../{component}") is None


@pytest.mark.parametrize("component", ["\x85", "a\u2028", "\u2029", "\x7f", "\x9b31m"])
def test_no_component_ends_a_line_or_speaks_to_a_terminal(component: str) -> None:
    assert component_fault(component) == "a name with a control character"


def test_limits_count_bytes() -> None:
    assert name_fault("python/" + "é" * 127) is None
    assert name_fault("python/" + "é" * 128) == "a component of more than 255 bytes"
    assert target_fault("/".join(["é" * 100] * 6)) == "a path of more than 1024 bytes"


def test_parents_come_into_being() -> None:
    names = Names()
    assert names.add(member("python/a/b/c")) == Place("python/a/b/c")
    assert names.add(member("python/a", DIRECTORY)) == Place("python/a")
    assert names.add(member("python/a/b/d", HARD_LINK, "python/a/b/c")) == Place("python/a/b/d")
    assert names.spelled("python/a/b") == "python/a/b"
    assert names.spelled("python") == "python"


def test_a_case_insensitive_table_merges_directories_and_knows_twins() -> None:
    names = Names(case_sensitive=False)
    assert names.add(member("python/E/Eterm")) == Place("python/E/Eterm")
    assert names.add(member("python/e/eterm")) == Place("python/E/Eterm", twin=True)
    assert names.add(member("python/e/other", SYMLINK, "eterm")) == Place("python/E/other")
    assert names.add(member("python/e", DIRECTORY)) == Place("python/E")
    names.resolve("python/E/other", "eterm")
    assert names.spelled("python/e/OTHER") == "python/E/other"
    assert names.add(member("python/e/h", HARD_LINK, "python/e/ETERM")) == Place("python/E/h")


@pytest.mark.parametrize(
    ("first", "second", "rule"),
    [
        (member("python/a"), member("python/A", SYMLINK, "b"), "a name that is already there as something else (`python/a`)"),
        (member("python/a/b"), member("python/A"), "a name that is already there as something else (`python/a`)"),
        (member("python/a"), member("python/A/b"), "`python/a` is both a directory and not one"),
        (member("python/a"), member("python/a"), "a name that is there twice"),
        (member("python/é"), member("python/e\u0301"), "another Unicode spelling of `python/é`"),
        (member("python/e\u0301/x"), member("python/é/y"), "another Unicode spelling of `python/e\u0301`"),
    ],
)  # fmt: skip
def test_a_case_insensitive_table_refuses(first: Member, second: Member, rule: str) -> None:
    names = Names(case_sensitive=False)
    names.add(first)
    with pytest.raises(RuleError) as caught:
        names.add(second)
    assert caught.value.rule == rule


def table() -> Names:
    names = Names()
    for path in ("python/bin/python3.13", "python/share/terminfo/a/adm1178", "python/lib/x/y/z"):
        names.add(member(path))
    names.add(member("python/lib/link", SYMLINK, "x"))
    return names


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("python/bin/python3", "python3.13"),
        ("python/share/terminfo/1/1178", "../a/adm1178"),
        ("python/lib/here", "x/y"),
        ("python/lib/up", "../lib/x/../x/y/z"),
        ("python/lib/top", ".."),
    ],
)
def test_targets_inside(link: str, target: str) -> None:
    table().resolve(link, target)


@pytest.mark.parametrize(
    ("link", "target", "rule"),
    [
        ("python/l", "..", "its target `..` is outside `python`"),
        ("python/bin/l", "../../python/bin/python3.13", "its target `../../python/bin/python3.13` is outside `python`"),
        ("python/bin/l", "python3.14", "its target `python3.14` is not in the archive"),
        ("python/bin/l", "python3.13/..", "its target `python3.13/..` leads through a file"),
        ("python/bin/l", "../lib/link/y", "its target `../lib/link/y` leads to another symlink"),
        ("python/bin/l", "/bin/sh", "an absolute link target"),
        ("python/bin/l", "a//b", "a link target that is a name with an empty, `.` or `..` component"),
    ],
)
def test_targets_outside_or_nowhere(link: str, target: str, rule: str) -> None:
    with pytest.raises(RuleError) as caught:
        table().resolve(link, target)
    assert caught.value.rule == rule


def test_a_prefix_inside_the_archive_is_the_limit_for_its_links() -> None:
    names = Names()
    names.add(member("python/install/bin/x"))
    names.add(member("python/build/o"))
    names.resolve("python/install/lib/l", "../bin/x", within="python/install")
    with pytest.raises(RuleError, match="outside `python/install`"):
        names.resolve("python/install/lib/l", "../../build/o", within="python/install")


_COMPONENTS = st.sampled_from(["a", "b", "c", ".."])


@settings(derandomize=True, deadline=None)
@given(st.lists(_COMPONENTS, min_size=1, max_size=8), st.lists(st.sampled_from(["a", "b", "c"]), max_size=3))
def test_what_resolves_is_where_the_kernel_would_go(target: list[str], above: list[str]) -> None:
    """In a full tree without symlinks, text and kernel agree; outside it nothing resolves."""
    names = Names()
    for one in "abc":
        for two in "abc":
            for three in "abc":
                names.add(member(f"python/{one}/{two}/{three}", DIRECTORY))
    place = ["python", *above]
    depth = len(place)
    inside = True
    for step in target:
        depth += -1 if step == ".." else 1
        inside = inside and 1 <= depth <= 4
    try:
        names.resolve("/".join([*place, "link"]), "/".join(target))
    except RuleError:
        assert not inside
    else:
        assert inside
