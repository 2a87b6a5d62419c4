"""How an interpreter was built, as far as a request can ask for it: default, freethreaded, debug, both."""

from __future__ import annotations

from typing import NamedTuple


class Variant(NamedTuple):
    """The build variant; upstream's longer list of build options stays in the record."""

    freethreaded: bool = False
    debug: bool = False

    @classmethod
    def of_options(cls, options: str) -> Variant:
        """The variant named by upstream's `+`-joined build options; `shared`, `pgo+lto`, … are the default one."""
        words = options.split("+")
        return cls("freethreaded" in words, "debug" in words)

    @property
    def label(self) -> str:
        """The design's word: `default`, `freethreaded`, `debug`, `freethreaded+debug`."""
        words = [word for word, on in (("freethreaded", self.freethreaded), ("debug", self.debug)) if on]
        return "+".join(words) or "default"

    @property
    def suffix(self) -> str:
        """What a version name carries: `3.13.1t` as pyenv names freethreaded, `3.13.1-debug` as `pyenv install -g`."""
        return ("t" if self.freethreaded else "") + ("-debug" if self.debug else "")


DEFAULT = Variant()


def parse_variant(text: str) -> Variant:
    """Read a label.

    Raises:
        ValueError: not one of the four.
    """
    for variant in (
        DEFAULT,
        Variant(freethreaded=True),
        Variant(debug=True),
        Variant(freethreaded=True, debug=True),
    ):
        if variant.label == text:
            return variant
    raise ValueError(f"`{text}` is not a variant (default, freethreaded, debug, freethreaded+debug)")
