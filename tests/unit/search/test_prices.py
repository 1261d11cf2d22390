"""Prices in searches: an unknown one is neither 0 nor missing, whichever way leads to it."""

from __future__ import annotations

from typing import Any

import pytest

from ebbtide.language import SearchError, check, parse_search
from ebbtide.language.syntax import Template
from ebbtide.search import aggregated, document_of, find
from ebbtide.search.filling import Filling, UnknownValueError
from ebbtide.search.snapshot import Snapshot
from tests.support.search_estate import NOW, SANDBOX, edge, instance, priced, volume
from tests.support.search_paths import path
from tests.support.search_worlds import World

CHEAP = {**volume("vol-cheap", 8, "available"), "price": priced(0.8)}
DEAR = {**volume("vol-dear", 500, "available"), "price": priced(40.0)}
FREE = {**volume("vol-free", 8, "available"), "price": priced(0)}
STRANGE = {**volume("vol-strange", 8, "available"), "price": priced(None)}
OLDER = volume("vol-older", 8, "available")
USER = {**instance("i-user", "running", 2, "t3.small"), "price": priced(15.18)}
RIDDLE = {**instance("i-riddle", "running", 2, "x9.new"), "price": priced(None)}
LINES = [CHEAP, DEAR, FREE, STRANGE, OLDER, USER, RIDDLE]
EDGES = [edge(USER, DEAR), edge(RIDDLE, CHEAP), edge(USER, STRANGE)]
WORLD = World({SANDBOX: LINES}, {SANDBOX: EDGES})
UNPRICED = {"vol-strange", "vol-older"}


def asked(text: str, *, rely: bool = True) -> tuple[list[str], set[str], list[str]]:
    """Return what surely matches, what may match, and why that is unknown."""
    snapshot = WORLD.snapshot()
    if not rely:
        snapshot = Snapshot(snapshot.store, snapshot.manifest, limits_rely=False)
    query = parse_search(text)
    check(query)
    answer = find(query, snapshot, NOW)
    sure = [match.line["id"] for match in answer]
    return sure, {one.match.line["id"] for one in answer.unknown}, [o.why for o in answer.unknown]


@pytest.mark.parametrize(
    ("condition", "matching"),
    [
        ("/price.monthly > 5", {"vol-dear"}),
        ("/price.monthly <= 5", {"vol-cheap", "vol-free"}),
        ("/price.monthly = 0", {"vol-free"}),
        ("/price.monthly != 0", {"vol-cheap", "vol-dear"}),
        ("/price.monthly = null", set()),
        ("/price.monthly != null", {"vol-cheap", "vol-dear", "vol-free"}),
        ("/price.monthly in [0, 40]", {"vol-dear", "vol-free"}),
        ("/price.monthly not in [0, 40]", {"vol-cheap"}),
        ("not /price.monthly > 5", {"vol-cheap", "vol-free"}),
    ],
)
def test_every_comparison_of_an_unknown_price_is_unknown(
    condition: str, matching: set[str]
) -> None:
    sure, unknown, why = asked(f"is(volume) and {condition}")
    assert (set(sure), unknown) == (matching, UNPRICED)
    assert set(why) == {
        "its price is unknown: no price of io2 in eu-south-2",
        "its price is unknown: the snapshot has no price for it",
    }


def test_why_a_price_is_unknown_is_known() -> None:
    sure, unknown, _ = asked('is(volume) and /price.why =~ "no price"')
    assert (set(sure), unknown) == (UNPRICED, set())
    sure, unknown, _ = asked('is(volume) and /price.basis =~ "table"')
    assert (set(sure), unknown) == ({"vol-cheap", "vol-dear", "vol-free"}, set())


@pytest.mark.parametrize(
    ("text", "matching", "unknown"),
    [
        ("is(volume) and /ancestors.aws_ec2_instance.price.monthly > 5", "dear strange", "cheap"),
        ("is(volume) and /ancestors.aws_ec2_instance.price.monthly < 5", "", "cheap"),
        ("is(volume) and not /ancestors.aws_ec2_instance.price.monthly > 5", "free older", "cheap"),
        ("is(instance) and /price.monthly > 5 --> is(volume)", "dear strange", "cheap"),
        ("is(volume) with(any, <-- is(instance) and /price.monthly > 5)", "dear strange", "cheap"),
        ("is(volume) with(empty, <-- is(instance) and /price.monthly > 5)", "free older", "cheap"),
        ("is(volume) {x[]: <-- is(instance)} /x[*].{price.monthly > 5}", "dear strange", "cheap"),
        (
            "is(volume) {user: <-- is(instance)} /user.price.monthly > 5",
            "dear strange",
            "cheap",
        ),
    ],
)
def test_a_price_beside_a_resource_is_unknown_as_well(
    text: str, matching: str, unknown: str
) -> None:
    sure, possible, _ = asked(text)
    assert set(sure) == {f"vol-{name}" for name in matching.split()}
    assert possible == {f"vol-{name}" for name in unknown.split()}


def test_a_limit_of_a_job_counts_what_may_cost_more() -> None:
    known, unpriced = ["vol-dear", "vol-cheap", "vol-free"], UNPRICED
    sure, unknown, _ = asked("is(volume) sort /price.monthly desc limit 2")
    assert (sure, unknown) == ([], {"vol-dear", "vol-cheap"} | unpriced)
    # Two of the first three can at most be the two without a price.
    sure, unknown, _ = asked("is(volume) sort /price.monthly desc limit 3")
    assert (sure, unknown) == (["vol-dear"], {"vol-cheap", "vol-free"} | unpriced)
    sure, unknown, _ = asked("is(volume) sort /price.monthly desc limit 5")
    assert sure[:3] == known and set(sure[3:]) == unpriced and not unknown


def test_a_person_sees_what_is_known_to_cost_most_and_how_many_may_cost_more() -> None:
    sure, unknown, _ = asked("is(volume) sort /price.monthly desc limit 2", rely=False)
    assert (sure, unknown) == (["vol-dear", "vol-cheap"], UNPRICED)
    sure, unknown, _ = asked("is(volume) sort /price.monthly limit 2", rely=False)
    assert (sure, unknown) == (["vol-free", "vol-cheap"], UNPRICED)


def rows(text: str) -> tuple[list[dict[str, Any]], int, int]:
    query = parse_search(text)
    check(query)
    found = aggregated(query, WORLD.snapshot(), NOW)
    return found.rows, found.unpriced, found.unknown


def test_sums_leave_unknown_prices_out_and_count_them() -> None:
    found, unpriced, unknown = rows(
        "aggregate(kind as kind: sum(/price.monthly) as usd, sum(1) as n): is(volume)"
    )
    assert found == [{"group": {"kind": "aws_ec2_volume"}, "usd": 40.8, "n": 5}]
    assert (unpriced, unknown) == (2, 0)


@pytest.mark.parametrize(
    ("function", "value"),
    [("min", 0), ("max", 40.0), ("avg", 13.6), ("count", 3), ("sum", 40.8)],
)
def test_all_functions_leave_unknown_prices_out(function: str, value: float) -> None:
    found, unpriced, _ = rows(f"aggregate({function}(/price.monthly) as x): is(volume)")
    assert found[0]["x"] == pytest.approx(value)
    assert unpriced == 2


def test_a_sum_of_unknown_prices_is_unknown() -> None:
    found, unpriced, _ = rows('aggregate(sum(/price.monthly * 12) as x): id = "vol-strange"')
    assert (found, unpriced) == ([{"group": {}, "x": None}], 1)
    found, unpriced, _ = rows('aggregate(sum(/price.monthly) as x): id = "nothing"')
    assert (found, unpriced) == ([{"group": {}, "x": 0}], 0)


@pytest.mark.parametrize(
    ("template", "texts"),
    [
        ("{/price.monthly} USD", {"0 USD", "0.8 USD", "40.0 USD", "unknown USD"}),
        ("{/price.basis}", {"table 2026-09-19", "null"}),
        (
            "{/ancestors.aws_ec2_instance.price.monthly}",
            {"15.18", "unknown", "null"},
        ),
    ],
)
def test_a_template_of_a_group_says_that_a_price_is_unknown(template: str, texts: set[str]) -> None:
    found, _, _ = rows(f'aggregate("{template}" as text: sum(1) as n): is(volume)')
    assert {row["group"]["text"] for row in found} == texts


def test_what_a_condition_on_prices_leaves_out_is_counted() -> None:
    _, unpriced, unknown = rows("aggregate(sum(1) as n): is(volume) and /price.monthly > 5")
    assert (unpriced, unknown) == (0, 2)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("is(volume) and /price.month > 5", "monthly"),
        ("is(volume) and /prices.monthly > 5", "price"),
        ("is(volume) and /price.monthly > cheap", "number"),
        ("is(volume) sort /price.montly", "monthly"),
        ("aggregate(sum(/price.mothly) as x): is(volume)", "monthly"),
        ("is(volume) and /ancestors.aws_ec2_instance.price.month > 5", "monthly"),
    ],
)
def test_what_no_price_has_is_refused_with_a_hint(text: str, hint: str) -> None:
    with pytest.raises(SearchError, match=hint):
        check(parse_search(text))


def test_the_document_shows_all_of_a_price() -> None:
    both: Any = {"known": CHEAP, "older": OLDER}
    snapshot = WORLD.snapshot()
    shown = {name: document_of(line, snapshot, NOW)["price"] for name, line in both.items()}
    names = ["monthly", "currency", "basis", "why"]
    assert [list(one) for one in shown.values()] == [names, names]
    assert shown["known"]["monthly"] == 0.8 and shown["known"]["why"] is None
    assert shown["older"]["monthly"] is None and "no price" in shown["older"]["why"]


def test_a_template_is_not_filled_in_with_an_unknown_price() -> None:
    template = Template((path("/price.monthly"),))
    filling = Filling({"cost": template}, WORLD.snapshot().context(NOW))
    assert filling.of(CHEAP) == {"cost": "0.8"}  # type: ignore[arg-type]
    with pytest.raises(UnknownValueError):
        filling.of(STRANGE)  # type: ignore[arg-type]
