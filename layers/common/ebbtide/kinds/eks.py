"""EKS clusters with their node groups, add-ons and Fargate profiles."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete
from ebbtide.model.kind import Kind, Relation

_VPC = "resourcesVpcConfig"

_CLUSTER_RELATIONS = (
    Relation(f"{_VPC}.vpcId", "aws_vpc", reverse=True, deleted_before=True),
    Relation(f"{_VPC}.subnetIds", "aws_ec2_subnet", reverse=True, deleted_before=True),
    Relation(
        f"{_VPC}.securityGroupIds", "aws_ec2_security_group", reverse=True, deleted_before=True
    ),
    Relation(f"{_VPC}.clusterSecurityGroupId", "aws_ec2_security_group", owns=True),
    Relation("roleArn", "aws_iam_role", by="arn", reverse=True, deleted_before=True),
    Relation(
        "connectorConfig.roleArn", "aws_iam_role", by="arn", reverse=True, deleted_before=True
    ),
    Relation(
        "computeConfig.nodeRoleArn", "aws_iam_role", by="arn", reverse=True, deleted_before=True
    ),
    Relation(
        "encryptionConfig[].provider.keyArn", "aws_kms_key", deleted_before=True, pattern=KEY_ID
    ),
    Relation(
        "name",
        "aws_cloudwatch_log_group",
        deleted_before=True,
        pattern=r"^(.+)$",
        value="/aws/eks/{1}/cluster",
    ),
    # The roles of its pods trust this provider as long as the cluster exists.
    Relation(
        "identity.oidc.issuer",
        "aws_iam_oidc_provider",
        by="arn",
        deleted_before=True,
        pattern=r"^https://(.+)$",
        value="arn:{partition}:iam::{account}:oidc-provider/{1}",
    ),
)

CLUSTER = Kind(
    name="aws_eks_cluster",
    bases=("managed_kubernetes_cluster_provider",),
    list=Call("eks", "list_clusters", "clusters[].{name: @}", include=["all"]),
    get=Call("eks", "describe_cluster", "cluster", name="{id}"),
    details=(Detail(Call("eks", "describe_cluster", "cluster", name="{name}"), describes=True),),
    get_details=(),
    id="name",
    label="name",
    arn="arn",
    tags="tags",
    created="createdAt",
    fields={"version": "version", "endpoint": "endpoint"},
    relations=_CLUSTER_RELATIONS,
    never_delete=(
        NeverDelete(
            "deletionProtection", "its deletion protection is on", "eks:Cluster", protects=True
        ),
        NeverDelete("connectorConfig", "it runs outside of EKS", "eks:DeregisterCluster"),
    ),
    fingerprint=("arn", "createdAt", "status"),
    delete=Delete(
        Call("eks", "delete_cluster", name="{id}"),
        gone=("ResourceNotFoundException",),
        blocked=("ResourceInUseException",),
        refused=("InvalidRequestException",),
        usual=900,
        note="Load balancers and volumes that Kubernetes created stay.",
    ),
)

_CLUSTER = Relation(
    "clusterName", "aws_eks_cluster", reverse=True, deleted_before=True, part="plain"
)

# EKS shows connected clusters but manages nothing in them (EKS user guide, EKS Connector).
_MANAGED = "!connectorConfig"

# The lists of children return only names. The ARN comes with the details and is the id from then
# on.
_GROUP_RELATIONS = (
    _CLUSTER,
    Relation(
        "resources.autoScalingGroups[].name",
        "aws_autoscaling_group",
        deleted_before=True,
        owns=True,
    ),
    Relation("resources.remoteAccessSecurityGroup", "aws_ec2_security_group", owns=True),
    Relation("nodeRole", "aws_iam_role", by="arn", reverse=True, deleted_before=True),
    Relation("subnets", "aws_ec2_subnet", reverse=True, deleted_before=True),
    Relation(
        "remoteAccess.sourceSecurityGroups",
        "aws_ec2_security_group",
        reverse=True,
        deleted_before=True,
    ),
    Relation("remoteAccess.ec2SshKey", "aws_ec2_keypair", by="name", deleted_before=True),
    Relation("launchTemplate.id", "aws_ec2_launch_template", deleted_before=True),
)

_GROUP = Call(
    "eks",
    "describe_nodegroup",
    "nodegroup",
    clusterName="{clusterName}",
    nodegroupName="{name}",
)

NODEGROUP = Kind(
    name="aws_eks_nodegroup",
    each="aws_eks_cluster",
    each_when=_MANAGED,
    list=Call("eks", "list_nodegroups", "nodegroups[].{nodegroupName: @}", clusterName="{name}"),
    get=_GROUP,
    inherit={"clusterName": "name"},
    id_parts=r"arn:[^:]+:eks:[^:]+:[^:]+:nodegroup/(?P<clusterName>[^/]+)/.+",
    details=(Detail(_GROUP, describes=True),),
    get_details=(),
    id="nodegroupArn || nodegroupName",
    label="nodegroupName",
    arn="nodegroupArn",
    tags="tags",
    created="createdAt",
    relations=_GROUP_RELATIONS,
    fingerprint=("nodegroupArn", "createdAt", "status"),
    delete=Delete(
        Call(
            "eks", "delete_nodegroup", clusterName="{clusterName}", nodegroupName="{nodegroupName}"
        ),
        gone=("ResourceNotFoundException",),
        blocked=("ResourceInUseException",),
        failed="status == 'DELETE_FAILED'",
        why="health.issues[].message",
        usual=900,
        note="Its nodes are drained and terminated, with the Auto Scaling group.",
    ),
)

_ADDON = Call("eks", "describe_addon", "addon", clusterName="{clusterName}", addonName="{name}")

ADDON = Kind(
    name="aws_eks_addon",
    each="aws_eks_cluster",
    each_when=_MANAGED,
    list=Call("eks", "list_addons", "addons[].{addonName: @}", clusterName="{name}"),
    get=_ADDON,
    inherit={"clusterName": "name"},
    id_parts=r"arn:[^:]+:eks:[^:]+:[^:]+:addon/(?P<clusterName>[^/]+)/.+",
    details=(Detail(_ADDON, describes=True),),
    get_details=(),
    id="addonArn || addonName",
    label="addonName",
    arn="addonArn",
    tags="tags",
    created="createdAt",
    relations=(
        Relation("clusterName", "aws_eks_cluster", reverse=True, owned_by=True),
        Relation("serviceAccountRoleArn", "aws_iam_role", by="arn", deleted_before=True),
    ),
    fingerprint=("addonArn", "createdAt", "status"),
    delete=Delete(
        Call("eks", "delete_addon", clusterName="{clusterName}", addonName="{addonName}"),
        gone=("ResourceNotFoundException",),
        blocked=(),
        refused=("InvalidRequestException",),
        failed="status == 'DELETE_FAILED'",
        why="health.issues[].message",
        usual=300,
        note="Its software is removed from the cluster.",
    ),
)

_PROFILE = Call(
    "eks",
    "describe_fargate_profile",
    "fargateProfile",
    clusterName="{clusterName}",
    fargateProfileName="{name}",
)

_PROFILE_DELETE = Delete(
    Call(
        "eks",
        "delete_fargate_profile",
        clusterName="{clusterName}",
        fargateProfileName="{fargateProfileName}",
    ),
    gone=("ResourceNotFoundException",),
    # AWS deletes only one profile of a cluster at a time.
    blocked=("InvalidParameterException",),
    failed="status == 'DELETE_FAILED'",
    why="health.issues[].message",
    usual=600,
    note="The pods that run on it are deleted.",
)

FARGATE_PROFILE = Kind(
    name="aws_eks_fargate_profile",
    each="aws_eks_cluster",
    each_when=_MANAGED,
    list=Call(
        "eks",
        "list_fargate_profiles",
        "fargateProfileNames[].{fargateProfileName: @}",
        clusterName="{name}",
    ),
    get=_PROFILE,
    inherit={"clusterName": "name"},
    id_parts=r"arn:[^:]+:eks:[^:]+:[^:]+:fargateprofile/(?P<clusterName>[^/]+)/.+",
    details=(Detail(_PROFILE, describes=True),),
    get_details=(),
    id="fargateProfileArn || fargateProfileName",
    label="fargateProfileName",
    arn="fargateProfileArn",
    tags="tags",
    created="createdAt",
    relations=(
        _CLUSTER,
        Relation("podExecutionRoleArn", "aws_iam_role", by="arn", deleted_before=True),
        Relation("subnets", "aws_ec2_subnet", reverse=True, deleted_before=True),
    ),
    fingerprint=("fargateProfileArn", "createdAt", "status"),
    delete=_PROFILE_DELETE,
)
