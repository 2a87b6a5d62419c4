"""Checks of moving in, each taken out by one small change: what may be linked, replaced, installed, and what is told."""

from __future__ import annotations

from tests.prove.mutations import Mutation

_ADOPTED = ("store/test_adopted.py",)
_PYENV = ("migrate/test_pyenv.py",)
_PACKAGES = ("migrate/test_packages.py",)
_COMPARE = ("migrate/test_compare.py",)
_LEFT = ("migrate/test_decommission.py",)
_UV = ("migrate/test_uv.py",)

MIGRATE_MUTATIONS = (
    # what is whose
    Mutation(
        "any link with an old receipt is adopted",
        "store/adopted.py",
        "return receipt if receipt.name == name and target in targets and receipt.tool else None",
        "return receipt",
        _ADOPTED,
    ),
    Mutation(
        "a link whose target changes is nobody's for a moment",
        "store/adopted.py",
        'for word in ("target", "was")}',
        'for word in ("target",)}',
        _ADOPTED,
    ),
    Mutation(
        "a sweep forgets whose a link is",
        "store/versions.py",
        "return is_adopted(root, store_id) or any(",
        "return any(",
        _ADOPTED,
    ),
    Mutation(
        "the receipt of a replaced link stays",
        "store/versions.py",
        "root.receipt(adopted_id(name)).unlink(missing_ok=True)  # of the link it took the place of",
        "pass",
        _ADOPTED,
    ),
    Mutation(
        "a sweep leaves the receipt of a replaced link",
        "store/versions.py",
        "if read_adopted(root, name) is None:\n            root.receipt",
        "if False:\n            root.receipt",
        _ADOPTED,
    ),
    # links
    Mutation(
        "pyv's own root is linked into itself", "migrate/inventory.py", "if inventory.is_own:", "if False:", _PYENV
    ),
    Mutation(
        "links escape every policy",
        "migrate/link.py",
        "if each.level or each.versions or each.triples is not None or each.minimum_release_age:",
        "if False:",
        _PYENV,
    ),
    Mutation(
        "a link takes the place of somebody's directory",
        "migrate/link.py",
        "if os.path.lexists(root.version_link(name)) else",
        "if False else",
        _PYENV,
    ),
    Mutation(
        "a link takes the place of an installed version",
        "migrate/link.py",
        "if linked_id(root, name) is not None:",
        "if False:",
        _PYENV,
    ),
    Mutation(
        "a link takes the place of a managed alias",
        "migrate/link.py",
        "if name in {alias.name for alias in read_aliases(root)}:",
        "if False:",
        _PYENV,
    ),
    Mutation(
        "aliases stay behind when their version is replaced",
        "migrate/link.py",
        'if entry.kind == "alias" and entry.here and',
        "if False and",
        _PYENV,
    ),
    # packages
    Mutation(
        "what came from a URL is asked of an index",
        "migrate/reinstall.py",
        "if not package.origin and package.key not in there",
        "if package.key not in there",
        _PACKAGES,
    ),
    Mutation(
        "what is there is overwritten",
        "migrate/reinstall.py",
        "if not package.origin and package.key not in there",
        "if not package.origin",
        _PACKAGES,
    ),
    Mutation(
        "a package that failed is no failure",
        "cli/migrate_steps.py",
        "return _FAILED if any(isinstance(each, PyvError) or each.failed for each in ended) else 0",
        "return 0",
        _PACKAGES,
    ),
    Mutation(
        "metadata may name options of pip",
        "migrate/packages.py",
        "if _NAME.fullmatch(name) and",
        "if name and",
        _PACKAGES,
    ),
    Mutation(
        "console scripts get no shims",
        "cli/migrate_steps.py",
        "if any(isinstance(each, Moved) and each.installed for each in ended):",
        "if False:",
        _PACKAGES,
    ),
    # the comparison
    Mutation(
        "statuses are not compared",
        "migrate/answers.py",
        "return self.names, self.status, self.missing, self.program, self.program_status",
        "return self.names, self.missing, self.program",
        _COMPARE,
    ),
    Mutation(
        "what is missing is not compared",
        "migrate/answers.py",
        "return self.names, self.status, self.missing, self.program, self.program_status",
        "return self.names, self.program",
        _COMPARE,
    ),
    Mutation(
        "pyv is compared with itself",
        "migrate/compare.py",
        "if not is_pyvs(path):",
        "if True:",
        _COMPARE,
    ),
    Mutation(
        "a difference is no failure",
        "cli/migrating.py",
        "return _FAILED if differing else 0",
        "return 0",
        _COMPARE,
    ),
    Mutation(
        "the global version is not compared",
        "migrate/compare.py",
        'places.append((inventory.global_pin, Path("/")))',
        "pass",
        _COMPARE,
    ),
    Mutation(
        "variables decide the comparison",
        "migrate/answers.py",
        "if name not in PINNING and name not in _OWN",
        "if name not in _OWN",
        _COMPARE,
    ),
    # letting go
    Mutation("what depends is no failure", "cli/migrating.py", "return _FAILED if found else 0", "return 0", _LEFT),
    Mutation(
        "comments of start-up files count", "migrate/startup.py", 'if not stripped.startswith("#") and', "if", _LEFT
    ),
    Mutation(
        "a tree beside it is taken for it",
        "migrate/dependents.py",
        'one == place or one.startswith(f"{place}/")',
        "one.startswith(place)",
        _LEFT,
    ),
    # uv
    Mutation(
        "two interpreters have one name",
        "migrate/uv.py",
        "if not entry.here or holders[entry.here] is entry else",
        "if True else",
        _UV,
    ),
)
