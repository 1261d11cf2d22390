"""What keys, secrets, alarms, directories and other managed services cost while they idle."""

from __future__ import annotations

from ebbtide.prices.decision import Decision, Part, Priced, Value

# Destinations of Firehose that may lie in a VPC.
_SEARCHES = ("amazonopensearchservice", "elasticsearch", "amazon_open_search_serverless")

OTHER: dict[str, Decision] = {
    "aws_kms_key": Priced(
        {"manager": Value("key_manager"), "state": Value("key_state")},
        (
            Part(
                "a key of the customer's",
                "kms.key",
                when={"manager": ("customer",)},
                unless={"state": ("pendingdeletion", "pendingreplicadeletion")},
            ),
        ),
        left_out=(
            "requests, rotated versions, external and hardware key stores; keys of AWS and keys "
            "scheduled for deletion are free"
        ),
    ),
    "aws_secretsmanager_secret": Priced(
        {"deleted": Value("deleted_date && 'yes' || 'no'")},
        (Part("the secret", "secrets.secret", unless={"deleted": ("yes",)}),),
        left_out=(
            "requests; replicas are secrets of their regions, and secrets scheduled for "
            "deletion are free"
        ),
    ),
    "aws_ssm_parameter": Priced(
        {
            "tier": Value(
                "tier", {"standard": "standard", "advanced": "advanced"}, missing="standard"
            )
        },
        (Part("an advanced parameter", "ssm.parameter/{tier}", when={"tier": ("advanced",)}),),
        left_out="requests beyond the standard throughput",
        unknown_if={"tier == 'Intelligent-Tiering'": "its tier changes"},
    ),
    "aws_cloudwatch_alarm": Priced(
        {
            "kind": Value(
                "alarm_rule && 'composite' || (period < `60` || metrics[?metric_stat.period "
                "< `60`])"
                " && 'high-resolution' || 'standard'"
            ),
            "metrics": Value("metrics[?metric_stat] || `[1]`", fold="count"),
            "band": Value("threshold_metric_id && '3' || '1'"),
        },
        (
            Part(
                "its metrics, three for an anomaly", "cloudwatch.alarm/{kind}", ("metrics", "band")
            ),
        ),
        left_out="metrics that are queried",
        unknown_if={
            "evaluation_criteria": "it bills by its queries",
            "metrics[?expression] && !(metrics[?metric_stat])": "it bills by what its query finds",
        },
    ),
    "aws_cloudwatch_dashboard": Priced(
        {},
        (Part("the dashboard", "cloudwatch.dashboard"),),
        left_out="the first three of an account, which are free",
    ),
    "aws_directory_service_directory": Priced(
        {
            "type": Value(
                "type",
                {
                    "microsoftad": "microsoft-ad",
                    "simplead": "simple-ad",
                    "adconnector": "ad-connector",
                },
            ),
            "size": Value("type == 'MicrosoftAD' && edition || size"),
            "controllers": Value("desired_number_of_domain_controllers", missing=2),
            "stage": Value("stage"),
        },
        (
            Part(
                "the hours of its domain controllers",
                "directory.hours/{type}/{size}",
                ("controllers",),
                hourly=True,
                when={"type": ("microsoft-ad",)},
                unless={"stage": ("deleted", "deleting", "failed")},
            ),
            Part(
                "the hours of the directory",
                "directory.hours/{type}/{size}",
                hourly=True,
                when={"type": ("simple-ad", "ad-connector")},
                unless={"stage": ("deleted", "deleting", "failed")},
            ),
        ),
        left_out="sharing, further regions; directories that WorkSpaces use are free",
        unknown_if={
            "regions_info.additional_regions[0]": "it is in several regions",
            "type == 'SharedMicrosoftAD'": "its owner and its user share the costs",
        },
    ),
    "aws_apigateway_stage": Priced(
        {
            "cached": Value(
                "cache_cluster_enabled", {"true": "yes", "false": "no"}, missing="false"
            ),
            "size": Value("cache_cluster_size"),
        },
        (
            Part(
                "the hours of its cache",
                "apigateway.cache/{size}",
                hourly=True,
                when={"cached": ("yes",)},
            ),
        ),
        left_out="requests",
    ),
    "aws_ssm_instance": Priced(
        {"managed": Value("resource_type", {"ec2instance": "no", "managedinstance": "yes"})},
        (),
        left_out="instances of EC2, which are other resources",
        unknown_if={"resource_type != 'EC2Instance'": "it may be managed at the advanced tier"},
    ),
    "aws_emr_cluster": Priced(
        {"state": Value("status.state")},
        (),
        left_out="its instances, which are other resources",
        unknown_if={
            "status.state != 'TERMINATED' && status.state != 'TERMINATED_WITH_ERRORS'": (
                "the number of its instances, for which EMR bills, is not in AWS's answer"
            ),
        },
    ),
    "aws_sagemaker_feature_group": Priced(
        {"online": Value("online_store_config.enable_online_store && 'yes' || 'no'")},
        (),
        left_out="the offline store, which is in S3",
        unknown_if={"online_store_config.enable_online_store": "it has an online store"},
    ),
    "aws_config_rule": Priced(
        {},
        (),
        left_out="evaluations of changes",
        unknown_if={"maximum_execution_frequency": "it bills by what it evaluates periodically"},
    ),
    "aws_firehose_delivery_stream": Priced(
        {},
        (),
        left_out="delivered data",
        unknown_if={
            f"destinations[].{name}_destination_description.vpc_configuration_description | [0]": (
                "the hours of its delivery into a VPC have no declared price"
            )
            for name in _SEARCHES
        },
    ),
    "aws_lambda_event_source_mapping": Priced(
        {},
        (),
        left_out="its function",
        unknown_if={
            "provisioned_poller_config": "the hours of provisioned pollers have no declared price"
        },
    ),
    "aws_servicediscovery_service": Priced(
        {"instances": Value("instance_count", missing=0)},
        (),
        unknown_if={
            "instance_count > `0`": "whether ECS, for which it is free, registered its instances"
            " is not in AWS's answer"
        },
    ),
}
