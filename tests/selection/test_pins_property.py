"""Any version file is read as pyenv's rules say, by a second reading of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyv.selection.pins import read_names
from tests.selection.pin_files import VERSIONS, contents, read_again


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree of versions."""
    tree = tmp_path_factory.mktemp("root") / "versions"
    for name in VERSIONS:
        (tree / name).mkdir(parents=True)
    return tree


@settings(max_examples=500, deadline=None, derandomize=True, database=None)
@given(content=contents)
def test_a_file_is_read_as_the_rules_say(versions: Path, content: str) -> None:
    path = versions.parent / "version"
    path.write_bytes(content.encode())
    names, ignored = read_names(path, versions)
    assert (list(names), list(ignored)) == read_again(content, str(versions))


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(content=st.binary(max_size=80), mark=st.booleans())
def test_any_bytes_are_names_or_nothing(versions: Path, content: bytes, mark: bool) -> None:
    """Beyond the rules: zero bytes and a byte-order mark are dropped, bytes that are no text survive."""
    path = versions.parent / "version"
    path.write_bytes(b"\xef\xbb\xbf" * mark + content)
    names, ignored = read_names(path, versions)
    plain = content if mark else content.removeprefix(b"\xef\xbb\xbf")
    assert (list(names), list(ignored)) == read_again(
        plain.replace(b"\0", b"").decode("utf-8", "surrogateescape"), str(versions)
    )
