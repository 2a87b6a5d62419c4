"""Patching: the traces of the build machine become this machine's, and nothing else changes."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from pyv.domain.tree import LINK, PLAIN, TreeEntry, link_entry
from pyv.errors import ArchiveError
from pyv.install.patch import (
    patch,
    rewrite_config_script,
    rewrite_makefile,
    rewrite_pkgconfig,
    rewrite_sysconfig,
    rewrite_variables,
    rewrite_words,
)

SYSCONFIG = """# system configuration generated and used by the sysconfig module
build_time_vars = {'AR': '/tools/llvm/bin/llvm-ar',
 'BINDIR': '/install/bin',
 'BLDSHARED': 'clang -pthread -shared -L/tools/deps/lib -Wl,--exclude-libs,ALL',
 'CC': 'clang -pthread -isysroot /SDKs/MacOSX.sdk',
 'CFLAGS': '-Wall -fdebug-default-version=4 -I/install/include '
           '-I/tools/deps/include',
 'CONFIG_ARGS': "'--prefix=/install' '--with-openssl=/tools/deps' 'CC=clang'",
 'CXX': '/usr/bin/aarch64-linux-gnu-g++ -pthread',
 'DESTDIRS': '/install /install/lib /install/lib/python3.12',
 'HAVE_X': 1,
 'INSTALL': '/usr/bin/install -c',
 'LDFLAGS': '-L/install/lib',
 'LDSHARED': 'musl-clang -shared',
 'LINKCC': 'gcc',
 'OTHER': '/installation /reinstall/install /opt/install',
 'prefix': '/install'}
"""


def variables(text: str) -> dict[str, object]:
    space: dict[str, object] = {}
    exec(compile(text, "sysconfig", "exec"), space)
    found = space["build_time_vars"]
    assert isinstance(found, dict)
    return found


def test_sysconfig_fits_this_machine() -> None:
    text = rewrite_sysconfig(SYSCONFIG, "/install", "/r/versions/3.12.2")
    assert text.startswith("# system configuration generated")
    assert variables(text) == {
        "AR": "ar",
        "BINDIR": "/r/versions/3.12.2/bin",
        "BLDSHARED": "cc -pthread -shared -L/tools/deps/lib -Wl,--exclude-libs,ALL",
        "CC": "cc -pthread",
        "CFLAGS": "-Wall -I/r/versions/3.12.2/include -I/tools/deps/include",
        "CONFIG_ARGS": "'--prefix=/r/versions/3.12.2' '--with-openssl=/tools/deps' 'CC=clang'",
        "CXX": "c++ -pthread",
        "DESTDIRS": "/r/versions/3.12.2 /r/versions/3.12.2/lib /r/versions/3.12.2/lib/python3.12",
        "HAVE_X": 1,
        "INSTALL": "/usr/bin/install -c",
        "LDFLAGS": "-L/r/versions/3.12.2/lib",
        "LDSHARED": "cc -shared",
        "LINKCC": "cc",
        "OTHER": "/installation /reinstall/install /opt/install",
        "PYTHON_BUILD_STANDALONE": 1,
        "prefix": "/r/versions/3.12.2",
    }


def test_patching_twice_changes_nothing_more() -> None:
    once = rewrite_sysconfig(SYSCONFIG, "/install", "/r/v")
    assert rewrite_sysconfig(once, "/install", "/r/v") == once


@pytest.mark.parametrize("prefix", ["/home/a b/.pyv/versions/3.12.2", "/x/\\1/g<0>", "/é"])
def test_any_prefix_is_written_as_it_is(prefix: str) -> None:
    assert variables(rewrite_sysconfig(SYSCONFIG, "/install", prefix))["BINDIR"] == f"{prefix}/bin"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x = 1",
        "build_time_vars = [1]",
        "build_time_vars = __import__('os')",
        "build_time_vars = {",
        "build_time_vars = " + "(" * 10000,
    ],
)
def test_sysconfig_that_is_no_literal_is_refused_and_never_run(text: str) -> None:
    with pytest.raises(ArchiveError, match="the sysconfig data is not a literal"):
        rewrite_sysconfig(text, "/install", "/r")


MAKEFILE = """\
CC=\t\tclang -pthread
CXX=\t\tclang++ -pthread
AR=\t\t/tools/llvm/bin/llvm-ar
prefix=\t\t/install
BLDSHARED=\t$(CC) -shared
DESTDIR=
LIBDIR=$(prefix)/lib
x:
\t$(CC) -I/install/include $(DESTDIR)/install -o $@
\tCC=clang make
"""


def test_makefile_fits_this_machine() -> None:
    assert (
        rewrite_makefile(MAKEFILE, "/install", "/r/v")
        == """\
CC=\t\tcc -pthread
CXX=\t\tc++ -pthread
AR=\t\tar
prefix=\t\t/r/v
BLDSHARED=\t$(CC) -shared
DESTDIR=
LIBDIR=$(prefix)/lib
x:
\t$(CC) -I/r/v/include $(DESTDIR)/install -o $@
\tCC=clang make
"""
    )


def test_pkgconfig_finds_its_prefix_itself() -> None:
    assert (
        rewrite_pkgconfig("# x\nprefix=/install\nlibdir=${prefix}/lib\n")
        == "# x\nprefix=${pcfiledir}/../..\nlibdir=${prefix}/lib\n"
    )
    relative = "prefix=${pcfiledir}/../..\n"
    assert rewrite_pkgconfig(relative) == relative


def test_the_variables_of_3_14_are_patched_as_json_too() -> None:
    text = rewrite_variables('{"CC": "clang", "prefix": "/install", "N": 1}', "/install", "/r/v")
    assert json.loads(text) == {"CC": "cc", "prefix": "/r/v", "N": 1, "PYTHON_BUILD_STANDALONE": 1}
    with pytest.raises(ArchiveError, match="not a JSON object"):
        rewrite_variables("[]", "/install", "/r/v")


POLYGLOT = '"exec" "$(dirname $0)/python3.9" "$0" "$@"\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"#!/bin/sh\n{POLYGLOT}\nexit_with_usage ()\n", "#!/bin/sh\n\nexit_with_usage ()\n"),
        (f"#!/bin/sh\n{POLYGLOT}import re\n", f"#!/bin/sh\n{POLYGLOT}import re\n"),
        ("#!/bin/sh\nexit_with_usage ()\n", "#!/bin/sh\nexit_with_usage ()\n"),
    ],
)
def test_a_shell_script_is_not_handed_to_python(before: str, after: str) -> None:
    assert rewrite_config_script(before) == after


def test_words_are_left_alone_without_a_build_prefix() -> None:
    assert rewrite_words("/install/bin", None, "/r") == "/install/bin"


def staged(tmp_path: Path, files: dict[str, str], links: dict[str, str]) -> tuple[Path, list[TreeEntry]]:
    tree, entries = tmp_path / "prefix", []
    for path, text in files.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)
        entries.append(TreeEntry(path, PLAIN, hashlib.sha256(text.encode()).hexdigest()))
    for path, target in links.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).symlink_to(target)
        entries.append(link_entry(path, target))
    return tree, entries


DATA = "lib/python3.12/_sysconfigdata__linux_x86_64-linux-gnu.py"


def test_a_tree_is_patched_and_its_list_says_so(tmp_path: Path) -> None:
    files = {
        DATA: SYSCONFIG,
        "lib/python3.12/config-3.12-x86_64-linux-gnu/Makefile": MAKEFILE,
        "lib/python3.12/other/config-3.12/Makefile": MAKEFILE,
        "lib/pkgconfig/python-3.12.pc": "prefix=/install\n",
        "lib/python3.12/build-details.json": '{"base_prefix": "/install", "x": "/install/bin/python3.12"}',
        "lib/python3.12/os.py": "'/install'",
        "bin/python3.12": "#!/bin/sh\n",
        "bin/idle3": "",
        "bin/python3-config": "",
        "bin/pydoc": "own",
        "bin/pydoc3": "",
    }
    links = {"bin/python3": "python3.12", "lib/pkgconfig/python3.pc": "python-3.12.pc"}
    tree, entries = staged(tmp_path, files, links)
    patched = patch(tree, entries, Path("/r/v"))
    assert patched.paths == (
        "bin/idle",
        "bin/python",
        "bin/python-config",
        "lib/pkgconfig/python-3.12.pc",
        DATA,
        "lib/python3.12/build-details.json",
        "lib/python3.12/config-3.12-x86_64-linux-gnu/Makefile",
    )
    assert os.readlink(tree / "bin/python") == "python3"
    assert (
        tree / "lib/python3.12/build-details.json"
    ).read_text() == '{"base_prefix": "/r/v", "x": "/r/v/bin/python3.12"}'
    assert (tree / "lib/python3.12/os.py").read_text() == "'/install'"
    assert (tree / "bin/pydoc").read_text() == "own"
    for entry in patched.entries:
        path = tree / entry.path
        if entry.mode == LINK:
            assert entry == link_entry(entry.path, os.readlink(path))
        else:
            assert entry.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert {entry.path for entry in patched.entries} == files.keys() | links.keys() | {
        "bin/idle",
        "bin/python",
        "bin/python-config",
    }


@pytest.mark.parametrize("prefix", ["/usr", "/usr/local", "/"])
def test_a_system_prefix_is_no_word_to_replace(tmp_path: Path, prefix: str) -> None:
    text = SYSCONFIG.replace("'prefix': '/install'", f"'prefix': '{prefix}'").replace("/install/bin", "/usr/bin")
    tree, entries = staged(tmp_path, {DATA: text}, {})
    patch(tree, entries, Path("/r/v"))
    assert variables((tree / DATA).read_text())["BINDIR"] == "/usr/bin"


def test_a_prefix_other_than_install_is_replaced_too(tmp_path: Path) -> None:
    tree, entries = staged(tmp_path, {DATA: SYSCONFIG.replace("/install", "/home/me/versions/3.12.1")}, {})
    patch(tree, entries, Path("/r/v"))
    assert variables((tree / DATA).read_text())["BINDIR"] == "/r/v/bin"


def test_a_link_in_the_place_of_a_file_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim.py"
    victim.write_text(SYSCONFIG)
    tree, entries = staged(tmp_path, {"bin/python3": ""}, {DATA: str(victim)})
    patch(tree, entries, Path("/r/v"))
    assert victim.read_text() == SYSCONFIG


def test_other_names_of_a_file_keep_their_content(tmp_path: Path) -> None:
    tree, entries = staged(tmp_path, {DATA: SYSCONFIG, "bin/python3": ""}, {})
    (tree / "twin.py").hardlink_to(tree / DATA)
    patch(tree, entries, Path("/r/v"))
    assert (tree / "twin.py").read_text() == SYSCONFIG
    assert (tree / DATA).read_text() != SYSCONFIG


def test_bytes_that_are_no_text_survive(tmp_path: Path) -> None:
    tree, entries = staged(tmp_path, {"lib/pkgconfig/x.pc": "prefix=/install\n"}, {})
    (tree / "lib/pkgconfig/x.pc").write_bytes(b"# \xff\nprefix=/install\n")
    patch(tree, entries, Path("/r/v"))
    assert (tree / "lib/pkgconfig/x.pc").read_bytes() == b"# \xff\nprefix=${pcfiledir}/../..\n"
