"""What tables, caches, databases of other services and what moves them cost while they idle."""

from __future__ import annotations

from ebbtide.prices.decision import GIB, Decision, Part, Priced, Value

DATABASES: dict[str, Decision] = {
    "aws_elasticache_cache_cluster": Priced(
        {
            "engine": Value("engine"),
            "type": Value("cache_node_type"),
            "nodes": Value("num_cache_nodes"),
        },
        (Part("the hours of its nodes", "elasticache.node/{engine}/{type}", ("nodes",), True),),
        left_out="backups, extended support, traffic",
        unknown_if={"preferred_outpost_arn": "it is on an Outpost"},
    ),
    "aws_elasticache_serverless_cache": Priced(
        {
            "engine": Value("engine"),
            "size": Value(
                "cache_usage_limits.data_storage.minimum",
                # https://aws.amazon.com/elasticache/pricing/: 100 MB of Valkey, else 1 GB.
                or_else=Value("engine", {"valkey": "0.1", "redis": "1", "memcached": "1"}),
            ),
        },
        (Part("its least storage", "elasticache.serverless/{engine}", ("size",), True),),
        left_out="data above the least storage, processing units",
        least="it bills for the data that it contains",
    ),
    "aws_elasticache_serverless_snapshot": Priced(
        {"size": Value("bytes_used_for_cache", scale=GIB)},
        (Part("its size", "elasticache.snapshot", ("size",)),),
    ),
    "aws_memorydb_cluster": Priced(
        {
            "engine": Value("engine"),
            "type": Value("node_type"),
            "nodes": Value("shards[].number_of_nodes", fold="sum"),
        },
        (Part("the hours of its nodes", "memorydb.node/{engine}/{type}", ("nodes",), True),),
        left_out="written data, snapshots",
    ),
    "aws_dynamodb_table": Priced(
        {
            "billing": Value("billing_mode_summary.billing_mode", missing="provisioned"),
            "class": Value(
                "table_class_summary.table_class",
                {"standard": "standard", "standard_infrequent_access": "ia"},
                missing="standard",
            ),
            "read": Value("provisioned_throughput.read_capacity_units", missing=0),
            "write": Value("provisioned_throughput.write_capacity_units", missing=0),
            "index_read": Value(
                "global_secondary_indexes[].provisioned_throughput.read_capacity_units",
                fold="sum",
                missing=0,
            ),
            "index_write": Value(
                "global_secondary_indexes[].provisioned_throughput.write_capacity_units",
                fold="sum",
                missing=0,
            ),
            "size": Value("table_size_bytes", scale=GIB),
            "indexes": Value(
                "global_secondary_indexes[].index_size_bytes", fold="sum", missing=0, scale=GIB
            ),
        },
        (
            *(
                Part(
                    f"{what} of the table and its indexes",
                    f"dynamodb.{unit}/{{class}}",
                    (quantity,),
                    hourly=True,
                    when={"billing": ("provisioned",)},
                )
                for what, unit, quantity in (
                    ("provisioned reads", "read", "read"),
                    ("provisioned reads", "read", "index_read"),
                    ("provisioned writes", "write", "write"),
                    ("provisioned writes", "write", "index_write"),
                )
            ),
            Part("its size", "dynamodb.storage/{class}", ("size",)),
            Part("the size of its indexes", "dynamodb.storage/{class}", ("indexes",)),
        ),
        left_out="requests on demand, streams, continuous backups, vector indexes",
    ),
    "aws_dynamodb_backup": Priced(
        {"type": Value("backup_type"), "size": Value("backup_size_bytes", scale=GIB)},
        (
            Part(
                "the size of a backup of the user's",
                "dynamodb.backup",
                ("size",),
                when={"type": ("user",)},
            ),
        ),
        left_out=(
            "backups by AWS Backup, which are other resources, and by the system, which are free"
        ),
    ),
}
