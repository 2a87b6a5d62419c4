"""Checks of moved, half restored and laid out roots, each taken out by one small change."""

from __future__ import annotations

from tests.prove.mutations import Mutation

_MOVED = ("install/test_moved.py",)
_HALF = ("install/test_half_restored.py",)
_IMAGES = ("install/test_containers.py",)
_RECIPES = ("install/test_containers_doc.py",)

ROOT_MUTATIONS = (
    # moved
    Mutation(
        "the list keeps the digests of the old place",
        "install/moved.py",
        "listing(rewritten.get(entry, entry) for entry in entries)",
        "listing(entries)",
        _MOVED,
    ),
    Mutation(
        "what an interrupted run rewrote counts as edited",
        "install/moved.py",
        "there = _rewritten(path, here, new, old)",
        "there = text",
        _MOVED,
    ),
    Mutation(
        "an older receipt forgets half-way where it was",
        "install/moved.py",
        "if not receipt.prefix:",
        "if False:",
        _MOVED,
    ),
    Mutation("modes follow the umask", "install/moved.py", "file.chmod(stat.S_IMODE(mode))", "pass", _MOVED),
    Mutation(
        "bytecode of what was rewritten stays", "install/moved.py", "cached.unlink(missing_ok=True)", "pass", _MOVED
    ),
    Mutation(
        "another name of one place is a move",
        "install/place.py",
        "return not os.path.samefile(before, now)",
        "return True",
        _MOVED,
    ),
    Mutation("half fitted counts as half there", "install/whole.py", " and path not in patched", "", _MOVED),
    Mutation(
        "pyv of the root's own stays where it was",
        "store/launcher.sh",
        'case $_pyv_python in "$_pyv_root"/*)',
        'case $_pyv_python in "-$_pyv_root"/*)',
        _MOVED,
    ),
    # half restored
    Mutation("what was cut short is whole", "install/whole.py", "found.size < receipt.size", "False", _HALF),
    Mutation(
        "what was edited is not", "install/whole.py", "found.size < receipt.size", "found.size != receipt.size", _HALF
    ),
    Mutation(
        "any kind of file will do", "install/whole.py", "if not _is_of_kind(mode, status.st_mode):", "if False:", _HALF
    ),
    Mutation(
        "a lost receipt stops everything", "install/standing.py", "except PyvError:", "except ZeroDivisionError:", _HALF
    ),
    Mutation(
        "two at once do it twice",
        "install/installer.py",
        "not (plan.damage and present == plan.installed)",
        "not plan.damage",
        _HALF,
    ),
    Mutation(
        "offline asks for the archive of what is there",
        "install/plan.py",
        "spared=idle or repacked.packing is not None",
        "spared=repacked.packing is not None",
        _HALF,
    ),
    Mutation(
        "a root of another user is written to",
        "install/mend.py",
        " or not os.access(root.shims, os.W_OK)",
        "",
        _HALF,
    ),
    # a stranger's
    Mutation(
        "a receipt names any file", "store/receipt.py", 'or not {"", ".", ".."}.isdisjoint(path.split("/"))', "", _HALF
    ),
    Mutation(
        "links lead outside",
        "install/moved.py",
        "return (prefix / path).resolve() != prefix.resolve() / path",
        "return False",
        _HALF,
    ),
    Mutation(
        "the store is a version",
        "store/versions.py",
        ' and store_id.strip(".") else',
        " else",
        ("store/test_versions.py",),
    ),
    # laid out
    Mutation(
        "times of the prefix are today's",
        "install/installer.py",
        "stamp_tree(stage.prefix, site.moment)",
        "pass",
        _IMAGES,
    ),
    Mutation("times beside it are", "install/installer.py", "stamp_root(root, store_id, site.moment)", "pass", _IMAGES),
    Mutation("times of links are", "store/times.py", "_stamp([*links, *within", "_stamp([*within", _IMAGES),
    Mutation("launchers go by such times", "store/times.py", "    forget_times(root)\n", "", _IMAGES),
    Mutation(
        "receipts tell how long it took",
        "install/installer.py",
        "_reproducible(receipt).to_json() if site.moment is not None else receipt.to_json()",
        "receipt.to_json()",
        _IMAGES,
    ),
    Mutation(
        "an image gets a bin/pyv of this machine",
        "store/shims.py",
        "    if root.has_launcher:\n        write_launchers",
        "    if True:\n        write_launchers",
        _IMAGES,
    ),
    Mutation(
        "pip in an image asks for pyv",
        "store/shim.sh",
        'if [ -x "$PYV_ROOT/bin/pyv" ]; then\n    case',
        "if true; then\n    case",
        _RECIPES,
    ),
    Mutation(
        "what cannot run here compiles here", "install/carry_out.py", "if reason is not None:", "if False:", _IMAGES
    ),
    Mutation("Windows is laid out", "install/carry_out.py", 'parse_triple(triple).os == "windows"', "False", _IMAGES),
)
