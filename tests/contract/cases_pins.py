"""What a version file says: `version-file-read`, and the syntax of `.python-version`."""

from __future__ import annotations

from tests.contract.case import case
from tests.contract.scene import BASIC, ODD

FILE = "version-file-read {work}/.python-version"

CASES = (
    case("version-file-read/one name", BASIC.pinned("3.12.1\n"), FILE, "3.12.1\n"),
    case("version-file-read/no final newline", BASIC.pinned("3.12.1"), FILE, "3.12.1\n"),
    case("version-file-read/a name that is not installed", BASIC.pinned("3.9.9\n"), FILE, "3.9.9\n"),
    case("version-file-read/several lines", BASIC.pinned("3.12.1\n3.13.0\nsystem\n"), FILE, "3.12.1:3.13.0:system\n"),
    case("version-file-read/several names on a line", BASIC.pinned("3.12.1 3.13.0\n"), FILE, "3.12.1\n"),
    case(
        "version-file-read/a colon in a word", BASIC.pinned("3.12.1:3.13.0\n3.11.7\n"), FILE, "3.12.1:3.13.0:3.11.7\n"
    ),
    case("version-file-read/blanks around", BASIC.pinned("  \t3.12.1\t \n"), FILE, "3.12.1\n"),
    case("version-file-read/blank lines", BASIC.pinned("\n\n  \n3.12.1\n\n3.13.0\n\n"), FILE, "3.12.1:3.13.0\n"),
    case(
        "version-file-read/comments",
        BASIC.pinned("# first\n3.12.1 # why\n  # more\n#3.11.7\n3.13.0#x\n"),
        FILE,
        "3.12.1:3.13.0#x\n",
    ),
    case("version-file-read/only comments", BASIC.pinned("# nothing\n#\n"), FILE, status=1),
    case("version-file-read/CRLF", BASIC.pinned("3.12.1\r\n3.13.0\r\n"), FILE, "3.12.1:3.13.0\n"),
    case("version-file-read/CRLF without a final newline", BASIC.pinned("3.12.1\r\n3.13.0\r"), FILE, "3.12.1:3.13.0\n"),
    case("version-file-read/CR alone", BASIC.pinned("3.12.1\r3.13.0\r"), FILE, "3.12.1\n"),
    case("version-file-read/CR in front", BASIC.pinned("\r3.12.1\n"), FILE, "3.12.1\n"),
    case("version-file-read/empty CRLF lines", BASIC.pinned("\r\n\r\n3.12.1\r\n"), FILE, "3.12.1\n"),
    case("version-file-read/byte-order mark", BASIC.pinned("\ufeff3.12.1\n"), FILE, "\ufeff3.12.1\n"),
    case(
        "version-file-read/byte-order mark before a comment",
        BASIC.pinned("\ufeff# x\n3.12.1\n"),
        FILE,
        "\ufeff#:3.12.1\n",
    ),
    case("version-file-read/empty", BASIC.pinned(""), FILE, status=1),
    case("version-file-read/a newline only", BASIC.pinned("\n"), FILE, status=1),
    case("version-file-read/missing", BASIC, FILE, status=1),
    case(
        "version-file-read/a directory",
        BASIC.with_directories("{work}/.python-version"),
        FILE,
        status=1,
    ),
    case("version-file-read/no operand", BASIC, "version-file-read", status=1),
    case(
        "version-file-read/relative",
        BASIC.pinned("3.12.1\n", "{work}/deep"),
        "version-file-read deep/.python-version",
        "3.12.1\n",
    ),
    case("version-file-read/second operand", BASIC.pinned("3.12.1\n"), (*FILE.split(), "{root}/version"), "3.12.1\n"),
    case("version-file-read/a star", BASIC.pinned("*\n"), FILE, "*\n"),
    case("version-file-read/glob characters", BASIC.pinned("3.1?.*\n[3].12.1\n"), FILE, "3.1?.*:[3].12.1\n"),
    case("version-file-read/a backslash", BASIC.pinned("3.12\\.1\n"), FILE, "3.12\\.1\n"),
    case(
        "version-file-read/quotes and dollars", BASIC.pinned("'3.12.1'\n$HOME\n`id`\n"), FILE, "'3.12.1':$HOME:`id`\n"
    ),
    case(
        "version-file-read/dots",
        BASIC.pinned(".\n..\n...\n"),
        FILE,
        ".:...\n",
        stderr="pyenv: invalid version `..' ignored in `{work}/.python-version'\n",
    ),
    case(
        "version-file-read/upwards",
        BASIC.pinned("../..\n3.12.1\n"),
        FILE,
        "3.12.1\n",
        stderr="pyenv: invalid version `../..' ignored in `{work}/.python-version'\n",
    ),
    case(
        "version-file-read/absolute",
        BASIC.pinned("/etc\n3.12.1\n"),
        FILE,
        "3.12.1\n",
        stderr="pyenv: invalid version `/etc' ignored in `{work}/.python-version'\n",
    ),
    case(
        "version-file-read/only upwards",
        BASIC.pinned("../../evil\n"),
        FILE,
        stderr="pyenv: invalid version `../../evil' ignored in `{work}/.python-version'\n",
        status=1,
    ),
    case(
        "version-file-read/back inside",
        BASIC.pinned("../versions/3.12.1\n3.12.1/../3.13.0\n"),
        FILE,
        "../versions/3.12.1:3.12.1/../3.13.0\n",
    ),
    case(
        "version-file-read/the tree itself",
        BASIC.pinned("3.12.1/..\n./\n3.13.0/../../versions\n"),
        FILE,
        stderr=(
            "pyenv: invalid version `3.12.1/..' ignored in `{work}/.python-version'\n"
            "pyenv: invalid version `./' ignored in `{work}/.python-version'\n"
            "pyenv: invalid version `3.13.0/../../versions' ignored in `{work}/.python-version'\n"
        ),
        status=1,
    ),
    case("version-file-read/a trailing slash", BASIC.pinned("3.12.1/\n"), FILE, "3.12.1/\n"),
    case(
        "version-file-read/a slash to nothing",
        BASIC.pinned("3.12.1/envs/none\n"),
        FILE,
        stderr="pyenv: invalid version `3.12.1/envs/none' ignored in `{work}/.python-version'\n",
        status=1,
    ),
    case("version-file-read/an environment", ODD.pinned("3.12.10/envs/web\n"), FILE, "3.12.10/envs/web\n"),
    case(
        "version-file-read/through a link",
        ODD.pinned("workshop/envs/web\noutside/../3.12.1\n"),
        FILE,
        "workshop/envs/web:outside/../3.12.1\n",
    ),
    case(
        "version-file-read/a dangling link",
        ODD.pinned("gone\ngone/\n"),
        FILE,
        "gone\n",
        stderr="pyenv: invalid version `gone/' ignored in `{work}/.python-version'\n",
    ),
    case(
        "version-file-read/a long word",
        BASIC.pinned("3" * 1100 + "\n3.12.1\n"),
        FILE,
        "3" * 1024 + ":" + "3" * 76 + ":3.12.1\n",
    ),
    case("version-file-read/a word across the piece", BASIC.pinned(" " * 1020 + "3.12.1\n"), FILE, "3.12:.1\n"),
    case(
        "version-file-read/a long comment", BASIC.pinned("#" + "x" * 1023 + "3.13.0\n3.12.1\n"), FILE, "3.13.0:3.12.1\n"
    ),
    case(
        "version-file-read/exactly a piece", BASIC.pinned("3.12.1" + " " * 1018 + "\n3.13.0\n"), FILE, "3.12.1:3.13.0\n"
    ),
    case("version-file-read/a zero byte", BASIC.pinned(b"3.12\0.1\n"), FILE, "3.12.1\n"),
    case("version-file-read/bytes that are no text", BASIC.pinned(b"\xff\xfe3.12.1\n"), FILE, "\udcff\udcfe3.12.1\n"),
    case(
        "version-file-read/other spaces",
        BASIC.pinned("3.12.1\x0b\n\u00a03.13.0\n3.11.7\x0c\n"),
        FILE,
        "3.12.1\x0b:\xa03.13.0:3.11.7\x0c\n",
    ),
)
