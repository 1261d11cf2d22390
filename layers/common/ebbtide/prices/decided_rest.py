"""The kinds that cost nothing while they idle, by the reason; and those whose price is unknown."""

from __future__ import annotations

from collections.abc import Iterator

from ebbtide.prices.decision import Decision, Free, Reason, Unknown

_FREE: dict[Reason, str] = {
    "no charge": """
        aws_acm_certificate aws_alb_listener aws_alb_listener_rule aws_alb_target_group
        aws_apigateway_authorizer aws_apigateway_deployment aws_apigateway_domain_name
        aws_apigateway_resource aws_apigatewayv2_domain_name aws_apigatewayv2_vpc_link
        aws_athena_data_catalog aws_athena_named_query aws_autoscaling_launch_configuration
        aws_backup_legal_hold aws_backup_plan aws_backup_selection aws_beanstalk_application
        aws_bedrock_agent_prompt aws_cloudformation_stack aws_cloudformation_stack_set
        aws_cloud_formation_stack_instance_summary aws_cloudfront_cache_policy
        aws_cloudfront_field_level_encryption_config aws_cloudfront_field_level_encryption_profile
        aws_cloudfront_origin_access_control aws_cloudfront_public_key
        aws_cloudfront_response_headers_policy aws_cloudwatch_metric_filter
        aws_codedeploy_application aws_codedeploy_deployment_group aws_cognito_group
        aws_datasync_location aws_dlm_lifecycle_policy aws_ec2_customer_gateway aws_ec2_dhcp_options
        aws_ec2_egress_only_internet_gateway aws_ec2_internet_gateway aws_ec2_keypair
        aws_ec2_launch_template aws_ec2_network_acl aws_ec2_placement_group aws_ec2_prefix_list
        aws_ec2_route_table aws_ec2_security_group aws_ec2_subnet
        aws_ec2_transit_gateway_route_table aws_ec2_vpn_gateway aws_ecs_task_definition
        aws_efs_access_point aws_efs_mount_target aws_elasticache_subnet_group
        aws_eventbridge_connection aws_eventbridge_event_bus aws_globalaccelerator_endpoint_group
        aws_globalaccelerator_listener aws_iam_access_key aws_iam_group aws_iam_instance_profile
        aws_iam_oidc_provider aws_iam_policy aws_iam_role aws_iam_saml_provider
        aws_iam_server_certificate aws_iam_user aws_imagebuilder_image_pipeline aws_lambda_layer
        aws_network_firewall_policy aws_network_firewall_rule_group aws_ram_resource_share
        aws_rds_cluster_parameter_group aws_rds_option_group aws_rds_parameter_group
        aws_rds_subnet_group aws_redshift_subnet_group aws_route53_resource_record
        aws_route53_resource_record_set aws_s3_account_settings aws_sagemaker_algorithm
        aws_sagemaker_artifact aws_sagemaker_code_repository aws_sagemaker_endpoint_config
        aws_sagemaker_experiment aws_sagemaker_image aws_sagemaker_model
        aws_sagemaker_model_package_group aws_sagemaker_pipeline aws_sagemaker_project
        aws_sagemaker_trial aws_sagemaker_user_profile aws_sagemaker_workteam aws_sfn_activity
        aws_sns_platform_application aws_sns_subscription aws_sns_endpoint aws_ssm_activation
        aws_ssm_document aws_vpc aws_vpc_endpoint_service aws_waf_ip_set aws_workspaces_directory
    """,
    "by use": """
        aws_apigateway_rest_api aws_apigatewayv2_api aws_athena_work_group
        aws_backup_report_plan
        aws_bedrock_agent aws_bedrock_agent_flow aws_bedrock_agent_flow_version
        aws_bedrock_agent_knowledge_base aws_bedrock_guardrail aws_cloud_trail
        aws_cloudfront_function aws_cloudfront_realtime_log_config
        aws_cloudfront_streaming_distribution aws_codebuild_project aws_codecommit_repository
        aws_codepipeline_pipeline aws_cognito_identity_pool aws_cognito_user aws_cognito_user_pool
        aws_config_recorder aws_datasync_task aws_ec2_flow_log
        aws_eventbridge_api_destination aws_eventbridge_rule
        aws_glue_crawler aws_glue_database aws_glue_job aws_glue_trigger aws_guardduty_detector
        aws_iot_topic_rule aws_lambda_function aws_pipes_pipe
        aws_redshift_serverless_workgroup aws_scheduler_schedule aws_sagemaker_auto_ml_job
        aws_sagemaker_compilation_job aws_sagemaker_hyper_parameter_tuning_job
        aws_sagemaker_inference_recommendations_job aws_sagemaker_labeling_job
        aws_sagemaker_processing_job aws_sagemaker_training_job aws_sagemaker_transform_job
        aws_sns_topic aws_sqs_queue aws_stepfunctions_state_machine aws_vpc_peering_connection
    """,
    "elsewhere": """
        aws_autoscaling_group aws_backup_protected_resource aws_backup_vault
        aws_batch_compute_environment aws_batch_job_queue aws_beanstalk_environment
        aws_dynamodb_global_table aws_ec2_image aws_ec2_transit_gateway
        aws_ecr_repository aws_ecs_capacity_provider aws_ecs_cluster
        aws_ecs_service aws_eks_nodegroup aws_elasticache_replication_group
        aws_sagemaker_domain aws_servicediscovery_namespace
    """,
    "ended": """
        aws_backup_copy_job aws_backup_job aws_backup_restore_job aws_bedrock_evaluation_job
        aws_bedrock_model_customization_job aws_glacier_job aws_q_business_data_source_sync_job
    """,
    "a description": """
        aws_account aws_bedrock_foundation_model aws_ec2_instance_type aws_ec2_volume_type
        aws_guard_duty_finding aws_inspector_finding aws_organizational_root aws_organizational_unit
        aws_region aws_root_user aws_service_quota aws_ssm_resource_compliance
    """,
}

# What people should know about a kind that is free here.
_NOTES = {
    "aws_acm_certificate": "a certificate that can be exported is paid when it is issued",
    "aws_autoscaling_group": "its instances",
    "aws_backup_vault": "its recovery points",
    "aws_batch_compute_environment": "its instances",
    "aws_beanstalk_environment": "its instances and load balancers",
    "aws_dynamodb_global_table": "its tables",
    "aws_ec2_image": "its snapshots",
    "aws_ec2_transit_gateway": "its attachments",
    "aws_ecr_repository": "its images",
    "aws_ecs_cluster": "its tasks and instances",
    "aws_ecs_service": "its tasks",
    "aws_eks_nodegroup": "its instances",
    "aws_elasticache_replication_group": "its clusters",
    "aws_eventbridge_connection": "the secret that it creates",
    "aws_lambda_function": "provisioned concurrency bills by version or alias",
    "aws_redshift_serverless_workgroup": "its storage bills with the namespace",
    "aws_sagemaker_domain": "its apps, spaces and file system",
    "aws_servicediscovery_namespace": "its hosted zone",
}

_UNREAD_CONCURRENCY = "whether it has provisioned concurrency is not read"
_SUBSCRIPTIONS = "it bills by subscriptions and units that are not in AWS's answer"
_WHY = {
    "aws_appsync_graphql_api": "whether it has a cache, which bills by the hour, is not read",
    "aws_backup_framework": "it bills by the resources that its controls evaluate",
    "aws_backup_restore_testing_plan": "it bills by what it restores according to its schedule",
    "aws_ec2_reserved_instances": (
        "it bills whether it is used or not; instances count at the price on demand"
    ),
    "aws_bedrock_custom_model": "the price of storing a model is not declared",
    "aws_bedrock_provisioned_model_throughput": "model units have no public price for every model",
    "aws_eks_fargate_profile": "pods on Fargate are not in AWS's answer",
    "aws_lambda_alias": _UNREAD_CONCURRENCY,
    "aws_lambda_version": _UNREAD_CONCURRENCY,
    "aws_q_business_application": _SUBSCRIPTIONS,
    "aws_q_business_indice": _SUBSCRIPTIONS,
}
# They are parts of applications of Q, which bill by their users.
_OF_Q = """
    aws_q_apps aws_q_apps_library_item aws_q_business_conversation aws_q_business_data_source
    aws_q_business_document aws_q_business_message aws_q_business_plugin aws_q_business_retriever
    aws_q_business_web_experience
"""


def _free() -> Iterator[tuple[str, Decision]]:
    for reason, kinds in _FREE.items():
        for kind in kinds.split():
            yield kind, Free(reason, _NOTES.get(kind, ""))
    for kind in _OF_Q.split():
        yield kind, Free("elsewhere", "its application")


FREE: dict[str, Decision] = dict(_free())
UNKNOWN: dict[str, Decision] = {kind: Unknown(why) for kind, why in _WHY.items()}
