"""A run that is started for some accounts or regions, or as a dry run, does nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import boto3
import pytest

from ebbtide.base.errors import InputError
from ebbtide.deployment.inputs import AccountRequest
from ebbtide.graph.manifest import current_manifest, read_coverage
from ebbtide.plan import plan_account, read_plan
from ebbtide.plan.published import read_published
from ebbtide.store.keys import CURRENT, RunKeys
from ebbtide.store.run import read_run
from tests.integration.workflow import ACCOUNT, REGION, Workflow, account_session

OTHER, FAR = "444455556666", "eu-west-1"
PLACES = [(ACCOUNT, REGION), (ACCOUNT, FAR), (OTHER, REGION)]
EXPIRED = [{"Key": "ebbtide:expires", "Value": "2020-01-01"}]


def configure(workflow: Workflow, *, dry_run: bool = False, **sections: Any) -> None:
    cleanup = {"enabled": True, "dry_run": dry_run, **sections.pop("cleanup", {})}
    collect = {"accounts": [ACCOUNT, OTHER], "regions": [REGION, FAR]}
    rules = {"expired": {"enabled": True}}
    workflow.configure(
        kinds=("aws_ec2_volume",), collect=collect, rules=rules, cleanup=cleanup, **sections
    )


def ec2(account: str, region: str) -> Any:
    untyped: Any = account_session(account)
    return untyped.client("ec2", region_name=region)


def volumes() -> dict[tuple[str, str], list[str]]:
    """Return the volumes that exist in each place."""
    return {
        place: [one["VolumeId"] for one in ec2(*place).describe_volumes()["Volumes"]]
        for place in PLACES
    }


@pytest.fixture
def waste() -> dict[tuple[str, str], list[str]]:
    """One expired volume in each place."""
    for account, region in PLACES:
        tags = [{"ResourceType": "volume", "Tags": EXPIRED}]
        ec2(account, region).create_volume(
            AvailabilityZone=f"{region}a", Size=8, TagSpecifications=tags
        )
    return volumes()


def collected(workflow: Workflow) -> dict[tuple[str, str], bool]:
    """Return the places of the volumes in the snapshot, and whether each was read now."""
    manifest = current_manifest(workflow.bucket)
    assert manifest is not None
    return {
        (entry.account, line["region"]): line["stale_since"] is None and entry.stale_since is None
        for entry in manifest.accounts
        for line in workflow.bucket.read_lines(entry.resources)
        if line["kind"] == "aws_ec2_volume"
    }


def next_run(workflow: Workflow, **given: Any) -> str:
    workflow.now += timedelta(hours=1)
    run_id = workflow.collect(**given)
    for entry in workflow.bucket.read_json(RunKeys(run_id).accounts):
        workflow.plan(run_id, entry["account"])
        workflow.clean(run_id, entry["account"])
    workflow.release(run_id)
    return run_id


@pytest.mark.usefixtures("waste")
def test_a_run_for_one_account_keeps_what_is_known_of_the_others(workflow: Workflow) -> None:
    configure(workflow, dry_run=True)
    next_run(workflow)
    assert collected(workflow) == dict.fromkeys(PLACES, True)
    run_id = next_run(workflow, accounts=[OTHER])
    assert workflow.bucket.read_json(RunKeys(run_id).accounts) == [{"account": OTHER}]
    assert collected(workflow) == {place: place[0] == OTHER for place in PLACES}
    manifest = current_manifest(workflow.bucket)
    assert manifest is not None and manifest.missing == ()
    next_run(workflow)
    assert collected(workflow) == dict.fromkeys(PLACES, True)


def test_a_run_for_one_account_deletes_only_there(
    workflow: Workflow, waste: dict[tuple[str, str], list[str]]
) -> None:
    configure(workflow)
    next_run(workflow, accounts=[OTHER])
    assert volumes() == {**waste, (OTHER, REGION): []}


def test_a_run_for_one_region_reads_and_deletes_only_there(
    workflow: Workflow, waste: dict[tuple[str, str], list[str]]
) -> None:
    configure(workflow, dry_run=True)
    next_run(workflow)
    configure(workflow)
    run_id = next_run(workflow, regions=[FAR])
    assert volumes() == {**waste, (ACCOUNT, FAR): []}
    assert collected(workflow) == {place: place[1] == FAR for place in PLACES}
    plan = read_plan(workflow.bucket.read_json(RunKeys(run_id).plan(ACCOUNT)))
    assert [(entry.subject.region, entry.code) for entry in plan.refused] == [(REGION, "not_asked")]
    manifest = current_manifest(workflow.bucket)
    assert manifest is not None
    entry = manifest.find(ACCOUNT)
    assert entry is not None
    states = {one.state for one in read_coverage(workflow.bucket, entry) if one.region == REGION}
    assert states == {"not_asked", "complete"}  # the region itself is always there
    # The next whole run reads everything again, although the regions were not read last time.
    next_run(workflow)
    assert not any(volumes().values())


def test_a_cleanup_of_one_region_uses_the_snapshot_of_all(
    workflow: Workflow, waste: dict[tuple[str, str], list[str]]
) -> None:
    configure(workflow)
    snapshot = workflow.collect()
    workflow.release(snapshot)
    workflow.claim("now", workflow="cleanup", regions=[FAR], accounts=[ACCOUNT])
    key = workflow.bucket.read_json(CURRENT)["manifest"]
    assert workflow.bucket.read_json(RunKeys("now").accounts) == [{"account": ACCOUNT}]
    plan_account(AccountRequest(run_id="now", account=ACCOUNT, manifest=key), workflow.bucket)
    workflow.summarise_plans("now", key)
    workflow.clean("now")
    assert volumes() == {**waste, (ACCOUNT, FAR): []}


@pytest.mark.parametrize(("configured", "asked"), [(True, False), (False, True)])
def test_a_dry_run_can_be_asked_for_but_not_refused(
    workflow: Workflow,
    waste: dict[tuple[str, str], list[str]],
    configured: bool,
    asked: bool,
) -> None:
    configure(workflow, dry_run=configured)
    run_id = next_run(workflow, dry_run=asked, accounts=[OTHER])
    assert volumes() == waste
    assert read_run(workflow.bucket, run_id).config.cleanup.dry_run
    assert set(workflow.outcomes(run_id, OTHER).values()) == {"would_delete"}


@pytest.mark.usefixtures("waste")
def test_a_limited_run_is_not_the_first_report_of_a_rule(workflow: Workflow) -> None:
    configure(workflow, cleanup={"first_run": "report"})
    next_run(workflow, accounts=[OTHER])
    assert not read_published(workflow.bucket).reports.rules
    next_run(workflow)
    assert set(read_published(workflow.bucket).reports.rules) == {"expired"}


JOB = {"event": "post_collect", "search": "is(volume)"}


@pytest.mark.usefixtures("waste")
def test_jobs_of_a_limited_run_protect_everything_and_mark_what_was_asked(
    workflow: Workflow,
) -> None:
    jobs = [
        {**JOB, "name": "keep", "action": {"protect": {"reason": "r"}}},
        {**JOB, "name": "old", "action": {"clean": {"reason": "r"}}},
    ]
    configure(workflow, jobs=jobs, dry_run=True)
    next_run(workflow)
    workflow.now += timedelta(hours=1)
    run_id = workflow.collect(accounts=[OTHER])
    workflow.run_jobs(run_id)
    kept, old = (workflow.job_record(run_id, "post_collect", name) for name in ("keep", "old"))
    assert (kept["matched"], set(kept["accounts"])) == (3, {ACCOUNT, OTHER})
    assert (old["matched"], set(old["accounts"])) == (1, {OTHER})


def test_a_scheduled_job_stays_due_after_a_dry_run_that_was_asked_for(workflow: Workflow) -> None:
    job = {**JOB, "name": "old", "action": {"clean": {"reason": "r"}}, "cron": "0 * * * *"}
    configure(workflow, jobs=[job])
    workflow.now = workflow.now.replace(minute=50, second=0, microsecond=0)
    workflow.release(workflow.collect())
    due = []
    for given in ({"dry_run": True}, {"accounts": [ACCOUNT]}, {}, {}):
        workflow.now += timedelta(minutes=12)
        run_id = workflow.collect(**given)
        due.append(read_run(workflow.bucket, run_id).jobs["post_collect"])
        workflow.run_jobs(run_id)
        workflow.release(run_id)
    # At 02, 14, 26 and 38 minutes past the hour: only a usual run uses up the full hour.
    assert due == [("old",), ("old",), ("old",), ()]


def test_what_is_not_collected_is_refused(workflow: Workflow) -> None:
    configure(workflow)
    workflow.release(workflow.collect())
    for name in ("account", "region"):
        given = {f"{name}s": ["999900001111" if name == "account" else "eu-north-1"]}
        with pytest.raises(InputError, match=f"{name} not found in any|{name} not found among"):
            workflow.collect(f"collect-{name}", workflow="collect", **given)
        workflow.release(f"collect-{name}")
        with pytest.raises(InputError, match=f"{name} not found in the snapshot"):
            workflow.claim(f"cleanup-{name}", workflow="cleanup", **given)
        workflow.release(f"cleanup-{name}")


@pytest.mark.usefixtures("waste")
def test_the_sums_of_a_limited_run_stay_in_the_bucket(workflow: Workflow) -> None:
    configure(workflow, dry_run=True)
    cloudwatch = boto3.client("cloudwatch", region_name=REGION)

    def measured(**given: Any) -> int:
        run_id = workflow.collect(**given)
        assert workflow.measure(run_id, OTHER)
        workflow.release(run_id)
        return len(cloudwatch.list_metrics(Namespace="Ebbtide")["Metrics"])

    assert measured(accounts=[OTHER]) == 0
    assert measured() > 0
