"""The report of a run of the real steps: every figure of it is that of what the steps did."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from ebbtide import cleanup
from ebbtide.deployment.inputs import RunRequest
from ebbtide.report.data import report_data
from ebbtide.report.writing import write_report
from ebbtide.store.keys import RunKeys
from tests.integration.workflow import ACCOUNT, REGION, Workflow

pytestmark = pytest.mark.about("aws_ec2_volume")

EXPIRED = {"ebbtide:expires": "2020-01-01"}
ACTING = {"enabled": True, "dry_run": False, "limits": {"percent_of_account": 100}}


def configure(workflow: Workflow, **cleaning: Any) -> None:
    workflow.configure(rules={"expired": {"enabled": True}}, cleanup={**ACTING, **cleaning})


def volume(customer: boto3.session.Session, size: int, tags: dict[str, str]) -> str:
    """Make a volume of the type gp2, which costs 0.10 USD for a GiB and month."""
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    answer = customer.client("ec2").create_volume(
        AvailabilityZone=f"{REGION}a",
        Size=size,
        VolumeType="gp2",
        TagSpecifications=[{"ResourceType": "volume", "Tags": listed}],
    )
    return str(answer["VolumeId"])


def carried_out(workflow: Workflow) -> str:
    run_id = workflow.collect()
    workflow.plan(run_id)
    workflow.clean(run_id)
    cleanup.summarise_cleanup(RunRequest(run_id=run_id), workflow.bucket)
    workflow.measure(run_id)
    return run_id


def test_figures_are_those_of_the_steps(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    configure(workflow)
    going = volume(customer, 100, {"owner": "ada", **EXPIRED})
    staying = volume(customer, 50, {"owner": "bob"})
    protected = volume(customer, 10, {"ebbtide:protected": "true", **EXPIRED})
    data = report_data(workflow.bucket, carried_out(workflow))
    columns, names, money = data["resources"], data["names"], data["money"]
    prices = dict(zip(columns["id"], columns["monthly"], strict=True))
    assert [prices[id] for id in (going, staying, protected)] == [10.0, 5.0, 1.0]
    assert (money["monthly"], money["planned"], money["realised"]) == (16.0, 10.0, 10.0)
    assert (money["unknown"], money["planned_unknown"], money["realised_unknown"]) == (0, 0, 0)
    assert {name: monthly for name, monthly, *_ in money["by"]["owner"]} == {
        "ada": 10.0,
        "bob": 5.0,
        "": 1.0,
    }
    found = {columns["id"][entry["resource"]]: entry for entry in data["plan"]}
    assert {id: (entry["list"], entry["ending"]) for id, entry in found.items()} == {
        going: ("planned", "gone"),
        protected: ("refused", None),
    }
    assert names["owners"][columns["owner"][found[going]["resource"]]] == "ada"
    assert data["coverage"] == {
        "percent": 100.0,
        "accounts": [{"account": ACCOUNT, "name": ACCOUNT, "state": "complete", "gaps": []}],
    }
    (row,) = data["history"]
    counts = {"planned": 1, "cleaned": 1, "failed": 0, "held": 0, "savings": 10.0}
    assert row | counts == row
    assert (data["held"], data["problems"]) == ([], [])


def unclocked(text: str) -> str:
    """Return a text without the value of the one metric that says how late it was measured."""
    return "\n".join(line for line in text.split("\n") if "ebbtide_run_seconds " not in line)


def test_measuring_and_reporting_again_writes_the_same(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    configure(workflow)
    volume(customer, 100, EXPIRED)
    run_id = carried_out(workflow)
    keys = RunKeys(run_id)
    names = (keys.report, keys.report_row, keys.cloudwatch, keys.metrics("metrics.txt"))
    written = []
    for _ in range(2):
        workflow.measure(run_id)
        write_report(RunRequest(run_id=run_id), workflow.bucket, workflow.settings)
        written.append([unclocked(workflow.bucket.read_text(name)) for name in names])
    assert written[0] == written[1]


def test_the_next_run_shows_what_is_gone_and_the_run_before(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    configure(workflow)
    going = volume(customer, 100, {"owner": "ada", **EXPIRED})
    first = carried_out(workflow)
    assert write_report(RunRequest(run_id=first), workflow.bucket, workflow.settings)
    workflow.release(first)
    configure(workflow, dry_run=True)
    volume(customer, 20, EXPIRED)
    data = report_data(workflow.bucket, carried_out(workflow))
    assert [gone["id"] for gone in data["changes"]["deleted"]] == [going]
    assert [(row["monthly"], row["savings"]) for row in data["history"]] == [(10.0, 10.0), (2.0, 0)]
    assert (data["money"]["planned"], data["money"]["realised"]) == (2.0, 0.0)
    assert [entry["ending"] for entry in data["plan"]] == ["would_delete"]
    assert data["run"]["dry_run"] and "dry run" in data["held"][0]


def test_a_run_that_only_collected_has_a_report_as_well(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    configure(workflow)
    volume(customer, 100, EXPIRED)
    run_id = workflow.collect()
    data = report_data(workflow.bucket, run_id)
    assert (data["money"]["planned"], data["money"]["monthly"]) == (None, 10.0)
    assert (data["plan"], data["history"][0]["held"]) == ([], None)
    # What its retention has removed meanwhile is missing, and not nothing.
    workflow.bucket.delete(RunKeys(run_id).graph(ACCOUNT, "resources.jsonl.zst"))
    lost = report_data(workflow.bucket, run_id)
    assert lost["money"]["monthly"] is None and lost["money"]["unknown"] > 0
    assert any("are missing" in problem for problem in lost["problems"])
