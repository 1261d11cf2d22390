"""The data of a report: all of it is there, its places are right, and its sums are those of all."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.base.errors import MissingError
from ebbtide.model.coverage import Coverage
from ebbtide.model.savings import Money
from ebbtide.report.data import report_data
from tests.support.memory_store import MemoryStore
from tests.support.report_data import small as example
from tests.support.reported_runs import (
    KEYS,
    RUN,
    STARTED,
    Estate,
    Line,
    ended,
    planned,
    priced,
    rejected,
)

DEV, PROD, ELSEWHERE = "111122223333", "444455556666", "777788889999"
KINDS = ("aws_ec2_volume", "aws_ec2_instance", "aws_sqs_queue")
FOREIGN = {"monthly": 5.0, "currency": "CNY"}


def volume(id: str, monthly: float | None = None, **given: Any) -> Line:
    return priced("aws_ec2_volume", id, DEV, monthly, **given)


@st.composite
def lines_of(draw: st.DrawFn, account: str) -> list[Line]:
    found = []
    for number in range(draw(st.integers(0, 8))):
        line = priced(
            draw(st.sampled_from(KINDS)),
            f"r-{number}",
            account,
            draw(st.sampled_from([None, 0.0, 1.25, 8.0])),
            tags=draw(st.sampled_from([None, {}, {"owner": "a"}, {"owner": "b"}])),
        )
        match draw(st.integers(0, 5)):
            case 0:
                del line["price"]
            case 1:
                line["price"] = FOREIGN
            case 2:
                line["arn"] = f"arn:aws:x:eu-central-1:{ELSEWHERE}:shared/{number}"
        found.append(line)
    return sorted(found, key=lambda line: line["graph_id"])


@st.composite
def estates(draw: st.DrawFn) -> Estate:
    estate = Estate({account: draw(lines_of(account)) for account in (DEV, PROD)})
    for account, lines in estate.lines.items():
        if not lines:
            continue
        one = st.sampled_from(lines)
        estate.edges[account] = [
            {"source": a["graph_id"], "target": b["graph_id"], "type": type}
            for a, b, type in draw(
                st.lists(st.tuples(one, one, st.sampled_from(["default", "delete"])), max_size=6)
            )
        ]
        places = draw(st.lists(st.sampled_from(["", "planned", "reported", "refused"])))
        plan: dict[str, list[Line]] = defaultdict(list)
        for place, line in zip(places, lines, strict=False):
            if place:
                make = rejected if place == "refused" else planned
                plan[place].append(make(line))
        estate.plans[account] = dict(plan)
        estate.changes[account] = [
            {"change": "created", "graph_id": line["graph_id"], "before": None, "after": line}
            for line in draw(st.lists(one, unique_by=lambda line: line["graph_id"]))
        ]
    return estate


def own_lines(estate: Estate) -> list[Line]:
    return [
        line
        for lines in estate.lines.values()
        for line in lines
        if f":{ELSEWHERE}:" not in line["arn"]
    ]


def price_of(line: Line) -> float | None:
    price = line.get("price", {})
    return price.get("monthly") if price.get("currency") == "USD" else None


@given(estates(), st.integers(1, 20))
def test_sums_are_those_of_all_resources_however_few_are_shown(estate: Estate, most: int) -> None:
    money = report_data(estate.written(), RUN, most=most)["money"]
    prices = [price_of(line) for line in own_lines(estate)]
    known = [one for one in prices if one is not None]
    assert money["unknown"] == len(prices) - len(known)
    assert money["monthly"] == (None if prices and not known else math.fsum(known))
    for name in ("kind", "account", "owner"):
        rows = money["by"][name]
        assert sum(row[1] or 0 for row in rows) == pytest.approx(math.fsum(known))
        assert sum(row[2] for row in rows) == len(prices)
        assert sum(row[3] for row in rows) == money["unknown"]
    selected = [
        entry["monthly"] for plan in estate.plans.values() for entry in plan.get("planned", ())
    ]
    worth = [one for one in selected if one is not None]
    if estate.plans:
        assert money["planned"] == (None if selected and not worth else math.fsum(worth))
    assert money["planned_unknown"] == len(selected) - len(worth)
    assert sum(row[2] for row in money["by"]["rule"]) == len(selected)


@given(estates(), st.integers(1, 20))
def test_every_place_in_the_data_is_one_of_a_resource(estate: Estate, most: int) -> None:
    data = report_data(estate.written(), RUN, most=most)
    columns, names = data["resources"], data["names"]
    (length,) = {len(column) for column in columns.values()}
    assert length <= most
    assert set(columns["kind"]) <= set(range(len(names["kinds"])))
    assert set(columns["account"]) <= set(range(len(names["accounts"])))
    assert set(columns["region"]) <= set(range(len(names["regions"])))
    assert set(columns["owner"]) <= {-1, *range(len(names["owners"]))}
    places = set(range(length))
    sources, targets, types = data["edges"]
    assert len(sources) == len(targets) == len(types)
    assert {*sources, *targets} <= places
    assert set(types) <= set(range(len(names["edge_types"])))
    assert {*data["changes"]["created"], *data["changes"]["updated"]} <= places
    assert {one["resource"] for one in data["plan"]} <= places
    assert {place for one in data["plan"] for place in one["after"]} <= places


@given(estates(), st.integers(1, 20))
def test_what_is_decided_comes_before_all_else(estate: Estate, most: int) -> None:
    data = report_data(estate.written(), RUN, most=most)
    decided = [
        (name, entry["subject"]["account"], entry["subject"]["id"])
        for name in ("planned", "reported", "undecided", "refused")
        for plan in estate.plans.values()
        for entry in plan.get(name, ())
    ]
    assert [(one["list"], *identity(data, one["resource"])) for one in data["plan"]] == decided[
        :most
    ]
    everything = sum(map(len, estate.lines.values()))
    shown = len(data["resources"]["id"])
    assert shown == min(most, everything)
    assert data["sampled"] == (
        None if everything <= most else {"resources": shown, "of": everything}
    )
    said = any("entries of the plan" in one for one in data["problems"])
    assert said == (len(decided) > most)


@given(estates(), st.integers(1, 20))
def test_a_report_that_is_made_twice_is_the_same(estate: Estate, most: int) -> None:
    store = estate.written()
    assert report_data(store, RUN, most=most) == report_data(store, RUN, most=most)


def identity(data: Any, place: int) -> tuple[str, str]:
    columns = data["resources"]
    return data["names"]["accounts"][columns["account"][place]][0], columns["id"][place]


def test_a_resource_has_its_price_owner_creator_and_time() -> None:
    line = volume("vol-1", 8.0, tags={"Team": "data", "aws:createdBy": "IAMUser:AIDA:ann"})
    estate = Estate({DEV: [line]}, config="owners: {tag: Team}")
    data = report_data(estate.written(), RUN, region="eu-central-1")
    columns = data["resources"]
    assert columns["monthly"] == [8.0]
    assert [data["names"]["owners"][place] for place in columns["owner"]] == ["data"]
    assert columns["creator"] == ["IAMUser:AIDA:ann"]
    assert columns["created"][0] > 1_500_000_000
    assert data["run"]["region"] == "eu-central-1"
    assert (data["run"]["stack"], data["run"]["account"]) == ("ebbtide", DEV)
    assert data["money"]["by"]["owner"] == [["data", 8.0, 1, 0]]


def test_the_dearest_resource_and_the_neighbours_of_a_planned_one_are_shown() -> None:
    lines = [volume(f"vol-{number:03}", 0.0) for number in range(100)]
    lines[57], lines[58] = volume("vol-057", 99.0), volume("vol-058", 1.0)
    region = priced("aws_region", "eu-central-1", DEV, 0.0)
    edges = [
        {"source": lines[3]["graph_id"], "target": lines[81]["graph_id"], "type": "delete"},
        *(
            {"source": region["graph_id"], "target": one["graph_id"], "type": "default"}
            for one in lines
        ),
    ]
    estate = Estate(
        {DEV: [region, *lines]}, {DEV: edges}, plans={DEV: {"planned": [planned(lines[3])]}}
    )
    data = report_data(estate.written(), RUN, most=10)
    assert {"vol-003", "vol-081", "vol-057"} <= set(data["resources"]["id"])
    assert len(data["resources"]["id"]) == 10
    # The region has an edge to every resource, which its column says already.
    assert [len(column) for column in data["edges"]] == [1, 1, 1]


def created(lines: list[Line]) -> list[Line]:
    return [
        {"change": "created", "graph_id": one["graph_id"], "before": None, "after": one}
        for one in lines
    ]


def test_many_changes_leave_room_for_other_resources() -> None:
    lines = [volume(f"vol-{number:03}", 0.0) for number in range(100)]
    estate = Estate({DEV: lines}, changes={DEV: created(lines[:50])})
    data = report_data(estate.written(), RUN, most=40)
    assert 10 <= len(data["changes"]["created"]) < 35
    assert data["changes"]["total"]["created"] == 50
    assert data["sampled"] == {"resources": 40, "of": 100}


def test_of_many_deleted_resources_some_are_named_and_all_are_counted() -> None:
    gone = [volume(f"vol-{number}") for number in range(5)]
    changes = [
        {"change": "deleted", "graph_id": one["graph_id"], "before": one, "after": None}
        for one in gone
    ]
    data = report_data(Estate({DEV: []}, changes={DEV: changes}).written(), RUN, most=2)
    assert [one["id"] for one in data["changes"]["deleted"]] == ["vol-0", "vol-1"]
    assert data["changes"]["total"]["deleted"] == 5


def test_an_account_that_kept_an_older_graph_is_stale_and_has_no_changes() -> None:
    lines = [volume("vol-1", 8.0)]
    store = Estate({DEV: lines}, changes={DEV: created(lines)}).written()
    (entry,) = store.objects[KEYS.manifest]["accounts"]
    entry |= {"run_id": "run-0", "stale_since": "2026-11-27T09:00:00Z"}
    data = report_data(store, RUN)
    assert data["changes"]["created"] == []
    (account,) = data["coverage"]["accounts"]
    assert account["state"] == "stale"
    assert data["money"]["monthly"] == 8.0


def test_what_was_deleted_is_realised_and_stands_beside_its_plan() -> None:
    gone, failed, unknown = volume("vol-1", 8.0), volume("vol-2", 2.0), volume("vol-3", None)
    estate = Estate(
        {DEV: [gone, failed, unknown]},
        plans={DEV: {"planned": [planned(one) for one in (gone, failed, unknown)]}},
        ledgers={
            DEV: [
                ended(gone, "pending", seq=1),
                ended(gone, seq=2),
                ended(failed, "failed", seq=3, reason="DependencyViolation"),
                ended(unknown, seq=4),
            ]
        },
    )
    data = report_data(estate.written(), RUN)
    assert (data["money"]["realised"], data["money"]["realised_unknown"]) == (8.0, 1)
    assert (data["money"]["planned"], data["money"]["planned_unknown"]) == (10.0, 1)
    assert [(one["ending"], one["ending_reason"]) for one in data["plan"]] == [
        ("gone", ""),
        ("failed", "DependencyViolation"),
        ("gone", ""),
    ]
    assert any("1 of 2 deleted resources" in one for one in data["money"]["notes"])


def test_a_dry_run_saves_nothing() -> None:
    line = volume("vol-1", 8.0)
    entries = [ended(line, "would_delete", dry_run=True)]
    estate = Estate(
        {DEV: [line]}, plans={DEV: {"planned": [planned(line)]}}, ledgers={DEV: entries}
    )
    money = report_data(estate.written(), RUN)["money"]
    assert (money["planned"], money["realised"]) == (8.0, 0.0)


def test_savings_that_the_cleanup_has_added_up_count() -> None:
    estate = Estate({DEV: [volume("vol-1", 8.0)]})
    store = estate.written()
    savings = {"monthly": 70.5, "unknown": 2, "currency": "USD"}
    totals = {"gone": 9, "failed": 1}
    store.write_json(KEYS.cleanup_summary, {"totals": totals, "accounts": [], "savings": savings})
    data = report_data(store, RUN)
    assert (data["money"]["realised"], data["money"]["realised_unknown"]) == (70.5, 2)
    row = data["history"][-1]
    assert (row["cleaned"], row["failed"], row["savings"]) == (9, 1, 70.5)


def test_savings_of_which_no_price_is_known_are_unknown() -> None:
    store = Estate({DEV: [volume("vol-1", 8.0)]}).written()
    savings = Money.of([None, None]).to_json()
    totals = {"gone": 2, "failed": 0}
    store.write_json(KEYS.cleanup_summary, {"totals": totals, "accounts": [], "savings": savings})
    data = report_data(store, RUN)
    assert (data["money"]["realised"], data["money"]["realised_unknown"]) == (None, 2)
    assert data["history"][-1]["savings"] is None


def test_what_goes_with_another_resource_belongs_to_its_owner() -> None:
    whole = volume("vol-1", 8.0, tags={"owner": "a"})
    part = volume("vol-2", 2.0, tags={})
    entries = [
        planned(whole, tags={"owner": "a"}),
        planned(part, tags={}, goes_with=whole["graph_id"]),
    ]
    data = report_data(
        Estate({DEV: [whole, part]}, plans={DEV: {"planned": entries}}).written(), RUN
    )
    assert data["money"]["by"]["owner"] == [["a", 10.0, 2, 0]]


@pytest.mark.parametrize("most", [1, 100])
def test_lists_are_counted_however_few_entries_are_shown(most: int) -> None:
    lines = [volume(f"vol-{number}", 1.0) for number in range(4)]
    plan = {"planned": [planned(one) for one in lines[:3]], "refused": [rejected(lines[3])]}
    data = report_data(Estate({DEV: lines}, plans={DEV: plan}).written(), RUN, most=most)
    assert len(data["plan"]) == min(most, 4)
    counts = {"planned": 3, "carried_over": 0, "reported": 0, "undecided": 0, "refused": 1}
    assert data["decided"] == counts


def test_what_an_earlier_run_began_to_delete_ends_once_and_adds_nothing_to_the_plan() -> None:
    line = volume("vol-old", 3.0)
    plan = {"refused": [rejected(line)]}
    estate = Estate({DEV: [line]}, plans={DEV: plan}, ledgers={DEV: [ended(line)]})
    data = report_data(estate.written(), RUN)
    endings = {entry["list"]: entry["ending"] for entry in data["plan"]}
    assert endings == {"carried_over": "gone", "refused": None}
    assert (data["money"]["planned"], data["money"]["realised"]) == (0.0, 3.0)
    assert data["decided"]["planned"] == 0


def test_what_an_earlier_run_began_to_delete_is_told_as_well() -> None:
    line = volume("vol-old", None)
    estate = Estate({DEV: []}, plans={DEV: {}}, ledgers={DEV: [ended(line, monthly=3.0)]})
    data = report_data(estate.written(), RUN)
    (entry,) = data["plan"]
    assert identity(data, entry["resource"]) == (DEV, "vol-old")
    assert (entry["list"], entry["ending"], entry["monthly"]) == ("carried_over", "gone", 3.0)


def test_unknown_prices_alone_make_no_sum_of_zero() -> None:
    old = volume("vol-1")
    del old["price"]
    money = report_data(Estate({DEV: [old]}).written(), RUN)["money"]
    assert (money["monthly"], money["unknown"]) == (None, 1)
    assert money["by"]["kind"] == [["aws_ec2_volume", None, 1, 1]]
    assert money["planned"] is None
    assert money["notes"] == [
        "The price of 1 of 1 resources is not known; the sum leaves them out."
    ]


def test_what_another_account_shares_costs_nothing_here() -> None:
    shared = volume("vol-1", 8.0, arn=f"arn:aws:ec2:eu-central-1:{ELSEWHERE}:volume/vol-1")
    data = report_data(Estate({DEV: [shared]}).written(), RUN)
    assert data["resources"]["monthly"] == [0.0]
    assert data["money"]["by"]["account"] == []


def test_prices_in_another_currency_are_left_out_and_said() -> None:
    line = {**volume("vol-1"), "price": FOREIGN}
    data = report_data(Estate({DEV: [line]}).written(), RUN)
    assert data["resources"]["monthly"] == [None]
    assert (data["money"]["monthly"], data["money"]["unknown"]) == (None, 1)
    assert any("in CNY" in one for one in data["money"]["notes"])


def test_gaps_name_what_was_not_read_and_the_missing_permission() -> None:
    error = "UnauthorizedOperation: User: x is not authorized to perform: ec2:DescribeVolumes on y"
    coverage = [
        Coverage(DEV, "eu-central-1", "aws_ec2_volume", "denied", error=error),
        *(Coverage(DEV, "eu-central-1", kind, "complete") for kind in KINDS[1:]),
    ]
    data = report_data(Estate({DEV: []}, coverage={DEV: coverage}).written(), RUN)
    assert data["coverage"]["percent"] == 66.67
    (account,) = data["coverage"]["accounts"]
    assert account["state"] == "incomplete"
    (gap,) = account["gaps"]
    assert (gap["region"], gap["kind"]) == ("eu-central-1", "aws_ec2_volume")
    assert gap["permission"] == "ec2:DescribeVolumes"
    assert any("ec2:DescribeVolumes" in one for one in data["problems"])


def test_a_graph_that_has_expired_is_said_and_not_counted_as_empty() -> None:
    store = Estate({DEV: [volume("vol-1", 8.0)], PROD: []}).written()
    del store.objects[KEYS.graph(DEV, "resources.jsonl.zst")]
    data = report_data(store, RUN)
    assert any("resources of account name of 111122223333" in one for one in data["problems"])
    assert (data["money"]["monthly"], data["money"]["unknown"]) == (None, 1)
    assert data["money"]["by"]["account"] == [[DEV, None, 1, 1]]


def test_a_run_without_a_snapshot_has_no_report() -> None:
    with pytest.raises(MissingError, match="run-1"):
        report_data(MemoryStore(), RUN)


def test_sentences_say_what_is_held() -> None:
    line = volume("vol-1", 8.0)
    estate = Estate({DEV: [line]}, plans={DEV: {"planned": [planned(line, held="needs one")]}})
    store = estate.written()
    summary = store.objects[KEYS.plan_summary]
    summary |= {"held": True, "exceeded": ["the limit is 0"]}
    data = report_data(store, RUN)
    assert data["run"]["outcome"] == "held"
    assert data["held"][0] == "The plan is held, nothing of it is deleted: the limit is 0."
    assert (data["plan"][0]["held"], data["plan"][0]["approved"]) == ("needs one", False)
    assert data["history"][-1]["held"] == 1
    assert data["history"][-1]["started"] == "2026-11-28T09:00:00Z"
    assert STARTED.hour == 9


def shape(value: Any) -> Any:
    """Return the names of fields at each place; of a list, those of its first element."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items()}
    return shape(value[0]) if isinstance(value, list) and value else None


def test_data_has_every_field_that_the_tests_of_the_page_rely_on() -> None:
    read = {DEV: [Coverage(DEV, "eu-central-1", "aws_ec2_volume", "denied", error="no")]}
    lines = [volume("vol-1", 8.0, tags={"owner": "ada"}), volume("vol-2")]
    edges = [{"source": lines[0]["graph_id"], "target": lines[1]["graph_id"], "type": "delete"}]
    changes = [{"change": "deleted", "graph_id": "x", "before": volume("vol-3"), "after": None}]
    plan = {"planned": [planned(lines[0])]}
    estate = Estate(
        {DEV: lines}, {DEV: edges}, {DEV: changes}, {DEV: plan}, {DEV: [ended(lines[0])]}, read
    )
    built = report_data(estate.written(), RUN)
    assumed = example()
    # Those of the page show tags where there are any.
    del assumed["resources"]["tags"]
    missing = list(lacking(shape(assumed), shape(built)))
    assert missing == []


def lacking(wanted: Any, found: Any, path: str = "") -> Iterator[str]:
    """Yield the fields that a document lacks."""
    for name, below in (wanted or {}).items() if isinstance(wanted, dict) else ():
        if not isinstance(found, dict) or name not in found:
            yield f"{path}/{name}"
        else:
            yield from lacking(below, found[name], f"{path}/{name}")
