"""`ebbtide` needs no package but those that pyproject.toml declares."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.package.calls import CALLS, FOLDER, NEVER_SUCCEED, Call, commands, help_calls, leaves
from tests.package.running import faults
from tests.support.effort import is_full
from tests.support.snapshots import Copy

REPOSITORY = Path(__file__).resolve().parents[2]
OWN = (REPOSITORY / "layers" / "common", REPOSITORY / "cli")


def declared() -> list[str]:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    return list(project["dependencies"])


def closure(requirements: Iterable[str]) -> dict[str, Distribution]:
    """Return the installed distributions that the requirements need, directly or not."""
    found: dict[str, Distribution] = {}
    open_requirements = list(requirements)
    while open_requirements:
        requirement = Requirement(open_requirements.pop())
        name = canonicalize_name(requirement.name)
        if name in found or not (requirement.marker is None or requirement.marker.evaluate()):
            continue
        found[name] = distribution(name)
        open_requirements += found[name].requires or []
    return found


def link(distributions: Iterable[Distribution], folder: Path) -> Path:
    """Make a folder to import the distributions from, and nothing else."""
    folder.mkdir()
    for each in distributions:
        files = each.files
        assert files, each.name
        for top in {file.parts[0] for file in files} - {"..", "__pycache__"}:
            (folder / top).symlink_to(Path(str(each.locate_file(top))))
    return folder


def run(
    calls: Iterable[Call], libraries: Path, environment: dict[str, str], places: dict[str, str]
) -> list[str]:
    """Make the calls in a Python that can import the libraries and Ebbtide, and nothing else."""
    path = os.pathsep.join(map(str, [*OWN, libraries]))
    # Without site, so that no package of the tests' own environment can stand in.
    python = (sys.executable, "-S")
    return faults(calls, python, environment | {"PYTHONPATH": path}, places, libraries.parent)


@pytest.mark.scaled
def test_every_command_runs_with_the_declared_dependencies_alone(
    environment: dict[str, str], places: dict[str, str], tmp_path: Path
) -> None:
    libraries = link(closure(declared()).values(), tmp_path / "libraries")
    # A call that needs a stack imports nothing that the same call on a bucket does not.
    calls = [call for call in (*CALLS, *help_calls()) if call.source in (None, *places)]
    if not is_full():
        # Calls on a folder import the same; those on a bucket depend on each other.
        calls = [call for call in calls if call.source == FOLDER][::2]
    found = run(calls, libraries, environment, places)
    assert not found, "\n\n".join(found)


@pytest.mark.parametrize(
    ("missing", "call"),
    [
        ("cronsim", Call("jobs list", shows="old-volumes")),
        ("zstandard", Call("search", ("is(volume)",), shows="vol-9")),
    ],
)
def test_a_dependency_that_is_not_declared_would_be_noticed(
    environment: dict[str, str], folder: Copy, tmp_path: Path, missing: str, call: Call
) -> None:
    kept = [text for text in declared() if Requirement(text).name != missing]
    libraries = link(closure(kept).values(), tmp_path / "libraries")
    (fault,) = run([call], libraries, environment, {FOLDER: str(folder.path)})
    assert f"No module named '{missing}'" in fault


def test_every_command_is_called() -> None:
    succeeding = {call.command for call in CALLS if call.code == 0}
    assert leaves() - succeeding == NEVER_SUCCEED, (
        "add a Call that succeeds to tests/package/calls.py"
    )
    assert succeeding - {path for path, _ in commands()} == set()


def test_every_command_is_called_without_arguments() -> None:
    bare = {call.command for call in CALLS if not call.arguments}
    assert leaves() - bare == set(), "add a Call without arguments to tests/package/calls.py"


def test_showing_the_version_imports_nothing_slow() -> None:
    program = (
        "import sys\n"
        "from ebbtide_cli.main import app\n"
        "try:\n    app(['--version'])\n"
        "except SystemExit:\n    sys.stdout.write('\\n'.join(sys.modules))\n"
    )
    command = [sys.executable, "-c", program]
    path = {"PYTHONPATH": os.pathsep.join(map(str, OWN))}
    ended = subprocess.run(command, env=path, capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in ended.stdout.split()}
    assert "typer" in loaded
    libraries = {canonicalize_name(Requirement(text).name) for text in declared()} - {"typer"}
    assert loaded & (libraries | {"yaml", "prometheus_client", "pydantic_core"}) == set()
