"""The directory the benchmark keeps: virtual environments, archives, a mirror; used again while nothing changed."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from benchmark.errors import BenchError
from benchmark.ground import note_removal
from benchmark.machine import said

CHECKOUT = Path(__file__).resolve().parents[2]
VERSION = "3.9.13"
TRIPLE = "x86_64-unknown-linux-gnu"
GZIP = "cpython-3.9.13+20220528-x86_64-unknown-linux-gnu-install_only.tar.gz"
ZSTD = "cpython-3.9.13+20220528-x86_64-unknown-linux-gnu-pgo+lto-full.tar.zst"
PEERS = ("uv", "pbs-installer[all]")

# The tree of the gzip archive in the layout of a `full` one, with the window upstream's level 22 has: 2^27 bytes.
_REPACK = """
import sys, tarfile
if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd
source, destination = sys.argv[1:]
wanted = zstd.CompressionParameter
shape = {wanted.compression_level: 6, wanted.window_log: 27, wanted.checksum_flag: 1}
with tarfile.open(source) as old:
    with zstd.open(destination, "wb", options=shape) as packed:
        with tarfile.open(fileobj=packed, mode="w|", format=tarfile.USTAR_FORMAT) as new:
            for member in old:
                member.name = member.name.replace("python/", "python/install/", 1)
                new.addfile(member, old.extractfile(member) if member.isfile() else None)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where things are below the work directory."""

    path: Path
    python: Path
    """The interpreter the virtual environments are made with."""

    @property
    def pyv_environment(self) -> Path:
        return self.path / "venv-pyv"

    @property
    def peer_environment(self) -> Path:
        return self.path / "venv-peers"

    @property
    def pyv(self) -> str:
        return str(self.pyv_environment / "bin" / "pyv")

    @property
    def uv(self) -> str:
        return str(self.peer_environment / "bin" / "uv")

    @property
    def archive(self) -> Path:
        return self.path / "archives" / GZIP

    @property
    def mirror(self) -> Path:
        return self.path / "mirror"

    @property
    def wheels(self) -> Path:
        """Wheels of pyv and of what it needs."""
        return self.path / "wheels" / "pyv"

    @property
    def uv_wheels(self) -> Path:
        """The wheel of uv."""
        return self.path / "wheels" / "uv"

    @property
    def trusting(self) -> Path:
        """A root that trusts the mirror, and has nothing else."""
        return self.path / "trusting"

    @property
    def for_peers(self) -> Path:
        """The archive under its upstream name, in the served tree: the same inode as the blob."""
        return self.mirror / "peers" / GZIP

    def made(self) -> Place:
        """Everything there is to be, made where it is missing or old.

        Raises:
            BenchError: something cannot be made, and why.
        """
        if (sys.platform, platform.machine()) != ("linux", "x86_64"):
            raise BenchError("the genuine build it installs runs on x86-64 Linux only")
        self.installed()
        _environment(self.peer_environment, self.python, " ".join(PEERS), PEERS)
        self._archives()
        self._mirror()
        return self

    def installed(self) -> Place:
        """pyv, installed from this checkout.

        Raises:
            BenchError: it cannot be installed, and why.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        _environment(self.pyv_environment, self.python, _state_of_checkout(), (str(CHECKOUT),))
        return self

    def versions(self) -> dict[str, str]:
        """What the contenders are, for the report."""
        asked = "import importlib.metadata as m; print(m.version('pbs-installer'))"
        return {
            "pyv": said(self.pyv, "--version").removeprefix("pyv "),
            "uv": said(self.uv, "--version").split()[1],
            "pbs-installer": said(str(self.peer_environment / "bin" / "python"), "-c", asked),
        }

    def with_wheels(self) -> Place:
        """The wheels too, fetched again where pyv was changed.

        Raises:
            BenchError: they cannot be had, and why.
        """
        stamp = self.path / "wheels" / "stamp"
        wanted = f"{self.python} {_state_of_checkout()}"
        if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
            return self
        shutil.rmtree(stamp.parent, ignore_errors=True)
        self.wheels.mkdir(parents=True)
        pip = (self.pyv_environment / "bin" / "python", "-m", "pip", "--quiet", "--disable-pip-version-check")
        carry_out("building pyv's wheel", *pip, "wheel", "--no-deps", "--wheel-dir", self.wheels, CHECKOUT)
        (own,) = self.wheels.iterdir()
        carry_out("fetching what it needs", *pip, "download", "--only-binary", ":all:", "--dest", self.wheels, own)
        carry_out("fetching uv", *pip, "download", "--only-binary", ":all:", "--dest", self.uv_wheels, "uv")
        stamp.write_text(wanted, encoding="utf-8")
        return self

    def _archives(self) -> None:
        self.archive.parent.mkdir(exist_ok=True)
        if not self.archive.is_file():
            script = CHECKOUT / "scripts" / "pbs-archive"
            carry_out("packing the genuine build", str(self.python), script, "npm", self.archive.parent)
        zstd = self.archive.with_name(ZSTD)
        if not zstd.is_file():
            partial = zstd.with_suffix(".part")
            python = self.pyv_environment / "bin" / "python"
            carry_out("packing it again with zstd", python, "-c", _REPACK, self.archive, partial)
            os.replace(partial, zstd)

    def _mirror(self) -> None:
        """Made anew each time: it is pyv's own work, so an old one may be of an older pyv."""
        keys = self.path / "keys"
        for directory in (self.mirror, keys, self.trusting):
            shutil.rmtree(directory, ignore_errors=True)
        archives = sorted(self.archive.parent.glob("cpython-*.tar.*"))
        carry_out("making a mirror", self.pyv, "mirror", "init", self.mirror, "--keys", keys, "--no-passphrase")
        carry_out("filling the mirror", self.pyv, "mirror", "add", self.mirror, *archives, "--keys", keys)
        self.for_peers.parent.mkdir()
        os.link(self.mirror / "blobs" / "sha256" / self.digest(), self.for_peers)
        carry_out("trusting it", self.pyv, "trust", "add", self.mirror, "--yes", root=self.trusting)

    def refreshed(self, address: str) -> None:
        """Let the trusting root know the mirror as it is served."""
        carry_out("refreshing its index", self.pyv, "index", "refresh", "--index", address, root=self.trusting)

    def digest(self) -> str:
        """The sha256 of the gzip archive."""
        return _digest_of(self.archive)


@lru_cache
def _digest_of(path: Path) -> str:
    with path.open("rb") as stream:
        return _sha256(iter(lambda: stream.read(1 << 20), b""))


def _sha256(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def _state_of_checkout() -> str:
    """A digest of what an installation of pyv is made of."""
    files = [CHECKOUT / "pyproject.toml", CHECKOUT / "README.md"]
    files += sorted(path for name in ("src", "manifests") for path in (CHECKOUT / name).rglob("*") if path.is_file())
    kept = [path for path in files if path.suffix != ".pyc"]
    return _sha256(part for path in kept for part in (str(path.relative_to(CHECKOUT)).encode(), path.read_bytes()))


def _environment(directory: Path, python: Path, state: str, requirements: tuple[str, ...]) -> None:
    """A virtual environment with these requirements: plain copies, compiled to bytecode."""
    stamp = directory / "stamp"
    wanted = f"{python} {state}"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    if directory.exists():
        note_removal(directory.parent)
    carry_out("making a virtual environment", str(python), "-m", "venv", "--clear", directory)
    pip = (directory / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    carry_out(f"installing {' '.join(Path(name).name for name in requirements)}", *pip, "--compile", *requirements)
    stamp.write_text(wanted, encoding="utf-8")


def carry_out(what: str, *words: str | Path, root: Path | None = None, directory: Path | None = None) -> None:
    """Run a command of the preparations, and say which.

    Raises:
        BenchError: it failed; with what it said.
    """
    print(f"bench: {what}", file=sys.stderr)
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PYV_", "PYENV_", "PYTHON"))}
    if root is not None:
        own["PYV_ROOT"] = str(root)
    if directory is not None:
        own["PWD"] = str(directory)
    command = [os.fspath(word) for word in words]
    done = subprocess.run(
        command, cwd=directory, env=own, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BenchError(f"{what} failed\n{done.stderr.strip() or done.stdout.strip()}")
