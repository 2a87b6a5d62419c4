"""Fuzzing: every reader of foreign bytes, fed with damaged ones. Only a `PyvError` may come out, soon, in little memory.

Seeds lie in tests/prove/corpus/<target>/ (tests/prove/test_corpus.py replays them in every run); mutants are made of
them by this package's own mutator, and one that is met with a new answer becomes a seed for the rest of the run.

Why not atheris: it is a plain wheel for CPython 3.11 on Linux (3.0.0, 35 MB), but has none for macOS on ARM or musl,
brings a libFuzzer that takes over the process, and instruments bytecode, while the hard parts here are C (json, re,
zlib, libzstd). Structure-aware mutants and the readers' own answers as feedback reach as far, and need nothing
installed: `./scripts/prove fuzz` runs wherever the tests do.
"""
