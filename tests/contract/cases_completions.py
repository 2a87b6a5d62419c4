"""What may come next on a command line: `completions`."""

from __future__ import annotations

from tests.contract.case import case
from tests.contract.cases_commands import lines
from tests.contract.scene import BASIC

CASES = (
    case(
        "completions/nothing",
        BASIC,
        "completions",
        stderr="Usage: pyenv completions <command> [arg1 arg2...]\n",
        status=1,
    ),
    case("completions/unknown", BASIC, "completions no-such", status=1),
    case(
        "completions/--complete",
        BASIC,
        "completions --complete",
        lines("shell"),
    ),
    case("completions/global", BASIC, "completions global", "--help\nsystem\n3.11.7\n3.12.1\n3.12.10\n3.13.0\n"),
    case(
        "completions/prefix",
        BASIC.linked(workshop="3.12.1"),
        "completions prefix",
        "--help\nsystem\n3.11.7\n3.12.1\n3.12.10\n3.13.0\nworkshop\n",
    ),
    case("completions/local", BASIC, "completions local", "--help\n--unset\nsystem\n3.11.7\n3.12.1\n3.12.10\n3.13.0\n"),
    case("completions/shell", BASIC, "completions shell", "--help\n--unset\nsystem\n3.11.7\n3.12.1\n3.12.10\n3.13.0\n"),
    case("completions/uninstall", BASIC, "completions uninstall", "--help\n--force\n3.11.7\n3.12.1\n3.12.10\n3.13.0\n"),
    case(
        "completions/exec",
        BASIC.having("{root}/shims/python", "{root}/shims/pip"),
        "completions exec",
        "--help\npip\npython\n",
    ),
    case(
        "completions/which",
        BASIC.having("{root}/shims/python", "{root}/shims/pip"),
        "completions which",
        "--help\npip\npython\n",
    ),
    case("completions/whence", BASIC.having("{root}/shims/python"), "completions whence", "--help\n--path\npython\n"),
    case("completions/versions", BASIC, "completions versions", "--help\n--bare\n--skip-aliases\n--skip-envs\n"),
    case("completions/version", BASIC, "completions version", "--help\n--bare\n"),
    case("completions/shims", BASIC, "completions shims", "--help\n--short\n"),
    case("completions/commands", BASIC, "completions commands", "--help\n--sh\n--no-sh\n"),
    case(
        "completions/hooks", BASIC, "completions hooks", "--help\nexec\nrehash\nversion-name\nversion-origin\nwhich\n"
    ),
    case(
        "completions/init",
        BASIC,
        "completions init",
        ("--help\n-\n--path\n--install\n--no-push-path\n--no-rehash\n--detect-shell\nbash\nfish\nksh\npwsh\nzsh\n"),
    ),
    case("completions/rehash", BASIC, "completions rehash", "--help\n"),
    case("completions/root", BASIC, "completions root", "--help\n"),
    case("completions/latest", BASIC, "completions latest", "--help\n"),
    case("completions/version-name", BASIC, "completions version-name", "--help\n"),
    case("completions/version-file", BASIC, "completions version-file", "--help\n"),
    case(
        "completions/more words",
        BASIC,
        "completions versions --bare x",
        "--help\n--bare\n--skip-aliases\n--skip-envs\n",
    ),
)
