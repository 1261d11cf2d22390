"""A search says which condition decides that a resource does not match."""

from __future__ import annotations

from typing import Any

import pytest

from ebbtide.language import parse_search
from ebbtide.search import find
from ebbtide.search.deciding import why_no_match
from tests.support.search_estate import LINES, NOW, balancer, ci, new, old, root, snapshot, web


def why(search: str, line: Any) -> str:
    return why_no_match(parse_search(search, now=NOW), snapshot(), NOW, line)


@pytest.mark.parametrize(
    ("search", "line", "expected"),
    [
        ("is(volume)", web, "is(volume) is false"),
        ("is(volume) and volume_size > 200", new, "volume_size > 200 is false (it is 100)"),
        (
            "is(volume) and volume_size > 200 and volume_status == in-use",
            new,
            'volume_size > 200 is false (it is 100); volume_status == "in-use" is false '
            "(it is available)",
        ),
        (
            "is(volume) and tags.owner == x",
            new,
            'tags.owner == "x" is false (it is null)',
        ),
        ("not is(volume)", new, "not is(volume) is false"),
        (
            "is(volume) and (volume_size > 200 or name == x)",
            new,
            'volume_size > 200 or name == "x" is false',
        ),
        ("is(volume) with(empty, <-- is(aws_ec2_instance))", root, "with(empty, <-- is("),
        ("is(volume) with(any, <-- is(aws_ec2_instance))", old, "with(any, <-- is("),
        ("is(aws_ec2_instance) and instance_cores > 3 --> is(volume)", new, "earlier parts"),
        ("is(volume) sort volume_size desc limit 1", new, "the limit of the search leaves it out"),
        (
            "is(volume) and /ancestors.aws_vpc.reported.name == main",
            old,
            '/ancestors.aws_vpc.reported.name == "main" is false',
        ),
        ('is(instance) and "payments"', ci, '"payments" is false'),
    ],
)  # fmt: skip
def test_the_condition_that_decides_is_named(search: str, line: Any, expected: str) -> None:
    assert expected in why(search, line)


def test_what_a_condition_finds_unknown_is_named() -> None:
    unread: Any = {**new, "tags": None}
    told = why("is(volume) and tags.owner == x", unread)
    assert told == 'tags.owner == "x" is unknown'


def test_long_and_structured_values_are_not_shown() -> None:
    asked = "is(aws_alb) and security_groups == x"
    assert why(asked, balancer) == 'security_groups == "x" is false'
    named: Any = {**new, "name": "x" * 100}
    assert why("name == y", named) == 'name == "y" is false'


SEARCHES = (
    "is(volume) and volume_size >= 100",
    "is(instance) and tags.owner == payments",
    "is(volume) with(any, <-- is(aws_ec2_instance))",
    "is(aws_ec2_instance) -->",
    "is(aws_vpc) -[0:]-> is(resource) and name == web",
    "is(volume) {vm: <-- is(aws_ec2_instance)} /vm.reported.instance_cores > 3",
)


@pytest.mark.parametrize("search", SEARCHES)
def test_exactly_what_matches_has_no_condition_that_is_false(search: str) -> None:
    query = parse_search(search, now=NOW)
    matched = {match.line["graph_id"] for match in find(query, snapshot(), NOW)}
    assert matched
    for lines in LINES.values():
        for line in lines:
            reason = why_no_match(query, snapshot(), NOW, line)  # type: ignore[arg-type]
            decides = " is false" in reason or "do not lead to it" in reason
            if line["graph_id"] in matched:
                assert " is false" not in reason, line["graph_id"]
            else:
                assert decides, (line["graph_id"], reason)
