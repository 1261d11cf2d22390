"""Whatever a rule or a search relied on changes after the plan: nothing in use is deleted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from ebbtide.cleanup.reasons import GONE, UNCONFIRMED
from ebbtide.kinds import dependent_kinds
from ebbtide.rules import registry as rules
from ebbtide.rules.finding import Finding
from ebbtide.rules.situation import Situation
from tests.faults.safety.asked_again import UNKNOWN_TAGS, UNREAD, Account, Item, Items, changed
from tests.faults.safety.test_search_evidence import ABSENCE, FORMS
from tests.support.builders import NOW, days_ago

ALARM, INSTANCE, VPC = "aws_cloudwatch_alarm", "aws_ec2_instance", "aws_vpc"
CLASSIC, BALANCER, GROUP = "aws_elb", "aws_alb", "aws_alb_target_group"
SCALING, SERVICE, CLUSTER = "aws_autoscaling_group", "aws_ecs_service", "aws_ecs_cluster"
VOLUME, SUBNET, GATEWAY = "aws_ec2_volume", "aws_ec2_subnet", "aws_ec2_internet_gateway"

ID = "i-0a1b2c3d4e5f60001"
OLD = days_ago(100)
ELB = "arn:aws:elasticloadbalancing:us-east-1:111122223333"
EXPIRED = [{"Key": "ebbtide:expires", "Value": "2020-01-01"}]


def machine(state: str = "running", **more: Any) -> Item:
    return {"InstanceId": ID, "State": {"Name": state}, "LaunchTime": OLD, "Tags": [], **more}


def alarm(**more: Any) -> Item:
    dimensions = [{"Name": "InstanceId", "Value": ID}]
    arn = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:cpu"
    return {"AlarmName": "cpu", "AlarmArn": arn, "Dimensions": dimensions, "Tags": [], **more}


def classic(*backends: str) -> Item:
    instances = [{"InstanceId": one} for one in backends]
    return {"LoadBalancerName": "old", "Instances": instances, "CreatedTime": OLD, "Tags": []}


def balancer(**more: Any) -> Item:
    return {
        "LoadBalancerName": "web",
        "LoadBalancerArn": f"{ELB}:loadbalancer/app/web/1",
        "CreatedTime": OLD,
        "State": {"Code": "active"},
        "Tags": [],
        **more,
    }


def target_group(*backends: str, attached: bool = True) -> Item:
    health = [{"Target": {"Id": one}} for one in backends]
    return {
        "TargetGroupName": "web",
        "TargetGroupArn": f"{ELB}:targetgroup/web/1",
        "TargetType": "instance",
        "LoadBalancerArns": [f"{ELB}:loadbalancer/app/web/1"] if attached else [],
        "TargetHealth": {"TargetHealthDescriptions": health},
        "Tags": [],
    }


def scaling(**more: Any) -> Item:
    arn = "arn:aws:autoscaling:us-east-1:111122223333:autoScalingGroup:1:autoScalingGroupName/asg"
    return {"AutoScalingGroupName": "asg", "AutoScalingGroupARN": arn, **more}


def service() -> Item:
    cluster = "arn:aws:ecs:us-east-1:111122223333:cluster/c"
    return {
        "serviceName": "s",
        "serviceArn": "arn:aws:ecs:us-east-1:111122223333:service/c/s",
        "clusterArn": cluster,
        "status": "ACTIVE",
        "loadBalancers": [{"targetGroupArn": f"{ELB}:targetgroup/web/1"}],
        "tags": [],
    }


def volume(state: str = "available", **more: Any) -> Item:
    return {"VolumeId": "vol-1", "State": state, "Size": 8, "CreateTime": OLD, "Tags": [], **more}


def vpc(**more: Any) -> Item:
    return {
        "VpcId": "vpc-1",
        "State": "available",
        "IsDefault": False,
        "OwnerId": "111122223333",
        "Tags": EXPIRED,
        **more,
    }


def gateway(*attached: str) -> Item:
    attachments = [{"VpcId": one, "State": "available"} for one in attached]
    own = {"InternetGatewayId": "igw-1", "OwnerId": "111122223333", "Tags": []}
    return {**own, "Attachments": attachments}


@dataclass(frozen=True)
class Case:
    """A rule that selects a resource, and the changes since the plan that end its reason."""

    rule: str
    kind: str
    before: Items
    changes: Mapping[str, Items]
    options: str = ""
    expired: bool = False

    @property
    def account(self) -> Account:
        return Account(self.before, rule=self.rule, options=self.options, expired=self.expired)


def cases() -> Mapping[str, Case]:
    watching = {ALARM: [alarm()]}
    serving = {CLASSIC: [classic(ID)]}
    empty = {CLASSIC: [classic()]}
    idle = {BALANCER: [balancer()], GROUP: [target_group(ID)]}
    bare = {BALANCER: [balancer()]}
    loose = {GROUP: [target_group(attached=False)]}
    used = {
        "an instance": {INSTANCE: [machine()]},
        "an instance that starts": {INSTANCE: [machine("pending")]},
        "a stopped instance": {INSTANCE: [machine("stopped")]},
    }
    fed = scaling(TargetGroupARNs=[f"{ELB}:targetgroup/web/1"])
    network = {VPC: [vpc()], GATEWAY: [gateway("vpc-1")]}
    return {
        "alarm": Case("alarms", ALARM, watching, _with(watching, used)),
        "classic balancer": Case(
            "load_balancers",
            CLASSIC,
            serving,
            _with(
                serving,
                {**used, "a group": {SCALING: [scaling(LoadBalancerNames=["old"])]}},
            ),
        ),
        "classic balancer without instances": Case(
            "load_balancers",
            CLASSIC,
            empty,
            {
                "an instance": changed(empty, **{CLASSIC: [classic(ID)], INSTANCE: [machine()]}),
                "a group": changed(empty, **{SCALING: [scaling(LoadBalancerNames=["old"])]}),
            },
        ),
        "balancer": Case(
            "load_balancers",
            BALANCER,
            idle,
            _with(
                idle,
                {
                    **used,
                    "a group": {SCALING: [fed]},
                    "a service": {SERVICE: [service()]},
                    "another target": {
                        GROUP: [target_group("i-0000000000000000f")],
                        INSTANCE: [machine(InstanceId="i-0000000000000000f")],
                    },
                },
            ),
        ),
        "balancer without target groups": Case(
            "load_balancers",
            BALANCER,
            bare,
            {
                "a target group": changed(
                    bare, **{GROUP: [target_group(ID)], INSTANCE: [machine()]}
                ),
                "a new target group": changed(bare, **{GROUP: [target_group()]}),
            },
        ),
        "target group of a balancer": Case(
            "load_balancers",
            GROUP,
            idle,
            _with(idle, {**used, "a group": {SCALING: [fed]}, "a service": {SERVICE: [service()]}}),
        ),
        "target group": Case(
            "load_balancers",
            GROUP,
            loose,
            {
                "a balancer": changed(loose, **{GROUP: [target_group()], BALANCER: [balancer()]}),
                "a group": changed(loose, **{SCALING: [fed]}),
                "a service": changed(loose, **{SERVICE: [service()]}),
            },
        ),
        "volume": Case(
            "volumes",
            VOLUME,
            {VOLUME: [volume()]},
            {
                "attached": {
                    VOLUME: [volume("in-use", Attachments=[{"InstanceId": ID}])],
                    INSTANCE: [machine()],
                },
                "changed": {VOLUME: [volume(Iops=3000)]},
            },
        ),
        "expired": Case(
            "expired",
            VOLUME,
            {VOLUME: [volume(Tags=EXPIRED)]},
            {
                "prolonged": {
                    VOLUME: [volume(Tags=[{"Key": "ebbtide:expires", "Value": "2099-01-01"}])]
                },
                "never": {VOLUME: [volume()]},
            },
        ),
        "untagged": Case(
            "untagged",
            VOLUME,
            {VOLUME: [volume()]},
            {
                "tagged": {
                    VOLUME: [
                        volume(
                            Tags=[
                                {"Key": "owner", "Value": "x"},
                                {"Key": "expiration", "Value": "9y"},
                            ]
                        )
                    ]
                }
            },
        ),
        "part of a VPC": Case(
            "vpcs",
            GATEWAY,
            network,
            {
                "an instance": changed(network, **{INSTANCE: [machine(VpcId="vpc-1")]}),
                "attached elsewhere": changed(network, **{GATEWAY: [gateway("vpc-2")]}),
            },
            expired=True,
        ),
    }


def _with(before: Items, more: Mapping[str, Items]) -> dict[str, Items]:
    return {name: {**before, **items} for name, items in more.items()}


CASES = cases()


@pytest.mark.parametrize("name", CASES)
def test_a_reason_that_still_holds_objects_to_nothing(name: str) -> None:
    """Otherwise the cells of the matrix would prove nothing."""
    case = CASES[name]
    assert case.account.objection(case.kind, case.before) == ""


@pytest.mark.parametrize(
    ("name", "change"), [(name, change) for name, case in CASES.items() for change in case.changes]
)
def test_a_reason_that_the_account_has_ended_keeps_the_resource(name: str, change: str) -> None:
    case = CASES[name]
    assert case.account.objection(case.kind, case.changes[change]).startswith(GONE)


def looked_at_by() -> Iterator[tuple[str, str]]:
    for name, case in CASES.items():
        for neighbour in rules()[case.rule].looks_at(case.kind):
            if neighbour.ids is None or case.before.get(case.kind):
                yield name, neighbour.kind


@pytest.mark.parametrize(("name", "denied"), list(looked_at_by()))
def test_what_a_rule_looked_at_and_cannot_be_read_keeps_the_resource(
    name: str, denied: str
) -> None:
    case = CASES[name]
    said = case.account.objection(case.kind, case.before, [denied])
    asked = not (case.kind == CLASSIC and denied == INSTANCE and "without" in name)
    assert said.startswith(UNCONFIRMED) == asked


def test_each_rule_has_cases() -> None:
    # `orphaned` rests on owners, which are looked for before each deletion whatever the reason, and
    # `final_snapshots` on the name of the snapshot alone.
    own = {"orphaned", "final_snapshots"}
    coded = {name for name, rule in rules().items() if rule.search is None}
    assert {case.rule for case in CASES.values()} == coded - own


@pytest.mark.parametrize("name", CASES)
def test_what_a_rule_negates_is_asked_again_or_guarded_by_aws(name: str) -> None:
    case = CASES[name]
    account, rule = case.account, rules()[case.rule]
    for finding in _findings(account, rule):
        kind = account.scene.inventory[finding.resource].kind
        asked = {one.kind for one in rule.looks_at(kind)}
        assert set(finding.negates) <= asked | dependent_kinds(kind)


def _findings(account: Account, rule: Any) -> list[Finding]:
    chosen = frozenset(one.subject.graph_id for one in account.plan.planned)
    situation = Situation(account.scene.inventory, NOW, chosen if rule.extends else frozenset())
    return [
        one
        for one in rule.find(situation, account.config.rules.of(rule))
        if one.verdict == "select"
    ]


def test_what_the_plan_itself_deleted_takes_no_reason_away() -> None:
    """The group is deleted after its balancer, and the gateway after it was detached."""
    idle = CASES["target group of a balancer"]
    gone = {GROUP: [target_group(ID, attached=False)]}
    assert idle.account.objection(GROUP, gone, released=True) == ""
    network = CASES["part of a VPC"]
    detached = {**network.before, GATEWAY: [gateway()]}
    assert network.account.objection(GATEWAY, detached, released=True) == ""


# Searches.

CONDITION = 'tags.env == "dev"'


def tagged(env: str) -> list[Item]:
    return [{"Key": "env", "Value": env}]


def watched(env: str = "dev") -> Items:
    """Return an alarm on an instance in a VPC."""
    return {
        ALARM: [alarm()],
        INSTANCE: [machine(VpcId="vpc-1", Tags=tagged(env))],
        VPC: [vpc(Tags=tagged("dev"))],
    }


def search_of(form: str) -> Account:
    return Account(watched(), search=FORMS[form].format(c=CONDITION))


@pytest.mark.parametrize("form", FORMS)
def test_a_search_that_still_finds_a_resource_objects_to_nothing(form: str) -> None:
    assert search_of(form).objection(ALARM, watched()) == ""


@pytest.mark.parametrize("change", ["prod", "gone"])
@pytest.mark.parametrize("form", FORMS)
def test_a_search_that_finds_a_resource_no_longer_keeps_it(form: str, change: str) -> None:
    now = watched("prod") if change == "prod" else changed(watched(), **{INSTANCE: []})
    assert search_of(form).objection(ALARM, now).startswith(GONE)


@pytest.mark.parametrize("gap", ["denied", "tags unknown", "unread"])
@pytest.mark.parametrize("form", FORMS)
def test_a_search_whose_neighbour_cannot_be_read_keeps_the_resource(form: str, gap: str) -> None:
    more: Item = {"tags unknown": {"Tags": UNKNOWN_TAGS}, "unread": {UNREAD: {}}}.get(gap, {})
    seen_badly = machine(VpcId="vpc-1", **{"Tags": tagged("dev"), **more})
    now = changed(watched(), **{INSTANCE: [seen_badly]})
    denied = [INSTANCE] if gap == "denied" else []
    said = search_of(form).objection(ALARM, now, denied)
    assert said.startswith((GONE, UNCONFIRMED))


def alone() -> Items:
    return {ALARM: [alarm()]}


@pytest.mark.parametrize("form", [name for name in ABSENCE if name != "limit"])
def test_a_search_for_what_is_missing_is_asked_again(form: str) -> None:
    account = Account(alone(), search=ABSENCE[form])
    assert account.objection(ALARM, alone()) == ""
    assert account.objection(ALARM, {**alone(), INSTANCE: [machine()]}).startswith(GONE)
    assert account.objection(ALARM, alone(), [INSTANCE]).startswith(UNCONFIRMED)


def test_a_condition_on_the_resource_itself_is_asked_again() -> None:
    search = 'is(aws_ec2_volume) and volume_status == "available"'
    account = Account({VOLUME: [volume()]}, search=search)
    assert account.objection(VOLUME, {VOLUME: [volume()]}) == ""
    assert account.objection(VOLUME, {VOLUME: [volume("in-use")]}).startswith(GONE)


@pytest.mark.parametrize(
    "search",
    [
        f"is({VOLUME}) with(empty, <-[1:]-> is(resource))",
        f"is({VOLUME}) with(empty, <-- )",
        f"is({VOLUME}) with(empty, <-owns- is({INSTANCE}))",
    ],
)
def test_a_search_that_cannot_be_asked_again_deletes_nothing(search: str) -> None:
    account = Account({VOLUME: [volume()]}, search=search)
    assert account.objection(VOLUME, {VOLUME: [volume()]}).startswith(UNCONFIRMED)
