"""What counts as a change between the plan and the moment before the deletion."""

from typing import Any

import pytest

from ebbtide.cleanup.verification import changed_names


@pytest.mark.parametrize(
    ("then", "now", "changed", "settled"),
    [
        ("available", "available", False, False),
        ("in-use", "available", True, False),
        (None, 0, False, False),
        ([], None, False, False),
        (None, 2, True, True),
        (["i-1"], [], True, False),
        (["i-1"], None, True, False),
        (["i-1", "i-2"], ["i-2"], True, False),
        ([], ["i-1"], True, True),
        (["i-1"], ["i-2"], True, True),
        ({"a": 1}, {"a": 2}, True, True),
        ({"a": 1}, None, True, False),
        (None, "eipassoc-1", True, True),
    ],
)
def test_settling_may_hold_less_but_never_more(
    then: Any, now: Any, changed: bool, settled: bool
) -> None:
    """`settled`: whether it still counts as changed once what it waited for is gone."""
    assert changed_names({"Name": then}, {"Name": now}, ()) == (["Name"] if changed else [])
    assert changed_names({"Name": then}, {"Name": now}, ("Name",)) == (["Name"] if settled else [])
