"""One installation, from a plan to a version a shim can reach.

The story is `install`: fetch, verify and extract into private staging; wait for the gate; fit the tree to its place;
write the receipt; activate with one rename and one link. Until the link everything can be thrown away, and is.
"""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

from pyv import __version__
from pyv.domain.timestamp import utc
from pyv.domain.tree import listing, tree_digest
from pyv.errors import StoreError
from pyv.install.fetch import Fetching
from pyv.install.gate import Gate
from pyv.install.interpreter import compile_library
from pyv.install.mend import present
from pyv.install.obtain import obtain
from pyv.install.packages import packages
from pyv.install.patch import Patched, patch
from pyv.install.plan import Plan
from pyv.install.site import Outcome, Site
from pyv.install.whole import size_of
from pyv.store.atomic import make_directory, translated
from pyv.store.lock import locked
from pyv.store.receipt import Receipt
from pyv.store.shims import rehash
from pyv.store.staging import Stage, staged
from pyv.store.times import stamp_root, stamp_tree
from pyv.store.versions import commit, free_store_id, store_id_of


def install(plan: Plan, site: Site) -> Outcome:
    """Carry out a plan; two processes with the same one fetch once.

    Where the refreshed index means another artifact than the plan, that one is installed.

    Raises:
        TransferError, TrustError, ArchiveError, StoreError: with the tree as it was before.
    """
    while True:
        if plan.is_done:
            return present(plan, site)
        gate = Gate(plan)
        outcome = _install(plan, gate, site)
        if outcome is not None:
            return outcome
        site.reporter.step(plan.name, "the refreshed index has another build for it")
        plan = gate.plan()


def _install(plan: Plan, gate: Gate, site: Site) -> Outcome | None:
    """The installation of one artifact; None where the gate stands for another one."""
    prefix = site.root.used_prefix(plan.name)
    begun = time.perf_counter()

    def waiting() -> None:
        site.reporter.step(plan.name, "another pyv is installing it: waiting")

    with locked(site.root.artifact_lock(plan.artifact.sha256), waiting=waiting, check=site.check):
        present = store_id_of(site.root, plan.name)
        if not plan.force and present is not None and not (plan.damage and present == plan.installed):
            return Outcome(plan=plan, prefix=prefix, receipt=None)
        with staged(site.root) as stage:
            fetching = obtain(plan, stage, gate, site)
            if fetching is None:
                return None
            plan = gate.plan()
            site.check()
            patched_at = time.perf_counter()
            patched = _fit(plan, stage, fetching, prefix, site)
            recorded_at = time.perf_counter()
            phases = {
                "download": fetching.download_seconds,
                "extract": fetching.extract_seconds,
                "gate": gate.seconds,
                "patch": recorded_at - patched_at,
            }
            files = listing(patched.entries)
            size = size_of(fetching.extracted.sizes, patched.paths)
            if site.moment is not None:
                stamp_tree(stage.prefix, site.moment)
            receipt = _receipt(plan, fetching, patched, phases, site, tree=tree_digest(files), size=size)
            replaced = _activate(plan, stage, receipt, files, site)
    return Outcome(
        plan=plan,
        prefix=prefix,
        receipt=receipt,
        replaced=replaced,
        left_behind=tuple(packages(site.root.prefix(replaced))) if replaced else (),
        transferred=fetching.transferred,
        seconds=time.perf_counter() - begun,
    )


def _fit(plan: Plan, stage: Stage, fetching: Fetching, prefix: Path, site: Site) -> Patched:
    """Patch the tree for its place in `versions/`, and compile it if that was asked for."""
    with translated("patch", stage.prefix):
        patched = patch(stage.prefix, fetching.extracted.entries, prefix)
    if site.compile_bytecode:
        site.reporter.step(plan.name, "compiling bytecode")
        compile_library(stage.prefix, prefix, site.moment)
    return patched


def _receipt(
    plan: Plan,
    fetching: Fetching,
    patched: Patched,
    phases: dict[str, float],
    site: Site,
    *,
    tree: str,
    size: int,
) -> Receipt:
    return Receipt(
        name=plan.name,
        request=plan.request,
        artifact=plan.artifact,
        index=plan.index,
        source=fetching.source,
        derived=fetching.packing.derivation,
        level=plan.level,
        index_published=plan.published,
        index_stale=int(plan.stale),
        keyid=plan.keyid,
        installed_at=utc(site.environment.now if site.moment is None else site.moment),
        pyv=__version__,
        tree=tree,
        files=len(patched.entries),
        unpacked=fetching.extracted.unpacked,
        patched=patched.paths,
        phases=phases,
        prefix=str(site.root.used_prefix(plan.name)),
        size=size,
    )


def _activate(plan: Plan, stage: Stage, receipt: Receipt, files: str, site: Site) -> str | None:
    """One rename, one link, the aliases, the shims: under the tree lock, in that order."""
    root = site.root
    with locked(root.tree_lock, check=site.check):
        if store_id_of(root, plan.name) != plan.installed and not plan.force:
            raise StoreError(
                f"{plan.name} was installed by another process, from another build", hint="see `pyv versions`"
            )
        store_id = free_store_id(root, plan.artifact.name, plan.artifact.sha256)
        for directory in (root.shims, *([root.launcher.parent] if root.has_launcher else [])):
            make_directory(directory)  # before the commit: a version without shims is of little use
        text = _reproducible(receipt).to_json() if site.moment is not None else receipt.to_json()
        replaced = commit(root, stage, name=plan.name, store_id=store_id, receipt=text, listing=files)
        rehash(root, site.environment.python)
        if site.moment is not None:
            stamp_root(root, store_id, site.moment)
    return replaced


def _reproducible(receipt: Receipt) -> Receipt:
    """The receipt without what two installations of one record differ in: how long it took, and what was cached."""
    return dataclasses.replace(receipt, source="", phases={})
