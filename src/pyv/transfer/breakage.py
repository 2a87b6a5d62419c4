"""What an error of the connection means, in words; `failures.py` has what a server's answer means."""

from __future__ import annotations

import re
import socket
import ssl

import httpx

from pyv.transfer.failures import AttemptError

_NETWORK_HINT = "check the network and HTTP_PROXY, HTTPS_PROXY, NO_PROXY; or name a mirror with --mirror"


def network_failure(fault: Exception, *, connect: float, read: float) -> AttemptError:
    """What an error of the connection means; the fault itself is left behind."""
    cause = _root_cause(fault)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return AttemptError(
            f"the certificate is not trusted here: {cause.verify_message}",
            hint="behind an inspecting proxy or a private CA, set SSL_CERT_FILE to a bundle that holds its certificate",
        )
    if isinstance(cause, ssl.SSLError):
        reason = (cause.reason or "handshake failed").lower().replace("_", " ")
        return AttemptError(f"no TLS connection could be made ({reason})", hint=_NETWORK_HINT, retry=True)
    if isinstance(cause, socket.gaierror):
        return AttemptError("the host name could not be resolved", hint=_NETWORK_HINT, retry=True, unreachable=True)
    if isinstance(fault, httpx.ProxyError):
        status = re.match(r"[1-5][0-9]{2}\b", str(fault))
        answer = f" with {status[0]}" if status else ""
        return AttemptError(
            f"the proxy refused{answer}", hint="check HTTP_PROXY and HTTPS_PROXY, and the user and password in them"
        )
    phrase, retry = _phrase(fault, cause, connect, read)
    unreachable = isinstance(fault, (httpx.ConnectError, httpx.ConnectTimeout))
    return AttemptError(phrase, hint=_NETWORK_HINT, retry=retry, unreachable=unreachable)


def _phrase(fault: Exception, cause: BaseException, connect: float, read: float) -> tuple[str, bool]:
    for kind, phrase in (
        (httpx.ConnectTimeout, f"no connection within {connect:g} s"),
        (httpx.TimeoutException, f"the server sent nothing for {read:g} s"),
    ):
        if isinstance(fault, kind):
            return phrase, True
    for system_error, phrase in (
        (ConnectionRefusedError, "the connection was refused"),
        (ConnectionResetError, "the connection was reset"),
    ):
        if isinstance(cause, system_error):
            return phrase, True
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror.lower(), True
    if isinstance(fault, httpx.RemoteProtocolError):
        return "the connection ended early, or the answer was not HTTP", True
    if isinstance(fault, httpx.TransportError):
        return "the connection broke", True
    return "the request cannot be made", False


def _root_cause(fault: BaseException) -> BaseException:
    """The error of the system below; httpcore cuts the chain in places, but keeps the error it wraps as argument."""
    while True:
        wrapped = fault.args[0] if fault.args else None
        deeper = wrapped if isinstance(wrapped, BaseException) else fault.__cause__
        if deeper is None:
            return fault
        fault = deeper
