"""From what an operator wishes to a synchronisation, its lines and its exit code."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyv.cli.context import staleness_seconds
from pyv.cli.output import Output, megabytes
from pyv.cli.passphrase import reading
from pyv.cli.progress import watched
from pyv.cli.publishing import key_directory
from pyv.cli.sync_output import difference_lines, difference_values, plan_values, tell_plan, tell_result
from pyv.domain.choice import NEWEST, Choice
from pyv.environment import Environment
from pyv.errors import RequestError
from pyv.index.configured import Access
from pyv.index.sources import archive_sources, upstream_locations
from pyv.mirror.difference import difference
from pyv.mirror.layout import Mirror
from pyv.mirror.repack import RepackResult, repack
from pyv.mirror.settings import Settings, read_settings
from pyv.mirror.source import Upstream, adopt, read_upstream
from pyv.mirror.stocking import Stocking
from pyv.mirror.sync import SyncPlan, plan_sync, sync
from pyv.mirror.verified import Verified
from pyv.store.lock import locked
from pyv.store.paths import Root
from pyv.transfer.locations import Location

if TYPE_CHECKING:
    from pyv.mirror.keys import KeyDirectory
    from pyv.transfer.client import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """The command line of `sync` and `diff`."""

    directory: Path
    source: str | None = None
    archives: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    triples: tuple[str, ...] = ()
    flavors: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    builds: str | None = None
    repack: str | None = None
    max_staleness: str | None = None

    def over(self, known: Settings, cwd: Path) -> Settings:
        """The settings meant: what is remembered, where nothing else is said.

        Raises:
            RequestError: a word means nothing.
        """
        upstream = known.upstream if self.source is None else Upstream.parse(self.source, cwd).label
        if not upstream:
            raise RequestError(
                "this mirror does not know where to take records from",
                hint="name an index with --from: an address, a directory, or `embedded` for pyv's own",
            )
        archives = tuple(self.archives) or known.archives
        for word in archives:
            if word != "upstream":
                Location.parse(word, cwd)
        return dataclasses.replace(
            known, upstream=upstream, archives=archives, choice=self._choice(known.choice), repack=self._repack(known)
        )

    def _choice(self, known: Choice) -> Choice:
        if not (self.versions or self.triples or self.flavors or self.variants or self.builds):
            return known
        return Choice.of(
            versions=self.versions,
            triples=self.triples,
            flavors=self.flavors,
            variants=self.variants,
            builds=self.builds or NEWEST,
        )

    def _repack(self, known: Settings) -> bool:
        if self.repack not in {None, "zstd", "no"}:
            raise RequestError(f"pyv cannot repack as `{self.repack}`", hint="say --repack zstd, or --repack no")
        return known.repack if self.repack is None else self.repack == "zstd"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One run over a mirror whose lock for synchronisations is held."""

    mirror: Mirror
    settings: Settings
    plan: SyncPlan
    client: Callable[[], Client]


@contextmanager
def _network(environment: Environment) -> Iterator[Callable[[], Client]]:
    """An HTTP client, made when it is first needed; several threads share it."""
    with ExitStack() as closing:
        made: list[Client] = []
        lock = threading.Lock()

        def client() -> Client:
            from pyv.transfer.client import Client  # noqa: PLC0415 (httpx: only when something is fetched)

            with lock:
                if not made:
                    made.append(closing.enter_context(Client(environment)))
                return made[0]

        yield client


@contextmanager
def following(place: str | None, output: Output) -> Iterator[Callable[[Mirror], Verified] | None]:
    """How a new mirror reads the upstream it is to carry; None where none is named."""
    environment = output.environment
    if place is None:
        yield None
        return
    upstream = Upstream.parse(place, environment.cwd)
    with _network(environment) as client:

        def follow(mirror: Mirror) -> Verified:
            adopt(mirror, upstream, Access(root=Root(environment.root), client=client, now=environment.now))
            return read_upstream(mirror, upstream, client, environment.now)

        yield follow


@contextmanager
def _planned(wishes: Wishes, output: Output) -> Iterator[_Run]:
    environment = output.environment
    mirror = Mirror(wishes.directory)
    mirror.read_keys()
    settings = wishes.over(read_settings(mirror), environment.cwd)
    upstream = Upstream.parse(settings.upstream, environment.cwd)
    with (
        _network(environment) as client,
        locked(mirror.sync_lock, waiting=lambda: output.say("another pyv works on this mirror: waiting")),
    ):
        if settings.upstream != read_settings(mirror).upstream and not settings.is_hybrid:
            adopt(mirror, upstream, Access(root=Root(environment.root), client=client, now=environment.now))
        staleness = float(staleness_seconds(wishes.max_staleness) or 0)
        whole = read_upstream(mirror, upstream, client, environment.now, max_staleness=staleness)
        if whole.stale:
            output.say(f"warning: {upstream.label} expired {int(whole.stale // 86400)} days ago, which you allow")
        yield _Run(
            mirror=mirror, settings=settings, plan=plan_sync(mirror, settings, whole, environment.now), client=client
        )


def run_sync(
    wishes: Wishes, output: Output, *, keys: str, passphrase_file: Path | None, jobs: int, dry_run: bool
) -> int:
    """Synchronise, and tell; the exit code."""
    environment = output.environment
    there = key_directory(environment, keys, reading(environment, passphrase_file))
    with _planned(wishes, output) as run:
        plan = run.plan
        tell_plan(plan, output, dry_run=dry_run)
        if dry_run:
            output.json({"dry_run": True, **plan_values(plan)})
            return 0
        _open_keys(run, there)
        above, watch = watched(output)
        stocking = Stocking(
            mirror=run.mirror,
            client=run.client,
            sources=lambda artifact: archive_sources(
                artifact, _locations(run.settings, environment.cwd), _location(run.settings, environment.cwd)
            ),
            watch=watch,
        )
        result = sync(run.mirror, plan, stocking, there, jobs=jobs, now=environment.now)
        repacked = _repacked(run, there, above, jobs) if run.settings.repack else None
    return tell_result(result, repacked, above)


def _open_keys(run: _Run, keys: KeyDirectory) -> None:
    """Ask for passphrases before hours of fetching, not after."""
    from pyv.trust.roles import ROLES  # noqa: PLC0415 (as the others)

    for role in ("snapshot", "timestamp") if run.settings.is_hybrid else tuple(ROLES)[2:]:
        keys.signers(role)
    if run.settings.repack:
        keys.artifact_key()


def _locations(settings: Settings, cwd: Path) -> list[Location]:
    found: list[Location] = []
    for word in settings.archives:
        found += upstream_locations() if word == "upstream" else [Location.parse(word, cwd)]
    return found


def _location(settings: Settings, cwd: Path) -> Location | None:
    return Upstream.parse(settings.upstream, cwd).location


def _repacked(run: _Run, keys: KeyDirectory, output: Output, jobs: int) -> RepackResult:
    records = [record for triple in run.mirror.triples() for record in run.mirror.read_manifest(triple)]
    chosen = {artifact.sha256 for artifact in run.plan.chosen}
    wanted = records if not run.settings.is_hybrid else [record for record in records if record.sha256 in chosen]
    return repack(
        run.mirror,
        wanted,
        keys.artifact_key(),
        jobs=jobs,
        report=lambda artifact, ended: output.say(
            f"{artifact.name}: not repacked: {ended.message}"
            if isinstance(ended, Exception)
            else f"{artifact.name}: repacked, {megabytes(ended.size)} in the place of {megabytes(artifact.size or 0)}"
        ),
    )


def run_diff(wishes: Wishes, output: Output) -> None:
    """Tell what a synchronisation would change."""
    with _planned(wishes, output) as run:
        found = difference(run.mirror, run.plan)
    output.lines(difference_lines(found))
    if found.is_empty:
        output.say(f"nothing new at {run.plan.upstream.place}")
    output.json({**plan_values(run.plan), **difference_values(found)})
