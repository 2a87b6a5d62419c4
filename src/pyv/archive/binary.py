"""Does an interpreter fit the triple its record states? Read from its first bytes; nothing is run.

ELF: class, byte order, machine and the loader of PT_INTERP (System V ABI, and the psABI of each machine). Mach-O:
CPU type (loader.h). PE: machine (Microsoft's PE format). A `#!` file is not judged: tests and wrappers are made so.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import BinaryIO

from pyv.domain.triple import Triple

_ELF_MACHINES = {
    # e_machine, 64 bit, little endian
    "x86_64": (62, True, True),
    "i686": (3, False, True),
    "aarch64": (183, True, True),
    "armv7": (40, False, True),
    "ppc64le": (21, True, True),
    "riscv64": (243, True, True),
    "s390x": (22, True, False),
}
_ELF_NAMES = {machine: arch for arch, (machine, _, _) in _ELF_MACHINES.items()}
_MACHO_MACHINES = {0x01000007: "x86_64", 0x0100000C: "aarch64"}
_PE_MACHINES = {0x8664: "x86_64", 0x014C: "i686", 0xAA64: "aarch64"}
_INTERP = 3
_MOST_HEADERS, _LONGEST_LOADER = 256, 4096
_UNIVERSAL = frozenset({b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf"})


def contradiction(path: Path, triple: Triple) -> str | None:
    """Why the interpreter at `path` cannot be a build for `triple`; None if it can, or is a `#!` script."""
    try:
        with path.open("rb") as file:
            return _judged(file, triple)
    except OSError as fault:
        return f"it cannot be read: {(fault.strerror or str(fault)).lower()}"
    except (struct.error, ValueError, OverflowError):  # an offset no file has
        return "its header is cut short or damaged"


def _judged(file: BinaryIO, triple: Triple) -> str | None:
    head = file.read(64)
    if head.startswith(b"#!"):
        return None
    if head.startswith(b"\x7fELF"):
        return _wrong_system("linux", triple) or _elf(file, head, triple)
    if head.startswith(b"\xcf\xfa\xed\xfe"):
        return _wrong_system("darwin", triple) or _other(_MACHO_MACHINES, struct.unpack_from("<I", head, 4)[0], triple)
    if head[:4] in _UNIVERSAL:
        return "it is a universal Mach-O file, not one for a single machine"
    if head.startswith(b"MZ"):
        return _wrong_system("windows", triple) or _pe(file, head, triple)
    return "it is no executable that pyv knows (ELF, Mach-O, PE)"


def _wrong_system(system: str, triple: Triple) -> str | None:
    return None if triple.os == system else f"it is an executable for {system}, not for {triple.os}"


def _wrong_machine(found: str, triple: Triple) -> str | None:
    return None if found == triple.arch else f"it is built for {found}, not for {triple.arch}"


def _other(names: dict[int, str], machine: int, triple: Triple) -> str | None:
    return _wrong_machine(names.get(machine, f"machine {machine:#x}"), triple)


def _pe(file: BinaryIO, head: bytes, triple: Triple) -> str | None:
    file.seek(struct.unpack_from("<I", head, 60)[0])
    magic, machine = struct.unpack("<4sH", file.read(6))
    if magic != b"PE\0\0":
        return "it is a DOS file without a PE header"
    return _other(_PE_MACHINES, machine, triple)


def _elf(file: BinaryIO, head: bytes, triple: Triple) -> str | None:
    width, ending = struct.unpack_from("4xBB", head)
    wide, little = width == 2, ending == 1
    order = "<" if little else ">"
    machine = struct.unpack_from(f"{order}H", head, 18)[0]
    if fault := _wrong_machine(_ELF_NAMES.get(machine, f"machine {machine}"), triple):
        return fault
    if (machine, wide, little) != _ELF_MACHINES[triple.arch]:
        return f"its word size or byte order is not that of {triple.arch}"
    return _wrong_loader(_loader(file, head, wide=wide, order=order), triple)


def _loader(file: BinaryIO, head: bytes, *, wide: bool, order: str) -> str | None:
    """The path in PT_INTERP; None for a static executable."""
    table = struct.unpack_from(f"{order}Q" if wide else f"{order}I", head, 32 if wide else 28)[0]
    size, count = struct.unpack_from(f"{order}HH", head, 54 if wide else 42)
    form = struct.Struct(f"{order}I4xQ16xQ" if wide else f"{order}II8xI")
    file.seek(table)
    headers = file.read(size * min(count, _MOST_HEADERS))
    for number in range(min(count, _MOST_HEADERS)):
        kind, offset, length = form.unpack_from(headers, number * size)
        if kind == _INTERP:
            file.seek(offset)
            return file.read(min(length, _LONGEST_LOADER)).rstrip(b"\0").decode("utf-8", "backslashreplace")
    return None


def _wrong_loader(loader: str | None, triple: Triple) -> str | None:
    if loader is None:  # musl builds were static until 20250311
        return None if triple.libc == "musl" else f"it is linked statically, not against {triple.libc}"
    name = os.path.basename(loader)
    if name.startswith("ld-musl-"):
        found = "musl"
    elif name.startswith("ld-linux-armhf."):
        found = "gnueabihf"
    elif name.startswith(("ld-linux", "ld64.so")):
        found = "gnueabi" if triple.arch == "armv7" else "gnu"
    else:
        return f"its loader is `{loader}`, which pyv does not know"
    return None if found == triple.libc else f"it is linked against {found}, not against {triple.libc}"
