"""Clusters, repositories and file systems of containers without contents."""

from __future__ import annotations

from datetime import timedelta

from ebbtide.rules.library.declared_users import nothing_uses
from ebbtide.rules.search_rule import declare

KUBERNETES_CLUSTERS_WITHOUT_NODES = declare(
    "kubernetes_clusters_without_nodes",
    question="Which EKS clusters have nothing to run on, and no instance in their network?",
    search=(
        "is(aws_eks_cluster) and status = ACTIVE and compute_config.enabled != true and "
        "remote_network_config = null and connector_config = null with(empty, --> "
        "is(aws_ec2_instance)) with(empty, <-- is(aws_vpc) with(any, --> "
        "is(aws_ec2_instance))) "
        f"{nothing_uses('aws_eks_cluster')}"
    ),
    reason="a cluster without nodes, on which nothing can run",
    facts=("version",),
    min_age=timedelta(days=14),
    unchanged_for=timedelta(days=14),
    cannot_see=(
        "nodes that somebody starts only for a while, and that no reading has seen",
        "nodes in other networks, of other accounts or outside of AWS",
        "capabilities of the cluster that EKS runs itself",
    ),
)

EMPTY_REPOSITORIES = declare(
    "empty_repositories",
    question="Which repositories of ECR hold no images?",
    search=(f"is(aws_ecr_repository) {nothing_uses('aws_ecr_repository')}"),
    reason="a repository without images that nothing names",
    facts=("repository_uri",),
    min_age=timedelta(days=90),
    unchanged_for=timedelta(days=90),
    cannot_see=(
        "pipelines that push to it seldom, and fail without it",
        "images while their kind, aws_ecr_image, is not collected: all stays undecided then",
    ),
)

UNMOUNTED_FILE_SYSTEMS = declare(
    "unmounted_file_systems",
    question="Which file systems of EFS can nobody mount?",
    search=(
        "is(aws_efs_file_system) and life_cycle_state = available and number_of_mount_targets "
        "= 0 and replications[0] = null and "
        "file_system_protection.replication_overwrite_protection != REPLICATING "
        f"{nothing_uses('aws_efs_file_system')}"
    ),
    reason="a file system without mount targets",
    facts=("size_in_bytes",),
    min_age=timedelta(days=30),
    unchanged_for=timedelta(days=30),
    cannot_see=("that its files are kept for a later time, without a backup",),
)

COMPUTE_ENVIRONMENTS_WITHOUT_QUEUES = declare(
    "compute_environments_without_queues",
    question="Which compute environments of Batch serve no queue?",
    search=(
        "is(aws_batch_compute_environment) and status in [VALID, INVALID] "
        f"{nothing_uses('aws_batch_compute_environment')}"
    ),
    reason="a compute environment that gets no jobs, because no queue names it",
    facts=(
        "state",
        "status",
    ),
    min_age=timedelta(hours=1),
    unchanged_for=timedelta(days=30),
    cannot_see=("queues and service jobs that are created for a time only",),
)
