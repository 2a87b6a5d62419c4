"""What `pyenv install` does with each version: one after the other, until one fails."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pyv import host
from pyv.api import resolve
from pyv.cli.context import Context
from pyv.cli.installing import carry_out_each
from pyv.cli.known import known
from pyv.cli.progress import watched
from pyv.cli.pyenv_words import agreed, say_not_found
from pyv.domain.own_name import split_name
from pyv.domain.request import VersionRequest, parse_request
from pyv.errors import PyvError, RequestError, ResolutionError
from pyv.install.plan import Plan
from pyv.install.remove import sweep
from pyv.store.aliases import read_aliases


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The command line, and what it works on."""

    context: Context
    force: bool
    skip_existing: bool
    debug: bool

    def is_there(self, name: str) -> bool:
        """Whether pyenv would say that a version exists."""
        return (self.context.root.version_link(name) / "bin").is_dir()


class _Ended(NamedTuple):
    """How it ended for one version."""

    status: int
    goes_on: bool
    """Whether the next one is taken up."""


_PRESENT = _Ended(0, goes_on=True)
_DECLINED = _Ended(1, goes_on=True)
_NOT_FOUND = _Ended(2, goes_on=False)


def install_each(words: Sequence[str], job: Job) -> int:
    """Install one version after the other; the largest exit status there was."""
    sweep(job.context.root, job.context.environment)
    worst = 0
    for word in words:
        try:
            ended = _install(word, job)
        except PyvError as error:
            ended = _Ended(job.context.output.fault(error), goes_on=False)
        worst = max(worst, ended.status)
        if not ended.goes_on:
            break
    return worst


def _install(word: str, job: Job) -> _Ended:
    version, own_name = split_name(word)
    request = _request(version, job)
    name = own_name or _certain_name(version, request, job)
    standing = name is not None and job.is_there(name)
    if name is not None and standing:
        ended = _left_alone(name, job)
        if ended is not None:
            return ended
    plan = None if request is None else _plan(request, own_name, job, force=standing)
    if request is None or plan is None:
        say_not_found(version, [name for name in known(job.context).names if not name.endswith("-debug")])
        return _NOT_FOUND
    if plan.is_done and job.is_there(plan.name):
        ended = _left_alone(plan.name, job)
        if ended is not None:
            return ended
    if plan.is_done:
        plan = _plan(request, own_name, job, force=True) or plan
    return _carry_out(plan, job)


def _left_alone(name: str, job: Job) -> _Ended | None:
    """What it comes to that a version is there already; None where it is to be replaced."""
    if job.skip_existing:
        return _PRESENT
    if job.force or agreed(job.context.root.version_link(name), job.context.environment):
        return None
    return _DECLINED


def _request(version: str, job: Job) -> VersionRequest | None:
    """What pyv reads in a word; None where that is nothing."""
    if (job.context.environment.cwd / version).is_file() and "/" in version:
        raise RequestError(f"{version} is a file, and nothing is built here: name a version")
    try:
        request = parse_request(version)
    except RequestError:
        return None
    variant = request.variant._replace(debug=True) if job.debug else request.variant
    return dataclasses.replace(request, variant=variant)


def _certain_name(version: str, request: VersionRequest | None, job: Job) -> str | None:
    """The name of what is asked for, as far as it can be said without an index."""
    if request is None:
        name = f"{version}-debug" if job.debug else version
        aliases = {alias.name for alias in read_aliases(job.context.root)}
        return None if name in aliases or "/" in name else name
    return request.tree_name if request.is_exact else None


def _plan(request: VersionRequest, own_name: str | None, job: Job, *, force: bool) -> Plan | None:
    """What is to be done; None where there is no such version. What pyv did not install is not replaced."""
    context, machine = job.context, host.detect()
    index = context.index(None, [request.triple or machine.triple])
    index.artifacts(request.triple or machine.triple)  # that it has nothing at all for this host is another matter
    try:
        return resolve(
            request, context, index=index, name=own_name, force=force, skip_existing=not force, machine=machine
        )
    except ResolutionError:
        return None


def _carry_out(plan: Plan, job: Job) -> _Ended:
    context = job.context
    output, reporter = watched(context.output)
    output.explain(f"{plan.name}: {plan.why}; index {plan.index}, {plan.level}")
    for note in plan.notes:
        output.say(f"{plan.name}: {note}")
    what = f"Python-{plan.artifact.version}"
    if not (context.root.blobs / plan.artifact.sha256).is_file():
        output.say(f"Downloading {plan.artifact.file_name}...")
    output.say(f"Installing {what}...")
    for _, ended in carry_out_each([plan], context, reporter, jobs=1):
        if isinstance(ended, PyvError):
            return _Ended(output.fault(ended), goes_on=False)
        if ended.replaced:
            left = ", ".join(ended.left_behind) or "none"
            output.say(f"{plan.name}: the build it replaces is kept as {ended.replaced}; packages left there: {left}")
        output.say(f"Installed Python-{ended.plan.artifact.version} to {ended.prefix}")
    return _Ended(0, goes_on=True)
