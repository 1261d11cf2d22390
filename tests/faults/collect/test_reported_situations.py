"""Answers that made other inventory tools fail, according to their public issue trackers.

The prefix of each issue number names the tracker: cart is cartography, nuke aws-nuke, c7n Cloud
Custodian, sp Steampipe's AWS plugin, cq CloudQuery.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from ebbtide.kinds import registry
from ebbtide_cli.shapes import operation
from tests.faults.collect.answers import (
    ACCOUNT,
    REGION,
    Answer,
    Document,
    Reading,
    read,
    refusal,
    refusing,
)

OTHER = "999999999999"


def changed(change: Callable[[Document], object]) -> Answer:
    """Answer as recorded, with a change."""

    def answer(_arguments: Document, recorded: Document) -> Document:
        change(recorded)
        return recorded

    return answer


def without(document: Document, *names: str) -> None:
    for name in names:
        document.pop(name, None)


def assert_whole(kind: str, reading: Reading) -> None:
    """Check that the kind is complete and has the same number of resources as without changes."""
    assert reading.coverage[kind].state == "complete", reading.coverage[kind].error
    assert len(reading.of(kind)) == len(read(kind).of(kind)) > 0


# Missing members.


def creating(answer: Document) -> None:
    without(answer["cluster"], "endpoint", "certificateAuthority", "identity")
    answer["cluster"]["status"] = "CREATING"


def with_ipv6_only(answer: Document) -> None:
    for interface in answer["NetworkInterfaces"]:
        without(interface, "PrivateIpAddress")
        interface |= {
            "PrivateIpAddresses": [],
            "Ipv6Addresses": [{"Ipv6Address": "2001:db8::1"}],
        }


def bare(answer: Document) -> None:
    for reservation in answer["Reservations"]:
        for instance in reservation["Instances"]:
            without(
                instance,
                "PrivateIpAddress",
                "SubnetId",
                "VpcId",
                "KeyName",
                "IamInstanceProfile",
            )
            instance |= {"NetworkInterfaces": [], "SecurityGroups": [], "Tags": None}


@pytest.mark.parametrize(
    ("kind", "call", "change"),
    [
        pytest.param("aws_eks_cluster", "eks.DescribeCluster", creating, id="cart#267"),
        pytest.param(
            "aws_ec2_network_interface",
            "ec2.DescribeNetworkInterfaces",
            with_ipv6_only,
            id="cart#1870",
        ),
        pytest.param("aws_ec2_instance", "ec2.DescribeInstances", bare, id="cart#1852"),
    ],
)
def test_resource_with_absent_members_is_read(
    kind: str, call: str, change: Callable[[Document], object]
) -> None:
    assert_whole(kind, read(kind, given={call: changed(change)}))


def test_bucket_without_a_tag_set_has_no_tags() -> None:  # sp#739
    reading = read("aws_s3_bucket", given={"s3.GetBucketTagging": refusing("NoSuchTagSet")})
    assert_whole("aws_s3_bucket", reading)
    assert all(line["tags"] == {} for line in reading.of("aws_s3_bucket"))


def test_tag_entry_without_a_list_means_no_tags() -> None:
    def tags(arguments: Document, _recorded: Document) -> Document:
        return {"ResourceTagList": [{"ResourceId": arguments["ResourceIdList"][0]}]}

    reading = read("aws_cloud_trail", given={"cloudtrail.ListTags": tags})
    assert_whole("aws_cloud_trail", reading)
    assert [line["tags"] for line in reading.of("aws_cloud_trail")] == [{}]


def test_tags_of_a_function_are_read() -> None:  # cq#15727
    lines = read("aws_lambda_function").of("aws_lambda_function")
    assert lines
    assert all(line["tags"]["owner"] == "team-shop" for line in lines)


# Resources that disappear between the list call and a call about one of them.


def projects_missing(_arguments: Document, recorded: Document) -> Document:
    kept, *others = recorded["projects"]
    return {"projects": [kept], "projectsNotFound": [other["name"] for other in others]}


def clusters_missing(arguments: Document, recorded: Document) -> Document:
    known = {cluster["clusterArn"] for cluster in recorded["clusters"]}
    missing = [arn for arn in arguments["clusters"] if arn not in known]
    return {**recorded, "failures": [{"arn": arn, "reason": "MISSING"} for arn in missing]}


def with_vanished_cluster(answer: Document) -> None:
    answer["clusterArns"].append(f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/vanished")


# The kind, the call about a part, its code, the resource's own describe call, and its answer.
TEMPLATE = (
    "aws_ec2_launch_template",
    "ec2.DescribeLaunchTemplateVersions",
    "InvalidLaunchTemplateId.NotFound",
    "ec2.DescribeLaunchTemplates",
    refusing("InvalidLaunchTemplateId.NotFound"),
)
USER = (
    "aws_iam_access_key",
    "iam.ListAccessKeys",
    "NoSuchEntity",
    "iam.GetUser",
    refusing("NoSuchEntity"),
)
SHARE = (
    "aws_ram_resource_share",
    "ram.ListResources",
    "UnknownResourceException",
    "ram.GetResourceShares",
    {"resourceShares": []},
)
VANISHED = [
    pytest.param(*TEMPLATE, id="cart#1321"),
    pytest.param(*USER, id="cart#12"),
    pytest.param(*SHARE, id="RAM"),
]
by_part = pytest.mark.parametrize(("kind", "call", "code", "own", "answer"), VANISHED)


def after_the_list(answer: Answer) -> Answer:
    """Answer the list as recorded, and calls that name one resource with `answer`."""

    def answered(arguments: Document, recorded: Document) -> Document:
        if any("Id" in name or "Name" in name or "Arns" in name for name in arguments):
            return answer(arguments, recorded) if callable(answer) else dict(answer)
        return recorded

    return answered


@by_part
def test_race_with_a_deletion_fails_nothing(
    kind: str, call: str, code: str, own: str, answer: Answer
) -> None:
    """The own describe call confirms what a call about a part says."""
    given = {call: refusing(code), own: after_the_list(answer)}
    reading = read(kind, given=given)
    assert reading.arguments(call)
    assert reading.of(kind) == []
    assert reading.coverage[kind].state == "complete"


@pytest.mark.parametrize(
    ("kind", "call", "code"),
    [TEMPLATE[:3], USER[:3], SHARE[:3]],
    ids=["cart#1321", "cart#12", "RAM"],
)
def test_part_that_is_not_found_of_a_living_resource_fails_the_kind(
    kind: str, call: str, code: str
) -> None:
    reading = read(kind, given={call: refusing(code)})
    assert reading.coverage[kind].state == "failed"
    assert code in (reading.coverage[kind].error or "")


@pytest.mark.parametrize(
    ("kind", "call", "code", "message"),
    [
        pytest.param(
            "aws_emr_cluster",
            "emr.DescribeCluster",
            "InvalidRequestException",
            "Cluster id 'j-1' is not valid.",
            id="cart#588",
        ),
        pytest.param(
            "aws_sagemaker_model",
            "sagemaker.DescribeModel",
            "ValidationException",
            'Could not find model "shop".',
            id="SageMaker",
        ),
        pytest.param(
            "aws_waf_web_acl", "wafv2.GetWebACL", "WAFNonexistentItemException", "", id="WAF"
        ),
    ],
)
def test_race_with_a_deletion_fails_nothing_whatever_its_code(
    kind: str, call: str, code: str, message: str
) -> None:
    reading = read(kind, given={call: refusing(code, message)})
    assert reading.arguments(call)
    assert reading.of(kind) == []
    assert reading.coverage[kind].state == "complete"


@pytest.mark.parametrize(
    ("kind", "call", "code"),
    [
        ("aws_emr_cluster", "emr.DescribeCluster", "InvalidRequestException"),
        ("aws_sagemaker_model", "sagemaker.DescribeModel", "ValidationException"),
    ],
)
def test_same_code_with_another_message_is_no_proof(kind: str, call: str, code: str) -> None:
    reading = read(kind, given={call: refusing(code, "Something else is wrong.")})
    assert reading.coverage[kind].state == "failed"


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        pytest.param(
            "aws_codebuild_project",
            {"codebuild.BatchGetProjects": projects_missing},
            id="CodeBuild",
        ),
        pytest.param(
            "aws_ecs_cluster",
            {
                "ecs.ListClusters": changed(with_vanished_cluster),
                "ecs.DescribeClusters": clusters_missing,
            },
            id="ECS",
        ),
    ],
)
def test_batch_answer_may_name_what_is_missing(kind: str, given: dict[str, Answer]) -> None:
    reading = read(kind, given=given)
    assert len(reading.of(kind)) == 1
    assert reading.coverage[kind].state == "complete"


@dataclass(frozen=True)
class Batch:
    """A batch call, its answer about one item, and how an answer names the item with a reason."""

    kind: str
    call: str
    names: Callable[[Document], list[str]]
    missing: Callable[[list[str]], Document]
    refused: Callable[[list[str]], Document] | None = None


def _failures(reason: str) -> Callable[[list[str]], Document]:
    return lambda names: {"failures": [{"arn": name, "reason": reason} for name in names]}


def _errors(member: str, code: str) -> Callable[[list[str]], Document]:
    def answer(names: list[str]) -> Document:
        return {member: [{"id": name, "errorCode": code, "errorMessage": "no"} for name in names]}

    return answer


BATCHES = [
    Batch(
        "aws_codebuild_project",
        "codebuild.BatchGetProjects",
        lambda arguments: arguments["names"],
        lambda names: {"projectsNotFound": names},
    ),
    Batch(
        "aws_codecommit_repository",
        "codecommit.BatchGetRepositories",
        lambda arguments: arguments["repositoryNames"],
        lambda names: {"repositoriesNotFound": names},
        lambda names: {
            "errors": [
                {"repositoryName": name, "errorCode": "EncryptionKeyUnavailableException"}
                for name in names
            ]
        },
    ),
    Batch(
        "aws_ecs_cluster",
        "ecs.DescribeClusters",
        lambda arguments: arguments["clusters"],
        _failures("MISSING"),
        _failures("ACCESS_DENIED"),
    ),
    Batch(
        "aws_ecs_service",
        "ecs.DescribeServices",
        lambda arguments: arguments["services"],
        _failures("MISSING"),
        _failures("ACCESS_DENIED"),
    ),
    Batch(
        "aws_ecs_task",
        "ecs.DescribeTasks",
        lambda arguments: arguments["tasks"],
        _failures("MISSING"),
        _failures("ACCESS_DENIED"),
    ),
    Batch(
        "aws_ecs_container_instance",
        "ecs.DescribeContainerInstances",
        lambda arguments: arguments["containerInstances"],
        _failures("MISSING"),
        _failures("ACCESS_DENIED"),
    ),
    Batch(
        "aws_opensearch_serverless_collection",
        "opensearchserverless.BatchGetCollection",
        lambda arguments: arguments["ids"],
        _errors("collectionErrorDetails", "NOT_FOUND"),
        _errors("collectionErrorDetails", "INTERNAL"),
    ),
    Batch(
        "aws_athena_named_query",
        "athena.BatchGetNamedQuery",
        lambda arguments: arguments["NamedQueryIds"],
        lambda names: {
            "UnprocessedNamedQueryIds": [
                {"NamedQueryId": name, "ErrorMessage": f"{name} does not exist."} for name in names
            ]
        },
        lambda names: {
            "UnprocessedNamedQueryIds": [
                {"NamedQueryId": name, "ErrorMessage": "no"} for name in names
            ]
        },
    ),
]


def answering_none(names: Callable[[Document], list[str]], what: Any) -> Answer:
    """Answer a batch about nothing but what it names with a reason."""

    def answer(arguments: Document, recorded: Document) -> Document:
        empty = {member: [] for member, value in recorded.items() if isinstance(value, list)}
        return {**empty, **what(names(arguments))}

    return answer


@pytest.mark.parametrize("batch", BATCHES, ids=lambda one: one.kind)
def test_what_a_batch_names_as_missing_is_gone(batch: Batch) -> None:
    assert read(batch.kind).of(batch.kind)
    reading = read(batch.kind, given={batch.call: answering_none(batch.names, batch.missing)})
    assert reading.of(batch.kind) == []
    assert reading.coverage[batch.kind].state == "complete", reading.coverage[batch.kind].error


@pytest.mark.parametrize("batch", BATCHES, ids=lambda one: one.kind)
def test_what_a_batch_passes_over_or_names_with_another_reason_fails_the_kind(
    batch: Batch,
) -> None:
    for reason in (batch.refused, lambda _: {}):
        if reason is not None:
            given = {batch.call: answering_none(batch.names, reason)}
            coverage = read(batch.kind, given=given).coverage[batch.kind]
            assert (coverage.state, "IncompleteAnswer" in (coverage.error or "")) == (
                "failed",
                True,
            )


def test_every_batch_whose_answer_names_others_is_among_these() -> None:
    """Whatever a batch's answer holds besides the items, the declaration says what it means."""
    harmless = {"NextToken", "nextToken"}
    found = set()
    for kind in registry().values():
        for detail in kind.details:
            shape = operation(detail.call.service, detail.call.operation).output_shape
            if detail.batch and shape is not None:
                items = re.split(r"\W", detail.call.items or "")[0]
                if set(shape.members) - {items} - harmless:
                    found.add(kind.name)
                    assert detail.missing or detail.refused, kind.name
    assert found == {batch.kind for batch in BATCHES}


def test_key_that_denies_its_description_stays_known() -> None:  # cart#713, cart#649
    kind = "aws_kms_key"
    known = read(kind).of(kind)

    def describe(arguments: Document, recorded: Document) -> Document:
        if arguments["KeyId"] == known[-1]["id"]:
            raise refusal("AccessDeniedException")
        return recorded

    reading = read(kind, given={"kms.DescribeKey": describe})
    assert {line["id"] for line in reading.of(kind)} == {line["id"] for line in known}
    assert reading.coverage[kind].state != "denied"


# Pages.


def test_images_of_a_large_repository_are_all_read() -> None:  # sp#1196
    number = 2_000

    def images(arguments: Document, _recorded: Document) -> Document:
        start = int(arguments.get("nextToken") or 0)
        end = start + min(arguments.get("maxResults", 100), 100)
        details = [
            {"repositoryName": "shop/web", "imageDigest": f"sha256:{n:064x}"}
            for n in range(start, end)
        ]
        return {"imageDetails": details} | ({"nextToken": str(end)} if end < number else {})

    reading = read("aws_ecr_image", given={"ecr.DescribeImages": images})
    repositories = len(reading.of("aws_ecr_repository"))
    assert len({line["id"] for line in reading.of("aws_ecr_image")}) == number
    assert reading.coverage["aws_ecr_image"].count == number * repositories
    assert reading.coverage["aws_ecr_image"].state == "complete"


def test_tags_on_two_pages_are_joined() -> None:  # sp#651, sp#660
    def tags(arguments: Document, _recorded: Document) -> Document:
        if arguments.get("nextToken"):
            return {"tags": [{"key": "b", "value": "2"}]}
        return {"tags": [{"key": "a", "value": "1"}], "nextToken": "n"}

    kind = "aws_codepipeline_pipeline"
    reading = read(kind, given={"codepipeline.ListTagsForResource": tags})
    assert_whole(kind, reading)
    assert all(line["tags"] == {"a": "1", "b": "2"} for line in reading.of(kind))


def test_streams_beyond_the_default_page_of_ten_are_read() -> None:  # c7n#10302
    # Twenty would show it, too; each costs two calls at Firehose's rate.
    names = [f"stream-{number:03}" for number in range(22)]
    kind = "aws_firehose_delivery_stream"

    def streams(arguments: Document, _recorded: Document) -> Document:
        limit = arguments.get("Limit", 10)
        return {
            "DeliveryStreamNames": names[:limit],
            "HasMoreDeliveryStreams": limit < len(names),
        }

    def describe(arguments: Document, _recorded: Document) -> Document:
        name = arguments["DeliveryStreamName"]
        arn = f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/{name}"
        return {"DeliveryStreamDescription": {"DeliveryStreamName": name, "DeliveryStreamARN": arn}}

    given = {
        "firehose.ListDeliveryStreams": streams,
        "firehose.DescribeDeliveryStream": describe,
        "firehose.ListTagsForDeliveryStream": {"Tags": [], "HasMoreTags": False},
    }
    reading = read(kind, given=given)
    assert len(reading.of(kind)) == len(names)
    assert reading.coverage[kind].state == "complete"


def test_empty_pages_before_the_first_volume_are_followed() -> None:  # botocore#1837
    def volumes(arguments: Document, recorded: Document) -> Document:
        following = {None: "t1", "t1": "t2"}.get(arguments.get("NextToken"))
        return {"Volumes": [], "NextToken": following} if following else recorded

    reading = read("aws_ec2_volume", given={"ec2.DescribeVolumes": volumes})
    assert_whole("aws_ec2_volume", reading)


def test_empty_token_ends_the_pages() -> None:  # botocore#533
    given = {"ec2.DescribeVolumes": changed(lambda answer: answer.update(NextToken=""))}
    assert_whole("aws_ec2_volume", read("aws_ec2_volume", given=given))


def test_token_that_repeats_itself_fails_the_kind() -> None:
    given = {"ec2.DescribeVolumes": changed(lambda answer: answer.update(NextToken="same"))}
    assert read("aws_ec2_volume", given=given).coverage["aws_ec2_volume"].state == "failed"


# Lists that omit or repeat resources.


def test_certificates_of_all_key_types_are_read() -> None:  # aws-cli#3450
    """ACM answers only two of the types unless the request names more."""
    types = ("RSA_2048", "EC_prime256v1", "RSA_4096")

    def certificates(arguments: Document, recorded: Document) -> Document:
        wanted = arguments.get("Includes", {}).get("keyTypes", ["RSA_1024", "RSA_2048"])
        (first, *_) = recorded["CertificateSummaryList"]
        found = [
            {**first, "CertificateArn": f"{first['CertificateArn']}{number}", "KeyAlgorithm": one}
            for number, one in enumerate(types)
            if one in wanted
        ]
        return {"CertificateSummaryList": found}

    kind = "aws_acm_certificate"
    given = {
        "acm.ListCertificates": certificates,
        "acm.ListTagsForCertificate": {"Tags": []},
    }
    reading = read(kind, given=given)
    assert len(reading.of(kind)) == len(types)
    assert reading.coverage[kind].state == "complete"


def test_shadow_trails_of_other_regions_are_left_out() -> None:  # c7n#4480, c7n#10976
    def trails(arguments: Document, recorded: Document) -> Document:
        (own, *_) = recorded["trailList"]
        arn = own["TrailARN"].replace(REGION, "us-east-1")
        shadow = {**own, "TrailARN": arn, "HomeRegion": "us-east-1", "Name": "org"}
        if arguments.get("includeShadowTrails") is not False:
            recorded["trailList"].append(shadow)
        return recorded

    kind = "aws_cloud_trail"
    assert_whole(kind, read(kind, given={"cloudtrail.DescribeTrails": trails}))


def test_instance_that_is_answered_twice_is_one() -> None:
    def twice(answer: Document) -> None:
        answer["Reservations"][0]["Instances"] *= 2

    kind = "aws_ec2_instance"
    reading = read(kind, given={"ec2.DescribeInstances": changed(twice)})
    assert reading.coverage[kind].state == "complete"
    assert {line["graph_id"] for line in reading.of(kind)} == {
        line["graph_id"] for line in read(kind).of(kind)
    }


# Resources shared by another account through Resource Access Manager: nuke#497, nuke#458, c7n#8594.

SHARED = {
    "aws_vpc": ("DescribeVpcs", "Vpcs"),
    "aws_ec2_subnet": ("DescribeSubnets", "Subnets"),
    "aws_ec2_route_table": ("DescribeRouteTables", "RouteTables"),
    "aws_ec2_transit_gateway": ("DescribeTransitGateways", "TransitGateways"),
    "aws_ec2_security_group": ("DescribeSecurityGroups", "SecurityGroups"),
    "aws_ec2_network_interface": ("DescribeNetworkInterfaces", "NetworkInterfaces"),
    "aws_ec2_network_acl": ("DescribeNetworkAcls", "NetworkAcls"),
    "aws_ec2_internet_gateway": ("DescribeInternetGateways", "InternetGateways"),
    "aws_ec2_dhcp_options": ("DescribeDhcpOptions", "DhcpOptions"),
    "aws_ec2_prefix_list": ("DescribeManagedPrefixLists", "PrefixLists"),
    "aws_vpc_endpoint": ("DescribeVpcEndpoints", "VpcEndpoints"),
    "aws_ec2_capacity_reservation": ("DescribeCapacityReservations", "CapacityReservations"),
    "aws_ec2_placement_group": ("DescribePlacementGroups", "PlacementGroups"),
    "aws_ec2_host": ("DescribeHosts", "Hosts"),
    "aws_ec2_transit_gateway_attachment": (
        "DescribeTransitGatewayAttachments",
        "TransitGatewayAttachments",
    ),
}
OWNERS = ("RequesterId", "ResourceOwnerId", "TransitGatewayOwnerId")
ARNS = (
    "CapacityReservationArn",
    "GroupArn",
    "PrefixListArn",
    "SecurityGroupArn",
    "SubnetArn",
    "TransitGatewayArn",
)


def shared(kind: str) -> list[Document]:
    """Read a kind whose resources all belong to another account."""
    operation, member = SHARED[kind]

    def share(answer: Document) -> None:
        for item in answer[member]:
            item["OwnerId"] = OTHER
            item |= {name: OTHER for name in OWNERS if name in item}
            item |= {name: item[name].replace(ACCOUNT, OTHER) for name in ARNS if name in item}

    lines = read(kind, given={f"ec2.{operation}": changed(share)}).of(kind)
    assert lines
    return lines


@pytest.mark.parametrize("kind", SHARED)
def test_what_another_account_shares_is_kept(kind: str) -> None:
    reasons = [line["keep_reason"] for line in shared(kind)]
    assert all(reasons)
    assert any("another account" in reason for reason in reasons)


@pytest.mark.parametrize("kind", SHARED)
def test_arn_of_what_another_account_shares_names_its_owner(kind: str) -> None:
    # AWS's own prefix lists belong to `aws`.
    owners = {line["arn"].split(":")[4] for line in shared(kind)} - {"aws"}
    assert owners == {OTHER}
