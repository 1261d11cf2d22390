"""Why kinds cannot be restored; what is not named here has only no calls declared yet."""

from __future__ import annotations

from collections.abc import Mapping

from ebbtide_cli.restoring.model import Lost

_COPY = Lost("its data is gone: it was itself the copy")
_CONTENT = Lost("its contents are gone, and Ebbtide never had them")
_PRIVATE = Lost("AWS never shows its secret part again")
_NOT_READ = Lost("Ebbtide does not read what it contained")
_WORK = Lost("what ran in it has ended, and is not stored")

# Every other deletable kind.
UNDECLARED = Lost(
    "Ebbtide has no calls for its kind yet: create it again from the stored description"
)
LOST: Mapping[str, Lost] = {
    **dict.fromkeys(
        (
            "aws_backup_recovery_point",
            "aws_dynamodb_backup",
            "aws_elasticache_serverless_snapshot",
            "aws_elasticache_snapshot",
            "aws_fsx_backup",
            "aws_lightsail_database_snapshot",
            "aws_memorydb_snapshot",
            "aws_rds_cluster_snapshot",
            "aws_rds_snapshot",
            "aws_redshift_serverless_snapshot",
            "aws_redshift_snapshot",
        ),
        _COPY,
    ),
    **dict.fromkeys(
        (
            "aws_bedrock_custom_model",
            "aws_codecommit_repository",
            "aws_cognito_user_pool",
            "aws_ecr_image",
            "aws_efs_file_system",
            "aws_glacier_vault",
            "aws_lambda_function",
            "aws_lambda_layer",
            "aws_lightsail_disk",
            "aws_msk_cluster",
            "aws_opensearch_domain",
            "aws_opensearch_serverless_collection",
            "aws_sagemaker_feature_group",
        ),
        _CONTENT,
    ),
    **dict.fromkeys(
        (
            "aws_cognito_user",
            "aws_ec2_keypair",
            "aws_eventbridge_connection",
            "aws_iam_access_key",
            "aws_iam_server_certificate",
        ),
        _PRIVATE,
    ),
    **dict.fromkeys(
        (
            "aws_cloudwatch_dashboard",
            "aws_ec2_prefix_list",
            "aws_iam_saml_provider",
            "aws_rds_cluster_parameter_group",
            "aws_rds_option_group",
            "aws_rds_parameter_group",
            "aws_ssm_document",
            "aws_ssm_parameter",
        ),
        _NOT_READ,
    ),
    **dict.fromkeys(
        (
            "aws_ec2_instance",
            "aws_ecs_container_instance",
            "aws_ecs_task",
            "aws_emr_cluster",
            "aws_lightsail_instance",
            "aws_sagemaker_app",
            "aws_sagemaker_notebook",
            "aws_workspaces_workspace",
        ),
        _WORK,
    ),
    "aws_cloudformation_stack": Lost(
        "Ebbtide keeps no templates: deploy the stack again from where it came"
    ),
    "aws_fsx_file_system": Lost(
        "create it from the final backup, whose tag Name is ebbtide-final- and its id"
    ),
    "aws_elasticache_serverless_cache": Lost(
        "create it from the final snapshot, ebbtide-final-..., which its stored deletion names"
    ),
    "aws_redshift_serverless_namespace": Lost(
        "create a namespace and a workgroup, and restore the final snapshot, ebbtide-final-..., "
        "into them"
    ),
    "aws_acm_certificate": Lost("request it anew: AWS must validate its names again"),
}
