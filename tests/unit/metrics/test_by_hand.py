"""The metrics of an estate equal the values that were computed by hand."""

from __future__ import annotations

import ast
import operator
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ebbtide.config.default_metrics import DEFAULTS
from tests.support.builders import resource
from tests.support.measuring import Estate, measured
from tools.yaml_files import read_yaml

DATA = Path(__file__).parents[2] / "data" / "metrics" / "estate.yaml"
# Of all resources: too many labels to list by hand, so they are added up below.
OF_ALL = {"resources", "monthly_cost"}
_OPERATIONS = {ast.Add: operator.add, ast.Mult: operator.mul, ast.Div: operator.truediv}


@cache
def data() -> dict[str, Any]:
    found: dict[str, Any] = read_yaml(DATA)
    return found


def line_of(given: dict[str, Any]) -> dict[str, Any]:
    account, owner = given["account"], given.get("owner", given["account"])
    kind, id, region = given["kind"], given["id"], given["region"]
    arn = f"arn:aws:test:{region}:{owner}:{kind}/{id}"
    tags = given.get("tags", {})
    built = resource(kind, id, region=region, tags=tags, arn=arn, unknown_tags=tags is None)
    line: dict[str, Any] = {**built.to_line(), "account": account}
    line["graph_id"] = f"{account}/{region}/{kind}/{id}"
    line["properties"] = given.get("properties", {})
    line |= {name: given[name] for name in ("stale_since", "orphaned_since") if name in given}
    price = given.get("price", 0)
    monthly = None if price == "unknown" else price
    return {**line, "price": {"monthly": monthly, "currency": "USD"}}


@cache
def values() -> dict[str, dict[str, float]]:
    """Return the values of each series by labels."""
    lines: dict[str, list[Any]] = {}
    for given in data()["resources"]:
        lines.setdefault(given["account"], []).append(line_of(given))
    found: dict[str, dict[str, float]] = {}
    for sample in measured(Estate(lines)):
        labels = " ".join(f"{name}={value}" for name, value in sample.labels.items())
        found.setdefault(sample.series.removeprefix("ebbtide_"), {})[labels] = sample.value
    return found


def computed(text: str) -> float:
    """Evaluate arithmetic of numbers."""

    def value(node: ast.expr) -> float:
        if isinstance(node, ast.BinOp):
            return float(_OPERATIONS[type(node.op)](value(node.left), value(node.right)))
        assert isinstance(node, ast.Constant) and isinstance(node.value, int | float)
        return node.value

    return value(ast.parse(text, mode="eval").body)


def test_all_metrics_of_resources_were_computed_by_hand() -> None:
    assert DEFAULTS.keys() - data()["expected"].keys() == OF_ALL


@pytest.mark.parametrize("name", data()["expected"])
def test_a_metric_equals_what_was_computed_by_hand(name: str) -> None:
    expected = {labels: computed(str(text)) for labels, text in data()["expected"][name].items()}
    assert values()[name] == pytest.approx(expected)


def test_only_what_is_listed_exists() -> None:
    assert values().keys() - data()["expected"].keys() - OF_ALL == {"monthly_cost_unknown"}


def own() -> list[dict[str, Any]]:
    return [
        one for one in data()["resources"] if one.get("owner", one["account"]) == one["account"]
    ]


def test_each_resource_counts_once() -> None:
    counts = Counter((one["account"], one["region"], one["kind"]) for one in own())
    assert values()["resources"] == {
        f"account={account} region={region} kind={kind}": count
        for (account, region, kind), count in counts.items()
    }


def test_the_costs_of_all_resources_add_up_by_owner() -> None:
    costs, unknown = Counter[str](), Counter[str]()
    for one in own():
        tags = one.get("tags", {})
        owner = "unknown" if tags is None else tags.get("owner", "none")
        labels = f"account={one['account']} kind={one['kind']} owner={owner}"
        if one.get("price") == "unknown":
            unknown[labels] += 1
        else:
            costs[labels] += one.get("price", 0)
    assert values()["monthly_cost"] == pytest.approx(dict(costs))
    assert values()["monthly_cost_unknown"] == dict(unknown)
