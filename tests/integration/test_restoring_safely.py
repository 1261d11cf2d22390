"""What `ebbtide cleanup restore` refuses, what it asks, and that it may be interrupted anywhere."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path

import pytest

from ebbtide.cleanup.deleting import kept_description
from ebbtide.model.resource import Edge, Resource
from ebbtide.plan.model import Planned
from ebbtide_cli.restoring.performing import Performer
from ebbtide_cli.restoring.steps import Step
from tests.integration.test_restoring import APART, MAKERS, client, ec2_tags, new_vpc
from tests.support.command import run
from tests.support.restoring import ACCOUNT, REGION, RUN, Estate, comparable


@pytest.fixture
def estate(tmp_path: Path) -> Estate:
    return Estate(tmp_path)


class KilledError(Exception):
    """The process ended."""


def made(estate: Estate, kind: str) -> Resource:
    before = set(estate.all(kind))
    MAKERS[kind](client)
    new = [one for id, one in estate.all(kind).items() if id not in before]
    (found,) = [one for one in new if (one.tags or {}).get("Name") == "shop"] or new
    return found


def kill_at(monkeypatch: pytest.MonkeyPatch, number: int, *, after: bool) -> None:
    """End the process at a call, before it is made or before its answer is read."""
    original, numbers = Performer.make, count(1)

    def make(self: Performer, step: Step) -> str | None:
        now = next(numbers)
        if now == number and not after:
            raise KilledError
        answer = original(self, step)
        if now == number:
            raise KilledError
        return answer

    monkeypatch.setattr(Performer, "make", make)


# Those that get their tags only after they were made must be adopted by the caller.
# moto does not return the tags of instance profiles.
ADOPTED = {"aws_iam_instance_profile", "aws_s3_bucket"}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    "kind",
    [
        "aws_alb",
        "aws_cloudwatch_log_group",
        "aws_ec2_security_group",
        "aws_iam_instance_profile",
        "aws_iam_role",
        "aws_s3_bucket",
    ],
)
def test_whatever_call_it_ends_at_the_next_attempt_completes_it(
    estate: Estate, kind: str, *, after: bool
) -> None:
    was = made(estate, kind)
    others = set(estate.all(kind)) - {was.id}
    estate.delete(was)
    for number in count(1):
        with pytest.MonkeyPatch.context() as patch:
            kill_at(patch, number, after=after)
            try:
                result = estate.restore(was.id)
            except KilledError:
                result = None
        if result is not None:
            break
        result = estate.restore(was.id)
        if result.exit_code and kind in ADOPTED:
            assert "--resume" in result.stderr
            result = estate.restore(was.id, "--yes", "--resume")
        assert result.exit_code == 0, result.stderr
        (now,) = (one for id, one in estate.all(kind).items() if id not in others)
        apart = APART.get(kind, frozenset())
        names = {was.id: now.id, **({was.arn: now.arn} if was.arn and now.arn else {})}
        assert comparable(now, {}, apart) == comparable(was, names, apart)
        again = estate.delete(now)
        assert again is not None
        # The first deletion counts; the second stands for a new beginning.
        estate.entries.pop()
    assert number > 1


def test_a_second_attempt_makes_nothing_new(estate: Estate) -> None:
    was = made(estate, "aws_ec2_security_group")
    estate.delete(was)
    assert estate.restore(was.id).exit_code == 0
    first = set(estate.all("aws_ec2_security_group"))
    result = estate.restore(was.id)
    assert result.exit_code == 0
    assert "an earlier attempt made it" in result.stdout
    assert set(estate.all("aws_ec2_security_group")) == first


def test_a_dry_run_and_a_missing_answer_change_nothing(estate: Estate) -> None:
    was = made(estate, "aws_sqs_queue")
    estate.delete(was)
    result = estate.restore(was.id, "--dry-run")
    assert result.exit_code == 0
    assert "sqs.create_queue" in result.stdout
    assert 'QueueName: "orders"' in result.stdout
    assert "Not restored: Its messages" in result.stdout
    asked = run("--folder", str(estate.folder), "cleanup", "restore", RUN, was.id)
    assert asked.exit_code == 2
    assert "give --yes" in asked.stderr
    assert estate.all("aws_sqs_queue") == {}


def test_the_calls_can_be_had_as_a_document(estate: Estate) -> None:
    was = made(estate, "aws_iam_role")
    estate.delete(was)
    result = estate.restore("worker", "--dry-run", "--format", "json")
    (found,) = json.loads(result.stdout)
    assert [one["operation"] for one in found["calls"]] == [
        "create_role",
        "attach_role_policy",
        "put_role_policy",
    ]
    assert found["way"] == "create"


def test_what_is_there_again_is_left_alone(estate: Estate) -> None:
    was = made(estate, "aws_sqs_queue")
    estate.delete(was)
    client("sqs").create_queue(QueueName="orders", Attributes={"DelaySeconds": "7"})
    result = estate.restore(was.id)
    assert result.exit_code == 2
    assert "is there: somebody made it again" in result.stderr
    (now,) = estate.all("aws_sqs_queue").values()
    assert now.get("delay_seconds") == "7"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("no-run", "orders"), "run not found: no-run"),
        ((RUN, "order"), "did you mean"),
        ((RUN, "kept"), "/kept: skipped"),
        ((RUN, "orders", "--replace", "x"), "--replace takes OLD=NEW"),
    ],
)
def test_unknown_names_are_refused(estate: Estate, words: tuple[str, ...], text: str) -> None:
    was = made(estate, "aws_sqs_queue")
    estate.delete(was)
    client("sqs").create_queue(QueueName="kept")
    (kept,) = (one for one in estate.all("aws_sqs_queue").values() if one.name == "kept")
    estate.store(kept, {}, ending="skipped")
    result = run("--folder", str(estate.folder), "cleanup", "restore", *words, "--yes")
    assert result.exit_code == 2
    assert text in result.stderr


def test_what_cannot_be_restored_says_why(estate: Estate) -> None:
    was = Resource("aws_ec2_keypair", (), "key-1", "shop", ACCOUNT, REGION, None, {}, None, {})
    entry = Planned(was.subject, "delete", ("x",), "x")
    estate.store(was, {**kept_description(entry, None, ""), "description": {}})
    result = estate.restore("key-1")
    assert result.exit_code == 2
    assert "cannot be restored: AWS never shows its secret part again" in result.stderr


def test_credentials_of_another_account_or_of_ebbtide_are_refused(
    estate: Estate,
) -> None:
    was = made(estate, "aws_sqs_queue")
    estate.delete(was)
    other = "arn:aws:iam::444455556666:role/Admin"
    result = estate.restore(was.id, "--yes", "--role", other)
    assert result.exit_code == 2
    assert f"belongs to account {ACCOUNT}, and the credentials are those of 444455556666" in (
        result.stderr
    )
    for name in ("EbbtideCleaner", "EbbtideReader"):
        own = f"arn:aws:iam::{ACCOUNT}:role/{name}"
        result = estate.restore(was.id, "--yes", "--role", own)
        assert result.exit_code == 2
        assert f"{name} is a role of Ebbtide" in result.stderr
        answer = client("sts").assume_role(RoleArn=own, RoleSessionName="cleanup")["Credentials"]
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ACCESS_KEY_ID", answer["AccessKeyId"])
            patch.setenv("AWS_SECRET_ACCESS_KEY", answer["SecretAccessKey"])
            patch.setenv("AWS_SESSION_TOKEN", answer["SessionToken"])
            assert "is a role of Ebbtide" in estate.restore(was.id).stderr
    assert estate.all("aws_sqs_queue") == {}
    admin = f"arn:aws:iam::{ACCOUNT}:role/Admin"
    assert estate.restore(was.id, "--yes", "--role", admin).exit_code == 0


def subnet_in_a_vpc(estate: Estate) -> tuple[Resource, Resource]:
    """Delete a subnet and its VPC, as a snapshot with their edge knows them."""
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16", TagSpecifications=ec2_tags("vpc"))["Vpc"]["VpcId"]
    ec2.create_subnet(VpcId=vpc, CidrBlock="10.7.1.0/24", TagSpecifications=ec2_tags("subnet"))
    whole = estate.all("aws_vpc")[vpc]
    (part,) = (one for one in estate.all("aws_ec2_subnet").values() if one.get("vpc_id") == vpc)
    edge = Edge(part.graph_id, whole.graph_id, "default", part.graph_id)
    estate.snapshot([whole, part], [edge])
    estate.delete(part)
    estate.delete(whole)
    return whole, part


def test_a_parent_must_come_first_and_then_has_its_new_id(estate: Estate) -> None:
    whole, part = subnet_in_a_vpc(estate)
    result = estate.restore(part.id)
    assert result.exit_code == 2
    assert f"`ebbtide cleanup restore {RUN} {whole.id}`" in result.stderr
    assert estate.restore(whole.id).exit_code == 0
    (vpc,) = (one for one in estate.all("aws_vpc").values() if (one.tags or {}).get("Name"))
    assert vpc.id != whole.id
    result = estate.restore(part.id)
    assert result.exit_code == 0, result.stderr
    (subnet,) = (
        one for one in estate.all("aws_ec2_subnet").values() if (one.tags or {}).get("Name")
    )
    assert subnet.get("vpc_id") == vpc.id
    assert (subnet.tags or {})["ebbtide:restored-from"] == f"{RUN}/{part.id}"


def test_another_parent_can_be_named(estate: Estate) -> None:
    whole, part = subnet_in_a_vpc(estate)
    other = new_vpc(client)
    result = estate.restore(part.id, "--yes", "--replace", f"{whole.id}={other}")
    assert result.exit_code == 0, result.stderr
    (subnet,) = (
        one for one in estate.all("aws_ec2_subnet").values() if (one.tags or {}).get("Name")
    )
    assert subnet.get("vpc_id") == other


def test_groups_that_name_each_other_come_back_one_after_the_other(estate: Estate) -> None:
    ec2, vpc = client("ec2"), new_vpc(client)
    names = [
        ec2.create_security_group(
            GroupName=name,
            Description=name,
            VpcId=vpc,
            TagSpecifications=ec2_tags("security-group"),
        )["GroupId"]
        for name in ("a", "b")
    ]
    for one, other in (names, names[::-1]):
        pair = [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": other}]}]
        ec2.authorize_security_group_ingress(GroupId=one, IpPermissions=pair)
    a, b = (estate.all("aws_ec2_security_group")[name] for name in names)
    edges = [Edge(x.graph_id, y.graph_id, "delete", x.graph_id, True) for x, y in ((a, b), (b, a))]
    estate.snapshot([a, b], edges)
    for one in (a, b):
        described = estate.read(one)
        assert described is not None
        estate.keep(one, described)
    for one, other in (names, names[::-1]):
        pair = [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": other}]}]
        ec2.revoke_security_group_ingress(GroupId=one, IpPermissions=pair)
    for name in names:
        ec2.delete_security_group(GroupId=name)
    first = estate.restore(a.id)
    assert first.exit_code == 3
    assert f"names {b.id}, which is gone" in first.stderr
    assert estate.restore(b.id).exit_code == 0
    assert estate.restore(a.id).exit_code == 0
    found = {
        one.name: one for one in estate.all("aws_ec2_security_group").values() if one.name in "ab"
    }
    for name, other in (("a", "b"), ("b", "a")):
        (rule,) = found[name].get("ip_permissions")
        assert [pair["group_id"] for pair in rule["user_id_group_pairs"]] == [found[other].id]


def test_what_named_the_old_one_is_told(estate: Estate) -> None:
    vpc, subnet = (made(estate, kind) for kind in ("aws_vpc", "aws_ec2_subnet"))
    estate.snapshot(
        [vpc, subnet], [Edge(subnet.graph_id, vpc.graph_id, "default", subnet.graph_id)]
    )
    estate.delete(vpc)
    result = estate.restore(vpc.id)
    assert result.exit_code == 0
    assert f"These named the old one: {subnet.graph_id}." in result.stderr


def test_a_table_comes_back_from_the_backup_that_aws_keeps(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    was = made(estate, "aws_dynamodb_table")
    dynamodb = client("dynamodb")
    dynamodb.put_item(TableName="orders", Item={"id": {"S": "1"}, "day": {"S": "monday"}})
    backup = dynamodb.create_backup(TableName="orders", BackupName="kept")["BackupDetails"]
    estate.delete(was)
    original = Performer.make

    def make(self: Performer, step: Step) -> str | None:
        # moto makes no backups of its own, so that the one of the test stands for it.
        if step.call.operation == "list_backups":
            return str(backup["BackupArn"])
        return original(self, step)

    monkeypatch.setattr(Performer, "make", make)
    result = estate.restore("orders")
    assert result.exit_code == 0, result.stderr
    assert dynamodb.scan(TableName="orders")["Count"] == 1
    (now,) = estate.all("aws_dynamodb_table").values()
    assert (now.tags or {})["Name"] == "shop"


def test_what_has_no_tags_must_be_protected_by_its_owner(estate: Estate) -> None:
    was = made(estate, "aws_cloudwatch_metric_filter")
    estate.delete(was)
    result = estate.restore(was.id)
    assert f"list {was.id} in protect.ids" in result.stderr


def test_a_tag_protects_it_unless_the_caller_does_not_want_that(estate: Estate) -> None:
    was = made(estate, "aws_sns_topic")
    estate.delete(was)
    assert estate.restore(was.id, "--yes", "--unprotected").exit_code == 0
    (now,) = estate.all("aws_sns_topic").values()
    assert "ebbtide:protected" not in (now.tags or {})
