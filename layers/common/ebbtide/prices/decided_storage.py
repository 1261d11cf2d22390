"""What volumes, snapshots, file systems, backups, logs and images cost while they idle."""

from __future__ import annotations

from decimal import Decimal

from ebbtide.prices.decision import GIB, Decision, Part, Priced, Unknown, Value

_FULL = "AWS bills changed blocks only; the full size is the most that it can be"
_SIZE_OF_SNAPSHOT = Value("full_snapshot_size_in_bytes", scale=GIB, or_else=Value("volume_size"))
# Files that are seldom read cost less to keep with elastic throughput, and more to read.
_EFS = {
    "place": Value("availability_zone_name && 'one-zone' || 'regional'"),
    "seldom": Value("throughput_mode == 'elastic' && 'ia-elastic' || 'ia'"),
}
_REGIONAL, _ONE_ZONE = {"place": ("regional",)}, {"place": ("one-zone",)}
_FSX_DEPLOYMENT = (
    "windows_configuration.deployment_type || ontap_configuration.deployment_type"
    " || open_zfs_configuration.deployment_type || lustre_configuration.deployment_type"
)
_FSX_DEPLOYMENTS = {
    "single_az_1": "single-az",
    "single_az_2": "single-az",
    "single_az_ha_1": "single-az",
    "single_az_ha_2": "single-az",
    "multi_az_1": "multi-az",
    "multi_az_2": "multi-az",
    "scratch_1": "single-az",
    "scratch_2": "single-az",
    "persistent_1": "single-az",
    "persistent_2": "single-az",
}
_NOT_LUSTRE = {"type": ("windows", "ontap", "openzfs")}

STORAGE: dict[str, Decision] = {
    "aws_ec2_volume": Priced(
        {
            "type": Value("volume_type"),
            "size": Value("size || volume_size"),
            "iops": Value("iops"),
            "throughput": Value("throughput"),
        },
        (
            Part("its size", "ebs.storage/{type}", ("size",)),
            Part("IOPS of io1", "ebs.iops/io1", ("iops",), when={"type": ("io1",)}),
            Part("IOPS of io2", "ebs.iops/io2", ("iops",), up_to=32000, when={"type": ("io2",)}),
            Part(
                "IOPS of io2 above 32,000",
                "ebs.iops/io2-above-32000",
                ("iops",),
                above=32000,
                up_to=64000,
                when={"type": ("io2",)},
            ),
            Part(
                "IOPS of io2 above 64,000",
                "ebs.iops/io2-above-64000",
                ("iops",),
                above=64000,
                when={"type": ("io2",)},
            ),
            Part(
                "IOPS of gp3 above 3,000",
                "ebs.iops/gp3",
                ("iops",),
                above=3000,
                when={"type": ("gp3",)},
            ),
            Part(
                "throughput of gp3 above 125 MiB/s",
                "ebs.throughput/gp3",
                ("throughput", Decimal(1) / 1024),
                above=125,
                when={"type": ("gp3",)},
            ),
        ),
        left_out="requests of magnetic volumes, fast restores",
        unknown_if={"outpost_arn": "it is on an Outpost"},
        zone="availability_zone",
    ),
    "aws_ec2_snapshot": Priced(
        {"size": _SIZE_OF_SNAPSHOT, "tier": Value("storage_tier", missing="standard")},
        (Part("its full size", "ebs.snapshot/{tier}", ("size",)),),
        left_out="fast restores, retrieval from the archive",
        most=_FULL,
        unknown_if={"outpost_arn": "it is on an Outpost"},
    ),
    "aws_rds_snapshot": Priced(
        {"size": _SIZE_OF_SNAPSHOT, "made": Value("snapshot_type")},
        (
            Part(
                "the full size of a snapshot that is manual or of AWS Backup",
                "rds.snapshot",
                ("size",),
                when={"made": ("manual", "awsbackup")},
            ),
        ),
        left_out=(
            "automated snapshots, and backups up to the size of the databases, which are free; "
            "exports"
        ),
        most="AWS bills changed blocks only, and only beyond the size of the databases",
    ),
    "aws_rds_cluster_snapshot": Priced(
        {"size": Value("allocated_storage"), "made": Value("snapshot_type")},
        (
            Part(
                "the size of a snapshot that is manual or of AWS Backup",
                "rds.snapshot/aurora",
                ("size",),
                when={"made": ("manual", "awsbackup")},
            ),
        ),
        left_out="automated snapshots within the period of retention, exports",
        unknown_if={
            "!starts_with(engine || '', 'aurora')": "its engine is not Aurora",
        },
        most="AWS bills only what a manual snapshot keeps beyond the cluster's own backups",
    ),
    "aws_efs_file_system": Priced(
        {
            **_EFS,
            "standard": Value("size_in_bytes.value_in_standard", scale=GIB),
            "ia": Value("size_in_bytes.value_in_ia", scale=GIB, missing=0),
            "archive": Value("size_in_bytes.value_in_archive", scale=GIB, missing=0),
            "mode": Value("throughput_mode", missing="bursting"),
            "throughput": Value("provisioned_throughput_in_mibps"),
        },
        (
            Part(
                "files in the standard class", "efs.storage/standard", ("standard",), when=_REGIONAL
            ),
            Part("files seldom read", "efs.storage/{seldom}", ("ia",), when=_REGIONAL),
            Part("files in the archive class", "efs.storage/archive", ("archive",), when=_REGIONAL),
            Part("files in one zone", "efs.storage/one-zone", ("standard",), when=_ONE_ZONE),
            Part(
                "files in one zone, seldom read",
                "efs.storage/one-zone-{seldom}",
                ("ia",),
                when=_ONE_ZONE,
            ),
            Part(
                "provisioned throughput",
                "efs.throughput",
                ("throughput",),
                when={"mode": ("provisioned",)},
            ),
        ),
        left_out=(
            "elastic throughput, access to seldom read files; throughput that the size includes"
        ),
    ),
    "aws_fsx_file_system": Priced(
        {
            "type": Value("file_system_type"),
            "deployment": Value(_FSX_DEPLOYMENT, _FSX_DEPLOYMENTS),
            "storage": Value("storage_type", {"ssd": "ssd", "hdd": "hdd"}),
            "size": Value("storage_capacity"),
            "throughput": Value(
                "windows_configuration.throughput_capacity || "
                "ontap_configuration.throughput_capacity"
                " || open_zfs_configuration.throughput_capacity",
            ),
            "per_unit": Value("lustre_configuration.per_unit_storage_throughput"),
        },
        (
            Part(
                "its size", "fsx.storage/{type}/{deployment}/{storage}", ("size",), when=_NOT_LUSTRE
            ),
            Part(
                "its throughput",
                "fsx.throughput/{type}/{deployment}",
                ("throughput",),
                when=_NOT_LUSTRE,
            ),
            Part(
                "its size and throughput",
                "fsx.storage/lustre/{deployment}/{storage}/{per_unit}",
                ("size",),
                when={"type": ("lustre",)},
            ),
        ),
        left_out="backups, provisioned IOPS, savings of deduplication, capacity pools",
        unknown_if={
            "storage_type == 'INTELLIGENT_TIERING'": "the size of its files is not in AWS's answer"
        },
    ),
    "aws_fsx_backup": Priced(
        {
            "type": Value("file_system.file_system_type"),
            "size": Value(
                "size_in_bytes", scale=GIB, or_else=Value("file_system.storage_capacity")
            ),
        },
        (Part("its full size", "fsx.backup/{type}", ("size",)),),
        most=_FULL,
    ),
    "aws_backup_recovery_point": Priced(
        {
            "origin": Value(
                "resource_type",
                {
                    "efs": "efs",
                    "dynamodb": "dynamodb",
                    "s3": "s3",
                    "virtualmachine": "virtualmachine",
                    "timestream": "timestream",
                    # Recovery points of these are images, snapshots and backups, and bill as such.
                    "ebs": "",
                    "ec2": "",
                    "rds": "",
                    "aurora": "",
                    "fsx": "",
                    "redshift": "",
                    "neptune": "",
                    "documentdb": "",
                },
            ),
            "size": Value("backup_size_in_bytes", scale=GIB),
        },
        (Part("its size", "backup.storage/warm/{origin}", ("size",), unless={"origin": ("",)}),),
        left_out=(
            "recovery points of instances, volumes, databases and FSx, which bill as snapshots; "
            "restores"
        ),
        unknown_if={"lifecycle.move_to_cold_storage_after_days": "it may be in cold storage"},
    ),
    "aws_cloudwatch_log_group": Priced(
        {
            "size": Value("stored_bytes", scale=GIB),
            "class": Value("log_group_class", missing="standard"),
        },
        (
            Part(
                "its stored bytes",
                "logs.storage",
                ("size",),
                when={"class": ("standard", "infrequent_access")},
            ),
        ),
        left_out="new logs, queries",
        most="AWS bills the compressed size",
        unknown_if={"log_group_class == 'DELIVERY'": "it only delivers logs elsewhere"},
    ),
    "aws_ecr_image": Priced(
        {"size": Value("image_size_in_bytes", scale=GIB)},
        (Part("its size", "ecr.storage", ("size",)),),
        left_out="scans, traffic",
        most="layers that images share bill once",
        unknown_if={"image_status == 'ARCHIVED'": "it is in the archive"},
    ),
    "aws_glacier_vault": Priced(
        {"size": Value("size_in_bytes", scale=GIB)},
        (Part("its archives", "glacier.storage", ("size",)),),
        left_out="retrieval; what was stored since the last inventory",
    ),
    "aws_eventbridge_archive": Priced(
        {"size": Value("size_bytes", scale=GIB)},
        (Part("its events", "events.archive", ("size",)),),
        left_out="new events, replays",
    ),
    "aws_lightsail_disk": Priced(
        {
            "size": Value("size_in_gb"),
            "system": Value("is_system_disk", {"true": "yes", "false": "no"}, missing="false"),
        },
        (Part("its size", "lightsail.disk", ("size",), unless={"system": ("yes",)}),),
        left_out="system disks, which the plan of the instance includes",
    ),
    "aws_lightsail_database_snapshot": Priced(
        {"size": Value("size_in_gb")},
        (Part("its size", "lightsail.snapshot", ("size",)),),
    ),
    "aws_s3_bucket": Unknown("the size of a bucket is not in the answers of the S3 API"),
    "aws_ecr_public_repository": Unknown("the size of its images is not read"),
    "aws_memorydb_snapshot": Unknown("its size is not in AWS's answer"),
    "aws_elasticache_snapshot": Unknown("AWS tells its size only as a rounded text"),
}
