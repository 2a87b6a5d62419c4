"""`install`, as far as nothing is built or fetched."""

from __future__ import annotations

from tests.contract.case import case
from tests.contract.scene import BASIC, SYSTEM

CASES = (
    case(
        "install/nothing",
        BASIC,
        "install",
        stderr="Usage: pyenv install [-f] [-kvp] <version>...\n",
        status=1,
        first_line=True,
    ),
    case("install/-s existing", BASIC, "install -s 3.12.1", after={"{root}/versions": "3.11.7 3.12.1 3.12.10 3.13.0"}),
    case(
        "install/--skip-existing existing",
        BASIC,
        "install --skip-existing 3.12.1",
        after={"{root}/versions": "3.11.7 3.12.1 3.12.10 3.13.0"},
    ),
    case("install/-s behind", BASIC, "install 3.12.1 -s", after={"{root}/versions": "3.11.7 3.12.1 3.12.10 3.13.0"}),
    case(
        "install/existing",
        BASIC,
        "install 3.12.1",
        stderr="pyenv: {root}/versions/3.12.1 already exists\n",
        status=1,
        after={"{root}/versions": "3.11.7 3.12.1 3.12.10 3.13.0"},
    ),
    case(
        "install/existing, no",
        BASIC,
        "install 3.12.1",
        stderr="pyenv: {root}/versions/3.12.1 already exists\n",
        status=1,
        after={"{root}/versions": "3.11.7 3.12.1 3.12.10 3.13.0"},
        stdin="n\n",
    ),
    case(
        "install/several existing",
        BASIC,
        "install 3.12.1 3.11.7",
        stderr=("pyenv: {root}/versions/3.12.1 already exists\npyenv: {root}/versions/3.11.7 already exists\n"),
        status=1,
        after={"{root}/versions": "3.11.7 3.12.1 3.12.10 3.13.0"},
        stdin="n\nn\n",
    ),
    case(
        "install/several existing -s",
        BASIC,
        "install -s 3.12.1 3.11.7",
        after={"{root}/versions": "3.11.7 3.12.1 3.12.10 3.13.0"},
    ),
    case(
        "install/pinned and existing",
        BASIC.pinned("3.12.1\n3.11.7\n"),
        "install -s",
        after={"{root}/versions": "3.11.7 3.12.1 3.12.10 3.13.0"},
    ),
    case(
        "install/a variable pins nothing to install",
        BASIC,
        "install -s",
        stderr="Usage: pyenv install [-f] [-kvp] <version>...\n",
        status=1,
        first_line=True,
        PYENV_VERSION="3.12.1",
    ),
    case(
        "install/unknown",
        BASIC,
        "install no-such",
        stderr=(
            "python-build: definition not found: no-such\n"
            "\n"
            "See all available versions with `pyenv install --list'.\n"
            "\n"
            "If the version you need is missing, try upgrading pyenv.\n"
        ),
        status=2,
        after={"{root}/versions": "3.11.7 3.12.1 3.12.10 3.13.0"},
    ),
    case(
        "install/unknown release",
        BASIC,
        "install 3.99.1",
        stderr=(
            "python-build: definition not found: 3.99.1\n"
            "\n"
            "See all available versions with `pyenv install --list'.\n"
            "\n"
            "If the version you need is missing, try upgrading pyenv.\n"
        ),
        status=2,
        after={"{root}/versions": "3.11.7 3.12.1 3.12.10 3.13.0"},
    ),
    case(
        "install/unknown before existing",
        BASIC,
        "install -s 3.99.1 3.12.1",
        stderr=(
            "python-build: definition not found: 3.99.1\n"
            "\n"
            "See all available versions with `pyenv install --list'.\n"
            "\n"
            "If the version you need is missing, try upgrading pyenv.\n"
        ),
        status=2,
        after={"{root}/versions": "3.11.7 3.12.1 3.12.10 3.13.0"},
    ),
    case(
        "install/unknown option",
        BASIC,
        "install --what",
        stderr="Usage: pyenv install [-f] [-kvp] <version>...\n",
        status=1,
        first_line=True,
    ),
    case(
        "install/-x",
        BASIC,
        "install -x 3.12.1",
        stderr="Usage: pyenv install [-f] [-kvp] <version>...\n",
        status=1,
        first_line=True,
    ),
    case("install/-h", BASIC, "install -h", "Usage: pyenv install [-f] [-kvp] <version>...\n", first_line=True),
    case("install/--help", BASIC, "install --help", "Usage: pyenv install [-f] [-kvp] <version>...\n", first_line=True),
    case("install/--version", BASIC, "install --version", "python-build {version}\n", first_line=True),
    case("install/--list", BASIC, "install --list", "Available versions:\n", first_line=True),
    case("install/-l", BASIC, "install -l", "Available versions:\n", first_line=True),
    case(
        "install/an empty pin",
        BASIC.pinned("#\n"),
        "install",
        stderr="Usage: pyenv install [-f] [-kvp] <version>...\n",
        status=1,
        first_line=True,
    ),
    case("install/-sv in one word", BASIC, "install -sv 3.12.1"),
    case("install/-kvps in one word", BASIC, "install -kvps 3.12.1"),
    case(
        "install/-g",
        BASIC.with_versions("3.12.1-debug"),
        "install -g 3.12.1",
        stderr="pyenv: {root}/versions/3.12.1-debug already exists\n",
        status=1,
    ),
    case("install/-g -s", BASIC.with_versions("3.12.1-debug"), "install -gs 3.12.1"),
    case(
        "install/under a name",
        BASIC.with_versions("workshop"),
        "install 9.9.9:workshop",
        first_line=True,
        stderr="pyenv: {root}/versions/workshop already exists\n",
        status=1,
    ),
    case("install/under a name -s", BASIC.with_versions("workshop"), "install -s 9.9.9:workshop", first_line=True),
    case(
        "install/several, the first existing",
        BASIC,
        "install 3.12.1 3.99.1",
        stderr=(
            "pyenv: {root}/versions/3.12.1 already exists\n"
            "python-build: definition not found: 3.99.1\n"
            "\n"
            "See all available versions with `pyenv install --list'.\n"
            "\n"
            "If the version you need is missing, try upgrading pyenv.\n"
        ),
        status=1,
        stdin="n\n",
    ),
    case(
        "install/a directory without bin",
        SYSTEM.with_directories("{root}/versions/3.99.1"),
        "install -s 3.99.1",
        stderr=(
            "python-build: definition not found: 3.99.1\n"
            "\n"
            "See all available versions with `pyenv install --list'.\n"
            "\n"
            "If the version you need is missing, try upgrading pyenv.\n"
        ),
        status=1,
    ),
    case(
        "install/unknown, others contain it",
        BASIC,
        "install 12.10",
        stderr="python-build: definition not found: 12.10\n",
        status=2,
        first_line=True,
    ),
)
