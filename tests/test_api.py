"""The library as a stranger uses it: a fresh root, a server on loopback, an environment of its own."""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import re
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pyv import api
from pyv.api import Cancel, Event, Installed, Selected, install, installed, open_session, resolve, select
from pyv.domain.artifact import Artifact
from pyv.environment import Environment
from pyv.errors import CancelledError, ExpiredError, PyvError, RequestError, ResolutionError, StoreError
from pyv.install import session as session_module
from pyv.install.session import Session
from pyv.store.lock import locked
from tests.install.scene import HERE, assert_sound, big_tar, blob_path, index_of, left_in, let_age, publish, serve_index
from tests.support.index import SignedIndex
from tests.support.runner import Machine
from tests.support.server import Server

SOURCE = Path(api.__file__).parent
PAGE = (SOURCE.parent.parent / "docs" / "api.md").read_text(encoding="utf-8")
OTHER = "aarch64-apple-darwin" if "apple" not in HERE else "x86_64-unknown-linux-gnu"

SIGNATURES = {
    "Cancel": "() -> 'None'",
    "Event": "(name: 'str', phase: \"Literal['step', 'download', 'downloaded']\", text: 'str' = '', "
    "done: 'int' = 0, total: 'int | None' = None) -> None",
    "Installed": "(*, name: 'str', prefix: 'Path', store_id: 'str | None') -> None",
    "Selected": "(*, word: 'str', name: 'str | None', prefix: 'Path | None', why: 'str', origin: 'str') -> None",
    "install": "(plan: 'Plan', session: 'Session', *, progress: 'Callable[[Event], None] | None' = None, "
    "cancel: 'Cancel | None' = None, compile_bytecode: 'bool' = False) -> 'Outcome'",
    "installed": "(session: 'Session') -> 'tuple[Installed, ...]'",
    "open_session": "(*, root: 'Path | None' = None, used_at: 'Path | None' = None, environment: 'Environment | None' = None, "
    "max_staleness: 'int | None' = None, notify: 'Callable[[str], None] | None' = None) -> 'Session'",
    "resolve": "(request: 'str | VersionRequest', session: 'Session', *, index: 'str | Index | None' = None, "
    "mirrors: 'Sequence[str]' = (), triple: 'str | None' = None, flavor: 'str | None' = None, "
    "build: 'str | None' = None, name: 'str | None' = None, force: 'bool' = False, skip_existing: 'bool' = False, "
    "offline: 'bool' = False, machine: 'Host | None' = None) -> 'Plan'",
    "select": "(session: 'Session', directory: 'Path | None' = None) -> 'tuple[Selected, ...]'",
}


class Scene:
    """A mirror of one big archive for this host and a small one for another, and sessions in a root that trusts it."""

    def __init__(self, machine: Machine, server: Server, tmp_path: Path) -> None:
        self.machine, self.server = machine, server
        self.index = SignedIndex()
        tar = big_tar(files=24)
        self.here = self.index.add("3.12.2", tar.gz(), triple=HERE, unpacked=tar.unpacked, entries=tar.entries)
        index_of("3.13.1", index=self.index)
        self.other = self.index.add("3.12.2", big_tar(files=1).gz(), triple=OTHER)
        self.address = serve_index(server, publish(self.index, tmp_path / "mirror", machine))

    def environment(self, **variables: str) -> Environment:
        machine = self.machine
        told = {"PYV_INDEX": self.address, **variables}
        return Environment(vars=told, cwd=machine.cwd, home=machine.home, now=time.time())

    def session(self, **variables: str) -> Session:
        return open_session(environment=self.environment(**variables))

    def slowly(self, artifact: Artifact, by: int = 8192) -> None:
        self.server.put(blob_path(artifact), self.index.blobs[artifact.sha256], drip=(by, 0.05))


@pytest.fixture
def scene(machine: Machine, server: Server, tmp_path: Path) -> Scene:
    return Scene(machine, server, tmp_path)


def test_the_public_names_and_their_signatures() -> None:
    defined = {
        name: thing
        for name, thing in vars(api).items()
        if not name.startswith("_") and getattr(thing, "__module__", "") == "pyv.api"
    }
    assert {name: str(inspect.signature(thing)) for name, thing in defined.items()} == SIGNATURES
    for name, thing in defined.items():
        assert thing.__doc__, name
    methods = {name for name in vars(Cancel) if not name.startswith("_")} | {"is_called"}
    assert methods == {"cancel", "is_called", "stopping"}


def test_what_the_page_promises_of_results_is_there() -> None:
    rows = re.findall(r"^\| `(pyv\.[a-z_.]+)\.([A-Z]\w+)` \| (.+) \|$", PAGE, flags=re.MULTILINE)
    assert {name for _, name, _ in rows} >= {"Plan", "Outcome", "Session", "Receipt", *_classes()}
    for module, name, words in rows:
        found = getattr(importlib.import_module(module), name)
        known = (
            {*dir(found), *getattr(found, "__annotations__", {}), *vars(found())} if name == "Cancel" else {*dir(found)}
        )
        assert set(re.findall(r"`(\w+)`", words)) <= known, name


def _classes() -> set[str]:
    return {name for name in SIGNATURES if name[0].isupper()}


def test_importing_it_is_cheap() -> None:
    script = "import sys; before = set(sys.modules); import pyv.api; print(*sorted(set(sys.modules) - before))"
    run = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    heavy = {
        "httpx",
        "cryptography",
        "tuf",
        "typer",
        "zstandard",
        "isal",
        "packaging",
        "tqdm",
        "asyncio",
        "ssl",
        "socket",
    }
    assert {name for name in loaded if name.split(".")[0] in heavy} == set()
    assert {name for name in loaded if name.startswith("pyv.")} == {
        "pyv.api", "pyv.environment", "pyv.errors", "pyv.store", "pyv.store.paths",
    }  # fmt: skip
    assert len(loaded) <= 80


def test_the_command_line_has_no_second_way_to_install() -> None:
    """What carries a plan out, or makes one from an index, is reached through `pyv.api` alone."""
    modules = {f"pyv.install.{name}" for name in ("carry_out", "fetch", "gate", "obtain", "installer", "plan")}
    allowed = {"pyv.install.installer.Outcome", "pyv.install.plan.Plan", "pyv.install.plan.Options"}
    looked = 0
    for path in sorted((SOURCE / "cli").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, (ast.Import, ast.ImportFrom)) else []
            if isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{name}" for name in names]
            named = {name for name in names if name in modules or name.rpartition(".")[0] in modules}
            assert named <= allowed, path
            looked += len(named)
    assert looked > 5


def test_from_a_request_to_a_prefix(scene: Scene) -> None:
    events: list[Event] = []
    let_age(scene.machine)
    scene.slowly(scene.here, by=20_000)
    with scene.session() as session:
        plan = resolve("3.12", session)
        artifact = plan.artifact
        assert (plan.name, artifact.version, artifact.build, artifact.triple) == ("3.12.2", "3.12.2", "20260814", HERE)
        assert (artifact.flavor, artifact.sha256, plan.keyid) == (
            "install_only_stripped", scene.here.sha256, scene.index.key.public_key.keyid,
        )  # fmt: skip
        assert [source.url for source in plan.sources] == [scene.address + blob_path(scene.here)]
        assert (plan.level, plan.confirm, installed(session)) == ("index-fresh", None, ())
        outcome = install(plan, session, progress=events.append)
        assert outcome.prefix == scene.machine.root / "versions" / "3.12.2"
        assert subprocess.check_output([outcome.python, "-V"], text=True) == "Python 3.12.2\n"
        assert installed(session) == (
            Installed(name="3.12.2", prefix=outcome.prefix, store_id=os.path.basename(os.readlink(outcome.prefix))),
        )
        receipt = installed(session)[0].receipt()
        assert receipt is not None
        assert outcome.receipt is not None
        assert (receipt.artifact, receipt.tree) == (scene.here, outcome.receipt.tree)
        assert install(resolve("3.12", session), session).receipt is None
    size = scene.here.size
    counted = [event for event in events if event.phase == "download"]
    assert counted[0] == Event("3.12.2", "download")
    assert (counted[-1].done, {event.total for event in counted[1:]}) == (size, {size})
    assert [event.done for event in counted] == sorted(event.done for event in counted)
    assert len({event.done for event in counted}) > 2
    assert events[-1] == Event("3.12.2", "downloaded", "", outcome.transferred, size)
    assert_sound(session.root, "3.12.2")


def test_another_root_and_another_platform(scene: Scene, tmp_path: Path) -> None:
    with scene.session() as session:
        plan = resolve("3.12", session, triple=OTHER)
        assert plan.artifact.sha256 == scene.other.sha256
        outcome = install(plan, session)
        assert_sound(session.root, "3.12.2")
        assert outcome.receipt is not None
        here = resolve("3.12", session)
        with pytest.raises(StoreError, match=f"3.12.2 is installed already, for {OTHER}"):
            install(here, session)
        named = install(resolve("3.12", session, name="native"), session)
        assert subprocess.check_output([named.python, "-V"], text=True) == "Python 3.12.2\n"
    with open_session(used_at=Path("/opt/pyv"), environment=scene.environment()) as session:
        outcome = install(resolve("3.13", session), session)
        assert outcome.python == Path("/opt/pyv/versions/3.13.1/bin/python3")
        there = {version.name: version for version in installed(session)}["3.13.1"]
        assert subprocess.check_output([there.python, "-V"], text=True) == "Python 3.13.1\n"
        assert "/opt/pyv/versions/3.13.1" in next(there.prefix.rglob("_sysconfigdata*.py")).read_text()
    bare = scene.environment()
    with open_session(root=tmp_path / "elsewhere", environment=bare) as session:
        assert session.environment.root == session.root.path == tmp_path / "elsewhere"
        with pytest.raises(PyvError, match="its root was never accepted here"):  # trust belongs to a root
            resolve("3.12", session)
    assert not (tmp_path / "elsewhere" / "versions").exists()


def by_another_thread(cancel: Cancel, begun: threading.Event) -> None:
    assert begun.wait(60)
    cancel.cancel()


def test_called_off_by_another_thread_and_taken_up_again(scene: Scene) -> None:
    scene.slowly(scene.here)
    cancel, begun = Cancel(), threading.Event()

    def look(event: Event) -> None:
        if event.done:
            begun.set()

    with scene.session() as session:
        install(resolve("3.13", session), session)
        before = left_in(session.root.path)
        other = threading.Thread(target=by_another_thread, args=(cancel, begun))
        other.start()
        with pytest.raises(CancelledError) as caught:
            install(resolve("3.12", session), session, progress=look, cancel=cancel)
        other.join()
        assert (caught.value.message, caught.value.code) == ("the installation of 3.12.2 was called off", "cancelled")
        after = left_in(session.root.path)
        kept = {path for path in after if path.startswith("cache/partial/")}
        assert {path: value for path, value in after.items() if path not in kept} == before
        assert kept == {f"cache/partial/{scene.here.sha256}", f"cache/partial/{scene.here.sha256}.json"}
        with pytest.raises(CancelledError):  # it stays called off
            install(resolve("3.12", session), session, cancel=cancel)
        scene.server.put(blob_path(scene.here), scene.index.blobs[scene.here.sha256])
        outcome = install(resolve("3.12", session), session)
        assert 0 < outcome.transferred < (scene.here.size or 0)
        assert_sound(session.root, "3.12.2")


def interrupt(_: Event) -> None:
    main = threading.main_thread().ident
    assert main is not None
    signal.pthread_kill(main, signal.SIGINT)


def fail(_: Event) -> None:
    raise LookupError("of the caller's own")


@pytest.mark.parametrize("how", [CancelledError, LookupError, KeyboardInterrupt])
def test_called_off_from_the_callback(scene: Scene, how: type[BaseException]) -> None:
    scene.slowly(scene.here)
    cancel, handler = Cancel(), signal.getsignal(signal.SIGINT)
    act = {CancelledError: lambda _: cancel.cancel(), LookupError: fail, KeyboardInterrupt: interrupt}[how]
    done = threading.Event()

    def once(event: Event) -> None:
        if event.done and not done.is_set():
            done.set()
            act(event)

    with scene.session() as session:
        with pytest.raises(how):
            install(resolve("3.12", session), session, progress=once, cancel=cancel)
        assert installed(session) == ()
        assert os.listdir(session.root.staging) == []
        assert signal.getsignal(signal.SIGINT) is handler
        scene.server.put(blob_path(scene.here), scene.index.blobs[scene.here.sha256])
        install(resolve("3.12", session), session)  # and no lock is held


def test_what_the_last_call_of_the_callback_raises(scene: Scene) -> None:
    def at_the_end(event: Event) -> None:
        if event.phase == "downloaded":
            raise LookupError

    with scene.session() as session:
        with pytest.raises(LookupError):
            install(resolve("3.12", session), session, progress=at_the_end)
        assert installed(session) == ()


def test_called_off_while_another_process_installs_it(scene: Scene) -> None:
    cancel, events = Cancel(), list[Event]()

    def look(event: Event) -> None:
        events.append(event)
        cancel.cancel()

    with scene.session() as session:
        held = locked(session.root.artifact_lock(scene.here.sha256))
        with held, pytest.raises(CancelledError):
            install(resolve("3.12", session), session, progress=look, cancel=cancel)
    assert events == [Event("3.12.2", "step", "another pyv is installing it: waiting")]


def test_a_session_that_is_closed(scene: Scene) -> None:
    with scene.session() as session:
        plan = resolve("3.12", session)
    with pytest.raises(PyvError, match="the session is closed"):
        install(plan, session)


def test_two_threads_and_one_session(scene: Scene) -> None:
    scene.slowly(scene.here)
    let_age(scene.machine)
    with scene.session() as session, ThreadPoolExecutor(3) as threads:
        index = session.index(None, [HERE])  # asked again beside the downloads
        plans = [resolve(word, session, index=index) for word in ("3.12", "3.12", "3.13")]
        assert all(plan.confirm for plan in plans)
        ended = list(threads.map(lambda plan: install(plan, session), plans))
    assert sorted(outcome.receipt is not None for outcome in ended) == [False, True, True]
    assert len(scene.server.asked(blob_path(scene.here))) == 1
    for name in ("3.12.2", "3.13.1"):
        assert_sound(session.root, name)


REFUSED = [
    ("three", {}, RequestError, "`three` is not a version request"),
    ("3.12", {"triple": "my-pc"}, RequestError, "`my-pc` is not a triple"),
    ("3.12", {"name": "../3.12"}, RequestError, "`../3.12` cannot be the name of a version"),
    ("3.12", {"index": "gopher://example"}, RequestError, "cannot read from `gopher://` addresses"),
    ("3.9", {}, ResolutionError, "no build of `3.9`"),
    ("3.12", {"build": "20200101"}, ResolutionError, "no build 20200101 of `3.12`"),
]


@pytest.mark.parametrize(("request_", "options", "kind", "words"), REFUSED)
def test_what_cannot_be_resolved(
    scene: Scene, request_: str, options: dict[str, str], kind: type[PyvError], words: str
) -> None:
    with scene.session() as session, pytest.raises(kind, match=re.escape(words)) as caught:
        resolve(request_, session, **options)  # type: ignore[arg-type]  # options of several types, by name
    assert type(caught.value) is kind
    assert caught.value.hint
    assert not (scene.machine.root / "versions").exists()


def test_a_plan_of_what_was_uninstalled_since(scene: Scene) -> None:
    with scene.session() as session:
        install(resolve("3.13", session), session)
        plan = resolve("3.13", session)
        assert plan.is_done
        scene.machine.pyv("uninstall", "-f", "3.13.1").ok()
        with pytest.raises(StoreError, match=re.escape("3.13.1 was uninstalled since it was planned")):
            install(plan, session)


def test_the_clock_of_a_session_goes_on(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    with scene.session() as session:
        resolve("3.12", session)
        monkeypatch.setattr(session_module, "clock", lambda: time.time() + 10 * 365 * 86400)
        with pytest.raises(ExpiredError):
            resolve("3.12", session)


def test_select_says_what_and_why(scene: Scene, tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "src").mkdir(parents=True)
    (project / ".python-version").write_text("3.13\n3.11\nsystem\n")
    with scene.session() as session:
        prefix = install(resolve("3.13", session), session).prefix
        origin = str(project / ".python-version")
        assert select(session, project / "src") == (
            Selected(
                word="3.13", name="3.13.1", prefix=prefix, why="3.13 follows its newest release, 3.13.1", origin=origin
            ),
            Selected(
                word="3.11", name=None, prefix=None, why="nothing installed answers to 3.11", origin=origin
            ),
            Selected(word="system", name="system", prefix=None, why="the system's Python", origin=origin),
        )  # fmt: skip
        assert [choice.name for choice in select(session)] == ["system"]
    with scene.session(PYENV_DIR="/nowhere") as session:
        assert [choice.name for choice in select(session, project)] == ["3.13.1", None, "system"]
    with scene.session(PYV_VERSION="3.13.1") as session:
        assert [(choice.name, choice.origin) for choice in select(session, project)] == [
            ("3.13.1", "PYV_VERSION environment variable")
        ]


def example(name: str, directory: Path) -> Path:
    """An example of the page, as a file."""
    path = directory / name
    path.write_text(PAGE.split(f"<!-- run: {name} -->\n```python\n")[1].split("```")[0])
    return path


@pytest.fixture
def consumer(scene: Scene) -> Machine:
    """A process that has nothing but variables: where the root is, and which index."""
    machine = scene.machine
    return Machine(
        machine.home, machine.root, machine.cwd, {"PYV_INDEX": scene.address, "PYTHONPATH": str(machine.cwd)}
    )


def test_the_first_example_runs(scene: Scene, consumer: Machine) -> None:
    path = example("first.py", consumer.cwd)
    (consumer.cwd / "project").mkdir()
    (consumer.cwd / "project" / ".python-version").write_text("3.12\n")
    (consumer.cwd / "pythons").symlink_to(consumer.root)
    consumer.root.mkdir(exist_ok=True)
    run = consumer.run([sys.executable, str(path)])
    versions = consumer.cwd / "pythons" / "versions"
    lines = run.ok().stdout.rpartition("\n3.12.2: 100 %")[2].splitlines()
    assert run.stdout.startswith(f"3.12.2 {HERE} {scene.here.sha256}\n\n3.12.2: 0 %")
    assert run.stderr == ""
    assert lines == [
        f"{versions / '3.12.2'} {versions / '3.12.2/bin/python3'}",
        f"3.12.2 {versions / '3.12.2/bin/python3'}",
        "3.12 3.12.2 3.12 follows its newest release, 3.12.2",
    ]


ADAPTED = """
import os
from pbs_adapter import get_download_link, install
print(*get_download_link("3.12"))
arch, platform = ("arm64", "macos") if OTHER == "aarch64-apple-darwin" else ("x86_64", "linux")
print(get_download_link("3.12", arch=arch, platform=platform)[1][1])
install("3.12", "pythons", version_dir=True)
install("3.12", "pythons", version_dir=True)
os.mkdir("plain")
install("3.13", "plain")
for request, implementation in (("3.12", "pypy"), ("3.9", "cpython"), ("3.x", "cpython")):
    try:
        install(request, "other", implementation=implementation)
    except ValueError as fault:
        print(fault)
"""


def test_the_adapter_stands_in_for_pbs_installer(scene: Scene, consumer: Machine) -> None:
    example("pbs_adapter.py", consumer.cwd)
    run = consumer.run([sys.executable, "-c", f"OTHER = {OTHER!r}\n{ADAPTED}"])
    run.shows(
        f"cpython@3.12.2 ('{scene.address}{blob_path(scene.here)}', '{scene.here.sha256}')\n"
        f"{scene.other.sha256}\n"
        "pyv installs CPython, without its build directory\n"
        f"no build of `3.9` for {HERE}\n"
        "`3.x` is not a version request\n"
    )
    for place, version in (("pythons/cpython@3.12.2", "3.12.2"), ("plain", "3.13.1")):
        python = consumer.cwd / place / "bin" / "python"
        assert subprocess.check_output([python, "-V"], text=True) == f"Python {version}\n"
    assert not (consumer.cwd / "other").exists()


def test_the_examples_are_typed(tmp_path: Path) -> None:
    """For mypy in its strictest form, which believes the annotations of an installed package by its `py.typed` only."""
    files = [example(name, tmp_path) for name in ("first.py", "pbs_adapter.py")]
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        "from pyv.api import installed, open_session, resolve\n\nresolve(3.12, open_session())\ninstalled(1)\n"
    )
    options = ("--strict", "--config-file=", "--python-version=3.10", "--no-error-summary", f"--cache-dir={tmp_path}")
    run = subprocess.run(
        [sys.executable, "-m", "mypy", *options, *files, wrong],
        env={"PATH": os.environ["PATH"]}, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = re.findall(r"(?m)^(\w+\.py:\d+): error: .*\[(.+)\]$", run.stdout)
    assert found == [("wrong.py:3", "arg-type"), ("wrong.py:4", "arg-type")], run.stdout + run.stderr
