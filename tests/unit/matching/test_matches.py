"""When a job's search rests on the last use of a resource, which may not have been read."""

from __future__ import annotations

import pytest

from ebbtide.language import parse_search
from ebbtide.matching.matches import Matched, asked_use
from tests.support.builders import NOW, volume


@pytest.mark.parametrize(
    ("condition", "use"),
    [
        ("atime < 3d", {"last_used"}),
        ("last_access < 3d", {"last_used"}),
        ("/reported.atime < 3d", {"last_used"}),
        ("/reported.last_used = null", {"last_used"}),
        ("/usage.cpu_utilization.avg < 5", {"usage"}),
        ("/usage.cpu_utilization.avg < 5 and atime > 3d", {"usage", "last_used"}),
        ("not (name = web or atime < 3d)", {"last_used"}),
        ("tags.atime = x", set()),
        ("tags.usage = x", set()),
        ("ctime < 3d", set()),
        ("/metadata.expires = null", set()),
    ],
)
@pytest.mark.parametrize("sort", ["", " sort name"])
def test_a_search_asks_for_the_use_by_each_of_its_names(
    condition: str, use: set[str], sort: str
) -> None:
    query = parse_search(f"is(aws_ec2_instance) and {condition}{sort}", now=NOW)
    assert asked_use(query.parts[-1]) == use


def test_an_order_by_the_last_use_asks_for_it() -> None:
    query = parse_search("is(aws_ec2_instance) sort atime limit 3", now=NOW)
    assert asked_use(query.parts[-1]) == {"last_used"}


@pytest.mark.parametrize(
    ("known", "unread"),
    [
        ({"usage": {}, "last_used": None}, False),
        ({"usage": {}}, True),
        ({"last_used": None}, True),
        ({}, True),
    ],
)
def test_what_was_not_read_is_unread_even_if_the_rest_was(
    known: dict[str, object], *, unread: bool
) -> None:
    line = volume("vol-1").to_line()
    line["properties"] = {**line["properties"], **known}
    found = Matched.of(line, None, ("usage", "last_used"))
    assert found.unread is unread
    assert found.doubt == ("its last use was not read" if unread else None)
    assert not Matched.of(line, None).unread
