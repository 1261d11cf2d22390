"""Scales heavy tests: a part of the work in `make test`, all of it in `make test-full`."""

from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import settings

ORDINARY, FULL = "ordinary", "full"


def is_full() -> bool:
    """Check whether tests run in full (`pytest --full`)."""
    return settings.get_current_profile_name() == FULL


def scaled(usual: int) -> int:
    """Return `usual` scaled like the hypothesis profile scales the default of 100 examples."""
    return usual * settings().max_examples // 100


def sampled[One](every: Sequence[One], part: int) -> list[One]:
    """Return one in `part` of these in `make test`, and all of them in `make test-full`."""
    return list(every if is_full() else every[::part])


def siblings(values: Iterable[Any], kept: int = 1) -> list[Any]:
    """Return parameters of which `make test` tries the first ones, and `make test-full` all."""
    full = pytest.mark.full
    return [
        one if number < kept else pytest.param(one, marks=full) for number, one in enumerate(values)
    ]
