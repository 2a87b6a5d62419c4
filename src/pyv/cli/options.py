"""Options that several commands share, each worded once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Index = Annotated[
    str | None,
    typer.Option(
        "--index",
        metavar="URL|DIR|oci://…",
        help="Take records from this index [PYV_INDEX, config.toml; default: the embedded one].",
    ),
]
Mirror = Annotated[
    list[str] | None,
    typer.Option(
        "--mirror",
        metavar="URL|DIR|oci://…",
        help="Take archives from here, not upstream; repeatable, in order; `upstream` is upstream [PYV_MIRROR].",
    ),
]
Flavor = Annotated[
    str | None,
    typer.Option("--flavor", metavar="FLAVOR", help="install_only_stripped, install_only or full."),
]
Variant = Annotated[
    str | None,
    typer.Option("--variant", metavar="VARIANT", help="default, freethreaded, debug or freethreaded+debug."),
]
Build = Annotated[str | None, typer.Option("--build", metavar="TAG", help="Exactly this build, such as 20240224.")]
Triple = Annotated[
    str | None,
    typer.Option("--triple", metavar="TRIPLE", help="Builds for this triple [default: this host's baseline]."),
]
LockFile = Annotated[
    Path | None,
    typer.Option("--lock-file", metavar="FILE", help="The lock [default: pyv.lock beside .python-version, else here]."),
]
RootDirectory = Annotated[
    str | None,
    typer.Option("--root", metavar="DIR", help="Install into this root, for any --triple [PYV_ROOT]."),
]
UsedAt = Annotated[
    str | None,
    typer.Option("--at", metavar="PATH", help="With --root: where that root will lie when it is used."),
]
MaxStaleness = Annotated[
    str | None,
    typer.Option("--max-staleness", metavar="TIME", help="Believe an index that expired within TIME (7d, 12h)."),
]
Offline = Annotated[bool, typer.Option("--offline", help="Use no network: only the cache and directories.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and install nothing.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing unless something is wrong.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Explain each choice.")]
Keys = Annotated[
    str, typer.Option("--keys", metavar="KEYDIR", help="The directory of the private keys: outside the mirror.")
]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file", metavar="FILE", help="The passphrase of the keys; else PYV_KEY_PASSPHRASE, or asked for."
    ),
]
NoPassphrase = Annotated[bool, typer.Option("--no-passphrase", help="Do not encrypt new keys.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Accept without asking.")]
