"""Redshift Serverless: namespaces, which hold data, and workgroups, which run queries."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Kind, Relation

_NAMESPACE_TAGS = Detail(
    Call("redshift-serverless", "list_tags_for_resource", "tags[]", resourceArn="{namespaceArn}"),
    into="tags",
)

_NAMESPACE_RELATIONS = (
    Relation("kmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    Relation("adminPasswordSecretKmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    Relation("adminPasswordSecretArn", "aws_secretsmanager_secret", by="arn", owns=True),
    # AWS answers "IamRole(applyStatus=in-sync, iamRoleArn=arn:...)".
    Relation(
        "iamRoles",
        "aws_iam_role",
        by="arn",
        deleted_before=True,
        pattern=r"(arn:[^:]+:iam::\d+:role/[^,)\s]+)",
    ),
)

_NAMESPACE_DELETE = Delete(
    Call(
        "redshift-serverless",
        "delete_namespace",
        action=("redshift-serverless:DeleteNamespace", "redshift-serverless:CreateSnapshot"),
        namespaceName="{id}",
        finalSnapshotName="ebbtide-final-{namespaceName}-{digits(creationDate)}",
        finalSnapshotRetentionPeriod=-1,
    ),
    gone=("ResourceNotFoundException",),
    blocked=("ConflictException",),
    refused=("ValidationException",),
    usual=600,
    note="Leaves a final snapshot, ebbtide-final-..., until somebody deletes it.",
)

NAMESPACE = Kind(
    name="aws_redshift_serverless_namespace",
    list=Call("redshift-serverless", "list_namespaces", "namespaces[]"),
    get=Call("redshift-serverless", "get_namespace", "namespace", namespaceName="{id}"),
    details=(_NAMESPACE_TAGS,),
    id="namespaceName",
    label="namespaceName",
    arn="namespaceArn",
    tags="tags",
    created="creationDate",
    relations=_NAMESPACE_RELATIONS,
    fingerprint=("namespaceId", "creationDate", "status"),
    sources={"usual": "ours"},
    delete=_NAMESPACE_DELETE,
)

_WORKGROUP_TAGS = Detail(
    Call("redshift-serverless", "list_tags_for_resource", "tags[]", resourceArn="{workgroupArn}"),
    into="tags",
)

WORKGROUP = Kind(
    name="aws_redshift_serverless_workgroup",
    list=Call("redshift-serverless", "list_workgroups", "workgroups[]"),
    get=Call("redshift-serverless", "get_workgroup", "workgroup", workgroupName="{id}"),
    details=(_WORKGROUP_TAGS,),
    id="workgroupName",
    label="workgroupName",
    arn="workgroupArn",
    tags="tags",
    created="creationDate",
    relations=(
        Relation(
            "namespaceName",
            "aws_redshift_serverless_namespace",
            reverse=True,
            deleted_before=True,
            part="plain",
        ),
        Relation("subnetIds", "aws_ec2_subnet", reverse=True, deleted_before=True),
        Relation("securityGroupIds", "aws_ec2_security_group", reverse=True, deleted_before=True),
        Relation("customDomainCertificateArn", "aws_acm_certificate", deleted_before=True),
    ),
    fingerprint=("workgroupId", "creationDate", "status"),
    sources={"usual": "ours"},
    delete=Delete(
        Call("redshift-serverless", "delete_workgroup", workgroupName="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=("ConflictException",),
        refused=("ValidationException",),
        usual=600,
        note="The data stays in its namespace.",
    ),
)
