"""Opt-in kinds are planned only if the configuration lists them and a job's search names them."""

from __future__ import annotations

from typing import Any

import pytest

from ebbtide.base.errors import ConfigError
from ebbtide.config import Config, parse_config
from ebbtide.kinds import registry
from ebbtide.model.kind import Kind
from ebbtide.model.resource import GLOBAL
from ebbtide.plan import Plan, make_plan
from ebbtide.verdict.marks import CleanMarks, Marks
from tests.support.builders import NOW, inventory, resource
from tests.support.gathering import Group, for_each

OPT_IN = Group(lambda kind: bool(kind.opt_in))
OTHERS = Group(lambda kind: bool(kind.delete and not kind.opt_in))


def config(kind: str, *, listed: bool, search: str, guardrail: bool = True) -> Config:
    job: dict[str, Any] = {
        "name": "sweep",
        "event": "cleanup_plan",
        "action": {"clean": {"reason": "old"}},
        "search": search,
    }
    guardrails = [kind] if registry()[kind].guardrail and guardrail else []
    cleanup = {"allow_kinds": [kind] if listed else [], "allow_guardrails": guardrails}
    rules = {"expired": {"enabled": True}}
    return Config.model_validate({"rules": rules, "cleanup": cleanup, "jobs": [job]})


def plan(kind: Kind, *, listed: bool, job: bool, search: str, guardrail: bool = True) -> Plan:
    scope = GLOBAL if kind.scope == "global" else "us-east-1"
    one = resource(kind.name, "one", region=scope, tags={"expiration": "1d"} if kind.tags else {})
    made = CleanMarks("sweep", "cleanup_plan", "old", "all", "m", (), (one.graph_id,), {})
    return make_plan(
        inventory([one]),
        config(kind.name, listed=listed, search=search, guardrail=guardrail),
        run_id="run",
        manifest="m",
        now=NOW,
        marks=Marks((made,) if job else ()),
    )


@for_each(OPT_IN)
def test_it_is_planned_only_if_configuration_and_job_name_it(kind: Kind) -> None:
    naming, sweeping = f"is({kind.name}) and id = one", "is(aws_resource) and id = one"
    for listed, search in ((False, naming), (True, sweeping)):
        found = plan(kind, listed=listed, job=True, search=search)
        assert not found.planned
        assert [entry.code for entry in found.refused] == ["not_allowed"]
        assert kind.opt_in in found.refused[0].reason
    assert not plan(kind, listed=True, job=False, search=naming).planned
    allowed = plan(kind, listed=True, job=True, search=naming)
    assert not allowed.refused


@for_each(OPT_IN)
def test_it_can_be_deleted_at_all(kind: Kind) -> None:
    assert kind.delete and not kind.undeletable and kind.opt_in.endswith(".")


@for_each(OPT_IN)
def test_it_counts_as_deletable_only_if_allowed(kind: Kind) -> None:
    search = f"is({kind.name})"
    assert not plan(kind, listed=False, job=False, search=search).deletable
    assert plan(kind, listed=True, job=False, search=search).deletable == {kind.name: 1}


def test_a_guardrail_that_is_opt_in_needs_both() -> None:
    both = [kind for kind in registry().values() if kind.opt_in and kind.guardrail]
    assert [kind.name for kind in both] == ["aws_guardduty_detector"]
    for kind in both:
        search = f"is({kind.name})"
        found = plan(kind, listed=True, job=True, search=search, guardrail=False)
        assert [entry.code for entry in found.refused] == ["guardrail"]
        assert not found.planned and not found.deletable


@for_each(OTHERS)
def test_no_other_kind_asks_for_consent_or_can_be_listed(kind: Kind) -> None:
    with pytest.raises(ConfigError, match="opt-in"):
        parse_config(f"cleanup: {{allow_kinds: [{kind.name}]}}")


def test_a_name_that_only_begins_alike_is_not_the_kind() -> None:
    kind = registry()["aws_cognito_user"]
    found = plan(kind, listed=True, job=True, search="is(aws_cognito_user_pool) and id = one")
    assert [entry.code for entry in found.refused] == ["not_allowed"]
