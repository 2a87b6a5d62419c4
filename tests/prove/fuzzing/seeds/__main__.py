"""Writes tests/prove/corpus anew."""

from __future__ import annotations

import shutil

from tests.prove.fuzzing.seeds import bundles, kept, offered, signed, streams, written
from tests.prove.fuzzing.target import CORPUS


def main() -> None:
    """One directory a target, one file a seed."""
    shutil.rmtree(CORPUS, ignore_errors=True)
    texts = {**signed.seeds(), **kept.seeds(), **offered.seeds(), **written.seeds()}
    found = {
        target: {name: text.encode("utf-8", "surrogateescape") for name, text in files.items()}
        for target, files in texts.items()
    }
    for target, files in {**found, **streams.seeds(), **bundles.seeds()}.items():
        directory = CORPUS / target
        directory.mkdir(parents=True)
        for name, content in files.items():
            (directory / name).write_bytes(content)


if __name__ == "__main__":
    main()
