"""What platforms are called: others' words for a triple are recognised, to ask back."""

from __future__ import annotations

import pytest

from pyv.domain.triple import PUBLISHED, meant_by, triple_hint


@pytest.mark.parametrize(
    ("words", "triple"),
    [
        ("linux/amd64", "x86_64-unknown-linux-gnu"),
        ("linux-x86_64-gnu", "x86_64-unknown-linux-gnu"),
        ("x86_64-unknown-linux", "x86_64-unknown-linux-gnu"),
        ("aarch64-linux-musl", "aarch64-unknown-linux-musl"),
        ("alpine.linux.arm64", "aarch64-unknown-linux-musl"),
        ("macos-arm64", "aarch64-apple-darwin"),
        ("X86_64-Apple-Darwin", "x86_64-apple-darwin"),
        ("win-x64", "x86_64-pc-windows-msvc"),
        ("x86_64_v3-linux", "x86_64_v3-unknown-linux-gnu"),
        ("linux", None),
        ("amiga-68k", None),
        ("armv7-linux-gnueabihf", None),
    ],
)
def test_others_words_for_a_platform(words: str, triple: str | None) -> None:
    assert meant_by(words) == triple
    assert triple_hint(words).startswith("did you mean" if triple else "`pyv available")


def test_a_triple_means_itself_and_is_not_asked_about() -> None:
    for triple in PUBLISHED:
        assert "did you mean" not in triple_hint(triple)
