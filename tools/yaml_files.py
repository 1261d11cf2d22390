"""Reads YAML files of the repository."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

# The loader in C takes a tenth of the time; not every PyYAML has it.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(path: Path) -> Any:
    """Return what the file holds. Raises YAMLError if it is no YAML."""
    return yaml.load(path.read_text(), Loader=LOADER)
