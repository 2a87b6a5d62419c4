"""`VERSION:NAME`: a version under a name of a person's own, as `pyenv install` reads it; and which names those may be.

The last colon splits; `latest` behind it is no name (`3.12:latest` is pyenv's old way to say 3.12). A name has to be
one that a version file can pin and that says nothing untrue: neither a path, nor what asks for a version itself.
"""

from __future__ import annotations

import re

from pyv.domain.request import parse_request
from pyv.errors import RequestError

_PLAIN = re.compile(r"[^\W_][\w+@%=,.-]*")
_RESERVED = {"system", "latest"}
_LONGEST = 128
_HINT = "choose a word such as `work` or `3.12.2-site`: letters, digits and `+@%=,._-`"


def split_name(word: str) -> tuple[str, str | None]:
    """A version and the name it is to have, if a person chose one; addresses are left whole.

    Raises:
        RequestError: no version may have that name.
    """
    version, colon, name = word.rpartition(":")
    if not colon or "://" in word:
        return word, None
    if name == "latest":
        return version, None
    check_name(name, word)
    return version, name


def check_name(name: str, word: str) -> None:
    """Refuse what no version may be called; `word` is what a person wrote.

    Raises:
        RequestError: it is no plain word, or means something already.
    """
    if name in _RESERVED:
        raise _refused(f"`{name}` means something else already", word)
    if _PLAIN.fullmatch(name) is None or len(name.encode("utf-8", "surrogateescape")) > _LONGEST:
        raise _refused(f"`{name}` cannot be the name of a version", word)
    try:
        parse_request(name)
    except RequestError:
        return
    raise _refused(f"`{name}` asks for a version itself, so it cannot be the name of one", word)


def _refused(message: str, word: str) -> RequestError:
    return RequestError(message, hint=_HINT, request=word)
