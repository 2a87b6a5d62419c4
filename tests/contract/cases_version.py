"""What is selected, and who says so: `version`, `version-origin`, `version-file`."""

from __future__ import annotations

from tests.contract.case import case
from tests.contract.scene import BASIC, NOTHING, ODD, SYSTEM

NESTED = BASIC.pinned("3.12.1\n", "{home}").pinned("3.13.0\n", "{work}")
ELSEWHERE = BASIC.with_directories("{home}/project/src").pinned("3.11.7\n", "{home}/project")

CASES = (
    case(
        "version/a pin with a comment",
        BASIC.pinned("3.12.1 # production\n"),
        "version",
        "3.12.1 (set by {work}/.python-version)\n",
    ),
    case("version/only comments", BASIC.pinned("# none\n"), "version", "system (set by {work}/.python-version)\n"),
    case("version/system", SYSTEM, "version", "system (set by {root}/version)\n"),
    case("version/local", BASIC.pinned("3.12.1\n"), "version", "3.12.1 (set by {work}/.python-version)\n"),
    case(
        "version/above",
        BASIC.pinned("3.12.1\n"),
        "version",
        "3.12.1 (set by {work}/.python-version)\n",
        cwd="{work}/deep",
    ),
    case("version/global", BASIC.everywhere("3.12.1\n"), "version", "3.12.1 (set by {root}/version)\n"),
    case(
        "version/variable",
        BASIC,
        "version",
        ("3.13.0 (set by PYENV_VERSION environment variable)\n3.12.10 (set by PYENV_VERSION environment variable)\n"),
        PYENV_VERSION="3.13.0:3.12",
    ),
    case(
        "version/missing",
        BASIC,
        "version",
        stderr="pyenv: version `3.9.9' is not installed (set by PYENV_VERSION environment variable)\n",
        status=1,
        PYENV_VERSION="3.9.9",
    ),
    case(
        "version/missing in a file",
        BASIC.pinned("3.9.9\n"),
        "version",
        stderr="pyenv: version `3.9.9' is not installed (set by {work}/.python-version)\n",
        status=1,
    ),
    case(
        "version/missing among others",
        BASIC.pinned("3.9.9\n3.12\n2.7\n"),
        "version",
        "3.12.10 (set by {work}/.python-version)\n",
        stderr=(
            "pyenv: version `3.9.9' is not installed (set by {work}/.python-version)\n"
            "pyenv: version `2.7' is not installed (set by {work}/.python-version)\n"
        ),
        status=1,
    ),
    case("version/--bare", BASIC, "version --bare", "3.13.0\nsystem\n", PYENV_VERSION="3.13.0:system"),
    case(
        "version/--bare missing",
        BASIC,
        "version --bare",
        "3.12.10\n",
        stderr="pyenv: version `3.9.9' is not installed (set by PYENV_VERSION environment variable)\n",
        status=1,
        PYENV_VERSION="3.9.9:3.12",
    ),
    case("version/operand", BASIC, "version x", stderr="Usage: pyenv version [--bare]\n", status=1),
    case("version/unknown option", BASIC, "version --x", stderr="Usage: pyenv version [--bare]\n", status=1),
    case(
        "version/a link",
        ODD,
        "version",
        ("workshop (set by PYENV_VERSION environment variable)\nweb (set by PYENV_VERSION environment variable)\n"),
        PYENV_VERSION="workshop:web",
    ),
    case("version-origin/nothing", NOTHING, "version-origin", "{root}/version\n"),
    case("version-origin/global", BASIC.everywhere("3.12.1\n"), "version-origin", "{root}/version\n"),
    case(
        "version-origin/local",
        BASIC.pinned("3.12.1\n"),
        "version-origin",
        "{work}/.python-version\n",
        cwd="{work}/deep",
    ),
    case("version-origin/only comments", BASIC.pinned("#\n"), "version-origin", "{work}/.python-version\n"),
    case(
        "version-origin/variable",
        BASIC.pinned("3.12.1\n"),
        "version-origin",
        "PYENV_VERSION environment variable\n",
        PYENV_VERSION="3.9.9",
    ),
    case(
        "version-origin/empty variable",
        BASIC.pinned("3.12.1\n"),
        "version-origin",
        "{work}/.python-version\n",
        PYENV_VERSION="",
    ),
    case("version-origin/operand", BASIC, "version-origin x y", "{root}/version\n"),
    case("version-file/nothing", BASIC, "version-file", "{root}/version\n"),
    case("version-file/local", BASIC.pinned("3.12.1\n"), "version-file", "{work}/.python-version\n"),
    case("version-file/above", NESTED, "version-file", "{work}/.python-version\n", cwd="{work}/deep/deeper"),
    case(
        "version-file/variable",
        BASIC.pinned("3.12.1\n"),
        "version-file",
        "{work}/.python-version\n",
        PYENV_VERSION="3.13.0",
    ),
    case(
        "version-file/PYENV_DIR",
        ELSEWHERE,
        "version-file",
        "{home}/project/.python-version\n",
        PYENV_DIR="{home}/project/src",
    ),
    case(
        "version-file/a directory is no file",
        BASIC.pinned("3.12.1\n").with_directories("{work}/deep/.python-version"),
        "version-file",
        "{work}/.python-version\n",
        cwd="{work}/deep",
    ),
    case("version-file/operand", ELSEWHERE, "version-file {home}/project/src", "{home}/project/.python-version\n"),
    case("version-file/operand without any", BASIC.everywhere("3.12.1\n"), "version-file {home}", status=1),
    case("version-file/operand that is missing", NESTED, "version-file {work}/no/such", "{work}/.python-version\n"),
    case("version-file/relative operand", NESTED, "version-file deep", "{work}/.python-version\n"),
    case("version-file/relative operand without any", BASIC, "version-file deep", status=1),
    case("version-file/empty operand", NESTED, ("version-file", ""), "{work}/.python-version\n"),
    case("version-file/operand with a final slash", NESTED, "version-file {work}/", "{work}//.python-version\n"),
)
