"""`pyv mirror add-self`: what pyv itself is installed from, for machines without Python."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pyv.cli import options as o
from pyv.cli.output import Output, megabytes
from pyv.environment import current

if TYPE_CHECKING:
    from pyv.mirror.own_kit import OwnKit
    from pyv.transfer.locations import Location


Directory = Annotated[Path, typer.Argument(metavar="DIR", help="The mirror's directory.")]
Triples = Annotated[
    list[str] | None,
    typer.Option("--triple", metavar="TRIPLE", help="For this platform; repeatable [default: those of the mirror]."),
]
Wheel = Annotated[Path | None, typer.Option("--wheel", metavar="FILE", help="The wheel of pyv itself.")]
Wheels = Annotated[
    Path | None,
    typer.Option("--wheels", metavar="DIR", help="Take wheels from here [default: pip fetches what is missing]."),
]
Script = Annotated[
    Path | None, typer.Option("--script", metavar="FILE", help="Take the pins of this install.sh, of another pyv's.")
]


def add_self(
    directory: Directory,
    triple: Triples = None,
    wheel: Wheel = None,
    wheels: Wheels = None,
    mirror: o.Mirror = None,
    script: Script = None,
    json: o.Json = False,
    quiet: o.Quiet = False,
) -> None:
    """Put into DIR/self what pyv is installed from where there is no Python: install.sh, interpreters, wheels.

    All of it is pinned in install.sh, whose sha256 is printed: publish that where the mirror's readers trust it.
    Interpreters come from the mirror's archives, else from upstream, and must be signed and not revoked. Running it
    again renews what changed. Then, on a machine that has curl or wget, and no Python:

    \b
    curl -fsSO https://mirror.example/pyv/self/install.sh     (compare its sha256)
    sh install.sh --from https://mirror.example/pyv
    sh /media/disk/mirror/self/install.sh                     (from a directory it takes what lies beside it)

    \b
    pyv mirror add-self /srv/pyv --wheel pyv-0.1.0-py3-none-any.whl
    pyv mirror add-self /srv/pyv --wheels ./wheels --triple x86_64-unknown-linux-musl
    """
    from pyv.cli.progress import watched
    from pyv.mirror.layout import Mirror
    from pyv.mirror.own_interpreter import Interpreters
    from pyv.mirror.own_kit import Asked, add_own_kit, packaged_script
    from pyv.transfer.shared import shared_client

    environment = current()
    output, watcher = watched(Output(environment=environment, as_json=json, quiet=quiet))
    asked = Asked(
        script=packaged_script() if script is None else environment.cwd / script,
        triples=tuple(triple or ()),
        wheel=None if wheel is None else environment.cwd / wheel,
        wheels=None if wheels is None else environment.cwd / wheels,
    )
    with ExitStack() as closing:
        interpreters = Interpreters(
            client=shared_client(environment, closing),
            mirrors=[place for word in mirror or () for place in _places(word, environment.cwd)],
            now=environment.now,
            watch=watcher,
        )
        made = add_own_kit(Mirror(environment.cwd / directory), asked, interpreters, environment.python)
    _tell(made, output)


def _places(word: str, cwd: Path) -> list[Location]:
    from pyv.index.sources import upstream_locations
    from pyv.transfer.locations import Location

    return upstream_locations() if word == "upstream" else [Location.parse(word, cwd)]


def _tell(made: OwnKit, output: Output) -> None:
    count = len(made.kit.parts)
    amount = f"{count} files ({megabytes(made.size)}, {len(made.new)} new)"
    output.say(f"self/ has pyv {made.version} for {', '.join(made.kit.triples)}: {amount}")
    output.result(f"{made.sha256}  self/install.sh")
    output.json(
        {
            "script": {"path": "self/install.sh", "sha256": made.sha256},
            "version": made.version,
            "triples": made.kit.triples,
            "files": [
                {"path": f"self/{part.path}", "sha256": part.sha256, "new": part.path in made.new}
                for part in made.kit.parts
            ],
            "bytes": made.size,
        }
    )
