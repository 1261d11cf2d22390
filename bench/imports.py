"""Measure importing each handler, and loading all kinds, from the built layer.

Compares the layer with and without bytecode. `sam build` alone ships no bytecode, and /opt is
read-only in Lambda, so every cold start would compile all modules again. The figures are CPU
seconds, because wall time on a shared machine is noisy.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from bench.printing import console
from local import deploy

REPOSITORY = Path(__file__).resolve().parent.parent
BUILD = REPOSITORY / ".aws-sam" / "build"
LAYER = BUILD / deploy.layer() / "python"
RUNS = 7
TARGET_SECONDS = 0.6
KINDS_TARGET_SECONDS = 0.05

# Packages of Lambda's own runtime, which always come with bytecode.
RUNTIME_PACKAGES = ("boto3", "botocore", "s3transfer", "dateutil", "urllib3", "six.py", "jmespath")

MEASURE = """
import time
started = time.process_time()
import app
print(time.process_time() - started)
"""

# Imports of ebbtide.kinds itself are not counted.
MEASURE_KINDS = """
import time
import ebbtide.model.bases, ebbtide.model.kind, ebbtide.base.paths
started = time.process_time()
from ebbtide.kinds import registry
registry()
print(time.process_time() - started)
"""
KINDS = "all kinds"


@dataclass(frozen=True, slots=True)
class Timing:
    name: str
    with_bytecode: float
    without: float


def measure() -> list[Timing]:
    """Return one timing per function folder, and one for all kinds.

    Raises SystemExit if the layer has not been built.
    """
    if not LAYER.is_dir():
        raise SystemExit("the layer has not been built: run `make demo` or `make test-e2e` first")
    with _runtime() as runtime, _stripped_layer() as stripped:
        folders = sorted(file.parent for file in (REPOSITORY / "functions").glob("*/app.py"))
        measured = [(folder.name, MEASURE, folder) for folder in folders]
        measured.append((KINDS, MEASURE_KINDS, REPOSITORY))
        return [
            Timing(
                name,
                _median(program, folder, LAYER, runtime),
                _median(program, folder, stripped, runtime),
            )
            for name, program, folder in measured
        ]


@contextmanager
def _runtime() -> Iterator[Path]:
    """Yield a folder with only the packages of the Lambda runtime."""
    import boto3

    site = Path(boto3.__file__).parent.parent
    with tempfile.TemporaryDirectory() as name:
        for package in RUNTIME_PACKAGES:
            (Path(name) / package).symlink_to(site / package)
        yield Path(name)


@contextmanager
def _stripped_layer() -> Iterator[Path]:
    """Yield the layer as `sam build` alone would create it: source only."""
    with tempfile.TemporaryDirectory() as name:
        target = Path(name) / "python"
        shutil.copytree(LAYER, target, ignore=shutil.ignore_patterns("__pycache__"))
        yield target


def _median(program: str, folder: Path, layer: Path, runtime: Path) -> float:
    seconds = (_import_seconds(program, folder, layer, runtime) for _ in range(RUNS))
    return statistics.median(seconds)


def _import_seconds(program: str, folder: Path, layer: Path, runtime: Path) -> float:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(map(str, (folder, layer, runtime))),
        # As in Lambda, where the file system of the layer is read-only.
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "BUCKET": "bench",
        "ACCOUNT_ID": "111111111111",
    }
    command = [sys.executable, "-S", "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{folder.name} does not import:\n{done.stderr}")
    return float(done.stdout.splitlines()[-1])


def show(timings: list[Timing]) -> None:
    table = Table(title=f"CPU seconds to import, median of {RUNS} processes")
    for title in ("imported", "with bytecode", "source only", "ratio", "target"):
        table.add_column(title, justify="left" if title == "imported" else "right")
    for timing in timings:
        target = KINDS_TARGET_SECONDS if timing.name == KINDS else TARGET_SECONDS
        table.add_row(
            timing.name,
            f"{timing.with_bytecode:.3f}",
            f"{timing.without:.3f}",
            f"{timing.without / timing.with_bytecode:.1f}",
            f"{target} {'held' if timing.with_bytecode <= target else 'MISSED'}",
        )
    console().print(table)
