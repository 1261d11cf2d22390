"""A simulated plan is the one that the functions of a run made, and leaves the bucket alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from ebbtide.config import parse_config
from ebbtide.deployment.inputs import AccountRequest
from ebbtide.graph import Manifest, load_inventory, read_manifest
from ebbtide.plan import Plan, plan_account, read_plan
from ebbtide.plan.explaining import explain
from ebbtide.plan.planning import decide
from ebbtide.plan.steps import basis_of
from ebbtide.store.keys import RunKeys, unfinished_key
from ebbtide.store.run import read_run
from ebbtide.verdict.fingerprint import fingerprint
from ebbtide.workflow.as_of import as_of
from ebbtide.workflow.asking_jobs import ask_jobs
from ebbtide.workflow.simulating import Simulation, simulate
from tests.integration.test_jobs import CLEAN, KEEP, create_volume, graph_id
from tests.integration.workflow import ACCOUNT, Workflow

type Session = boto3.session.Session

pytestmark = pytest.mark.about("aws_ec2_volume")

FRIDAY = {
    "name": "friday",
    "event": "cleanup_plan",
    "cron": "0 22 * * fri",
    "search": "is(volume) and tags.purpose == friday",
    "action": {"clean": {"reason": "the week is over"}},
}
EARLY = {
    **KEEP,
    "name": "early",
    "event": "pre_collect",
    "search": "is(volume) and tags.early == 1",
}
RULES = {"expired": {"enabled": True}}
DELETING = {"enabled": True, "dry_run": False, "first_run": "report"}


def configure(workflow: Workflow, **sections: Any) -> None:
    given = {"rules": RULES, "cleanup": DELETING, "jobs": [CLEAN, KEEP, FRIDAY, EARLY], **sections}
    workflow.configure(kinds=("aws_ec2_volume",), **given)


def whole_run(workflow: Workflow) -> Plan:
    workflow.now += timedelta(hours=1)
    run_id = workflow.collect()
    workflow.run_jobs(run_id, "cleanup_plan")
    plan = workflow.plan(run_id)
    workflow.clean(run_id)
    workflow.release(run_id)
    return plan


def snapshot(workflow: Workflow, run_id: str) -> Manifest:
    run = read_run(workflow.bucket, run_id)
    return read_manifest(workflow.bucket, run.manifest or run.keys.manifest)


def simulated(workflow: Workflow, run_id: str, text: str | None = None, **rest: Any) -> Simulation:
    run = read_run(workflow.bucket, run_id)
    config = run.config if text is None else parse_config(text)
    return simulate(workflow.bucket, snapshot(workflow, run_id), config, run, **rest)


def stored(workflow: Workflow) -> dict[str, str]:
    """Return the etag of each object in the bucket."""
    pages = boto3.client("s3").list_objects_v2(Bucket=workflow.bucket.name)
    return {entry["Key"]: entry["ETag"] for entry in pages["Contents"]}


@pytest.fixture
def filled(workflow: Workflow, customer: Session) -> Workflow:
    for tags in (
        {"expiration": "1s"},
        {"expiration": "1s", "data": "precious"},
        {"expiration": "1s", "early": "1"},
        {"purpose": "scratch"},
        {"purpose": "friday", "owner": "me"},
        {},
    ):
        create_volume(customer, **tags)
    workflow.now += timedelta(days=1)
    configure(workflow)
    return workflow


def test_the_same_configuration_gives_the_plan_of_each_run(filled: Workflow) -> None:
    runs = [whole_run(filled) for _ in range(2)]
    assert [len(plan.reported) > 0 for plan in runs] == [True, False]
    assert runs[1].planned and runs[1].refused
    before = stored(filled)
    for plan in runs:
        found = simulated(filled, plan.run_id)
        assert found.plans[ACCOUNT] == plan
        assert found.summary == filled.bucket.read_json(RunKeys(plan.run_id).plan_summary)
        assert (found.not_due, found.failed) == (("friday",), {})
    assert stored(filled) == before


def test_a_run_without_its_own_snapshot_is_simulated_on_the_one_it_used(filled: Workflow) -> None:
    search = f"{CLEAN['search']} and /metadata.cleaned == false"
    configure(filled, jobs=[{**CLEAN, "search": search}])
    first = whole_run(filled)
    filled.now += timedelta(minutes=5)
    assert filled.claim("later", workflow="cleanup")["claimed"]
    filled.run_jobs("later", "cleanup_plan")
    key = read_run(filled.bucket, "later").manifest
    assert key == RunKeys(first.run_id).manifest
    filled.bucket.write_json(RunKeys("later").accounts, [{"account": ACCOUNT}])
    request = AccountRequest(run_id="later", account=ACCOUNT, manifest=key)
    plan_account(request, filled.bucket)
    filled.summarise_plans("later", key)
    plan = read_plan(filled.bucket.read_json(RunKeys("later").plan(ACCOUNT)))
    assert ("job:old-volumes",) in {entry.rules for entry in plan.planned}
    filled.clean("later")
    assert simulated(filled, "later").plans[ACCOUNT] == plan
    assert simulated(filled, first.run_id).plans[ACCOUNT] == first


def test_what_a_workflow_has_no_event_for_is_unknown_in_the_simulation_too(
    filled: Workflow,
) -> None:
    asked = {"name": "owners", "event": "post_collect", "marks": "keep"}
    for sections in ({"jobs": [CLEAN, EARLY]}, {"jobs": [CLEAN], "automations": [asked]}):
        configure(filled, jobs=[CLEAN])
        collected = whole_run(filled).run_id
        configure(filled, **sections)
        run_id = f"later-than-{collected}"
        assert filled.claim(run_id, workflow="cleanup")["claimed"]
        filled.run_job(run_id, "cleanup_plan", "old-volumes")
        key = read_run(filled.bucket, run_id).manifest
        request = AccountRequest(run_id=run_id, account=ACCOUNT, manifest=key)
        plan_account(request, filled.bucket)
        filled.release(run_id)
        plan = read_plan(filled.bucket.read_json(RunKeys(run_id).plan(ACCOUNT)))
        assert not plan.planned
        found = simulated(filled, run_id)
        assert found.plans[ACCOUNT] == plan
        assert found.not_asked == ()


def test_jobs_that_are_not_due_can_be_simulated_as_due(filled: Workflow) -> None:
    plan = whole_run(filled)
    found = simulated(filled, plan.run_id, all_due=True)
    assert found.not_due == ()
    named = {rule for entry in found.plans[ACCOUNT].reported for rule in entry.rules}
    assert named == {"expired", "job:old-volumes", "job:friday"}


def test_leftovers_of_later_cleanups_do_not_change_an_earlier_plan(filled: Workflow) -> None:
    plan = whole_run(filled)
    entry = next(iter(snapshot(filled, plan.run_id).accounts))
    inventory = load_inventory(filled.bucket, entry)
    plain = next(one for one in inventory.of_kind("volume") if one.tags == {})

    def left_over(at: str) -> Plan:
        given = {"part_of": "gone", "tags": {}}
        left = {"leftover": True, "at": at, "entry": given, "run_id": "other"}
        left["seen"] = fingerprint(plain)
        resources = {plain.graph_id: left}
        value = {"format": 1, "account": ACCOUNT, "open": "", "resources": resources}
        filled.bucket.write_json(unfinished_key(ACCOUNT), value)
        return simulated(filled, plan.run_id).plans[ACCOUNT]

    assert left_over("2999-01-01T00:00:00Z") == plan
    earlier = left_over("2020-01-01T00:00:00Z")
    assert ("leftovers",) in {entry.rules for entry in earlier.planned}


def test_what_later_runs_reported_is_still_new_to_an_earlier_one(filled: Workflow) -> None:
    configure(filled, rules={}, jobs=[CLEAN])
    first = whole_run(filled)
    configure(filled, jobs=[CLEAN])
    second = whole_run(filled)
    assert second.first_run == ("expired",)
    text = filled.bucket.read_text("config/ebbtide.yaml")
    found = simulated(filled, first.run_id, text).plans[ACCOUNT]
    assert found.first_run == ("expired", "job:old-volumes")


@pytest.mark.full
def test_what_later_runs_deleted_does_not_count_for_an_earlier_one(
    filled: Workflow, customer: Session
) -> None:
    # Deletions are recorded at the time of the machine.
    filled.now = datetime.now(UTC) + timedelta(minutes=1)
    limits = {"per_day": 5, "percent_of_account": 100, "percent_of_kind": 100}
    configure(filled, cleanup={**DELETING, "first_run": "act", "limits": limits}, jobs=[])
    runs = [whole_run(filled)]
    create_volume(customer, expiration="1s")
    runs.append(whole_run(filled))
    assert [len(plan.planned) for plan in runs] == [3, 1]
    create_volume(customer, expiration="1s")
    runs.append(whole_run(filled))
    for plan in runs:
        stored_summary = filled.bucket.read_json(RunKeys(plan.run_id).plan_summary)
        assert simulated(filled, plan.run_id).summary == stored_summary
    limits["per_day"] = 3
    configure(filled, cleanup={**DELETING, "first_run": "act", "limits": limits}, jobs=[])
    text = filled.bucket.read_text("config/ebbtide.yaml")
    assert not simulated(filled, runs[0].run_id, text).summary["held"]
    limits["per_day"] = 1
    configure(filled, cleanup={**DELETING, "first_run": "act", "limits": limits}, jobs=[])
    text = filled.bucket.read_text("config/ebbtide.yaml")
    held = simulated(filled, runs[2].run_id, text).summary
    assert any("4 were deleted in the last 24 hours" in one for one in held["exceeded"])


def test_a_job_before_the_collection_searches_the_snapshot_before(
    filled: Workflow, customer: Session
) -> None:
    whole_run(filled)
    late = create_volume(customer, expiration="1s", early="1")
    filled.now += timedelta(days=1)
    assert filled.claim("second")["claimed"]
    filled.run_jobs("second", "pre_collect")
    filled.discover("second")
    for task in filled.work("second"):
        filled.collect_task("second", task)
    filled.merge("second")
    filled.publish("second")
    filled.run_jobs("second", "cleanup_plan")
    plan = filled.plan("second")
    assert graph_id(late) in {entry.subject.graph_id for entry in plan.planned}
    assert simulated(filled, "second").plans[ACCOUNT] == plan


def test_jobs_answer_for_each_resource_of_a_run(filled: Workflow, customer: Session) -> None:
    scratch = create_volume(customer, purpose="scratch")
    plain = create_volume(customer)
    plan = whole_run(filled)
    run, manifest = read_run(filled.bucket, plan.run_id), snapshot(filled, plan.run_id)
    store = as_of(filled.bucket, run, manifest, [ACCOUNT])
    decided = decide(basis_of(store, run, ACCOUNT, run.keys.manifest))
    assert decided.plan == plan
    said = {}
    for name in (scratch, plain):
        resource = decided.basis.inventory[graph_id(name)]
        asked = list(ask_jobs(store, run, manifest, resource))
        said[name] = {one.name: one for one in explain(decided, graph_id(name), asked).jobs}
    assert said[scratch]["job:old-volumes"].selects
    answer = said[plain]["job:old-volumes"]
    assert (answer.selects, answer.reason) == (
        False,
        'tags.purpose == "scratch" is false (it is null)',
    )
    assert said[plain]["job:friday"].off == "not due in this run"
