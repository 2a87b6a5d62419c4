"""The committed seeds, as code: `python -m tests.prove.fuzzing.seeds` writes them, the same in every run.

What fuzzing finds is added here, made small, under a name that says what it is.
"""
