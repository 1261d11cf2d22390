"""WorkSpaces: virtual desktops."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Kind, LastUse, Relation

_LAST_USE = LastUse(
    path="ConnectionStatus.LastKnownUserConnectionTimestamp",
    detail=Detail(
        Call(
            "workspaces",
            "describe_workspaces_connection_status",
            "WorkspacesConnectionStatus[]",
            WorkspaceIds=["{id}"],
        ),
        into="ConnectionStatus",
        batch=25,
        match=("WorkspaceId", "WorkspaceId"),
    ),
)

WORKSPACE = Kind(
    name="aws_workspaces_workspace",
    list=Call("workspaces", "describe_workspaces", "Workspaces[]"),
    details=(
        Detail(
            Call("workspaces", "describe_tags", "TagList[]", ResourceId="{WorkspaceId}"),
            into="Tags",
        ),
    ),
    last_use=_LAST_USE,
    id="WorkspaceId",
    label="WorkspaceName || UserName",
    arn="arn:{partition}:workspaces:{region}:{account}:workspace/{id}",
    relations=(
        Relation(
            "DirectoryId",
            "aws_workspaces_directory",
            reverse=True,
            deleted_before=True,
            part="data",
        ),
        Relation("SubnetId", "aws_ec2_subnet", reverse=True, deleted_before=True),
        Relation("VolumeEncryptionKey", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    ),
    ended="State == 'TERMINATED'",
    volatile=("ConnectionStatus", "DataReplicationSettings", "StandbyWorkspacesProperties"),
    get=Call("workspaces", "describe_workspaces", "Workspaces[]", WorkspaceIds=["{id}"]),
    opt_in="Its user's data is lost, because AWS makes no final copy of a desktop.",
    fingerprint=("UserName", "DirectoryId", "BundleId"),
    sources={"fingerprint": "workspaces:Workspace", "usual": "ours"},
    delete=Delete(
        Call(
            "workspaces",
            "terminate_workspaces",
            TerminateWorkspaceRequests=[{"WorkspaceId": "{id}"}],
        ),
        errors="FailedRequests[].{Code: ErrorCode, Message: ErrorMessage}",
        blocked=(),
        refused=(),
        usual=600,
        note="Its user's data is lost.",
    ),
)
