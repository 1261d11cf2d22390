"""Adds the plans of run-2 and run-3 to a copy of the bucket, made by the functions of the step."""

from __future__ import annotations

from typing import Any

from ebbtide.config import Config, parse_config
from ebbtide.deployment.inputs import AccountRequest, SnapshotRequest
from ebbtide.plan import plan_account, summarise_plans
from ebbtide.store.bucket_copy import Folder
from ebbtide.store.keys import CLAIM, RunKeys
from ebbtide.store.overlay import Overlay
from ebbtide.store.run import Run
from tests.support.snapshots import (
    DEV,
    PROD,
    REGION,
    RESOURCES,
    TIMES,
    Copy,
    edge,
    edges_of,
    resource,
    write_run,
)

EXPIRED = {"ebbtide:expires": "2020-01-01", "owner": "me"}
# As long as AWS allows: an ARN as an id, and a name without a place to break it.
LONG_ID = (
    f"arn:aws:elasticloadbalancing:{REGION}:{DEV}:loadbalancer/app/"
    "a-load-balancer-with-a-long-name/50dc6c495c0c9188"
)
LONG_NAME = "/aws/lambda/" + "a-function-with-a-very-long-name-" * 3
KEPT = resource("aws_ec2_volume", "vol-kept", tags={**EXPIRED, "ebbtide:protected": "yes"})
UNREAD = resource("aws_ec2_volume", "vol-unread", tags=None)
GROUP = resource("aws_autoscaling_group", "asg", tags=EXPIRED)
MEMBER = resource("aws_ec2_instance", "i-member", instance_status="running", tags=EXPIRED)
DISK = resource("aws_ec2_volume", "vol-member", tags={"owner": "asg"})
MORE = [
    KEPT,
    UNREAD,
    GROUP,
    MEMBER,
    DISK,
    resource("aws_alb", LONG_ID, name="a-load-balancer-with-a-long-name", tags=EXPIRED),
    resource("aws_cloudwatch_log_group", LONG_NAME, tags=EXPIRED),
]
EDGES = [edge(GROUP, MEMBER, "owns"), edge(MEMBER, DISK, "owns"), edge(DISK, MEMBER, "delete")]
# Plans the volumes without a tag, unless an instance uses them, and what has expired.
RULES = """
rules:
  expired: {enabled: true}
  untagged: {enabled: true, tags: [owner, team], kinds: [aws_ec2_volume]}
cleanup: {enabled: true, dry_run: false, first_run: act, limits: {percent_of_account: 100}}
"""
BEFORE = RULES.replace("owner, team", "owner")


def write_plans(copy: Copy, *, before: str = BEFORE, now: str = RULES) -> Copy:
    """Write the plan of run-2 with one configuration, that of run-3 with another, and `now`'s."""
    keys = RunKeys("run-3")
    lines = sorted([*RESOURCES[DEV], *MORE], key=lambda line: line["graph_id"])
    copy.write_lines(keys.graph(DEV, "resources.jsonl.zst"), lines)
    edges = [*edges_of(DEV), *EDGES]
    copy.write_lines(keys.graph(DEV, "edges.jsonl.zst"), edges)
    write_plan(copy, "run-2", parse_config(before))
    write_plan(copy, "run-3", parse_config(now))
    copy.write_text("config/ebbtide.yaml", now)
    return copy


def write_plan(copy: Copy, run_id: str, config: Config, **record: Any) -> None:
    """Write the record of a run, and what its step cleanup_plan writes."""
    run = Run(run_id, "collect_and_cleanup", TIMES[run_id], config, **record)
    write_run(copy, run)
    bucket, keys = Overlay(Folder(copy.path)), RunKeys(run_id)
    bucket.write_json(CLAIM, {"run_id": run_id})
    bucket.write_json(keys.accounts, [{"account": account} for account in (DEV, PROD)])
    manifest = run.manifest or keys.manifest
    for account in (DEV, PROD):
        plan_account(AccountRequest(run_id=run_id, account=account, manifest=manifest), bucket)
    summarise_plans(SnapshotRequest(run_id=run_id, manifest=manifest), bucket)
    for key, body in bucket.written.items():
        if key != CLAIM:
            copy.write_text(key, body.decode())
