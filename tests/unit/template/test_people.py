"""What the policies for people allow, and that nobody can decide in another's name."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ebbtide.store import keys
from tests.support.decisions import ANN, BOB
from tests.support.iam_policies import Power, Template
from tools.generate_policies import operation_names
from tools.template import REPOSITORY, TEMPLATE, read_template

APPLICATION = read_template(TEMPLATE)
HOME = "1" * 12
BUCKET = "arn:aws:s3:::tide-bucket"
SCHEDULE_ROLE = f"arn:aws:iam::{HOME}:role/tide-ScheduleRole-1A2B3C"
SCHEDULES = f"arn:aws:scheduler:us-east-1:{HOME}:schedule"
TO_SCHEDULER = {"iam:PassedToService": "scheduler.amazonaws.com"}
MACHINES = f"arn:aws:states:us-east-1:{HOME}:stateMachine"
PLACES = {
    "AWS::Partition": "aws",
    "AWS::AccountId": HOME,
    "AWS::Region": "us-east-1",
    "AWS::StackName": "tide",
    "Bucket.Arn": BUCKET,
    "ScheduleRole.Arn": SCHEDULE_ROLE,
    "WorkflowStateMachine": f"{MACHINES}:tide-collect-and-cleanup",
    "AnnounceStateMachine": f"{MACHINES}:tide-announce",
}
POLICIES = ("ViewerPolicy", "OperatorPolicy", "ApproverPolicy")
RUN = f"arn:aws:states:us-east-1:{HOME}:execution:tide-collect-and-cleanup:run-1"
# IAM's prefix -> boto3's name.
SERVICES = {
    "cloudformation": "cloudformation",
    "cloudwatch": "cloudwatch",
    "scheduler": "scheduler",
    "states": "stepfunctions",
}
# Narrower resources mean something else, or nothing, to these (template.yaml).
WITHOUT_SCOPE = ("cloudwatch:DescribeAlarms", "scheduler:ListSchedules")
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def statements(name: str) -> list[dict[str, Any]]:
    document = APPLICATION["Resources"][name]["Properties"]["PolicyDocument"]
    text = json.dumps(document["Statement"])
    given = json.loads(re.sub(r'"Fn::GetAtt": \["(\w+)", "Arn"\]', r'"Ref": "\1.Arn"', text))
    found: list[dict[str, Any]] = Template({}, PLACES, {"TlsRequired": False}).resolved(given)
    return found


def power(*names: str, **more: Any) -> Power:
    """Return what somebody with these policies may do, as far as the bucket lets them."""
    held = [one for name in names for one in statements(name)]
    return Power([*held, *more.get("others", ()), *statements("BucketPolicy")])


def approval(user: str, name: str = "1") -> str:
    return f"{BUCKET}/approvals/{user}/{name}.json"


@pytest.mark.parametrize("user", [ANN, BOB, HOME])
def test_an_approver_writes_only_below_their_own_id(user: str) -> None:
    approver = power("ViewerPolicy", "ApproverPolicy")
    context = {"aws:userid": user}
    assert approver.allows("s3:PutObject", approval(user), context)
    for other in {ANN, BOB, HOME} - {user}:
        assert not approver.allows("s3:PutObject", approval(other), context)
    assert not approver.allows("s3:PutObject", f"{BUCKET}/approvals/x.json", context)
    assert not approver.allows("s3:PutObject", approval(f"{user}x"), context)


def test_whoever_may_do_anything_still_decides_only_in_their_own_name() -> None:
    administrator = power(others=[EVERYTHING])
    context = {"aws:userid": ANN}
    assert administrator.allows("s3:PutObject", approval(ANN), context)
    assert not administrator.allows("s3:PutObject", approval(BOB), context)
    assert not administrator.allows("s3:PutObject", f"{BUCKET}/approvals/all.json", context)


@pytest.mark.parametrize("policies", [("ViewerPolicy",), ("ViewerPolicy", "OperatorPolicy")])
def test_approving_is_a_right_of_its_own(policies: tuple[str, ...]) -> None:
    assert not power(*policies).allows("s3:PutObject", approval(ANN), {"aws:userid": ANN})


def test_viewers_only_read() -> None:
    viewer = power("ViewerPolicy")
    for name in ("runs/r/plan/summary.json", "config/ebbtide.yaml", "approvals/x/1.json"):
        assert viewer.allows("s3:GetObject", f"{BUCKET}/{name}")
    assert viewer.allows("states:DescribeExecution", RUN)
    assert viewer.allows(
        "cloudformation:DescribeStacks", f"arn:aws:cloudformation:us-east-1:{HOME}:stack/tide/1"
    )
    for statement in statements("ViewerPolicy"):
        actions = statement["Action"]
        for action in [actions] if isinstance(actions, str) else actions:
            assert re.match(r"\w+:(Get|List|Describe)", action)


def test_operators_start_and_stop_runs_and_change_the_configuration_only() -> None:
    operator = power("OperatorPolicy")
    context = {"aws:userid": ANN}
    assert operator.allows("states:StartExecution", PLACES["WorkflowStateMachine"])
    assert operator.allows("states:StopExecution", RUN)
    assert operator.allows("s3:PutObject", f"{BUCKET}/config/ebbtide.yaml", context)
    for name in ("runs/r/plan/summary.json", "plans/published.json", "graph/current.json"):
        assert not operator.allows("s3:PutObject", f"{BUCKET}/{name}", context)
    assert not operator.allows("states:StartExecution", PLACES["AnnounceStateMachine"])


def test_operators_make_schedules_only_in_the_group_of_the_stack() -> None:
    operator, viewer = power("ViewerPolicy", "OperatorPolicy"), power("ViewerPolicy")
    for verb in ("Create", "Update", "Delete"):
        assert operator.allows(f"scheduler:{verb}Schedule", f"{SCHEDULES}/tide/nightly")
        assert not viewer.allows(f"scheduler:{verb}Schedule", f"{SCHEDULES}/tide/nightly")
        for other in ("default/tide-Schedule-1", "default/backup", "tide-2/nightly"):
            assert not operator.allows(f"scheduler:{verb}Schedule", f"{SCHEDULES}/{other}")
    assert viewer.allows("scheduler:GetSchedule", f"{SCHEDULES}/tide/nightly")
    assert not viewer.allows("scheduler:GetSchedule", f"{SCHEDULES}/default/backup")


def test_operators_pass_only_the_role_of_schedules_and_only_to_the_scheduler() -> None:
    operator = power("ViewerPolicy", "OperatorPolicy")
    assert operator.allows("iam:PassRole", SCHEDULE_ROLE, TO_SCHEDULER)
    assert not power("ViewerPolicy").allows("iam:PassRole", SCHEDULE_ROLE, TO_SCHEDULER)
    assert not operator.allows("iam:PassRole", SCHEDULE_ROLE)
    elsewhere = {"iam:PassedToService": "lambda.amazonaws.com"}
    assert not operator.allows("iam:PassRole", SCHEDULE_ROLE, elsewhere)
    other = f"arn:aws:iam::{HOME}:role/tide-TickFunctionRole-1"
    assert not operator.allows("iam:PassRole", other, TO_SCHEDULER)


def called(*folders: str) -> set[str]:
    """Return the actions of the calls that the modules in some folders make by name."""
    texts = [path.read_text() for one in folders for path in (REPOSITORY / one).rglob("*.py")]
    names = {
        name
        for text in texts
        for match in re.finditer(r'\.get_paginator\(\s*"([a-z_]+)"|\.([a-z_]+)\(', text)
        for name in match.groups()
        if name
    }
    return {
        f"{prefix}:{operation}"
        for prefix, service in SERVICES.items()
        for method, operation in operation_names(service).items()
        if method in names
    }


def test_people_may_call_what_the_command_calls() -> None:
    place = f"us-east-1:{HOME}"
    about = {
        "cloudformation:DescribeStacks": f"arn:aws:cloudformation:{place}:stack/tide/1",
        "cloudformation:DescribeStackResource": f"arn:aws:cloudformation:{place}:stack/tide/1",
        "cloudwatch:DescribeAlarms": "*",
        "scheduler:CreateSchedule": f"{SCHEDULES}/tide/nightly",
        "scheduler:DeleteSchedule": f"{SCHEDULES}/tide/nightly",
        "scheduler:GetSchedule": f"{SCHEDULES}/default/tide-Schedule-1",
        "scheduler:ListSchedules": "*",
        "scheduler:UpdateSchedule": f"{SCHEDULES}/tide/nightly",
        "states:ListExecutions": PLACES["WorkflowStateMachine"],
        "states:DescribeExecution": RUN,
        "states:GetExecutionHistory": RUN,
        "states:StartExecution": PLACES["WorkflowStateMachine"],
        "states:StopExecution": RUN,
    }
    assert called("cli") == about.keys()
    operator = power("ViewerPolicy", "OperatorPolicy")
    assert [one for one, arn in about.items() if not operator.allows(one, arn)] == []


@pytest.mark.parametrize("name", POLICIES)
def test_policies_of_people_name_what_they_are_about(name: str) -> None:
    for statement in statements(name):
        text = json.dumps(statement)
        assert statement["Effect"] == "Allow"
        assert '"*"' not in text or statement["Action"] in WITHOUT_SCOPE
        assert ':*"' not in json.dumps(statement["Action"])
    assert APPLICATION["Outputs"][f"{name}Arn"]["Value"] == {"Ref": name}


def test_the_bucket_accepts_what_functions_write() -> None:
    administrator = power(others=[EVERYTHING])
    granted = {
        text
        for one in APPLICATION["Resources"].values()
        if one["Type"] == "AWS::Serverless::Function"
        for text in re.findall(r"\$\{Bucket\.Arn\}/([\w/.*-]+)", json.dumps(one, default=str))
    }
    assert len(granted) > 20
    for text in granted - {"approvals/*"}:
        key = f"{BUCKET}/{text.replace('*', 'x')}"
        assert administrator.allows("s3:PutObject", key, {"aws:userid": "AROAX:tide"}), text


def test_the_bucket_accepts_every_key_of_the_layout() -> None:
    administrator = power(others=[EVERYTHING])
    fixed = [keys.CURRENT, keys.CLAIM, keys.PUBLISHED_PLANS, keys.SCHEDULE, "config/ebbtide.yaml"]
    made = [keys.protected_key(HOME), keys.unfinished_key(HOME), keys.RunKeys("run-1").run]
    made += [keys.DIGESTS_LOOKED, keys.told_key(None), keys.told_key("team-a")]
    for key in (*fixed, *made):
        assert administrator.allows("s3:PutObject", f"{BUCKET}/{key}", {"aws:userid": ANN}), key
