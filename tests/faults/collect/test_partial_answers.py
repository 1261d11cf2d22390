"""Answers that are silently incomplete because of the request or the caller's permissions."""

from __future__ import annotations

import pytest

from tests.faults.collect.answers import Document, read, refusing
from tests.faults.known import known_fault

ENVIRONMENT = "aws_beanstalk_environment"
CLUSTER = "aws_eks_cluster"
CERTIFICATE = "aws_acm_certificate"
LOG_CONFIG = "aws_cloudfront_realtime_log_config"


@known_fault("awstruth A2: an environment without any option counts as completely read")
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


@known_fault("awstruth C8: insufficient privileges do not count as denied")
def test_environment_whose_parts_the_caller_may_not_see_is_denied() -> None:
    refused = refusing("InsufficientPrivilegesException")
    given = {"elasticbeanstalk.DescribeEnvironmentResources": refused}
    assert read(ENVIRONMENT, given=given).coverage[ENVIRONMENT].state == "denied"


@known_fault("collection F14: connected clusters are not listed")
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


@known_fault("collection F14: certificates of ACME origin are not listed")
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


@known_fault("replay F8: a list that echoes the request's marker ends after its second page")
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
