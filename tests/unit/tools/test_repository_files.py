"""The files that GitHub and pre-commit read are well formed and name what exists."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.paths import REPOSITORY
from tools.yaml_files import read_yaml

GITHUB = REPOSITORY / ".github"
FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.stem != "config")
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
# Types of elements that ask for something, as GitHub's syntax for issue forms lists them.
QUESTIONS = {"checkboxes", "dropdown", "input", "textarea"}
PINNED = re.compile(r"^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")


def read(path: Path) -> Any:
    return read_yaml(path)


def local_hooks() -> list[dict[str, Any]]:
    repositories = read(REPOSITORY / ".pre-commit-config.yaml")["repos"]
    return [hook for one in repositories if one["repo"] == "local" for hook in one["hooks"]]


def test_hooks_are_pinned_and_have_names_of_their_own() -> None:
    repositories = read(REPOSITORY / ".pre-commit-config.yaml")["repos"]
    for one in repositories:
        assert (one["repo"] == "local") != bool(re.fullmatch(r"v\d+\.\d+\.\d+", one.get("rev", "")))
    ids = [hook["id"] for one in repositories for hook in one["hooks"]]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("hook", local_hooks(), ids=lambda hook: hook["id"])
def test_local_hook_runs_a_program_and_files_that_exist(hook: dict[str, Any]) -> None:
    assert hook["language"] == "system"
    program, *arguments = shlex.split(hook["entry"])
    assert os.access(REPOSITORY / program, os.X_OK), f"{program} is missing: run `make setup`"
    if arguments[:1] == ["-m"]:
        arguments = [f"{arguments[1].replace('.', '/')}.py"]
    paths = [argument for argument in arguments if "/" in argument]
    assert all((REPOSITORY / path).exists() for path in paths)


def test_types_are_checked_as_by_make_lint() -> None:
    (mypy,) = (hook["entry"] for hook in local_hooks() if hook["id"] == "mypy")
    lint = (REPOSITORY / "Makefile").read_text()
    assert f"$(BIN)/{mypy.removeprefix('.venv/bin/')}\n" in lint


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_issue_form_has_what_github_requires(path: Path) -> None:
    form = read(path)
    assert {"name", "description", "labels", "body"} == form.keys()
    questions = [one for one in form["body"] if one["type"] in QUESTIONS]
    assert len(questions) + sum(one["type"] == "markdown" for one in form["body"]) == len(
        form["body"]
    )
    ids = [one["id"] for one in questions]
    assert len(set(ids)) == len(ids) > 0
    assert all(one["attributes"]["label"] for one in questions)
    assert any(one.get("validations", {}).get("required") for one in questions)


def test_wrong_deletions_come_first_and_vulnerabilities_go_elsewhere() -> None:
    assert "wrong-deletion" in FORMS[0].stem
    links = read(GITHUB / "ISSUE_TEMPLATE" / "config.yml")["contact_links"]
    assert any(link["url"].endswith("/security/advisories/new") for link in links)


def addresses(path: Path) -> Iterator[str]:
    """Yield what a file names below the address of the repository, with its revision."""
    yield from re.findall(
        r"https://github\.com/ebbtide/ebbtide/blob/main/([\w./-]*\w)", path.read_text()
    )


@pytest.mark.parametrize(
    "path", sorted((GITHUB / "ISSUE_TEMPLATE").iterdir()), ids=lambda path: path.stem
)
def test_links_into_the_repository_lead_to_files(path: Path) -> None:
    assert all((REPOSITORY / name).is_file() for name in addresses(path))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflow_may_only_read_and_pins_its_actions(path: Path) -> None:
    workflow = read(path)
    assert workflow["permissions"] == {"contents": "read"}
    assert all(job["timeout-minutes"] <= 90 for job in workflow["jobs"].values())
    assert not any("permissions" in job for job in workflow["jobs"].values())
    used = re.findall(r"uses: (.*)$", path.read_text(), re.M)
    assert used and all(PINNED.fullmatch(action) for action in used)


def test_continuous_integration_runs_what_people_run() -> None:
    jobs = read(GITHUB / "workflows" / "ci.yml")["jobs"]
    commands = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    assert commands == ['python3 -m tools.check_commits "$COMMITS"', ".ci/run"]
    assert os.access(REPOSITORY / ".ci" / "run", os.X_OK)
