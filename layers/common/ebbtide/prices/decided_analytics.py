"""What warehouses, search domains, streams and brokers cost while they idle."""

from __future__ import annotations

from decimal import Decimal

from ebbtide.prices.decision import Decision, Part, Priced, Unknown, Value

_SIZE_UNKNOWN = "the size of its storage is not in AWS's answer"
_STANDBY = Value("multi_az", {"true": "multi-az", "false": "single-az"})
_NODES = "provisioned.broker_node_group_info"
ANALYTICS: dict[str, Decision] = {
    "aws_redshift_cluster": Priced(
        {
            "type": Value("node_type"),
            "nodes": Value("number_of_nodes"),
            "status": Value("cluster_status"),
        },
        (
            Part(
                "the hours of its nodes",
                "redshift.node/{type}",
                ("nodes",),
                hourly=True,
                unless={"status": ("paused", "pausing", "deleting")},
            ),
        ),
        left_out="managed storage of RA3 nodes, snapshots, Spectrum, scaling for concurrency",
        unknown_if={"multi_az == 'Enabled'": "it is in several zones"},
    ),
    "aws_redshift_snapshot": Priced(
        {
            "size": Value("total_backup_size_in_mega_bytes", scale=Decimal(1) / 1024),
            "type": Value("snapshot_type"),
        },
        (
            Part(
                "the size of a manual snapshot",
                "redshift.snapshot",
                ("size",),
                when={"type": ("manual",)},
            ),
        ),
        left_out="automated snapshots, which are free",
        most="snapshots share data, and some of it is free",
    ),
    "aws_redshift_serverless_namespace": Unknown(_SIZE_UNKNOWN),
    "aws_redshift_serverless_snapshot": Unknown("it bills with the storage of its namespace"),
    "aws_opensearch_domain": Priced(
        {
            "type": Value("cluster_config.instance_type"),
            "count": Value("cluster_config.instance_count"),
            "masters": Value("cluster_config.dedicated_master_enabled && 'yes' || 'no'"),
            "master_type": Value("cluster_config.dedicated_master_type"),
            "master_count": Value("cluster_config.dedicated_master_count"),
            "warm": Value("cluster_config.warm_enabled && 'yes' || 'no'"),
            "warm_type": Value("cluster_config.warm_type"),
            "warm_count": Value("cluster_config.warm_count"),
            "ebs": Value("ebs_options.ebs_enabled && 'yes' || 'no'"),
            "storage": Value("ebs_options.volume_type"),
            "size": Value("ebs_options.volume_size"),
            "iops": Value("ebs_options.iops"),
            "throughput": Value("ebs_options.throughput"),
        },
        (
            Part("the hours of its instances", "opensearch.instance/{type}", ("count",), True),
            Part(
                "the hours of dedicated masters",
                "opensearch.instance/{master_type}",
                ("master_count",),
                hourly=True,
                when={"masters": ("yes",)},
            ),
            Part(
                "the hours of warm nodes",
                "opensearch.instance/{warm_type}",
                ("warm_count",),
                hourly=True,
                when={"warm": ("yes",)},
            ),
            Part(
                "volumes", "opensearch.storage/{storage}", ("size", "count"), when={"ebs": ("yes",)}
            ),
            Part(
                "IOPS of io1", "opensearch.iops/io1", ("iops", "count"), when={"storage": ("io1",)}
            ),
            Part(
                "IOPS of gp3 above 3,000",
                "opensearch.iops/gp3",
                ("iops", "count"),
                above=3000,
                when={"ebs": ("yes",), "storage": ("gp3",)},
            ),
            Part(
                "throughput of gp3 above 125 MiB/s",
                "opensearch.throughput/gp3",
                ("throughput", "count"),
                above=125,
                when={"ebs": ("yes",), "storage": ("gp3",)},
            ),
        ),
        left_out="warm and cold storage, extended support",
        unknown_if={
            "cluster_config.node_options[0]": "it has nodes of further types",
        },
    ),
    "aws_opensearch_serverless_collection": Unknown("collections share their capacity"),
    "aws_msk_cluster": Priced(
        {
            "type": Value(f"{_NODES}.instance_type"),
            "brokers": Value("provisioned.number_of_broker_nodes"),
            "size": Value(f"{_NODES}.storage_info.ebs_storage_info.volume_size", missing=0),
        },
        (
            Part("the hours of its brokers", "msk.broker/{type}", ("brokers",), True),
            Part("their volumes", "msk.storage", ("size", "brokers")),
        ),
        left_out="provisioned throughput of volumes, tiered storage, traffic",
        unknown_if={"serverless": "it is serverless"},
    ),
    "aws_kinesis_stream": Priced(
        {
            "mode": Value("stream_mode_details.stream_mode", missing="provisioned"),
            "shards": Value("open_shard_count"),
            "hours": Value("retention_period_hours", steps=((0, 0), (25, 1))),
        },
        (
            Part(
                "the hours of its shards",
                "kinesis.shard",
                ("shards",),
                hourly=True,
                when={"mode": ("provisioned",)},
            ),
            Part(
                "shards that keep data for more than a day",
                "kinesis.extended_shard",
                ("shards", "hours"),
                hourly=True,
                when={"mode": ("provisioned",)},
            ),
            Part(
                "the hours of a stream on demand",
                "kinesis.on_demand",
                hourly=True,
                when={"mode": ("on_demand",)},
            ),
        ),
        left_out="records, consumers, data kept for more than seven days",
    ),
    "aws_mq_broker": Priced(
        {
            "engine": Value("engine_type"),
            "deployment": Value(
                "deployment_mode",
                {
                    "single_instance": "single-az",
                    "active_standby_multi_az": "multi-az",
                    "cluster_multi_az": "multi-az",
                },
            ),
            "type": Value("host_instance_type"),
        },
        (
            Part(
                "the hours of its instances", "mq.broker/{engine}/{deployment}/{type}", hourly=True
            ),
        ),
        left_out="storage",
    ),
    "aws_dms_replication_instance": Priced(
        {"standby": _STANDBY, "type": Value("replication_instance_class")},
        (
            Part(
                "the hours of the instance, twice if it has a standby",
                "dms.instance/{standby}/{type}",
                hourly=True,
            ),
        ),
        left_out="storage beyond what the class includes",
    ),
    "aws_mwaa_environment": Priced(
        {
            "size": Value(
                "environment_class",
                {
                    "mw1.micro": "micro",
                    "mw1.small": "small",
                    "mw1.medium": "medium",
                    "mw1.large": "large",
                    "mw1.xlarge": "xlarge",
                    "mw1.2xlarge": "2xlarge",
                },
            ),
        },
        (Part("the hours of the environment", "mwaa.environment/{size}", hourly=True),),
        left_out="additional workers and schedulers, the metadata database",
        least="further workers, schedulers and web servers bill as well",
    ),
    "aws_lightsail_database": Priced(
        {
            "memory": Value("hardware.ram_size_in_gb"),
            "standby": Value(
                "contains(relational_database_bundle_id || '', '_ha_') && 'ha' || 'standard'"
            ),
        },
        (Part("its plan", "lightsail.database/{standby}/{memory}gb", hourly=True),),
        left_out="traffic beyond the plan",
        unknown_if={"!relational_database_bundle_id": "its plan was not read"},
    ),
}
