"""Accounts one by one, combined, equal a search over all of them; on any estate and definition."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ebbtide.base import json_lines
from ebbtide.config import Config
from ebbtide.config.metrics import problem_of
from ebbtide.language import parse_search
from ebbtide.language.rows import function_name
from ebbtide.language.syntax import Path
from ebbtide.metrics import counting
from ebbtide.metrics.figures import label_of
from ebbtide.search import aggregate
from tests.support.builders import NOW, resource
from tests.support.effort import is_full
from tests.support.measuring import Estate, config_of, measured

ACCOUNTS = ("111122223333", "444455556666", "777788889999")
KINDS = ("aws_ec2_volume", "aws_ec2_instance", "aws_lightsail_disk", "aws_vpc")
NUMBERS = st.one_of(st.none(), st.integers(-5, 50), st.sampled_from([0.5, 2.25, 100.0]))

PROPERTIES = st.fixed_dictionaries(
    {},
    optional={
        "volume_size": NUMBERS,
        "volume_type": st.sampled_from(["gp3", "io2", None]),
        "volume_status": st.sampled_from(["available", "in-use"]),
        "instance_type": st.sampled_from(["m5.large", ["a", "list"], None]),
        "instance_status": st.sampled_from(["running", "stopped"]),
        "instance_cores": NUMBERS,
        "encrypted": st.booleans(),
    },
)
PRICES = st.one_of(
    st.none(),
    NUMBERS.map(lambda price: {"monthly": price, "currency": "USD", "basis": "a list"}),
)


@st.composite
def lines(draw: st.DrawFn, account: str, number: int) -> dict[str, Any]:
    kind = draw(st.sampled_from(KINDS))
    region = draw(st.sampled_from(["eu-central-1", "us-east-1"]))
    tags = draw(st.sampled_from([{}, {"owner": "ann"}, {"owner": "bob"}, None]))
    id = f"r-{number}"
    built = resource(
        kind,
        id,
        region=region,
        tags=tags,
        unknown_tags=tags is None,
        age_days=draw(st.sampled_from([1, 50])),
        arn=f"arn:aws:test:{region}:{account}:{id}",
    )
    line: dict[str, Any] = {**built.to_line(), "account": account}
    line["graph_id"] = f"{account}/{region}/{kind}/{id}"
    line["properties"] = draw(PROPERTIES)
    price = draw(PRICES)
    if price is not None:
        line["price"] = price
    if draw(st.integers(0, 5)) == 0:
        line["stale_since"] = "2026-11-20T12:00:00Z"
    if draw(st.integers(0, 9)) == 0:
        line["unread"] = {"DescribeVolumes": "AccessDenied"}
    return line


@st.composite
def estates(draw: st.DrawFn) -> Estate:
    found = {}
    for account in ACCOUNTS:
        count = draw(st.integers(0, 12))
        found[account] = [draw(lines(account, number)) for number in range(count)]
    edges = {
        account: [
            {"source": one["graph_id"], "target": other["graph_id"], "type": "default"}
            for one, other in pairwise(own)
        ]
        for account, own in found.items()
    }
    return Estate(found, edges, frozenset(draw(st.sets(st.sampled_from(ACCOUNTS), max_size=1))))


GROUPS = (
    "account.id as account",
    "account.name as account_name",
    "region",
    "kind",
    "volume_type as type",
    "instance_type",
    "encrypted",
    "tags.owner as owner",
    "/price.basis as basis",
    "/metadata.stale_since as stale_since",
    "age",
)
FUNCTIONS = (
    "sum(1) as n",
    "sum(volume_size) as size",
    "sum(volume_size * 1024) as kib",
    "sum(volume_size + 1) as more",
    "sum(/price.monthly / 730) as hourly",
    "avg(volume_size) as mean",
    "avg(/price.monthly) as usual",
    "min(volume_size) as least",
    "max(/price.monthly) as most",
    "count(volume_type) as typed",
    "count(/price.monthly) as priced",
    "variance(volume_size) as spread",
    "stddev(instance_cores) as deviation",
)
TERMS = (
    "all",
    "is(volume)",
    "is(volume) and volume_size > 10",
    "is(instance) and instance_status = running",
    "is(volume, instance) and not volume_status = available",
    "/price.monthly > 2",
    "is(volume) and tags.owner = ann",
    "/metadata.stale_since != null",
    'is(volume) and volume_type =~ "^g"',
    'is(volume) and volume_type in ["gp3", "io2"]',
    "encrypted = true or is(instance)",
    "age > 10d",
    "has_key(tags, owner)",
    "is(aws_vpc) --> is(volume)",
    "is(volume) with(any, <-- is(instance))",
)


@st.composite
def searches(draw: st.DrawFn) -> str:
    groups = draw(st.lists(st.sampled_from(GROUPS), max_size=3, unique=True))
    functions = draw(st.lists(st.sampled_from(FUNCTIONS), min_size=1, max_size=3, unique=True))
    begin = f"{', '.join(groups)}: " if groups else ""
    search = f"aggregate({begin}{', '.join(functions)}): {draw(st.sampled_from(TERMS))}"
    # Not every kind has every field.
    assume(not problem_of(search))
    return search


def by_search(estate: Estate, search: str) -> dict[tuple[str, ...], dict[str, Any]]:
    """Return the rows of a search over all accounts, by labels as metrics write them."""
    rows = aggregate(parse_search(search, now=NOW), estate.snapshot(), NOW)
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in rows:
        labels = tuple(label_of(value) for value in row.pop("group").values())
        found[labels] = row
    return found


def by_metrics(estate: Estate, search: str) -> dict[tuple[str, ...], dict[str, Any]]:
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for sample in measured(estate, config_of(tried=search), names={"tried"}):
        name = sample.series.removeprefix("ebbtide_tried").removeprefix("_")
        # Unknown owners have a label of their own; a search shows null.
        labels = tuple("none" if one == "unknown" else one for one in sample.labels.values())
        row = found.setdefault(labels, {})
        row[name] = row.get(name, 0) + sample.value
    return found


def agree(estate: Estate, search: str) -> None:
    aggregated = parse_search(search, now=NOW).aggregate
    assert aggregated is not None
    owned = any("owner" in str(group.by) for group in aggregated.groups)
    rows, values = by_search(estate, search), by_metrics(estate, search)
    single = len(aggregated.functions) == 1
    for labels, row in rows.items():
        for function in aggregated.functions:
            # Figures of unknown owners are those of no owner in a search; only sums add up.
            if owned and function.function not in ("sum", "count"):
                continue
            name = function_name(function)
            expected = row[name]
            value = values.get(labels, {}).get("" if single else name)
            if not expected and value is None:
                continue
            unpriced = expected is None and isinstance(function.operand, Path)
            assert (value is None and unpriced) or (
                value is not None and math.isclose(value, expected, rel_tol=1e-9, abs_tol=1e-9)
            ), (labels, name, value, expected)
    assert {labels for labels, row in values.items() if row} <= rows.keys()


@settings(max_examples=60 if is_full() else 20)
@given(estate=estates(), search=searches())
def test_combined_accounts_equal_a_search_over_all(estate: Estate, search: str) -> None:
    agree(estate, search)


@pytest.mark.full
@settings(max_examples=1000)
@given(estate=estates(), search=searches())
def test_combined_accounts_equal_a_search_over_all_many_times(estate: Estate, search: str) -> None:
    agree(estate, search)


@settings(max_examples=20 if is_full() else 8)
@given(estate=estates())
def test_small_batches_and_few_groups_change_nothing(estate: Estate) -> None:
    whole = measured(estate, Config())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_lines, "BLOCK_BYTES", 1500)
        patch.setattr(counting, "CHECKED", 1)
        patch.setattr(counting, "MOST_GROUPS", 1)
        parts = measured(estate, Config())
    assert [(one.series, one.labels) for one in parts] == [
        (one.series, one.labels) for one in whole
    ]
    assert [one.value for one in parts] == pytest.approx([one.value for one in whole])


@pytest.mark.parametrize(
    "price",
    [
        {"monthly": -5, "currency": "USD"},
        {"monthly": 1e12, "currency": "USD"},
        {"monthly": True, "currency": "USD"},
        {"monthly": "5", "currency": "USD"},
        {"monthly": 5, "currency": "EUR"},
        {"monthly": 5},
        {"monthly": None, "currency": "USD", "why": "no price"},
        [5],
        None,
    ],
    ids=str,
)
def test_what_is_no_price_is_unknown_in_metrics_as_in_searches(price: Any) -> None:
    lines = [
        {**resource("aws_ec2_volume", id, region="eu-central-1").to_line(), "price": one}
        for id, one in (("r-1", price), ("r-2", {"monthly": 2.5, "currency": "USD"}))
    ]
    account = lines[0]["account"]
    estate = Estate({account: lines}, {account: []}, frozenset())
    search = "aggregate(region: sum(/price.monthly)): is(volume)"
    found = {
        one.series: one.value for one in measured(estate, config_of(tried=search), names={"tried"})
    }
    assert found["ebbtide_tried"] == 2.5
    assert found["ebbtide_tried_unknown"] == 1
