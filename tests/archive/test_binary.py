"""Interpreter headers against triples; every header is built here."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import pytest

from pyv.archive.binary import contradiction
from pyv.domain.triple import parse_triple

GLIBC, MUSL = b"/lib64/ld-linux-x86-64.so.2", b"/lib/ld-musl-x86_64.so.1"


def elf(machine: int = 62, loader: bytes | None = GLIBC, *, wide: bool = True, little: bool = True) -> bytes:
    """An ELF header, a PT_LOAD, and a PT_INTERP where there is a loader."""
    order = "<" if little else ">"
    ident = b"\x7fELF" + bytes([2 if wide else 1, 1 if little else 2, 1]) + bytes(9)
    count = 1 if loader is None else 2
    start, entry = (64, 56) if wide else (52, 32)
    text = start + count * entry
    length = 0 if loader is None else len(loader) + 1
    if wide:
        head = struct.pack(f"{order}HHIQQQIHHHHHH", 2, machine, 1, 0, start, 0, 0, 64, entry, count, 0, 0, 0)
        form = f"{order}IIQQQQQQ"
        entries = [struct.pack(form, 1, 0, 0, 0, 0, 0, 0, 0), struct.pack(form, 3, 0, text, 0, 0, length, length, 0)]
    else:
        head = struct.pack(f"{order}HHIIIIIHHHHHH", 2, machine, 1, 0, start, 0, 0, 52, entry, count, 0, 0, 0)
        form = f"{order}IIIIIIII"
        entries = [struct.pack(form, 1, 0, 0, 0, 0, 0, 0, 0), struct.pack(form, 3, text, 0, 0, length, length, 0, 0)]
    return (ident + head + b"".join(entries[:count]) + (loader or b"")).ljust(128, b"\0")


def macho(cpu: int) -> bytes:
    return struct.pack("<II", 0xFEEDFACF, cpu).ljust(64, b"\0")


def pe(machine: int, magic: bytes = b"PE\0\0") -> bytes:
    return b"MZ".ljust(60, b"\0") + struct.pack("<I", 128) + bytes(64) + magic + struct.pack("<H", machine)


def judged(tmp_path: Path, data: bytes, triple: str) -> str | None:
    path = tmp_path / "python3"
    path.write_bytes(data)
    return contradiction(path, parse_triple(triple))


@pytest.mark.parametrize(
    ("data", "triple"),
    [
        (elf(), "x86_64-unknown-linux-gnu"),
        (elf(), "x86_64_v3-unknown-linux-gnu"),
        (elf(loader=MUSL), "x86_64-unknown-linux-musl"),
        (elf(loader=None), "x86_64-unknown-linux-musl"),
        (elf(3, b"/lib/ld-linux.so.2", wide=False), "i686-unknown-linux-gnu"),
        (elf(183, b"/lib/ld-linux-aarch64.so.1"), "aarch64-unknown-linux-gnu"),
        (elf(40, b"/lib/ld-linux.so.3", wide=False), "armv7-unknown-linux-gnueabi"),
        (elf(40, b"/lib/ld-linux-armhf.so.3", wide=False), "armv7-unknown-linux-gnueabihf"),
        (elf(21, b"/lib64/ld64.so.2"), "ppc64le-unknown-linux-gnu"),
        (elf(22, b"/lib/ld64.so.1", little=False), "s390x-unknown-linux-gnu"),
        (elf(243, b"/lib/ld-linux-riscv64-lp64d.so.1"), "riscv64-unknown-linux-gnu"),
        (macho(0x01000007), "x86_64-apple-darwin"),
        (macho(0x0100000C), "aarch64-apple-darwin"),
        (pe(0x8664), "x86_64-pc-windows-msvc"),
        (pe(0x14C), "i686-pc-windows-msvc"),
        (pe(0xAA64), "aarch64-pc-windows-msvc"),
        (b"#!/bin/sh\n", "aarch64-apple-darwin"),
    ],
)
def test_fits(data: bytes, triple: str, tmp_path: Path) -> None:
    assert judged(tmp_path, data, triple) is None


@pytest.mark.parametrize(
    ("data", "triple", "why"),
    [
        (elf(), "aarch64-unknown-linux-gnu", "it is built for x86_64, not for aarch64"),
        (elf(8), "x86_64-unknown-linux-gnu", "it is built for machine 8, not for x86_64"),
        (elf(), "mips-unknown-linux-gnu", "it is built for x86_64, not for mips"),
        (elf(), "x86_64-unknown-linux-musl", "it is linked against gnu, not against musl"),
        (elf(loader=MUSL), "x86_64-unknown-linux-gnu", "it is linked against musl, not against gnu"),
        (elf(loader=None), "x86_64-unknown-linux-gnu", "it is linked statically, not against gnu"),
        (elf(wide=False), "x86_64-unknown-linux-gnu", "its word size or byte order is not that of x86_64"),
        (elf(183, little=False), "aarch64-unknown-linux-gnu", "its word size or byte order is not that of aarch64"),
        (
            elf(40, b"/lib/ld-linux-armhf.so.3", wide=False),
            "armv7-unknown-linux-gnueabi",
            "it is linked against gnueabihf, not against gnueabi",
        ),
        (elf(loader=b"/nix/ld.so"), "x86_64-unknown-linux-gnu", "its loader is `/nix/ld.so`, which pyv does not know"),
        (elf(), "x86_64-apple-darwin", "it is an executable for linux, not for darwin"),
        (macho(7), "x86_64-apple-darwin", "it is built for machine 0x7, not for x86_64"),
        (macho(0x01000007), "x86_64-unknown-linux-gnu", "it is an executable for darwin, not for linux"),
        (b"\xca\xfe\xba\xbe" + bytes(60), "x86_64-apple-darwin", "it is a universal Mach-O file, not one for a single machine"),
        (pe(0x14C), "x86_64-pc-windows-msvc", "it is built for i686, not for x86_64"),
        (pe(0x8664, b"NE\0\0"), "x86_64-pc-windows-msvc", "it is a DOS file without a PE header"),
        (pe(0x8664), "x86_64-unknown-linux-gnu", "it is an executable for windows, not for linux"),
        (pe(0x8664)[:130], "x86_64-pc-windows-msvc", "its header is cut short or damaged"),
        (b"MZ", "x86_64-pc-windows-msvc", "its header is cut short or damaged"),
        (b"\x7fELF", "x86_64-unknown-linux-gnu", "its header is cut short or damaged"),
        (b"\x7fELF\x02\x01", "x86_64-unknown-linux-gnu", "its header is cut short or damaged"),
        (elf()[:100], "x86_64-unknown-linux-gnu", "its header is cut short or damaged"),
        (elf()[:32] + b"\xff" * 8 + elf()[40:], "x86_64-unknown-linux-gnu", "its header is cut short or damaged"),
        (b"", "x86_64-unknown-linux-gnu", "it is no executable that pyv knows (ELF, Mach-O, PE)"),
        (b"<html>", "x86_64-unknown-linux-gnu", "it is no executable that pyv knows (ELF, Mach-O, PE)"),
    ],
)  # fmt: skip
def test_contradicts(data: bytes, triple: str, why: str, tmp_path: Path) -> None:
    assert judged(tmp_path, data, triple) == why


def test_a_missing_interpreter(tmp_path: Path) -> None:
    triple = parse_triple("x86_64-unknown-linux-gnu")
    assert contradiction(tmp_path / "python3", triple) == "it cannot be read: no such file or directory"
    assert contradiction(tmp_path, triple) == "it cannot be read: is a directory"


def test_the_interpreter_of_these_tests_is_for_one_system() -> None:
    python = Path(sys.executable).resolve()
    triples = ("x86_64-unknown-linux-gnu", "x86_64-apple-darwin", "x86_64-pc-windows-msvc")
    systems = [contradiction(python, parse_triple(text)) for text in triples]
    assert sum("an executable for" in (why or "") for why in systems) == 2
