"""Cleaning up: only what was planned, only as it was planned, in order, until it is gone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from typing import Any

import boto3
import botocore.client
import pytest
from botocore.exceptions import ClientError

from ebbtide import cleanup
from ebbtide.base.deadline import Deadline
from ebbtide.base.errors import PlanError
from ebbtide.deployment.inputs import RunRequest
from ebbtide.kinds import parts_of
from ebbtide.model.resource import graph_id
from ebbtide.store.keys import RunKeys
from tests.integration.workflow import ACCOUNT, REGION, Workflow

# What an abandoned VPC may hold, and what decides whether it is abandoned.
NETWORK = ("aws_vpc", "aws_ec2_instance", "aws_ec2_elastic_ip", *parts_of("aws_vpc"))

pytestmark = pytest.mark.about("aws_ec2_volume")

EXPIRED = [{"Key": "ebbtide:expires", "Value": "2020-01-01"}]
READING = ("Describe", "List", "Get", "Assume", "Head")


class Killed(BaseException):
    """Stands for the end of the process: nothing in the package can catch it."""


@contextmanager
def watching(
    monkeypatch: pytest.MonkeyPatch, on_call: Callable[[str, Any], None] | None = None
) -> Iterator[list[str]]:
    """The names of all mutating calls to the customer's services, as they are made."""
    original = botocore.client.BaseClient._make_api_call
    calls: list[str] = []

    def call(self: Any, name: str, arguments: Any) -> Any:
        if on_call is not None:
            on_call(name, arguments)
        if not name.startswith(READING) and self.meta.service_model.service_name != "s3":
            calls.append(name)
        return original(self, name, arguments)

    with monkeypatch.context() as patch:
        patch.setattr(botocore.client.BaseClient, "_make_api_call", call)
        yield calls


def answering(operation: str, code: str, times: int = 1000) -> Callable[[str, Any], None]:
    """Fails the first so many calls of an operation with a code of AWS."""
    left = count(times, -1)

    def fail(name: str, _: Any) -> None:
        if name == operation and next(left) > 0:
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, name)

    return fail


@pytest.fixture
def cleaning(workflow: Workflow) -> Workflow:
    configure(workflow)
    return workflow


def configure(workflow: Workflow, **cleaning: Any) -> None:
    workflow.configure(
        collect={"regions": [REGION]},
        rules={"expired": {"enabled": True}, "vpcs": {"enabled": True}},
        cleanup={
            "enabled": True,
            "dry_run": False,
            "limits": {"percent_of_account": 100},
            **cleaning,
        },
    )


def volume(customer: boto3.session.Session, tags: list[dict[str, str]] | None = None) -> str:
    answer = customer.client("ec2").create_volume(
        AvailabilityZone=f"{REGION}a",
        Size=8,
        TagSpecifications=[{"ResourceType": "volume", "Tags": EXPIRED if tags is None else tags}],
    )
    return str(answer["VolumeId"])


def volumes(customer: boto3.session.Session) -> set[str]:
    return {entry["VolumeId"] for entry in customer.client("ec2").describe_volumes()["Volumes"]}


def planned(workflow: Workflow) -> str:
    run_id = workflow.collect()
    workflow.plan(run_id)
    return run_id


def name_of(id: str, kind: str = "aws_ec2_volume") -> str:
    return graph_id(ACCOUNT, REGION, kind, id)


def ledger(workflow: Workflow, run_id: str) -> list[dict[str, Any]]:
    text = workflow.bucket.read_text(RunKeys(run_id).cleanup(ACCOUNT, "ledger.jsonl"))
    return [json.loads(line) for line in text.splitlines()]


def test_what_was_planned_is_deleted_and_confirmed(
    cleaning: Workflow, customer: boto3.session.Session
) -> None:
    waste, kept = volume(customer), volume(customer, tags=[{"Key": "Name", "Value": "kept"}])
    run_id = planned(cleaning)
    assert cleaning.clean(run_id)["gone"] == 1
    assert volumes(customer) == {kept}
    assert cleaning.outcomes(run_id) == {name_of(waste): "gone"}


def test_the_ledger_tells_who_why_on_which_evidence_and_how_it_ended(
    cleaning: Workflow, customer: boto3.session.Session
) -> None:
    waste = volume(customer)
    run_id = planned(cleaning)
    cleaning.clean(run_id)
    entries = ledger(cleaning, run_id)
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
    last = entries[-1]
    assert (last["graph_id"], last["event"]) == (name_of(waste), "gone")
    assert last["rules"] == ["expired"]
    assert "ebbtide:expires" in last["selected_because"]
    assert any("aws_ec2_instance: complete" in proof for proof in last["evidence"])
    (called,) = [entry for entry in entries if entry["event"] == "calls_of_deleting"]
    assert called["calls"][0]["operation"] == "delete_volume"
    assert called["calls"][0]["arguments"] == {"VolumeId": waste}


def test_the_description_is_kept_before_the_deletion(
    cleaning: Workflow, customer: boto3.session.Session
) -> None:
    waste = volume(customer)
    run_id = planned(cleaning)
    cleaning.clean(run_id)
    key = RunKeys(run_id).cleanup(ACCOUNT, f"restore/{REGION}/aws_ec2_volume/{waste}.json")
    kept = cleaning.bucket.read_json(key)
    assert kept["description"]["Size"] == 8
    assert kept["tags"] == {"ebbtide:expires": "2020-01-01"}
    assert kept["collected"]["properties"]["volume_size"] == 8


@pytest.mark.about(*NETWORK)
def test_what_goes_with_its_owner_is_described_before_the_owner_goes(
    cleaning: Workflow, customer: boto3.session.Session
) -> None:
    network(customer)
    run_id = planned(cleaning)
    cleaning.clean(run_id)
    plan = cleaning.bucket.read_json(RunKeys(run_id).plan(ACCOUNT))["planned"]
    gone_with = [entry for entry in plan if entry["action"] == "goes_with"]
    assert gone_with
    for entry in gone_with:
        subject = entry["subject"]
        name = f"restore/{REGION}/{subject['kind']}/{subject['id']}.json"
        kept = cleaning.bucket.read_json(RunKeys(run_id).cleanup(ACCOUNT, name))
        assert kept["goes_with"] == entry["goes_with"]
        assert kept["description"]
        assert kept["collected"]["id"] == subject["id"]


def test_a_dry_run_decides_everything_and_changes_nothing(
    workflow: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(workflow, dry_run=True)
    waste = volume(customer)
    with watching(monkeypatch) as calls:
        run_id = planned(workflow)
        workflow.clean(run_id)
    assert calls == []
    assert volumes(customer) == {waste}
    assert workflow.outcomes(run_id) == {name_of(waste): "would_delete"}


def test_nothing_happens_unless_cleanup_is_enabled(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    configure(workflow, enabled=False)
    waste = volume(customer)
    run_id = planned(workflow)
    assert workflow.clean(run_id)["gone"] == 0
    assert volumes(customer) == {waste}


def test_nothing_of_a_held_plan_is_deleted(
    workflow: Workflow, customer: boto3.session.Session
) -> None:
    configure(workflow, limits={"per_run": 1})
    waste = {volume(customer), volume(customer)}
    run_id = planned(workflow)
    summary = workflow.bucket.read_json(RunKeys(run_id).plan_summary)
    assert summary["held"]
    assert "the limit is 1" in summary["exceeded"][0]
    workflow.clean(run_id)
    assert volumes(customer) == waste


def test_a_plan_that_was_altered_is_not_carried_out(
    cleaning: Workflow, customer: boto3.session.Session
) -> None:
    waste, kept = volume(customer), volume(customer, tags=[{"Key": "Name", "Value": "kept"}])
    run_id = planned(cleaning)
    key = RunKeys(run_id).plan(ACCOUNT)
    text = json.dumps(cleaning.bucket.read_json(key)).replace(waste, kept)
    cleaning.bucket.write_text(key, text)
    with pytest.raises(PlanError, match="not the one this run made"):
        cleaning.tick(run_id)
    assert volumes(customer) == {waste, kept}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda ec2, name: attach(ec2, name), "changed since it was planned: "),
        (
            lambda ec2, name: tag(ec2, name, "ebbtide:protected", "true"),
            "is now protected by its tag",
        ),
        (lambda ec2, name: tag(ec2, name, "expiration", "never"), "is now protected by its tag"),
        (lambda ec2, name: tag(ec2, name, "ebbtide:expires", "2099-01-01"), "its tags changed"),
        (
            lambda ec2, name: tag(ec2, name, "aws:backup:source-resource", "x"),
            "now belongs to AWS Backup",
        ),
    ],
)
def test_what_changed_since_the_plan_is_skipped(
    cleaning: Workflow,
    customer: boto3.session.Session,
    change: Callable[[Any, str], None],
    reason: str,
) -> None:
    waste = volume(customer)
    run_id = planned(cleaning)
    change(customer.client("ec2"), waste)
    cleaning.clean(run_id)
    assert waste in volumes(customer)
    assert cleaning.outcomes(run_id) == {name_of(waste): "skipped"}
    assert reason in ledger(cleaning, run_id)[-1]["reason"]


def attach(ec2: Any, volume_id: str) -> None:
    machine = ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1)["Instances"][0]
    ec2.attach_volume(VolumeId=volume_id, InstanceId=machine["InstanceId"], Device="/dev/sdf")


def tag(ec2: Any, name: str, key: str, value: str) -> None:
    ec2.create_tags(Resources=[name], Tags=[{"Key": key, "Value": value}])


def test_what_is_gone_already_counts_as_gone(
    cleaning: Workflow, customer: boto3.session.Session
) -> None:
    waste = volume(customer)
    run_id = planned(cleaning)
    customer.client("ec2").delete_volume(VolumeId=waste)
    cleaning.clean(run_id)
    assert cleaning.outcomes(run_id) == {name_of(waste): "gone"}


def test_what_cannot_be_verified_is_skipped(
    cleaning: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    waste = volume(customer)
    run_id = planned(cleaning)

    with watching(monkeypatch, answering("DescribeVolumes", "UnauthorizedOperation")) as calls:
        cleaning.clean(run_id)
    assert calls == []
    assert cleaning.outcomes(run_id) == {name_of(waste): "skipped"}


def test_an_account_that_cannot_be_entered_is_left_alone(
    cleaning: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    waste = volume(customer)
    run_id = planned(cleaning)

    with watching(monkeypatch, answering("AssumeRole", "AccessDenied")):
        cleaning.clean(run_id)
    assert volumes(customer) == {waste}
    assert cleaning.outcomes(run_id) == {name_of(waste): "failed"}
    assert "cannot be entered" in ledger(cleaning, run_id)[-1]["reason"]


def network(customer: boto3.session.Session) -> dict[str, str]:
    """An abandoned VPC: two subnets, two groups that name each other, gateways, an interface."""
    ec2, elb = customer.client("ec2"), customer.client("elbv2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[vpc], Tags=EXPIRED)
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"{REGION}{zone}")
        for n, zone in enumerate("ab")
    ]
    first, second = (subnet["Subnet"]["SubnetId"] for subnet in subnets)
    one, other = (
        ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
        for name in ("web", "data")
    )
    for group, named in ((one, other), (other, one)):
        permission = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2}
        permission["UserIdGroupPairs"] = [{"GroupId": named}]  # type: ignore[assignment]
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=first, AllocationId=address)["NatGateway"]["NatGatewayId"]
    interface = ec2.create_network_interface(SubnetId=first, Groups=[one])["NetworkInterface"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=second)
    elb.create_load_balancer(Name="idle", Subnets=[first, second], SecurityGroups=[other])
    return {
        "vpc": vpc,
        "subnet": first,
        "interface": interface["NetworkInterfaceId"],
        "nat": nat,
        "address": address,
        "gateway": gateway,
        "group": one,
    }


def vpcs(customer: boto3.session.Session) -> set[str]:
    return {entry["VpcId"] for entry in customer.client("ec2").describe_vpcs()["Vpcs"]}


@pytest.mark.about(*NETWORK)
def test_an_abandoned_vpc_is_taken_down_in_order(
    cleaning: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = network(customer)
    run_id = planned(cleaning)
    with watching(monkeypatch) as calls:
        cleaning.clean(run_id)
    assert set(cleaning.outcomes(run_id).values()) == {"gone"}
    assert parts["vpc"] not in vpcs(customer)
    ec2 = customer.client("ec2")
    assert not ec2.describe_addresses()["Addresses"]
    assert not ec2.describe_internet_gateways()["InternetGateways"]
    assert calls[-1] == "DeleteVpc"
    assert calls.index("DeleteNatGateway") < calls.index("DetachInternetGateway")
    assert calls.index("RevokeSecurityGroupIngress") < calls.index("DeleteSecurityGroup")


@pytest.mark.about(*NETWORK)
def test_a_vpc_in_which_something_new_runs_is_not_touched_at_all(
    cleaning: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = network(customer)
    run_id = planned(cleaning)
    customer.client("ec2").run_instances(
        ImageId="ami-12345678", MinCount=1, MaxCount=1, SubnetId=parts["subnet"]
    )
    with watching(monkeypatch) as calls:
        cleaning.clean(run_id)
    assert calls == []
    assert set(cleaning.outcomes(run_id).values()) == {"skipped"}


@pytest.mark.about(*NETWORK)
def test_what_waits_for_something_that_stays_is_skipped(
    cleaning: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = network(customer)
    run_id = planned(cleaning)

    with watching(monkeypatch, answering("DeleteNatGateway", "UnauthorizedOperation")):
        cleaning.clean(run_id)
    outcomes = cleaning.outcomes(run_id)
    assert outcomes[name_of(parts["nat"], "aws_ec2_nat_gateway")] == "failed"
    for kind, part in (("aws_ec2_subnet", "subnet"), ("aws_vpc", "vpc")):
        assert outcomes[name_of(parts[part], kind)] == "skipped"
    assert outcomes[name_of(parts["gateway"], "aws_ec2_internet_gateway")] == "skipped"
    assert parts["vpc"] in vpcs(customer)


def test_what_nothing_of_the_plan_blocks_fails_at_once(
    cleaning: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    waste = volume(customer)
    run_id = planned(cleaning)
    with watching(monkeypatch, answering("DeleteVolume", "VolumeInUse")):
        answer = cleaning.tick(run_id)
    assert (answer["done"], answer["failed"]) == (True, 1)
    assert "VolumeInUse" in ledger(cleaning, run_id)[-1]["reason"]
    assert waste in volumes(customer)


def test_what_aws_has_not_answered_is_tried_again_until_the_deadline(
    cleaning: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    waste = volume(customer)
    run_id = planned(cleaning)
    with watching(monkeypatch, answering("DeleteVolume", "RequestLimitExceeded", times=3)):
        answers = [cleaning.tick(run_id) for _ in range(2)]
        assert not any(answer["done"] for answer in answers)
        assert answers[0]["wait_seconds"] < answers[1]["wait_seconds"]
        assert cleaning.clean(run_id)["gone"] == 1
    assert waste not in volumes(customer)


def test_what_is_not_deleted_by_the_deadline_has_failed(
    cleaning: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    volume(customer)
    run_id = planned(cleaning)

    with watching(monkeypatch, answering("DeleteVolume", "RequestLimitExceeded")):
        cleaning.tick(run_id)
        later = cleaning.now + timedelta(hours=3)
        answer = cleaning.tick(run_id, clock=lambda: later)
    assert (answer["done"], answer["failed"]) == (True, 1)
    assert "RequestLimitExceeded" in ledger(cleaning, run_id)[-1]["reason"]


def test_what_aws_protects_is_skipped(
    cleaning: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    waste = volume(customer)
    run_id = planned(cleaning)

    with watching(monkeypatch, answering("DeleteVolume", "OperationNotPermitted")):
        cleaning.clean(run_id)
    assert cleaning.outcomes(run_id) == {name_of(waste): "skipped"}


SHORT_DEATHS = {("before", "DetachInternetGateway"), ("after", "DeleteVpc"), ("after", "PutObject")}
KILLING_CALLS = (
    "DeleteVolume",
    "DeleteVpc",
    "DeleteNatGateway",
    "RevokeSecurityGroupIngress",
    "DetachInternetGateway",
    "PutObject",
)
# Each takes a VPC down, so that few are part of the ordinary tests.
MOMENTS_OF_DEATH = [
    pytest.param(
        moment,
        operation,
        marks=() if (moment, operation) in SHORT_DEATHS else pytest.mark.full,
        id=f"{moment}-{operation}",
    )
    for moment in ("before", "after")
    for operation in KILLING_CALLS
]


@pytest.mark.about("aws_ec2_volume", *NETWORK)
@pytest.mark.parametrize(("moment", "operation"), MOMENTS_OF_DEATH)
def test_a_turn_that_is_killed_anywhere_loses_and_doubles_nothing(
    cleaning: Workflow,
    customer: boto3.session.Session,
    monkeypatch: pytest.MonkeyPatch,
    operation: str,
    moment: str,
) -> None:
    network(customer)
    volume(customer)
    run_id = planned(cleaning)
    original = botocore.client.BaseClient._make_api_call
    killed = {"left": 3 if operation == "PutObject" else 1}

    def call(self: Any, name: str, arguments: Any) -> Any:
        hit = name == operation and killed["left"] > 0
        if hit:
            killed["left"] -= 1
            if moment == "before":
                raise Killed
        answer = original(self, name, arguments)
        if hit:
            raise Killed
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(botocore.client.BaseClient, "_make_api_call", call)
        for _ in range(20):
            try:
                if cleaning.tick(run_id)["done"]:
                    break
            except Killed:
                continue
    assert set(cleaning.outcomes(run_id).values()) == {"gone"}
    assert not volumes(customer)
    entries = ledger(cleaning, run_id)
    final = [entry["graph_id"] for entry in entries if entry["event"] == "gone"]
    assert sorted(final) == sorted(cleaning.outcomes(run_id))


def test_two_turns_at_once_do_not_act_on_the_same_resource(
    cleaning: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    volume(customer)
    run_id = planned(cleaning)
    nested: list[dict[str, Any]] = []

    def overtaken(name: str, _: Any) -> None:
        # A second turn begins while the first one reads.
        if name == "DescribeVolumes" and not nested:
            nested.append({})
            nested[0] |= cleaning.tick(run_id)

    with watching(monkeypatch, overtaken) as calls:
        cleaning.clean(run_id)
    assert calls.count("DeleteVolume") == 1
    assert (nested[0]["done"], nested[0]["remaining"]) == (False, 1)
    assert nested[0]["wait_seconds"] > 500
    assert set(cleaning.outcomes(run_id).values()) == {"gone"}


def test_a_turn_without_time_does_nothing_and_says_so(
    cleaning: Workflow, customer: boto3.session.Session
) -> None:
    waste = volume(customer)
    run_id = planned(cleaning)
    answer = cleaning.tick(run_id, deadline=Deadline.after(1))
    assert (answer["done"], answer["remaining"]) == (False, 1)
    assert volumes(customer) == {waste}


def test_the_metrics_tell_what_was_cleaned(
    cleaning: Workflow, customer: boto3.session.Session
) -> None:
    volume(customer)
    run_id = planned(cleaning)
    cleaning.clean(run_id)
    samples = {sample["series"]: sample["value"] for sample in cleaning.measure(run_id)}
    assert samples["ebbtide_resources_planned"] == 1
    assert samples["ebbtide_resources_cleaned"] == 1
    assert samples["ebbtide_coverage_percent"] == 100
    listed = boto3.client("cloudwatch").list_metrics(Namespace="Ebbtide")["Metrics"]
    assert {"ResourcesFound", "ResourcesCleaned", "CoveragePercent"} <= {
        metric["MetricName"] for metric in listed
    }


def test_the_summary_tells_how_it_ended_in_all_accounts(
    cleaning: Workflow, customer: boto3.session.Session
) -> None:
    volume(customer)
    run_id = planned(cleaning)
    request = RunRequest(run_id=run_id)
    assert cleanup.summarise_cleanup(request, cleaning.bucket)["gone"] == 0
    cleaning.clean(run_id)
    answer = cleanup.summarise_cleanup(request, cleaning.bucket)
    assert (answer["gone"], answer["failed"], answer["unfinished"]) == (1, 0, 0)
    assert (answer["savings"]["resources"], answer["savings"]["unknown"]) == (1, 0)
    assert answer["savings"]["monthly"] > 0
    assert answer["would_save"]["resources"] == 0
    summary = cleaning.bucket.read_json(answer["summary"])
    assert [entry["account"] for entry in summary["accounts"]] == [ACCOUNT]


def test_what_is_not_answered_is_tried_once_a_turn(
    cleaning: Workflow, customer: boto3.session.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    volume(customer)
    run_id = planned(cleaning)

    with watching(monkeypatch, answering("DeleteVolume", "RequestLimitExceeded")):
        for _ in range(3):
            cleaning.tick(run_id)
    tried = [entry for entry in ledger(cleaning, run_id) if entry["event"] == "not_deleting"]
    assert len(tried) == 3


def test_a_run_that_was_taken_over_deletes_nothing(
    cleaning: Workflow, customer: boto3.session.Session
) -> None:
    waste = volume(customer)
    run_id = planned(cleaning)
    cleaning.release(run_id)
    assert cleaning.claim("successor")["claimed"]
    with pytest.raises(PlanError, match="no longer holds the claim"):
        cleaning.tick(run_id)
    assert volumes(customer) == {waste}
