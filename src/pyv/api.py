"""pyv as a library: resolve a request, install it, list what is installed, say what a directory selects.

    with open_session(root=Path("/opt/pythons")) as session:
        plan = resolve("3.12", session)
        print(install(plan, session).python)

What is defined here is promised, and so is what docs/api.md says of results. The command line uses the same functions.
Nothing is printed or kept between calls; this process is read through an `Environment` only; errors are `pyv.errors`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pyv.environment import Environment, current
from pyv.store.paths import Root

if TYPE_CHECKING:
    from pyv.domain.request import VersionRequest
    from pyv.domain.triple import Host
    from pyv.index.opened import Index
    from pyv.install.plan import Plan
    from pyv.install.session import Session
    from pyv.install.site import Outcome
    from pyv.store.receipt import Receipt


@dataclass(frozen=True, slots=True)
class Event:
    """What `progress` is called with, from the threads that work; the name is the version's."""

    name: str
    phase: Literal["step", "download", "downloaded"]
    """A line for people in `text`; bytes on their way; no more bytes, however that ended."""
    text: str = ""
    done: int = 0
    """Bytes that are there, those of an earlier run included; fewer than before where a mirror served wrong ones."""
    total: int | None = None
    """Bytes there will be; None where nobody knows yet."""


class Cancel:
    """Calls installations off: give it to `install`, and call `cancel` from any thread, or from the callback."""

    def __init__(self) -> None:
        self._stops: list[Callable[[], None]] = []
        self.is_called = False

    def cancel(self) -> None:
        """Make every installation that has it raise CancelledError, those that begin later included."""
        self.is_called = True  # first: who comes in between looks at it after it joined the list
        for stop in tuple(self._stops):
            stop()

    @contextmanager
    def stopping(self, stop: Callable[[], None]) -> Iterator[None]:
        """Have `stop` called with `cancel`, for the block."""
        self._stops.append(stop)
        if self.is_called:
            stop()
        try:
            yield
        finally:
            self._stops.remove(stop)


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """One version of the tree."""

    name: str
    prefix: Path
    """`versions/NAME` below the root, which stays when the build behind it is replaced."""
    store_id: str | None
    """Which tree below `store/` that is; None for what pyv did not install."""

    @property
    def python(self) -> Path:
        """The interpreter."""
        return self.prefix / "bin" / "python3"

    def receipt(self) -> Receipt | None:
        """Its record, where it came from, how it was verified; None for what pyv did not install.

        Raises:
            StoreError, DocumentError: it cannot be read.
        """
        from pyv.store.receipt import read_receipt

        return None if self.store_id is None else read_receipt(Root(self.prefix.parent.parent), self.store_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """One word of a pin, and what is installed for it."""

    word: str
    name: str | None
    """The version's, or `system`; None where nothing is installed for the word. The latter two have no prefix."""
    prefix: Path | None
    why: str
    origin: str
    """Who says so: the path of a file, or a variable's name and `environment variable`."""


def open_session(
    *,
    root: Path | None = None,
    used_at: Path | None = None,
    environment: Environment | None = None,
    max_staleness: int | None = None,
    notify: Callable[[str], None] | None = None,
) -> Session:
    """What calls share: a root, the configuration of machine, person and project, and one HTTP client.

    Args:
        root: where versions are installed; by default `PYV_ROOT`, else `~/.pyv`.
        used_at: where that root will lie when it is used, if that is elsewhere, as with an image that is laid out.
        environment: variables, working directory, clock; by default those of this process.
        max_staleness: seconds for which an expired index may still be believed, as far as the policy allows.
        notify: told in a line what is waited for.

    Raises:
        PyvError: a configuration file is malformed or says what it may not, or there is no root.
    """
    from pyv.install.session import make_session

    environment = environment or current()
    return make_session(environment, root=root, used_at=used_at, max_staleness=max_staleness, notify=notify)


def resolve(
    request: str | VersionRequest,
    session: Session,
    *,
    index: str | Index | None = None,
    mirrors: Sequence[str] = (),
    triple: str | None = None,
    flavor: str | None = None,
    build: str | None = None,
    name: str | None = None,
    force: bool = False,
    skip_existing: bool = False,
    offline: bool = False,
    machine: Host | None = None,
) -> Plan:
    """What installing a request means: one signed record, where its archive lies, and why. Nothing is installed.

    Args:
        request: `3.12`, `3.13t`, `>=3.11,<3.13`, `3.12.2+20240224`, `latest`, …
        index: an address or a directory; or one opened with `session.index`, to answer several requests from one state.
        mirrors: addresses or directories to fetch from, in order; `upstream` stands for upstream's own.
        triple: the platform: `aarch64-apple-darwin`. By default this machine's.
        name: what the version is to be called in the tree; `force` lets it take the place of what is called so.
        skip_existing: whether what somebody else put at that name counts as installed.
        machine: what it has to run on: this machine, or any that runs `triple` where one is named.

    Raises:
        RequestError: the request, name or triple cannot be read. ResolutionError: nothing matches.
        TrustError: the index or the record does not verify, is revoked, or the policy forbids it.
        TransferError: the index cannot be read. StoreError: something else stands at the name.
    """
    from pyv.domain.own_name import check_name
    from pyv.domain.request import parse_request
    from pyv.host import machine_for
    from pyv.install.plan import Options, make_plan

    asked = parse_request(request) if isinstance(request, str) else request
    if name is not None:
        check_name(name, name)
    triple = triple or asked.triple
    machine = machine or machine_for(triple)
    if index is None or isinstance(index, str):
        index = session.index(index, [triple or machine.triple], offline=offline).current()
    options = Options(
        flavor=flavor, build=build, triple=triple, name=name, force=force, skip_existing=skip_existing, offline=offline
    )
    options = dataclasses.replace(options, mirrors=session.mirrors(mirrors), policy=session.policy)
    return make_plan(asked, index, options, host=machine, root=session.root, now=session.now)


def install(
    plan: Plan,
    session: Session,
    *,
    progress: Callable[[Event], None] | None = None,
    cancel: Cancel | None = None,
    compile_bytecode: bool = False,
) -> Outcome:
    """Carry a plan out, or see that it is installed. Threads and processes may do this at once.

    An error, KeyboardInterrupt, or what `progress` raises leaves what was installed as it was.

    Raises:
        CancelledError: `cancel` was called before it was done. TransferError: the archive could not be fetched.
        TrustError: it is not what was signed, or the refreshed index is against it. ArchiveError: it breaks a rule.
        StoreError: the file system refuses, or the name has a build for another kind of machine.
    """
    from pyv.install.carry_out import carry_out
    from pyv.install.reporter import Quiet, Telling

    reporter = Quiet() if progress is None else Telling(progress, Event)
    return carry_out(plan, session, reporter, (cancel or Cancel()).stopping, compile_bytecode=compile_bytecode)


def installed(session: Session) -> tuple[Installed, ...]:
    """Every version of the tree, in natural order: pyv's own, and what else stands there. Aliases are left out.

    Raises:
        StoreError: the tree cannot be read.
    """
    from pyv.selection.installed import read_installed
    from pyv.store.versions import store_id_of

    root, names = session.root, read_installed(session.root).names()
    return tuple(
        Installed(name=each, prefix=root.version_link(each), store_id=store_id_of(root, each)) for each in names
    )


def select(session: Session, directory: Path | None = None) -> tuple[Selected, ...]:
    """What `python` means in a directory (by default the session's), in order, and why; missing versions included.

    As for a shim, `PYV_VERSION` and `PYENV_VERSION` of the session's environment go before every file.

    Raises:
        StoreError: the file in force cannot be read. PyvError: `PYENV_DIR` is no directory.
    """
    from pyv.selection import select as selection
    from pyv.selection.installed import read_installed
    from pyv.selection.pins import find_pin, seen_from

    environment = session.environment if directory is None else seen_from(session.environment, directory)
    found = selection.select(find_pin(environment, session.root), read_installed(session.root))

    return tuple(
        Selected(
            word=each.word,
            name=each.name,
            prefix=None if each.name in {None, selection.SYSTEM} else session.root.version_link(each.kept),
            why=each.why,
            origin=found.pin.origin,
        )
        for each in found.choices
    )
