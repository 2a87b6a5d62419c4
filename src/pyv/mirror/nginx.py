"""An nginx configuration for a mirror: the same files, caching and refusals as `pyv mirror serve`, for a fleet."""

from __future__ import annotations

import re
from pathlib import Path

from pyv.errors import RequestError
from pyv.mirror.served import NEVER_CHANGES

_TEMPLATE = r"""# nginx for a mirror of Python interpreters, as `pyv mirror serve --nginx` printed it.
# Include it where nginx reads servers: in the http block, on Debian as a file in /etc/nginx/conf.d/.
server {
    # Beyond loopback add `ssl` here, and ssl_certificate and ssl_certificate_key: what is served is signed, but
    # passwords are not, and uv and mise trust the connection alone.
    listen @LISTEN@;
    server_name @NAME@;
    root @ROOT@;

    server_tokens off;
    sendfile on;
    tcp_nopush on;
    sendfile_max_chunk 2m;    # no client with a fast line holds a worker for long
    max_ranges 1;             # interrupted downloads go on; many ranges at once are only asked for by attackers
    gzip off;                 # bytes are verified as they lie on disk, and ranges count in them
    log_not_found off;        # every refresh asks for the next root, which is not there: no error
    # No open_file_cache: it would go on serving a file after a publication put another in its place.

    # As `pyv mirror serve`: no link leads out of the mirror.
    disable_symlinks on from=$document_root;

    types { application/json json; }
    default_type application/octet-stream;

    # Lock, drafts and keys' state lie in .pyv/, half-written files begin with a dot: nobody's business.
    location ~ /\. {
        return 404;
    }

    # Named by digest, by version, or by upstream's release and build: whoever has it need never ask again.
    location ~ "^/(@NEVER_CHANGES@)$" {
        try_files $uri =404;
        add_header Cache-Control "public, max-age=31536000, immutable";
        add_header X-Content-Type-Options nosniff;
    }

    # timestamp.json, refresh.json, the lists for uv and mise, index.json: kept, but asked for every time. A cache that
    # does not ask hides updates and revocations from everybody behind it.
    location / {
        try_files $uri =404;    # a directory is not a file: nothing is listed
        add_header Cache-Control "no-cache";
        add_header X-Content-Type-Options nosniff;
    }

    # The next root is missing until it is published: a cache that keeps this answer would hold clients to old keys.
    error_page 404 = @missing;
    location @missing {
        add_header Cache-Control "no-store" always;
        add_header X-Content-Type-Options nosniff always;
        return 404;
    }
}
"""
_NAME = re.compile(r"[A-Za-z0-9_*.-]+")
_HOST = re.compile(r"[A-Za-z0-9_.:*-]+")


def nginx_configuration(directory: Path, host: str, port: int, server_name: str = "_") -> str:
    """The `server` block for the mirror in `directory`; `_` as a name answers whatever it is called by.

    Raises:
        RequestError: nginx cannot be told such a directory, address or name.
    """
    for word, form, kind in ((server_name, _NAME, "server name"), (host, _HOST, "address to listen on")):
        if form.fullmatch(word) is None:
            raise RequestError(f"`{word}` is not a {kind}", hint="give a plain host name or an address")
    if not 1 <= port <= 65535:
        raise RequestError(f"`{port}` is not a port", hint="ports go from 1 to 65535: name the one nginx is to take")
    text = _TEMPLATE.replace("@NEVER_CHANGES@", "|".join(NEVER_CHANGES))
    text = text.replace("@LISTEN@", f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
    return text.replace("@NAME@", server_name).replace("@ROOT@", _quoted(directory))


def _quoted(path: Path) -> str:
    text = str(path)
    if "$" in text or not text.isprintable():  # a dollar begins a variable, and nothing escapes it
        raise RequestError(
            f"nginx cannot serve {path}: its name has a dollar sign or a control character", hint="move it"
        )
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
