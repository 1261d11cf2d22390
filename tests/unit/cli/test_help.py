"""Every `--help` has examples that run and the address of the documentation."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from email.message import Message
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest
from typer.core import TyperCommand

from ebbtide.store.bucket import Bucket
from tests.support.command import run
from tests.support.command_tree import commands
from tests.support.effort import sampled
from tests.support.snapshots import Copy
from tests.unit.cli.test_cli_page import NOT_RUN
from tests.unit.cli.test_jobs_command import CONFIG, KEY, bucket, client, names

# Fixtures, which pytest finds by name.
__all__ = ["bucket", "client"]


def names_of_all() -> list[str]:
    return ["", *commands()]


@cache
def help_of(name: str) -> str:
    return printed_help(name)


def printed_help(name: str) -> str:
    result = run(*name.split(), "--help")
    assert result.exit_code == 0
    return result.stdout


def examples_of(name: str) -> list[str]:
    section = help_of(name).partition("\nExamples:\n")[2].partition("\n\n")[0]
    return [line.strip() for line in section.splitlines()]


def test_help_shows_examples_of_its_command() -> None:
    without = [name for name in names_of_all() if not examples_of(name)]
    assert without == [], "register them with alone(), or with cls=Command and epilog"
    wrong = [
        (name, line)
        for name in names_of_all()
        for line in examples_of(name)
        if f" {name}".rstrip() not in f" {line}"
    ]
    assert wrong == []


def test_every_example_parses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that would start, ask or change something are parsed, and no more."""
    monkeypatch.setattr(TyperCommand, "invoke", lambda *_: None)
    # The file of --output is opened all the same.
    monkeypatch.chdir(tmp_path)
    for line in sorted({line for name in names_of_all() for line in examples_of(name)}):
        words = shlex.split(line.split(" | ebbtide ")[-1])
        start = words.index("ebbtide") if "ebbtide" in words else -1
        end = words.index("|") if "|" in words else len(words)
        result = run(*words[start + 1 : end])
        assert result.exit_code == 0, f"{line}\n{result.stderr}"


def test_lists_of_commands_have_whole_sentences() -> None:
    listed = {
        name: help_of(name).partition("\nCommands:\n")[2].partition("\n\n")[0]
        for name in names_of_all()
    }
    cut = [name for name, text in listed.items() if "..." in text.replace("aggregate(...)", "")]
    assert cut == []


@pytest.mark.scaled
def test_every_example_of_the_help_runs(
    plans: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans.write_text(KEY, CONFIG)
    (tmp_path / "ebbtide.yaml").write_text(CONFIG)
    monkeypatch.setenv("EBBTIDE_FOLDER", str(plans.path))
    monkeypatch.chdir(tmp_path)
    every = {line for name in names_of_all() for line in examples_of(name)}
    lines = {line for line in every if not NOT_RUN.search(line)}
    assert len(lines) > len(names_of_all()) / 2
    for line in sampled(sorted(lines), 3):
        _, *words = shlex.split(line)
        words = words[: words.index("|")] if "|" in words else words
        assert run(*words).exit_code == 0, line


def test_every_example_that_adds_a_job_is_a_valid_job(bucket: Bucket) -> None:
    before = len(names(bucket))
    lines = examples_of("jobs add")
    for line in lines:
        result = run("--bucket", "ebbtide-data", *shlex.split(line)[1:])
        assert result.exit_code == 0, result.stderr
    assert len(names(bucket)) == before + len(lines)


def test_help_shows_no_python_types_and_no_braces() -> None:
    found = [
        (name, found)
        for name in names_of_all()
        for found in re.findall(r"<\w+>|list\[|\{\w+\}|x>=|\[\[", help_of(name))
    ]
    assert found == []


def test_every_value_has_a_name_in_capitals() -> None:
    found = [
        (name, parameter.name, parameter.metavar)
        for name, command in commands().items()
        for parameter in command.params
        if not getattr(parameter, "is_flag", False)
        and (not parameter.metavar or parameter.metavar != parameter.metavar.upper())
    ]
    assert found == []


def test_help_fits_into_its_width() -> None:
    found = [
        (name, line)
        for name in names_of_all()
        for line in help_of(name).splitlines()
        if len(line) > 100
    ]
    assert found == []


def test_help_names_the_documentation_of_the_installed_package(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    package = Message()
    package["Project-URL"] = "Homepage, https://example.org"
    package["Project-URL"] = "Documentation, https://example.org/docs"
    monkeypatch.setattr(metadata, "metadata", {"ebbtide": package}.__getitem__)
    assert printed_help("search").endswith("\nDocumentation:\n  https://example.org/docs\n")


def test_help_without_an_installed_package_names_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "metadata", missing)
    assert printed_help("search").endswith("\nDocumentation:\n  docs/cli.md\n")


def test_no_help_imports_the_search_or_boto3() -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from ebbtide_cli.main import app;"
        "import functools, typer.testing as testing;"
        "testing._get_command = functools.cache(testing._get_command);"
        f"[CliRunner().invoke(app, [*name.split(), '--help']) for name in {names_of_all()}];"
        "print(*sys.modules)"
    )
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = set(ended.stdout.split())
    assert "ebbtide_cli.jobs" in loaded
    # Typer imports pydantic itself, to convert the global options before a command.
    slow = {"boto3", "botocore", "ebbtide.search", "ebbtide.kinds", "lark", "rich", "yaml"}
    assert loaded & slow == set()
