"""What a server asks for when it answers 401: the `WWW-Authenticate` header, read (RFC 9110 §11.6.1).

Several challenges may stand in one header, divided by commas like their own parameters; a scheme is a word that no `=`
follows. What cannot be read is passed over: then there is no challenge to answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_LONGEST = 8192
_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PARAMETER = re.compile(rf'\s*({_WORD})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|({_WORD}))\s*(?:,|$)')
_SCHEME = re.compile(rf"\s*({_WORD})(?:\s+|\s*,|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """One way to authenticate: `basic`, or `bearer` with `realm`, `service` and `scope`."""

    scheme: str
    """Lower case."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """By name, in lower case."""


def parse_challenges(header: str) -> list[Challenge]:
    """The challenges of a header, in order; as far as it can be read."""
    found: list[Challenge] = []
    position = 0
    while position < len(header) <= _LONGEST:
        parameter = _PARAMETER.match(header, position)
        if parameter is not None and found:
            value = parameter[3] if parameter[2] is None else re.sub(r"\\(.)", r"\1", parameter[2])
            parameters = {**found[-1].parameters, parameter[1].lower(): value}
            found[-1] = Challenge(scheme=found[-1].scheme, parameters=parameters)
            position = parameter.end()
            continue
        scheme = _SCHEME.match(header, position)
        if scheme is None:
            break
        found.append(Challenge(scheme=scheme[1].lower()))
        position = scheme.end()
    return found
