"""The table of hostile and malformed archives, row by row, each beside the same archive without the evil bit.

Row numbers are those of the reference the table comes from; the words say what the archive tries.
"""

from __future__ import annotations

import io
import os
import struct
import zlib
from dataclasses import dataclass, field

import pytest

from pyv.archive.binary import contradiction
from pyv.archive.budget import ENTRIES
from pyv.archive.extract import FULL, Limits, extract, scan
from pyv.archive.members import DEEPEST, LONGEST_COMPONENT, LONGEST_PATH
from pyv.archive.refusal import printable
from pyv.domain.triple import parse_triple
from pyv.errors import ArchiveError
from tests.archive.conftest import World
from tests.support import archives
from tests.support.archives import GNU, HARD_LINK, LONG_LINK, LONG_NAME, PAX, TarBuilder, gzipped, header, pax_record
from tests.support.trees import shape

TWO_ZERO_BLOCKS = bytes(1024)
CUT = "the tar stream is cut short"
CUT_STREAM = "the compressed stream is cut short"
DOTS = "a name with an empty, `.` or `..` component"
TARGET_DOTS = f"a link target that is {DOTS}"
CONTROL = "a name with a control character"
AFTER = "bytes follow the end of the tar stream"


def tar() -> TarBuilder:
    """What stands before and beside every evil member."""
    return TarBuilder().script("python/bin/python3.12").directory("python/d/").file("python/d/f", b"f")


def long_path(components: int, length: int) -> str:
    return "/".join(["python", *["x" * length] * (components - 1)])


@dataclass(frozen=True, kw_only=True)
class Case:
    row: str
    evil: TarBuilder | bytes
    control: TarBuilder | bytes
    rule: str
    member: str | None = None
    compression: str = "gz"
    limits: Limits = field(default_factory=Limits)
    control_limits: Limits | None = None
    subtree: str = "python"

    def packed(self, archive: TarBuilder | bytes) -> bytes:
        return archive if isinstance(archive, bytes) else archive.packed(self.compression)


def named(row: str, name: str | bytes, rule: str, *, good: str = "python/d/ok") -> Case:
    """A file whose name is the evil bit."""
    shown = name if isinstance(name, str) else name.decode("utf-8", "backslashreplace")

    def file(name: str | bytes) -> TarBuilder:
        return TarBuilder().pax(("path", name)).file("x", b"1") if len(name) > 100 else tar().file(name, b"1")

    return Case(row=row, evil=file(name), control=file(good), rule=rule, member=printable(shown))


def linked(row: str, target: str, rule: str, *, good: str = "f") -> Case:
    """A symlink whose target is the evil bit."""
    return Case(
        row=row,
        evil=tar().symlink("python/d/l", target),
        control=tar().symlink("python/d/l", good),
        rule=rule,
        member="python/d/l",
    )


def hard(row: str, evil: TarBuilder, rule: str, member: str, *, control: TarBuilder | None = None) -> Case:
    control = control or tar().hard_link("python/d/h", "python/d/f")
    return Case(row=row, evil=evil, control=control, rule=rule, member=member)


def special(row: str, kind: bytes, what: str) -> Case:
    return Case(
        row=row,
        evil=tar().member("python/d/x", kind=kind),
        control=tar().file("python/d/x"),
        rule=f"it is {what}",
        member="python/d/x",
    )


def fielded(
    row: str, rule: str, fields: dict[str, bytes], *, kind: bytes = b"0", magic: bytes = b"ustar\x0000"
) -> Case:
    """A header one of whose fields is the evil bit."""
    return Case(
        row=row,
        evil=tar().member("python/d/x", kind=kind, magic=magic, fields=fields),
        control=tar().member("python/d/x", kind=kind, magic=magic),
        rule=rule,
        member="python/d/x",
    )


def stream(row: str, evil: bytes, rule: str, *, control: bytes | None = None, member: str | None = None) -> Case:
    """A tar stream that is packed as it is."""
    control = tar().tar() if control is None else control
    return Case(row=row, evil=gzipped(evil), control=gzipped(control), rule=rule, member=member)


def packing(row: str, evil: bytes, rule: str, *, compression: str = "gz", control: bytes | None = None) -> Case:
    """A compressed stream with the evil bit in its packing."""
    good = tar().packed(compression) if control is None else control
    return Case(row=row, evil=evil, control=good, rule=rule, compression=compression)


def paxed(row: str, data: bytes, rule: str, good: tuple[str, str] = ("path", "python/d/x")) -> Case:
    return Case(
        row=row,
        evil=tar().member("x", data, kind=PAX).file("python/d/x"),
        control=tar().pax(good).file("python/d/x"),
        rule=rule,
        member="x",
    )


def deep_hard_link() -> TarBuilder:
    # gh-157190: `l` resolves inside as long as it lies deep, and outside once it has another name further up.
    builder = TarBuilder().file("python/a/f").directory("python/a/b")
    return builder.symlink("python/a/b/l", "../../../outside").hard_link("python/l2", "python/a/b/l")


def zst_frame(*, window_log: int = 17, size: int | None = None, dict_id: int = 0, data: bytes = b"") -> bytes:
    """A zstd frame header with what is wanted in it, and one raw block (RFC 8878, 3.1.1)."""
    descriptor = (2 << 6 if size is not None else 0) | (3 if dict_id else 0)
    head = struct.pack("<IBB", 0xFD2FB528, descriptor, (window_log - 10) << 3)
    head += struct.pack("<I", dict_id) if dict_id else b""
    head += struct.pack("<I", size) if size is not None else b""
    return head + (len(data) << 3 | 1).to_bytes(3, "little") + data


def flipped(data: bytes, place: int) -> bytes:
    broken = bytearray(data)
    broken[place] ^= 0x55
    return bytes(broken)


def names() -> list[Case]:
    windows = "which Windows cannot hold"
    ends = f"a component that ends in a dot or a space, {windows}"
    return [
        named("01 parent in a name", "python/../../outside/x", DOTS),
        named("01 parent at the end", "python/d/..", DOTS),
        named("01 parent first", "../outside/x", DOTS),
        named("01 absolute name", "/outside/x", "an absolute name"),
        named(
            "02 path of more than PATH_MAX",
            long_path(6, 204),
            f"a path of more than {LONGEST_PATH} bytes",
            good=long_path(6, 200),
        ),
        named(
            "02 too deep",
            long_path(DEEPEST + 1, 1),
            f"a path of {DEEPEST + 1} components, more than {DEEPEST}",
            good=long_path(DEEPEST, 1),
        ),
        named(
            "02 component too long",
            long_path(2, 256),
            f"a component of more than {LONGEST_COMPONENT} bytes",
            good=long_path(2, 255),
        ),
        named("08 empty component", "python//x", DOTS),
        named("08 file named like a directory", "python/d/x/", DOTS),
        named("08 dot component", "python/./x", DOTS),
        Case(row="08 empty name", evil=tar().file(""), control=tar().file("python/x"), rule=DOTS, member=""),
        named("14 backslash in a name", "python\\d\\x", f"a name with `\\`, {windows}"),
        named("16 drive-relative name", "C:../x", f"a name with `:`, {windows}", good="python/C"),
        named("16 UNC name", "\\\\server\\share", f"a name with `\\`, {windows}"),
        named("16 verbatim name", "\\\\?\\C:\\x", f"a name with `\\`, {windows}"),
        named("17 CON", "python/d/CON", "the name `CON`, which is a device on Windows", good="python/d/CONS"),
        named("17 nul with an ending", "python/nul.txt", "the name `nul.txt`, which is a device on Windows"),
        named("17 COM¹", "python/COM¹", "the name `COM¹`, which is a device on Windows", good="python/COM"),
        named("17 conout$", "python/conout$.x/y", "the name `conout$.x`, which is a device on Windows"),
        named("17 device before spaces", "python/aux .c", "the name `aux .c`, which is a device on Windows"),
        named("17 trailing dot", "python/d./x", ends, good="python/.d/x"),
        named("17 trailing space", "python/x ", ends, good="python/x y"),
        named("17 file:stream", "python/d/x:s", f"a name with `:`, {windows}"),
        named("27 newline in a name", "python/d/a\nb", CONTROL),
        named("27 escape in a name", "python/d/\x1b[2J", CONTROL, good="python/d/[2J"),
        named("27 line separator in a name", "python/d/a\u2028b", CONTROL),
        named("33 name not UTF-8", b"python/d/\xff", "its name is not UTF-8"),
        named("37 wrong top directory", "pypy/bin/x", "a name outside the top directory `python`"),
        named("37 top directory in another case", "Python/x", "a name outside the top directory `python`"),
        Case(
            row="37 top directory is a file",
            evil=TarBuilder().file("python"),
            control=tar(),
            rule="the top directory `python` is not a directory",
            member="python",
        ),
        named("39 name that steers a removal", "python/bin/../../../outside/victim", DOTS),
    ]


def links() -> list[Case]:
    outside = "its target `{}` is outside `python`"
    before = "a hard link to `{}`, which no member before it is"
    other = "a hard link to `{}`, which is not a regular file"
    return [
        linked("03 symlink target outside", "../../outside/victim", outside.format("../../outside/victim")),
        linked("03 symlink out and in again", "../../python/d/f", outside.format("../../python/d/f")),
        linked("03 symlink through a file", "f/../f", "its target `f/../f` leads through a file"),
        linked("03 dangling symlink", "nothing", "its target `nothing` is not in the archive"),
        linked("03 symlink over a missing directory", "no/../f", "its target `no/../f` is not in the archive"),
        linked("08 empty target", "", TARGET_DOTS),
        linked("08 target `.`", ".", TARGET_DOTS),
        linked("08 target like a directory", "../d/", TARGET_DOTS, good="../d"),
        linked("12 absolute symlink target", "/etc/passwd", "an absolute link target"),
        linked(
            "14 backslash in a target", "..\\f", "a link target that is a name with `\\`, which Windows cannot hold"
        ),
        linked(
            "16 drive-relative target", "C:../x", "a link target that is a name with `:`, which Windows cannot hold"
        ),
        linked("18 sibling version one up", "../../3.11.9/bin", outside.format("../../3.11.9/bin"), good="../bin"),
        linked("27 newline in a target", "f\n", f"a link target that is {CONTROL}"),
        Case(
            row="03 full: symlink out of the prefix",
            evil=TarBuilder().file("python/build/o").file("python/install/f").symlink("python/install/l", "../build/o"),
            control=TarBuilder().file("python/build/o").file("python/install/f").symlink("python/install/l", "f"),
            rule="its target `../build/o` is outside `python/install`",
            member="python/install/l",
            subtree=FULL,
        ),
        Case(
            row="03 full: evil link outside the prefix",
            evil=TarBuilder().file("python/install/f").symlink("python/build/l", "../../x"),
            control=TarBuilder().file("python/install/f").symlink("python/build/l", "../install/f"),
            rule=outside.format("../../x"),
            member="python/build/l",
            subtree=FULL,
        ),
        hard("06 hard link to a symlink deeper down", deep_hard_link(), other.format("python/a/b/l"), "python/l2"),
        hard(
            "07 hard link to a symlink beside it",
            tar().symlink("python/d/l", "f").hard_link("python/d/h", "python/d/l"),
            other.format("python/d/l"),
            "python/d/h",
        ),
        Case(
            row="10 write through a symlink",
            evil=tar().symlink("python/s", "d").file("python/s/x"),
            control=tar().symlink("python/s", "d").file("python/d/x"),
            rule="`python/s` is both a directory and not one",
            member="python/s/x",
        ),
        Case(
            row="10 chain of symlinks",
            evil=tar().symlink("python/d/a", "b").symlink("python/d/b", "f"),
            control=tar().symlink("python/d/a", "f").symlink("python/d/b", "f"),
            rule="its target `b` leads to another symlink",
            member="python/d/a",
        ),
        Case(
            row="10 symlink through a symlink",
            evil=tar().symlink("python/d/a", "../s/f").symlink("python/s", "d"),
            control=tar().symlink("python/d/a", "../d/f").symlink("python/s", "d"),
            rule="its target `../s/f` leads to another symlink",
            member="python/d/a",
        ),
        Case(
            row="10 symlink to itself",
            evil=tar().symlink("python/d/a", "a"),
            control=tar().symlink("python/d/a", "f"),
            rule="its target `a` leads to another symlink",
            member="python/d/a",
        ),
        hard(
            "11 hard link through a chain",
            tar()
            .symlink("python/a/b/c/up", "../..")
            .symlink("python/a/b/escape", "c/up/../..")
            .hard_link("python/exfil", "python/a/b/escape/../secret"),
            f"a link target that is {DOTS}",
            "python/exfil",
        ),
        hard(
            "11 hard link below a symlink",
            tar().symlink("python/s", "d").hard_link("python/h", "python/s/f"),
            before.format("python/s/f"),
            "python/h",
        ),
        hard(
            "12 absolute hard link target",
            tar().hard_link("python/d/h", "/etc/passwd"),
            "a link target that is an absolute name",
            "python/d/h",
        ),
        hard(
            "12 hard link target relative to the member",
            tar().hard_link("python/d/h", "f"),
            "a link target that is a name outside the top directory `python`",
            "python/d/h",
        ),
        Case(
            row="13 directory replaced by a symlink",
            evil=tar().symlink("python/d", "bin").file("python/d/x"),
            control=tar().file("python/d/x"),
            rule="a name that is already there as something else (`python/d`)",
            member="python/d",
        ),
        Case(
            row="22 mode of a directory behind a symlink",
            evil=tar().symlink("python/s", "../../outside/victim").directory("python/s/", mode=0o777),
            control=tar().symlink("python/s", "d").directory("python/t/", mode=0o777),
            rule="`python/s` is both a directory and not one",
            member="python/s",
        ),
        hard(
            "36 hard link to a later member",
            tar().hard_link("python/d/h", "python/d/later").file("python/d/later"),
            before.format("python/d/later"),
            "python/d/h",
            control=tar().file("python/d/later").hard_link("python/d/h", "python/d/later"),
        ),
        hard("36 hard link to itself", tar().hard_link("python/h", "python/h"), before.format("python/h"), "python/h"),
        hard(
            "36 hard link to a directory", tar().hard_link("python/h", "python/d"), other.format("python/d"), "python/h"
        ),
        Case(
            row="36 full: hard link out of the prefix",
            evil=TarBuilder().file("python/a").hard_link("python/install/h", "python/a"),
            control=TarBuilder().file("python/install/a").hard_link("python/install/h", "python/install/a"),
            rule="a hard link to `python/a`, which is outside `python/install`",
            member="python/install/h",
            subtree=FULL,
        ),
    ]


def collisions() -> list[Case]:
    twice = "a name that is there twice"
    return [
        Case(
            row="15 NFC and NFD of one name",
            evil=tar().file("python/d/é").file("python/d/e\u0301"),
            control=tar().file("python/d/é").file("python/d/e"),
            rule="another Unicode spelling of `python/d/é`",
            member="python/d/e\u0301",
        ),
        Case(
            row="15 NFC and NFD of one directory",
            evil=tar().file("python/é/a").file("python/e\u0301/b"),
            control=tar().file("python/é/a").file("python/é/b"),
            rule="another Unicode spelling of `python/é`",
            member="python/e\u0301/b",
        ),
        Case(
            row="36 duplicate file",
            evil=tar().file("python/d/f", b"f"),
            control=tar().file("python/d/g", b"f"),
            rule=twice,
            member="python/d/f",
        ),
        Case(
            row="36 duplicate directory",
            evil=tar().directory("python/d"),
            control=tar().directory("python/e"),
            rule=twice,
            member="python/d",
        ),
        Case(
            row="36 duplicate symlink",
            evil=tar().symlink("python/l", "d").symlink("python/l", "d"),
            control=tar().symlink("python/l", "d").symlink("python/m", "d"),
            rule=twice,
            member="python/l",
        ),
        Case(
            row="36 file, then symlink",
            evil=tar().symlink("python/d/f", "../bin"),
            control=tar().symlink("python/d/g", "../bin"),
            rule="a name that is already there as something else (`python/d/f`)",
            member="python/d/f",
        ),
        Case(
            row="36 file, then directory",
            evil=tar().directory("python/d/f/"),
            control=tar().directory("python/d/g/"),
            rule="`python/d/f` is both a directory and not one",
            member="python/d/f",
        ),
        Case(
            row="36 file, then member below it",
            evil=tar().file("python/d/f/g"),
            control=tar().file("python/d/g/f"),
            rule="`python/d/f` is both a directory and not one",
            member="python/d/f/g",
        ),
        Case(
            row="36 directory, then file",
            evil=tar().file("python/d"),
            control=tar().file("python/e"),
            rule="a name that is already there as something else (`python/d`)",
            member="python/d",
        ),
    ]


def kinds() -> list[Case]:
    return [
        special("23 character device", b"3", "a character device"),
        special("23 block device", b"4", "a block device"),
        special("23 FIFO", b"6", "a FIFO"),
        special("23 contiguous file", b"7", "a contiguous file"),
        special("23 part of a multi-volume archive", b"M", "a part of a multi-volume archive"),
        special("23 volume label", b"V", "a volume label"),
        special("23 unknown type", b"Q", "of the unknown type 'Q'"),
        special("23 unknown type, no letter", b"\xff", r"of the unknown type '\xff'"),
        special("27 global pax header", b"g", "a global pax header"),
        special("29 GNU sparse file", b"S", "a sparse file"),
        Case(
            row="27 global pax header overriding path",
            evil=tar().pax(("path", "python/../x"), kind=b"g").file("python/x"),
            control=tar().pax(("path", "python/x")).file("python/x"),
            rule="it is a global pax header",
            member="PaxHeaders/x",
        ),
        Case(
            row="23 directory with contents",
            evil=tar().member("python/e", b"x", kind=b"5"),
            control=tar().member("python/e", b"", kind=b"5"),
            rule="a link or directory with contents",
            member="python/e",
        ),
        Case(
            row="23 hard link with contents",
            evil=tar().member("python/e", b"x", kind=HARD_LINK, link="python/d/f"),
            control=tar().member("python/e", b"", kind=HARD_LINK, link="python/d/f"),
            rule="a link or directory with contents",
            member="python/e",
        ),
    ]


def extensions() -> list[Case]:
    xattr = "its pax header has the key '{}'"
    malformed = "its pax header is malformed"
    two = "two `{}` headers in a row"
    both = "two extension headers name it"
    smuggled = padded_member("python/../../outside/x")
    return [
        paxed("24 xattr", pax_record("SCHILY.xattr.user.a", "1"), xattr.format("SCHILY.xattr.user.a")),
        paxed(
            "24 capability",
            pax_record("SCHILY.xattr.security.capability", "1"),
            xattr.format("SCHILY.xattr.security.capability"),
        ),
        paxed("24 owner", pax_record("uid", "0"), xattr.format("uid")),
        paxed("29 sparse map in pax", pax_record("GNU.sparse.map", "0,1"), xattr.format("GNU.sparse.map")),
        Case(
            row="25 pax size of a smuggler",
            evil=tar().pax(("size", "0")).file("python/x", smuggled),
            control=tar().pax(("size", str(len(smuggled)))).file("python/x", smuggled),
            rule=f"its pax header says 0 bytes, its header {len(smuggled)}",
            member="python/x",
        ),
        Case(
            row="25 pax size on an empty header",
            evil=tar().pax(("size", "512")).member("python/x").raw(smuggled),
            control=tar().pax(("size", "0")).member("python/x"),
            rule="its pax header says 512 bytes, its header 0",
            member="python/x",
        ),
        paxed("26 pax length too long", b"99 path=python/d/x\n", malformed),
        paxed("26 pax length too short", b"5 path=python/d/x\n", malformed),
        paxed("26 pax length inside itself", b"1 path=python/d/x\n", malformed),
        paxed("26 pax length with a zero before", b"018 path=python/x\n", malformed),
        paxed("26 pax length missing", b"path=python/d/x\n", malformed),
        paxed("26 pax line without an end", b"18 path=python/d/x", malformed),
        paxed("26 pax line without `=`", b"6 abc\n", malformed),
        paxed("26 pax filled up with NULs", pax_record("path", "python/d/x") + bytes(4), malformed),
        paxed("26 empty pax header", b"", "its pax header is empty"),
        paxed("26 negative pax size", pax_record("size", "-1"), "its pax header has a size that is not a number"),
        paxed("26 time that is none", pax_record("mtime", "now"), "its pax header has a mtime that is not a number"),
        paxed("27 duplicate pax key", pax_record("path", "python/a") * 2, "its pax header has the key 'path' twice"),
        Case(
            row="26 pax headers in a row",
            evil=tar().pax(("path", "python/a")).pax(("mtime", "1")).file("x"),
            control=tar().pax(("path", "python/a"), ("mtime", "1")).file("x"),
            rule=two.format("x"),
            member="python/a",
        ),
        Case(
            row="26 long names in a row",
            evil=tar().long_name("python/a").long_name("python/b").file("x"),
            control=tar().long_name("python/b").file("x"),
            rule=two.format("L"),
            member="python/a",
        ),
        Case(
            row="26 pax path and long name",
            evil=tar().pax(("path", "python/a")).long_name("python/b").file("x"),
            control=tar().pax(("mtime", "1.5")).long_name("python/b").file("x"),
            rule=both,
            member="python/a",
        ),
        Case(
            row="26 long link and pax linkpath",
            evil=tar().long_name("d", kind=LONG_LINK).pax(("linkpath", "bin")).symlink("python/l", "x"),
            control=tar().long_name("d", kind=LONG_LINK).pax(("mtime", "-1")).symlink("python/l", "x"),
            rule=both,
            member="PaxHeaders/x",
        ),
        Case(
            row="26 link target for a file",
            evil=tar().pax(("linkpath", "d")).file("python/x"),
            control=tar().pax(("linkpath", "d")).symlink("python/x", "x"),
            rule="a link target for what is not a link",
            member="python/x",
        ),
        Case(
            row="26 pax header before the end",
            evil=tar().pax(("path", "python/a")),
            control=tar().pax(("path", "python/a")).file("x"),
            rule="an extension header without a member after it",
            member="python/a",
        ),
        Case(
            row="27 NUL in a pax path",
            evil=tar().pax(("path", "python/a\0b")).file("x"),
            control=tar().pax(("path", "python/a b")).file("x"),
            rule=CONTROL,
            member=r"python/a\x00b",
        ),
        Case(
            row="27 NUL in a long name",
            evil=tar().member("x", b"python/a\0b\0", kind=LONG_NAME, magic=GNU).file("python/x"),
            control=tar().member("x", b"python/ab\0", kind=LONG_NAME, magic=GNU).file("python/x"),
            rule="its long name holds a NUL",
            member="x",
        ),
        *(
            Case(
                row=f"28 `{kind.decode()}` header of gigabytes",
                evil=tar().raw(header("x", kind=kind, size=0o77777777777)),
                control=tar(),
                rule="an extension header of 8589934591 bytes, more than 65536",
                member="x",
            )
            for kind in (PAX, LONG_NAME, LONG_LINK)
        ),
        Case(
            row="28 pax header of one byte more than 64 KiB",
            evil=tar().member("x", b"0" * 65537, kind=PAX).file("python/x"),
            control=tar().member("x", pax_record("mtime", "1"), kind=PAX).file("python/x"),
            rule="an extension header of 65537 bytes, more than 65536",
            member="x",
        ),
    ]


def padded_member(name: str) -> bytes:
    return header(name) + bytes(512)


def numbers() -> list[Case]:
    place = "its header has GNU fields that readers understand differently"
    octal = "its {} is not an octal number"
    return [
        fielded("30 negative size", octal.format("size"), {"size": b"-0000000001\0"}),
        fielded("30 negative base-256 size", "its size is a base-256 number", {"size": b"\xff" * 12}),
        fielded("31 size without an end", octal.format("size"), {"size": b"000000000001"}),
        fielded("33 checksum of another header", "its header checksum is wrong", {"checksum": b"000001\0 "}),
        fielded("33 checksum blank", "its checksum is blank", {"checksum": b" " * 8}),
        fielded("33 size not octal", octal.format("size"), {"size": b"00000000009\0"}),
        fielded("33 size with a number behind", octal.format("size"), {"size": b"0 1\0\0\0\0\0\0\0\0\0"}),
        fielded("33 size blank", "its size is blank", {"size": bytes(12)}),
        fielded("33 huge base-256 size", "its size is a base-256 number", {"size": b"\x80" + b"\0" * 7 + b"\x7f" * 4}),
        fielded("33 mode blank", "its mode is blank", {"mode": b" " * 8}),
        fielded("33 owner base-256", "its owner is a base-256 number", {"uid": b"\x80" + bytes(7)}),
        fielded("33 device not octal", octal.format("device"), {"major": b"0x10\0\0\0\0"}),
        fielded("33 no magic", "its header is not a ustar header", {"magic": bytes(8)}),
        fielded("33 magic of a third kind", "its header is not a ustar header", {"magic": b"ustar\x00\x00\x00"}),
        fielded("26 prefix under GNU magic", place, {"prefix": b"python"}, magic=GNU),
        fielded("26 bytes behind the prefix", "its header has bytes where none belong", {"rest": b"tar\0"}),
    ]


def ends() -> list[Case]:
    whole = tar().tar()
    bare = bytes(tar().blocks)
    member = "python/d/f"
    return [
        stream("32 no end at all", bare, CUT, member=member),
        stream("32 nothing", b"", CUT),
        stream("33 truncated header", bare + header("python/x")[:100], CUT, member=member),
        stream("33 truncated member", bare[:-1], CUT, member=member),
        stream("33 truncated padding", bare[:-511] + b"", CUT, member=member),
        stream("33 one zero block", bare + bytes(512), CUT, member=member),
        stream(
            "33 zero block between members",
            bare + bytes(512) + tar().tar(),
            "a single zero block is not the end of a tar stream",
            member=member,
        ),
        stream("33 data after the end", bare + TWO_ZERO_BLOCKS + b"data".ljust(512, b"\0"), AFTER, member=member),
        stream("33 concatenated tars", whole + whole, AFTER, member=member),
        stream("33 endless padding", whole + bytes(10240), AFTER, member=member),
        stream("33 end of half a block", bare + bytes(1024 + 100), "the tar stream does not end with a whole block", member=member),
    ]  # fmt: skip


def sizes() -> list[Case]:
    u, e = tar().unpacked, tar().entries
    size = len(tar().gz())
    bomb = tar().file("python/zeros", bytes(34 << 20))
    return [
        Case(
            row="34 decompression bomb",
            evil=bomb,
            control=bomb,
            control_limits=Limits(unpacked=bomb.unpacked),
            rule="it unpacks to more than 100 times its size",
        ),
        Case(
            row="34 more than `u` bytes",
            evil=tar().file("python/x", b"1"),
            control=tar(),
            rule=f"more than the {u} bytes of files its record states",
            member="python/x",
            limits=Limits(unpacked=u),
        ),
        Case(
            row="34 a claim of more than 2 GiB",
            evil=tar().raw(header("python/x", size=2 << 30)),
            control=tar(),
            rule="more than 2147483648 bytes of files",
            member="python/x",
        ),
        Case(
            row="34 less than `u` bytes",
            evil=tar(),
            control=tar().file("python/x", b"1"),
            rule=f"{u} bytes of files where its record states {u + 1}",
            limits=Limits(unpacked=u + 1),
        ),
        Case(
            row="34 more than `e` entries",
            evil=tar().file("python/x"),
            control=tar(),
            rule=f"more than the {e} entries its record states",
            member="python/x",
            limits=Limits(entries=e),
        ),
        Case(
            row="34 less than `e` entries",
            evil=tar(),
            control=tar().file("python/x"),
            rule=f"{e} entries where its record states {e + 1}",
            limits=Limits(entries=e + 1),
        ),
        Case(
            row="34 archive longer than `n`",
            evil=tar().gz(),
            control=tar().gz(),
            rule=f"more than the {size - 1} bytes its record states",
            limits=Limits(size=size - 1),
            control_limits=Limits(size=size),
        ),
        Case(
            row="34 archive shorter than `n`",
            evil=tar().gz(),
            control=tar().gz(),
            rule=f"{size} of the {size + 1} bytes its record states",
            limits=Limits(size=size + 1),
            control_limits=Limits(size=size),
        ),
    ]


def packings() -> list[Case]:
    plain = tar().tar()
    gz, zst = tar().gz(), tar().zst()
    after_gz, after_zst = "bytes follow the end of its gzip stream", "bytes follow the end of its zstd frame"
    skippable = struct.pack("<II", 0x184D2A50, 4) + b"skip"
    window = f"its zstd frame needs a window of {1 << 31} bytes, more than {1 << 27}"
    block = "its zstd frame is damaged (Unable to decompress Zstandard data: Data corruption detected)"
    frame_end = len(archives.zstd(b"", content_size=False, checksum=False)) - 3
    reserved = archives.zstd(b"", content_size=False, checksum=False)[:frame_end] + b"\x07\0\0"
    small = TarBuilder().file("python/x").tar(record=512)
    return [
        packing("35 gzip with garbage behind", gz + b"x", after_gz),
        packing("35 gzip with zeros behind", gz + bytes(600_000), after_gz),
        packing("35 two gzip members", gzipped(plain[:1024]) + gzipped(plain[1024:]), after_gz),
        packing("35 a second gzip member", gz + gzipped(b""), after_gz),
        packing("35 gzip cut short", gz[:-1], CUT_STREAM),
        packing("35 gzip reserved flag", flipped(gz, 3), "its gzip header has reserved flags set"),
        packing("35 zstd giant window", zst_frame(window_log=31, data=small), window, compression="zst",
                control=zst_frame(window_log=27, data=small)),
        packing("35 zstd dictionary", zst_frame(dict_id=7, data=small), "its zstd frame needs a dictionary",
                compression="zst", control=zst_frame(data=small)),
        packing("35 zstd second frame", zst + archives.zstd(b""), after_zst, compression="zst"),
        packing("35 zstd skippable frame behind", zst + skippable, after_zst, compression="zst"),
        packing("35 zstd skippable frame before", skippable + zst,
                "it starts with a skippable zstd frame, not a zstd file", compression="zst"),
        packing("35 zstd with garbage behind", zst + b"x", after_zst, compression="zst"),
        packing("35 zstd cut short", zst[:-1], CUT_STREAM, compression="zst"),
        packing("35 zstd reserved block", reserved, block, compression="zst"),
        packing("38 gzip named .zst", gz, "it is a gzip file, not a zstd file", compression="zst"),
        packing("38 zstd named .gz", zst, "it is a zstd file, not a gzip file"),
        packing("38 zip named .gz", b"PK\x03\x04" + gz, "it is a zip file, not a gzip file"),
        packing("38 polyglot: zip behind a tar", gz + b"PK\x05\x06" + bytes(18), after_gz),
        packing("38 tar without compression", plain, "it is a tar file without compression, not a gzip file"),
        packing("38 xz named .gz", b"\xfd7zXZ\x00" + gz, "it is a xz file, not a gzip file"),
        packing("38 web page", b"\n<!DOCTYPE html><html>", "it is a web page, not a gzip file"),
        packing("38 JSON", b'{"message": "Not Found"}', "it is a JSON document, not a gzip file"),
        packing("38 nothing", b"", "it is empty, not a gzip file"),
        packing("38 noise", b"\x01\x02\x03", "it starts with 01 02 03, not a gzip file"),
    ]  # fmt: skip


CASES = [
    *names(), *links(), *collisions(), *kinds(), *extensions(), *numbers(), *ends(), *sizes(), *packings(),
]  # fmt: skip


def test_every_row_has_a_name_of_its_own() -> None:
    rows = [case.row for case in CASES]
    assert len(rows) == len(set(rows))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.row)
def test_refused_and_nothing_left(case: Case, world: World) -> None:
    with pytest.raises(ArchiveError) as caught:
        world.extract(case.packed(case.evil), compression=case.compression, limits=case.limits, subtree=case.subtree)
    assert caught.value.fields == {"archive": "evil.tar", "member": case.member, "rule": case.rule}
    where = "evil.tar" if case.member is None else f"evil.tar: `{case.member}`"
    assert caught.value.message == f"{where}: {case.rule}"
    assert caught.value.hint
    world.assert_untouched()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.row)
def test_control_extracts(case: Case, world: World) -> None:
    limits = case.control_limits or case.limits
    found = world.extract(case.packed(case.control), compression=case.compression, limits=limits, subtree=case.subtree)
    assert found.entries
    on_disk = {name for name, (mode, _) in shape(world.destination).items() if not mode.startswith("4")}
    assert on_disk == {entry.path for entry in found.entries}


@pytest.mark.parametrize(("what", "place"), [("CRC", -8), ("length", -1)])
def test_damaged_gzip(what: str, place: int, world: World) -> None:
    with pytest.raises(ArchiveError, match=r"evil\.tar: its gzip stream is damaged") as caught:
        world.extract(flipped(tar().gz(), place))
    assert caught.value.fields["member"] is None
    world.assert_untouched()


@pytest.mark.parametrize(("what", "place"), [("checksum", -1), ("content size", 6)])
def test_damaged_zstd(what: str, place: int, world: World) -> None:
    with pytest.raises(ArchiveError, match=r"evil\.tar: its zstd frame"):
        world.extract(flipped(tar().zst(), place), compression="zst")
    world.assert_untouched()


@pytest.mark.parametrize("lie", [-512, -1, 1, 512, 1 << 30])
def test_35_zstd_that_lies_about_its_content_size(lie: int, world: World) -> None:
    small = TarBuilder().file("python/x").tar(record=512)
    with pytest.raises(ArchiveError, match="its zstd frame is damaged"):
        world.extract(zst_frame(size=len(small) + lie, data=small), compression="zst")
    world.assert_untouched()
    assert world.extract(zst_frame(size=len(small), data=small), compression="zst").members == 1


def test_04_nothing_outside_changes_its_mode_or_time(world: World) -> None:
    evil = tar().symlink("python/x", "../../secret").member("python/x", mode=0o777)
    with pytest.raises(ArchiveError):
        world.extract(evil.gz())
    world.assert_untouched()


def test_05_what_stood_before_a_refused_member_is_gone(world: World) -> None:
    builder = tar()
    for number in range(50):
        builder.file(f"python/d/n{number}", b"x" * 20_000)
    with pytest.raises(ArchiveError):
        world.extract(builder.file("../evil").gz())
    world.assert_untouched()


def test_09_owners_are_ours(world: World) -> None:
    fields = {"uid": b"0001750\0", "gid": b"0001750\0", "uname": b"nobody", "gname": b"nogroup"}
    builder = tar().member("python/a", b"1", fields=fields)
    world.extract(builder.member("python/b", kind=HARD_LINK, link="python/a", fields=fields).gz())
    status = (world.destination / "b").stat()
    assert (status.st_uid, status.st_gid) == (os.getuid(), world.destination.stat().st_gid)


@pytest.mark.parametrize(("first", "second"), [("FOO", "foo"), ("straße", "STRASSE"), ("D/é", "d/É"), ("d/ﬁ", "d/FI")])
def test_14_15_case_insensitive_destinations_refuse_names_that_fold(first: str, second: str) -> None:
    evil = TarBuilder().file(f"python/{first}", b"1").file(f"python/{second}", b"2").gz()
    with pytest.raises(ArchiveError) as caught:
        scan(io.BytesIO(evil).read, compression="gz", name="a", limits=Limits(), case_sensitive=False)
    assert caught.value.fields["rule"] == f"a name that differs from `python/{first}` only in case, for something else"
    assert caught.value.fields["member"] == f"python/{second}"
    assert scan(io.BytesIO(evil).read, compression="gz", name="a", limits=Limits()).members == 2


def test_14_names_that_differ_in_case_are_two_files_here(world: World) -> None:
    world.extract(tar().file("python/FOO", b"1").file("python/foo", b"2").gz())
    assert (world.destination / "FOO").read_bytes() == b"1"
    assert (world.destination / "foo").read_bytes() == b"2"


@pytest.mark.parametrize("marker", [".pyv-Probe", ".PYV-pROBE", ".files", "receipt.json"])
def test_19_no_marker_of_ours_is_where_an_archive_could_put_a_link(marker: str, world: World) -> None:
    world.extract(tar().symlink(f"python/{marker}", "d/f").gz())
    assert os.readlink(world.destination / marker) == "d/f"
    assert sorted(os.listdir(world.staging)) == ["prefix"]


def test_20_a_second_archive_never_meets_the_first(world: World) -> None:
    world.extract(tar().symlink("python/s", "d").gz())
    before = shape(world.destination)
    with pytest.raises(FileExistsError):
        world.extract(tar().file("python/s/x").gz())
    assert shape(world.destination) == before


def test_21_a_seeded_destination_is_not_entered(world: World) -> None:
    world.destination.symlink_to(world.outside / "victim")
    with pytest.raises(FileExistsError):
        world.extract(tar().gz())
    assert os.readlink(world.destination) == str(world.outside / "victim")


@pytest.mark.parametrize("mode", [0o4755, 0o2755, 0o1755, 0o777, 0o7777, 0o100, 0o755])
def test_24_executables_are_0755(mode: int, world: World) -> None:
    world.extract(tar().file("python/x", mode=mode).directory("python/e", mode=0o7777).gz())
    assert f"{(world.destination / 'x').stat().st_mode:o}" == "100755"
    assert f"{(world.destination / 'e').stat().st_mode:o}" == "40755"


@pytest.mark.parametrize("mode", [0o6644, 0o666, 0o000, 0o477, 0o600, 0o644])
def test_24_other_files_are_0644(mode: int, world: World) -> None:
    world.extract(tar().file("python/x", mode=mode).gz())
    assert f"{(world.destination / 'x').stat().st_mode:o}" == "100644"


def test_32_a_stream_that_never_ends_is_left(world: World) -> None:
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    head = packer.compress(bytes(tar().blocks)) + packer.flush(zlib.Z_SYNC_FLUSH)
    asked = 0

    def read(size: int) -> bytes:
        nonlocal asked
        asked += 1
        return head if asked == 1 else packer.compress(bytes(size)) + packer.flush(zlib.Z_SYNC_FLUSH)

    with pytest.raises(ArchiveError, match="bytes follow the end of the tar stream"):
        extract(read, world.destination, compression="gz", name="a", limits=Limits())
    assert asked < 50
    world.assert_untouched()


def test_34_more_entries_than_any_interpreter_has(world: World) -> None:
    builder = TarBuilder()
    for number in range(ENTRIES + 1):
        builder.raw(header(f"python/{number}"))
    with pytest.raises(ArchiveError) as caught:
        scan(io.BytesIO(gzipped(builder.tar(), level=1)).read, compression="gz", name="a", limits=Limits())
    assert caught.value.fields["rule"] == f"more than {ENTRIES} entries"
    assert caught.value.fields["member"] == f"python/{ENTRIES}"


def test_35_zstd_needs_its_whole_block(world: World) -> None:
    good = zst_frame(data=TarBuilder().file("python/x").tar(record=512))
    with pytest.raises(ArchiveError, match=CUT_STREAM):
        world.extract(good[:-100], compression="zst")
    assert world.extract(good, compression="zst").members == 1


def test_37_nothing_below_the_prefix(world: World) -> None:
    with pytest.raises(ArchiveError, match="it holds nothing below `python/install`"):
        world.extract(tar().gz(), subtree=FULL)
    world.assert_untouched()


def test_37_missing_and_wrong_interpreters_are_told(world: World) -> None:
    elf = b"\x7fELF\x02\x01\x01" + bytes(11) + struct.pack("<H", 183) + bytes(44)
    world.extract(tar().file("python/bin/python3", elf, mode=0o755).gz())
    triple = parse_triple("x86_64-unknown-linux-gnu")
    assert contradiction(world.destination / "bin/python3", triple) == "it is built for aarch64, not for x86_64"
    assert contradiction(world.destination / "bin/python", triple) == "it cannot be read: no such file or directory"
    assert contradiction(world.destination / "bin/python3.12", triple) is None


def test_a_member_is_named_without_its_control_characters(world: World) -> None:
    with pytest.raises(ArchiveError) as caught:
        world.extract(tar().file("python/\x1b[31m" + "x" * 80).gz())
    assert caught.value.message.startswith(r"evil.tar: `python/\x1b[31mxxx")
