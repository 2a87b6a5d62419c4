"""Whose certificates are believed: `SSL_CERT_FILE` and `SSL_CERT_DIR`, else those httpx ships (certifi's)."""

from __future__ import annotations

import ssl

import httpx

from pyv.environment import Environment
from pyv.errors import TransferError


def trusted_authorities(environment: Environment) -> ssl.SSLContext:
    """A verifying TLS context.

    Raises:
        TransferError: `SSL_CERT_FILE` or `SSL_CERT_DIR` cannot be used; nothing else is trusted in its place.
    """
    file, directory = environment.variable("SSL_CERT_FILE"), environment.variable("SSL_CERT_DIR")
    if file is None and directory is None:
        return httpx.create_ssl_context(trust_env=False)
    for name, value in (("SSL_CERT_FILE", file), ("SSL_CERT_DIR", directory)):
        if value is None:
            continue
        path = environment.cwd / value
        if not (path.is_file() if name == "SSL_CERT_FILE" else path.is_dir()):
            raise _unusable(name, value, "there is none")
    try:
        return ssl.create_default_context(
            cafile=None if file is None else environment.cwd / file,
            capath=None if directory is None else environment.cwd / directory,
        )
    except (OSError, ValueError) as fault:
        raise _unusable("SSL_CERT_FILE", file or "", "it holds no certificates in PEM form") from fault


def _unusable(variable: str, value: str, reason: str) -> TransferError:
    return TransferError(
        f"cannot read certificates from `{value}` ({variable}): {reason}",
        hint=f"set {variable} to certificates in PEM form, or unset it",
        path=value,
    )
