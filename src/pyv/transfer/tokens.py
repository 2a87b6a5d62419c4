"""How a registry is satisfied that asks who is there: with a user and password, or with a token it names the giver of.

Docker's token protocol (distribution-spec, token authentication): the registry answers 401 and names a realm, which
gives a token for one repository and what may be done there, to whoever authenticates to it or to anybody. Tokens are
kept in memory, by registry, repository and actions, and asked for again when the registry does not take them any more.

The realm is told the password, so it has to be https; plain HTTP is left to registries that are spoken to so, for their
own host, and to this machine.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from urllib.parse import SplitResult, urlencode, urlsplit

from pyv.transfer.challenge import Challenge, parse_challenges
from pyv.transfer.credentials import Authorization, Credentials
from pyv.transfer.failures import AttemptError
from pyv.transfer.locations import Source, is_loopback_host, redacted
from pyv.transfer.patience import Deadline

Ask = Callable[[str, Authorization | None, Deadline], bytes]
"""Asks a realm, shows it who asks, and gives its answer; raises `AttemptError`."""
_TOKEN = re.compile(r"[\x21-\x7e]{1,16384}")
_ADMINISTRATOR = "the registry names who gives its tokens: tell who runs it"


class Tokens:
    """What the registries of this run were shown and took; safe to use from several threads."""

    def __init__(self, credentials: Credentials, ask: Ask) -> None:
        self._credentials = credentials
        self._ask = ask
        self._held: dict[tuple[str, str, str], Authorization] = {}
        self._locks: dict[tuple[str, str, str], threading.Lock] = {}
        self._lock = threading.Lock()

    def authorization(self, source: Source) -> Authorization | None:
        """What to send with a first request: what worked before, else a token of the environment's."""
        with self._lock:
            held = self._held.get(_key(source))
        return held or self._own_token(source)

    def answer(
        self, source: Source, header: str, refused: Authorization | None, deadline: Deadline
    ) -> Authorization | None:
        """What to send after a 401 with this `WWW-Authenticate`; None: nothing else than was refused.

        Raises:
            AttemptError: no token is to be had.
        """
        key = _key(source)
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            with self._lock:
                held = self._held.get(key)
            if held is not None and held is not refused:
                return held  # another thread was faster
            found = self._found(source, header, refused, deadline)
            if found is not None:
                with self._lock:
                    self._held[key] = found
            return found

    def _found(
        self, source: Source, header: str, refused: Authorization | None, deadline: Deadline
    ) -> Authorization | None:
        login = source.authorization or self._credentials.login(source.host)
        own = self._own_token(source)
        for challenge in parse_challenges(header):
            if challenge.scheme == "basic" and login not in (None, refused):
                return login
            # a token somebody set and the registry refuses is not silently replaced by what anybody may do
            if challenge.scheme == "bearer" and (login is not None or own is None):
                return self._token(source, challenge, login, deadline)
        return None

    def _own_token(self, source: Source) -> Authorization | None:
        return None if source.authorization is not None else self._credentials.token(source.host)

    def _token(
        self, source: Source, challenge: Challenge, login: Authorization | None, deadline: Deadline
    ) -> Authorization:
        realm = _checked(challenge.parameters.get("realm", ""), source)
        scope = challenge.parameters.get("scope") or f"repository:{source.repository}:{source.actions}"
        asked = {"service": challenge.parameters.get("service", ""), "scope": scope}
        query = "&".join(filter(None, [realm.query, urlencode({key: value for key, value in asked.items() if value})]))
        content = self._ask(realm._replace(query=query, fragment="").geturl(), login, deadline)
        token = _read(content)
        if token is None:
            raise AttemptError(f"what {_told(realm)} answered holds no token", hint=_ADMINISTRATOR)
        shown = "" if login is None else f" (for the {login})"
        return Authorization(f"Bearer {token}", f"{realm.netloc}{shown}")


def _key(source: Source) -> tuple[str, str, str]:
    parts = urlsplit(source.url or "")
    return f"{parts.scheme}://{parts.netloc}", source.repository, source.actions


def _checked(text: str, source: Source) -> SplitResult:
    """The realm, if a password may go there.

    Raises:
        AttemptError: it may not.
    """
    registry = urlsplit(source.url or "")
    try:
        realm = urlsplit(text)
        host = realm.hostname if realm.port != 0 and realm.username is None else None
    except ValueError:
        realm, host = urlsplit(""), None
    if not host or realm.scheme not in ("http", "https") or re.search(r"[^\x21-\x7e]", text):
        raise AttemptError("it wants a token, and names no address that gives one", hint=_ADMINISTRATOR)
    own = (realm.scheme, host) == (registry.scheme, registry.hostname)
    if realm.scheme != "https" and not own and not is_loopback_host(host):
        raise AttemptError(
            f"it wants a token from {_told(realm)}, which is not https, so nobody is asked", hint=_ADMINISTRATOR
        )
    return realm


def _told(realm: SplitResult) -> str:
    return redacted(realm.geturl())


def _read(content: bytes) -> str | None:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(answer, dict):
        return None
    token = answer.get("token") or answer.get("access_token")
    return token if isinstance(token, str) and _TOKEN.fullmatch(token) else None
