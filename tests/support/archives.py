"""Archives built byte by byte: tiny PBS-shaped ones that work, and the blocks to make hostile ones of.

`tiny_archive()` is what most tests want: a python-build-standalone archive in miniature whose interpreter is a shell
script that says its version. The same arguments give the same bytes.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Mapping

if sys.version_info >= (3, 14):
    from compression import zstd as libzstd
else:
    from backports import zstd as libzstd

BLOCK = 512
RECORD = 20 * BLOCK
MTIME = 1704067200
"""2024-01-01T00:00:00Z, which PBS gives every member."""

POSIX, GNU = b"ustar\x0000", b"ustar  \x00"
FILE, HARD_LINK, SYMLINK, DIRECTORY, PAX, LONG_NAME, LONG_LINK = b"0", b"1", b"2", b"5", b"x", b"L", b"K"
MODES = {DIRECTORY: 0o775, SYMLINK: 0o777}

_PLACES = {
    "name": (0, 100),
    "mode": (100, 8),
    "uid": (108, 8),
    "gid": (116, 8),
    "size": (124, 12),
    "mtime": (136, 12),
    "checksum": (148, 8),
    "kind": (156, 1),
    "link": (157, 100),
    "magic": (257, 8),
    "uname": (265, 32),
    "gname": (297, 32),
    "major": (329, 8),
    "minor": (337, 8),
    "prefix": (345, 155),
    "rest": (500, 12),
}


def encoded(text: str | bytes) -> bytes:
    """The bytes of a name; bytes are taken as they are."""
    return text if isinstance(text, bytes) else text.encode()


def header(
    name: str | bytes,
    *,
    kind: bytes = FILE,
    size: int = 0,
    mode: int = 0o664,
    link: str | bytes = b"",
    magic: bytes = POSIX,
    fields: Mapping[str, bytes] | None = None,
) -> bytes:
    """One 512-byte header with a correct checksum; `fields` overwrites any field with raw bytes.

    A `checksum` among the fields is written as given, however wrong.
    """
    values = {
        "name": encoded(name),
        "mode": b"%07o\0" % mode,
        "uid": b"0000000\0",
        "gid": b"0000000\0",
        "size": b"%011o\0" % size,
        "mtime": b"%011o\0" % MTIME,
        "checksum": b" " * 8,
        "kind": kind,
        "link": encoded(link),
        "magic": magic,
        "uname": b"root",
        "gname": b"root",
        "major": b"0000000\0",
        "minor": b"0000000\0",
        **(fields or {}),
    }
    block = bytearray(BLOCK)
    for field, value in values.items():
        offset, length = _PLACES[field]
        assert len(value) <= length, f"{field} does not fit its field"
        block[offset : offset + len(value)] = value
    if "checksum" not in (fields or {}):
        block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def padded(data: bytes, size: int = BLOCK) -> bytes:
    """Data followed by zeros up to a multiple of `size`."""
    return data + bytes(-len(data) % size)


def pax_record(key: str | bytes, value: str | bytes) -> bytes:
    """One `LENGTH KEY=VALUE` line; the length counts its own digits."""
    body = b" " + encoded(key) + b"=" + encoded(value) + b"\n"
    length = len(body) + 1
    while length != len(str(length)) + len(body):
        length = len(str(length)) + len(body)
    return b"%d" % length + body


class TarBuilder:
    """An uncompressed tar, member by member; every method returns the builder."""

    def __init__(self) -> None:
        self.blocks = bytearray()
        self.unpacked = 0
        """Bytes of the regular files so far: a record's `u`."""
        self.entries = 0
        """Files, links and directories so far: a record's `e`."""

    def raw(self, data: bytes) -> TarBuilder:
        """Append bytes as they are."""
        self.blocks += data
        return self

    def member(
        self,
        name: str | bytes,
        data: bytes = b"",
        *,
        kind: bytes = FILE,
        mode: int | None = None,
        link: str | bytes = b"",
        magic: bytes = POSIX,
        fields: Mapping[str, bytes] | None = None,
    ) -> TarBuilder:
        """Append a member of any kind; a name longer than 100 bytes is split into prefix and name."""
        name, fields = encoded(name), dict(fields or {})
        if len(name) > 100 and "prefix" not in fields:
            cut = name.index(b"/", len(name) - 101)
            fields["prefix"], name = name[:cut], name[cut + 1 :]
        if mode is None:
            mode = MODES.get(kind, 0o664)
        self.raw(header(name, kind=kind, size=len(data), mode=mode, link=link, magic=magic, fields=fields))
        self.raw(padded(data))
        if kind in {FILE, b"\0"}:
            self.unpacked += len(data)
        self.entries += kind not in {PAX, LONG_NAME, LONG_LINK}
        return self

    def file(self, name: str | bytes, data: bytes = b"", *, mode: int = 0o664) -> TarBuilder:
        """Append a regular file."""
        return self.member(name, data, mode=mode)

    def script(self, name: str | bytes, text: str = "#!/bin/sh\n") -> TarBuilder:
        """Append an executable file."""
        return self.member(name, text.encode(), mode=0o775)

    def directory(self, name: str | bytes, *, mode: int = 0o775) -> TarBuilder:
        """Append a directory."""
        return self.member(name, kind=DIRECTORY, mode=mode)

    def symlink(self, name: str | bytes, target: str | bytes) -> TarBuilder:
        """Append a symbolic link."""
        return self.member(name, kind=SYMLINK, link=target)

    def hard_link(self, name: str | bytes, target: str | bytes) -> TarBuilder:
        """Append a hard link; the target is a name of the archive."""
        return self.member(name, kind=HARD_LINK, link=target)

    def pax(self, *records: tuple[str | bytes, str | bytes], kind: bytes = PAX) -> TarBuilder:
        """Append a pax header for the member that follows (`kind=b"g"`: for all of them)."""
        return self.member("PaxHeaders/x", b"".join(pax_record(*record) for record in records), kind=kind)

    def long_name(self, name: str | bytes, *, kind: bytes = LONG_NAME) -> TarBuilder:
        """Append a GNU long name (or `LONG_LINK`) for the member that follows."""
        return self.member("././@LongLink", encoded(name) + b"\0", kind=kind, magic=GNU)

    def tar(self, *, end: bytes = bytes(2 * BLOCK), record: int = RECORD) -> bytes:
        """The archive: two zero blocks, then padding to the record size."""
        return padded(bytes(self.blocks) + end, record)

    def gz(self) -> bytes:
        """The archive, gzipped."""
        return gzipped(self.tar())

    def zst(self) -> bytes:
        """The archive in one zstd frame."""
        return zstd(self.tar())

    def packed(self, compression: str) -> bytes:
        """The archive as `.tar.gz` or `.tar.zst` says."""
        return self.zst() if compression == "zst" else self.gz()


def gzipped(data: bytes, *, level: int = 6) -> bytes:
    """One gzip member without name or time."""
    packer = zlib.compressobj(level, zlib.DEFLATED, 31)
    return packer.compress(data) + packer.flush()


def zstd(data: bytes, *, level: int = 3, content_size: bool = True, checksum: bool = True) -> bytes:
    """One zstd frame."""
    wanted = libzstd.CompressionParameter
    options: dict[int, int] = {
        wanted.compression_level: level,
        wanted.content_size_flag: int(content_size),
        wanted.checksum_flag: int(checksum),
    }
    return libzstd.compress(data, options=options)


def unzstd(data: bytes) -> bytes | None:
    """What one zstd frame holds, by libzstd alone; None where it is damaged, or where something follows."""
    stream = libzstd.ZstdDecompressor()
    try:
        plain = stream.decompress(data)
    except libzstd.ZstdError:
        return None
    return plain if stream.eof and not stream.unused_data else None


_PYTHON = """\
#!/bin/sh
case "$1" in
--version | -V) echo "Python {version}" ;;
*) echo "{exe} of {version}: $*" ;;
esac
"""
_PIP = """\
#!/bin/sh
'''exec' "$(dirname -- "$(realpath -- "$0")")/{exe}" "$0" "$@"
' '''
import sys
from pip._internal.cli.main import main
sys.exit(main())
"""
_SYSCONFIG = """\
# system configuration generated and used by the sysconfig module
build_time_vars = {{'AR': '/tools/clang-linux64/bin/llvm-ar',
 'BINDIR': '/install/bin',
 'CC': 'clang -pthread',
 'CFLAGS': '-Wall -I/install/include -isysroot /sdk/MacOSX.sdk -O2',
 'CXX': 'clang++ -pthread',
 'INCLUDEPY': '/install/include/{lib}',
 'LDSHARED': 'clang -pthread -shared',
 'LIBDIR': '/install/lib',
 'VERSION': '{minor}',
 'prefix': '/install'}}
"""
_MAKEFILE = """\
CC=\t\tclang -pthread
AR=\t\t/tools/clang-linux64/bin/llvm-ar
prefix=\t\t/install
BINDIR=\t\t${{exec_prefix}}/bin
INCLUDEPY=\t/install/include/{lib}
VERSION=\t{minor}
"""
_PKG_CONFIG = """\
prefix=/install
exec_prefix=${{prefix}}
libdir=${{exec_prefix}}/lib
includedir=${{prefix}}/include

Name: Python
Description: Build a C extension for Python
Version: {minor}
Cflags: -I${{includedir}}/{lib}
"""


def tiny_tree(
    version: str = "3.12.2", *, suffix: str = "", platform: str = "x86_64-linux-gnu"
) -> dict[str, bytes | str]:
    """The files of a tiny prefix by path: bytes are contents, text is a symlink's target."""
    minor = ".".join(version.split(".")[:2])
    exe, lib = f"python{minor}{suffix}", f"python{minor}{suffix}"
    words = {"version": version, "minor": minor, "exe": exe, "lib": lib}
    return {
        f"bin/{exe}": _PYTHON.format_map(words).encode(),
        "bin/pip": _PIP.format_map(words).encode(),
        "bin/pip3": _PIP.format_map(words).encode(),
        f"bin/pip{minor}": _PIP.format_map(words).encode(),
        **({f"bin/python{minor}": exe} if suffix else {}),
        "bin/python": exe,
        "bin/python3": exe,
        f"include/{lib}/Python.h": b"/* " + version.encode() + b" */\n",
        f"lib/{lib}/LICENSE.txt": b"PSF-2.0\n",
        f"lib/{lib}/_sysconfigdata_{suffix}_linux_{platform}.py": _SYSCONFIG.format_map(words).encode(),
        f"lib/{lib}/config-{minor}{suffix}-{platform}/Makefile": _MAKEFILE.format_map(words).encode(),
        f"lib/{lib}/os.py": b"# " + version.encode() + b"\n",
        f"lib/pkgconfig/python-{minor}{suffix}.pc": _PKG_CONFIG.format_map(words).encode(),
        "lib/pkgconfig/python3.pc": f"python-{minor}{suffix}.pc",
    }


def tiny_tar(
    version: str = "3.12.2",
    *,
    extra: Mapping[str, bytes] | None = None,
    flavor: str = "install_only_stripped",
    suffix: str = "",
    platform: str = "x86_64-linux-gnu",
) -> TarBuilder:
    """A tiny archive before packing: what it counts (`unpacked`, `entries`) is what a record may state."""
    tree = {**tiny_tree(version, suffix=suffix, platform=platform), **(extra or {})}
    top, builder = "python/", TarBuilder()
    if flavor == "full":
        top = "python/install/"
        builder.file("python/PYTHON.json", b'{"version": "8", "python_version": "%s"}\n' % version.encode())
        builder.file("python/build/Modules/main.o", b"object\n")
    for path, content in sorted(tree.items()):
        if isinstance(content, str):
            builder.symlink(top + path, content)
        else:
            builder.file(top + path, content, mode=0o775 if content.startswith(b"#!") else 0o664)
    if flavor == "full":
        builder.file("python/licenses/LICENSE.expat.txt", b"MIT\n")
    return builder


def tiny_archive(
    version: str = "3.12.2",
    *,
    compression: str = "gz",
    extra: Mapping[str, bytes] | None = None,
    flavor: str = "install_only_stripped",
    suffix: str = "",
    platform: str = "x86_64-linux-gnu",
) -> bytes:
    """A PBS archive in miniature.

    Args:
        version: `X.Y.Z`, optionally with `aN`, `bN` or `rcN`.
        compression: `gz` or `zst`.
        extra: further files by path below the prefix; one that starts with `#!` is executable.
        flavor: `full` puts the prefix below `python/install`, beside PYTHON.json and build files.
        suffix: `t` for a freethreaded layout.
        platform: the multiarch word in sysconfig's file names.
    """
    return tiny_tar(version, extra=extra, flavor=flavor, suffix=suffix, platform=platform).packed(compression)
