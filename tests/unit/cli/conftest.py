"""The command as a person runs it, on a folder with three snapshots."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.command import Run, run
from tests.support.measured_copy import write_metrics
from tests.support.planned_copy import write_plans
from tests.support.snapshots import NOW, Copy, write_copy


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("EBBTIDE_STACK", "EBBTIDE_BUCKET", "EBBTIDE_FOLDER", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    # Without it, the width of tables of usage errors depends on the machine.
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture(autouse=True)
def fixed_time(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("view", "past", "job_reports", "coverage_report", "plan_show", "plan_simulate"):
        monkeypatch.setattr(f"ebbtide_cli.{module}.now", lambda: NOW)


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return write_copy(tmp_path / "copy")


@pytest.fixture(scope="session")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with plans and metrics; making one takes ten times as long as copying it."""
    return write_metrics(write_plans(write_copy(tmp_path_factory.mktemp("planned") / "copy"))).path


@pytest.fixture
def plans(planned: Path, tmp_path: Path) -> Copy:
    """The same folder with the plans of two runs, and with more resources."""
    return Copy(Path(shutil.copytree(planned, tmp_path / "plans")))


@pytest.fixture
def ebbtide(copy: Copy) -> Run:
    """Runs the command on the folder."""
    return lambda *arguments: run("--folder", str(copy.path), *arguments)
