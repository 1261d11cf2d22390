"""What AWS would delete along with a resource, by what lists show now."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ebbtide.cleanup.owned_now import OwnedNow
from ebbtide.cleanup.read_again import Description
from ebbtide.cleanup.users import Seen
from ebbtide.model.kind import Kind
from ebbtide.model.resource import Resource
from tests.support.builders import REGION, instance, resource, volume

GROUP_TAG = "aws:autoscaling:groupName"


def carried(
    owner: Resource, item: dict[str, Any], *found: Resource, planned: str = ""
) -> list[str]:
    """Return the ids of what would go along unplanned; `found` is what lists of its region show."""

    def of_kind(kind: str, region: str) -> list[Seen]:
        return [Seen(one, ()) for one in found if (one.kind, one.region) == (kind, region)]

    def regions_of(_: Kind, region: str) -> tuple[str, ...]:
        return (region,)

    listing: Any = SimpleNamespace(of_kind=of_kind, regions_of=regions_of)
    names = frozenset(one.graph_id for one in found if one.id == planned)
    owned = OwnedNow(listing, names).unplanned(Description(item, owner, item))
    return [name.rpartition("/")[2] for name in owned]


def attached(*, deleted: bool) -> dict[str, Any]:
    ebs = {"VolumeId": "vol-1", "DeleteOnTermination": deleted}
    return {"InstanceId": "i-1", "BlockDeviceMappings": [{"Ebs": ebs}]}


def test_what_the_owner_says_that_it_owns_goes_along() -> None:
    owner, owned, other = instance("i-1"), volume("vol-1"), volume("vol-2")
    assert carried(owner, attached(deleted=True), owned, other) == ["vol-1"]
    assert carried(owner, attached(deleted=False), owned, other) == []
    assert carried(owner, attached(deleted=True), owned, planned="vol-1") == []
    far = volume("vol-1", region="eu-west-1")
    assert carried(owner, attached(deleted=True), far) == []


@pytest.mark.parametrize(
    ("name", "status", "going"),
    [("web", "running", True), ("other", "running", False), ("web", "terminated", False)],
)
def test_what_names_its_owner_in_a_tag_of_aws_goes_along(
    name: str, status: str, *, going: bool
) -> None:
    owner = resource("aws_autoscaling_group", "web", region=REGION)
    member = instance("i-1", status, tags={GROUP_TAG: name})
    item = {"AutoScalingGroupName": "web", "Instances": []}
    assert carried(owner, item, member) == (["i-1"] if going else [])
    assert carried(owner, item, instance("i-1", tags={"other": name})) == []
