"""Where the ending of each kind's deletion is tested, read from the tests."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from ebbtide.model.kind import Kind

ROOT = Path(__file__).resolve().parents[1]
# The dictionary of these files names the kinds that they delete.
MAKERS = "MAKERS"
CLOUDS = {
    "mocked cloud": ROOT / "tests" / "integration" / "test_kinds_deleted.py",
    "emulated cloud": ROOT / "tests" / "emulator" / "test_kinds_deleted.py",
}


@cache
def deleted_in(cloud: str) -> frozenset[str]:
    """Return the kinds that are deleted in a cloud; raises ValueError if the file names none."""
    for statement in ast.parse(CLOUDS[cloud].read_text()).body:
        if not isinstance(statement, ast.AnnAssign) or ast.unparse(statement.target) != MAKERS:
            continue
        if isinstance(statement.value, ast.Dict):
            keys = statement.value.keys
            return frozenset(ast.literal_eval(key) for key in keys if key is not None)
    raise ValueError(f"{CLOUDS[cloud]} has no {MAKERS}")


def where_tested(kind: Kind) -> list[str]:
    """Return where the endings of a kind are tested; each deletable kind on a script at least."""
    if kind.delete is None:
        return []
    return ["script", *(cloud for cloud in CLOUDS if kind.name in deleted_in(cloud))]
