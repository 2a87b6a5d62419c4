"""Hook scripts: `hooks`."""

from __future__ import annotations

from tests.contract.case import case
from tests.contract.scene import BASIC

CASES = (
    case("hooks/none", BASIC, "hooks exec", "{pyenv}/pyenv.d/exec/pip-rehash.bash\n"),
    case("hooks/nothing", BASIC, "hooks", stderr="Usage: pyenv hooks <command>\n", status=1),
    case(
        "hooks/of the root",
        BASIC.with_file("{root}/pyenv.d/which/mine.bash", "true\n"),
        "hooks which",
        "{root}/pyenv.d/which/mine.bash\n",
    ),
    case(
        "hooks/of a plugin",
        BASIC.with_file("{root}/plugins/p/etc/pyenv.d/which/mine.bash", "true\n"),
        "hooks which",
        "{root}/plugins/p/etc/pyenv.d/which/mine.bash\n",
    ),
    case(
        "hooks/of a variable",
        BASIC.with_file("{home}/hooks/which/mine.bash", "true\n"),
        "hooks which",
        "{home}/hooks/which/mine.bash\n",
        PYENV_HOOK_PATH="{home}/hooks",
    ),
    case(
        "hooks/several, in order",
        BASIC.with_file("{root}/pyenv.d/which/b.bash", "")
        .with_file("{root}/pyenv.d/which/a.bash", "")
        .with_file("{root}/pyenv.d/which/readme.txt", "")
        .with_file("{root}/plugins/p/etc/pyenv.d/which/a.bash", "")
        .with_file("{home}/hooks/which/z.bash", ""),
        "hooks which",
        (
            "{home}/hooks/which/z.bash\n"
            "{root}/pyenv.d/which/a.bash\n"
            "{root}/pyenv.d/which/b.bash\n"
            "{root}/plugins/p/etc/pyenv.d/which/a.bash\n"
        ),
        PYENV_HOOK_PATH="{home}/hooks",
    ),
    case("hooks/--help", BASIC, "hooks --help", "Usage: pyenv hooks <command>\n", first_line=True),
)
