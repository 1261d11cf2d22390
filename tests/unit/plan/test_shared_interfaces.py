"""An interface that several functions share goes only with all of them."""

from __future__ import annotations

from typing import Any

import pytest

from ebbtide.cleanup.owned_now import OwnedNow
from ebbtide.cleanup.read_again import Description
from ebbtide.cleanup.users import Seen, seen
from ebbtide.collect.to_resource import Place, build_references, build_resource
from ebbtide.graph.edges import Identities, resolve
from ebbtide.kinds import registry
from ebbtide.model.resource import Resource
from ebbtide.plan import Plan
from tests.support.builders import ACCOUNT, REGION, ids, inventory, planned

OLD = {"ebbtide:expires": "2020-01-01"}
CONFIG = "rules: {expired: {enabled: true}}\ncleanup: {limits: {percent_of_account: 100}}"
PLACE = Place(ACCOUNT, REGION, "aws")
FUNCTION, INTERFACE = "aws_lambda_function", "aws_ec2_network_interface"


def function(name: str, groups: list[str], *, expired: bool = True) -> dict[str, Any]:
    return {
        "FunctionName": name,
        "FunctionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}",
        "VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": groups, "VpcId": "vpc-1"},
        "Tags": OLD if expired else {},
    }


def interface(of: str, groups: list[str], kind: str = "lambda") -> dict[str, Any]:
    return {
        "NetworkInterfaceId": "eni-1",
        "InterfaceType": kind,
        "RequesterManaged": True,
        "OwnerId": ACCOUNT,
        "SubnetId": "subnet-1",
        "Groups": [{"GroupId": group} for group in groups],
        "Description": f"AWS Lambda VPC ENI-{of}-1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9",
        "TagSet": [],
    }


def plan(functions: list[dict[str, Any]], found: dict[str, Any]) -> Plan:
    items = [*((FUNCTION, one) for one in functions), (INTERFACE, found)]
    built = [(kind, item, build_resource(registry()[kind], item, PLACE)) for kind, item in items]
    references = [
        reference
        for kind, item, one in built
        for reference in build_references(registry()[kind], item, one)
    ]
    lines = {one.graph_id: one.to_line() for _, _, one in built}
    for line in lines.values():
        line["first_seen"] = line["created"] = "2020-01-01T00:00:00Z"
    edges, _ = resolve(references, lines, Identities(lines.values()))
    return planned(inventory([Resource.from_line(line) for line in lines.values()], edges), CONFIG)


def goes_with(made: Plan) -> set[str]:
    return {entry.subject.id for entry in made.planned if entry.action == "goes_with"}


def test_the_interface_of_one_function_goes_with_it() -> None:
    made = plan([function("a", ["sg-1"])], interface("a", ["sg-1"]))
    assert (ids(made.planned), goes_with(made)) == ({"a", "eni-1"}, {"eni-1"})


@pytest.mark.parametrize("named", ["a", "b"])
@pytest.mark.parametrize("groups", [["sg-1", "sg-2"], ["sg-2", "sg-1"]], ids="-".join)
def test_a_function_that_stays_keeps_the_interface(named: str, groups: list[str]) -> None:
    stays = function("b", groups, expired=False)
    made = plan([function("a", ["sg-1", "sg-2"]), stays], interface(named, ["sg-2", "sg-1"]))
    assert (ids(made.planned), goes_with(made)) == ({"a"}, set())


def test_functions_that_all_go_take_the_interface_along() -> None:
    both = [function("a", ["sg-1"]), function("b", ["sg-1"])]
    made = plan(both, interface("a", ["sg-1"]))
    assert (ids(made.planned), goes_with(made)) == ({"a", "b", "eni-1"}, {"eni-1"})


def test_a_function_with_other_groups_or_none_shares_nothing() -> None:
    others = [function("b", ["sg-2"], expired=False), function("c", [], expired=False)]
    made = plan([function("a", ["sg-1"]), *others], interface("a", ["sg-1"]))
    assert goes_with(made) == {"eni-1"}


def test_an_interface_that_is_not_of_lambda_is_no_functions() -> None:
    found = {**interface("a", ["sg-1"], "interface"), "Description": "mine"}
    assert goes_with(plan([function("a", ["sg-1"])], found)) == set()


@pytest.mark.parametrize(("shared", "carried"), [(True, []), (False, ["eni-1"])])
def test_what_another_function_shares_is_no_new_property(shared: bool, carried: list[str]) -> None:
    items = {
        FUNCTION: [function("a", ["sg-1"]), *([function("b", ["sg-1"])] if shared else [])],
        INTERFACE: [interface("a", ["sg-1"])],
    }

    class Listing:
        def regions_of(self, *_: object) -> tuple[str, ...]:
            return (REGION,)

        def of_kind(self, name: str, _: str) -> list[Seen]:
            return [seen(registry()[name], item, PLACE) for item in items[name]]

    item = items[FUNCTION][0]
    owner = build_resource(registry()[FUNCTION], item, PLACE)
    listing: Any = Listing()
    found = OwnedNow(listing, frozenset()).unplanned(Description(item, owner, item))
    assert [name.rsplit("/", 1)[1] for name in found] == carried
