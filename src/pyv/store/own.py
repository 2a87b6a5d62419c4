"""pyv's own releases, where it has a Python of its own: `self/VERSION-DIGEST`, each whole or not there.

`scripts/install.sh` puts a release together and calls this from it. What counts is `bin/pyv`: it names the release it
starts, and replacing it is the switch. Releases there were go after that, or with the next switch if they still run.
"""

from __future__ import annotations

import os
import re
import subprocess
from contextlib import suppress
from pathlib import Path

from pyv.store.atomic import make_directory, translated
from pyv.store.lock import locked
from pyv.store.paths import Root
from pyv.store.shims import rehash
from pyv.store.staging import remove_tree

_OLD = ".old-"
_RELEASE = re.compile(rf"(?:{re.escape(_OLD)})*[0-9].*-[0-9a-f]{{12}}")
"""What is ours to remove: a root may be a directory whose `self/` is something else, too, a mirror's for one."""
_SWITCH = """\
import sys
from pyv.environment import current
from pyv.reporting import guarded
from pyv.store.own import switch
environment = current()
sys.exit(guarded(lambda: switch(environment.root, sys.argv[1]), environment))
"""


def settle(path: Path, staged: str, name: str) -> int:
    """Make a prefix that is ready the release called `name` of the root at `path`, and the one `bin/pyv` starts.

    Where there is a release of that name it is that one: equal names are equal bytes. The exit status. From the rename
    on nothing is imported here, as the prefix this runs in is elsewhere: the release itself does the rest.

    Raises:
        StoreError: the disk refuses; then `bin/pyv` starts what it started before.
    """
    root = Root(path)
    release = root.own / name
    make_directory(root.own)
    with locked(root.locks / "self.lock"):
        if not release.is_dir():
            with translated("place", release):
                os.rename(staged, release)
        return subprocess.run([release / "bin" / "python3", "-I", "-c", _SWITCH, name], check=False).returncode


def switch(path: Path, name: str) -> int:
    """Let `bin/pyv` start the release called `name`, in which this runs, and remove all others. The exit status.

    Raises:
        StoreError: the disk refuses.
    """
    root = Root(path)
    with locked(root.tree_lock):
        rehash(root, str(root.own / name / "bin" / "python3"))
    with translated("read", root.own):
        others = [found for found in os.listdir(root.own) if found != name and _RELEASE.fullmatch(found)]
    running = _programs_that_run()
    for found in others:
        old = root.own / found
        if any(program.startswith(f"{os.path.realpath(old)}/") for program in running):
            continue  # it has modules to load yet
        if not found.startswith(_OLD):  # half removed, it shall not have a release's name
            old = root.own / f"{_OLD}{found}"
            remove_tree(old)
            with translated("remove", root.own / found):
                os.rename(root.own / found, old)
        remove_tree(old)
    return 0


def _programs_that_run(processes: Path = Path("/proc")) -> list[str]:
    """The programs of all processes one may ask about; none where there is no such directory."""
    found = []
    for process in processes.glob("[0-9]*/exe"):
        with suppress(OSError):
            found.append(os.readlink(process))
    return found
