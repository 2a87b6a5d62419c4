"""Where things lie: `prefix` and `root`."""

from __future__ import annotations

from tests.contract.case import case
from tests.contract.scene import BASIC, NOTHING, ODD, SYSTEM

SBIN = NOTHING.having("{home}/sbin/python3")

CASES = (
    case("prefix/selected", BASIC.pinned("3.12.1\n"), "prefix", "{root}/versions/3.12.1\n"),
    case(
        "prefix/several selected",
        BASIC,
        "prefix",
        "{root}/versions/3.12.10:{root}/versions/3.11.7\n",
        PYENV_VERSION="3.12:3.11.7",
    ),
    case("prefix/named", BASIC, "prefix 3.12.1", "{root}/versions/3.12.1\n"),
    case("prefix/several named", BASIC, "prefix 3.12.1 3.13", "{root}/versions/3.12.1:{root}/versions/3.13.0\n"),
    case("prefix/a list in a word", BASIC, "prefix 3.12.1:3.13", "{root}/versions/3.12.1:{root}/versions/3.13.0\n"),
    case("prefix/by prefix", BASIC, "prefix 3", "{root}/versions/3.13.0\n"),
    case("prefix/system", SYSTEM, "prefix system", "{usr}\n"),
    case("prefix/system and nothing named", SYSTEM, "prefix", "{usr}\n"),
    case(
        "prefix/system in bin",
        NOTHING.having("{home}/bin/python"),
        "prefix system",
        "{home}\n",
        PATH="{home}/bin:{tools}",
    ),
    case("prefix/system in sbin", SBIN, "prefix system", "{home}\n", PATH="{home}/sbin:{tools}"),
    case(
        "prefix/system python2",
        NOTHING.having("{home}/bin/python2"),
        "prefix system",
        "{home}\n",
        PATH="{home}/bin:{tools}",
    ),
    case("prefix/no system", NOTHING, "prefix system", stderr="pyenv: system version not found in PATH\n", status=1),
    case("prefix/missing", BASIC, "prefix 3.9.9", stderr="pyenv: version `3.9.9' not installed\n", status=1),
    case("prefix/one missing", BASIC, "prefix 3.12.1 3.9.9", stderr="pyenv: version `3.9.9' not installed\n", status=1),
    case(
        "prefix/missing selected",
        BASIC,
        "prefix",
        stderr="pyenv: version `3.9.9' not installed\n",
        status=1,
        PYENV_VERSION="3.9.9",
    ),
    case(
        "prefix/missing selected in a file",
        BASIC.pinned("3.9.9\n"),
        "prefix",
        stderr="pyenv: version `3.9.9' is not installed (set by {work}/.python-version)\n",
        status=1,
    ),
    case("prefix/a link", ODD, "prefix workshop", "{root}/versions/workshop\n"),
    case("prefix/an environment", ODD, "prefix 3.12.10/envs/web", "{root}/versions/3.12.10/envs/web\n"),
    case("prefix/a plain file", ODD, "prefix notes.txt", stderr="pyenv: version `notes.txt' not installed\n", status=1),
    case(
        "prefix/python- in front",
        BASIC,
        "prefix python-3.12.1",
        stderr="pyenv: version `python-3.12.1' not installed\n",
        status=1,
    ),
    case(
        "prefix/python- in front, selected in a file",
        BASIC.pinned("python-3.12\n"),
        "prefix",
        "{root}/versions/3.12.10\n",
    ),
    case("prefix/a star", BASIC, ("prefix", "*"), stderr="pyenv: version `*' not installed\n", status=1),
    case(
        "prefix/a name with a blank",
        BASIC.with_versions("my python"),
        ("prefix", "my python"),
        "{root}/versions/my python\n",
    ),
    case("prefix/empty name", BASIC.pinned("3.12.1\n"), ("prefix", ""), "{root}/versions/3.12.1\n"),
    case("prefix/unknown option", BASIC, "prefix --what", stderr="pyenv: version `--what' not installed\n", status=1),
    case("root/named", BASIC, "root", "{root}\n"),
    case("root/trailing slash", BASIC, "root", "{root}\n", PYENV_ROOT="{root}/"),
    case("root/two trailing slashes", BASIC, "root", "{root}/\n", PYENV_ROOT="{root}//"),
    case("root/relative", BASIC, "root", "../root\n", PYENV_ROOT="../root"),
    case("root/not there", BASIC, "root", "{home}/none\n", PYENV_ROOT="{home}/none"),
    case("root/default", BASIC, "root", "{home}/.pyenv\n", PYENV_ROOT=""),
    case("root/operand", BASIC, "root x", "{root}\n"),
    case(
        "prefix/python- in front, selected by a variable",
        BASIC,
        "prefix",
        stderr="pyenv: version `python-3.12' not installed\n",
        status=1,
        PYENV_VERSION="python-3.12",
    ),
    case(
        "prefix/python- missing, selected by a variable",
        BASIC,
        "prefix",
        stderr="pyenv: version `python-3.9' not installed\n",
        status=1,
        PYENV_VERSION="python-3.9",
    ),
    case(
        "prefix/free-threaded missing", BASIC, "prefix 3.13t", stderr="pyenv: version `3.13' not installed\n", status=1
    ),
)
