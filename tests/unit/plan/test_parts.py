"""Parts go with their whole if a rule or job asks for it, and only then; every declared pair."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from ebbtide.collect.to_resource import Place, build_resource
from ebbtide.config import Config, parse_config
from ebbtide.graph.edges import relation_edges
from ebbtide.kinds import part_relations, parts_of, registry
from ebbtide.model.inventory import Inventory
from ebbtide.model.resource import Edge, Resource
from ebbtide.plan import Plan, make_plan
from ebbtide.rules.run import run_rules
from ebbtide.rules.situation import Situation
from ebbtide.verdict.marks import CleanMarks, Marks
from tests.support.builders import (
    ACCOUNT,
    NOW,
    days_ago,
    delete_edge,
    full_coverage,
    instance,
    inventory,
    owns_edge,
    planned,
    resource,
    without_members,
)
from tests.support.each_case import for_each
from tests.support.effort import sampled
from tests.support.uses import EXPIRED, can_be_planned, region_of

ALL = [
    (whole, part)
    for whole in sorted(registry())
    for part in sorted(parts_of(whole))
    if registry()[whole].delete and registry()[part].delete
]
# Rules select no opt-in kinds, and take none along.
PAIRS = [pair for pair in ALL if can_be_planned(pair[0]) and can_be_planned(pair[1])]
OPT_IN = sorted({*ALL} - {*PAIRS})
DATA = [pair for pair in PAIRS if parts_of(pair[0])[pair[1]] == "data"]
OWNED = {"owner": "me"}
OFF = "rules: {expired: {enabled: true}}"
PLAIN = "rules: {expired: {enabled: true, with_parts: true}}"


def naming(*kinds: str) -> str:
    return f"rules: {{expired: {{enabled: true, with_parts: [{', '.join(kinds)}]}}}}"


def asking(whole: str, part: str) -> str:
    """Return a configuration whose rule takes such parts along."""
    return naming(part) if parts_of(whole)[part] == "data" else PLAIN


def part_edges(whole: Resource, part: Resource) -> set[Edge]:
    """Return the edges that the merge makes for a part of a whole."""
    relation = part_relations(whole.kind, part.kind)[0]
    return set(relation_edges(relation, part.to_line(), whole.to_line()))


def one(kind: str, id: str, tags: Mapping[str, str] = OWNED, **rest: Any) -> Resource:
    return resource(kind, id, region=region_of(kind), tags=tags, age_days=200, **rest)


def of(kind: str, part: str, tags: Mapping[str, str] = OWNED, **rest: Any) -> Resource:
    """Return a part `part` of the whole `whole`, with the words that say so."""
    names = {"db_cluster_identifier": "whole"} if kind == "aws_rds_instance" else {}
    return one(kind, part, tags, properties=names, **rest)


@dataclass(frozen=True)
class World:
    """An expired whole and a part of it that nothing else selects."""

    whole_kind: str
    part_kind: str

    @property
    def whole(self) -> Resource:
        return one(self.whole_kind, "whole", EXPIRED)

    def part(self, tags: Mapping[str, str] = OWNED, **rest: Any) -> Resource:
        return of(self.part_kind, "part", tags, **rest)

    def plan(
        self,
        part: Resource | None = None,
        config: str | None = None,
        others: tuple[Resource, ...] = (),
        edges: set[Edge] = frozenset(),  # type: ignore[assignment]
        gaps: Mapping[str, str] | None = None,
    ) -> Plan:
        part = part or self.part()
        found = [self.whole, part, *others]
        world = inventory(found, {*part_edges(self.whole, part), *edges}, gaps=gaps)
        return planned(world, config or asking(self.whole_kind, self.part_kind))


def ids(plan: Plan) -> list[str]:
    return [entry.subject.id for entry in plan.planned]


@for_each("whole, part", PAIRS)
def test_a_part_goes_before_its_whole_if_asked_for(whole: str, part: str) -> None:
    plan = World(whole, part).plan()
    assert ids(plan) == ["part", "whole"]
    first, last = plan.planned
    assert first.part_of == last.subject.graph_id and first.wave < last.wave
    assert first.rules == ("expired",)
    assert first.reason == f"part of {whole} whole, which is being deleted"
    assert not plan.refused and not plan.undecided


@for_each("whole, part", PAIRS)
def test_a_whole_stays_if_nobody_asks_for_its_parts(whole: str, part: str) -> None:
    plan = World(whole, part).plan(config=OFF)
    assert not plan.planned
    (refused,) = plan.refused
    assert refused.code == "blocked" and refused.subject.id == "whole"
    assert f"{part} part" in refused.reason


@pytest.mark.parametrize(("whole", "part"), DATA)
def test_a_part_with_data_goes_only_if_it_is_named(whole: str, part: str) -> None:
    plan = World(whole, part).plan(config=PLAIN)
    assert not plan.planned and {entry.subject.id for entry in plan.refused} == {"whole"}


def user_outside(world: World) -> Plan:
    part, outside = world.part(), one("aws_lambda_function", "outside")
    return world.plan(part, others=(outside,), edges={delete_edge(part, outside)})


def owner_outside(world: World) -> Plan:
    part, owner = world.part(), one("aws_cloudformation_stack", "stack")
    return world.plan(part, others=(owner,), edges={owns_edge(owner, part)})


KEPT: Mapping[str, Callable[[World], Plan]] = {
    "protected": lambda w: w.plan(w.part({"ebbtide:protected": "true"})),
    "kept by AWS": lambda w: w.plan(w.part(keep_reason="it is the default")),
    "tags unknown": lambda w: w.plan(w.part(unknown_tags=True)),
    "read partly": lambda w: w.plan(w.part(unread={"x.y": "AccessDenied"})),
    "stale": lambda w: w.plan(w.part(stale_since=days_ago(1))),
    "not read": lambda w: w.plan(gaps={w.part_kind: "denied"}),
    "used outside": user_outside,
    "owned elsewhere": owner_outside,
}


@pytest.mark.scaled
@pytest.mark.parametrize("how", KEPT)
def test_a_part_that_stays_keeps_the_whole(how: str) -> None:
    # Another fourth of the pairs for each way.
    for whole, part in sampled(PAIRS[list(KEPT).index(how) % 4 :], 4):
        plan = KEPT[how](World(whole, part))
        stays = {entry.subject.id for entry in (*plan.refused, *plan.undecided)}
        assert not plan.planned and "whole" in stays, (whole, part)


@for_each("whole, part", PAIRS)
def test_what_is_no_part_keeps_the_whole_and_its_parts(whole: str, part: str) -> None:
    other = one("aws_iam_server_certificate", "other")
    world = World(whole, part)
    plan = world.plan(others=(other,), edges={delete_edge(world.whole, other)})
    assert {entry.subject.id: entry.code for entry in plan.refused} == {
        "part": "part_of_refused",
        "whole": "blocked",
    }


@for_each("whole, part", PAIRS)
def test_a_protected_whole_keeps_its_parts(whole: str, part: str) -> None:
    config = asking(whole, part) + "\nprotect: {ids: [whole]}"
    plan = World(whole, part).plan(config=config)
    codes = {entry.subject.id: entry.code for entry in plan.refused}
    assert codes == {"whole": "protected", "part": "part_of_refused"}


def job(whole: str, option: str) -> tuple[Config, Marks]:
    text = (
        "jobs: [{name: old, event: cleanup_plan, search: 'is(aws_resource)', "
        f"action: {{clean: {{reason: old, with_parts: {option}}}}}}}]"
    )
    marks = CleanMarks("old", "cleanup_plan", "old", "s", "m", (), (whole,))
    return parse_config(text), Marks(clean=(marks,))


@pytest.mark.parametrize(("option", "goes"), [("true", True), ("false", False)])
def test_a_job_takes_parts_along_if_it_says_so(option: str, goes: bool) -> None:
    world = World("aws_eks_cluster", "aws_eks_nodegroup")
    whole, part = replace(world.whole, tags={}), world.part()
    config, marks = job(whole.graph_id, option)
    resources = [whole, part]
    account = Inventory(
        ACCOUNT,
        resources,
        part_edges(whole, part),
        full_coverage(),
        enabled_regions=("us-east-1",),
        stacks=without_members(resources),
    )
    plan = make_plan(account, config, run_id="r", manifest="m", now=NOW, marks=marks)
    assert ids(plan) == (["part", "whole"] if goes else [])
    assert all(entry.rules == ("job:old",) for entry in plan.planned)


@pytest.mark.parametrize(("whole", "part"), OPT_IN)
def test_an_opt_in_kind_stays_unless_the_job_names_it(whole: str, part: str) -> None:
    world = World(whole, part)
    edges = part_edges(world.whole, world.part())
    opt_in = [kind for kind in (whole, part) if registry()[kind].opt_in]
    named = f"is({whole}) or is({part})"
    for search in (named, "is(aws_resource)"):
        text = (
            f"jobs: [{{name: old, event: cleanup_plan, search: '{search}', "
            f"action: {{clean: {{reason: old, with_parts: [{part}]}}}}}}]\n"
            f"cleanup: {{allow_kinds: [{', '.join(opt_in)}]}}"
        )
        found = CleanMarks("old", "cleanup_plan", "old", "s", "m", (), (world.whole.graph_id,))
        account = inventory([world.whole, world.part()], edges)
        plan = make_plan(
            account,
            parse_config(text),
            run_id="r",
            manifest="m",
            now=NOW,
            marks=Marks(clean=(found,)),
        )
        assert ids(plan) == (["part", "whole"] if search == named else [])
        if search != named:
            assert "not_allowed" in {entry.code for entry in plan.refused}
    assert not world.plan().planned


SET, INSTANCE = "aws_cloudformation_stack_set", "aws_cloud_formation_stack_instance_summary"


@pytest.mark.parametrize(
    ("elsewhere", "why"),
    [
        ({"Account": "444455556666"}, "its stack is in another account"),
        ({"OrganizationalUnitId": "ou-ab12-11111111"}, "an organizational unit"),
    ],
)
def test_a_stack_set_stays_with_one_instance_that_is_not_this_accounts(
    elsewhere: Mapping[str, str], why: str
) -> None:
    """Nothing of it is touched, also not its instance in this account."""
    kind = registry()[INSTANCE]
    instances = [
        build_resource(kind, {**item, "StackSetId": "whole"}, Place(ACCOUNT, "us-east-1", "aws"))
        for item in (
            {"Account": ACCOUNT, "Region": "eu-central-1"},
            {"Account": ACCOUNT, "Region": "eu-west-1", **elsewhere},
        )
    ]
    whole = resource(SET, "whole", region="us-east-1", age_days=200)
    instances = [replace(one, first_seen=whole.first_seen) for one in instances]
    edges = {edge for one in instances for edge in part_edges(whole, one)}
    search = f"is({SET}) or is({INSTANCE})"
    text = (
        f"jobs: [{{name: old, event: cleanup_plan, search: '{search}', "
        f"action: {{clean: {{reason: old, with_parts: [{INSTANCE}]}}}}}}]\n"
        f"cleanup: {{allow_kinds: [{INSTANCE}]}}"
    )
    marks = Marks(
        clean=(CleanMarks("old", "cleanup_plan", "old", "s", "m", (), (whole.graph_id,)),)
    )

    def plan(*found: Resource) -> Plan:
        known = {one.graph_id for one in (whole, *found)}
        kept = {edge for edge in edges if {edge.source, edge.target} <= known}
        world = inventory([whole, *found], kept)
        return make_plan(world, parse_config(text), run_id="r", manifest="m", now=NOW, marks=marks)

    assert len(plan(instances[0]).planned) == 2
    refused = plan(*instances)
    assert not refused.planned
    assert any(why in entry.reason for entry in refused.refused)


def test_parts_of_parts_go_in_any_order_of_names() -> None:
    for names in (("a", "b", "c"), ("c", "b", "a"), ("b", "a", "c")):
        accelerator = one("aws_globalaccelerator_accelerator", names[0], EXPIRED)
        listener = one("aws_globalaccelerator_listener", names[1])
        group = one("aws_globalaccelerator_endpoint_group", names[2])
        edges = part_edges(accelerator, listener) | part_edges(listener, group)
        plan = planned(inventory([accelerator, listener, group], edges), PLAIN)
        assert ids(plan) == [names[2], names[1], names[0]]
        first, second, _ = plan.planned
        # All stay together with the first whole; the reason names the next one.
        assert {first.part_of, second.part_of} == {accelerator.graph_id}
        assert first.facts["expired"]["part_of"] == listener.graph_id
        kept = replace(group, tags={"ebbtide:protected": "yes"})
        assert not planned(inventory([accelerator, listener, kept], edges), PLAIN).planned


def test_one_of_two_wholes_is_enough() -> None:
    """An app is a part of its domain and of its profile; the domain stays."""
    domain = one("aws_sagemaker_domain", "a-domain", {"ebbtide:protected": "true", **EXPIRED})
    profile = one("aws_sagemaker_user_profile", "profile", EXPIRED)
    app = one("aws_sagemaker_app", "app")
    edges = part_edges(domain, profile) | part_edges(domain, app) | part_edges(profile, app)
    plan = planned(inventory([domain, profile, app], edges), PLAIN)
    assert ids(plan) == ["app", "profile"]
    assert plan.planned[0].part_of == profile.graph_id
    assert plan.planned[0].facts["expired"] == {"part_of": profile.graph_id}
    assert "a-domain" not in plan.planned[0].reason


def test_a_replica_of_a_cluster_is_no_part_of_it() -> None:
    cluster = one("aws_rds_cluster", "whole", EXPIRED)
    replica = one(
        "aws_rds_instance",
        "replica",
        properties={"read_replica_source_db_cluster_identifier": "whole"},
    )
    edges = {delete_edge(cluster, replica)}
    plan = planned(inventory([cluster, replica], edges), naming("aws_rds_instance"))
    assert not plan.planned and [entry.code for entry in plan.refused] == ["blocked"]


def test_parts_of_a_cluster_let_its_vpc_go() -> None:
    vpc, cluster = one("aws_vpc", "vpc", EXPIRED), one("aws_eks_cluster", "eks", EXPIRED)
    group, scaling = one("aws_eks_nodegroup", "nodes"), one("aws_autoscaling_group", "asg")
    subnet, node = one("aws_ec2_subnet", "subnet"), instance("i-1", tags=OWNED)
    edges = {
        *part_edges(vpc, subnet),
        *part_edges(cluster, group),
        owns_edge(group, scaling),
        owns_edge(scaling, node),
        *(delete_edge(vpc, one) for one in (cluster, node)),
        *(delete_edge(subnet, one) for one in (cluster, group, scaling, node)),
    }
    world = inventory([vpc, cluster, group, scaling, subnet, node], edges)
    plan = planned(world, PLAIN + "\n".replace("\n", ""))
    assert set(ids(plan)) == {"vpc", "eks", "nodes", "asg", "subnet", "i-1"}
    both = "rules: {expired: {enabled: true, with_parts: true}, vpcs: {enabled: true}}"
    assert ids(planned(world, both)) == ids(plan)
    # Without its node group, the cluster stays, and the node keeps the whole VPC.
    alone = planned(world, "rules: {expired: {enabled: true}, vpcs: {enabled: true}}")
    assert not alone.planned
    assert {entry.code for entry in alone.refused} == {"vetoed", "blocked"}


def test_a_living_instance_keeps_a_vpc_whose_parts_are_asked_for() -> None:
    vpc, subnet = one("aws_vpc", "vpc", EXPIRED), one("aws_ec2_subnet", "subnet")
    node = instance("i-1", tags=OWNED)
    edges = {*part_edges(vpc, subnet), delete_edge(vpc, node), delete_edge(subnet, node)}
    plan = planned(inventory([vpc, subnet, node], edges), PLAIN)
    assert not plan.planned
    assert {entry.subject.id: entry.code for entry in plan.refused} == {"vpc": "vetoed"}


@pytest.mark.parametrize(
    ("whole", "part"),
    [("aws_efs_file_system", "aws_efs_mount_target"), ("aws_vpc", "aws_ec2_subnet")],
)
def test_a_part_that_is_selected_itself_is_no_part(whole: str, part: str) -> None:
    world = World(whole, part)
    (first, _) = world.plan(world.part(EXPIRED)).planned
    assert first.part_of is None and "part_of" not in first.facts["expired"]


def test_a_kept_part_is_refused_with_its_reason() -> None:
    world = World("aws_efs_file_system", "aws_efs_mount_target")
    plan = world.plan(world.part(keep_reason="another account owns it"))
    found = {entry.subject.id: (entry.code, entry.reason) for entry in plan.refused}
    assert found["part"][0] == "never_deleted" and "another account" in found["part"][1]
    assert "never_deleted" in found["whole"][1]


def test_what_has_ended_is_no_part() -> None:
    """An edge may be carried over to a part that has ended since."""
    world = World("aws_efs_file_system", "aws_efs_mount_target")
    plan = world.plan(world.part(ended=True), edges={delete_edge(world.whole, world.part())})
    assert {entry.subject.id for entry in plan.refused} == {"whole"}


def test_a_part_that_goes_anyway_needs_no_whole() -> None:
    """The profile has expired itself; the protected domain takes nothing along."""
    domain = one("aws_sagemaker_domain", "domain", {"ebbtide:protected": "true"})
    profile = one("aws_sagemaker_user_profile", "profile", EXPIRED)
    config = (
        "rules: {expired: {enabled: true}, untagged: {enabled: true, tags: [x], min_age: 1s, "
        "kinds: [aws_sagemaker_domain], with_parts: true}}"
    )
    plan = planned(inventory([domain, profile], part_edges(domain, profile)), config)
    (entry,) = plan.planned
    assert entry.subject.id == "profile"
    assert (entry.rules, entry.part_of) == (("expired",), None)


def test_the_first_run_with_parts_only_reports() -> None:
    from ebbtide.plan.first_runs import definitions

    for before, after in ((OFF, PLAIN), (PLAIN, naming("aws_backup_recovery_point"))):
        assert definitions(parse_config(before)) != definitions(parse_config(after))
    found = [definitions(job("x", option)[0])["job:old"] for option in ("false", "true")]
    assert found[0] != found[1]


@pytest.mark.parametrize("value", ["[]", "[aws_iam_role]", "[nothing]", "1", "often"])
def test_the_option_names_kinds_of_parts(value: str) -> None:
    with pytest.raises(Exception, match="with_parts"):
        parse_config(f"rules: {{expired: {{enabled: true, with_parts: {value}}}}}")


def test_twice_the_parts_take_twice_the_work() -> None:
    import sys

    def steps(count: int) -> int:
        zones = [one("aws_route53_zone", f"zone-{n}", EXPIRED) for n in range(count)]
        records = [one("aws_route53_resource_record_set", f"record-{n}") for n in range(count * 4)]
        edges = set[Edge]()
        for number, record in enumerate(records):
            edges |= part_edges(zones[number % count], record)
        situation = Situation(inventory([*zones, *records], edges), NOW)
        rules, done = parse_config(PLAIN).rules, 0

        def counting(_frame: Any, event: str, _argument: Any) -> None:
            nonlocal done
            done += event == "call"

        sys.setprofile(counting)
        try:
            assert len(run_rules(situation, rules)) == count * 5
        finally:
            sys.setprofile(None)
        return done

    steps(10)
    assert steps(80) < 2.1 * steps(40)


def test_an_address_goes_with_a_vpc_unless_aws_manages_it() -> None:
    vpc, gateway = one("aws_vpc", "vpc", EXPIRED), one("aws_ec2_nat_gateway", "nat")
    own = one("aws_ec2_elastic_ip", "own")
    managed = one("aws_ec2_elastic_ip", "managed", keep_reason="AWS manages it")
    edges = {*part_edges(vpc, gateway), *(delete_edge(ip, gateway) for ip in (own, managed))}
    plan = planned(inventory([vpc, gateway, own, managed], edges), PLAIN)
    assert set(ids(plan)) == {"vpc", "nat", "own"} and not plan.refused
