"""Which versions have a command: `whence`."""

from __future__ import annotations

from tests.contract.case import case
from tests.contract.scene import BASIC, ECHO, NOTHING, ODD

NO_EXECUTION = BASIC.with_file("{root}/versions/3.12.1/bin/data", ECHO)

CASES = (
    case("whence/several", BASIC, "whence pip", "3.12.1\n3.13.0\n"),
    case("whence/one", BASIC, "whence only313", "3.13.0\n"),
    case("whence/none", BASIC, "whence no-such", status=1),
    case(
        "whence/--path",
        BASIC,
        "whence --path pip",
        ("{root}/versions/3.12.1/bin/pip\n{root}/versions/3.13.0/bin/pip\n"),
    ),
    case("whence/--path behind", BASIC, "whence pip --path", "3.12.1\n3.13.0\n"),
    case("whence/--path none", BASIC, "whence --path no-such", status=1),
    case("whence/no command", BASIC, "whence", stderr="Usage: pyenv whence [--path] <command>\n", status=1),
    case("whence/only --path", BASIC, "whence --path", stderr="Usage: pyenv whence [--path] <command>\n", status=1),
    case("whence/environments and links", ODD, "whence flask", "3.12.10/envs/web\nweb\nworkshop/envs/web\n"),
    case(
        "whence/environments and links, --path",
        ODD,
        "whence --path python",
        (
            "{root}/versions/3.12.1/bin/python\n"
            "{root}/versions/3.12.1/envs/old/bin/python\n"
            "{root}/versions/3.12.10/bin/python\n"
            "{root}/versions/3.12.10/envs/web/bin/python\n"
            "{root}/versions/3.13.0t/bin/python\n"
            "{root}/versions/3.13.1/bin/python\n"
            "{root}/versions/3.14.0rc1/bin/python\n"
            "{root}/versions/3.15-dev/bin/python\n"
            "{root}/versions/miniconda3-4.7.12/bin/python\n"
            "{root}/versions/pypy3.10-7.3.9/bin/python\n"
            "{root}/versions/pypy3.10-7.3.12/bin/python\n"
            "{root}/versions/web/bin/python\n"
            "{root}/versions/workshop/bin/python\n"
            "{root}/versions/workshop/envs/web/bin/python\n"
        ),
    ),
    case("whence/never the system", BASIC, "whence tool", status=1),
    case("whence/not executable", NO_EXECUTION, "whence data", status=1),
    case("whence/the selection does not matter", BASIC, "whence pip", "3.12.1\n3.13.0\n", PYENV_VERSION="3.9.9"),
    case("whence/nothing installed", NOTHING, "whence python", status=1),
    case(
        "whence/a version with a blank",
        BASIC.with_versions("my python"),
        "whence python",
        "3.11.7\n3.12.1\n3.12.10\n3.13.0\nmy python\n",
    ),
)
