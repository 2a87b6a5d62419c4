"""Making shims: `rehash`."""

from __future__ import annotations

from tests.contract.case import case
from tests.contract.scene import BASIC, NOTHING, ODD

CASES = (
    case("rehash/names", BASIC, "rehash", after={"{root}/shims": "only313 pip python python3"}),
    case("rehash/nothing installed", NOTHING, "rehash", after={"{root}/shims": ""}),
    case("rehash/environments", ODD, "rehash", after={"{root}/shims": "conda flask python python3"}),
    case(
        "rehash/stale shims go",
        BASIC.having("{root}/shims/old", text="#!/bin/sh\n"),
        "rehash",
        after={"{root}/shims": "only313 pip python python3"},
    ),
    case("rehash/no directories", NOTHING, "rehash", after={"{home}/new/shims": ""}, PYENV_ROOT="{home}/new"),
    case("rehash/operand", BASIC, "rehash x", after={"{root}/shims": "only313 pip python python3"}),
)
