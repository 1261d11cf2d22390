"""The table of owner marks is sound: each can be found, has a source, and contradicts no other."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from ebbtide.kinds import known_kinds
from ebbtide.kinds import registry as kinds
from ebbtide.owners import registry, service_prefixes
from ebbtide.owners.claims import claims_of, unknown_tags
from ebbtide.owners.harmless import HARMLESS_TAGS
from ebbtide.owners.mark import Mark
from tests.support.builders import resource
from tests.support.gathering import for_each_of

NAMES = {id(mark): name for name, mark in registry().items()}
every_mark = for_each_of(registry().values(), lambda mark: NAMES[id(mark)])


@every_mark
def test_a_mark_has_one_place_words_and_a_source(mark: Mark) -> None:
    assert bool(mark.tag) != bool(mark.attribute)
    assert mark.words == mark.words.strip() != ""
    assert re.match(r"https://|ours$|\w+:\w+$", mark.source)
    assert not (mark.tag and mark.of)


@every_mark
def test_a_mark_names_kinds_that_exist(mark: Mark) -> None:
    assert set(mark.of) | set(mark.carries) <= known_kinds()
    assert not mark.kind or mark.kind in kinds()
    if not mark.kind:
        assert not (mark.carries or mark.elsewhere or mark.anywhere)


@every_mark
def test_the_expression_of_a_mark_can_be_compiled(mark: Mark) -> None:
    groups = re.compile(mark.matches).groupindex
    assert set(groups) <= {"owner"}
    assert not groups or mark.kind


def test_no_two_marks_say_the_same() -> None:
    seen = Counter(
        (mark.tag, mark.attribute, mark.of, mark.matches) for mark in registry().values()
    )
    assert [place for place, count in seen.items() if count > 1] == []


@pytest.mark.parametrize("tag", HARMLESS_TAGS, ids=lambda tag: tag.key)
def test_a_harmless_tag_is_reserved_explained_and_no_owners_mark(tag: object) -> None:
    assert tag.key.startswith("aws:") and tag.key != "aws:"
    assert tag.why and tag.source.startswith("https://")
    key = tag.key + "x" if tag.key.endswith(":") else tag.key
    assert unknown_tags({key: "x"}) == []
    assert claims_of(resource("aws_sqs_queue", "q", tags={key: "x"})) == []


@pytest.mark.parametrize(
    "key",
    ["aws:new:owner", "aws:createdByX", "AWS:Anything", "aws:cloudformation:new", "aws:"],
)
def test_a_reserved_tag_that_nobody_explains_is_unknown(key: str) -> None:
    assert unknown_tags({key: "x", "owner": "me"}) == [key]


def test_the_configuration_may_explain_a_reserved_tag() -> None:
    tags = {"aws:new:owner": "x", "aws:new:other": "y", "aws:newer": "z"}
    assert unknown_tags(tags, ["aws:new:owner"]) == ["aws:new:other", "aws:newer"]
    assert unknown_tags(tags, ["aws:new:"]) == ["aws:newer"]


@pytest.mark.parametrize("key", ["awsApplication", "aws-test", "awsome", "my:aws:tag"])
def test_a_tag_that_anybody_can_set_is_not_unknown(key: str) -> None:
    assert unknown_tags({key: "x"}) == []


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({"kubernetes.io/cluster/a": "owned"}, ["the Kubernetes cluster a"]),
        ({"kubernetes.io/cluster/a": "shared"}, []),
        ({"kubernetes.io/cluster/a": "x"}, ["the Kubernetes cluster a=x"]),
        ({"kubernetes.io/cluster/a": ""}, ["the Kubernetes cluster a"]),
        ({"GuardDutyManaged": "false"}, []),
        ({"GuardDutyManaged": "true"}, ["GuardDuty, with true"]),
        # Of one family, what identifies the owner best decides.
        (
            {
                "aws:cloudformation:stack-name": "old",
                "aws:cloudformation:stack-id": "arn:aws:cloudformation:r:1:stack/old/1",
                "aws:cloudformation:logical-id": "Queue",
            },
            ["the CloudFormation stack old"],
        ),
        ({"CSIVolumeName": "pvc-1"}, ["the persistent volume pvc-1"]),
        (
            {"CSIVolumeName": "pvc-1", "kubernetes.io/cluster/a": "owned"},
            ["the Kubernetes cluster a"],
        ),
        (
            {"aws:dlm:lifecycle-policy-id": "policy-1", "aws:dlm:expirationTime": "x"},
            ["the lifecycle policy policy-1"],
        ),
        ({"aws:backup:source-resource": "vol-1"}, ["AWS Backup, for vol-1"]),
        # Two families are two owners.
        (
            {"aws:autoscaling:groupName": "web", "eks:cluster-name": "prod"},
            ["the Auto Scaling group web", "the EKS cluster prod"],
        ),
    ],
    ids=str,
)
def test_tags_name_their_owners(tags: dict[str, str], words: list[str]) -> None:
    found = claims_of(resource("aws_ec2_volume", "vol-1", tags=tags))
    assert [claim.words for claim in found] == words


@pytest.mark.parametrize(
    ("kind", "name", "owned"),
    [
        ("aws_iam_role", "stacksets-exec-1a2b", True),
        ("aws_iam_role", "my-stacksets-exec-1a2b", False),
        ("aws_iam_role", "AWSControlTowerExecution", True),
        ("aws_iam_role", "OrganizationAccountAccessRole", True),
        ("aws_iam_role", "OrganizationAccountAccessRole2", False),
        ("aws_sns_topic", "OrganizationAccountAccessRole", False),
        ("aws_lambda_function", "aws-controltower-NotificationForwarder", True),
        ("aws_cloudwatch_log_group", "/aws/lambda/aws-controltower-NotificationForwarder", True),
        ("aws_s3_bucket", "elasticbeanstalk-eu-west-1-111122223333", True),
        ("aws_s3_bucket", "elasticbeanstalk-samples", False),
    ],
)
def test_names_name_their_owners(kind: str, name: str, owned: bool) -> None:
    assert bool(claims_of(resource(kind, name))) == owned


def test_jobs_may_touch_no_tag_of_a_mark() -> None:
    prefixes = service_prefixes()
    tags = [mark.tag for mark in registry().values() if mark.tag]
    assert [tag for tag in tags if not tag.startswith(("aws:", *prefixes))] == []
    assert not "Name".startswith(prefixes)
