"""RDS proxies and their targets."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Decision, Kind, Relation

_NO_TARGET: Decision = {
    "strength": "needed",
    "why": "the proxy would have no database to connect to",
}

_DETAILS = (
    Detail(
        Call("rds", "list_tags_for_resource", "TagList[]", ResourceName="{DBProxyArn}"),
        into="Tags",
    ),
    # Leaves out the health of the targets, which changes all the time.
    Detail(
        Call(
            "rds",
            "describe_db_proxy_targets",
            "Targets[].{Type: Type, RdsResourceId: RdsResourceId,"
            " TrackedClusterId: TrackedClusterId}",
            DBProxyName="{DBProxyName}",
        ),
        into="Targets",
        absent=("DBProxyTargetGroupNotFoundFault",),
    ),
)

_RELATIONS = (
    Relation("VpcId", "aws_vpc", reverse=True, deleted_before=True),
    Relation("VpcSubnetIds", "aws_ec2_subnet", reverse=True, deleted_before=True),
    Relation("VpcSecurityGroupIds", "aws_ec2_security_group", reverse=True, deleted_before=True),
    Relation("RoleArn", "aws_iam_role", by="arn", deleted_before=True),
    Relation("Auth[].SecretArn", "aws_secretsmanager_secret", by="arn", deleted_before=True),
    Relation("Targets[?Type == 'RDS_INSTANCE'].RdsResourceId", "aws_rds_instance", **_NO_TARGET),
    Relation("Targets[?Type == 'TRACKED_CLUSTER'].RdsResourceId", "aws_rds_cluster", **_NO_TARGET),
)

PROXY = Kind(
    name="aws_rds_proxy",
    list=Call("rds", "describe_db_proxies", "DBProxies[]"),
    get=Call("rds", "describe_db_proxies", "DBProxies[]", DBProxyName="{id}"),
    details=_DETAILS,
    id="DBProxyName",
    label="DBProxyName",
    arn="DBProxyArn",
    created="CreatedDate",
    relations=_RELATIONS,
    fingerprint=("DBProxyArn", "CreatedDate", "Status"),
    sources={"usual": "ours"},
    delete=Delete(
        Call("rds", "delete_db_proxy", DBProxyName="{id}"),
        gone=("DBProxyNotFoundFault",),
        blocked=("InvalidDBProxyStateFault",),
        usual=600,
        note="Its endpoints and target groups go with it; the databases stay.",
    ),
)
