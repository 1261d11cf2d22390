"""A resource that a job may mean is planned only if something else surely selects it."""

from __future__ import annotations

import pytest

from ebbtide.config import parse_config
from ebbtide.plan import make_plan
from ebbtide.verdict.marks import CleanMarks, Marks
from tests.support.builders import NOW, inventory, volume

WHY = "its tags are unknown"


@pytest.mark.parametrize("expired", [False, True])
@pytest.mark.parametrize("another", ["", "sure", "doubt"])
def test_a_doubt_alone_selects_nothing(*, expired: bool, another: str) -> None:
    one = volume("vol-1", tags={"expiration": "7d"} if expired else {})
    name = one.graph_id
    made = [CleanMarks("one", "cleanup_plan", "old", "all", "m", (), (), {name: WHY})]
    if another:
        sure, doubts = ((name,), {}) if another == "sure" else ((), {name: "it is stale"})
        made.append(CleanMarks("two", "cleanup_plan", "big", "all", "m", (), sure, doubts))
    config = parse_config("rules: {expired: {enabled: true}}")
    plan = make_plan(
        inventory([one]), config, run_id="run", manifest="m", now=NOW, marks=Marks(tuple(made))
    )
    rules = [*(["expired"] if expired else []), *(["job:two"] if another == "sure" else [])]
    assert [sorted(entry.rules) for entry in plan.planned] == ([sorted(rules)] if rules else [])
    if not rules:
        (entry,) = plan.undecided
        assert entry.code == "evidence_missing"
        assert WHY in entry.reason and (another == "doubt") == ("it is stale" in entry.reason)
