"""What the package index shows and what pip decides by, as the build backend computes it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from packaging.specifiers import SpecifierSet

from ebbtide import __version__
from tools.template import read_template

REPOSITORY = Path(__file__).resolve().parents[2]
PYPROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
ADDRESS = PYPROJECT["project"]["urls"]["Source"]


@pytest.fixture(scope="module")
def metadata() -> dict[str, Any]:
    command = [sys.executable, "-m", "hatchling", "metadata"]
    ended = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def links(markdown: str) -> set[str]:
    """Return the targets of all links and images of a text."""
    tokens = [
        child
        for token in MarkdownIt("commonmark").enable("table").parse(markdown)
        for child in token.children or ()
    ]
    return {
        str(token.attrs[name]) for token in tokens for name in ("href", "src") & token.attrs.keys()
    }


def test_the_version_is_that_of_the_package(metadata: dict[str, Any]) -> None:
    assert metadata["version"] == __version__
    assert "version" not in PYPROJECT["project"]


def test_the_long_description_has_no_relative_links(metadata: dict[str, Any]) -> None:
    found = links(metadata["readme"]["text"])
    assert {link for link in found if not re.match("https?://|mailto:|#", link)} == set()


def test_the_long_description_links_to_files_of_the_release(metadata: dict[str, Any]) -> None:
    start = re.compile(f"{re.escape(ADDRESS)}/(?:blob|raw)/v{re.escape(__version__)}/([^#]+)")
    files = {found[1] for link in links(metadata["readme"]["text"]) if (found := start.match(link))}
    in_readme = {
        link.partition("#")[0]
        for link in links((REPOSITORY / "README.md").read_text())
        if not re.match("[a-z]+:|#", link)
    }
    assert files == in_readme
    assert {file for file in files if not (REPOSITORY / file).exists()} == set()


def test_all_addresses_are_those_of_one_repository() -> None:
    text = (REPOSITORY / "pyproject.toml").read_text()
    addresses = re.findall(r"https://[^\"'\s$\\]+", text)
    assert addresses
    assert {url for url in addresses if not f"{url}/".startswith(f"{ADDRESS}/")} == set()


def test_the_command_runs_where_the_functions_run() -> None:
    runtime = read_template()["Globals"]["Function"]["Runtime"]
    assert SpecifierSet(PYPROJECT["project"]["requires-python"]).contains(
        runtime.removeprefix("python")
    )


def test_types_are_checked_for_the_oldest_python() -> None:
    oldest = PYPROJECT["tool"]["mypy"]["python_version"]
    assert PYPROJECT["project"]["requires-python"] == f">={oldest}"
    # ruff takes requires-python if it is told nothing else.
    assert "target-version" not in PYPROJECT["tool"]["ruff"]
