"""Several installations at once, and one way to stop them all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pyv.concurrently import side_by_side
from pyv.errors import PyvError
from pyv.install.installer import Outcome, Site, install
from pyv.install.plan import Plan
from pyv.store.atomic import store_error


def install_all(plans: Sequence[Plan], site: Site, jobs: int) -> Iterator[tuple[Plan, Outcome | PyvError]]:
    """Carry out plans side by side; each ends with an outcome or its own error, in the order they end.

    Ctrl-C and SIGTERM stop every one of them cleanly; KeyboardInterrupt is raised then.
    """
    return side_by_side(
        plans,
        lambda plan: install(plan, site),
        jobs=jobs,
        cancel=site.cancel,
        translate=lambda fault: store_error("install into", fault.filename or "the root", fault),
    )
