"""How what names, builds, deploys and protects comes back."""

from __future__ import annotations

from collections.abc import Mapping

from ebbtide.model.call import Call
from ebbtide_cli.restoring.model import (
    PAIRS,
    TOKEN,
    Follow,
    Restoration,
    same,
    within,
)

ZONE = Restoration(
    way="create",
    call=Call(
        "route53",
        "create_hosted_zone",
        "HostedZone.Id",
        Name="{Name}",
        VPC="{VPCs[0]}",
        CallerReference=TOKEN,
        HostedZoneConfig="{Config}",
    ),
    new="Id",
    then=(
        Follow(
            Call(
                "route53",
                "change_tags_for_resource",
                ResourceType="hostedzone",
                ResourceId="{new}",
                AddTags=PAIRS,
            )
        ),
        Follow(
            Call(
                "route53",
                "associate_vpc_with_hosted_zone",
                HostedZoneId="{new}",
                VPC="{each}",
            ),
            each="VPCs[1:]",
        ),
    ),
    lost="Its name servers: the delegation of its domain must be changed. Its DNSSEC keys and its "
    "logging of queries.",
)
HEALTH_CHECK = Restoration(
    way="create",
    call=Call(
        "route53",
        "create_health_check",
        "HealthCheck.Id",
        CallerReference=TOKEN,
        **same("HealthCheckConfig"),
    ),
    new="Id",
    repeatable=True,
    then=(
        Follow(
            Call(
                "route53",
                "change_tags_for_resource",
                ResourceType="healthcheck",
                ResourceId="{new}",
                AddTags=PAIRS,
            )
        ),
    ),
    lost="Its id, by which records name it.",
)
_RECORD = same(
    "Name", "Type", "SetIdentifier", "Weight", "Region", "GeoLocation", "Failover", "TTL",
    "MultiValueAnswer", "ResourceRecords", "AliasTarget", "HealthCheckId", "CidrRoutingConfig",
    "GeoProximityLocation", "TrafficPolicyInstanceId",
)  # fmt: skip
RECORD_SET = Restoration(
    way="create",
    call=Call(
        "route53",
        "change_resource_record_sets",
        HostedZoneId="{ZoneId}",
        ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": _RECORD}]},
    ),
    keeps_id=True,
    lost="Nothing.",
)
CODE_PROJECT = Restoration(
    way="create",
    call=Call(
        "codebuild",
        "create_project",
        **within(
            "Project",
            "name",
            "description",
            "source",
            "secondarySources",
            "sourceVersion",
            "artifacts",
            "secondarySourceVersions",
            "secondaryArtifacts",
            "cache",
            "serviceRole",
            "timeoutInMinutes",
            "queuedTimeoutInMinutes",
            "encryptionKey",
            "vpcConfig",
            "logsConfig",
            "fileSystemLocations",
            "buildBatchConfig",
            "concurrentBuildLimit",
        ),
        environment="{merge(Project.environment,"
        " {environmentVariables: Project.environment.environmentVariables[?value]})}",
        tags="{tagged.lower}",
    ),
    keeps_id=True,
    lost="Its builds, its webhook, the address of its badge, and its variables in plain text: "
    "Ebbtide does not keep them.",
)
DEPLOY_APPLICATION = Restoration(
    way="create",
    call=Call(
        "codedeploy",
        "create_application",
        applicationName="{applicationName}",
        computePlatform="{Application.computePlatform}",
        tags=PAIRS,
    ),
    keeps_id=True,
    lost="Its revisions and deployments, and its deployment groups, which went before it.",
)
USER_GROUP = Restoration(
    way="create",
    call=Call(
        "cognito-idp",
        "create_group",
        **same("GroupName", "UserPoolId", "Description", "RoleArn", "Precedence"),
    ),
    keeps_id=True,
    lost="Its members.",
)
IP_SET = Restoration(
    way="create",
    call=Call(
        "wafv2",
        "create_ip_set",
        "Summary.ARN",
        **same("Name", "Description", "IPAddressVersion", "Addresses"),
        Scope="{region == 'global' && 'CLOUDFRONT' || 'REGIONAL'}",
        Tags=PAIRS,
    ),
    new="ARN",
    lost="Its ARN, by which rules name it.",
)
MODEL = Restoration(
    way="create",
    call=Call(
        "sagemaker",
        "create_model",
        **same("ModelName", "PrimaryContainer", "Containers", "InferenceExecutionConfig"),
        **same("ExecutionRoleArn", "VpcConfig", "EnableNetworkIsolation"),
        Tags=PAIRS,
    ),
    keeps_id=True,
    lost="Nothing: its data is in S3.",
)
ENDPOINT_CONFIG = Restoration(
    way="create",
    call=Call(
        "sagemaker",
        "create_endpoint_config",
        **same("EndpointConfigName", "ProductionVariants", "DataCaptureConfig", "KmsKeyId"),
        **same("AsyncInferenceConfig", "ExplainerConfig", "ShadowProductionVariants"),
        **same("ExecutionRoleArn", "VpcConfig", "EnableNetworkIsolation"),
        Tags=PAIRS,
    ),
    keeps_id=True,
    lost="Nothing.",
)
RESTORATIONS: Mapping[str, Restoration] = {
    "aws_route53_zone": ZONE,
    "aws_route53_health_check": HEALTH_CHECK,
    "aws_route53_resource_record_set": RECORD_SET,
    "aws_codebuild_project": CODE_PROJECT,
    "aws_codedeploy_application": DEPLOY_APPLICATION,
    "aws_cognito_group": USER_GROUP,
    "aws_waf_ip_set": IP_SET,
    "aws_sagemaker_model": MODEL,
    "aws_sagemaker_endpoint_config": ENDPOINT_CONFIG,
}
