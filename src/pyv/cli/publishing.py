"""What the operator's commands share: the key directory, and what is said of a publication."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from pyv.cli.output import Output
from pyv.environment import Environment

if TYPE_CHECKING:
    from pyv.mirror.keys import KeyDirectory
    from pyv.mirror.published import Published
    from pyv.trust.pem import Passphrase


def key_directory(environment: Environment, keys: str, passphrase: Passphrase) -> KeyDirectory:
    """The key directory of `--keys`."""
    from pyv.mirror.keys import KeyDirectory  # noqa: PLC0415 (cryptography: only where something is signed)

    return KeyDirectory(path=environment.cwd / keys, passphrase=passphrase)


def tell_published(published: Published, output: Output) -> None:
    """Which roles have a new version, and which wait for signatures, and how to go on."""
    if published.changed:
        roles = ", ".join(f"{role} {version}" for role, version in sorted(published.changed.items()))
        output.say(f"published: {roles}")
    if published.note:
        output.say(f"note: {published.note}")
    for waiting in published.waiting:
        output.say(f"not published: {waiting.told}")
        if waiting.role in {"snapshot", "timestamp"}:
            output.say(
                f"hint: publish where its key is: pyv mirror sign publish DIR --keys KEYDIR ({waiting.role}.pem)"
            )
        else:
            output.say(f"hint: have it signed: pyv mirror sign export DIR {waiting.role} -o {waiting.role}.json")


def tell_expiring(published: Published, output: Output) -> bool:
    """Warn of what only people renew; whether it has expired, so that no client can read the index."""
    from pyv.domain.timestamp import utc  # noqa: PLC0415 (as the others)

    now = output.environment.now
    for role, moment in published.expiring(now).items():
        state = "has expired" if moment <= now else "expires"
        output.say(f"warning: {role} {state} on {utc(moment)}: its holders renew it: pyv mirror rotate {role}")
    return any(moment <= now for moment in published.expiring(now).values())


def published_values(published: Published) -> dict[str, object]:
    """The same for scripts."""
    return {
        "published": dict(sorted(published.changed.items())),
        "waiting": [
            {
                "role": waiting.role,
                "version": waiting.version,
                "signed": list(waiting.count.signed),
                "missing": list(waiting.count.missing),
                "threshold": waiting.count.threshold,
            }
            for waiting in published.waiting
        ],
        "root_sha256": None if published.root is None else sha256(published.root.to_bytes()).hexdigest(),
        "root_version": None if published.root is None else published.root.version,
    }


def tell_root(directory: Path, published: Published, output: Output) -> None:
    """What clients are to be told, by another way than the mirror."""
    if published.root is not None:
        digest = sha256(published.root.to_bytes()).hexdigest()
        output.say(f"clients accept it with: pyv trust add {directory} --sha256 {digest}")
