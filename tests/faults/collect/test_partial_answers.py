"""Answers that are silently incomplete because of the request or the caller's permissions."""

from __future__ import annotations

import pytest

from tests.faults.collect.answers import ACCOUNT, Document, read, refusing

ENVIRONMENT = "aws_beanstalk_environment"
CLUSTER = "aws_eks_cluster"
CERTIFICATE = "aws_acm_certificate"
LOG_CONFIG = "aws_cloudfront_realtime_log_config"


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"ConfigurationSettings": []}, id="no settings"),
        pytest.param({"ConfigurationSettings": [{"OptionSettings": []}]}, id="no options"),
    ],
)
def test_environment_without_any_option_is_not_completely_read(settings: Document) -> None:
    """Elastic Beanstalk answers only what the caller has rights on, and no error for the rest."""
    call = "elasticbeanstalk.DescribeConfigurationSettings"
    assert read(ENVIRONMENT).of(ENVIRONMENT)
    assert read(ENVIRONMENT, given={call: settings}).coverage[ENVIRONMENT].state == "failed"


def test_environment_whose_parts_the_caller_may_not_see_is_denied() -> None:
    refused = refusing("InsufficientPrivilegesException")
    given = {"elasticbeanstalk.DescribeEnvironmentResources": refused}
    assert read(ENVIRONMENT, given=given).coverage[ENVIRONMENT].state == "denied"


def test_connected_clusters_are_listed() -> None:
    def clusters(arguments: Document, recorded: Document) -> Document:
        if arguments.get("include") == ["all"]:
            recorded["clusters"].append("connected")
        return recorded

    def describe(arguments: Document, recorded: Document) -> Document:
        recorded["cluster"]["name"] = arguments["name"]
        return recorded

    given = {"eks.ListClusters": clusters, "eks.DescribeCluster": describe}
    assert "connected" in {line["id"] for line in read(CLUSTER, given=given).of(CLUSTER)}


def test_connected_cluster_is_kept_with_its_role_and_asked_for_no_children() -> None:
    """EKS manages no node groups, add-ons and profiles in it, and may answer with an error."""
    children = ("aws_eks_nodegroup", "aws_eks_addon", "aws_eks_fargate_profile")
    lists = [f"eks.{name}" for name in ("ListNodegroups", "ListAddons", "ListFargateProfiles")]
    given: Document = {name: refusing("InvalidRequestException") for name in lists}
    reading = read(*children, given={**given, "eks.ListClusters": {"clusters": ["datacenter"]}})
    (cluster,) = reading.of(CLUSTER)
    assert cluster["keep_reason"] == "it runs outside of EKS"
    assert f"arn:aws:iam::{ACCOUNT}:role/connector" in str(reading.references)
    states = [reading.coverage[kind].state for kind in (CLUSTER, *children)]
    assert states == ["complete"] * 4
    own = read(*children, given={**given, "eks.ListClusters": {"clusters": ["shop"]}})
    assert [own.coverage[kind].state for kind in children] == ["failed"] * 3


HIDDEN = {
    "aws_ec2_instance": ("ec2.DescribeInstances", "Reservations"),
    "aws_ec2_volume": ("ec2.DescribeVolumes", "Volumes"),
    "aws_ec2_network_interface": ("ec2.DescribeNetworkInterfaces", "NetworkInterfaces"),
    "aws_ec2_launch_template": ("ec2.DescribeLaunchTemplates", "LaunchTemplates"),
}


@pytest.mark.parametrize("kind", HIDDEN)
def test_resources_that_the_account_hides_are_listed(kind: str) -> None:
    """EC2 leaves out what AWS services manage if the account's setting hides it."""
    call, member = HIDDEN[kind]

    def hide(arguments: Document, recorded: Document) -> Document:
        return recorded if arguments.get("IncludeManagedResources") else {**recorded, member: []}

    assert read(kind, given={call: hide}).of(kind)


def test_certificates_of_acme_origin_are_listed() -> None:
    def certificates(arguments: Document, recorded: Document) -> Document:
        (first, *_) = recorded["CertificateSummaryList"]
        if "ACME" in arguments.get("CertificateKeyPairOrigins", []):
            acme = {**first, "CertificateArn": first["CertificateArn"] + "e"}
            recorded["CertificateSummaryList"].append(acme)
        return recorded

    def ids(given: Document) -> set[str]:
        return {line["id"] for line in read(CERTIFICATE, given=given).of(CERTIFICATE)}

    known = ids({})
    found = ids({"acm.ListCertificates": certificates, "acm.ListTagsForCertificate": {"Tags": []}})
    assert len(found) == len(known) + 1


def test_list_that_echoes_the_marker_is_followed_to_its_end() -> None:
    pages = 4

    def configs(arguments: Document, recorded: Document) -> Document:
        number = int(arguments.get("Marker") or 0)
        (config, *_) = recorded["RealtimeLogConfigs"]["Items"]
        last = number == pages - 1
        answer = {
            "MaxItems": 1,
            "Marker": arguments.get("Marker", ""),
            "IsTruncated": not last,
            "Items": [{**config, "Name": f"config-{number}"}],
        }
        if not last:
            answer["NextMarker"] = str(number + 1)
        return {"RealtimeLogConfigs": answer}

    reading = read(LOG_CONFIG, given={"cloudfront.ListRealtimeLogConfigs": configs})
    assert len(reading.of(LOG_CONFIG)) == pages
    assert reading.coverage[LOG_CONFIG].state == "complete"


def test_account_without_origin_access_controls_has_none() -> None:
    """CloudFront leaves the list out then."""
    kind = "aws_cloudfront_origin_access_control"
    answer = {"OriginAccessControlList": {"MaxItems": 100, "Quantity": 0, "IsTruncated": False}}
    reading = read(kind, given={"cloudfront.ListOriginAccessControls": answer})
    assert (reading.coverage[kind].state, reading.of(kind)) == ("complete", [])
    assert read(kind).of(kind)


def roles_of(activation: Document) -> list[str]:
    """Return the roles that one activation refers to, while no node of it is running."""
    kind = "aws_ssm_activation"
    given: Document = {"ssm.DescribeActivations": {"ActivationList": [activation]}}
    return [str(reference) for reference in read(kind, given=given).references]


@pytest.mark.parametrize(
    ("expired", "nodes", "used"), [(True, 2, True), (False, 0, True), (True, 0, False)]
)
def test_role_of_a_stopped_node_is_known_by_its_activation(
    expired: bool, nodes: int, used: bool
) -> None:
    """The list of managed instances leaves out nodes that are stopped."""
    activation = {
        "ActivationId": "5f8d3c1a-2b4e-4d6f-8a9b-0c1d2e3f4a5b",
        "IamRole": "service-role/branches",
        "RegistrationsCount": nodes,
        "Expired": expired,
    }
    assert any("branches" in role for role in roles_of(activation)) == used
