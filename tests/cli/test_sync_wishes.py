"""What `sync` means where little is said: each part of a choice is remembered for itself."""

from __future__ import annotations

from pathlib import Path

from pyv.cli.sync_wishes import Wishes
from pyv.domain.choice import Choice
from pyv.mirror.settings import Settings

HERE = "x86_64-unknown-linux-gnu"
KNOWN = Settings(
    upstream="embedded", choice=Choice.of(versions=["3.12"], triples=[HERE], flavors=["install_only"], builds="all")
)


def chosen(tmp_path: Path, **words: object) -> Choice:
    return Wishes(directory=tmp_path, **words).over(KNOWN, tmp_path).choice  # type: ignore[arg-type]


def test_what_is_not_named_stays(tmp_path: Path) -> None:
    assert chosen(tmp_path) == KNOWN.choice
    assert chosen(tmp_path, versions=("3.14",)) == Choice.of(
        versions=["3.14"], triples=[HERE], flavors=["install_only"], builds="all"
    )
    assert chosen(tmp_path, builds="newest", variants=("freethreaded",)) == Choice.of(
        versions=["3.12"], triples=[HERE], flavors=["install_only"], variants=["freethreaded"]
    )


def test_anew_forgets_the_rest(tmp_path: Path) -> None:
    assert chosen(tmp_path, anew=True) == Choice()
    assert chosen(tmp_path, anew=True, versions=("3.14",)) == Choice.of(versions=["3.14"])
