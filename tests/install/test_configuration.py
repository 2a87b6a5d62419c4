"""Configuration files: who may say what, and that nothing misspelt, loose or unreadable passes for silence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pyv.domain.policy import Policy
from pyv.errors import DocumentError, PolicyError, PyvError, StoreError
from pyv.install.configuration import MAX_BYTES, Configuration, read_configuration
from pyv.install.configured_by import ADMIN

LINUX, ARM = "x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"


class Files:
    """Where each file lies."""

    def __init__(self, place: Path) -> None:
        self.admin = place / "etc" / "config.toml"
        self.root = place / "root"
        self.user = self.root / "config.toml"
        self.project = place / "work" / "pyv.toml"
        self.cwd = place / "work" / "a" / "b"
        for directory in (self.admin.parent, self.root, self.cwd):
            directory.mkdir(parents=True)

    def read(self, max_staleness: int | None = None) -> Configuration:
        return read_configuration(self.root, self.cwd, max_staleness=max_staleness, admin=self.admin)

    def refuses(self, kind: type[PyvError], message: str, hint: str | None = None) -> None:
        with pytest.raises(PyvError) as caught:
            self.read()
        assert (type(caught.value), caught.value.message) == (kind, message)
        assert hint is None or caught.value.hint == hint


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_no_files(files: Files) -> None:
    assert files.read() == Configuration(index=None, mirrors=(), policy=Policy())
    assert str(ADMIN) == "/etc/pyv/config.toml"


def test_no_file_needs_no_parser(files: Files) -> None:
    script = (
        "import sys; from pathlib import Path; from pyv.install.configuration import read_configuration as read\n"
        "read(Path(sys.argv[1]), Path(sys.argv[2]), admin=Path(sys.argv[3]))\n"
        "print(sorted({'tomllib', 'tomli', 'packaging', 'httpx'} & set(sys.modules)))\n"
    )
    command = [sys.executable, "-c", script, str(files.root), str(files.cwd), str(files.admin)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"
    files.user.write_text("")
    assert "tom" in subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_all_three(files: Files) -> None:
    files.admin.write_text(
        'index = "https://a.example/"\nmirrors = ["https://m.example/", "upstream"]\n'
        f'[policy]\nlevel = "artifact-signature"\nmax_staleness = "7d"\ntriples = ["{LINUX}", "{ARM}"]\n'
    )
    files.user.write_text('index = "mirror"\n[policy]\nmax_staleness = "12h"\nminimum_release_age = "3d"\n')
    files.project.write_text(
        f'[policy]\nlevel = "index-fresh"\nversions = ">=3.11"\ntriples = ["{LINUX}"]\nverify_before_extract = true\n'
    )
    read = files.read()
    assert (read.index, read.mirrors) == (str(files.root / "mirror"), ("https://m.example/", "upstream"))
    policy = read.policy
    assert (policy.level, policy.max_staleness, policy.minimum_release_age) == ("index-fresh", 43200, 259200)
    assert (policy.triples, policy.versions, policy.verify_before_extract) == (frozenset({LINUX}), (">=3.11",), True)
    assert policy.sources == (str(files.admin), str(files.user), str(files.project))
    assert files.read(max_staleness=999999).policy.max_staleness == 7 * 86400
    assert files.read(max_staleness=60).policy.max_staleness == 60


def test_places_are_relative_to_their_file(files: Files) -> None:
    files.admin.write_text('index = "../srv/index"\nmirrors = ["m", "/n/", "file:///o", "upstream"]\n')
    read = files.read()
    top = files.admin.parent
    assert (read.index, read.mirrors) == (str(top.parent / "srv/index"), (f"{top}/m", "/n", "file:///o", "upstream"))


def test_a_person_may_have_no_mirrors(files: Files) -> None:
    files.admin.write_text('mirrors = ["/m"]\n')
    files.user.write_text("mirrors = []\n")
    assert files.read().mirrors == ()


def test_only_the_nearest_project_file(files: Files) -> None:
    files.project.write_text('[policy]\nlevel = "index-fresh"\n')
    assert files.read().policy.level == "index-fresh"
    (files.cwd.parent / "pyv.toml").write_text('[policy]\nlevel = "artifact-signature"\n')
    assert files.read().policy.level == "artifact-signature"


def test_a_project_loosens_nothing(files: Files) -> None:
    files.admin.write_text(
        f'[policy]\nlevel = "index-fresh"\ntriples = ["{LINUX}"]\nversions = "<3.13"\n'
        'verify_before_extract = true\nstrict = true\nminimum_release_age = "7d"\nmax_staleness = "1d"\n'
    )
    before = files.read().policy
    files.project.write_text(
        f'[policy]\nlevel = "sha256"\ntriples = ["{LINUX}", "{ARM}"]\nversions = ">=2"\n'
        'verify_before_extract = false\nstrict = false\nminimum_release_age = "0"\nmax_staleness = "99d"\n'
    )
    after = files.read().policy
    assert before.strict
    for name in ("level", "triples", "verify_before_extract", "strict", "minimum_release_age", "max_staleness"):
        assert getattr(after, name) == getattr(before, name), name
    assert after.versions == ("<3.13", ">=2")


@pytest.mark.parametrize("key", ["index", "mirrors", "keys", "roots", "urls", "trust"])
def test_a_project_adds_nothing(files: Files, key: str) -> None:
    files.project.write_text(f'{key} = "https://evil.example/"\n')
    files.refuses(
        PolicyError,
        f"{files.project} names `{key}`: a project may tighten the policy, and add nothing",
        "put it into config.toml below PYV_ROOT, or into /etc/pyv/config.toml",
    )


@pytest.mark.parametrize("key", ["repack_keys", "artifact_keys"])
@pytest.mark.parametrize("text", ["[policy]\n{} = []", '{} = ["x"]'])
def test_a_project_names_no_key(files: Files, key: str, text: str) -> None:
    files.project.write_text(text.format(key))
    files.refuses(
        PolicyError,
        f"{files.project} names `{key}`: a project may tighten the policy, and add nothing",
        "put it into config.toml below PYV_ROOT, or into /etc/pyv/config.toml",
    )


@pytest.mark.parametrize("key", ["repack_keys", "artifact_keys"])
def test_whose_keys_count(files: Files, key: str) -> None:
    def found() -> object:
        return getattr(files.read().policy, key)

    one, other, third = "AB" * 32, "cd" * 32, "ef" * 32
    files.user.write_text(f'[policy]\n{key} = ["{one}", "{third}"]\n')
    assert found() == (one.lower(), third)
    files.admin.write_text(f'[policy]\n{key} = ["{other}", "{one}"]\n')
    assert found() == (one.lower(),)
    files.user.write_text("")
    assert found() == (other, one.lower())
    files.admin.write_text(f"[policy]\n{key} = []\n")
    files.user.write_text(f'[policy]\n{key} = ["{one}"]\n')
    assert found() == ()


def test_which_keys_a_person_may_name(files: Files) -> None:
    one, other = "ab" * 32, "cd" * 32
    assert files.read().policy.keys_with((one, one)) == (one,)
    files.admin.write_text(f'[policy]\nartifact_keys = ["{one}"]\n')
    files.user.write_text("[policy]\nartifact_keys = []\n")
    policy = files.read().policy
    assert (policy.keys_with(()), policy.keys_with((one,))) == ((), (one,))
    with pytest.raises(PolicyError, match=f"the key {other} is not among the `artifact_keys` the administrator allows"):
        policy.keys_with((one, other))


KNOWN = (
    "level, max_staleness, minimum_release_age, triples, versions, verify_before_extract, strict, repack_keys, "
    "artifact_keys"
)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("polcy = 1", "polcy: not a key pyv knows here (those are index, mirrors, policy)"),
        ("[policy]\nlevl = 1", f"policy.levl: not a key pyv knows here (those are {KNOWN})"),
        ("policy = 1", "policy: not a table"),
        ("index = 1", "index: not a string of one line"),
        ('index = ""', "index: not a string of one line"),
        ('index = "a\\nb"', "index: not a string of one line"),
        ('mirrors = "a"', "mirrors: not a list of strings of one line"),
        ("mirrors = [1]", "mirrors: not a list of strings of one line"),
        (
            '[policy]\nlevel = "high"',
            "policy.level: `high` is not a level (sha256, artifact-signature, index-fresh)",
        ),
        (
            "[policy]\nmax_staleness = 7",
            "policy.max_staleness: `7` is not a duration such as `7d`, `12h`, `30m` or `0`",
        ),
        (
            '[policy]\nminimum_release_age = "week"',
            "policy.minimum_release_age: `week` is not a duration such as `7d`, `12h`, `30m` or `0`",
        ),
        (
            '[policy]\ntriples = ["linux"]',
            "policy.triples: `linux` is not a triple such as `x86_64-unknown-linux-gnu`",
        ),
        (
            '[policy]\nversions = "3.12"',
            "policy.versions: `3.12` is not a version specifier, such as `>=3.11,<3.14`",
        ),
        ('[policy]\nversions = [">=3.12"]', "policy.versions: not a string of one line"),
        ('[policy]\nverify_before_extract = "yes"', "policy.verify_before_extract: not true or false"),
        ("[policy]\nstrict = 1", "policy.strict: not true or false"),
        ('[policy]\nrepack_keys = "ab"', "policy.repack_keys: not a list of strings of one line"),
        (
            '[policy]\nrepack_keys = ["ab"]',
            "policy.repack_keys: `ab` is not an Ed25519 public key, which has 64 hex digits",
        ),
    ],
)
def test_refused_with_its_place(files: Files, text: str, problem: str) -> None:
    files.user.write_text(text)
    files.refuses(DocumentError, f"{files.user}: {problem}")


def test_zero_needs_no_unit(files: Files) -> None:
    files.user.write_text("[policy]\nmax_staleness = 0\n")
    assert files.read().policy.max_staleness == 0


@pytest.mark.parametrize("content", [b"[policy", b"\xff", b"a = " + b"[" * 100_000, b"a = 1\na = 2\n"])
@pytest.mark.parametrize("name", ["admin", "user", "project"])
def test_no_toml(files: Files, name: str, content: bytes) -> None:
    path: Path = getattr(files, name)
    path.write_bytes(content)
    with pytest.raises(DocumentError, match="not TOML") as caught:
        files.read()
    assert caught.value.message.startswith(f"{path}: not TOML (")


def test_keys_within_keys_are_refused_before_they_cost_gigabytes(files: Files) -> None:
    """A project's file may be anybody's, and the parser takes a square of time and memory for each such line."""
    files.project.write_text("[policy]\n" + ".".join("a" * 30_000) + " = 1\n")
    files.refuses(
        DocumentError, f"{files.project}: more than 100 dots in one line: keys within keys cost a parser dearly"
    )


def test_huge(files: Files) -> None:
    files.user.write_bytes(b"#" * MAX_BYTES)
    files.read()
    files.user.write_bytes(b"#" * (MAX_BYTES + 1))
    files.refuses(DocumentError, f"{files.user}: longer than {MAX_BYTES} bytes")


def test_no_file_but_something(files: Files) -> None:
    files.user.symlink_to("nowhere")
    files.refuses(StoreError, f"cannot read {files.user}: no such file or directory")
    files.user.unlink()
    os.mkfifo(files.user)
    files.refuses(DocumentError, f"{files.user}: not a regular file")
    files.user.unlink()
    files.user.mkdir()
    files.refuses(StoreError, f"cannot read {files.user}: is a directory")


def test_a_place_that_cannot_be_looked_into_is_not_silence(files: Files) -> None:
    """A loop of links stands for a directory nobody may enter: those who run tests as root may enter all."""
    loop = files.admin.parent / "loop"
    loop.symlink_to("loop")
    files.admin = loop / "config.toml"
    files.refuses(StoreError, f"cannot read {files.admin}: too many levels of symbolic links")


def test_an_administrators_file_everybody_may_write(files: Files) -> None:
    files.admin.write_text("")
    files.admin.chmod(0o664)
    files.read()
    files.admin.chmod(0o666)
    files.refuses(
        PolicyError, f"everybody may write {files.admin}, so it is nobody's policy", f"chmod o-w {files.admin}"
    )
