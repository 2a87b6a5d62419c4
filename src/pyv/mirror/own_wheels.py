"""Wheels a kit pins, as pip fetches them: for platforms that need not be this one, and by digest."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from pyv.domain.kit import ANY, Kit, Part
from pyv.errors import DigestError, TransferError

_MINOR = re.compile(r"cpython-(\d+\.\d+)\.")
_OTHER_BYTES = "DO NOT MATCH THE HASHES"


def ask_pip(python: str, kit: Kit, missing: Sequence[Part], place: Path) -> None:
    """Let the pip of an interpreter put wheels into a directory, from wherever it is configured to look.

    Raises:
        TransferError: there is no pip, or it cannot get them. DigestError: it was given other bytes.
    """
    for triple in kit.triples:
        parts = [part for part in missing if part.triple in {ANY, triple} and not (place / part.file).exists()]
        if parts:
            minor = _MINOR.match(kit.interpreter(triple).file)
            _download(python, minor[1] if minor else "", parts, place)


def _download(python: str, minor: str, parts: Sequence[Part], place: Path) -> None:
    wanted = place / "requirements.txt"
    wanted.write_text("".join(f"{part.project}=={part.version} --hash=sha256:{part.sha256}\n" for part in parts))
    tags = [part.file.removesuffix(".whl").split("-")[-3:] for part in parts]
    command = [python, "-I", "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--no-deps", "--require-hashes", "--only-binary=:all:", "--implementation=cp"]
    command += [f"--python-version={minor}", f"--dest={place}", f"--requirement={wanted}"]
    command += [f"--abi={abi}" for abi in _each(abi for _, abi, _ in tags)]
    command += [f"--platform={platform}" for platform in _each(platform for _, _, platform in tags)]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False
    )
    if not done.returncode:
        return
    names = ", ".join(part.file for part in parts)
    if "No module named pip" in done.stderr:
        raise TransferError(
            f"{len(parts)} wheels are missing, and {python} has no pip to fetch them: {names}",
            hint="name a directory that has them with --wheels",
        )
    if _OTHER_BYTES in done.stderr:
        raise DigestError(
            "the package index has other bytes than are pinned",
            hint="ask who keeps it; `pyv mirror add-self --wheels` takes wheels from a directory",
        )
    said = [line.removeprefix("ERROR: ") for line in done.stderr.splitlines() if line.startswith("ERROR: ")]
    raise TransferError(
        f"pip cannot fetch the wheels: {said[0] if said else done.stderr.strip()[-300:]}",
        hint=f"check the network, or name a directory with --wheels that has {names}",
    )


def _each(tags: Iterable[str]) -> list[str]:
    """Compressed sets of tags (`manylinux2014_x86_64.manylinux_2_17_x86_64`), tag by tag, each once."""
    return list(dict.fromkeys(tag for joined in tags for tag in joined.split(".") if tag != ANY))
