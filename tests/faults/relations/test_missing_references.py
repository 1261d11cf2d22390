"""Every reference in an answer to a resource of a declared kind is read."""

from __future__ import annotations

from typing import Any

import pytest

from ebbtide.collect.to_resource import Place, build_references, build_resource
from ebbtide.kinds import registry
from tests.faults.relations.estate import arn
from tests.support.builders import ACCOUNT, REGION

PLACE = Place(ACCOUNT, REGION, "aws")
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/scoring:3"
DOMAIN = arn("es", "domain/logs")


def references(kind: str, item: dict[str, Any]) -> set[tuple[str, str]]:
    """Return the target kind and the value of each reference in an item."""
    declared = registry()[kind]
    found = build_references(declared, item, build_resource(declared, item, PLACE))
    return {(declared.relations[one.position].kind, one.value) for one in found}


CASES: list[tuple[str, dict[str, Any], str, str]] = [
    (
        "aws_firehose_delivery_stream",
        {
            "DeliveryStreamName": "logs",
            "DeliveryStreamARN": arn("firehose", "deliverystream/logs"),
            "Destinations": [
                {
                    "DestinationId": "1",
                    "ElasticsearchDestinationDescription": {"DomainARN": DOMAIN},
                }
            ],
        },
        "aws_opensearch_domain",
        DOMAIN,
    ),
    (
        "aws_sagemaker_model",
        {
            "ModelName": "scoring",
            "ModelArn": arn("sagemaker", "model/scoring"),
            "PrimaryContainer": {"Image": IMAGE},
        },
        "aws_ecr_repository",
        "scoring",
    ),
    (
        "aws_sagemaker_training_job",
        {
            "TrainingJobName": "training",
            "TrainingJobArn": arn("sagemaker", "training-job/training"),
            "AlgorithmSpecification": {"TrainingImage": IMAGE},
        },
        "aws_ecr_repository",
        "scoring",
    ),
    (
        "aws_fsx_file_system",
        {
            "FileSystemId": "fs-0a1b2c3d4e5f60001",
            "OwnerId": ACCOUNT,
            "ResourceARN": arn("fsx", "file-system/fs-0a1b2c3d4e5f60001"),
            "OpenZFSConfiguration": {"RouteTableIds": ["rtb-0a1b2c3d4e5f60001"]},
        },
        "aws_ec2_route_table",
        "rtb-0a1b2c3d4e5f60001",
    ),
    (
        "aws_bedrock_custom_model",
        {
            "modelArn": arn("bedrock", "custom-model/x/y"),
            "modelName": "model",
            "outputDataConfig": {"s3Uri": "s3://models-example/out"},
        },
        "aws_s3_bucket",
        "models-example",
    ),
    (
        "aws_sagemaker_compilation_job",
        {
            "CompilationJobName": "compilation",
            "CompilationJobArn": arn("sagemaker", "compilation-job/compilation"),
            "ModelArtifacts": {"S3ModelArtifacts": "s3://models-example/m.tar.gz"},
        },
        "aws_s3_bucket",
        "models-example",
    ),
]


@pytest.mark.parametrize(
    ("kind", "item", "target", "value"),
    [pytest.param(*case, id=f"{case[0]} -> {case[2]}") for case in CASES],
)
def test_a_reference_to_a_known_kind_is_read(
    kind: str, item: dict[str, Any], target: str, value: str
) -> None:
    # By ARN, id or name: the relation decides which of them to extract.
    found = references(kind, item)
    assert any(one == target and value.endswith(text) for one, text in found), found
