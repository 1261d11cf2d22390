"""No text of a bucket reaches the terminal in a form that could command it, whatever prints it."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard

from tests.support.command import run
from tests.unit.cli.test_tables import everything

# Clears the screen, moves the cursor up, and shows what follows from right to left.
BAD = "\x1b[2J\x9b1A\r\u202e"
RAW = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]")
# Fields with texts that others have written.
FREE = {"name", "reason", "note", "cause", "error", "message", "detail", "why", "title", "stays"}
ALL = "search all --format"
TYPED = (
    *(f"{ALL} {form}" for form in ("table", "list", "csv", "markdown", "yaml", "json", "dot")),
    "ancestors vol-1",
    "history --after 30d",
    "runs list",
    "runs show run-3",
    "runs log run-3",
    "workflows history",
    "cleanup log --all",
    "coverage",
    "plan show --format table",
    "plan show --format table --brief",
    "plan show --format markdown",
    "plan diff --format table",
    "plan explain vol-1",
    "protect check vol-1",
    "jobs show old-volumes",
    "status",
)


def hostile(value: Any) -> Any:
    """Return a value whose free texts and tags command a terminal."""
    if isinstance(value, list):
        return [hostile(one) for one in value]
    if not isinstance(value, dict):
        return value
    tags = value.get("tags")
    changed = {
        name: one + BAD if name in FREE and one and isinstance(one, str) else hostile(one)
        for name, one in value.items()
    }
    if isinstance(tags, dict):
        changed["tags"] = {
            name: one + BAD if isinstance(one, str) else one for name, one in tags.items()
        }
    return changed


def rewrite(path: Path) -> None:
    if path.suffix == ".json":
        path.write_text(json.dumps(hostile(json.loads(path.read_bytes()))))
    elif path.name.endswith(".jsonl.zst"):
        with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(path.read_bytes())) as stream:
            lines = stream.read().splitlines()
        text = "".join(f"{json.dumps(hostile(json.loads(line)))}\n" for line in lines)
        path.write_bytes(zstandard.ZstdCompressor().compress(text.encode()))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    copy = everything(tmp_path_factory.mktemp("hostile") / "copy").path
    for path in copy.rglob("*"):
        if path.is_file() and "config" not in path.relative_to(copy).parts:
            rewrite(path)
    yield str(copy)


@pytest.mark.parametrize("typed", TYPED)
def test_texts_of_others_cannot_command_the_terminal(folder: str, typed: str) -> None:
    result = run("--folder", folder, *typed.split())
    assert result.exit_code in (0, 1) and result.stdout + result.stderr
    found = RAW.search(result.stdout + result.stderr)
    assert found is None, found
