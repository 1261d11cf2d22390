"""Rules that are searches select, report first, are asked again, and delete."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import boto3
import pytest

from ebbtide.graph import read_manifest
from ebbtide.plan.advising import read_advice
from ebbtide.plan.explaining import explain
from ebbtide.plan.planning import decide
from ebbtide.plan.searched import asked_about
from ebbtide.plan.steps import basis_of
from ebbtide.store.run import read_run
from tests.integration.test_jobs import DELETING, by_id, create_volume, exists, graph_id
from tests.integration.workflow import ACCOUNT, Workflow

pytestmark = pytest.mark.about("aws_ec2_volume")

SCRATCH = {
    "search": "is(volume) and volume_status = available and tags.purpose == scratch",
    "reason": "scratch space that nobody attached",
    "facts": ["volume_size"],
    "enabled": True,
    "min_age": "0s",
}


def own(**changes: Any) -> dict[str, Any]:
    return {"rules": {"own": {"scratch": {**SCRATCH, **changes}}}}


REPORTING = {"cleanup": {**DELETING["cleanup"], "first_run": "report"}}


def planned(workflow: Workflow) -> tuple[str, Any]:
    workflow.now += timedelta(hours=1)
    run_id = workflow.collect()
    plan = workflow.plan(run_id)
    workflow.summarise_plans(run_id)
    return run_id, plan


def reported(workflow: Workflow) -> Any:
    """Return the plan of a run that ends after planning."""
    run_id, plan = planned(workflow)
    workflow.release(run_id)
    return plan


def test_a_rule_that_advises_is_told_beside_the_plan(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    volume = create_volume(customer, purpose="scratch")
    advice = {**SCRATCH, "advises": "delete it by hand"}
    workflow.configure(rules={"own": {"scratch": advice}}, **DELETING)
    run_id, plan = planned(workflow)
    assert not (plan.planned or plan.refused or plan.undecided or plan.reported)
    stored = read_advice(workflow.bucket, run_id, ACCOUNT)
    assert stored is not None
    (entry,) = stored["advice"]
    assert (entry["subject"]["id"], entry["rule"]) == (volume, "scratch")
    assert (entry["advice"], entry["saving"]) == ("delete it by hand", None)
    workflow.clean(run_id)
    assert exists(customer, volume)


def test_without_rules_that_advise_nothing_is_stored(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    create_volume(customer, purpose="scratch")
    workflow.configure(**own(), **DELETING)
    run_id, _ = planned(workflow)
    assert read_advice(workflow.bucket, run_id, ACCOUNT) is None


def test_an_own_rule_reports_first_and_deletes_then(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    waste, other = create_volume(customer, purpose="scratch"), create_volume(customer)
    workflow.configure(**own(), **REPORTING)
    plan = reported(workflow)
    assert not plan.planned
    (entry,) = plan.reported
    assert entry.subject.id == waste and "first run" in entry.stays
    run_id, plan = planned(workflow)
    (entry,) = plan.planned
    assert (entry.rules, entry.reason) == (("scratch",), SCRATCH["reason"])
    assert entry.facts["scratch"]["volume_size"] == 8
    workflow.clean(run_id)
    assert workflow.outcomes(run_id) == {graph_id(waste): "gone"}
    assert exists(customer, other) and not exists(customer, waste)


def test_a_rule_with_another_search_or_option_reports_again(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    create_volume(customer, purpose="scratch")
    workflow.configure(**own(), **REPORTING)
    reported(workflow)
    assert len(reported(workflow).planned) == 1
    for other in (own(search="is(volume) and volume_status = available"), own(min_age="1s")):
        workflow.configure(**other, **REPORTING)
        plan = reported(workflow)
        assert not plan.planned and len(plan.reported) == 1


def test_what_a_rule_no_longer_selects_stays(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    waste = create_volume(customer, purpose="scratch")
    workflow.configure(**own(), **DELETING)
    run_id, plan = planned(workflow)
    assert waste in by_id(plan)
    customer.client("ec2").create_tags(
        Resources=[waste], Tags=[{"Key": "purpose", "Value": "backup"}]
    )
    workflow.clean(run_id)
    assert workflow.outcomes(run_id) == {graph_id(waste): "skipped"}
    assert exists(customer, waste)


@pytest.mark.parametrize("option", [{"except_tags": {"keep": None}}, {"tags": {"keep": "no"}}])
def test_a_tag_that_an_option_names_counts_until_the_deletion(
    workflow: Workflow, customer: boto3.session.Session, option: dict[str, Any]
) -> None:
    tags = {"keep": "no"} if "tags" in option else {}
    waste, other = (create_volume(customer, purpose="scratch", **tags) for _ in range(2))
    workflow.configure(**own(**option), **DELETING)
    run_id, plan = planned(workflow)
    assert by_id(plan).keys() == {waste, other}
    now = [{"Key": "keep", "Value": "yes"}]
    customer.client("ec2").create_tags(Resources=[waste], Tags=now)
    workflow.clean(run_id)
    assert workflow.outcomes(run_id) == {graph_id(waste): "skipped", graph_id(other): "gone"}


def test_what_was_unchanged_for_long_enough_goes(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    waste = create_volume(customer, purpose="scratch")
    workflow.configure(**own(unchanged_for="90m"), **DELETING)
    for _ in range(2):
        run_id, plan = planned(workflow)
        assert not plan.planned
        workflow.release(run_id)
    run_id, plan = planned(workflow)
    assert by_id(plan).keys() == {waste}
    workflow.clean(run_id)
    assert workflow.outcomes(run_id) == {graph_id(waste): "gone"}


def test_an_explanation_names_what_the_search_of_a_rule_says(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    waste, other = create_volume(customer, purpose="scratch"), create_volume(customer)
    workflow.configure(**own(), **DELETING)
    run_id, _ = planned(workflow)
    run = read_run(workflow.bucket, run_id)
    manifest = read_manifest(workflow.bucket, run.keys.manifest)
    basis = basis_of(workflow.bucket, run, ACCOUNT, run.keys.manifest)
    decided = decide(basis)

    def said(volume: str) -> Any:
        resource = basis.inventory[graph_id(volume)]
        asked = asked_about(workflow.bucket, run, manifest, basis.inventory, resource)
        found = explain(decided, resource.graph_id, (), list(asked))
        return {one.name: one for one in found.rules}["scratch"]

    assert said(waste).selects is True
    assert said(other).selects is False
    assert "tags.purpose" in said(other).reason
