"""What an index costs: requests of a refresh, and what verification adds where nothing has to be fetched."""

from __future__ import annotations

import functools
import http.server
import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmark.errors import BenchError
from benchmark.installers import Job
from benchmark.place import VERSION
from benchmark.process import Command, Run, run

# From a refreshed index on disk to a record that is verified and objected to by nobody: the modules only trust needs,
# the state, the digests of what is kept, the keys, the revocations, the policy, the signature. Finding the record
# itself (reading and resolving the manifest, and the modules for that) would be there without any trust, and is not
# counted.
_VERIFICATION = """
import sys, time
from pathlib import Path
import pyv.domain.resolve, pyv.domain.manifest
begun = time.perf_counter()
from pyv.trust.keys import parse_key_list
from pyv.trust.record import verify_record
spent = time.perf_counter() - begun
from pyv.domain.objection import objector
from pyv.environment import current
from pyv.host import detect
from pyv.index.configured import Access, open_index
from pyv.install.configuration import read_configuration
from pyv.store.paths import Root
from pyv.transfer.locations import Location
environment = current()
root, triple = Root(Path(environment.vars["PYV_ROOT"])), detect().triple
begun = time.perf_counter()
policy = read_configuration(root.path, environment.cwd).policy
index = open_index(
    Location.parse(sys.argv[1], environment.cwd), [triple], Access(root=root, client=None, now=environment.now)
)
index.read(triple)
spent += time.perf_counter() - begun
(record, *_) = index.artifacts(triple)
begun = time.perf_counter()
assert objector(index.revocations, policy, environment.now)(record) is None
verify_record(record, index.keys, environment.now)
spent += time.perf_counter() - begun
assert index.level == "index-fresh" and index.renewal is None
print(len(index.artifacts(triple)), 1000 * spent, "tuf" in sys.modules)
"""


class _Counting(http.server.SimpleHTTPRequestHandler):
    """A static server that remembers how often it was asked."""

    asked: list[str]

    def log_message(self, *_: object) -> None:
        """The list is the log."""

    def do_GET(self) -> None:
        self.asked.append(self.path)
        super().do_GET()


@contextmanager
def counted(directory: Path) -> Iterator[tuple[str, list[str]]]:
    """Serve a mirror on loopback: its address, and the paths it was asked for so far."""
    asked: list[str] = []
    handler = type("Handler", (_Counting,), {"asked": asked})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=str(directory)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def requests(job: Job) -> list[tuple[str, int, Run]]:
    """What is done, the requests it took, and the run."""
    found = []
    with counted(job.place.mirror) as (address, asked):
        job.fresh()
        environment = job.environment(PYV_ROOT=str(job.root / "pyv"))
        _trusting(job)
        for name, words in (
            ("first refresh", ("index", "refresh", "--index", address)),
            ("refresh with nothing new", ("index", "refresh", "--index", address)),
            ("plan an install, index fresh", ("install", VERSION, "--dry-run", "--index", address)),
            ("install, index fresh", ("install", VERSION, "--index", address)),
        ):
            asked.clear()
            command = Command(words=(job.place.pyv, *words), environment=environment, directory=job.root)
            taken = run(command)
            found.append((name, len(asked), taken))
    return found


def verification(job: Job, runs: int) -> tuple[int, list[float], bool]:
    """Records in the manifest, milliseconds a run, and whether tuf was loaded."""
    job.fresh()
    _trusting(job)
    mirror = str(job.place.mirror)
    environment = job.environment(PYV_ROOT=str(job.root / "pyv"))
    words = (job.place.pyv, "index", "refresh", "--index", mirror)
    run(Command(words=words, environment=environment, directory=job.root))
    python = str(job.place.pyv_environment / "bin" / "python")
    said = []
    for _ in range(runs + 1):
        done = subprocess.run(
            (python, "-I", "-c", _VERIFICATION, mirror),
            env=environment,
            cwd=job.root,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise BenchError(f"verification could not be timed: {done.stderr.strip()[-400:]}")
        said.append(json.loads("[" + ",".join(done.stdout.lower().split()) + "]"))
    return said[0][0], [each[1] for each in said[1:]], any(each[2] for each in said)


def _trusting(job: Job) -> None:
    words = (job.place.pyv, "trust", "add", str(job.place.mirror), "--yes")
    environment = job.environment(PYV_ROOT=str(job.root / "pyv"))
    run(Command(words=words, environment=environment, directory=job.root))
