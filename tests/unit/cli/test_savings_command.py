"""Promises of `ebbtide savings`, and of prices in what other commands print."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from ebbtide.store.bucket_copy import Folder
from ebbtide.store.keys import RunKeys
from tests.support.command import Run
from tests.support.search_estate import priced
from tests.support.snapshots import Copy
from tests.unit.cli.test_cleanup_log import entry, write_ledger


@pytest.fixture
def saved(copy: Copy) -> Copy:
    write_ledger(
        copy,
        "run-2",
        entry("run-2", 1, "vol-a", "gone", monthly=8.0, owner="web"),
        entry("run-2", 2, "vol-b", "gone", monthly=None, owner=None, rules=["volumes"]),
        entry("run-2", 3, "vol-c", "failed", monthly=99.0, owner="web"),
        entry("run-2", 4, "vol-d", "would_delete", monthly=99.0, owner="web", dry_run=True),
    )
    return copy


def shown(result: Any) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.stderr
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


@pytest.mark.usefixtures("saved")
def test_it_adds_up_what_is_gone(ebbtide: Run) -> None:
    web, nobody = shown(ebbtide("savings", "--by", "owner", "--format", "json"))
    assert (web["owner"], web["deleted"], web["monthly"], web["unpriced"]) == ("web", 1, 8.0, 0)
    assert (nobody["owner"], nobody["deleted"], nobody["unpriced"]) == ("none", 1, 1)
    assert nobody["monthly"] is None and nobody["saved_so_far"] is None


@pytest.mark.usefixtures("saved")
def test_an_unknown_sum_is_called_unknown_in_rows(ebbtide: Run) -> None:
    result = ebbtide("savings", "--format", "csv")
    by_rule = {row["rule"]: row for row in csv.DictReader(io.StringIO(result.stdout))}
    assert by_rule["expired"]["monthly"] == "8.0"
    assert by_rule["volumes"]["monthly"] == by_rule["volumes"]["saved_so_far"] == "unknown"
    assert "2 resources deleted since" in result.stderr
    assert "at least about 8.00 USD a month (the price of 1 resource is unknown)" in result.stderr
    assert "estimated from list prices" in result.stderr


@pytest.mark.usefixtures("saved")
def test_a_division_that_there_is_not_is_refused(ebbtide: Run) -> None:
    result = ebbtide("savings", "--by", "colour")
    assert result.exit_code == 2
    assert "rule, account, owner, kind" in result.stderr


@pytest.fixture
def with_prices(copy: Copy) -> Copy:
    """The copy, in which the first volume of the last snapshot has a price and others have none."""
    manifest = copy.read_json(RunKeys("run-3").manifest)
    for account in manifest["accounts"]:
        lines = list(Folder(copy.path).read_lines(account["resources"]))
        known = iter((12.5,))
        for line in lines:
            if line["kind"] == "aws_ec2_volume":
                line["price"] = priced(next(known, None))
        copy.write_lines(account["resources"], lines)
    return copy


@pytest.mark.usefixtures("with_prices")
def test_tables_and_csv_say_unknown_and_json_null(ebbtide: Run) -> None:
    typed = ("search", "is(volume)", "--columns", "id, /price.monthly as usd")
    for format in ("csv", "table", "markdown", "list"):
        out = ebbtide(*typed, "--format", format).stdout
        assert "12.5" in out and "unknown" in out, format
    values = [row["usd"] for row in shown(ebbtide(*typed, "--format", "json"))]
    assert 12.5 in values and None in values and "unknown" not in values


@pytest.mark.usefixtures("with_prices")
def test_sums_say_how_many_prices_are_not_in_them(ebbtide: Run) -> None:
    typed = "aggregate(kind as kind: sum(/price.monthly) as usd, sum(1) as n): is(volume)"
    result = ebbtide("search", typed, "--format", "csv")
    assert "are not in the amounts: the price is unknown." in result.stderr or (
        "is not in the amounts: the price is unknown." in result.stderr
    )
    result = ebbtide("search", typed.replace("is(volume)", "/price.why != null and is(volume)"),
                     "--format", "csv")  # fmt: skip
    assert ",unknown," in result.stdout


@pytest.mark.usefixtures("with_prices")
def test_a_limit_shows_what_is_known_to_cost_most(ebbtide: Run) -> None:
    typed = "is(volume) sort /price.monthly desc limit 1"
    result = ebbtide("search", typed, "--columns", "/price.monthly", "--format", "csv")
    assert result.stdout.splitlines()[1:] == ["12.5"]
    assert "The condition is unknown for" in result.stderr


@pytest.mark.usefixtures("with_prices")
def test_a_pipe_prints_prices(ebbtide: Run) -> None:
    out = ebbtide("search", "is(volume) | list id, /price.monthly").stdout
    assert "unknown" in out and "12.5" in out
    out = ebbtide("search", "is(volume) | count /price.monthly", "--format", "csv").stdout
    assert "unknown" in out and "12.5" in out
