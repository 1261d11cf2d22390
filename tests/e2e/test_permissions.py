"""With every permission enforced: what is needed is allowed, what is not needed is denied."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from ebbtide.kinds import registry
from local.deploy import ACCOUNT, REGION
from local.estate import PAYMENTS, REGIONS, SANDBOX, Key
from tests.e2e.scenario import Stage, Told, graph_id

pytestmark = [pytest.mark.full, pytest.mark.enforced]

DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
# The kinds of the estate that the faults of the fixture `blind` close in one region.
CLOSED = (
    "aws_ec2_volume",
    "aws_alb",
    "aws_alb_listener",
    "aws_alb_listener_rule",
    "aws_alb_target_group",
)
DESTRUCTIVE = [
    ("ec2", "terminate_instances", {"InstanceIds": ["{aws_ec2_instance}"]}),
    ("ec2", "delete_volume", {"VolumeId": "{aws_ec2_volume}"}),
    ("ec2", "delete_vpc", {"VpcId": "{aws_vpc}"}),
    ("ec2", "delete_security_group", {"GroupId": "{aws_ec2_security_group}"}),
    ("ec2", "create_tags", {"Resources": ["{aws_vpc}"], "Tags": [{"Key": "a", "Value": "b"}]}),
    ("s3", "delete_bucket", {"Bucket": "{aws_s3_bucket}"}),
    ("sqs", "delete_queue", {"QueueUrl": "{aws_sqs_queue}"}),
    ("dynamodb", "delete_table", {"TableName": "{aws_dynamodb_table}"}),
    ("rds", "delete_db_instance", {"DBInstanceIdentifier": "payments-db"}),
    ("lambda", "delete_function", {"FunctionName": "{aws_lambda_function}"}),
    ("cloudwatch", "delete_alarms", {"AlarmNames": ["{aws_cloudwatch_alarm}"]}),
    ("iam", "delete_role", {"RoleName": "payments-function"}),
    ("iam", "create_user", {"UserName": "intruder"}),
]


def test_a_run_works_with_the_permissions_of_the_template_alone(
    guarded: Stage, forbidden: Told
) -> None:
    assert forbidden.run.status == "SUCCEEDED", forbidden.run
    unread = [
        line
        for lines in forbidden.coverage.values()
        for line in lines
        if line["state"] != "complete"
    ]
    assert unread == []
    found = {name for graph in forbidden.graphs.values() for name in graph}
    assert {graph_id(item.key) for item in guarded.estate.resources} <= found
    assert set(forbidden.planned()) >= guarded.estate.wasted()


def test_no_call_of_a_run_lacks_a_permission(forbidden: Told, permitted: Told) -> None:
    denied = [
        call for told in (forbidden, permitted) for call in told.calls if call["error"] in DENIED
    ]
    assert denied == []


def test_a_stack_without_the_permission_deletes_nothing_whatever_the_configuration_says(
    guarded: Stage, forbidden: Told
) -> None:
    assert forbidden.changes == []
    assert guarded.listed() - forbidden.existing == set()
    (event,) = [event for event in forbidden.events if event["event"] == "post_cleanup"]
    assert event["data"]["enabled"] is False


def test_the_cleanup_function_itself_cannot_enter_an_account_then(
    guarded: Stage, forced: Told
) -> None:
    assert forced.changes == []
    assert guarded.listed() - forced.existing == set()
    assumed = [call for call in forced.calls if call["action"] == "AssumeRole"]
    assert {call["error"] for call in assumed} == {"AccessDenied"}
    for account in (PAYMENTS, SANDBOX):
        outcomes = forced.progress[account].values()
        assert {outcome["status"] for outcome in outcomes} == {"failed"}
        assert all("the account cannot be entered" in outcome["reason"] for outcome in outcomes)


def test_with_the_permission_the_waste_goes_and_the_rest_stays(
    guarded: Stage, permitted: Told
) -> None:
    assert permitted.run.status == "SUCCEEDED", permitted.run
    assert guarded.estate.wasted() & permitted.existing == set()
    assert guarded.estate.keep.keys() - permitted.existing == set()
    statuses = {
        outcome["status"] for found in permitted.progress.values() for outcome in found.values()
    }
    assert statuses == {"gone"}


@pytest.mark.usefixtures("forced")
@pytest.mark.parametrize(("service", "operation", "arguments"), DESTRUCTIVE)
def test_the_reader_cannot_change_anything(
    guarded: Stage, service: str, operation: str, arguments: dict[str, Any]
) -> None:
    client = _entered(guarded, PAYMENTS, "EbbtideReader")(service)
    with pytest.raises(ClientError) as caught:
        getattr(client, operation)(**_filled(guarded, arguments))
    assert caught.value.response["Error"]["Code"] in DENIED


@pytest.mark.usefixtures("forced")
@pytest.mark.parametrize("function", ["Discover", "Collect"])
@pytest.mark.parametrize(("service", "operation", "arguments"), DESTRUCTIVE)
def test_the_role_of_a_collecting_function_cannot_change_anything(
    guarded: Stage,
    function: str,
    service: str,
    operation: str,
    arguments: dict[str, Any],
) -> None:
    client = _entered(guarded, ACCOUNT, _role_of(guarded, function))(service)
    with pytest.raises(ClientError) as caught:
        getattr(client, operation)(**_filled(guarded, arguments, ACCOUNT))
    assert caught.value.response["Error"]["Code"] in DENIED


@pytest.mark.usefixtures("forced")
@pytest.mark.parametrize("function", ["Discover", "Collect"])
def test_a_collecting_function_cannot_become_the_cleaner(guarded: Stage, function: str) -> None:
    sts = _entered(guarded, ACCOUNT, _role_of(guarded, function))("sts")
    cleaner = f"arn:aws:iam::{PAYMENTS}:role/EbbtideCleaner"
    with pytest.raises(ClientError) as caught:
        sts.assume_role(
            RoleArn=cleaner, RoleSessionName="try", ExternalId=guarded.session.external_id
        )
    assert caught.value.response["Error"]["Code"] in DENIED


def test_no_declared_deletion_is_among_the_rights_of_the_reader(guarded: Stage) -> None:
    iam = guarded.session.client("iam", PAYMENTS)
    actions = sorted(
        f"{kind.delete.call.service}:{_pascal(kind.delete.call.operation)}"
        for kind in registry().values()
        if kind.delete is not None
    )
    answer = iam.simulate_principal_policy(
        PolicySourceArn=f"arn:aws:iam::{PAYMENTS}:role/EbbtideReader", ActionNames=actions
    )
    decisions = {one["EvalActionName"]: one["EvalDecision"] for one in answer["EvaluationResults"]}
    assert set(decisions) == set(actions)
    assert set(decisions.values()) == {"implicitDeny"}


def _pascal(operation: str) -> str:
    return "".join(word.capitalize() for word in operation.split("_"))


def _role_of(stage: Stage, function: str) -> str:
    roles = stage.session.client("iam").list_roles()["Roles"]
    (name,) = [role["RoleName"] for role in roles if f"-{function}FunctionRole" in role["RoleName"]]
    return str(name)


def _filled(stage: Stage, arguments: dict[str, Any], account: str = PAYMENTS) -> dict[str, Any]:
    """Put ids of real resources in: of the account where it has such a kind, else of another."""
    ids = {
        item.kind: item.id
        for place in (PAYMENTS, account)
        for item in stage.estate.resources
        if item.account == place
    }
    text = json.dumps(arguments)
    for kind, id in ids.items():
        text = text.replace(f"{{{kind}}}", id)
    filled: dict[str, Any] = json.loads(text)
    return filled


def _entered(stage: Stage, account: str, role: str) -> Any:
    """Return clients with the rights of a role, which lets this test in for a moment."""
    with _trusting(stage, account, role) as arn:
        sts = stage.session.client("sts", account)
        key = sts.assume_role(RoleArn=arn, RoleSessionName="probe")["Credentials"]

    def client(service: str) -> Any:
        make: Any = boto3.client
        return make(
            service,
            endpoint_url=stage.session.cloud.url,
            region_name=REGION,
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
            aws_session_token=key["SessionToken"],
        )

    return client


@contextmanager
def _trusting(stage: Stage, account: str, role: str) -> Iterator[str]:
    iam = stage.session.client("iam", account)
    found = iam.get_role(RoleName=role)["Role"]
    principal = {"AWS": f"arn:aws:iam::{account}:root"}
    allow = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [allow]}
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))
    try:
        yield str(found["Arn"])
    finally:
        before = json.dumps(found["AssumeRolePolicyDocument"])
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=before)


@pytest.mark.full
class TestABlindRun:
    """One account cannot be entered, and two services of another cannot be read in one region."""

    def test_it_succeeds(self, blind: Told) -> None:
        assert blind.run.status == "SUCCEEDED", blind.run

    def test_coverage_says_what_was_not_read_and_why(self, blind: Told) -> None:
        assert {line["state"] for line in blind.coverage[SANDBOX]} == {
            "denied",
        }
        denied = {
            (line["region"], line["kind"])
            for line in blind.coverage[PAYMENTS]
            if line["state"] == "denied"
        }
        # The types of volumes are read by the same call.
        closed = (*CLOSED, "aws_ec2_volume_type")
        assert denied == {(REGIONS[1], kind) for kind in closed}
        for line in (*blind.coverage[SANDBOX], *blind.coverage[PAYMENTS]):
            assert ("error" in line) == (line["state"] == "denied")

    def test_what_was_not_read_is_carried_over(
        self, guarded: Stage, forbidden: Told, blind: Told
    ) -> None:
        for item in guarded.estate.resources:
            node = blind.graphs[item.account].nodes[graph_id(item.key)]
            assert (node["stale_since"] is not None) == _unread(item.key), item
        for account in (PAYMENTS, SANDBOX):
            before, after = forbidden.graphs[account], blind.graphs[account]
            assert set(before) == set(after)
            assert set(before.edges(keys=True)) == set(after.edges(keys=True))

    def test_nothing_that_relies_on_it_is_planned(self, guarded: Stage, blind: Told) -> None:
        undecided = blind.undecided()
        for key in guarded.estate.wasted():
            assert (key in undecided or key in blind.refused()) == _unread(key), key
            assert (key in blind.planned()) != _unread(key), key
        assert {key[0] for key in undecided} == {PAYMENTS, SANDBOX}


def _unread(key: Key) -> bool:
    account, region, kind, _ = key
    return account == SANDBOX or ((account, region) == (PAYMENTS, REGIONS[1]) and kind in CLOSED)
