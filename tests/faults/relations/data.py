"""Reads the reviewed lists of tests/data/relations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "data" / "relations"


def reviewed(name: str, member: str) -> Any:
    """Return the entries of a list, without the description at its top."""
    return json.loads((FOLDER / f"{name}.json").read_text())[member]
