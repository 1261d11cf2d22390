"""A last use that AWS answers but that is not a time is unknown, which is not the same as never."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ebbtide.aws import own_session
from ebbtide.collect.calling import Caller, Item
from ebbtide.collect.last_use import LAST_USED, UseReader, _series
from ebbtide.collect.to_resource import Place
from ebbtide.kinds import registry
from tests.support.builders import ACCOUNT, NOW, REGION

SECRET, ROLE = "aws_secretsmanager_secret", "aws_iam_role"


def used(kind: str, item: Item) -> tuple[Item, int]:
    """Return an item with its last use, and how many are unknown."""
    with ThreadPoolExecutor(1) as pool:
        place = Place(ACCOUNT, REGION, "aws")
        caller = Caller(own_session(ACCOUNT, "aws"), registry()[kind], place, pool, lambda: None)
        reader = UseReader(NOW, timedelta(days=90))
        (found,) = reader.add(caller, [item])
    return found, reader.unknown


@pytest.mark.parametrize(
    ("kind", "item", "known", "last"),
    [
        (SECRET, {"ARN": "a", "LastAccessedDate": NOW}, True, "2026-11-22T12:00:00Z"),
        (SECRET, {"ARN": "a"}, True, None),
        # What read_timestamp makes of a text that is not a time.
        (SECRET, {"ARN": "a", "LastAccessedDate": None}, False, None),
    ],
)
def test_what_is_not_a_time_is_not_never(
    kind: str, item: Item, known: bool, last: str | None
) -> None:
    found, unknown = used(kind, item)
    assert (LAST_USED in found, unknown) == (known, 0 if known else 1)
    assert found.get(LAST_USED) == last


def test_use_at_an_unknown_time_leaves_the_metric_unknown() -> None:
    def result(name: str, *times: Any) -> dict[str, Any]:
        values = [1.0 for _ in times]
        return {"Id": name, "StatusCode": "Complete", "Timestamps": times, "Values": values}

    day = datetime(2026, 11, 1, tzinfo=UTC)
    assert set(_series([result("m0_0", day), result("m1_0", day, None)])) == {"m0_0"}
