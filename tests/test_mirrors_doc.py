"""The runbook of mirrors is true: its blocks marked `run` are run one after the other, and every option exists."""

from __future__ import annotations

import hashlib
import re
import shlex
from functools import cache
from pathlib import Path

import pytest

from tests.install.scene import publish
from tests.support.archives import tiny_archive
from tests.support.index import LINUX, SignedIndex
from tests.support.runner import Machine

CHECKOUT = Path(__file__).parent.parent
RUNBOOK = (CHECKOUT / "docs/mirrors.md").read_text(encoding="utf-8")
PAGES = ("README.md", "SECURITY.md", "docs/mirrors.md", "docs/publishing.md", "docs/trust.md")


def blocks() -> list[str]:
    """The commands of the runbook that are marked, in order."""
    marked = re.findall(r"<!-- run -->\n```sh\n(.*?)```", RUNBOOK, flags=re.DOTALL)
    return [line for block in marked for line in block.splitlines() if line.strip()]


def test_the_runbook_runs(tmp_path: Path) -> None:
    machine = Machine.fresh(tmp_path)
    index = SignedIndex()
    for version in ("3.11.9", "3.12.2", "3.13.1"):
        index.add(version, tiny_archive(version), triple=LINUX)
    upstream = publish(index, tmp_path / "upstream", machine)
    places = {"/srv/pyv": "mirror", "/secure/keys": "keys", "/media/usb": "usb", "/far/pyv": "far"}
    for name in ("usb",):
        (tmp_path / name).mkdir()
    lines = blocks()
    assert len(lines) >= 10
    for line in lines:
        spelled = line.replace("UPSTREAM", str(upstream))
        for place, name in places.items():
            spelled = spelled.replace(place, str(tmp_path / name))
        if "ROOTDIGEST" in spelled:
            root = (tmp_path / "mirror/metadata/1.root.json").read_bytes()
            spelled = spelled.replace("ROOTDIGEST", hashlib.sha256(root).hexdigest())
        words = shlex.split(spelled)
        assert words.pop(0) == "pyv"
        run = machine.pyv(*words, PYV_KEY_PASSPHRASE="of the tests")
        assert run.status == 0, (line, run.stdout, run.stderr)


@cache
def help_of(*command: str) -> str:
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        return Machine.fresh(Path(place)).pyv(*command, "--help").ok().stdout


def documented(page: str) -> list[str]:
    """Every command of `pyv mirror` a page spells, in blocks and in the text."""
    text = (CHECKOUT / page).read_text(encoding="utf-8")
    spans = re.findall(r"`(pyv mirror [^`\n]+)`", text)
    spans += re.findall(r"^(?:\$ )?(pyv mirror .+)$", text, flags=re.MULTILINE)
    return [re.sub(r"\s+#.*", "", span) for span in spans]


@pytest.mark.parametrize("page", PAGES)
def test_every_option_a_page_names_exists(page: str) -> None:
    for span in documented(page):
        words = span.split()[2:]
        if not re.fullmatch(r"[a-z]+", words[0]):
            continue  # a family of commands: `pyv mirror init|add`
        command = ["mirror", words.pop(0)]
        if command[1] == "sign" and words and re.fullmatch(r"[a-z]+", words[0]):
            command.append(words.pop(0))
        shown = help_of(*command)
        for option in re.findall(r"(?<!\S)(--[a-z0-9-]+|-[a-z])(?![\w-])", " ".join(words)):
            assert re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", shown), f"{page}: {span}: {option}"
