"""Directories of Directory Service, and their registrations for WorkSpaces."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Kind, Relation

# Everything except the RADIUS settings, which hold a secret.
_DIRECTORIES = (
    "DirectoryDescriptions[].{DirectoryId: DirectoryId, Name: Name, ShortName: ShortName,"
    " Size: Size, Edition: Edition, Alias: Alias, AccessUrl: AccessUrl, Description: Description,"
    " DnsIpAddrs: DnsIpAddrs, Stage: Stage, LaunchTime: LaunchTime, Type: Type,"
    " ShareStatus: ShareStatus, ShareMethod: ShareMethod, VpcSettings: VpcSettings,"
    " ConnectSettings: ConnectSettings, SsoEnabled: SsoEnabled, RegionsInfo: RegionsInfo,"
    " DesiredNumberOfDomainControllers: DesiredNumberOfDomainControllers}"
)
_NETWORK = "[VpcSettings, ConnectSettings][]"

DIRECTORY = Kind(
    name="aws_directory_service_directory",
    list=Call("ds", "describe_directories", _DIRECTORIES),
    details=(
        Detail(
            Call("ds", "list_tags_for_resource", "Tags[]", ResourceId="{DirectoryId}"), into="Tags"
        ),
    ),
    id="DirectoryId",
    label="Name",
    arn="arn:{partition}:ds:{region}:{account}:directory/{id}",
    created="LaunchTime",
    relations=(
        Relation(f"{_NETWORK}.VpcId", "aws_vpc", reverse=True, deleted_before=True),
        Relation(f"{_NETWORK}.SubnetIds[]", "aws_ec2_subnet", reverse=True, deleted_before=True),
        # AWS created the security group with the directory.
        Relation(f"{_NETWORK}.SecurityGroupId", "aws_ec2_security_group", owns=True),
    ),
    get=Call("ds", "describe_directories", _DIRECTORIES, DirectoryIds=["{id}"]),
    ended="Stage == 'Deleted'",
    opt_in="Its users, groups and trusts are lost, and people can no longer sign in.",
    never_delete=(
        NeverDelete(
            "Type == 'SharedMicrosoftAD'", "another account shares it", "ds:DirectoryDescription"
        ),
    ),
    fingerprint=("LaunchTime", "Type", "Stage"),
    sources={"fingerprint": "ds:DirectoryDescription", "usual": "ours"},
    delete=Delete(
        Call("ds", "delete_directory", DirectoryId="{id}"),
        gone=("EntityDoesNotExistException",),
        # Something still uses it.
        blocked=("ClientException",),
        refused=(),
        usual=900,
        note="Its users, groups and trusts are lost.",
    ),
)

_WORKSPACE_TAGS = Detail(
    Call("workspaces", "describe_tags", "TagList[]", ResourceId="{DirectoryId}"), into="Tags"
)

_WORKSPACE_RELATIONS = (
    Relation(
        "DirectoryId",
        "aws_directory_service_directory",
        reverse=True,
        deleted_before=True,
        part="plain",
    ),
    Relation("SubnetIds", "aws_ec2_subnet", reverse=True, deleted_before=True),
    Relation("IamRoleId", "aws_iam_role", by="arn", reverse=True, deleted_before=True),
    Relation(
        "WorkspaceCreationProperties.InstanceIamRoleArn",
        "aws_iam_role",
        by="arn",
        reverse=True,
        strength="needed",
        why="new desktops would lack the role",
    ),
    Relation(
        "[WorkspaceSecurityGroupId, WorkspaceCreationProperties.CustomSecurityGroupId]",
        "aws_ec2_security_group",
        reverse=True,
        deleted_before=True,
    ),
    Relation(
        "[ActiveDirectoryConfig.ServiceAccountSecretArn,"
        " MicrosoftEntraConfig.ApplicationConfigSecretArn]",
        "aws_secretsmanager_secret",
        deleted_before=True,
    ),
    Relation(
        "WorkspaceAccessProperties.AccessEndpointConfig.AccessEndpoints[].VpcEndpointId",
        "aws_vpc_endpoint",
        strength="needed",
        why="its desktops could not be reached",
    ),
)

WORKSPACES_DIRECTORY = Kind(
    name="aws_workspaces_directory",
    list=Call("workspaces", "describe_workspace_directories", "Directories[]"),
    get=Call(
        "workspaces", "describe_workspace_directories", "Directories[]", DirectoryIds=["{id}"]
    ),
    details=(_WORKSPACE_TAGS,),
    id="DirectoryId",
    label="WorkspaceDirectoryName || DirectoryName",
    arn="arn:{partition}:workspaces:{region}:{account}:directory/{id}",
    relations=_WORKSPACE_RELATIONS,
    ended="State == 'DEREGISTERED'",
    fingerprint=("DirectoryName", "RegistrationCode", "State"),
    sources={"usual": "ours"},
    delete=Delete(
        Call("workspaces", "deregister_workspace_directory", DirectoryId="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=("InvalidResourceStateException",),
        refused=("OperationNotSupportedException", "InvalidParameterValuesException"),
        usual=300,
        note="Only its registration and its desktop settings go; the directory itself stays.",
    ),
)
