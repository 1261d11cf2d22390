"""Settings of all tests: hypothesis profiles, and the tests that `make test` leaves out."""

from __future__ import annotations

import gc
import os

import pytest
from hypothesis import HealthCheck, settings

from tests.support.effort import FULL, ORDINARY

# botocore and moto keep millions of objects alive, and each collection looks at all of them: with
# the thresholds of Python, one second in eight goes into looking for garbage that is not there.
gc.set_threshold(100_000, 50, 100)

# No deadline: on a busy machine, a slow example says nothing about the code.
_UNTIMED = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
    derandomize="CI" in os.environ,
)
# `make test` runs many times a day with different examples; `make test-full` tries many of them. In
# continuous integration the examples are always the same, so more of them find nothing new.
settings.register_profile(ORDINARY, _UNTIMED, max_examples=25)
settings.register_profile(FULL, _UNTIMED, max_examples=100 if "CI" in os.environ else 300)
settings.load_profile(ORDINARY)

_LEFT_OUT = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--full",
        action="store_true",
        help="run the tests marked full, too, let properties look longer, and collect all kinds",
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("full"):
        settings.load_profile(FULL)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("full"):
        return
    left_out = [item for item in items if item.get_closest_marker("full")]
    config.stash[_LEFT_OUT] = len(left_out)
    if left_out:
        items[:] = [item for item in items if not item.get_closest_marker("full")]
        config.hook.pytest_deselected(items=left_out)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    # pytest and the interpreter collect several times more at their end; this one shows whether a
    # test has left something open.
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    left_out = config.stash.get(_LEFT_OUT, 0)
    if left_out:
        terminalreporter.write_line(f"{left_out} tests are marked full: run them by make test-full")
