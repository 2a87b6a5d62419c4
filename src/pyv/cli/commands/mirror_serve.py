"""`pyv mirror serve`: a mirror over HTTP, or the configuration of a server that does it for a fleet."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from pyv.cli import options as o
from pyv.cli.output import Output
from pyv.domain.timestamp import utc
from pyv.environment import clock, current

_Host = Annotated[str, typer.Option("--host", help="The address to listen on; loopback unless you say so.")]


def serve(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The mirror's directory.")],
    host: _Host = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port; 0 picks a free one.")] = 8080,
    nginx: Annotated[bool, typer.Option("--nginx", help="Print a configuration for nginx instead.")] = False,
    server_name: Annotated[str, typer.Option("--server-name", help="With --nginx: the host name it answers to.")] = "_",
    quiet: o.Quiet = False,
) -> None:
    """Serve a mirror over HTTP, for labs and tests, until Ctrl-C. Prints its URL first.

    Each request is a line on stderr: time, client, "request", status, bytes and seconds. For production, let nginx
    serve the same directory.

    \b
    pyv mirror serve /srv/pyv --port 8080
    pyv mirror serve /srv/pyv --host 0.0.0.0 --port 80 --nginx > /etc/nginx/conf.d/pyv.conf
    """
    from pyv.mirror.nginx import nginx_configuration
    from pyv.mirror.serve import check_mirror, is_loopback
    from pyv.mirror.serve import serve as run

    environment = current()
    output = Output(environment=environment, quiet=quiet)
    if nginx:
        check_mirror(environment.cwd / directory)
        sys.stdout.write(nginx_configuration(environment.cwd / directory, host, port, server_name))
        return

    def ready(url: str) -> None:
        output.result(url)
        sys.stdout.flush()
        if not is_loopback(host):
            output.say(f"warning: listening on {host}: whoever reaches this machine can read the mirror")

    run(environment.cwd / directory, host, port, ready=ready, log=lambda line: output.say(f"{utc(clock())} {line}"))
