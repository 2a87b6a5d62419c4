"""Trying: one source again, then the next, and what is said when none did."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pyv.errors import DigestError, TransferError
from pyv.transfer.failures import AttemptError, MismatchError, MissingError, told_to_sender
from pyv.transfer.locations import Source
from pyv.transfer.patience import Deadline, Patience
from pyv.transfer.progress import Progress

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A request that came to nothing: the printable address, and why."""

    url: str
    problem: str


class Attempts:
    """All requests of one fetch, or of one thing that is sent, under one deadline."""

    def __init__(self, patience: Patience, progress: Progress, *, sends: bool = False) -> None:
        self.deadline = Deadline(patience)
        self.failed: list[Attempt] = []
        self._patience = patience
        self._progress = progress
        self._sends = sends
        self._last: AttemptError | None = None
        self._mismatch: tuple[str, MismatchError] | None = None

    def first_success(
        self, sources: Sequence[Source], act: Callable[[Source], T], *, what: str, expected: str = "", vouched: str = ""
    ) -> T:
        """The first result of `act`, which raises `AttemptError` for a request that came to nothing.

        Raises:
            DigestError: no source did, and one of them served other bytes than were signed.
            TransferError: no source did.
        """
        left = list(sources)
        while left:
            source = left.pop(0)
            result = self._persist(source, act, left)
            if not isinstance(result, AttemptError):
                return result
            if self.deadline.remaining <= 0:
                break
            if result.unreachable:  # what else lies at that place is as far away
                left = _elsewhere(source, left)
        raise self._error(what, expected, vouched)

    def _persist(self, source: Source, act: Callable[[Source], T], left: Sequence[Source]) -> T | AttemptError:
        retry = 0
        while True:
            try:
                return act(source)
            except AttemptError as caught:
                failure = told_to_sender(caught) if self._sends else caught
            self._record(source, failure)
            retry += 1
            others = _elsewhere(source, left) if failure.unreachable else left
            following = others[0] if others else None
            pause = self._pause(failure, retry, following)
            if pause is None:
                is_news = not (source.has_other_name and isinstance(failure, MissingError))
                if following is not None and is_news and self.deadline.remaining > 0:
                    self._progress.note(f"{source.place}: {failure.problem}; trying {_next(source, following)}")
                return failure
            self._progress.note(f"{source.place}: {failure.problem}; trying again")
            self._patience.sleep(pause)

    def _record(self, source: Source, failure: AttemptError) -> None:
        self.failed.append(Attempt(url=source.label, problem=failure.problem))
        self._last = failure
        if isinstance(failure, MismatchError):
            self._mismatch = (source.label, failure)

    def _pause(self, failure: AttemptError, retry: int, following: Source | None) -> float | None:
        """Seconds until the same source is asked again; None: it is not."""
        limit = self._patience.attempts
        if failure.unreachable:
            # a place without a connection is left for the next one at once, and asked twice when it is the last
            limit = min(limit, 1 if following is not None else 2)
        if not failure.retry or retry >= limit:
            return None
        pause = self._patience.backoff(retry - 1)
        if failure.wait is not None:
            pause += failure.wait
            if following is not None and failure.wait > self._patience.backoff_cap:
                return None
        return pause if pause < self.deadline.remaining else None

    def _error(self, what: str, expected: str, vouched: str) -> TransferError | DigestError:
        tried = list({attempt.url: attempt for attempt in self.failed}.values())
        attempts = [{"url": attempt.url, "problem": attempt.problem} for attempt in self.failed]
        listing = _listing(tried)
        if self._mismatch is not None:
            url, mismatch = self._mismatch
            return DigestError(
                f"{what} is not what {vouched}: {url} serves sha256 {mismatch.actual}",
                hint=_hint(mismatch.hint, tried, listing),
                url=url,
                expected=expected,
                actual=mismatch.actual,
                attempts=attempts,
            )
        if self._last is None:
            return TransferError(
                f"there is no place to fetch {what} from", hint="name a mirror with --mirror", attempts=attempts
            )
        return TransferError(
            f"cannot {'send to' if self._sends else 'fetch'} {self.failed[-1].url}: {self._last.problem}",
            hint=_hint(self._last.hint, tried, listing),
            url=self.failed[-1].url,
            attempts=attempts,
            **({"status": self._last.status} if self._last.status else {}),
        )


def _elsewhere(source: Source, others: Sequence[Source]) -> list[Source]:
    return [other for other in others if other.place != source.place]


def _next(source: Source, following: Source) -> str:
    """How the next source is called: by its place, or whole where the place is the same."""
    return following.place if following.place != source.place else following.label


def _listing(tried: Sequence[Attempt]) -> str:
    """Every source with its problem; those with the same one together."""
    urls: dict[str, list[str]] = {}
    for attempt in tried:
        urls.setdefault(attempt.problem, []).append(attempt.url)
    return "; ".join(f"{', '.join(names)}: {problem}" for problem, names in urls.items())


def _hint(hint: str | None, tried: Sequence[Attempt], listing: str) -> str | None:
    return hint if len(tried) < 2 else "; ".join(filter(None, [hint, f"tried {listing}"]))
