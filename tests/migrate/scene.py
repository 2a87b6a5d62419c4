"""Fake trees of pyenv and uv, a scripted `pyenv` and `uv` that resolve by themselves, and twins whose pip is a script.

Nothing of another tool is imported or copied: the scripts know just enough of its rules to be asked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from tests.install.scene import HERE, publish
from tests.selection.tree import write_program
from tests.support.archives import tiny_archive
from tests.support.index import SignedIndex
from tests.support.runner import Machine, Run

PYTHON = '#!/bin/sh\necho "{name} of {tool}: $*"\n'

PYENV = """\
#!/bin/sh
# Exact names, then the last name of a prefix in the order `ls -v` has; `system` last.
find_file() {
    dir=$PWD
    while :; do
        if [ -f "$dir/.python-version" ]; then file=$dir/.python-version; return; fi
        if [ -z "$dir" ] || [ "$dir" = / ]; then break; fi
        dir=${dir%/*}
    done
    file=$PYENV_ROOT/version
}
status=0 names= program= missing=
find_file
words=$(tr -d '\\r' 2>/dev/null <"$file" | awk '$1 !~ /^#/ { print $1 }') || words=
for word in ${words:-system}; do
    name=
    if [ "$word" = system ] || [ -d "$PYENV_ROOT/versions/$word" ]; then name=$word
    else name=$(ls -v "$PYENV_ROOT/versions" | grep "^$word[.-]" | tail -n 1); fi
    if [ -z "$name" ]; then
        missing=$missing$word
        echo "pyenv: version \\`$word' is not installed (set by $file)" >&2
        status=1
        continue
    fi
    names=${names:+$names:}$name
    if [ -z "$program" ] && [ -x "$PYENV_ROOT/versions/$name/bin/python" ]; then
        program=$PYENV_ROOT/versions/$name/bin/python
    fi
done
case $1 in
version-name) echo "$names"; exit "$status" ;;
which)
    if [ -z "$program" ]; then program=$(command -v "$2"); fi
    if [ -z "$program" ]; then echo "pyenv: $2: command not found" >&2; exit 127; fi
    echo "$program"
    ;;
*) echo "pyenv: no such command \\`$1'" >&2; exit 1 ;;
esac
"""

UV = """\
#!/bin/sh
# `uv python find --system --no-project`: the last managed interpreter of the first word of the nearest pin.
dir=$PWD word=
while [ -n "$dir" ]; do
    if [ -f "$dir/.python-version" ]; then read -r word <"$dir/.python-version"; break; fi
    dir=${dir%/*}
done
key=$(ls -v "$UV_PYTHON_INSTALL_DIR" | grep -E "^cpython-${word#cpython-}[.-]" |
    grep -v windows | grep -E "^cpython-[0-9]+[.][0-9]+[.]" | tail -n 1)
if [ "$1 $2 $UV_PYTHON_DOWNLOADS" != "python find never" ]; then echo "error: not asked so" >&2; exit 9; fi
if [ -z "$key" ]; then echo "error: No interpreter found for Python $word" >&2; exit 2; fi
echo "$UV_PYTHON_INSTALL_DIR/$key/bin/python3"
"""

TWIN = """\
#!/bin/sh
# A twin that only knows `-I -m pip install … -r FILE`: it writes the metadata of what it is asked for.
prefix=$(cd "$(dirname "$0")/.." && pwd -P)
if [ "$1 $2 $3 $4" != "-I -m pip install" ]; then echo "Python {version}"; exit 0; fi
if [ -n "${{PIP_FAKE_STALL-}}" ]; then
    echo $$ >"$PIP_FAKE_STALL.new" && mv "$PIP_FAKE_STALL.new" "$PIP_FAKE_STALL"
    exec sleep 300
fi
if [ -n "${{PIP_FAKE_ABSENT-}}" ]; then echo "python: No module named pip" >&2; exit 1; fi
for last do :; done
echo "$* PIP_INDEX_URL=${{PIP_INDEX_URL-}} PYTHONPATH=${{PYTHONPATH-}}" >>"$prefix/pip.log"
for refused in ${{PIP_FAKE_REFUSED-}}; do
    if grep -q "^$refused==" "$last"; then
        echo "Looking in indexes: nowhere" >&2
        echo "ERROR: No matching distribution found for $refused" >&2
        exit 1
    fi
done
while IFS= read -r line; do
    name=${{line%%==*}} version=${{line##*==}}
    mkdir -p "$prefix/lib/python{minor}/site-packages/$name-$version.dist-info"
    printf 'Metadata-Version: 2.1\\nName: %s\\nVersion: %s\\n' "$name" "$version" \
        >"$prefix/lib/python{minor}/site-packages/$name-$version.dist-info/METADATA"
    printf '#!/bin/sh\\n' >"$prefix/bin/$name-program" && chmod +x "$prefix/bin/$name-program"
done <"$last"
"""


def site_packages(prefix: Path, version: str) -> Path:
    """Where packages of a version lie."""
    return prefix / "lib" / f"python{'.'.join(version.split('.')[:2])}" / "site-packages"


def add_package(site: Path, name: str, version: str, direct_url: str = "") -> Path:
    """The metadata of a distribution, as pip writes it."""
    directory = site / f"{name.replace('-', '_')}-{version}.dist-info"
    directory.mkdir(parents=True)
    (directory / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    if direct_url:
        (directory / "direct_url.json").write_text(direct_url)
    return directory


@dataclass(frozen=True)
class Pyenv:
    """A tree of pyenv's layout."""

    place: Path

    @property
    def versions(self) -> Path:
        """Its versions."""
        return self.place / "versions"

    def install(self, name: str, **packages: str) -> Path:
        """An interpreter with packages; its prefix."""
        prefix = self.versions / name
        for program in ("python", "python3"):
            write_program(prefix / "bin" / program, PYTHON.format(name=name, tool="pyenv"))
        for package, version in packages.items():
            add_package(site_packages(prefix, name), package, version)
        return prefix

    def environment(self, python: str, name: str) -> Path:
        """A virtual environment as pyenv's plugin makes them: in the interpreter, with a link beside it."""
        prefix = self.versions / python / "envs" / name
        write_program(prefix / "bin" / "python", PYTHON.format(name=name, tool="pyenv"))
        (prefix / "pyvenv.cfg").write_text(f"home = {self.versions / python / 'bin'}\n")
        (self.versions / name).symlink_to(prefix)
        return prefix

    def alias(self, name: str, target: str) -> None:
        """A link to another name."""
        (self.versions / name).symlink_to(target)

    def executable(self, text: str = PYENV) -> Path:
        """`bin/pyenv`."""
        return write_program(self.place / "bin" / "pyenv", text)


@dataclass(frozen=True)
class Uv:
    """A directory of interpreters as uv has them."""

    place: Path

    def install(self, key: str, **packages: str) -> Path:
        """An interpreter by its key; its prefix."""
        prefix = self.place / key
        write_program(prefix / "bin" / "python3", PYTHON.format(name=key, tool="uv"))
        (prefix / "bin" / "python").symlink_to("python3")
        for package, version in packages.items():
            add_package(site_packages(prefix, key.split("-")[1]), package, version)
        return prefix


def key(version: str) -> str:
    """The key uv gives a version on this host."""
    arch, _, system, libc = HERE.split("-")
    return f"cpython-{version}-{system}-{arch}-{libc}"


def twins(place: Path, machine: Machine, *versions: str) -> Path:
    """A mirror with a twin of each version, which this machine trusts."""
    index = SignedIndex()
    for version in versions:
        minor = ".".join(version.split(".")[:2])
        program = TWIN.format(version=version, minor=minor).encode()
        index.add(version, tiny_archive(version, extra={f"bin/python{minor}": program}), triple=HERE)
    return publish(index, place, machine)


def run(machine: Machine, tool: str, *words: str | Path, **variables: str) -> Run:
    """`pyv migrate TOOL …` with further variables."""
    return replace(machine, variables={**machine.variables, **variables}).pyv("migrate", tool, *words)


def pin(directory: Path, text: str) -> Path:
    """A `.python-version`."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / ".python-version"
    path.write_text(text)
    return path
