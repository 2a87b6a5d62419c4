"""`help`, `--help` and usage lines; what is said beyond those is prose, and each program's own."""

from __future__ import annotations

from tests.contract.case import case
from tests.contract.scene import BASIC

CASES = (
    case("help/nothing", BASIC, "help", "Usage: pyenv <command> [<args>]\n", first_line=True),
    case("help/pyenv", BASIC, "help pyenv", "Usage: pyenv <command> [<args>]\n", first_line=True),
    case(
        "help/which",
        BASIC,
        "help which",
        "Usage: pyenv which <command> [--nosystem] [--skip-advice]\n",
        first_line=True,
    ),
    case(
        "help/versions",
        BASIC,
        "help versions",
        "Usage: pyenv versions [--bare] [--skip-aliases] [--skip-envs] [--executables]\n",
        first_line=True,
    ),
    case("help/shell", BASIC, "help shell", "Usage: pyenv shell <version>...\n", first_line=True),
    case("help/version-name", BASIC, "help version-name", "Usage: pyenv version-name\n", first_line=True),
    case("help/root", BASIC, "help root", "Usage: pyenv root\n", first_line=True),
    case("help/rehash", BASIC, "help rehash", "Usage: pyenv rehash\n", first_line=True),
    case(
        "help/--help of which",
        BASIC,
        "which --help",
        "Usage: pyenv which <command> [--nosystem] [--skip-advice]\n",
        first_line=True,
    ),
    case(
        "help/--help of version-file-read",
        BASIC,
        "version-file-read --help",
        "Usage: pyenv version-file-read <file>\n",
        first_line=True,
    ),
    case("help/--help of help", BASIC, "help --help", "Usage: pyenv help [--usage] COMMAND\n", first_line=True),
    case(
        "help/two commands",
        BASIC,
        "help which whence",
        "Usage: pyenv which <command> [--nosystem] [--skip-advice]\n",
        first_line=True,
    ),
    case("help/unknown", BASIC, "help no-such", stderr="pyenv: no such command `no-such'\n", status=1),
    case("help/unknown --usage", BASIC, "help --usage no-such", stderr="pyenv: no such command `no-such'\n", status=1),
    case("help/--usage", BASIC, "help --usage", "Usage: pyenv <command> [<args>]\n", status=1),
    case(
        "help/--usage of which",
        BASIC,
        "help --usage which",
        "Usage: pyenv which <command> [--nosystem] [--skip-advice]\n",
    ),
    case("help/--usage of exec", BASIC, "help --usage exec", "Usage: pyenv exec <command> [arg1 arg2...]\n"),
    case(
        "help/--usage of local",
        BASIC,
        "help --usage local",
        ("Usage: pyenv local [-f|--force] [<version> [...]]\n       pyenv local --unset\n"),
    ),
    case("help/--usage of global", BASIC, "help --usage global", "Usage: pyenv global <version> <version2> <..>\n"),
    case(
        "help/--usage of shell",
        BASIC,
        "help --usage shell",
        ("Usage: pyenv shell <version>...\n       pyenv shell -\n       pyenv shell --unset\n"),
    ),
    case(
        "help/--usage of versions",
        BASIC,
        "help --usage versions",
        "Usage: pyenv versions [--bare] [--skip-aliases] [--skip-envs] [--executables]\n",
    ),
    case("help/--usage of version", BASIC, "help --usage version", "Usage: pyenv version [--bare]\n"),
    case("help/--usage of prefix", BASIC, "help --usage prefix", "Usage: pyenv prefix [<version>...]\n"),
    case("help/--usage of latest", BASIC, "help --usage latest", "Usage: pyenv latest [-k|--known] <prefix>\n"),
    case("help/--usage of whence", BASIC, "help --usage whence", "Usage: pyenv whence [--path] <command>\n"),
    case(
        "help/--usage of init",
        BASIC,
        "help --usage init",
        'Usage: eval "$(pyenv init [-|--path] [--no-push-path] [--detect-shell] [--no-rehash] [<shell>])"\n',
    ),
    case("help/--usage of commands", BASIC, "help --usage commands", "Usage: pyenv commands [--sh|--no-sh]\n"),
    case(
        "help/--usage of completions",
        BASIC,
        "help --usage completions",
        "Usage: pyenv completions <command> [arg1 arg2...]\n",
    ),
    case(
        "help/--usage of uninstall",
        BASIC,
        "help --usage uninstall",
        "Usage: pyenv uninstall [-f|--force] <version> ...\n",
    ),
    case("help/--usage of version-file", BASIC, "help --usage version-file", "Usage: pyenv version-file [<dir>]\n"),
    case(
        "help/--usage of version-file-read",
        BASIC,
        "help --usage version-file-read",
        "Usage: pyenv version-file-read <file>\n",
    ),
    case(
        "help/--usage of version-file-write",
        BASIC,
        "help --usage version-file-write",
        "Usage: pyenv version-file-write [-f|--force] <file> <version> [...]\n",
    ),
    case("help/--usage of rehash", BASIC, "help --usage rehash"),
    case("help/--usage of root", BASIC, "help --usage root"),
)
