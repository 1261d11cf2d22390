"""The built wheel, installed from the package index with what it declares, runs every command."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.package.calls import CALLS, help_calls
from tests.package.running import faults
from tests.package.test_declared import OWN, REPOSITORY, declared

pytestmark = pytest.mark.full

SUITE = "{}.{}".format(*sys.version_info[:2])
PYTHONS = sorted({"3.12", SUITE})


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as it is made of the sdist, so that neither lacks anything."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, REPOSITORY)
    (found,) = folder.glob("*.whl")
    assert len(list(folder.glob("*.tar.gz"))) == 1
    return found


def run(*command: object) -> str:
    ended = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def interpreter(version: str, capsys: pytest.CaptureFixture[str]) -> Path:
    """Return a Python of that version; in CI and for the suite's own it is never missing."""
    if version == SUITE:
        return Path(sys.executable)
    finder = [str(REPOSITORY / "tools" / "find_python.sh"), version]
    ended = subprocess.run(finder, capture_output=True, text=True)
    if ended.returncode == 0:
        return Path(ended.stdout.strip())
    if "CI" in os.environ:
        pytest.fail(ended.stderr)
    with capsys.disabled():
        sys.stderr.write(f"\nNOT CHECKED on Python {version}: {ended.stderr}")
    pytest.skip(ended.stderr)


def install(python: Path, folder: Path, wheel: Path, *options: object) -> Path:
    """Make an environment with the wheel and what it declares; return its folder of programs."""
    run(python, "-m", "venv", "--without-pip", folder)
    programs = folder / "bin"
    pip = (sys.executable, "-m", "pip", "--python", programs / "python", "install")
    run(*pip, "--disable-pip-version-check", "--only-binary=:all:", *options, wheel)
    return programs


def oldest() -> Iterator[str]:
    """Yield constraints to the lowest version that each declared dependency allows."""
    for requirement in map(Requirement, declared()):
        (lowest,) = (each.version for each in requirement.specifier if each.operator == ">=")
        yield f"{requirement.name}=={lowest}"


def check_every_command(
    programs: Path, environment: dict[str, str], places: dict[str, str], folder: Path
) -> None:
    calls = (*CALLS, *help_calls())
    found = faults(calls, [str(programs / "python")], environment, places, folder)
    assert not found, "\n\n".join(found)


def check_the_program(
    programs: Path, environment: dict[str, str], places: dict[str, str], folder: Path
) -> None:
    """Search every source, with every exit code, as a person does: each in its own process."""
    searches = {(call.source, call.code): call for call in CALLS if call.command in ("", "search")}
    for call in searches.values():
        command = [str(programs / "ebbtide"), *call.words(places)]
        ended = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True)
        fault = call.fault(ended.returncode, ended.stdout + ended.stderr)
        assert fault is None, fault


@pytest.mark.parametrize("version", PYTHONS)
def test_every_command_runs_from_the_wheel(
    version: str,
    wheel: Path,
    environment: dict[str, str],
    all_places: dict[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    programs = install(interpreter(version, capsys), tmp_path / "installed", wheel)
    check_every_command(programs, environment, all_places, tmp_path)
    check_the_program(programs, environment, all_places, tmp_path)


def test_every_command_runs_with_the_oldest_dependencies(
    wheel: Path,
    environment: dict[str, str],
    all_places: dict[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    constraints = tmp_path / "oldest.txt"
    constraints.write_text("\n".join(oldest()))
    python = interpreter(SUITE, capsys)
    programs = install(python, tmp_path / "installed", wheel, "--constraint", constraints)
    check_every_command(programs, environment, all_places, tmp_path)


def test_the_wheel_has_every_file_of_both_packages(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    tracked = run("git", "-C", REPOSITORY, "ls-files", "--", "layers/common/ebbtide", "cli").split()
    files = {REPOSITORY / name for name in tracked}
    own = {
        path.relative_to(root).as_posix() for root in OWN for path in files if root in path.parents
    }
    assert names == own
