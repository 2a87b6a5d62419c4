"""Seeds of tar streams, plain and compressed."""

from __future__ import annotations

from collections.abc import Mapping

from tests.support.archives import BLOCK, GNU, TarBuilder, header, padded, tiny_tar, zstd


def _rich() -> TarBuilder:
    """Every kind of member and of extension that is accepted."""
    rich = TarBuilder().directory("python").directory("python/bin/").script("python/bin/python3.12")
    rich.symlink("python/bin/python3", "python3.12").hard_link("python/bin/hard", "python/bin/python3.12")
    rich.pax(("path", "python/lib/" + "long" * 30), ("size", "5")).file("python/lib/short", b"12345")
    rich.long_name("python/lib/" + "gnu" * 40).member("python/lib/cut", b"x" * 700, magic=GNU)
    rich.pax(("mtime", "1700000000.5")).file("python/lib/dated", b"")
    return rich.symlink("python/lib/up", "../bin/python3.12")


def _file() -> TarBuilder:
    return TarBuilder().file("python/x", b"12345")


def _tar() -> Mapping[str, bytes]:
    """Small enough to be read as they are: records of two blocks."""
    smuggled = padded(header("python/y")) + bytes(BLOCK)
    streams = {
        "good-file": _file(),
        "good-links": TarBuilder().script("python/x").symlink("python/l", "x").hard_link("python/h", "python/x"),
        "good-pax": TarBuilder().pax(("path", "python/é")).file("python/x", b"12345"),
        "bad-outside": TarBuilder().file("python/../x"),
        "bad-absolute": TarBuilder().file("/x"),
        "bad-twice": TarBuilder().file("python/x").file("python/x"),
        "bad-device": TarBuilder().member("python/x", kind=b"3"),
        "bad-global": TarBuilder().pax(("path", "python/y"), kind=b"g").file("python/x"),
        "bad-pax-size": TarBuilder().pax(("size", "0")).member("python/x", smuggled),
        "bad-base-256": TarBuilder().member("python/x", b"12345", fields={"size": b"\x80" + bytes(10) + b"\5"}),
        "bad-sparse": TarBuilder().pax(("GNU.sparse.name", "python/y")).file("python/x"),
        "bad-checksum": TarBuilder().member("python/x", fields={"checksum": b"000000\0 "}),
        "bad-long-name-alone": TarBuilder().long_name("python/x"),
        "bad-link-with-contents": TarBuilder().member("python/x", b"12345", kind=b"2", link="y"),
        "bad-hard-link-to-nothing": TarBuilder().hard_link("python/x", "python/y"),
    }
    found = {name: stream.tar(record=BLOCK) for name, stream in streams.items()}
    whole = found["good-file"]
    return {
        **found,
        "bad-cut": whole[:-BLOCK],
        "bad-no-end": whole[: 2 * BLOCK],
        "bad-after-the-end": whole + whole,
        "bad-empty": b"",
    }


def _archive() -> Mapping[str, bytes]:
    file = _file()
    gz, zst = file.gz(), file.zst()
    return {
        "good-rich.tar.gz": _rich().gz(),
        "good-rich.tar.zst": _rich().zst(),
        "good-tiny.tar.gz": tiny_tar("3.12.2").gz(),
        "good-file.tar.zst": zstd(file.tar(), content_size=False, checksum=False),
        "bad-two-members.tar.gz": gz + gz,
        "bad-two-frames.tar.zst": zst + zst,
        "bad-cut.tar.gz": gz[:-4],
        "bad-cut.tar.zst": zst[:-4],
        "bad-sum.tar.gz": gz[:-8] + bytes(4) + gz[-4:],
        "bad-sum.tar.zst": zst[:-1] + bytes([zst[-1] ^ 1]),
        "bad-window.tar.zst": zst[:4] + b"\x00\xf8" + zst[-8:],
        "bad-skippable.tar.zst": b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd" + zst,
        "bad-dangling.tar.gz": TarBuilder().symlink("python/x", "y").gz(),
        "bad-through-a-link.tar.gz": TarBuilder()
        .directory("python/d")
        .symlink("python/l", "d")
        .file("python/l/x")
        .gz(),
        "bad-nothing.tar.gz": TarBuilder().gz(),
        "bad-bomb.tar.zst": zstd(bytes(40 << 20), level=19),
        "bad-page.html": b"<!doctype html><title>Sign in</title>",
        "bad-empty": b"",
    }


def seeds() -> dict[str, Mapping[str, bytes]]:
    """By target and name."""
    return {"tar": _tar(), "archive": _archive()}
