"""Archives in the layout of python-build-standalone, made from what is at hand: test inputs, never releases."""
