"""What is documented is true: the README's transcript is run, its commands exist, versions and links agree."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from pyv import __version__
from tests.support.archives import tiny_archive
from tests.support.index import SignedIndex
from tests.support.runner import Machine, Run

CHECKOUT = Path(__file__).parent.parent
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
SECURITY = (CHECKOUT / "SECURITY.md").read_text(encoding="utf-8")
DOCUMENTS = [*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/**/*.md")]
SIZE = re.compile(r"\d+(\.\d)? (MB|bytes)")
FETCHED = re.compile(r"in \d+\.\d s \(SIZE from [^;]+;")


def transcript(name: str) -> list[tuple[str, list[str]]]:
    """The commands of a marked console block, each with what it showed."""
    block = README.split(f"<!-- transcript: {name} -->\n```console\n")[1].split("```")[0]
    steps: list[tuple[str, list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            steps.append((line[2:], []))
        else:
            steps[-1][1].append(line)
    return steps


def settled(text: str, machine: Machine) -> list[str]:
    """Output with sizes, seconds and places made comparable; installations end in any order."""
    text = SIZE.sub("SIZE", text.replace(str(machine.home), "~"))
    lines = FETCHED.sub("in S s (SIZE from PLACE;", text).splitlines()
    head = [line for line in lines if not line.startswith("installed ")]
    return head + sorted(line for line in lines if line.startswith("installed "))


def show(machine: Machine, line: str, cwd: Path) -> Run:
    words = shlex.split(line)
    variables = {}
    while "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        variables[name] = value
    if words[0] == "pyv":
        return machine.pyv(*words[1:], cwd=cwd, **variables)
    return machine.shim(words[0], *words[1:], cwd=cwd, **variables)


def test_the_readme_transcript_is_what_happens(tmp_path: Path) -> None:
    index = SignedIndex()
    for version, build in (("3.12.2", "20240224"), ("3.13.1", "20250115")):
        index.add(version, tiny_archive(version), build=build)
    mirror = index.write(tmp_path / "mirror")
    machine = Machine.fresh(tmp_path)
    service = machine.home / "my-service"
    service.mkdir()
    machine.pyv("trust", "add", mirror, "--yes").ok()
    steps = transcript("main")
    assert steps.pop(0)[0].startswith("export PYV_INDEX=https://mirror.example/pyv ")
    for command, shown in steps:
        run = show(Machine(machine.home, machine.root, service, {"PYV_INDEX": str(mirror)}), command, service)
        assert settled(run.stdout + run.stderr, machine) == settled("\n".join(shown), machine), command


def test_both_readme_commands_exist() -> None:
    commands = re.findall(r"^(\./scripts/\w+)", README, flags=re.MULTILINE)
    assert commands == ["./scripts/quickstart", "./scripts/test"]
    for command in commands:
        assert (CHECKOUT / command).stat().st_mode & 0o111


def test_the_records_the_readme_counts(machine: Machine) -> None:
    count = int(re.findall(r"([\d,]+) signed records of 21 platforms", README)[0].replace(",", ""))
    found = machine.pyv("available", "--all-platforms", "--json").ok().json["artifacts"]
    assert (len(found), len({artifact["triple"] for artifact in found})) == (count, 21)
    assert f"{count:,} records of 21 triples" in (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_command_the_readme_names_has_help(machine: Machine) -> None:
    table = README.split("## Commands")[1].split("## Beside")[0]
    named = {word for words in re.findall(r"`pyv ([a-z|-]+)", table) for word in words.split("|")}
    named |= set(re.findall(r"`([a-z]+)`(?=[, ])", table.split("pyenv's own")[0].rsplit("| ", 1)[0]))
    assert {"install", "available", "mirror", "trust", "local", "versions", "init", "uninstall"} <= named
    for command in sorted(named):
        assert machine.pyv(command, "--help").ok().stdout.startswith("Usage: pyv"), command


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_links_inside_the_repository_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8")):
        assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_the_architecture_page_names_files_that_exist() -> None:
    page = (CHECKOUT / "docs/architecture.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:[a-z_]+/)?[a-z_]+\.py|[a-z]+/)`", page)
    assert len(named) > 20
    ours = {"metadata/": "the place kept free for TUF"}
    bases = (CHECKOUT / "src/pyv", CHECKOUT)
    missing = [name for name in named if name not in ours and not any((base / name).exists() for base in bases)]
    assert missing == []


def test_the_changelog_knows_this_version() -> None:
    assert f"## [{__version__}]" in (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_errors_and_exit_codes_agree_with_the_readme() -> None:
    from pyv import errors

    codes = {
        cls.exit_code for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, errors.PyvError)
    }
    told = {int(number) for number in re.findall(r"(\d+) [a-z]", README.split("Exit codes:")[1].split(".")[0])}
    assert codes | {0, 127} == told


def test_security_names_the_key_of_the_embedded_index() -> None:
    text = (CHECKOUT / "manifests/targets/trust/artifact-keys.json").read_text(encoding="utf-8")
    listed = json.loads(text)
    assert listed["format"] == 1
    assert [key["keyid"] for key in listed["keys"]] == re.findall("`([0-9a-f]{64})`", SECURITY)
