"""What an API's answer becomes: identity, tags in three states, times in any spelling."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ebbtide.base.forms import plain
from ebbtide.collect.to_resource import (
    UNKNOWN_TAGS,
    Place,
    build_references,
    build_resource,
    read_time,
)
from ebbtide.kinds import registry
from ebbtide.model.resource import Resource

PLACE = Place("111122223333", "us-east-1", "aws")
CREATED = datetime(2026, 1, 2, tzinfo=UTC)


def built(kind: str, **item: Any) -> Resource:
    return build_resource(registry()[kind], item, PLACE)


def volume(**item: Any) -> Resource:
    return built("aws_ec2_volume", VolumeId="vol-1", CreateTime=CREATED, **item)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ([{"Key": "a", "Value": "b"}], {"a": "b"}),
        ([{"key": "a", "value": "b"}], {"a": "b"}),
        ([{"TagKey": "a", "TagValue": "b"}], {"a": "b"}),
        ({"a": "b"}, {"a": "b"}),
        ([{"Key": "a", "Value": None}], {"a": ""}),
        ([], {}),
        (None, {}),
        (UNKNOWN_TAGS, None),
    ],
)
def test_tags_are_known_known_to_be_none_or_unknown(tags: Any, expected: Any) -> None:
    assert volume(Tags=tags).tags == expected


def test_tags_of_an_unknown_form_are_an_error_not_silence() -> None:
    with pytest.raises(ValueError, match="unknown tag format"):
        volume(Tags=[{"Name": "a"}])


def test_a_kind_that_cannot_be_tagged_has_no_tags() -> None:
    assert built("aws_region", RegionName="us-east-1").tags == {}


@pytest.mark.parametrize(
    "value",
    [
        CREATED,
        "2026-01-02T00:00:00Z",
        "2026-01-02T00:00:00.000+0000",
        1767312000,
        "1767312000.0",
        "1767312000000",
    ],
)
def test_times_in_any_spelling_are_the_same_moment(value: Any) -> None:
    assert read_time(value) == CREATED


def test_the_name_is_the_tag_else_the_id() -> None:
    assert volume().name == "vol-1"
    assert volume(Tags=[{"Key": "Name", "Value": "data"}]).name == "data"


def test_a_queue_is_named_by_the_end_of_its_url() -> None:
    url = "https://sqs.us-east-1.amazonaws.com/111122223333/orders"
    assert built("aws_sqs_queue", QueueUrl=url, QueueArn="arn:aws:sqs:x:y:orders").name == "orders"


def test_an_answer_without_an_identity_is_an_error() -> None:
    with pytest.raises(ValueError, match="VolumeId"):
        built("aws_ec2_volume", Size=8)


def test_a_tag_overrides_the_creation() -> None:
    tags = [{"Key": "ebbtide:created", "Value": "2020-01-01"}]
    assert volume(Tags=tags).created == datetime(2020, 1, 1, tzinfo=UTC)


def test_what_is_never_deleted_says_why() -> None:
    assert built("aws_vpc", VpcId="vpc-1", IsDefault=True).keep_reason
    own = {"VpcId": "vpc-1", "IsDefault": False, "OwnerId": PLACE.account}
    assert built("aws_vpc", **own).keep_reason is None


def test_all_properties_are_kept_in_snake_case_and_plain() -> None:
    resource = volume(Iops=3000, Attachments=[{"AttachTime": CREATED, "Raw": b"abc"}])
    assert resource.properties["iops"] == 3000
    assert resource.properties["attachments"] == [
        {"attach_time": "2026-01-02T00:00:00Z", "raw": "<3 bytes>"}
    ]
    assert plain({1: (1, 2.5)}) == {"1": [1, 2.5]}


def test_every_match_of_a_pattern_is_a_reference() -> None:
    group = {
        "AutoScalingGroupName": "asg",
        "AutoScalingGroupARN": "arn:aws:autoscaling:us-east-1:111122223333:asg",
        "VPCZoneIdentifier": "subnet-1,subnet-2",
    }
    resource = built("aws_autoscaling_group", **group)
    references = build_references(registry()["aws_autoscaling_group"], group, resource)
    assert {"subnet-1", "subnet-2"} <= {reference.value for reference in references}


def test_an_interface_names_its_balancer_by_arn() -> None:
    interface = {"NetworkInterfaceId": "eni-1", "Description": "ELB app/web/0123abcd"}
    resource = built("aws_ec2_network_interface", **interface)
    kind = registry()["aws_ec2_network_interface"]
    (reference,) = [
        entry
        for entry in build_references(kind, interface, resource)
        if kind.relations[entry.position].kind == "aws_alb"
    ]
    account = f"us-east-1:{PLACE.account}"
    assert reference.value == (
        f"arn:aws:elasticloadbalancing:{account}:loadbalancer/app/web/0123abcd"
    )


def test_a_line_of_the_snapshot_holds_the_whole_resource() -> None:
    resource = volume(Tags=[{"Key": "a", "Value": "b"}])
    assert Resource.from_line(resource.to_line()) == resource
