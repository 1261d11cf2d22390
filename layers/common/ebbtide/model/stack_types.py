"""Which kind a member of a CloudFormation stack is, and which of its resources.

A stack's list says of each member its type and its physical id. A table says for each type which
kind its resources are, and how the physical id is written with what Ebbtide knows of a resource:
templates over its id, arn, name, region and properties.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from ebbtide.base.paths import getter, render, template_paths, values
from ebbtide.model.stack_ids import BY_ARN, BY_ID, BY_NAME

STACK = "aws_cloudformation_stack"


@dataclass(frozen=True, slots=True)
class StackType:
    """One type of CloudFormation, and the kind of the resources that it makes.

    `physical` are the forms of its physical id, newest first. `certain` is False where AWS does
    not document the form or the kind lists only some of the resources, so that a member that is
    not found may exist nevertheless. `home` is the path of the region whose stacks alone can make a
    global resource, and `copies` that of further regions in which the same resource goes, too.
    """

    type: str
    kind: str
    physical: tuple[str, ...]
    certain: bool = True
    home: str = ""
    copies: str = ""

    def ids(self, document: Mapping[str, Any]) -> list[str]:
        """Return the physical ids that a resource may have; see `document_of`."""
        return [
            str(render(template, document))
            for template in self.physical
            if all(getter(path)(document) is not None for path in template_paths(template))
        ]


class Named(Protocol):
    """Anything with the names of a resource, such as its subject."""

    @property
    def id(self) -> str: ...
    @property
    def arn(self) -> str | None: ...
    @property
    def name(self) -> str: ...
    @property
    def account(self) -> str: ...
    @property
    def region(self) -> str: ...


def document_of(named: Named, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the templates know of a resource."""
    return {
        "id": named.id,
        "arn": named.arn,
        "name": named.name,
        "account": named.account,
        "region": named.region,
        "properties": properties,
    }


def comparable(physical_id: str) -> str:
    """Return a physical id for comparison: AWS keeps the names of databases in lower case."""
    return physical_id.rstrip(".").lower()


def _type(type: str, kind: str, *physical: str, **more: Any) -> StackType:
    return StackType(type, kind, physical, **more)


_WAF_SCOPE = "{region == 'global' && 'CLOUDFRONT' || 'REGIONAL'}"
_WAF_ID = "{name}|{properties.id}|" + _WAF_SCOPE

# Types whose physical id is none of the three, or whose form AWS has changed over time.
_OTHERWISE = (
    _type(
        "AWS::ApiGateway::Authorizer",
        "aws_apigateway_authorizer",
        "{properties.authorizer_id}",
        "{properties.rest_api_id}|{properties.authorizer_id}",
    ),
    _type(
        "AWS::ApiGateway::Deployment",
        "aws_apigateway_deployment",
        "{properties.deployment_id}",
        "{properties.deployment_id}|{properties.rest_api_id}",
    ),
    _type("AWS::ApiGateway::DomainName", "aws_apigateway_domain_name", "{name}", "{arn}"),
    _type("AWS::ApiGateway::DomainNameV2", "aws_apigateway_domain_name", "{name}", "{arn}"),
    _type(
        "AWS::ApiGateway::Resource",
        "aws_apigateway_resource",
        "{properties.resource_id}",
        "{properties.rest_api_id}|{properties.resource_id}",
    ),
    _type(
        "AWS::ApiGateway::Stage",
        "aws_apigateway_stage",
        "{name}",
        "{properties.rest_api_id}|{name}",
    ),
    _type(
        "AWS::Backup::BackupSelection",
        "aws_backup_selection",
        "{properties.selection_id}",
        "{properties.selection_id}_{properties.plan_id}",
        certain=False,
    ),
    _type(
        "AWS::Bedrock::FlowVersion",
        "aws_bedrock_agent_flow_version",
        "{properties.arn}|{properties.version}",
        certain=False,
    ),
    _type("AWS::CodeCommit::Repository", "aws_codecommit_repository", "{properties.repository_id}"),
    _type(
        "AWS::CodeDeploy::DeploymentGroup",
        "aws_codedeploy_deployment_group",
        "{name}",
        "{properties.application_name}|{name}",
    ),
    _type(
        "AWS::Cognito::UserPoolGroup",
        "aws_cognito_group",
        "{name}",
        "{properties.user_pool_id}|{name}",
    ),
    _type(
        "AWS::Cognito::UserPoolUser",
        "aws_cognito_user",
        "{name}",
        "{properties.user_pool_id}|{name}",
    ),
    # Its deletion takes the replicas in all regions along.
    _type(
        "AWS::DynamoDB::GlobalTable",
        "aws_dynamodb_table",
        "{id}",
        copies="replicas[].region_name",
    ),
    _type(
        "AWS::EC2::EIP",
        "aws_ec2_elastic_ip",
        "{properties.public_ip}",
        "{properties.public_ip}|{id}",
    ),
    _type("AWS::EC2::SecurityGroup", "aws_ec2_security_group", "{id}", "{name}"),
    _type("AWS::EKS::Addon", "aws_eks_addon", "{properties.cluster_name}|{name}", "{name}"),
    _type(
        "AWS::EKS::FargateProfile",
        "aws_eks_fargate_profile",
        "{properties.cluster_name}|{name}",
        "{name}",
    ),
    _type("AWS::EKS::Nodegroup", "aws_eks_nodegroup", "{properties.cluster_name}/{name}", "{name}"),
    _type(
        "AWS::Events::Rule",
        "aws_eventbridge_rule",
        "{name}",
        "{properties.event_bus_name}|{name}",
        "{arn}",
    ),
    _type(
        "AWS::Lambda::LayerVersion",
        "aws_lambda_layer",
        "{properties.latest_matching_version.layer_version_arn}",
        certain=False,
    ),
    _type(
        "AWS::Logs::MetricFilter",
        "aws_cloudwatch_metric_filter",
        "{name}",
        "{properties.log_group_name}|{name}",
    ),
    _type(
        "AWS::QBusiness::DataSource",
        "aws_q_business_data_source",
        "{properties.application_id}|{properties.data_source_id}|{properties.index_id}",
    ),
    _type(
        "AWS::QBusiness::Index",
        "aws_q_business_indice",
        "{properties.application_id}|{properties.index_id}",
    ),
    _type(
        "AWS::QBusiness::Plugin",
        "aws_q_business_plugin",
        "{properties.application_id}|{properties.plugin_id}",
    ),
    _type(
        "AWS::QBusiness::Retriever",
        "aws_q_business_retriever",
        "{properties.application_id}|{properties.retriever_id}",
    ),
    _type(
        "AWS::QBusiness::WebExperience",
        "aws_q_business_web_experience",
        "{properties.application_id}|{properties.web_experience_id}",
    ),
    # A bucket is made in the region of its stack (S3 API reference, CreateBucket).
    _type("AWS::S3::Bucket", "aws_s3_bucket", "{id}", home="bucket_region"),
    _type(
        "AWS::SageMaker::App",
        "aws_sagemaker_app",
        "{name}|{properties.app_type}|{properties.domain_id}|{properties.user_profile_name}",
        certain=False,
    ),
    _type("AWS::SageMaker::Space", "aws_sagemaker_space", "{properties.domain_id}|{name}"),
    _type(
        "AWS::SageMaker::UserProfile",
        "aws_sagemaker_user_profile",
        "{name}|{properties.domain_id}",
        "{properties.domain_id}|{name}",
    ),
    _type("AWS::WAFv2::IPSet", "aws_waf_ip_set", _WAF_ID),
    _type("AWS::WAFv2::RuleGroup", "aws_waf_rule_group", _WAF_ID),
    _type("AWS::WAFv2::WebACL", "aws_waf_web_acl", _WAF_ID),
)


_PLAIN = {"{id}": BY_ID, "{arn}": BY_ARN, "{name}": BY_NAME}


@cache
def stack_types() -> Mapping[str, StackType]:
    """Return the types whose resources are of one of our kinds, by name.

    Raises ValueError if a type is listed twice.
    """
    found = [
        _type(type, kind, template)
        for template, kinds in _PLAIN.items()
        for type, kind in kinds.items()
    ]
    types = {one.type: one for one in (*found, *_OTHERWISE)}
    if len(types) != len(found) + len(_OTHERWISE):
        raise ValueError("a type of CloudFormation is listed twice")
    return types


def copies_of(type: StackType, properties: Mapping[str, Any]) -> list[str]:
    """Return the other regions in which a resource of a stack exists and goes with it."""
    return [str(region) for region in values(type.copies, properties)] if type.copies else []


@cache
def types_of(kind: str) -> tuple[StackType, ...]:
    """Return the types that make resources of a kind; empty if CloudFormation makes none."""
    return tuple(one for one in stack_types().values() if one.kind == kind)


def homes(kind: str, properties: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the only regions whose stacks can have made a resource; empty if any region's can."""
    found = [str(properties.get(one.home) or "") for one in types_of(kind)]
    return tuple(sorted(set(found))) if all(found) else ()
