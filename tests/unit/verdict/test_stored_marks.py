"""Protections as the bucket holds them: in force until their time, and of one format only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ebbtide.base.clock import to_text
from ebbtide.base.errors import FormatError
from ebbtide.verdict.stored_marks import FORMAT, protections_in_force
from tests.support.builders import NOW


def stored(**until: timedelta) -> dict[str, Any]:
    given = {
        job: {"reason": "kept", "until": to_text(NOW + left), "run_id": "run"}
        for job, left in until.items()
    }
    return {"format": FORMAT, "account": "1", "resources": {"vol-1": given}}


def test_a_protection_holds_until_its_time_and_no_longer() -> None:
    second = timedelta(seconds=1)
    value = stored(later=second, now=timedelta(), earlier=-second)
    assert {name: set(jobs) for name, jobs in protections_in_force(value, NOW).items()} == {
        "vol-1": {"later"}
    }


def test_a_resource_without_a_protection_in_force_is_left_out() -> None:
    assert protections_in_force(stored(ended=-timedelta(days=1)), NOW) == {}


def test_protections_of_another_version_are_refused() -> None:
    with pytest.raises(FormatError, match="protections"):
        protections_in_force({**stored(), "format": FORMAT + 1}, NOW)
