"""Which `Authorization` goes to which origin.

In this order: the userinfo of the address itself; the variable `PYV_TOKEN_<HOST>` (host in upper case, every character
other than A-Z and 0-9 as `_`), sent as a bearer token; an entry of that host in the netrc file (`NETRC`, else
`~/.netrc`; its `default` entry is not used, since it would hand the password to every public server).
A secret never appears in a message, a `repr` or the chain of an exception: those that parse it raise anew, outside
the handler of the original.
"""

from __future__ import annotations

import base64
import netrc
import re
import threading
from dataclasses import dataclass, field
from pathlib import Path

from pyv.environment import Environment
from pyv.errors import DocumentError, RequestError


@dataclass(frozen=True, slots=True)
class Authorization:
    """The value of an `Authorization` header, and where it was found; prints without the value."""

    header: str = field(repr=False)
    found_in: str

    def __str__(self) -> str:
        return f"credentials from {self.found_in}"

    @classmethod
    def basic(cls, user: str, password: str, found_in: str) -> Authorization:
        """User and password, as RFC 7617 encodes them."""
        encoded = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
        return cls(f"Basic {encoded}", found_in)


def token_variable(host: str) -> str:
    """The variable that holds the token of a host: `mirror.example.org` reads `PYV_TOKEN_MIRROR_EXAMPLE_ORG`."""
    return "PYV_TOKEN_" + re.sub(r"[^A-Z0-9]", "_", host.upper())


class Credentials:
    """The credentials this process has been given; safe to use from several threads."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._netrc: netrc.netrc | None = None
        self._netrc_read = False
        self._lock = threading.Lock()

    def authorization(self, host: str) -> Authorization | None:
        """What the environment holds for a host, or None.

        Raises:
            RequestError: the token cannot be sent in a header.
            DocumentError: the netrc file cannot be read.
        """
        return self.token(host) or self.login(host)

    def token(self, host: str) -> Authorization | None:
        """The bearer token of a host, or None.

        Raises:
            RequestError: it cannot be sent in a header.
        """
        variable = token_variable(host)
        token = (self._environment.variable(variable) or "").strip()
        if not token:
            return None
        if not re.fullmatch(r"[\x21-\x7e]+", token):
            raise RequestError(f"the token in {variable} holds characters that cannot be sent", hint="set it again")
        return Authorization(f"Bearer {token}", variable)

    def login(self, host: str) -> Authorization | None:
        """User and password of a host, or None.

        Raises:
            DocumentError: the netrc file cannot be read.
        """
        entry = self._netrc_entry(host)
        return None if entry is None else Authorization.basic(*entry, found_in="the netrc file")

    def _netrc_entry(self, host: str) -> tuple[str, str] | None:
        with self._lock:
            if not self._netrc_read:
                named = self._environment.variable("NETRC")
                self._netrc = _read_netrc(self._environment.cwd / named if named else self._environment.home / ".netrc")
                self._netrc_read = True
        entry = self._netrc.hosts.get(host) if self._netrc is not None else None
        return None if entry is None else (entry[0] or "", entry[2] or "")


def _read_netrc(path: Path) -> netrc.netrc | None:
    problem = ""
    try:
        return netrc.netrc(str(path))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except netrc.NetrcParseError as fault:
        problem = f"line {fault.lineno} is malformed"
    except UnicodeDecodeError:
        problem = "it is not UTF-8 text"
    except OSError as fault:
        problem = (fault.strerror or "it cannot be opened").lower()
    raise DocumentError(
        f"cannot read the netrc file {path}: {problem}",
        hint="correct the file, or set NETRC to another one (NETRC=/dev/null: none)",
        path=str(path),
    )
