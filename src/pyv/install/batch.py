"""Several installations at once: a thread each, at most `jobs` of them, and one way to stop them all."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager

from pyv.errors import PyvError
from pyv.install.installer import Outcome, Site, install
from pyv.install.plan import Plan
from pyv.store.atomic import store_error

_HEARTBEAT = 0.1  # seconds until a signal is noticed


def install_all(plans: Sequence[Plan], site: Site, jobs: int) -> Iterator[tuple[Plan, Outcome | PyvError]]:
    """Carry out plans side by side; each ends with an outcome or its own error, in the order they end.

    Ctrl-C and SIGTERM stop every one of them cleanly; KeyboardInterrupt is raised then.
    """
    executor = ThreadPoolExecutor(max_workers=max(1, min(jobs, len(plans))), thread_name_prefix="install")
    running: dict[Future[Outcome], Plan] = {executor.submit(install, plan, site): plan for plan in plans}
    try:
        with _noticed() as signals:
            while running:
                done, _ = wait(running, timeout=_HEARTBEAT, return_when=FIRST_COMPLETED)
                if signals:
                    raise KeyboardInterrupt
                for future in done:
                    plan = running.pop(future)
                    yield plan, _ended(future)
    except BaseException:
        site.cancel()
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _noticed() -> Iterator[list[int]]:
    """Collect signals for the block: a KeyboardInterrupt inside the release of a lock would break the lock."""
    signals: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield signals
        return
    before = {
        number: signal.signal(number, lambda caught, _frame: signals.append(caught))
        for number in (signal.SIGINT, signal.SIGTERM)
        if signal.getsignal(number) is not signal.SIG_IGN  # as `nohup` and a shell's `&` have it: it stays ignored
    }
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ended(future: Future[Outcome]) -> Outcome | PyvError:
    try:
        return future.result()
    except PyvError as fault:
        return fault
    except OSError as fault:
        return store_error("install into", fault.filename or "the root", fault)
