"""The page holds nothing that is not tried."""

from __future__ import annotations

from pathlib import Path

from tests.finders.page import BLOCK, HEADING, PAGE


def test_every_block_is_marked_for_a_test() -> None:
    assert len(BLOCK.findall(PAGE)) == PAGE.count("\n```") // 2


def test_every_section_with_a_block_is_named_by_a_test() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("*.py"))
    parts = HEADING.split(PAGE)
    with_blocks = [heading for heading, text in zip(parts[1::2], parts[2::2], strict=True) if BLOCK.search(text)]
    assert len(with_blocks) > 8
    assert [heading for heading in with_blocks if f'"{heading}"' not in tests] == []
