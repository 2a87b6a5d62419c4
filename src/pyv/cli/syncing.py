"""From what an operator wishes to a synchronisation, its lines and its exit code."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyv.cli.context import staleness_seconds
from pyv.cli.output import Output, days, megabytes
from pyv.cli.passphrase import reading
from pyv.cli.progress import watched
from pyv.cli.publishing import key_directory
from pyv.cli.sync_output import difference_lines, difference_values, plan_values, tell_plan, tell_result, tell_warnings
from pyv.cli.sync_wishes import Wishes
from pyv.index.configured import Access
from pyv.index.sources import archive_sources
from pyv.mirror.difference import difference
from pyv.mirror.layout import Mirror
from pyv.mirror.repack import RepackResult, repack
from pyv.mirror.resumed import refuse_foreign, resumed
from pyv.mirror.settings import Settings, read_settings
from pyv.mirror.source import Upstream, adopt, read_upstream
from pyv.mirror.stocking import Stocking
from pyv.mirror.sync import sync, unlock
from pyv.mirror.sync_plan import SyncPlan, plan_sync
from pyv.mirror.verified import Verified
from pyv.store.lock import locked
from pyv.store.paths import Root
from pyv.transfer.shared import shared_client

if TYPE_CHECKING:
    from pyv.mirror.keys import KeyDirectory
    from pyv.transfer.client import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One run over a mirror whose lock for synchronisations is held."""

    mirror: Mirror
    known: Settings
    settings: Settings
    plan: SyncPlan
    client: Callable[[], Client]


@contextmanager
def following(place: str | None, output: Output) -> Iterator[Callable[[Mirror], Verified] | None]:
    """How a new mirror reads the upstream it is to carry; None where none is named."""
    environment = output.environment
    if place is None:
        yield None
        return
    upstream = Upstream.parse(place, environment.cwd)
    with ExitStack() as closing:
        client = shared_client(environment, closing)

        def follow(mirror: Mirror) -> Verified:
            adopt(mirror, upstream, Access(root=Root(environment.root), client=client, now=environment.now))
            return read_upstream(mirror, upstream, client, environment.now)

        yield follow


@contextmanager
def _planned(wishes: Wishes, output: Output) -> Iterator[_Run]:
    environment = output.environment
    mirror = Mirror(wishes.directory)
    mirror.read_keys()
    wishes.over(read_settings(mirror), environment.cwd)  # what makes no sense is said before anybody waits
    with (
        ExitStack() as closing,
        locked(mirror.sync_lock, waiting=lambda: output.say("another pyv works on this mirror: waiting")),
    ):
        client = shared_client(environment, closing)
        known = read_settings(mirror)
        settings, upstream = wishes.over(known, environment.cwd), wishes.upstream(known, environment.cwd)
        if wishes.source is not None and not settings.is_hybrid:
            adopt(mirror, upstream, Access(root=Root(environment.root), client=client, now=environment.now))
        staleness = float(staleness_seconds(wishes.max_staleness) or 0)
        whole = read_upstream(mirror, upstream, client, environment.now, max_staleness=staleness)
        if whole.stale:
            output.say(f"warning: {upstream.label} expired {days(whole.stale)} ago, which you allow")
        known = resumed(mirror, known, whole)
        settings = dataclasses.replace(settings, mode=known.mode)
        named, exact = wishes.source is not None, wishes.is_exact
        plan = plan_sync(mirror, settings, whole, environment.now, known=known, named=named, exact=exact)
        yield _Run(mirror=mirror, known=known, settings=settings, plan=plan, client=client)


def run_sync(
    wishes: Wishes, output: Output, *, keys: str, passphrase_file: Path | None, jobs: int, dry_run: bool
) -> int:
    """Synchronise, and tell; the exit code."""
    environment = output.environment
    there = key_directory(environment, keys, reading(environment, passphrase_file))
    with _planned(wishes, output) as run:
        plan = run.plan
        refuse_foreign(run.mirror, run.known, there, plan.upstream.place)
        tell_plan(plan, output, dry_run=dry_run)
        if dry_run:
            output.json({"dry_run": True, **plan_values(plan)})
            return 0
        if plan.missing:
            unlock(run.mirror, plan, there)
        if plan.settings.repack:
            there.artifact_key()
        places, index = wishes.places(run.settings, environment.cwd), wishes.upstream(run.settings, environment.cwd)
        above, watch = watched(output)
        stocking = Stocking(
            mirror=run.mirror,
            client=run.client,
            sources=lambda artifact: archive_sources(artifact, places, index.location),
            watch=watch,
        )
        result = sync(run.mirror, plan, stocking, there, jobs=jobs, now=environment.now)
        repacked = _repacked(run, there, above, jobs) if run.settings.repack else None
    return tell_result(result, repacked, above)


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
        tell_warnings(run.plan, output)
        found = difference(run.mirror, run.plan)
    output.lines(difference_lines(found))
    if found.is_empty:
        output.say(f"nothing new at {run.plan.upstream.place}")
    output.json({**plan_values(run.plan), **difference_values(found)})
