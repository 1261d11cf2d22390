"""Modules that only compute do not load what talks to AWS: their tests start at once."""

from __future__ import annotations

import subprocess
import sys

PURE = (
    "ebbtide.config",
    "ebbtide.graph.ordering",
    "ebbtide.kinds",
    "ebbtide.language",
    "ebbtide.model.inventory",
    "ebbtide.model.resource",
    "ebbtide.plan.planning",
    "ebbtide.rules",
    "ebbtide.search.evaluation",
    "ebbtide.search.predicates",
    "ebbtide.verdict.marks",
    "tests.support.builders",
    "tests.support.gathering",
)
TALKING = {"boto3", "botocore", "moto"}


def loaded_by(*modules: str) -> set[str]:
    """Return the names of all modules that a fresh interpreter holds after importing these."""
    script = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_pure_modules_load_nothing_that_talks_to_aws() -> None:
    assert loaded_by(*PURE) & TALKING == set()


def test_a_module_that_talks_to_aws_is_found_to_do_so() -> None:
    assert loaded_by("ebbtide.aws") >= {"boto3", "botocore"}
