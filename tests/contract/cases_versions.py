"""What is installed: `versions`."""

from __future__ import annotations

from tests.contract.case import case
from tests.contract.scene import BASIC, NOTHING, ODD, SYSTEM

ONLY_PYTHON2 = NOTHING.with_versions("3.12.1").having("{system}/python2")

CASES = (
    case(
        "versions/nothing at all", NOTHING, "versions", stderr="Warning: no Python detected on the system\n", status=1
    ),
    case("versions/only the system", SYSTEM, "versions", "* system (set by {root}/version)\n"),
    case("versions/only python2", ONLY_PYTHON2, "versions", "* system (set by {root}/version)\n  3.12.1\n"),
    case("versions/no system", NOTHING.with_versions("3.12.1"), "versions", "  3.12.1\n"),
    case(
        "versions/no versions directory",
        NOTHING,
        "versions",
        stderr="Warning: no Python detected on the system\n",
        status=1,
        PYENV_ROOT="{home}/none",
    ),
    case(
        "versions/natural order",
        BASIC,
        "versions",
        ("* system (set by {root}/version)\n  3.11.7\n  3.12.1\n  3.12.10\n  3.13.0\n"),
    ),
    case(
        "versions/selected",
        BASIC.pinned("3.12.1\n"),
        "versions",
        ("  system\n  3.11.7\n* 3.12.1 (set by {work}/.python-version)\n  3.12.10\n  3.13.0\n"),
    ),
    case(
        "versions/several selected",
        BASIC,
        "versions",
        (
            "* system (set by PYENV_VERSION environment variable)\n"
            "* 3.11.7 (set by PYENV_VERSION environment variable)\n"
            "  3.12.1\n"
            "  3.12.10\n"
            "* 3.13.0 (set by PYENV_VERSION environment variable)\n"
        ),
        PYENV_VERSION="3.13:system:3.11.7",
    ),
    case(
        "versions/prefix selected",
        BASIC.everywhere("3.12\n"),
        "versions",
        ("  system\n  3.11.7\n  3.12.1\n* 3.12.10 (set by {root}/version)\n  3.13.0\n"),
    ),
    case(
        "versions/missing selected",
        BASIC,
        "versions",
        "  system\n  3.11.7\n  3.12.1\n  3.12.10\n  3.13.0\n",
        stderr="pyenv: version `3.9.9' is not installed (set by PYENV_VERSION environment variable)\n",
        PYENV_VERSION="3.9.9",
    ),
    case(
        "versions/missing among others",
        BASIC.pinned("3.9.9\n3.12.1\n"),
        "versions",
        ("  system\n  3.11.7\n* 3.12.1 (set by {work}/.python-version)\n  3.12.10\n  3.13.0\n"),
        stderr="pyenv: version `3.9.9' is not installed (set by {work}/.python-version)\n",
    ),
    case(
        "versions/everything odd",
        ODD,
        "versions",
        (
            "* system (set by {root}/version)\n"
            "  3.12.1\n"
            "  3.12.1/envs/old\n"
            "  3.12.10\n"
            "  3.12.10/envs/web\n"
            "  3.13.0t\n"
            "  3.13.1\n"
            "  3.14.0rc1\n"
            "  3.15-dev\n"
            "  miniconda3-4.7.12\n"
            "  outside --> {system}\n"
            "  pypy3.10-7.3.9\n"
            "  pypy3.10-7.3.12\n"
            "  web --> {root}/versions/3.12.10/envs/web\n"
            "  workshop --> 3.12.10\n"
            "  workshop/envs/web\n"
        ),
    ),
    case(
        "versions/an environment selected",
        ODD,
        "versions",
        (
            "  system\n"
            "  3.12.1\n"
            "  3.12.1/envs/old\n"
            "  3.12.10\n"
            "* 3.12.10/envs/web (set by PYENV_VERSION environment variable)\n"
            "  3.13.0t\n"
            "  3.13.1\n"
            "  3.14.0rc1\n"
            "  3.15-dev\n"
            "  miniconda3-4.7.12\n"
            "  outside --> {system}\n"
            "  pypy3.10-7.3.9\n"
            "  pypy3.10-7.3.12\n"
            "  web --> {root}/versions/3.12.10/envs/web\n"
            "  workshop --> 3.12.10\n"
            "  workshop/envs/web\n"
        ),
        PYENV_VERSION="3.12.10/envs/web",
    ),
    case(
        "versions/a link selected",
        ODD,
        "versions",
        (
            "  system\n"
            "  3.12.1\n"
            "  3.12.1/envs/old\n"
            "  3.12.10\n"
            "  3.12.10/envs/web\n"
            "  3.13.0t\n"
            "  3.13.1\n"
            "  3.14.0rc1\n"
            "  3.15-dev\n"
            "  miniconda3-4.7.12\n"
            "  outside --> {system}\n"
            "  pypy3.10-7.3.9\n"
            "  pypy3.10-7.3.12\n"
            "  web --> {root}/versions/3.12.10/envs/web\n"
            "* workshop --> 3.12.10 (set by PYENV_VERSION environment variable)\n"
            "  workshop/envs/web\n"
        ),
        PYENV_VERSION="workshop",
    ),
    case("versions/--bare", BASIC.pinned("3.12.1\n"), "versions --bare", "3.11.7\n3.12.1\n3.12.10\n3.13.0\n"),
    case(
        "versions/--bare odd",
        ODD,
        "versions --bare",
        (
            "3.12.1\n"
            "3.12.1/envs/old\n"
            "3.12.10\n"
            "3.12.10/envs/web\n"
            "3.13.0t\n"
            "3.13.1\n"
            "3.14.0rc1\n"
            "3.15-dev\n"
            "miniconda3-4.7.12\n"
            "outside\n"
            "pypy3.10-7.3.9\n"
            "pypy3.10-7.3.12\n"
            "web\n"
            "workshop\n"
            "workshop/envs/web\n"
        ),
    ),
    case("versions/--bare nothing", NOTHING, "versions --bare"),
    case(
        "versions/--bare missing selected",
        BASIC,
        "versions --bare",
        "3.11.7\n3.12.1\n3.12.10\n3.13.0\n",
        PYENV_VERSION="3.9.9",
    ),
    case(
        "versions/--skip-aliases",
        ODD,
        "versions --skip-aliases",
        (
            "* system (set by {root}/version)\n"
            "  3.12.1\n"
            "  3.12.1/envs/old\n"
            "  3.12.10\n"
            "  3.12.10/envs/web\n"
            "  3.13.0t\n"
            "  3.13.1\n"
            "  3.14.0rc1\n"
            "  3.15-dev\n"
            "  miniconda3-4.7.12\n"
            "  outside --> {system}\n"
            "  pypy3.10-7.3.9\n"
            "  pypy3.10-7.3.12\n"
        ),
    ),
    case(
        "versions/--skip-envs",
        ODD,
        "versions --skip-envs",
        (
            "* system (set by {root}/version)\n"
            "  3.12.1\n"
            "  3.12.10\n"
            "  3.13.0t\n"
            "  3.13.1\n"
            "  3.14.0rc1\n"
            "  3.15-dev\n"
            "  miniconda3-4.7.12\n"
            "  outside --> {system}\n"
            "  pypy3.10-7.3.9\n"
            "  pypy3.10-7.3.12\n"
            "  web --> {root}/versions/3.12.10/envs/web\n"
            "  workshop --> 3.12.10\n"
        ),
    ),
    case(
        "versions/--bare --skip-aliases",
        ODD,
        "versions --bare --skip-aliases",
        (
            "3.12.1\n"
            "3.12.1/envs/old\n"
            "3.12.10\n"
            "3.12.10/envs/web\n"
            "3.13.0t\n"
            "3.13.1\n"
            "3.14.0rc1\n"
            "3.15-dev\n"
            "miniconda3-4.7.12\n"
            "outside\n"
            "pypy3.10-7.3.9\n"
            "pypy3.10-7.3.12\n"
        ),
    ),
    case(
        "versions/--bare --skip-envs",
        ODD,
        "versions --bare --skip-envs",
        (
            "3.12.1\n"
            "3.12.10\n"
            "3.13.0t\n"
            "3.13.1\n"
            "3.14.0rc1\n"
            "3.15-dev\n"
            "miniconda3-4.7.12\n"
            "outside\n"
            "pypy3.10-7.3.9\n"
            "pypy3.10-7.3.12\n"
            "web\n"
            "workshop\n"
        ),
    ),
    case(
        "versions/all options",
        ODD,
        "versions --skip-envs --bare --skip-aliases",
        (
            "3.12.1\n"
            "3.12.10\n"
            "3.13.0t\n"
            "3.13.1\n"
            "3.14.0rc1\n"
            "3.15-dev\n"
            "miniconda3-4.7.12\n"
            "outside\n"
            "pypy3.10-7.3.9\n"
            "pypy3.10-7.3.12\n"
        ),
    ),
    case(
        "versions/operand",
        BASIC,
        "versions 3.12",
        stderr="Usage: pyenv versions [--bare] [--skip-aliases] [--skip-envs] [--executables]\n",
        status=1,
    ),
    case(
        "versions/unknown option",
        BASIC,
        "versions --what",
        stderr="Usage: pyenv versions [--bare] [--skip-aliases] [--skip-envs] [--executables]\n",
        status=1,
    ),
    case("versions/hidden", BASIC.with_versions(".old"), "versions --bare", ".old\n3.11.7\n3.12.1\n3.12.10\n3.13.0\n"),
    case(
        "versions/a name with a blank",
        BASIC.with_versions("my python"),
        "versions",
        (
            "  system\n"
            "  3.11.7\n"
            "  3.12.1\n"
            "  3.12.10\n"
            "  3.13.0\n"
            "* my python (set by PYENV_VERSION environment variable)\n"
        ),
        PYENV_VERSION="my python",
    ),
    case(
        "versions/a name with a star",
        SYSTEM.with_versions("a*b", "aXb"),
        "versions",
        ("  system\n* a*b (set by PYENV_VERSION environment variable)\n  aXb\n"),
        PYENV_VERSION="a*b",
    ),
    case(
        "versions/relative link",
        SYSTEM.with_versions("3.12.1").linked(default="./3.12.1"),
        "versions",
        ("* system (set by {root}/version)\n  3.12.1\n  default --> ./3.12.1\n"),
    ),
    case(
        "versions/absolute link",
        SYSTEM.with_versions("3.12.1").linked(default="{root}/versions/3.12.1"),
        "versions --skip-aliases",
        "* system (set by {root}/version)\n  3.12.1\n",
    ),
    case(
        "versions/a link of a link",
        SYSTEM.with_versions("3.12.1").linked(a="b", b="3.12.1"),
        "versions",
        ("* system (set by {root}/version)\n  3.12.1\n  a --> b\n  b --> 3.12.1\n"),
    ),
    case(
        "versions/a link of a link, --skip-aliases",
        SYSTEM.with_versions("3.12.1").linked(a="b", b="3.12.1"),
        "versions --skip-aliases",
        "* system (set by {root}/version)\n  3.12.1\n",
    ),
    case(
        "versions/root with a trailing slash",
        BASIC.everywhere("3.12.1\n"),
        "versions",
        ("  system\n  3.11.7\n* 3.12.1 (set by {root}/version)\n  3.12.10\n  3.13.0\n"),
        PYENV_ROOT="{root}/",
    ),
    case(
        "versions/a pin that leads out",
        BASIC.pinned("../..\n3.12.1\n"),
        "versions",
        ("  system\n  3.11.7\n* 3.12.1 (set by {work}/.python-version)\n  3.12.10\n  3.13.0\n"),
        stderr="pyenv: invalid version `../..' ignored in `{work}/.python-version'\n",
    ),
    case(
        "versions/order of other names",
        SYSTEM.with_versions(
            "3.9.0",
            "3.10.0",
            "3.10.0rc1",
            "3.10-dev",
            "2.7.18",
            "pypy3.9-7.3.1",
            "pypy3.10-7.3.2",
            "graalpy-23",
            "3.13.0t",
            "3.13.0",
        ),
        "versions --bare",
        ("2.7.18\n3.9.0\n3.10-dev\n3.10.0\n3.10.0rc1\n3.13.0\n3.13.0t\ngraalpy-23\npypy3.9-7.3.1\npypy3.10-7.3.2\n"),
    ),
)
