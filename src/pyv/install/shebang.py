"""The first line of a program that pip wrote: which interpreter it names, and the same program under another root.

Installers know two forms: the plain one, and `sh` with a line that is a string to Python, for paths that are too long
or have blanks.
"""

from __future__ import annotations

import re

_PLAIN = re.compile(rb"#!(?P<path>/[^\s]+)(?P<words>[^\n]*)\n")
_BY_SHELL = re.compile(
    rb"#!/bin/sh\n'''exec' (?:(?P<quote>[\"'])(?P<quoted>/[^\n\"']+)(?P=quote)|(?P<bare>/[^\s\"']+))"
    rb"(?P<words>[^\n\"']*) \"\$0\" \"\$@\"\n' '''\n"
)
_INSIDE = (b"/versions/", b"/store/")
_LONGEST = 127
"""Bytes of a first line that every kernel reads whole."""


def readdressed(content: bytes, old: bytes, new: bytes) -> bytes:
    """The same program, its interpreter below the root `new` where it was below `old`; every other one unchanged."""
    found = _BY_SHELL.match(content) or _PLAIN.match(content)
    if found is None:
        return content
    groups: dict[str, bytes] = found.groupdict()
    path = groups.get("path") or groups.get("quoted") or groups["bare"]
    if not path.startswith(tuple(old + part for part in _INSIDE)):
        return content
    path, words = new + path[len(old) :], groups["words"].rstrip()
    plain = b"#!" + path + words
    if len(plain) < _LONGEST and not re.search(rb"\s", path):
        return plain + b"\n" + content[found.end() :]
    if re.search(rb"[\"\\$`\n']", path):
        return content  # no form that both shells and Python read
    return b"#!/bin/sh\n'''exec' \"" + path + b'"' + words + b" \"$0\" \"$@\"\n' '''\n" + content[found.end() :]
