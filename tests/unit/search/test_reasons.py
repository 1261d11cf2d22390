"""Why it is unknown whether a resource matches, and what runs did to it."""

from __future__ import annotations

from typing import Any

import pytest

from ebbtide.model.lines import ResourceLine
from ebbtide.model.marks import Protection, Section
from ebbtide.search.fields import compile_field
from ebbtide.search.node import Context
from ebbtide.search.reasons import BESIDE, NO_COMPARISON, NO_TAGS, why_uncertain, why_unknown
from tests.support.search_estate import NOW, SANDBOX, ago, volume
from tests.support.search_paths import path

SINCE = ago(days=1)
CONTEXT = Context(NOW)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, ""),
        ({"tags": None}, ""),
        ({"stale_since": SINCE}, f"it could not be read since {SINCE}"),
        ({"unread": {"a": "no", "b": "late"}}, "it could not be read completely: a: no; b: late"),
    ],
)
def test_what_is_uncertain_says_why(change: dict[str, Any], why: str) -> None:
    line: Any = {**volume("vol-1", 1, "here"), **change}
    assert why_uncertain(line, CONTEXT) == why
    for alone, otherwise in ((True, NO_COMPARISON), (False, BESIDE)):
        expected = why or (NO_TAGS if line["tags"] is None else otherwise)
        assert why_unknown(line, CONTEXT, alone=alone) == expected


def test_an_account_that_was_not_read_again_makes_its_resources_uncertain() -> None:
    line: Any = volume("vol-1", 1, "here")
    assert why_uncertain(line, Context(NOW, stale={SANDBOX: SINCE})) == (
        f"it could not be read since {SINCE}"
    )


class Marks:
    """Marks of a cleanup that has deleted vol-1 and knows nothing of others."""

    def desired(self, line: ResourceLine) -> Section:
        return {"clean": True, "rule": "old"} if line["id"] == "vol-1" else {}

    def ending(self, line: ResourceLine) -> Section:
        if line["id"] != "vol-1":
            return {}
        return {"cleaned": True, "ending": "gone", "ending_run": "run"}

    def protection(self, line: ResourceLine) -> Protection:
        return Protection(line["id"] == "vol-2", f"because of {line['id']}")


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("/metadata.cleaned", True, False),
        ("/metadata.ending", "gone", None),
        ("/metadata.ending_run", "run", None),
        ("/metadata.ending_rule", None, None),
        ("/metadata.protected", False, True),
        ("/metadata.protected_reason", "because of vol-1", "because of vol-2"),
        ("/metadata.ended", False, False),
        ("/desired.clean", True, None),
        ("/desired.rule", "old", None),
    ],
)
def test_marks_are_read_below_metadata_and_desired(text: str, first: Any, second: Any) -> None:
    get = compile_field(path(text), Context(NOW, marks=Marks())).get
    lines: list[Any] = [volume("vol-1", 1, "here"), volume("vol-2", 1, "here")]
    assert [get(line) for line in lines] == [first, second]
