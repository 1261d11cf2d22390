"""How far the power of the cleaner role reaches: itself, guardrails, and what is no deletion."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from ebbtide.kinds import registry
from ebbtide.model.call import Call
from ebbtide.model.expiry import PROTECTED_TAG, protecting_tag
from tests.support.each_case import for_each
from tests.support.iam_policies import Power, Template
from tools import limited_actions
from tools.generate_policies import (
    READING,
    action_lists,
    actions_of,
    changing,
    reading_patterns,
)
from tools.template import REPOSITORY, TEMPLATE, read_template

APPLICATION = read_template(TEMPLATE)
MEMBER = read_template(REPOSITORY / "member" / "template.yaml")
HOME, ELSEWHERE = "1" * 12, "2" * 12
STACK = "tide"
SWITCHES = ("HasTagging", "HasEmptying", "HasGuardrails")
ALLOWED = dict.fromkeys(SWITCHES, True)


@cache
def lists() -> dict[str, list[str]]:
    """Return the actions; making them reads the service models, which no collection should."""
    return action_lists(registry().values())


def emptying() -> list[str]:
    """Return what removes; emptying also lists what it removes."""
    return [action for action in lists()["emptying"] if not READING.match(action.partition(":")[2])]


def all_changes() -> list[str]:
    # Setting the tags of a bucket reads them first.
    return sorted(
        {*lists()["cleaner"], *lists()["guardrail"], *lists()["tagging"], *emptying()}
        - {"s3:GetBucketTagging", "tag:GetResources"}
    )


def cleaner(account: str = HOME, **conditions: bool) -> Power:
    return Power(member(account, **conditions).statements("CleanerRole"))


def member(account: str = HOME, **conditions: bool) -> Template:
    given = {
        "AWS::Partition": "aws",
        "AWS::AccountId": account,
        "AWS::StackName": "tide-member",
        "AWS::StackId": f"arn:aws:cloudformation:us-east-1:{account}:stack/tide-member/0",
        "ApplicationStackName": STACK,
        "ApplicationBucket": "tide-bucket",
        "ReaderRoleName": "EbbtideReader",
        "CleanerRoleName": "EbbtideCleaner",
        "ReaderPrincipals": [f"arn:aws:iam::{HOME}:role/tide-DiscoverFunctionRole-1"],
    }
    always = {"HasCleaner": True, "HasBucket": True}
    switches = {**dict.fromkeys(SWITCHES, False), **always} | conditions
    return Template(MEMBER, given, switches)


PLAIN, STRONGEST = cleaner(), cleaner(**ALLOWED)


# Its own resources.


def taggable(kind: str) -> bool:
    if kind.startswith("AWS::Serverless::"):
        return kind != "AWS::Serverless::LayerVersion"
    # Imported here, because it takes a second, and each process of tests collects this module.
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    return bool(schema["tagging"]["taggable"])


def own_resources() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for template in (APPLICATION, MEMBER):
        shared = template.get("Globals", {}).get("Function", {})
        for name, one in template["Resources"].items():
            inherits = one["Type"] == "AWS::Serverless::Function"
            yield name, one["Type"], {**(shared if inherits else {}), **one["Properties"]}


OWN = list(own_resources())


@for_each("name, kind, properties", OWN, named=lambda own: own[0])
def test_whatever_can_have_tags_is_protected(
    name: str, kind: str, properties: dict[str, Any]
) -> None:
    tags = properties.get("Tags", {})
    if isinstance(tags, list):
        tags = {tag["Key"]: tag["Value"] for tag in tags}
    assert (tags.get(PROTECTED_TAG) == "true") == taggable(kind), name


# How CloudFormation names what has no name of its own: stack, logical id, and a random part.
ARNS = {
    "AWS::S3::Bucket": "arn:aws:s3:::{physical}",
    "AWS::Events::EventBus": f"arn:aws:events:us-east-1:{HOME}:event-bus/{STACK}",
    "AWS::Serverless::LayerVersion": f"arn:aws:lambda:us-east-1:{HOME}:layer:{{named}}:3",
    "AWS::Serverless::Function": f"arn:aws:lambda:us-east-1:{HOME}:function:{{physical}}",
    "AWS::Serverless::StateMachine": f"arn:aws:states:us-east-1:{HOME}:stateMachine:{{named}}",
    "AWS::Logs::LogGroup": f"arn:aws:logs:us-east-1:{HOME}:log-group:{{named}}:*",
    "AWS::IAM::ManagedPolicy": f"arn:aws:iam::{HOME}:policy/{{physical}}",
    "AWS::IAM::Role": f"arn:aws:iam::{HOME}:role/{{physical}}",
    "AWS::SQS::Queue": f"arn:aws:sqs:us-east-1:{HOME}:{{physical}}",
    "AWS::Scheduler::Schedule": f"arn:aws:scheduler:us-east-1:{HOME}:schedule/default/{{physical}}",
    # A group has schedules, which a kind of Ebbtide's deletes; no kind deletes groups.
    "AWS::Scheduler::ScheduleGroup": f"arn:aws:scheduler:us-east-1:{HOME}:schedule/{STACK}/nightly",
    "AWS::CloudWatch::Alarm": f"arn:aws:cloudwatch:us-east-1:{HOME}:alarm:{{physical}}",
    "AWS::CloudWatch::CompositeAlarm": f"arn:aws:cloudwatch:us-east-1:{HOME}:alarm:{{physical}}",
    "AWS::CloudWatch::Dashboard": f"arn:aws:cloudwatch::{HOME}:dashboard/{{named}}",
}
NAME_PROPERTIES = ("LayerName", "Name", "LogGroupName", "DashboardName")
# They have no ARN, and no kind of Ebbtide's deletes one.
WITHOUT_ARN = {"AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy"}


def own_arns() -> Iterator[str]:
    for name, one in APPLICATION["Resources"].items():
        if one["Type"] in WITHOUT_ARN:
            continue
        names = [one["Properties"].get(key, {}).get("Fn::Sub", "") for key in NAME_PROPERTIES]
        named = "".join(names).replace("${AWS::StackName}", STACK)
        physical = f"{STACK}-{name}-1A2B3C"
        if one["Type"] == "AWS::S3::Bucket":
            physical = physical.lower()
        yield ARNS[one["Type"]].format(physical=physical, named=named)
        if one["Type"] == "AWS::S3::Bucket":
            yield f"{ARNS[one['Type']].format(physical=physical)}/runs/1/plan.json"
        if one["Type"] == "AWS::Serverless::Function":
            yield f"arn:aws:iam::{HOME}:role/{STACK}-{name}Role-1A2B3C"
    yield f"arn:aws:cloudformation:us-east-1:{HOME}:stack/{STACK}/9"


def changes_of(arn: str) -> list[str]:
    service = arn.split(":")[2]
    found = [action for action in all_changes() if action.startswith(f"{service}:")]
    assert found
    return found


def test_no_change_of_the_application_is_allowed() -> None:
    context = {"aws:ResourceAccount": HOME, "aws:CalledVia": ["cloudformation.amazonaws.com"]}
    for arn in own_arns():
        for action in changes_of(arn):
            assert not STRONGEST.allows(action, arn, context), (arn, action)
            assert not STRONGEST.allows(action, arn), (arn, action)


def test_another_account_may_use_such_names() -> None:
    there = cleaner(ELSEWHERE, **ALLOWED)
    context = {"aws:ResourceAccount": ELSEWHERE}
    for arn in own_arns():
        other = arn.replace(HOME, ELSEWHERE)
        assert all(there.allows(action, other, context) for action in changes_of(other)), other


@pytest.mark.parametrize("account", [HOME, ELSEWHERE])
def test_no_change_of_its_own_roles_is_allowed(account: str) -> None:
    there = cleaner(account, **ALLOWED)
    arns = [
        *(f"arn:aws:iam::{account}:role/Ebbtide{name}" for name in ("Reader", "Cleaner")),
        f"arn:aws:iam::{account}:policy/tide-member-OwnPolicy-1A2B3C",
        f"arn:aws:iam::{account}:role/aws-service-role/x/y",
        f"arn:aws:cloudformation:us-east-1:{account}:stack/tide-member/0",
    ]
    for arn in arns:
        for action in changes_of(arn):
            assert not there.allows(action, arn), (arn, action)


# Protection.

VALUES = ["true", "TRUE", "yes", "1", "", "please", "false", "False", "no", "NO", "0"]


@pytest.mark.parametrize("value", VALUES)
def test_iam_and_the_plan_agree_on_what_the_tag_protects(value: str) -> None:
    context = {f"aws:ResourceTag/{PROTECTED_TAG}": value}
    protected = protecting_tag({PROTECTED_TAG: value}) is not None
    for action in ("ec2:DeleteVolume", "sqs:DeleteQueue", "cloudtrail:DeleteTrail", "sqs:TagQueue"):
        assert STRONGEST.allows(action, "*", context) is not protected
    assert STRONGEST.allows("ec2:DeleteVolume")


def test_a_protected_resource_can_still_be_read() -> None:
    context = {f"aws:ResourceTag/{PROTECTED_TAG}": "true"}
    for action in lists()["cleaner read"]:
        assert PLAIN.allows(action, "*", context), action


def test_no_change_counts_as_reading() -> None:
    words = {pattern.partition(":")[2] for pattern in reading_patterns(lists())}
    assert words == {"BatchGet*", "Describe*", "GET*", "Get*", "List*"}
    context = {f"aws:ResourceTag/{PROTECTED_TAG}": "true"}
    for action in all_changes():
        assert not STRONGEST.allows(action, "*", context), action


# Guardrails.

# Services whose resources watch over an account or keep its backups, by their IAM prefix.
GUARDING = re.compile(
    r"(access-analyzer|auditmanager|backup|backup-gateway|cloudtrail|config|detective|dlm"
    r"|guardduty|inspector2|macie2|securityhub|securitylake|shield):"
)
# Of IAM: whatever takes a policy, a boundary or a second factor from somebody.
TAKES_AWAY = re.compile(
    r"iam:(Delete|Detach)(Role|User|Group)Policy$|iam:Delete(Role|User)PermissionsBoundary$"
    r"|iam:RemoveUserFromGroup$|iam:DeactivateMFADevice$|iam:DeleteVirtualMFADevice$"
    r"|iam:DeleteAccountPasswordPolicy$"
)


def removes_guardrails(action: str) -> bool:
    return GUARDING.match(action) is not None or TAKES_AWAY.match(action) is not None


def test_each_kind_that_guards_is_declared_as_a_guardrail() -> None:
    for kind in registry().values():
        actions = {action for call in changing(kind) for action in actions_of(call)}
        assert not any(map(removes_guardrails, actions)) or kind.guardrail, (kind.name, actions)


def test_what_removes_a_guardrail_is_allowed_only_by_its_parameter() -> None:
    assert MEMBER["Parameters"]["AllowGuardrails"]["Default"] == "false"
    assert MEMBER["Resources"]["GuardrailPolicy"]["Condition"] == "HasGuardrails"
    without, allowed = cleaner(HasTagging=True), cleaner(HasGuardrails=True)
    for action in sorted({*lists()["guardrail"], *filter(removes_guardrails, all_changes())}):
        assert not without.allows(action), action
        assert allowed.allows(action), action
    assert {"cloudtrail:DeleteTrail", "backup:DeleteRecoveryPoint", "iam:DeleteRolePolicy"} <= {
        *lists()["guardrail"]
    }


def test_no_other_kind_needs_what_removes_a_guardrail() -> None:
    """Else the parameter has no effect, or the other kind could not be deleted without it."""
    assert not {*lists()["guardrail"]} & {*lists()["cleaner"]}


def test_a_stack_takes_its_roles_along_but_no_trail() -> None:
    context = {"aws:CalledVia": ["cloudformation.amazonaws.com"]}
    assert PLAIN.allows("iam:DeleteRolePolicy", "*", context)
    assert PLAIN.allows("iam:DetachRolePolicy", "*", context)
    other = {"aws:CalledVia": ["athena.amazonaws.com"]}
    assert not PLAIN.allows("iam:DeleteRolePolicy", "*", other)
    assert not PLAIN.allows("cloudtrail:DeleteTrail", "*", context)


# Emptying.


def test_only_its_parameter_allows_emptying() -> None:
    others = cleaner(HasTagging=True, HasGuardrails=True)
    allowed = cleaner(HasEmptying=True)
    assert {"s3:DeleteObjectVersion", "ecr:BatchDeleteImage"} <= set(emptying())
    for action in emptying():
        assert not others.allows(action), action
        assert allowed.allows(action), action


# What is no deletion.


def test_every_action_that_is_no_deletion_has_a_limit_or_a_reason() -> None:
    changes = {*lists()["cleaner"], *lists()["guardrail"]}
    others = {action for action in changes if not limited_actions.removes(action)}
    unlisted = others - limited_actions.limited() - limited_actions.UNLIMITED.keys()
    assert not unlisted, f"say in tools/limited_actions.py how far IAM can limit {unlisted}"
    listed = limited_actions.limited() | limited_actions.UNLIMITED.keys()
    assert not listed - changes, "tools/limited_actions.py has actions that no kind needs"


ZONE = "arn:aws:route53:::hostedzone/Z1"
SNAPSHOT = "arn:aws:rds:eu-west-1:111111111111:snapshot:"


@pytest.mark.parametrize(
    ("action", "resource", "actions", "allowed"),
    [
        ("route53:ChangeResourceRecordSets", ZONE, ["DELETE"], True),
        ("route53:ChangeResourceRecordSets", ZONE, ["DELETE", "CREATE"], False),
        ("route53:ChangeResourceRecordSets", ZONE, ["UPSERT"], False),
        ("route53:ChangeResourceRecordSets", ZONE, None, False),
        ("rds:AddTagsToResource", f"{SNAPSHOT}ebbtide-final-db-1", None, True),
        ("rds:AddTagsToResource", f"{SNAPSHOT}weekly", None, False),
        ("rds:AddTagsToResource", "arn:aws:rds:eu-west-1:111111111111:db:live", None, False),
        ("rds:CreateDBSnapshot", f"{SNAPSHOT}ebbtide-final-db-1", None, True),
        ("rds:CreateDBSnapshot", f"{SNAPSHOT}weekly", None, False),
    ],
)
def test_what_is_no_deletion_is_allowed_only_as_far_as_needed(
    action: str, resource: str, actions: list[str] | None, allowed: bool
) -> None:
    context = {} if actions is None else {"route53:ChangeResourceRecordSetsActions": actions}
    assert PLAIN.allows(action, resource, context) is allowed


FINAL = re.compile(r"final\w*(snapshot|backup)\w*(identifier|name)$", re.IGNORECASE)


def final_names() -> Iterator[tuple[Call, str]]:
    for kind in registry().values():
        for call in changing(kind):
            for name, value in call.args.items():
                if FINAL.search(name):
                    yield call, str(value)


def test_last_snapshots_have_the_name_that_the_limits_allow() -> None:
    found = list(final_names())
    assert len(found) > 8
    for call, value in found:
        assert "ebbtide-final" in value, (call.operation, value)
