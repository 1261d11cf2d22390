"""EMR clusters that have not ended."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Kind, Relation

_EC2 = "Ec2InstanceAttributes"

# Roles and instance profiles are named by ARN or by name.
_LAST_PART = r"([^/]+)$"

_RELATIONS = (
    Relation(f"{_EC2}.Ec2SubnetId", "aws_ec2_subnet", reverse=True, deleted_before=True),
    Relation(
        f"{_EC2}.[EmrManagedMasterSecurityGroup, EmrManagedSlaveSecurityGroup,"
        " ServiceAccessSecurityGroup]",
        "aws_ec2_security_group",
        reverse=True,
        deleted_before=True,
    ),
    Relation(
        f"{_EC2}.[AdditionalMasterSecurityGroups, AdditionalSlaveSecurityGroups][]",
        "aws_ec2_security_group",
        reverse=True,
        deleted_before=True,
    ),
    Relation(
        f"{_EC2}.IamInstanceProfile",
        "aws_iam_instance_profile",
        by="name",
        deleted_before=True,
        pattern=_LAST_PART,
    ),
    Relation(f"{_EC2}.Ec2KeyName", "aws_ec2_keypair", by="name", deleted_before=True),
    Relation("ServiceRole", "aws_iam_role", by="name", deleted_before=True, pattern=_LAST_PART),
    Relation("AutoScalingRole", "aws_iam_role", by="name", deleted_before=True, pattern=_LAST_PART),
    Relation("LogUri", "aws_s3_bucket", deleted_before=True, pattern=r"^s3[an]?://([^/]+)"),
    Relation("LogEncryptionKmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    Relation(
        "MonitoringConfiguration.CloudWatchLogConfiguration.LogGroupName",
        "aws_cloudwatch_log_group",
        deleted_before=True,
    ),
    Relation("CustomAmiId", "aws_ec2_image", deleted_before=True),
)

CLUSTER = Kind(
    name="aws_emr_cluster",
    list=Call(
        "emr",
        "list_clusters",
        "Clusters[]",
        ClusterStates=["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING"],
    ),
    get=Call("emr", "describe_cluster", "Cluster", ClusterId="{id}"),
    details=(Detail(Call("emr", "describe_cluster", "Cluster", ClusterId="{Id}"), describes=True),),
    get_details=(),
    # Answered, but documented nowhere: cartography issue 588.
    gone=("InvalidRequestException: is not valid",),
    id="Id",
    label="Name",
    arn="ClusterArn",
    created="Status.Timeline.CreationDateTime",
    relations=_RELATIONS,
    # AWS still describes a cluster for two months after it ended.
    ended="starts_with(Status.State, 'TERMINATED')",
    volatile=("NormalizedInstanceHours",),
    never_delete=(
        NeverDelete(
            "TerminationProtected", "its termination protection is on", "emr:Cluster", protects=True
        ),
    ),
    fingerprint=("ClusterArn", "ServiceRole", "ReleaseLabel"),
    delete=Delete(
        Call("emr", "terminate_job_flows", JobFlowIds=["{id}"]),
        blocked=(),
        refused=("ValidationException",),
        usual=600,
        note="Data in HDFS is lost, and running steps are aborted.",
    ),
)
