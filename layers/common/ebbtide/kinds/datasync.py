"""DataSync tasks, and the locations that they copy between."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Decision, Kind, Relation

_NO_LOCATION: Decision = {
    "strength": "needed",
    "why": "tasks that copy from or to the location would fail",
}

_TASK_DETAILS = (
    Detail(Call("datasync", "describe_task", TaskArn="{TaskArn}"), describes=True),
    Detail(
        Call("datasync", "list_tags_for_resource", "Tags[]", ResourceArn="{TaskArn}"), into="Tags"
    ),
)

_TASK_RELATIONS = (
    Relation("SourceLocationArn", "aws_datasync_location", deleted_before=True),
    Relation("DestinationLocationArn", "aws_datasync_location", deleted_before=True),
    Relation(
        "CloudWatchLogGroupArn",
        "aws_cloudwatch_log_group",
        by="arn",
        pattern=r"^(arn:[^:]+:logs:[^:]+:\d+:log-group:[^:]+)",
        strength="needed",
        why="the task could not write its log",
    ),
    Relation(
        "[SourceNetworkInterfaceArns, DestinationNetworkInterfaceArns][]",
        "aws_ec2_network_interface",
        owns=True,
        pattern=r"/(eni-\w+)$",
    ),
    Relation(
        "[ManifestConfig.Source.S3, TaskReportConfig.Destination.S3][].BucketAccessRoleArn",
        "aws_iam_role",
        by="arn",
        deleted_before=True,
    ),
    Relation(
        "[ManifestConfig.Source.S3, TaskReportConfig.Destination.S3][].S3BucketArn",
        "aws_s3_bucket",
        by="arn",
        strength="needed",
        why="its next execution would fail",
    ),
)

TASK = Kind(
    name="aws_datasync_task",
    list=Call("datasync", "list_tasks", "Tasks[]"),
    # DataSync answers InvalidRequestException for a missing task and for many other errors.
    get=Call("datasync", "list_tasks", "Tasks[]"),
    details=_TASK_DETAILS,
    id="TaskArn",
    label="Name || TaskArn",
    arn="TaskArn",
    created="CreationTime",
    relations=_TASK_RELATIONS,
    volatile=("Status", "CurrentTaskExecutionArn"),
    never_delete=(NeverDelete('contains(`["RUNNING", "QUEUED"]`, Status)', "it is running"),),
    fingerprint=("CreationTime", "SourceLocationArn", "DestinationLocationArn"),
    delete=Delete(
        Call("datasync", "delete_task", TaskArn="{id}"),
        blocked=(),
        refused=("InvalidRequestException",),
        note="Its execution history goes with it; copied data stays.",
    ),
)

_LOCATION_RELATIONS = (
    Relation("LocationUri", "aws_s3_bucket", pattern=r"^s3://([^/]+)", **_NO_LOCATION),
    Relation(
        "LocationUri",
        "aws_efs_file_system",
        pattern=r"^efs://[^/]*\b(fs-[0-9a-f]+)",
        **_NO_LOCATION,
    ),
    Relation(
        "LocationUri",
        "aws_fsx_file_system",
        pattern=r"^fsx[^:]*://[^/]*\b(fs-[0-9a-f]+)",
        **_NO_LOCATION,
    ),
    Relation("S3Config.BucketAccessRoleArn", "aws_iam_role", by="arn", deleted_before=True),
    Relation(
        "Ec2Config.SecurityGroupArns",
        "aws_ec2_security_group",
        by="arn",
        strength="needed",
        why="its tasks could not reach the files",
    ),
    Relation(
        "Ec2Config.SubnetArn",
        "aws_ec2_subnet",
        by="arn",
        strength="needed",
        why="its tasks could not reach the files",
    ),
)

# A list gives only the URI of a location.
_LOCATION_DETAILS = (
    Detail(
        Call("datasync", "list_tags_for_resource", "Tags[]", ResourceArn="{LocationArn}"),
        into="Tags",
    ),
    Detail(
        Call(
            "datasync",
            "describe_location_s3",
            "{S3Config: S3Config}",
            LocationArn="{LocationArn}",
        ),
        when="starts_with(LocationUri || '', 's3://')",
        describes=True,
    ),
    Detail(
        Call(
            "datasync",
            "describe_location_efs",
            "{Ec2Config: Ec2Config}",
            LocationArn="{LocationArn}",
        ),
        when="starts_with(LocationUri || '', 'efs://')",
        describes=True,
    ),
)

LOCATION = Kind(
    name="aws_datasync_location",
    list=Call("datasync", "list_locations", "Locations[]"),
    get=Call("datasync", "list_locations", "Locations[]"),
    details=_LOCATION_DETAILS,
    id="LocationArn",
    label="LocationUri",
    arn="LocationArn",
    relations=_LOCATION_RELATIONS,
    fingerprint=("LocationArn", "LocationUri"),
    delete=Delete(
        Call("datasync", "delete_location", LocationArn="{id}"),
        # A task still uses the location.
        blocked=("InvalidRequestException",),
        note="The data at the location stays.",
    ),
)
