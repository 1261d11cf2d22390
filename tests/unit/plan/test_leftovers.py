"""What an earlier cleanup left of a whole is planned again, if it is as it was."""

from __future__ import annotations

from typing import Any

import pytest

from ebbtide.base.errors import FormatError
from ebbtide.plan.leftovers import NAME, leftover_findings, read_leftovers
from ebbtide.store.keys import unfinished_key
from tests.support.builders import ACCOUNT, inventory, resource
from tests.support.small_cleanup import Memory

KIND = "aws_ec2_volume"
SEEN = {"State": "available", "Attachments": [], "CreateTime": "2026"}
PROPERTIES = {"state": "available", "attachments": None, "create_time": "2026"}


def left(**changes: Any) -> dict[str, Any]:
    entry = {"part_of": "the whole", "tags": {"a": "b"}}
    return {"run_id": "run-1", "leftover": True, "entry": entry, "seen": SEEN, **changes}


def found(one: dict[str, Any], **changes: Any) -> list[str]:
    there = resource(KIND, "vol-1", **{"tags": {"a": "b"}, "properties": PROPERTIES, **changes})
    findings = leftover_findings({there.graph_id: one}, inventory([there]), ())
    assert all((one.rule, one.verdict) == (NAME, "select") for one in findings)
    return [finding.reason for finding in findings]


def test_a_leftover_is_selected_for_the_whole_that_is_gone() -> None:
    assert found(left()) == ["left over from the whole, which is gone"]


@pytest.mark.parametrize(
    "changes",
    [
        {"tags": {"a": "c"}},
        {"tags": {}},
        {"properties": {**PROPERTIES, "state": "in-use"}},
        {"properties": {**PROPERTIES, "attachments": [{"InstanceId": "i-1"}]}},
        {"ended": True},
    ],
)
def test_a_leftover_that_somebody_has_used_or_tagged_is_not_selected(
    changes: dict[str, Any],
) -> None:
    assert not found(left(), **changes)


def test_a_leftover_that_was_never_read_is_not_selected() -> None:
    assert not found(left(seen={}))


def test_what_is_gone_or_selected_otherwise_is_no_leftover() -> None:
    there = resource(KIND, "vol-1", tags={"a": "b"}, properties=PROPERTIES)
    assert not leftover_findings({"gone": left()}, inventory([there]), ())
    selected = {there.graph_id}
    assert not leftover_findings({there.graph_id: left()}, inventory([there]), selected)


@pytest.mark.parametrize("is_selected", [True, False])
def test_a_leftover_goes_with_its_whole_if_that_still_exists(is_selected: bool) -> None:
    there = resource(KIND, "vol-1", tags={"a": "b"}, properties=PROPERTIES)
    whole = resource("aws_vpc", "vpc-1")
    one = left(entry={"part_of": whole.graph_id, "tags": {"a": "b"}})
    selected = {whole.graph_id} if is_selected else set()
    findings = leftover_findings({there.graph_id: one}, inventory([there, whole]), selected)
    wholes = [finding.part_of for finding in findings]
    assert wholes == ([whole.graph_id] if is_selected else [])


def test_only_leftovers_are_read() -> None:
    store: Any = Memory()
    assert read_leftovers(store, ACCOUNT) == {}
    resources = {"a": left(), "b": left(leftover=False)}
    store.write_json(unfinished_key(ACCOUNT), {"format": 1, "resources": resources})
    assert read_leftovers(store, ACCOUNT).keys() == {"a"}
    store.write_json(unfinished_key(ACCOUNT), {"format": 2, "resources": {}})
    with pytest.raises(FormatError):
        read_leftovers(store, ACCOUNT)
