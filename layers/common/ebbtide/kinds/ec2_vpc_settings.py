"""Settings of VPCs: DHCP options, prefix lists and flow logs."""

from __future__ import annotations

from ebbtide.model.call import Call
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Decision, Kind, Relation

_LOGGED: Decision = {"strength": "watches", "why": "the flow log records the traffic of others"}
_NO_FLOW_LOG: Decision = {"strength": "needed", "why": "the flow log could not deliver its records"}

DHCP_OPTIONS = Kind(
    name="aws_ec2_dhcp_options",
    list=Call("ec2", "describe_dhcp_options", "DhcpOptions[]", MaxResults=500),
    get=Call("ec2", "describe_dhcp_options", "DhcpOptions[]", DhcpOptionsIds=["{id}"]),
    id="DhcpOptionsId",
    arn="arn:{partition}:ec2:{region}:{OwnerId || account}:dhcp-options/{id}",
    never_delete=(
        NeverDelete(
            "OwnerId != account",
            "it belongs to another account, which shares it",
            "ec2:DhcpOptions",
        ),
    ),
    fingerprint=("DhcpConfigurations",),
    delete=Delete(
        Call("ec2", "delete_dhcp_options", DhcpOptionsId="{id}"),
        gone=("InvalidDhcpOptionID.NotFound", "InvalidDhcpOptionsID.NotFound"),
        blocked=("DependencyViolation",),
    ),
)

# Every account also sees the lists of AWS; filtering them out here costs no extra page.
_PREFIX_LISTS = "PrefixLists[?OwnerId != 'AWS'][]"

PREFIX_LIST = Kind(
    name="aws_ec2_prefix_list",
    list=Call("ec2", "describe_managed_prefix_lists", _PREFIX_LISTS, MaxResults=100),
    get=Call("ec2", "describe_managed_prefix_lists", _PREFIX_LISTS, PrefixListIds=["{id}"]),
    id="PrefixListId",
    label="PrefixListName",
    arn="PrefixListArn",
    ended="State == 'delete-complete'",
    never_delete=(
        NeverDelete(
            "OwnerId != account",
            "it belongs to another account, which shares it",
            "ec2:ManagedPrefixList",
        ),
    ),
    fingerprint=("PrefixListName", "Version", "State"),
    delete=Delete(
        Call("ec2", "delete_managed_prefix_list", PrefixListId="{id}"),
        gone=("InvalidPrefixListID.NotFound", "InvalidPrefixListId.NotFound"),
        blocked=("IncorrectState", "DependencyViolation"),
        failed="State == 'delete-failed'",
        why="StateMessage",
        note="The restore description does not keep its entries.",
    ),
)

_FLOW_LOG_RELATIONS = (
    Relation("ResourceId", "aws_vpc", reverse=True, pattern=r"^(vpc-\w+)$", **_LOGGED),
    Relation("ResourceId", "aws_ec2_subnet", reverse=True, pattern=r"^(subnet-\w+)$", **_LOGGED),
    Relation(
        "ResourceId", "aws_ec2_network_interface", reverse=True, pattern=r"^(eni-\w+)$", **_LOGGED
    ),
    Relation(
        "ResourceId", "aws_ec2_transit_gateway", reverse=True, pattern=r"^(tgw-\w+)$", **_LOGGED
    ),
    Relation(
        "ResourceId",
        "aws_ec2_transit_gateway_attachment",
        reverse=True,
        pattern=r"^(tgw-attach-\w+)$",
        **_LOGGED,
    ),
    Relation("LogGroupName", "aws_cloudwatch_log_group", **_NO_FLOW_LOG),
    Relation("LogDestination", "aws_s3_bucket", pattern=r"^arn:[^:]+:s3:::([^/]+)", **_NO_FLOW_LOG),
    Relation(
        "LogDestination",
        "aws_firehose_delivery_stream",
        by="arn",
        pattern=r"^(arn:[^:]+:firehose:.+)$",
        **_NO_FLOW_LOG,
    ),
    Relation("DeliverLogsPermissionArn", "aws_iam_role", by="arn", deleted_before=True),
)

FLOW_LOG = Kind(
    name="aws_ec2_flow_log",
    list=Call("ec2", "describe_flow_logs", "FlowLogs[]", MaxResults=500),
    get=Call("ec2", "describe_flow_logs", "FlowLogs[]", FlowLogIds=["{id}"]),
    id="FlowLogId",
    arn="arn:{partition}:ec2:{region}:{account}:vpc-flow-log/{id}",
    created="CreationTime",
    relations=_FLOW_LOG_RELATIONS,
    volatile=("DeliverLogsStatus", "DeliverLogsErrorMessage"),
    fingerprint=("CreationTime", "ResourceId"),
    delete=Delete(
        Call("ec2", "delete_flow_logs", FlowLogIds=["{id}"]),
        errors="Unsuccessful[].Error",
        gone=("InvalidFlowLogId.NotFound",),
        blocked=(),
        note="Existing logs stay.",
    ),
)
