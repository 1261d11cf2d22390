"""Rates of databases, caches, search domains, streams and brokers."""

from __future__ import annotations

from ebbtide.prices.rate import Rate

_INCLUDED, _OWN, _FREE = "License included", "Bring your own license", "No license required"

# Engine, edition and licence of the Price List -> the engine's name in the API, and the licence
# if AWS sells it both ways.
ENGINES = {
    f"PostgreSQL||{_FREE}": "postgres",
    f"MySQL||{_FREE}": "mysql",
    f"MariaDB||{_FREE}": "mariadb",
    f"Aurora MySQL||{_FREE}": "aurora-mysql",
    f"Aurora PostgreSQL||{_FREE}": "aurora-postgresql",
    f"SQL Server|Express|{_INCLUDED}": "sqlserver-ex",
    f"SQL Server|Web|{_INCLUDED}": "sqlserver-web",
    f"SQL Server|Standard|{_INCLUDED}": "sqlserver-se",
    f"SQL Server|Enterprise|{_INCLUDED}": "sqlserver-ee",
    f"Oracle|Standard Two|{_INCLUDED}": "oracle-se2-license-included",
    f"Oracle|Standard Two|{_OWN}": "oracle-se2-bring-your-own-license",
    f"Oracle|Enterprise|{_OWN}": "oracle-ee-bring-your-own-license",
    f"Db2|Standard|{_OWN}": "db2-se-bring-your-own-license",
    f"Db2|Advanced|{_OWN}": "db2-ae-bring-your-own-license",
}
_ENGINE = {"engine": (("databaseEngine", "databaseEdition", "licenseModel"), ENGINES)}
_AURORA = {
    "engine": (
        ("databaseEngine",),
        {"Aurora MySQL": "aurora-mysql", "Aurora PostgreSQL": "aurora-postgresql"},
    )
}
# How often AWS keeps the data is a part of the usage type.
_COPIES = {"": "single-az", "Multi-AZ": "multi-az", "Multi-AZCluster": "cluster"}


def _rds_storage(name: str, single: str, unit: str, family: str) -> tuple[Rate, ...]:
    """Return the rates of one unit of storage of RDS, with one copy of the data and with two."""
    return tuple(
        Rate(
            f"rds.{name}/{copies}",
            unit,
            "AmazonRDS",
            family,
            f"RDS:{prefix}-{single}" if prefix else f"RDS:{single}",
        )
        for prefix, copies in _COPIES.items()
    )


_INSTANCE = "Database Instance"
_STORAGE = ("GB-Mo", "Database Storage")
_PIOPS = ("IOPS-Mo", "Provisioned IOPS")

RDS = (
    Rate(
        "rds.instance/{engine}/single-az/{instanceType}",
        "Hrs",
        "AmazonRDS",
        _INSTANCE,
        r"InstanceUsage:.*",
        words=_ENGINE,
    ),
    Rate(
        "rds.instance/{engine}/multi-az/{instanceType}",
        "Hrs",
        "AmazonRDS",
        _INSTANCE,
        r"(?:Multi-AZ|Mirror)Usage:.*",
        words=_ENGINE,
    ),
    # The price is that of a whole cluster of three instances.
    Rate(
        "rds.instance/{engine}/cluster/{instanceType}",
        "Hrs",
        "AmazonRDS",
        _INSTANCE,
        r"Multi-AZClusterUsage:.*",
        words=_ENGINE,
    ),
    Rate(
        "rds.instance/{engine}/io-optimized/{instanceType}",
        "Hrs",
        "AmazonRDS",
        _INSTANCE,
        r"InstanceUsageIOOptimized:.*",
        words=_ENGINE,
    ),
    *_rds_storage("storage/gp2", "GP2-Storage", *_STORAGE),
    *_rds_storage("storage/gp3", "GP3-Storage", *_STORAGE),
    *_rds_storage("storage/io1", "PIOPS-Storage", *_STORAGE),
    *_rds_storage("storage/io2", "PIOPS-Storage-IO2", *_STORAGE),
    *_rds_storage("storage/standard", "StorageUsage", *_STORAGE),
    *_rds_storage("iops/io1", "PIOPS", *_PIOPS),
    *_rds_storage("iops/io2", "PIOPS-IO2", *_PIOPS),
    *_rds_storage("iops/gp3", "GP3-PIOPS", *_PIOPS),
    *_rds_storage("throughput/gp3", "GP3-Throughput", "MBPS-Mo", "Provisioned Throughput"),
    Rate(
        "rds.acu/{engine}/standard",
        "ACU-Hr",
        "AmazonRDS",
        usage=r"Aurora:ServerlessV2Usage",
        words=_AURORA,
    ),
    Rate(
        "rds.acu/{engine}/io-optimized",
        "ACU-Hr",
        "AmazonRDS",
        usage=r"Aurora:ServerlessV2IOOptimizedUsage",
        words=_AURORA,
    ),
    Rate("rds.snapshot", "GB-Mo", "AmazonRDS", "Storage Snapshot", r"RDS:ChargedBackupUsage"),
    Rate("rds.snapshot/aurora", "GB-Mo", "AmazonRDS", "Storage Snapshot", r"Aurora:BackupUsage"),
)

DATABASES = (
    *RDS,
    Rate(
        "docdb.instance/standard/{instanceType}",
        "Hrs",
        "AmazonDocDB",
        _INSTANCE,
        r"InstanceUsage:.*",
    ),
    Rate(
        "docdb.instance/io-optimized/{instanceType}",
        "Hrs",
        "AmazonDocDB",
        _INSTANCE,
        r"InstanceUsageIOOptimized:.*",
    ),
    Rate(
        "neptune.instance/standard/{instanceType}",
        "Hrs",
        "AmazonNeptune",
        _INSTANCE,
        r"InstanceUsage:.*",
    ),
    Rate(
        "neptune.instance/io-optimized/{instanceType}",
        "Hrs",
        "AmazonNeptune",
        _INSTANCE,
        r"InstanceUsageIOOptimized:.*",
    ),
    Rate(
        "elasticache.node/{cacheEngine}/{instanceType}",
        "Hrs",
        "AmazonElastiCache",
        "Cache Instance",
        r"NodeUsage:.*",
    ),
    # A serverless cache bills at least 1 GB (Redis OSS, Memcached) or 100 MB (Valkey).
    Rate(
        "elasticache.serverless/{cacheEngine}",
        "GB-Hrs",
        "AmazonElastiCache",
        "ElastiCache Serverless",
        r"(?:ElastiCache:)?(?:Serverless:?)?CachedData(?:[:-]\w+)?",
    ),
    Rate("elasticache.snapshot", "GB-Mo", "AmazonElastiCache", "Storage Snapshot", r"BackupUsage"),
    Rate(
        "memorydb.node/{engine}/{type}",
        "Hrs",
        "AmazonMemoryDB",
        usage=r"NodeUsage:(?P<type>db\.[\w.]+?)(?:-\w+)?",
        words={
            "engine": (
                ("engine",),
                {"Redis": "redis", "Redis OSS": "redis", "Valkey": "valkey", "": "redis"},
            )
        },
    ),
    Rate(
        "redshift.node/{type}",
        "Hrs",
        "AmazonRedshift",
        "Compute Instance",
        r"Node:(?P<type>[\w.-]+)",
    ),
    Rate("redshift.snapshot", "GB-Mo", "AmazonRedshift", usage=r"(?:Redshift:)?PaidSnapshots"),
    Rate(
        "redshift.managed_storage/{type}", "GB-Mo", "AmazonRedshift", usage=r"RMS:(?P<type>[\w.-]+)"
    ),
    Rate(
        "dynamodb.read/standard",
        "ReadCapacityUnit-Hrs",
        "AmazonDynamoDB",
        usage=r"ReadCapacityUnit-Hrs",
    ),
    Rate(
        "dynamodb.write/standard",
        "WriteCapacityUnit-Hrs",
        "AmazonDynamoDB",
        usage=r"WriteCapacityUnit-Hrs",
    ),
    Rate(
        "dynamodb.read/ia",
        "ReadCapacityUnit-Hrs",
        "AmazonDynamoDB",
        usage=r"IA-ReadCapacityUnit-Hrs",
    ),
    Rate(
        "dynamodb.write/ia",
        "WriteCapacityUnit-Hrs",
        "AmazonDynamoDB",
        usage=r"IA-WriteCapacityUnit-Hrs",
    ),
    Rate("dynamodb.storage/standard", "GB-Mo", "AmazonDynamoDB", usage=r"TimedStorage-ByteHrs"),
    Rate("dynamodb.storage/ia", "GB-Mo", "AmazonDynamoDB", usage=r"IA-TimedStorage-ByteHrs"),
    Rate("dynamodb.backup", "GB-Mo", "AmazonDynamoDB", usage=r"TimedBackupStorage-ByteHrs"),
    Rate(
        "opensearch.instance/{instanceType}",
        "Hrs",
        "AmazonES",
        usage=r"(?:ESInstance|OpenSearch\w*|UltraWarm\w*):[\w.-]+",
    ),
    Rate("opensearch.storage/gp2", "GB-Mo", "AmazonES", usage=r"ES:(?:GP2|gp2)-Storage"),
    Rate("opensearch.storage/gp3", "GB-Mo", "AmazonES", usage=r"ES:(?:GP3|gp3)-Storage"),
    Rate("opensearch.storage/io1", "GB-Mo", "AmazonES", usage=r"ES:PIOPS-Storage"),
    Rate("opensearch.storage/standard", "GB-Mo", "AmazonES", usage=r"ES:Magnetic-Storage"),
    Rate("opensearch.iops/io1", "IOPS-Mo", "AmazonES", usage=r"ES:PIOPS"),
    Rate("opensearch.iops/gp3", "IOPS-Mo", "AmazonES", usage=r"ES:GP3-PIOPS"),
    Rate(
        "opensearch.throughput/gp3", "MiBps-Mo", "AmazonES", usage=r"ES:GP3-Provisioned-Throughput"
    ),
    Rate("msk.broker/kafka.{type}", "hours", "AmazonMSK", usage=r"Kafka\.(?P<type>\w+\.\w+)"),
    Rate(
        "msk.broker/express.{type}",
        "hours",
        "AmazonMSK",
        usage=r"(?:Kafka\.)?[Ee]xpress\.(?P<type>\w+\.\w+)",
    ),
    Rate("msk.storage", "GB-Mo", "AmazonMSK", usage=r"Kafka\.Storage\.GP2"),
    Rate("kinesis.shard", "ShardHour", "AmazonKinesis", usage=r"Storage-ShardHour"),
    Rate("kinesis.extended_shard", "ShardHour", "AmazonKinesis", usage=r"Extended-ShardHour"),
    Rate("kinesis.on_demand", "StreamHr", "AmazonKinesis", usage=r"OnDemand-StreamHour"),
    # A cluster of RabbitMQ has one price for its three brokers, as a pair of ActiveMQ for its two.
    Rate(
        "mq.broker/{engine}/{deploymentOption}/{type}",
        "Hrs",
        "AmazonMQ",
        "Broker Instances",
        r".*(?::|-)(?P<type>mq\.[\w.]+)",
        "CreateBroker.*",
        words={"engine": (("brokerEngine",), {"ActiveMQ": "activemq", "RabbitMQ": "rabbitmq"})},
    ),
    Rate(
        "dms.instance/{copies}/dms.{instanceType}",
        "Hrs",
        "AWSDatabaseMigrationSvc",
        words={"copies": (("availabilityZone",), {"Single": "single-az", "Multiple": "multi-az"})},
    ),
    Rate(
        "lightsail.database/{deployment}/{memory}",
        "Hrs",
        "AmazonLightsail",
        usage=r"(?P<deployment>HA|)DatabaseUsage:(?P<memory>[\d.]+GB)",
    ),
)
