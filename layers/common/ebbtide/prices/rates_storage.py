"""Rates of what stores: volumes, snapshots, file systems, backups, logs, images."""

from __future__ import annotations

from ebbtide.prices.rate import Rate

_EBS = ("AmazonEC2", "Storage")
_IOPS = ("AmazonEC2", "System Operation")
_SNAPSHOT = ("AmazonEC2", "Storage Snapshot")
_FSX = "AmazonFSx"
_FSX_SOURCES = ("fileSystemType",)
_FSX_TYPES = {
    "type": (
        _FSX_SOURCES,
        {"Windows": "windows", "Lustre": "lustre", "ONTAP": "ontap", "OpenZFS": "openzfs"},
    ),
}
_BACKED_UP = r"EBS|EFS|RDS|DynamoDB|S3|VirtualMachine|Neptune|DocumentDB|Redshift|Aurora|Timestream"

STORAGE = (
    Rate("ebs.storage/{volumeApiName}", "GB-Mo", *_EBS, r"EBS:VolumeUsage(?:\.\w+)?"),
    Rate("ebs.iops/io1", "IOPS-Mo", *_IOPS, r"EBS:VolumeP-IOPS\.piops"),
    Rate("ebs.iops/gp3", "IOPS-Mo", *_IOPS, r"EBS:VolumeP-IOPS\.gp3"),
    Rate("ebs.iops/io2", "IOPS-Mo", *_IOPS, r"EBS:VolumeP-IOPS\.io2"),
    Rate("ebs.iops/io2-above-32000", "IOPS-Mo", *_IOPS, r"EBS:VolumeP-IOPS\.io2\.tier2"),
    Rate("ebs.iops/io2-above-64000", "IOPS-Mo", *_IOPS, r"EBS:VolumeP-IOPS\.io2\.tier3"),
    # The Price List sells it by GiBps; the pages of AWS by MiBps: 40.96 USD are 0.04 USD * 1024.
    Rate(
        "ebs.throughput/gp3",
        "GiBps-mo",
        "AmazonEC2",
        "Provisioned Throughput",
        r"EBS:VolumeP-Throughput\.gp3",
    ),
    Rate("ebs.snapshot/standard", "GB-Mo", *_SNAPSHOT, r"EBS:SnapshotUsage"),
    Rate("ebs.snapshot/archive", "GB-Mo", *_SNAPSHOT, r"EBS:SnapshotArchiveStorage"),
    Rate("efs.storage/standard", "GB-Mo", "AmazonEFS", "Storage", r"TimedStorage-ByteHrs"),
    Rate("efs.storage/ia", "GB-Mo", "AmazonEFS", "Storage", r"IATimedStorage-ByteHrs"),
    Rate("efs.storage/archive", "GB-Mo", "AmazonEFS", "Storage", r"ArchiveTimedStorage-ByteHrs"),
    Rate("efs.storage/one-zone", "GB-Mo", "AmazonEFS", "Storage", r"TimedStorage-Z-ByteHrs"),
    Rate("efs.storage/one-zone-ia", "GB-Mo", "AmazonEFS", "Storage", r"IATimedStorage-Z-ByteHrs"),
    Rate("efs.storage/ia-elastic", "GB-Mo", "AmazonEFS", "Storage", r"IATimedStorage-ET-ByteHrs"),
    Rate(
        "efs.storage/one-zone-ia-elastic",
        "GB-Mo",
        "AmazonEFS",
        "Storage",
        r"IATimedStorage-Z-ET-ByteHrs",
    ),
    Rate(
        "efs.throughput",
        "MiBps-Mo",
        "AmazonEFS",
        "Provisioned Throughput",
        r"ProvisionedTP-MiBpsHrs",
    ),
    Rate(
        "fsx.storage/{type}/{deploymentOption}/{storageType}",
        "GB-Mo",
        _FSX,
        "Storage",
        words={
            "type": (_FSX_SOURCES, {"Windows": "windows", "ONTAP": "ontap", "OpenZFS": "openzfs"})
        },
    ),
    Rate(
        "fsx.storage/lustre/{deploymentOption}/{storageType}/{throughputCapacity}",
        "GB-Mo",
        _FSX,
        "Storage",
        where={"fileSystemType": "Lustre"},
    ),
    Rate(
        "fsx.throughput/{type}/{deploymentOption}",
        "MiBps-Mo",
        _FSX,
        "Provisioned Throughput",
        words=_FSX_TYPES,
    ),
    Rate(
        "fsx.iops/{type}/{deploymentOption}", "IOPS-Mo", _FSX, "Provisioned IOPS", words=_FSX_TYPES
    ),
    Rate("fsx.backup/{type}", "GB-Mo", _FSX, usage=r".*BackupUsage.*", words=_FSX_TYPES),
    Rate(
        "backup.storage/warm/{of}",
        "GB-Mo",
        "AWSBackup",
        usage=rf"WarmStorage-ByteHrs-(?P<of>{_BACKED_UP})",
    ),
    Rate(
        "backup.storage/cold/{of}",
        "GB-Mo",
        "AWSBackup",
        usage=rf"ColdStorage-ByteHrs-(?P<of>{_BACKED_UP})",
    ),
    Rate("logs.storage", "GB-Mo", "AmazonCloudWatch", usage=r"TimedStorage-ByteHrs"),
    Rate("ecr.storage", "GB-Mo", "AmazonECR", usage=r"TimedStorage-ByteHrs"),
    Rate("glacier.storage", "GB-Mo", "AmazonGlacier", usage=r"TimedStorage-ByteHrs"),
    Rate("lightsail.disk", "GB-Mo", "AmazonLightsail", usage=r"(?:Block)?DiskUsage"),
    Rate(
        "lightsail.snapshot",
        "GB-Mo",
        "AmazonLightsail",
        usage=r"(?:Snapshot|DatabaseSnapshot)Usage",
    ),
)
