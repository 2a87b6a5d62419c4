"""One plan carried out in a session, for a caller who may call it off."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

from pyv.concurrently import aside
from pyv.domain.artifact import Artifact
from pyv.domain.triple import parse_triple, refusal
from pyv.errors import CancelledError, DocumentError, RequestError, StoreError
from pyv.host import detect
from pyv.install.mend import is_in_order, present
from pyv.install.plan import Plan
from pyv.install.remove import sweep
from pyv.install.reporter import Reporter
from pyv.install.session import Session
from pyv.install.site import Outcome, Site
from pyv.install.standing import standing
from pyv.store.atomic import store_error
from pyv.store.blobs import CancelledError as GaveUpError
from pyv.store.paths import Root
from pyv.store.receipt import read_receipt
from pyv.store.versions import store_id_of

Stopping = Callable[[Callable[[], None]], AbstractContextManager[None]]
"""Has what it is given called where the installation is called off, for the block."""


def carry_out(
    plan: Plan, session: Session, reporter: Reporter, stopping: Stopping, *, compile_bytecode: bool = False
) -> Outcome:
    """Clear away what died before and install, or see that it is installed.

    Raises:
        CancelledError: it was called off. PyvError: it failed; what was installed is as it was.
    """
    site = Site(
        environment=replace(session.environment, now=session.now),
        root=session.root,
        client=session.client,
        reporter=reporter,
        compile_bytecode=compile_bytecode,
        moment=session.environment.build_time,
    )
    _refuse_impossible(plan, compile_bytecode=compile_bytecode)
    with stopping(site.cancel):
        if plan.is_done and is_in_order(session.root, plan.name):
            return _carry_out(plan, site)
        return aside(lambda: _carry_out(plan, site), cancel=site.cancel)


def _carry_out(plan: Plan, site: Site) -> Outcome:
    try:
        site.check()
        if plan.is_done:
            _refuse_stranger(site.root, plan.name, plan.artifact)
            return present(plan, site)
        sweep(site.root, site.environment)
        from pyv.install.installer import install  # noqa: PLC0415 (a job that has all it needs installs nothing)

        return install(plan, site)
    except GaveUpError:
        raise CancelledError(f"the installation of {plan.name} was called off", name=plan.name) from None
    except OSError as fault:
        raise store_error("install into", fault.filename or "the root", fault) from fault


def _refuse_impossible(plan: Plan, *, compile_bytecode: bool) -> None:
    """What is for another machine is laid out, and not started.

    Raises:
        RequestError: it would have to be, or pyv knows no tree of its kind.
    """
    triple = plan.artifact.triple
    if parse_triple(triple).os == "windows":
        raise RequestError(f"pyv lays out no builds for {triple}", hint="take one for Linux or macOS")
    reason = refusal(triple, detect()) if compile_bytecode else None
    if reason is not None:
        raise RequestError(
            f"--compile-bytecode starts the interpreter, and this host cannot run {plan.artifact.name}: {reason}",
            hint="leave it out; what runs there compiles at first import",
        )


def _refuse_stranger(root: Root, name: str, wanted: Artifact) -> None:
    """What a plan takes for installed has to be there, and for the same kind of machine.

    Raises:
        StoreError: it was uninstalled meanwhile, or is for another system, processor or C library.
    """
    if standing(root, name) is None:
        raise StoreError(f"{name} was uninstalled since it was planned", hint="resolve the request again", name=name)
    store_id = store_id_of(root, name)
    try:
        present = None if store_id is None else read_receipt(root, store_id).artifact
    except (StoreError, DocumentError):
        return  # that its receipt cannot be read is what `pyv verify` tells
    if present is not None and _kind(present) != _kind(wanted):
        raise StoreError(
            f"{name} is installed already, for {present.triple}",
            hint=f"install the one for {wanted.triple} into another root, or under a name of its own",
            installed=present.triple,
            wanted=wanted.triple,
        )


def _kind(artifact: Artifact) -> tuple[str, str, str]:
    """What decides whether a machine can run it, its CPU level aside."""
    triple = parse_triple(artifact.triple)
    return triple.os, triple.arch, triple.libc
