"""Checks of pyv without Python, each taken out by one small change: of install.sh, of its last step, of add-self."""

from __future__ import annotations

from tests.prove.mutations import Mutation

_SCRIPT = "../../scripts/install.sh"
_INSTALL = ("self/test_install.py",)
_CHANGES = ("self/test_changes.py",)
_SOURCES = ("self/test_sources.py",)
_KIT = ("mirror/test_own_kit.py",)

SELF_MUTATIONS = (
    # install.sh
    Mutation("any bytes will do", _SCRIPT, 'if [ "$found" = "$2" ]; then return 0; fi', "return 0", _INSTALL),
    Mutation("wheels are not hashed", _SCRIPT, "are_as_pinned || check_wheels", ":", _INSTALL),
    Mutation(
        "wheels are not hashed one by one",
        _SCRIPT,
        '            check "$stage/wheels/$name" "$digest" "$name" "$(shown "${kit:-the package index}")"\n',
        "            :\n",
        (*_SOURCES, *_INSTALL),
    ),
    Mutation("a download has no end", _SCRIPT, 'ulimit -f "$blocks" 2>/dev/null || :\n    curl', "curl", _INSTALL),
    Mutation("passwords are shown", _SCRIPT, "sed 's#://[^/@]*@#://#'", "cat", _INSTALL),
    Mutation(
        "the work of others is swept",
        _SCRIPT,
        """if [ "$owner" != $$ ] && { kill -0 "$owner" 2>/dev/null || [ -d "/proc/$owner" ]; }; then continue; fi""",
        ":",
        _CHANGES,
    ),
    Mutation("the dead are not swept", _SCRIPT, '        rm -rf "$left" 2>/dev/null || :\n', "        :\n", _CHANGES),
    Mutation("nothing is cleared up", _SCRIPT, """    trap 'rm -rf "$stage"' EXIT\n""", "", _CHANGES),
    Mutation(
        "half a tree is a whole one",
        _SCRIPT,
        """if [ "$(count_files "$target")" != "$(cat "$target/.files" 2>/dev/null)" ]; then""",
        "if false; then",
        _CHANGES,
    ),
    Mutation("bin/pyv may start another one", _SCRIPT, "elif stands; then", "elif true; then", _CHANGES),
    Mutation("only the first place is asked", _SCRIPT, '"$UPSTREAM" "$UPSTREAM_TOO"', '"$UPSTREAM"', _SOURCES),
    Mutation("a pyv of others is uninstalled", _SCRIPT, "_pyv_python=${mine%\\'}", "_pyv_python=", _CHANGES),
    Mutation("pyv comes from around a script that pins it", _SCRIPT, "! pins | grep -q '^pyv ' && ", "", _SOURCES),
    Mutation("a runner obeys a server", _SCRIPT, " | LC_ALL=C sed 's/##\\[/##?/g'", "", _SOURCES),
    # the last step
    Mutation(
        "what was there stays", "store/own.py", "        remove_tree(old)\n    return 0", "    return 0", _CHANGES
    ),
    Mutation(
        "two at once are not kept apart",
        "store/own.py",
        'with locked(root.locks / "self.lock"):',
        "with locked(root.locks / os.urandom(4).hex()):",
        _INSTALL,
    ),
    Mutation(
        "the work of others is no release",
        "store/own.py",
        "if found != name and _RELEASE.fullmatch(found)]",
        "if found != name]",
        _CHANGES,
    ),
    Mutation(
        "what runs loses its modules",
        "store/own.py",
        'if any(program.startswith(f"{os.path.realpath(old)}/") for program in running):',
        "if False:",
        _CHANGES,
    ),
    # add-self
    Mutation("a wheel is believed", "mirror/own_kit.py", "    if not _is(path, part):\n", "    if False:\n", _KIT),
    Mutation(
        "an interpreter nobody signed",
        "mirror/own_interpreter.py",
        "                    verify_record(record, keys, self.now)\n",
        "",
        _KIT,
    ),
    Mutation(
        "one that was revoked",
        "mirror/own_interpreter.py",
        "if revoked is not None and revoked.blocks:",
        "if False:",
        _KIT,
    ),
    Mutation("what is no longer pinned stays", "mirror/own_kit.py", "        _forget_others(mirror, kit)\n", "", _KIT),
    Mutation(
        "a file may be pinned twice",
        "domain/kit.py",
        "if len(named) < len(parts):",
        "if False:",
        ("self/test_pins.py",),
    ),
)
