"""The pin of everything else: `global`."""

from __future__ import annotations

from tests.contract.case import case
from tests.contract.scene import BASIC, SYSTEM

PINNED = BASIC.pinned("3.11.7\n")

CASES = (
    case("global/nothing", SYSTEM, "global", "system\n"),
    case("global/show", BASIC.everywhere("3.12.1\n3.11.7\n"), "global", "3.12.1\n3.11.7\n"),
    case("global/show what is not installed", BASIC.everywhere("2.7\n"), "global", "2.7\n"),
    case("global/show an empty file", BASIC.everywhere(""), "global", "system\n"),
    case(
        "global/show upwards",
        BASIC.everywhere("../..\n3.12.1\n"),
        "global",
        "3.12.1\n",
        stderr="pyenv: invalid version `../..' ignored in `{root}/version'\n",
    ),
    case("global/show never the local file", PINNED.everywhere("3.12.1\n"), "global", "3.12.1\n"),
    case("global/show never the variable", BASIC.everywhere("3.12.1\n"), "global", "3.12.1\n", PYENV_VERSION="3.11.7"),
    case("global/show the old file", BASIC.with_file("{root}/global", "3.11.7\n"), "global", "3.11.7\n"),
    case("global/show the oldest file", BASIC.with_file("{root}/default", "3.11.7\n"), "global", "3.11.7\n"),
    case(
        "global/show the first of the files",
        BASIC.with_file("{root}/default", "3.11.7\n").everywhere("3.12.1"),
        "global",
        "3.12.1\n",
    ),
    case("global/set", BASIC, "global 3.12.1", after={"{root}/version": "3.12.1\n"}),
    case(
        "global/set over another",
        PINNED.everywhere("2.7\n"),
        "global 3.12.1",
        after={"{root}/version": "3.12.1\n", "{work}/.python-version": "3.11.7\n"},
    ),
    case("global/set several", BASIC, "global 3.13.0 3.12.1", after={"{root}/version": "3.13.0\n3.12.1\n"}),
    case("global/set a prefix", BASIC, "global 3.12", after={"{root}/version": "3.12\n"}),
    case("global/set system", SYSTEM.everywhere("2.7\n"), "global system", after={"{root}/version": "system\n"}),
    case(
        "global/set what is missing",
        BASIC.everywhere("3.12.1\n"),
        "global 3.9.9",
        stderr="pyenv: version `3.9.9' not installed\n",
        status=1,
        after={"{root}/version": "3.12.1\n"},
    ),
    case(
        "global/-f",
        BASIC.everywhere("3.12.1\n"),
        "global -f 3.9.9",
        stderr="pyenv: version `3.9.9' not installed\n",
        status=1,
        after={"{root}/version": "3.12.1\n"},
    ),
    case(
        "global/--unset",
        BASIC.everywhere("3.12.1\n"),
        "global --unset",
        stderr="pyenv: version `--unset' not installed\n",
        status=1,
        after={"{root}/version": "3.12.1\n"},
    ),
    case(
        "global/empty name",
        BASIC.everywhere("3.12.1\n"),
        ("global", ""),
        "3.12.1\n",
        after={"{root}/version": "3.12.1\n"},
    ),
)
