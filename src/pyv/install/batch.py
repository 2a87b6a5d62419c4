"""Several installations at once: a thread each, at most `jobs` of them, and one way to stop them all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from pyv.errors import PyvError
from pyv.install.installer import Outcome, Site, install
from pyv.install.plan import Plan

_HEARTBEAT = 0.2  # seconds: waiting without end would not see Ctrl-C on every platform


def install_all(plans: Sequence[Plan], site: Site, jobs: int) -> Iterator[tuple[Plan, Outcome | PyvError]]:
    """Carry out plans side by side; each ends with an outcome or its own error, in the order they end.

    A KeyboardInterrupt stops every one of them cleanly and is raised again.
    """
    executor = ThreadPoolExecutor(max_workers=max(1, min(jobs, len(plans))), thread_name_prefix="install")
    running: dict[Future[Outcome], Plan] = {executor.submit(install, plan, site): plan for plan in plans}
    try:
        while running:
            done, _ = wait(running, timeout=_HEARTBEAT, return_when=FIRST_COMPLETED)
            for future in done:
                plan = running.pop(future)
                yield plan, _ended(future)
    except BaseException:
        site.cancel()
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _ended(future: Future[Outcome]) -> Outcome | PyvError:
    try:
        return future.result()
    except PyvError as fault:
        return fault
