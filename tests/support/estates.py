"""Plausible estates, generated: environments of some theme that use what lies beside them.

The same seed always makes the same estate. An environment has resources of the kinds of its theme;
each relation that such a kind declares leads, most of the time, to a resource of the same
environment, else to one that all environments share. So an estate grows with the declarations.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ebbtide.graph.edges import relation_edges
from ebbtide.kinds import registry
from ebbtide.model.inventory import Inventory
from ebbtide.model.resource import GLOBAL, Edge, Resource
from tests.support.builders import REGION, inventory, resource

EXPIRED = {"ebbtide:expires": "2026-01-31"}
# How likely a relation leads somewhere, and how many resources of an environment that stays
# somebody has tagged as temporary.
RELATED, TEMPORARY = 0.8, 0.2

NETWORK = (
    "aws_vpc aws_ec2_subnet aws_ec2_route_table aws_ec2_internet_gateway aws_ec2_nat_gateway "
    "aws_ec2_elastic_ip aws_ec2_security_group aws_vpc_endpoint "
    "aws_ec2_flow_log"
)
# Kinds of a theme, each with the number of its resources in an environment; 1 if there is none.
THEMES: Mapping[str, str] = {
    "web shop": f"{NETWORK} aws_alb aws_alb_target_group:2 aws_autoscaling_group "
    "aws_ec2_launch_template aws_autoscaling_launch_configuration aws_ec2_instance:3 "
    "aws_ec2_volume:3 aws_ec2_image:2 aws_ec2_snapshot:3 aws_ec2_keypair aws_iam_instance_profile "
    "aws_iam_role:2 aws_rds_instance aws_rds_cluster aws_rds_proxy aws_elasticache_cache_cluster "
    "aws_route53_zone aws_route53_resource_record_set:3 aws_route53_health_check "
    "aws_cloudfront_distribution aws_s3_bucket:3 aws_cloudwatch_alarm:3 aws_sns_topic "
    "aws_sns_subscription aws_cloudwatch_log_group:3 aws_cloudwatch_metric_filter "
    "aws_secretsmanager_secret aws_elb aws_opensearch_domain aws_cognito_user_pool "
    "aws_cognito_identity_pool aws_efs_file_system",
    "events": "aws_sns_topic:2 aws_sns_subscription:3 aws_sqs_queue:3 aws_lambda_function:4 "
    "aws_lambda_event_source_mapping:2 aws_eventbridge_rule:3 aws_eventbridge_event_bus "
    "aws_scheduler_schedule:2 aws_stepfunctions_state_machine aws_kinesis_stream "
    "aws_firehose_delivery_stream aws_dynamodb_table:2 aws_apigateway_rest_api "
    "aws_apigateway_resource:2 aws_apigateway_stage aws_apigatewayv2_api aws_appsync_graphql_api "
    "aws_ecs_cluster aws_ecs_service:2 aws_ecs_task_definition:2 aws_ecs_capacity_provider "
    "aws_ecr_repository aws_cloudwatch_log_group:4 aws_cloudwatch_alarm:3 aws_iam_role:3 "
    "aws_s3_bucket:2 aws_alb aws_alb_target_group aws_batch_job_queue aws_codebuild_project "
    "aws_codepipeline_pipeline aws_cloudformation_stack aws_bedrock_agent",
    "data": "aws_s3_bucket:4 aws_glue_database aws_glue_crawler aws_glue_job aws_athena_work_group "
    "aws_athena_data_catalog aws_redshift_cluster aws_firehose_delivery_stream aws_kinesis_stream "
    "aws_msk_cluster aws_sagemaker_notebook aws_sagemaker_model aws_sagemaker_endpoint_config "
    "aws_sagemaker_endpoint aws_sagemaker_feature_group aws_sagemaker_training_job "
    "aws_sagemaker_processing_job aws_sagemaker_domain aws_sagemaker_code_repository "
    "aws_sagemaker_labeling_job aws_sagemaker_workteam aws_codebuild_project "
    "aws_codecommit_repository aws_codepipeline_pipeline aws_codedeploy_application "
    "aws_ecr_repository aws_imagebuilder_image_pipeline aws_iam_role:3 aws_sns_topic "
    "aws_cloudwatch_alarm aws_cloudwatch_log_group:3 aws_secretsmanager_secret aws_ssm_parameter "
    "aws_efs_file_system aws_fsx_file_system aws_datasync_location aws_datasync_task "
    "aws_backup_plan aws_backup_vault aws_backup_report_plan aws_bedrock_agent_knowledge_base "
    "aws_bedrock_agent_flow aws_lambda_function aws_glacier_job aws_cognito_user_pool "
    "aws_cognito_group aws_transfer_server",
}
ENVIRONMENTS = {"production": False, "staging": False, "preview-1": True, "preview-2": True}


@dataclass
class Estate:
    """The resources and edges of an account in the making."""

    dice: random.Random
    resources: dict[str, Resource] = field(default_factory=dict)
    edges: set[Edge] = field(default_factory=set)

    def add(self, kind: str, name: str, *, expired: bool) -> Resource:
        declared = registry()[kind]
        tags = EXPIRED if expired else {"owner": "shop"}
        made = resource(
            kind,
            name,
            region=GLOBAL if declared.scope == "global" else REGION,
            tags={} if declared.tags is None else tags,
            age_days=self.dice.randint(10, 900),
            # What nobody deletes, such as jobs, is over once its environment has expired.
            ended=expired and declared.delete is None,
        )
        self.resources[made.graph_id] = made
        return made

    def relate(self, own: list[Resource]) -> None:
        """Relate the resources of one environment, each relation of each of them on its own."""
        beside: dict[str, list[Resource]] = {}
        for one in own:
            beside.setdefault(one.kind, []).append(one)
        for one in own:
            for relation in registry()[one.kind].relations:
                # Among its own kind, one uses only earlier ones, as people build them.
                others = beside.get(relation.kind, [])
                if relation.kind == one.kind:
                    others = others[: others.index(one)]
                if others and self.dice.random() < RELATED:
                    other = self.dice.choice(others)
                    self.edges |= set(relation_edges(relation, one.to_line(), other.to_line()))

    def inventory(self, *, needs: bool = True) -> Inventory:
        """Return the account, or as it would be if nothing needed anything."""
        edges = [edge for edge in self.edges if needs or edge.type != "needed"]
        return inventory(self.resources.values(), edges)


def counted(theme: str) -> Iterator[tuple[str, int]]:
    for word in THEMES[theme].split():
        kind, _, number = word.partition(":")
        yield kind, int(number or 1)


def generated(theme: str, seed: int = 1) -> Estate:
    """Return an estate of some environments: two that stay, and two previews that have expired."""
    estate = Estate(random.Random(seed))
    for environment, gone in ENVIRONMENTS.items():
        own = [
            estate.add(
                kind,
                f"{environment}-{kind.removeprefix('aws_')}-{number}",
                expired=gone or estate.dice.random() < TEMPORARY,
            )
            for kind, count in counted(theme)
            for number in range(count)
        ]
        estate.relate(own)
    return estate
