"""A command imports only what it needs: imports are most of what a person waits for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.snapshots import Copy

# The models of the configuration, graphs, and the SDK take 0.1 s and more to import.
SLOW = {"boto3", "botocore", "ebbtide.config", "networkx", "pydantic", "rich", "yaml"}
CODE = """
import sys
from ebbtide_cli.main import app
try:
    app(sys.argv[1:], prog_name="ebbtide")
except SystemExit as ended:
    assert not ended.code, ended.code
print(*sys.modules, file=sys.stderr)
"""


def loaded(*words: str) -> set[str]:
    command = [sys.executable, "-c", CODE, *words]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(ended.stderr.splitlines()[-1].split())


def test_a_search_imports_no_configuration(copy: Copy) -> None:
    found = loaded("search", "is(volume) | count kind", "--folder", str(copy.path), "--quiet")
    assert "ebbtide.search" in found
    assert found & SLOW == set()


def test_a_search_imports_the_declarations_of_its_kinds_only(copy: Copy) -> None:
    found = loaded("search", "is(volume) and age > 1h", "--folder", str(copy.path), "-q")
    assert found & SLOW == set()
    declared = [name for name in found if name.startswith("ebbtide.kinds.")]
    assert len(declared) < 5


def test_a_choice_is_taken_without_pydantic(copy: Copy) -> None:
    words = ("search", "is(volume)", "--account", "dev", "--format", "csv")
    assert loaded(*words, "--folder", str(copy.path)) & SLOW == set()


def test_marks_are_read_if_a_search_asks_for_them(copy: Copy) -> None:
    found = loaded("search", "/metadata.protected = true", "--folder", str(copy.path))
    assert "ebbtide.verdict.snapshot_marks" in found


@pytest.mark.parametrize("words", [["--version"], ["--help"]])
def test_help_and_version_import_nothing_of_the_search(words: list[str]) -> None:
    assert loaded(*words) & {*SLOW, "ebbtide.search", "ebbtide.kinds", "lark"} == set()
