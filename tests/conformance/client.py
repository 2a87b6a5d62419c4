"""A TUF client over pyv's own: what `tests/conformance/client` runs. Exit status 0, or 1 with the reason on stderr.

    client --metadata-dir DIR init ROOT
    client --metadata-dir DIR --metadata-url URL refresh
    client --metadata-dir DIR --metadata-url URL --target-base-url URL --target-name NAME --target-dir DIR download

The contract is that of the tuf-conformance suite. What is tested is what pyv refreshes an index with: the lock, the
reader over its HTTP client, `ReadFetcher`, the anchor given from outside at every run, the clock as an argument.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path
from urllib.parse import quote

from pyv.environment import Environment, current
from pyv.errors import PyvError
from pyv.store.lock import locked
from pyv.transfer.client import Client
from pyv.transfer.documents import fetch_document
from pyv.transfer.locations import Source
from pyv.trust.client import TufClient
from pyv.trust.read import Read

ANCHOR = "anchor"
"""The root the client starts from, beside the metadata; the suite takes every `*.json` there for metadata."""


def parsed(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line of the contract."""
    parser = argparse.ArgumentParser(prog="client", description="a TUF client for the tuf-conformance suite")
    parser.add_argument("--metadata-dir", type=Path, required=True)
    parser.add_argument("--metadata-url")
    parser.add_argument("--target-base-url")
    parser.add_argument("--target-name", action="append", default=[])
    parser.add_argument("--target-dir", type=Path)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("init").add_argument("root", type=Path)
    commands.add_parser("refresh")
    commands.add_parser("download")
    return parser.parse_args(arguments)


def over_http(client: Client) -> Read:
    """Reads whole addresses, as `tuf.ngclient` makes them of the bases it was given."""

    def read(address: str, max_bytes: int) -> bytes | None:
        return fetch_document(client, Source(url=address), max_bytes)

    return read


def nobody(name: str, _: int) -> bytes | None:
    """Nothing is asked for."""
    raise AssertionError(f"{name} was asked for before the first refresh")


def opened(options: argparse.Namespace, environment: Environment, read: Read) -> TufClient:
    """pyv's client over the directory, anchored where `init` put the root."""
    return TufClient(
        options.metadata_dir,
        (options.metadata_dir / ANCHOR).read_bytes(),
        read,
        reference=environment.now,
        metadata=options.metadata_url or "",
        targets=options.target_base_url or "",
    )


def download(client: TufClient, name: str, directory: Path) -> None:
    """One target into the directory, unless it is there already."""
    path = directory / quote(name, safe="")
    digest = client.sha256(name)
    if digest and path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest:
        return
    content = client.target(name)
    if content is None:
        raise PyvError(f"the repository lists no target {name}")
    path.write_bytes(content)


def run(options: argparse.Namespace, environment: Environment) -> None:
    """Do what the command line says."""
    if options.command == "init":
        options.metadata_dir.mkdir(parents=True, exist_ok=True)
        (options.metadata_dir / ANCHOR).write_bytes(options.root.read_bytes())
        opened(options, environment, nobody)
        return
    with locked(options.metadata_dir / "lock"), Client(environment) as network:
        client = opened(options, environment, over_http(network))
        client.refresh()
        for name in options.target_name if options.command == "download" else ():
            download(client, name, options.target_dir)


def main() -> int:
    """The exit status."""
    options = parsed()
    try:
        run(options, current())
    except (PyvError, OSError) as fault:
        print(f"client: {fault}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
