"""What a prefix means: `latest`."""

from __future__ import annotations

from tests.contract.case import case
from tests.contract.scene import BASIC, NOTHING, ODD, SYSTEM

CASES = (
    case("latest/prefix", BASIC, "latest 3.12", "3.12.10\n"),
    case("latest/major", BASIC, "latest 3", "3.13.0\n"),
    case("latest/exact", BASIC, "latest 3.12.1", "3.12.1\n"),
    case(
        "latest/half a number",
        BASIC,
        "latest 3.1",
        stderr="pyenv: no installed versions match the prefix `3.1'\n",
        status=1,
    ),
    case("latest/missing", BASIC, "latest 2", stderr="pyenv: no installed versions match the prefix `2'\n", status=1),
    case("latest/-b", BASIC, "latest -b 2", "2\n", status=1),
    case("latest/--bypass", BASIC, "latest --bypass 2.7", "2.7\n", status=1),
    case("latest/-f", BASIC, "latest -f 2", "2\n"),
    case("latest/--force", BASIC, "latest --force 2.7", "2.7\n"),
    case("latest/-f and found", BASIC, "latest -f 3.12", "3.12.10\n"),
    case(
        "latest/option behind",
        BASIC,
        "latest 2 -f",
        stderr="pyenv: no installed versions match the prefix `2'\n",
        status=1,
    ),
    case("latest/second operand", BASIC, "latest 3.12 3.11", "3.12.10\n"),
    case(
        "latest/system",
        BASIC,
        "latest system",
        stderr="pyenv: no installed versions match the prefix `system'\n",
        status=1,
    ),
    case("latest/a link", ODD, "latest work", "work\n"),
    case("latest/an environment", ODD, "latest 3.12.10/envs/web", "3.12.10/envs/web\n"),
    case("latest/free-threaded", ODD, "latest 3.13t", "3.13.0t\n"),
    case("latest/free-threaded of a major", ODD, "latest 3t", "3.13.0t\n"),
    case("latest/beside free-threaded", ODD, "latest 3.13", "3.13.1\n"),
    case(
        "latest/pre-release",
        ODD,
        "latest 3.14",
        stderr="pyenv: no installed versions match the prefix `3.14'\n",
        status=1,
    ),
    case("latest/free-threaded pre-release", SYSTEM.with_versions("3.14.0t", "3.15.0b4t"), "latest 3t", "3.15.0b4t\n"),
    case("latest/pypy", ODD, "latest pypy3.10", "pypy3.10-7.3.12\n"),
    case(
        "latest/glob characters",
        BASIC,
        ("latest", "3.1?"),
        stderr="pyenv: no installed versions match the prefix `3.1?'\n",
        status=1,
    ),
    case("latest/a dot", BASIC, "latest .", ".\n"),
    case(
        "latest/a dot is no pattern",
        SYSTEM.with_versions("3x12.1"),
        "latest 3.12",
        stderr="pyenv: no installed versions match the prefix `3.12'\n",
        status=1,
    ),
    case(
        "latest/caret", BASIC, ("latest", "^3"), stderr="pyenv: no installed versions match the prefix `^3'\n", status=1
    ),
    case(
        "latest/nothing installed",
        NOTHING,
        "latest 3",
        stderr="pyenv: no installed versions match the prefix `3'\n",
        status=1,
    ),
    case(
        "latest/-k missing",
        BASIC,
        "latest -k 1.0",
        stderr="pyenv: no known versions match the prefix `1.0'\n",
        status=1,
    ),
    case(
        "latest/--known missing",
        BASIC,
        "latest --known nothing",
        stderr="pyenv: no known versions match the prefix `nothing'\n",
        status=1,
    ),
    case("latest/-k -b missing", BASIC, "latest -k -b 1.0", "1.0\n", status=1),
    case("latest/-k -f missing", BASIC, "latest -k -f 1.0", "1.0\n"),
    case(
        "latest/-k of an installed only",
        BASIC.with_versions("1.0.5"),
        "latest -k 1.0",
        stderr="pyenv: no known versions match the prefix `1.0'\n",
        status=1,
    ),
    case(
        "latest/free-threaded missing",
        BASIC,
        "latest 3.13t",
        stderr="pyenv: no installed versions match the prefix `3.13'\n",
        status=1,
    ),
    case(
        "latest/a free-threaded debug build",
        SYSTEM.with_versions("3.12.1", "3.13.0t", "3.13.0t-debug"),
        "latest 3",
        "3.13.0t-debug\n",
    ),
    case("latest/a debug build", SYSTEM.with_versions("3.12.1-debug"), "latest 3.12", "3.12.1-debug\n"),
    case(
        "latest/a debug build of a release",
        SYSTEM.with_versions("3.12.1", "3.12.1-debug"),
        "latest 3.12",
        "3.12.1-debug\n",
    ),
    case(
        "latest/debug build of the very release",
        SYSTEM.with_versions("3.12.1-debug"),
        "latest 3.12.1",
        "3.12.1-debug\n",
    ),
)
