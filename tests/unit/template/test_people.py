"""What the policies for people allow, and that nobody can decide in another's name."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ebbtide.store import keys
from tests.support.decisions import ANN, BOB
from tests.support.iam_policies import Power, Template
from tools.template import TEMPLATE, read_template

APPLICATION = read_template(TEMPLATE)
HOME = "1" * 12
BUCKET = "arn:aws:s3:::tide-bucket"
MACHINES = f"arn:aws:states:us-east-1:{HOME}:stateMachine"
PLACES = {
    "AWS::Partition": "aws",
    "AWS::AccountId": HOME,
    "AWS::Region": "us-east-1",
    "AWS::StackName": "tide",
    "Bucket.Arn": BUCKET,
    "WorkflowStateMachine": f"{MACHINES}:tide-collect-and-cleanup",
    "AnnounceStateMachine": f"{MACHINES}:tide-announce",
}
POLICIES = ("ViewerPolicy", "OperatorPolicy", "ApproverPolicy")
RUN = f"arn:aws:states:us-east-1:{HOME}:execution:tide-collect-and-cleanup:run-1"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def statements(name: str) -> list[dict[str, Any]]:
    document = APPLICATION["Resources"][name]["Properties"]["PolicyDocument"]
    given = json.loads(
        json.dumps(document["Statement"]).replace(
            '"Fn::GetAtt": ["Bucket", "Arn"]', '"Ref": "Bucket.Arn"'
        )
    )
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


@pytest.mark.parametrize("name", POLICIES)
def test_policies_of_people_name_what_they_are_about(name: str) -> None:
    for statement in statements(name):
        text = json.dumps(statement)
        assert (
            statement["Effect"] == "Allow"
            and '"*"' not in text
            and ':*"' not in json.dumps(statement["Action"])
        )
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
    for key in (*fixed, *made):
        assert administrator.allows("s3:PutObject", f"{BUCKET}/{key}", {"aws:userid": ANN}), key
