"""What `init` says of shells; its effect is in `test_shells.py`."""

from __future__ import annotations

from tests.contract.case import case
from tests.contract.scene import BASIC

CASES = (
    case(
        "init/nothing, bash",
        BASIC,
        "init bash",
        stderr="# Load pyenv automatically by appending\n",
        status=1,
        first_line=True,
    ),
    case(
        "init/nothing, fish",
        BASIC,
        "init fish",
        stderr="# Add pyenv executable to PATH by running\n",
        status=1,
        first_line=True,
    ),
    case(
        "init/--detect-shell bash",
        BASIC,
        "init --detect-shell bash",
        ("PYENV_SHELL_DETECT=bash\nPYENV_PROFILE_DETECT=~/.profile\nPYENV_RC_DETECT=~/.bashrc\n"),
    ),
    case(
        "init/--detect-shell bash with a profile",
        BASIC.with_file("{home}/.bash_profile", ""),
        "init --detect-shell bash",
        ("PYENV_SHELL_DETECT=bash\nPYENV_PROFILE_DETECT=~/.bash_profile\nPYENV_RC_DETECT=~/.bashrc\n"),
    ),
    case(
        "init/--detect-shell zsh",
        BASIC,
        "init --detect-shell zsh",
        ("PYENV_SHELL_DETECT=zsh\nPYENV_PROFILE_DETECT=~/.zprofile\nPYENV_RC_DETECT=~/.zshrc\n"),
    ),
    case(
        "init/--detect-shell fish",
        BASIC,
        "init --detect-shell fish",
        (
            "PYENV_SHELL_DETECT=fish\nPYENV_PROFILE_DETECT=~/.config/fish/config.fish\nPYENV_RC_DETECT=~/.config/fish/config.fish\n"
        ),
    ),
    case(
        "init/--detect-shell ksh",
        BASIC,
        "init --detect-shell ksh",
        ("PYENV_SHELL_DETECT=ksh\nPYENV_PROFILE_DETECT=~/.profile\nPYENV_RC_DETECT=~/.profile\n"),
    ),
    case(
        "init/--detect-shell pwsh",
        BASIC,
        "init --detect-shell pwsh",
        (
            "PYENV_SHELL_DETECT=pwsh\n"
            "PYENV_PROFILE_DETECT=~/.config/powershell/profile.ps1\n"
            "PYENV_RC_DETECT=~/.config/powershell/profile.ps1\n"
        ),
    ),
    case(
        "init/--detect-shell unknown",
        BASIC,
        "init --detect-shell nush",
        ("PYENV_SHELL_DETECT=nush\nPYENV_PROFILE_DETECT=\nPYENV_RC_DETECT=\n"),
    ),
)
