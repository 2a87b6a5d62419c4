"""The activation gate: what the refreshed index says, asked for beside the download (design, §4.3).

The refresh runs in a thread of its own from the moment the download begins. Whoever is about to activate something
asks `plan`, and waits there if need be; a revocation or a policy that is against it is raised there.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from pyv.install.plan import Plan

_LOOK = 0.1  # seconds until a cancellation is noticed


def _nothing() -> None:
    pass


class Gate:
    """One plan's confirmation, under way.

    Where the installation fails first, the thread is left to end by itself: what it writes is whole or not there.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._fault: BaseException | None = None
        self._thread: threading.Thread | None = None
        self.seconds = 0.0
        """How long the installation waited for it."""

        if plan.confirm is not None:
            self._thread = threading.Thread(target=self._run, name=f"confirm {plan.name}", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        try:
            if self._plan.confirm is not None:
                self._plan = self._plan.confirm()
        except BaseException as fault:  # noqa: BLE001 (handed to the thread that waits)
            self._fault = fault

    def plan(self, check: Callable[[], None] = _nothing) -> Plan:
        """What is to be activated; `check` may raise to give up waiting.

        Raises:
            PyvError: nothing is, since the index could not be refreshed, or its publisher or the policy is against it.
        """
        begun = time.perf_counter()
        while self._thread is not None and self._thread.is_alive():
            self._thread.join(_LOOK)
            check()
        self.seconds += time.perf_counter() - begun
        if self._fault is not None:
            raise self._fault
        return self._plan
