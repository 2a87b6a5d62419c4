"""Writing any version file: `version-file-write`."""

from __future__ import annotations

from tests.contract.case import case
from tests.contract.scene import BASIC

CASES = (
    case("version-file-write/one", BASIC, "version-file-write {home}/pin 3.12.1", after={"{home}/pin": "3.12.1\n"}),
    case("version-file-write/relative", BASIC, "version-file-write pin 3.12.1", after={"{work}/pin": "3.12.1\n"}),
    case(
        "version-file-write/several",
        BASIC,
        "version-file-write pin 3.12 system",
        after={"{work}/pin": "3.12\nsystem\n"},
    ),
    case(
        "version-file-write/over another",
        BASIC.with_file("{work}/pin", "2.7\n3.1\n"),
        "version-file-write pin 3.12.1",
        after={"{work}/pin": "3.12.1\n"},
    ),
    case(
        "version-file-write/missing",
        BASIC.with_file("{work}/pin", "2.7\n"),
        "version-file-write pin 3.9.9",
        stderr="pyenv: version `3.9.9' not installed\n",
        status=1,
        after={"{work}/pin": "2.7\n"},
    ),
    case(
        "version-file-write/one missing",
        BASIC,
        "version-file-write pin 3.12.1 3.9.9",
        stderr="pyenv: version `3.9.9' not installed\n",
        status=1,
        after={"{work}/pin": None},
    ),
    case("version-file-write/-f", BASIC, "version-file-write -f pin 3.9.9", after={"{work}/pin": "3.9.9\n"}),
    case(
        "version-file-write/--force",
        BASIC,
        "version-file-write --force pin 3.9.9 2.7",
        after={"{work}/pin": "3.9.9\n2.7\n"},
    ),
    case(
        "version-file-write/-f behind",
        BASIC,
        "version-file-write pin -f 3.9.9",
        stderr="pyenv: version `3.9.9' not installed\n",
        status=1,
        after={"{work}/pin": None, "{work}/-f": None},
    ),
    case(
        "version-file-write/no version",
        BASIC,
        "version-file-write pin",
        stderr="Usage: pyenv version-file-write [-f|--force] <file> <version> [...]\n",
        status=1,
        after={"{work}/pin": None},
    ),
    case(
        "version-file-write/nothing",
        BASIC,
        "version-file-write",
        stderr="Usage: pyenv version-file-write [-f|--force] <file> <version> [...]\n",
        status=1,
    ),
    case(
        "version-file-write/only -f",
        BASIC,
        "version-file-write -f",
        stderr="Usage: pyenv version-file-write [-f|--force] <file> <version> [...]\n",
        status=1,
    ),
    case(
        "version-file-write/empty version",
        BASIC,
        ("version-file-write", "pin", ""),
        stderr="Usage: pyenv version-file-write [-f|--force] <file> <version> [...]\n",
        status=1,
        after={"{work}/pin": None},
    ),
)
