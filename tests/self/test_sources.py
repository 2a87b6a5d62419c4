"""`scripts/install.sh` without a mirror: upstream's releases and pip; and in a checkout."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from pyv import __version__
from pyv.transfer.locations import UPSTREAM
from tests.self.kit import ARCHIVE, CHECKOUT, OWN_WHEEL, SCRIPT, Bare, Tiny, program, toolbox
from tests.support.runner import Machine
from tests.support.server import Server

CDN, RELEASES = (address.partition("//")[2] for address in UPSTREAM)


@pytest.fixture
def online(machine: Machine, server: Server, tmp_path: Path) -> Bare:
    """A machine whose curl finds upstream on loopback, and whose pip finds wheels in a directory."""
    tools = toolbox(tmp_path / "bin", "sha256sum")
    (tools / "real-curl").symlink_to(shutil.which("curl") or "curl")
    program(
        tools,
        "curl",
        f"""for word do
    case $word in
    https://*) word={server.url}/$(printf '%s' "$word" | cut -c 9-) ;;
    =https) word==http ;;
    esac
    set -- "$@" "$word"
    shift
done
exec real-curl "$@\"""",
    )
    variables = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path / "index"), "PIP_REQUIRE_VIRTUALENV": "1"}
    return Bare(Machine(machine.home, machine.root, machine.cwd, variables), tools)


@pytest.fixture
def published(tiny: Tiny, tmp_path: Path) -> Path:
    """The wheels, as an index gives them out."""
    index = tmp_path / "index"
    index.mkdir()
    for part, content in tiny.contents.items():
        if part.kind != "python":
            (index / part.file).write_bytes(content)
    return index


def test_the_content_network_then_the_releases_and_pip(
    online: Bare, published: Path, tiny: Tiny, server: Server
) -> None:
    server.put(f"/{CDN}20261110/{ARCHIVE}", status=410)
    server.put(f"/{RELEASES}20261110/{ARCHIVE}", tiny.contents[tiny.part("python")])
    online.install(tiny.script, "-q").shows()
    assert online.dependency() == "version = '1.0'\n"
    assert [request.path for request in server.requests] == [
        f"/{CDN}20261110/{ARCHIVE}",
        f"/{RELEASES}20261110/{ARCHIVE}",
    ]
    (published / "plain-1.0-py3-none-any.whl").write_bytes(Tiny.make("6.6").contents[Tiny.make("6.6").part("wheel")])
    online.install(tiny.script, "--uninstall", "-q").shows()
    online.install(tiny.script, "-q").fails(4, "pyv: the package index has other bytes than are pinned\n")
    (published / OWN_WHEEL).unlink()
    online.install(tiny.script, "-q").fails(
        5, "pyv: pip cannot fetch the wheels: Could not find a version that satisfies the requirement ", "hint: check"
    )
    assert online.releases == []


def test_upstream_out_of_reach(online: Bare, tiny: Tiny) -> None:
    online.install(tiny.script, "-q").shows(
        "",
        f"pyv: cannot fetch {ARCHIVE}: {UPSTREAM[0].rstrip('/')}: The requested URL returned error: 404; "
        f"{UPSTREAM[1].rstrip('/')}: The requested URL returned error: 404\n"
        "hint: check the network and its proxy (https_proxy), or give --from a mirror\n",
        5,
    )


@pytest.fixture
def checkout(tiny: Tiny, tmp_path: Path) -> Path:
    """A checkout in miniature, whose script pins no pyv."""
    place = tmp_path / "checkout"
    files = {
        "pyproject.toml": "",
        "scripts/install.sh": tiny.without("pyv").script,
        "src/pyv/__init__.py": f'__version__ = "{__version__}"\n',
        "src/pyv/__main__.py": "",
        "src/pyv/store/own.py": "",
        "src/pyv/mirror/__init__.py": "",
        "src/pyv/__pycache__/x.pyc": "",
        "manifests/metadata/1.root.json": "{}",
        "manifests/targets/manifest/a.json": "{}",
        f"manifests/targets/manifest/{'0' * 64}.a.json": "{}",
        "manifests/.pyv/private": "",
    }
    for name, text in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    return place


def test_a_checkout(bare: Bare, checkout: Path, mirror: Path) -> None:
    script = checkout / "scripts/install.sh"
    bare.install(script, "--from", mirror, "-q").shows()
    first = bare.started()
    placed = bare.root / "self" / first / "lib/python3.13/site-packages/pyv"
    assert {str(path.relative_to(placed)) for path in placed.rglob("*") if path.is_file()} == {
        "__init__.py",
        "__main__.py",
        "store/own.py",
        "mirror/__init__.py",
        "mirror/install.sh",
        "manifests/metadata/1.root.json",
        "manifests/targets/manifest/a.json",
    }
    (checkout / "src/pyv/__pycache__/y.pyc").touch()
    bare.install(script, "--from", mirror).shows("", f"pyv {__version__} is there already: {bare.root}/bin/pyv\n")
    (checkout / "src/pyv/more.py").touch()
    bare.install(script, "--from", mirror, "-q").shows()
    assert bare.started() != first
    assert bare.releases == [bare.started()]


def test_what_lies_around_a_script_that_pins_pyv_is_not_taken(
    bare: Bare, checkout: Path, tiny: Tiny, mirror: Path
) -> None:
    """Somebody fetches a release's script to `/tmp/mine`; `/tmp/src` may be another user's."""
    for place in ("mine", "scripts"):
        script = checkout / place / "install.sh"
        script.parent.mkdir(exist_ok=True)
        script.write_text(tiny.script)
        bare.install(script, "--from", mirror, "-q").shows()
        (packages,) = bare.root.glob("self/*/lib/python3.13/site-packages")
        assert not (packages / "pyv/mirror").exists()
    script = checkout / "mine" / "install.sh"
    script.write_text(tiny.without("pyv").script)
    bare.install(script, "--from", mirror).fails(1, "this install.sh pins no pyv")


def test_the_script_here_is_one_of_a_checkout(bare: Bare) -> None:
    bare.install(SCRIPT, "--version").shows(f"pyv {__version__}\n")
    bare.install(SCRIPT.read_text(), "--version").fails(1, "pyv: this install.sh pins no pyv")


def test_words_of_a_server_are_no_command(machine: Machine, tiny: Tiny, tmp_path: Path) -> None:
    """Neither to a terminal nor to GitHub's runner, which obeys `##[` anywhere in a line."""
    bare = Bare(machine, toolbox(tmp_path / "bin", "curl", "sha256sum"))
    program(bare.tools, "curl", r"printf 'curl: (6) no host: \033[31m##[add-mask]a%%0A\n' >&2; exit 6")
    run = bare.install(tiny.script, "--from", "http://mirror.invalid", GITHUB_ACTIONS="true").fails(5)
    assert "no host: ?[31m##?add-mask]a%0A\nhint: " in run.stderr
    assert "no host: ?[31m##?add-mask]a%250A check the address" in run.stderr


def test_the_page_shows_what_happens(bare: Bare, mirror: Path) -> None:
    """The transcript of docs/install.md, with sizes, seconds, counts and places made comparable."""
    page = (CHECKOUT / "docs/install.md").read_text(encoding="utf-8")
    block = page.split("<!-- transcript: install.sh -->\n```console\n")[1].split("```")[0]
    bare.machine.cwd.joinpath("install.sh").write_text((mirror / "self/install.sh").read_text())
    shown = ""
    for command in re.findall(r"^\$ (.*)$", block, flags=re.MULTILINE):
        words = shlex.split(command.replace("https://mirror.example/pyv", str(mirror)))
        assert words[:2] == ["sh", "install.sh"]
        run = bare.install(bare.machine.cwd / "install.sh", *words[2:]).ok()
        shown += f"$ {command}\n{run.stdout}{run.stderr}"
    assert comparable(shown.replace(str(bare.machine.home), "~")) == comparable(block)


def comparable(text: str) -> str:
    text = re.sub(r"\d+ wheels", "N wheels", re.sub(r"\(\d+\.\d MB", "(SIZE", text))
    return re.sub(r"in \d+ s\n", "in S s\n", text)


def test_the_page_names_every_option(bare: Bare) -> None:
    shown = bare.install(SCRIPT, "--help").ok().stdout
    page = (CHECKOUT / "docs/install.md").read_text(encoding="utf-8")
    named = set(re.findall(r"--[a-z]+", page.split("## Without Python")[1])) - {"--install", "--pyv"}
    assert named == set(re.findall(r"--[a-z]+", shown)) - {"--version", "--help"}
    assert set(re.findall(r"\bPYV_[A-Z_]+", page)) - {"PYV_INDEX", "PYV_MIRROR"} == {"PYV_SELF_FROM", "PYV_ROOT"}
