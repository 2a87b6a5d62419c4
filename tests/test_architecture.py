"""The house rules, executed: floors, cycles, budgets, no re-exports, and what a start-up may load."""

from __future__ import annotations

import ast
import functools
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "pyv"
FLOORS = [
    {"__main__"},
    {"cli"},
    {"api"},
    {"plumbing"},
    {"migrate"},
    {"install", "selection", "mirror"},
    {"index"},
    {"trust", "transfer", "archive", "store"},
    {"reporting", "concurrently"},
    {"environment", "host"},
    {"domain"},
    {"errors"},
    {"__init__"},
]
HEAVY = {
    "typer",
    "httpx",
    "cryptography",
    "backports",
    "compression",
    "isal",
    "tqdm",
    "tuf",
    "securesystemslib",
    "packaging",
}
HOMES = {
    "typer": {"cli"},
    "httpx": {"transfer"},
    "cryptography": {"trust"},
    "tuf": {"trust"},
    "securesystemslib": {"trust"},
    "backports": {"archive"},
    "compression": {"archive"},
    "isal": {"archive"},
    "tqdm": {"cli"},
    "packaging": {"domain"},
}
MAX_MODULE, MAX_FUNCTION, MAX_FUNCTION_P90, MAX_FUNCTION_MEDIAN = 250, 60, 35, 12


@functools.cache
def modules() -> dict[str, Path]:
    return {".".join(path.relative_to(SOURCE).with_suffix("").parts): path for path in sorted(SOURCE.rglob("*.py"))}


def floor_of(module: str) -> int:
    head = module.split(".", maxsplit=1)[0]
    return next(number for number, floor in enumerate(FLOORS) if head in floor)


@functools.cache
def imports(path: Path) -> tuple[str, ...]:
    """Every module a file imports, function-level imports included; those for type checkers only are not."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        id(node)
        for guard in ast.walk(tree)
        if isinstance(guard, ast.If) and ast.unparse(guard.test) == "TYPE_CHECKING"
        for node in ast.walk(guard)
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            if (node.module or "").startswith("pyv"):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


@functools.cache
def own_imports(path: Path) -> frozenset[str]:
    known = modules()
    found = set()
    for name in imports(path):
        bare = name.removeprefix("pyv.")
        if name.startswith("pyv.") and bare in known:
            found.add(bare)
        elif name == "pyv":
            found.add("__init__")
    return frozenset(found)


def test_every_module_has_a_floor() -> None:
    assert [module for module in modules() if not any(module.split(".")[0] in floor for floor in FLOORS)] == []


@pytest.mark.parametrize("module", modules())
def test_imports_only_go_down_and_siblings_are_strangers(module: str) -> None:
    own = module.split(".", maxsplit=1)[0]
    for target in own_imports(modules()[module]):
        if target.split(".")[0] != own:
            assert floor_of(target) > floor_of(module), f"{module} imports {target}"


@pytest.mark.parametrize("module", modules())
def test_each_heavy_library_has_one_home(module: str) -> None:
    floor = module.split(".", maxsplit=1)[0]
    for name in imports(modules()[module]):
        library = name.split(".")[0]
        assert library not in HEAVY or floor in HOMES[library], f"{module} imports {library}"


def test_the_shim_path_never_reaches_the_network_or_crypto() -> None:
    """What `store`, `selection` and `plumbing` import, followed to the end, holds no heavy library."""
    known = modules()
    reached = {name for name in known if name.split(".")[0] in {"store", "selection", "plumbing"}}
    while True:
        more = {target for name in reached for target in own_imports(known[name])} - reached
        if not more:
            break
        reached |= more
    loaded = {(name, library) for name in reached for library in imports(known[name])}
    assert {(name, library) for name, library in loaded if library.split(".")[0] in HEAVY - {"packaging"}} == set()


def test_there_are_no_import_cycles() -> None:
    graph = {module: own_imports(path) - {module} for module, path in modules().items()}
    while graph:
        leaves = [module for module, targets in graph.items() if not targets & graph.keys()]
        assert leaves, f"a cycle among {sorted(graph)}"
        for leaf in leaves:
            del graph[leaf]


def test_packages_only_hold_their_promise() -> None:
    for path in SOURCE.rglob("__init__.py"):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        allowed = 2 if path.parent == SOURCE else 1
        assert ast.get_docstring(ast.Module(body, [])), path
        assert len(body) == allowed, f"{path} holds more than its docstring"


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            yield node.name, (node.end_lineno or 0) - node.lineno + 1


def test_modules_stay_small() -> None:
    sizes = {module: len(path.read_text(encoding="utf-8").splitlines()) for module, path in modules().items()}
    assert {module: size for module, size in sizes.items() if size > MAX_MODULE} == {}
    assert statistics.median(sizes.values()) <= 130


def test_functions_stay_small() -> None:
    lengths = {(module, name): length for module, path in modules().items() for name, length in functions(path)}
    declared = {("cli.commands.install", "install")}  # a signature of options, and nothing else
    assert {where: n for where, n in lengths.items() if n > MAX_FUNCTION and where not in declared} == {}
    assert statistics.median(lengths.values()) <= MAX_FUNCTION_MEDIAN
    assert statistics.quantiles(lengths.values(), n=10)[-1] <= MAX_FUNCTION_P90


def test_nothing_waits_to_be_done() -> None:
    words = ("TO" + "DO", "FIX" + "ME", "XX" + "X")
    marked = [path for path in SOURCE.rglob("*.py") if any(word in path.read_text(encoding="utf-8") for word in words)]
    assert marked == []


def loaded_by(*arguments: str, home: Path) -> set[str]:
    """The modules a fresh pyv has loaded when it ends."""
    script = (
        "import sys\n"
        f"sys.argv = ['pyv', *{arguments!r}]\n"
        "from pyv.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print('\\n'.join(sys.modules), file=sys.__stderr__)\n"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-c", script],
        env={"HOME": str(home), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return set(run.stderr.split("\n"))


NEVER = {"rich", "pygments", "pydantic", "asyncio", "click", "tuf"}
STARTS = [
    (("--version",), {"httpx", "cryptography", "backports", "isal", "tqdm", "packaging"}, 200),
    (("--help",), {"httpx", "cryptography", "backports", "isal", "tqdm", "packaging"}, 240),
    (("root",), {"typer", "httpx", "cryptography", "backports", "isal", "tqdm", "packaging"}, 140),
    (("versions",), {"typer", "httpx", "cryptography", "backports", "isal", "tqdm", "packaging"}, 150),
    (("env",), {"typer", "httpx", "cryptography", "backports", "isal", "tqdm", "packaging"}, 160),
    (("available", "3.12"), {"httpx", "cryptography", "backports", "isal", "tqdm", "packaging"}, 280),
    (("install", "--locked"), {"typer", "httpx", "isal", "backports", "tqdm", "packaging", "platform"}, 240),
    (("install", "--dry-run", "3.12"), {"isal", "backports", "tqdm"}, 340),
]


@pytest.mark.parametrize(("arguments", "absent", "budget"), STARTS, ids=[" ".join(start[0]) for start in STARTS])
def test_a_start_loads_only_what_it_needs(
    arguments: tuple[str, ...], absent: set[str], budget: int, tmp_path: Path
) -> None:
    loaded = loaded_by(*arguments, home=tmp_path)
    assert "pyv.__main__" in loaded
    assert loaded & (absent | NEVER) == set()
    assert len(loaded) <= budget
