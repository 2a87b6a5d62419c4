"""Several deeds at once: a thread each, at most so many of them, and one way to stop them all."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from pyv.errors import PyvError

if TYPE_CHECKING:
    from concurrent.futures import Future

Item = TypeVar("Item")
Result = TypeVar("Result")

_HEARTBEAT = 0.1  # seconds until a signal is noticed


def side_by_side(
    items: Sequence[Item],
    act: Callable[[Item], Result],
    *,
    jobs: int,
    cancel: Callable[[], None],
    translate: Callable[[OSError], PyvError],
) -> Generator[tuple[Item, Result | PyvError], None, None]:
    """Do it for every item; each ends with a result or its own error, in the order they end, and else in their own.

    `cancel` makes those under way give up: it is called on Ctrl-C and SIGTERM, which raise KeyboardInterrupt then, and
    where whoever iterates gives up. Nothing runs any more when this ends.
    """
    from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait  # noqa: PLC0415 (only for deeds)

    executor = ThreadPoolExecutor(max_workers=max(1, min(jobs, len(items))))
    left = iter(items)
    running: dict[Future[Result], Item] = {}
    try:
        with _noticed() as signals:
            while True:
                # a few more than there are threads: to look at all of many thousands each time would be quadratic
                running.update({executor.submit(act, item): item for item in islice(left, 2 * jobs - len(running))})
                if not running:
                    return
                done, _ = wait(running, timeout=_HEARTBEAT, return_when=FIRST_COMPLETED)
                if signals:
                    raise KeyboardInterrupt
                for future in [each for each in running if each in done]:  # a set has no order of its own
                    item = running.pop(future)
                    ended: Result | PyvError = _ended(future.result, translate)
                    yield item, ended
    except BaseException:
        cancel()
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def one_by_one(
    items: Sequence[Item], act: Callable[[Item], Result], *, translate: Callable[[OSError], PyvError]
) -> Iterator[tuple[Item, Result | PyvError]]:
    """Do it for every item, here and now: for deeds that take no time, and that nothing harms if it breaks them off."""
    for item in items:
        yield item, _ended(partial(act, item), translate)


def aside(act: Callable[[], Result], *, cancel: Callable[[], None]) -> Result:
    """Do one deed where no signal can break it off in the middle: in the main thread's place, a thread of its own.

    What a signal raises in the main thread (`KeyboardInterrupt`, mostly) makes the deed give up, and is raised then.
    """
    if threading.current_thread() is not threading.main_thread():
        return act()
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 (only for deeds)

    with ThreadPoolExecutor(max_workers=1) as executor:
        try:
            return executor.submit(act).result()
        except BaseException:
            cancel()
            raise


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


def _ended(result: Callable[[], Result], translate: Callable[[OSError], PyvError]) -> Result | PyvError:
    try:
        return result()
    except PyvError as fault:
        return fault
    except OSError as fault:
        return translate(fault)
