"""Where configuration files lie, and whether there are any: most machines have none, and need no reader then."""

from __future__ import annotations

import os
from pathlib import Path

ADMIN = Path("/etc/pyv/config.toml")
USER = "config.toml"
PROJECT = "pyv.toml"


def project_file(cwd: Path) -> Path | None:
    """The nearest project's file at or above a directory."""
    return next((path for each in (cwd, *cwd.parents) if os.path.lexists(path := each / PROJECT)), None)


def is_configured(root: Path, cwd: Path, *, admin: Path = ADMIN) -> bool:
    """Whether any configuration file has a say here; one that cannot be looked at may."""
    return _may_stand(admin) or _may_stand(root / USER) or project_file(cwd) is not None


def _may_stand(path: Path) -> bool:
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True
