"""ECS clusters and capacity providers."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete, Prepare
from ebbtide.model.kind import Kind, Relation

# What batch calls answer about others than those that they describe (API failure reasons, Amazon
# ECS Developer Guide).
MISSING = "failures[?reason == 'MISSING'].arn"
FAILURES = "failures[?reason != 'MISSING'].reason"
REFUSED = "failures[].[arn, reason]"

_CLUSTER_PARTS = ["TAGS", "SETTINGS", "CONFIGURATIONS"]

_CLUSTER_DETAILS = (
    Detail(
        Call(
            "ecs",
            "describe_clusters",
            "clusters[]",
            clusters=["{clusterArn}"],
            include=_CLUSTER_PARTS,
        ),
        batch=100,
        match=("clusterArn", "clusterArn"),
        describes=True,
        missing=MISSING,
        refused=REFUSED,
    ),
)

_EXEC = "configuration.executeCommandConfiguration"

_CLUSTER_RELATIONS = (
    # No order: an order would form a cycle through the provider's group, its instances and the
    # cluster's container instances. What the default strategy does not name is taken off the list.
    Relation(
        "defaultCapacityProviderStrategy[].capacityProvider",
        "aws_ecs_capacity_provider",
        by="name",
        pattern=r"^(?!FARGATE)(.+)$",
        other="^FARGATE",
        strength="needed",
        why="the default strategy of the cluster could start no tasks",
    ),
    Relation(
        "without(capacityProviders, defaultCapacityProviderStrategy[].capacityProvider)",
        "aws_ecs_capacity_provider",
        by="name",
        pattern=r"^(?!FARGATE)(.+)$",
        other="^FARGATE",
        strength="watches",
        why="it is only on the cluster's list, which names no use of it",
    ),
    Relation(f"{_EXEC}.kmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    Relation(
        "configuration.managedStorageConfiguration.[kmsKeyId, fargateEphemeralStorageKmsKeyId]",
        "aws_kms_key",
        deleted_before=True,
        pattern=KEY_ID,
    ),
    Relation(f"{_EXEC}.logConfiguration.s3BucketName", "aws_s3_bucket", deleted_before=True),
    Relation(
        f"{_EXEC}.logConfiguration.cloudWatchLogGroupName",
        "aws_cloudwatch_log_group",
        deleted_before=True,
    ),
    Relation(
        "serviceConnectDefaults.namespace",
        "aws_servicediscovery_namespace",
        deleted_before=True,
        pattern=r"namespace/(ns-\w+)$",
    ),
)

CLUSTER = Kind(
    name="aws_ecs_cluster",
    list=Call("ecs", "list_clusters", "clusterArns[].{clusterArn: @}"),
    get=Call("ecs", "describe_clusters", "clusters[]", clusters=["{id}"], include=_CLUSTER_PARTS),
    get_failures=FAILURES,
    details=_CLUSTER_DETAILS,
    get_details=(),
    id="clusterArn",
    label="clusterName",
    arn="clusterArn",
    tags="tags",
    relations=_CLUSTER_RELATIONS,
    ended="status == 'INACTIVE'",
    volatile=(
        "registeredContainerInstancesCount",
        "runningTasksCount",
        "pendingTasksCount",
        "activeServicesCount",
    ),
    never_delete=(
        NeverDelete(
            "starts_with(clusterName, 'AWSBatch-')",
            "AWS Batch created it and removes it with its compute environment",
        ),
    ),
    fingerprint=("clusterArn", "status"),
    delete=Delete(
        Call("ecs", "delete_cluster", cluster="{id}"),
        gone=("ClusterNotFoundException",),
        blocked=(
            "ClusterContainsContainerInstancesException",
            "ClusterContainsServicesException",
            "ClusterContainsTasksException",
            "ClusterContainsCapacityProviderException",
            "UpdateInProgressException",
        ),
    ),
)

_PROVIDERS = "capacityProviders[?!starts_with(name, 'FARGATE')][]"
_MANAGED = "managedInstancesProvider"

_PROVIDER_RELATIONS = (
    Relation(
        "autoScalingGroupProvider.autoScalingGroupArn",
        "aws_autoscaling_group",
        deleted_before=True,
        pattern=r"autoScalingGroupName/(.+)$",
    ),
    Relation(
        f"{_MANAGED}.infrastructureRoleArn",
        "aws_iam_role",
        by="arn",
        reverse=True,
        deleted_before=True,
    ),
    Relation(
        f"{_MANAGED}.instanceLaunchTemplate.ec2InstanceProfileArn",
        "aws_iam_instance_profile",
        by="arn",
        deleted_before=True,
    ),
    Relation(
        f"{_MANAGED}.instanceLaunchTemplate.networkConfiguration.subnets",
        "aws_ec2_subnet",
        reverse=True,
        deleted_before=True,
    ),
    Relation(
        f"{_MANAGED}.instanceLaunchTemplate.networkConfiguration.securityGroups",
        "aws_ec2_security_group",
        reverse=True,
        deleted_before=True,
    ),
)

# The clusters of the region, of which a provider does not know which ones name it. DescribeClusters
# takes a hundred; in the rare account with more than 300 of them, AWS refuses what is still named.
_LISTED = "clusters[?status != 'INACTIVE'].{clusterArn: clusterArn,"
_CLUSTERS = (
    f"{_LISTED} capacityProviders: capacityProviders,"
    " defaultCapacityProviderStrategy: not_null(defaultCapacityProviderStrategy, `[]`),"
    " unused: without(capacityProviders, defaultCapacityProviderStrategy[].capacityProvider)}"
)
_PROVIDER_DETAILS = (
    Detail(Call("ecs", "list_clusters", "clusterArns[]"), into="ClusterArns"),
    Detail(
        Call("ecs", "describe_clusters", _CLUSTERS, clusters="{ClusterArns[:100]}"),
        into="Clusters",
        when="ClusterArns",
    ),
    Detail(
        Call("ecs", "describe_clusters", _CLUSTERS, clusters="{ClusterArns[100:200]}"),
        into="MoreClusters",
        when="ClusterArns[100:]",
    ),
    Detail(
        Call("ecs", "describe_clusters", _CLUSTERS, clusters="{ClusterArns[200:300]}"),
        into="MostClusters",
        when="ClusterArns[200:]",
    ),
)
_NAMING = "[Clusters, MoreClusters, MostClusters][][]"
_PUT = "put_cluster_capacity_providers"
_STRATEGY = "{each.defaultCapacityProviderStrategy}"
# The default strategy of a cluster is never changed: the provider waits until that cluster is gone.
_DETACH = Prepare(
    Call(
        "ecs",
        _PUT,
        cluster="{each.clusterArn}",
        capacityProviders="{without(each.capacityProviders, [name])}",
        defaultCapacityProviderStrategy=_STRATEGY,
    ),
    each=f"holding({_NAMING}, 'unused', name)",
    undo=Call(
        "ecs",
        _PUT,
        cluster="{each.clusterArn}",
        capacityProviders="{each.capacityProviders}",
        defaultCapacityProviderStrategy=_STRATEGY,
    ),
    absent=("ClusterNotFoundException",),
    until=f"!holding({_NAMING}, 'capacityProviders', name)",
    source="ecs:DeleteCapacityProvider",
)

_PROVIDER_DELETE = Delete(
    Call("ecs", "delete_capacity_provider", capacityProvider="{id}"),
    prepare=(_DETACH,),
    # ClientException: a cluster or a service still uses the provider. ResourceInUseException: tasks
    # that still run on it keep it on the list of their cluster.
    blocked=("ClientException", "ResourceInUseException", "UpdateInProgressException"),
    failed="updateStatus == 'DELETE_FAILED'",
    why="updateStatusReason",
    # A cluster changes its list once at a time.
    one_at_a_time=True,
    usual=600,
    note=(
        "Is taken off the lists of clusters first, unless a default strategy names it; its Auto"
        " Scaling group stays."
    ),
)

CAPACITY_PROVIDER = Kind(
    name="aws_ecs_capacity_provider",
    list=Call("ecs", "describe_capacity_providers", _PROVIDERS, include=["TAGS"]),
    get=Call(
        "ecs",
        "describe_capacity_providers",
        _PROVIDERS,
        capacityProviders=["{id}"],
        include=["TAGS"],
    ),
    get_failures=FAILURES,
    get_details=_PROVIDER_DETAILS,
    id="capacityProviderArn",
    label="name",
    arn="capacityProviderArn",
    tags="tags",
    relations=_PROVIDER_RELATIONS,
    ended="status == 'INACTIVE'",
    volatile=("updateStatus", "updateStatusReason"),
    never_delete=(
        NeverDelete(
            "managedInstancesProvider",
            "ECS runs its own instances for it",
            "ecs:CapacityProvider",
        ),
        NeverDelete("status == 'DEPROVISIONING'", "it is already being deleted"),
    ),
    fingerprint=("capacityProviderArn", "status", "autoScalingGroupProvider"),
    sources={"usual": "ours"},
    delete=_PROVIDER_DELETE,
)
