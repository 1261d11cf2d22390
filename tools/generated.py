"""Writing generated files, or checking that they are current; shared by all generators."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path


def write_or_check(description: str | None, files: Mapping[Path, str], arguments: list[str]) -> int:
    """Write every file that differs; with --check, only name these files and return 1."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--check", action="store_true", help="exit with 1 if a file is stale")
    check = parser.parse_args(arguments).check
    stale = {
        path: text for path, text in files.items() if not path.exists() or path.read_text() != text
    }
    for path, text in stale.items():
        if check:
            sys.stderr.write(f"{path.parent.name}/{path.name} is stale: run `make docs`\n")
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
    return int(check and bool(stale))
