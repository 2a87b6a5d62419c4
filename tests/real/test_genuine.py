"""A build of upstream's, 3.9.13, installed over HTTP from a signed mirror and used through the shims."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shlex
import zipfile
from pathlib import Path

import pytest

from tests.support.real import Mirror, Pyv, extension_answers, write_extension

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory, genuine_mirror: Mirror, genuine_index: str) -> Pyv:
    """Somebody who installed it, as the README says."""
    user = Pyv(home=tmp_path_factory.mktemp("user"))
    user.pyv("trust", "add", genuine_mirror.directory, "--yes")
    user.pyv("install", "3.9", "--index", genuine_index)
    user.pyv("local", "3.9")
    return user


def prefix(user: Pyv) -> str:
    return f"{user.root}/versions/3.9.13"


def test_the_shim_answers(user: Pyv) -> None:
    assert user.say("python", "--version") == "Python 3.9.13"
    assert user.say("python3.9", "-c", "import sys; print(sys.prefix)") == prefix(user)
    assert user.pyv("which", "python").stdout == f"{prefix(user)}/bin/python\n"


@pytest.mark.parametrize(
    "module", ["ssl", "sqlite3", "ctypes", "lzma", "bz2", "zlib", "hashlib", "tkinter", "readline", "curses", "uuid"]
)
def test_a_module_imports(user: Pyv, module: str) -> None:
    assert user.python(f"import {module}; print({module}.__name__)") == module


def test_build_data_names_the_prefix_and_the_compiler_of_this_machine(user: Pyv) -> None:
    told = json.loads(user.python("import json, sysconfig; print(json.dumps(sysconfig.get_config_vars()))"))

    assert {told[name] for name in ("prefix", "exec_prefix", "base")} == {prefix(user)}
    assert (told["LIBDIR"], told["INCLUDEPY"]) == (f"{prefix(user)}/lib", f"{prefix(user)}/include/python3.9")
    assert [told[name].split()[0] for name in ("CC", "CXX", "AR", "LDSHARED")] == ["cc", "c++", "ar", "cc"]
    assert {name: value for name, value in told.items() if "/install/" in f"{value}/".replace("bin/install", "")} == {}


def test_the_makefile_names_the_prefix_and_the_compiler_of_this_machine(user: Pyv) -> None:
    makefile = user.python("import sysconfig; print(sysconfig.get_makefile_filename())")

    lines = Path(makefile).read_text(encoding="utf-8").splitlines()

    assert makefile.startswith(prefix(user))
    assert f"prefix=\t\t{prefix(user)}" in lines
    assert [line.split("=")[1].split()[0] for line in lines if line.startswith("CC=")] == ["cc"]


def test_pip_of_the_interpreter_answers_through_its_shim(user: Pyv) -> None:
    assert user.say("pip", "--version").endswith("(python 3.9)")


def test_a_venv_has_pip_that_installs_a_wheel(user: Pyv) -> None:
    wheel = tiny_wheel(user.project)
    environment = user.project / "env"

    user.run("python", "-m", "venv", environment)
    user.run(environment / "bin" / "pip", "install", "--no-index", "--disable-pip-version-check", wheel)

    printed = user.say(environment / "bin" / "python", "-c", "import sys, tiny; print(tiny.NAME, sys.prefix)")
    assert printed == f"tiny {environment}"
    assert f"{environment}/lib/python3.9/" in user.say(environment / "bin" / "pip", "--version")


def tiny_wheel(directory: Path) -> Path:
    """A wheel of one module."""
    files = {
        "tiny.py": 'NAME = "tiny"\n',
        "tiny-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
        "tiny-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: tiny\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = []
    for name, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest()).rstrip(b"=").decode()
        record.append(f"{name},sha256={digest},{len(content)}\n")
    files["tiny-1.0.dist-info/RECORD"] = "".join([*record, "tiny-1.0.dist-info/RECORD,,\n"])
    wheel = directory / "tiny-1.0-py3-none-any.whl"
    directory.mkdir(exist_ok=True)
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return wheel


@pytest.fixture
def source(user: Pyv, request: pytest.FixtureRequest) -> Path:
    """A small extension module, in a directory of its own."""
    return write_extension(user.project / str(request.node.name))


def test_an_extension_builds_with_the_variables_of_sysconfig(user: Pyv, source: Path) -> None:
    names = ["CC", "CFLAGS", "CCSHARED", "INCLUDEPY", "LDSHARED", "EXT_SUFFIX"]
    told = user.python(f"import json, sysconfig; print(json.dumps(sysconfig.get_config_vars(*{names})))")
    cc, cflags, ccshared, include, ldshared, suffix = json.loads(told)
    product = source.with_suffix(".o")

    user.run(*map(str, [*shlex.split(f"{cc} {cflags} {ccshared}"), f"-I{include}", "-c", source, "-o", product]))
    user.run(*map(str, [*shlex.split(ldshared), product, "-o", source.with_name(f"question{suffix}")]))

    assert extension_answers(user, source.parent) == "42"


def test_an_extension_builds_with_what_python_config_says(user: Pyv, source: Path) -> None:
    said = {word: user.say("python3.9-config", f"--{word}") for word in ("cflags", "ldflags", "extension-suffix")}
    module = source.with_name(f"question{said['extension-suffix']}")

    cflags, ldflags = shlex.split(said["cflags"]), shlex.split(said["ldflags"])
    user.run("cc", *cflags, "-fPIC", "-shared", source, "-o", module, *ldflags)

    # the script follows links: it names the prefix behind `versions/3.9.13`
    assert f"-I{os.path.realpath(prefix(user))}/include/python3.9" in cflags
    assert extension_answers(user, source.parent) == "42"


def test_an_extension_builds_with_setuptools(user: Pyv, source: Path) -> None:
    code = (
        f"import os; os.chdir({str(source.parent)!r}); from setuptools import Extension, setup; "
        "setup(name='question', script_args=['-q', 'build_ext', '--inplace'], "
        "ext_modules=[Extension('question', ['question.c'])])"
    )

    user.python(code)

    assert extension_answers(user, source.parent) == "42"
