"""Seeds of what people write: configuration, requests, pins, names of archives."""

from __future__ import annotations

from collections.abc import Mapping

from tests.prove.fuzzing.genuine import LINUX

_CONFIG = f"""\
index = "https://mirror.example/pyv"
mirrors = ["upstream", "blobs", "file:///media/usb"]

[policy]
level = "artifact-signature"
max_staleness = "7d"
minimum_release_age = "12h"
triples = ["{LINUX}", "aarch64-apple-darwin"]
versions = ">=3.11,<3.14"
verify_before_extract = true
strict = true
"""
_NAME = f"cpython-3.12.2+20240224-{LINUX}-install_only.tar.gz"


def _config() -> Mapping[str, str]:
    return {
        "good-everything": _CONFIG,
        "good-policy": _CONFIG.partition("\n\n")[2],
        "good-empty": "",
        "good-dotted": 'policy.level = "index-fresh"\npolicy.max_staleness = 0\n',
        "bad-unknown-key": "[policy]\nlevels = 1\n",
        "bad-level": '[policy]\nlevel = "none"\n',
        "bad-duration": "[policy]\nmax_staleness = 7\n",
        "bad-triple": '[policy]\ntriples = ["a-b"]\n',
        "bad-versions": '[policy]\nversions = "3.x"\n',
        "bad-twice": "[policy]\n[policy]\n",
        "bad-control": 'index = "\\u001b[2J"\n',
        "bad-cut": _CONFIG[:40],
        "bad-latin": "# \udce9\n",
        "bad-deep-array": "[policy]\ntriples = " + "[" * 1000 + "]" * 1000 + "\n",
        "bad-deep-table": "[policy]\nmax_staleness" + ".a" * 3000 + " = 1\n",
        "bad-number": "[policy]\nmax_staleness = " + "9" * 5000 + "\n",
        "bad-huge-version": f'[policy]\nversions = ">={"9" * 5000}"\n',
    }


def _request() -> Mapping[str, str]:
    good = ("3", "3.12", "3.12.2", "3.14.0rc2", "3.13t", "3.13.7+freethreaded", "3.12.2+20240224", "latest")
    more = (">=3.11,<3.13", "!=3.12.*", "===3.12.2", "python-3.12.2", "cpython@3.12", "cpython-3.12.2-linux-x86_64-gnu")
    bad = ("", "x", "3.12.2.1", "3.12rc1", "3.12+x", ">=", "cpython-3.12-linux-x86_64-x", "3.12\0", "٣.12", "1!3.12")
    return {
        **{f"good-{number:02}": text for number, text in enumerate((*good, *more))},
        **{f"bad-{number:02}": text for number, text in enumerate(bad)},
        "bad-huge": ">=" + "9" * 5000,
    }


def _file_name() -> Mapping[str, str]:
    return {
        "good-install-only": _NAME,
        "good-quoted": _NAME.replace("+", "%2B"),
        "good-full": f"cpython-3.14.0rc2+20260814-{LINUX}-freethreaded+pgo+lto-full.tar.zst",
        "bad-old": "cpython-3.9.2-x86_64-unknown-linux-gnu-pgo-20210414T1515.tar.zst",
        "bad-flavor": _NAME.replace("install_only", "install"),
        "bad-line-feed": _NAME + "\n",
        "bad-zeros": _NAME.replace("3.12.2", "3.012.2"),
        "bad-digits": _NAME.replace("3.12.2", "٣.12.2"),
    }


def _pin() -> Mapping[str, str]:
    return {
        "good-version": "3.12.2\n",
        "good-alias": "3.12\r\n",
        "good-many": "# chosen\n3.99\nsystem\npython-3.12.2 and more\n",
        "good-mark": "\ufeff3.12\n",
        "bad-outside": "../../root\n",
        "bad-nothing": "\n# nothing\n",
        "bad-long": "x" * 3000,
        "odd-nul": "3.12.2\0\n",
    }


def seeds() -> dict[str, Mapping[str, str]]:
    """By target and name."""
    return {"config": _config(), "request": _request(), "file-name": _file_name(), "pin": _pin()}
