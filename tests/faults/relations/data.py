"""Reads the reviewed lists of tests/data/relations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "data" / "relations"


def reviewed(name: str, member: str) -> Any:
    """Return what a list of the folder holds beside the description of itself."""
    return json.loads((FOLDER / f"{name}.json").read_text())[member]
