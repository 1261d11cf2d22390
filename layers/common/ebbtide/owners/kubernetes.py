"""Kubernetes clusters, and the controllers that make AWS resources for them."""

from __future__ import annotations

from ebbtide.owners.mark import Mark

# Clusters that people run on instances, or with kOps or Cluster API, are in no list of AWS.
_SELF_MANAGED = "a cluster that is not one of EKS is in no list"
_EBS_CSI = "https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/tagging.md"
_LBC = "https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest"
_AUTO_MODE = "https://docs.aws.amazon.com/eks/latest/userguide/auto-cluster-iam-role.html"


def _cluster(tag: str, source: str, *, matches: str = "", elsewhere: str = "") -> Mark:
    words = "the Kubernetes cluster" if elsewhere else "the EKS cluster"
    return Mark(
        tag=tag,
        words=words,
        matches=matches,
        kind="aws_eks_cluster",
        elsewhere=elsewhere,
        family="kubernetes",
        source=source,
    )


def _part(tag: str, words: str, source: str) -> Mark:
    """Return a mark that does not name the cluster; a mark that does decides for it."""
    return Mark(tag=tag, words=words, family="kubernetes", source=source)


EKS = _cluster(
    "eks:cluster-name", "https://docs.aws.amazon.com/eks/latest/userguide/eks-using-tags.html"
)
EKS_SYSTEM = _cluster(
    "aws:eks:cluster-name", "https://docs.aws.amazon.com/eks/latest/userguide/eks-using-tags.html"
)
EKS_AUTO_MODE = _cluster("eks:eks-cluster-name", _AUTO_MODE)
EKS_NODEGROUP = _part(
    "eks:nodegroup-name",
    "the EKS node group",
    "https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html",
)
EKS_NODE_CLASS = _part("eks:kubernetes-node-class-name", "the node class", _AUTO_MODE)
EKS_NODE_POOL = _part("eks:kubernetes-node-pool-name", "the node pool", _AUTO_MODE)
# `owned`: the cluster made it and deletes it. `shared`: the cluster may use it, no more. Any other
# value is not documented, so it does not tell that the cluster is not the owner.
OWNED = _cluster(
    "kubernetes.io/cluster/",
    "https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html",
    matches="owned",
    elsewhere=_SELF_MANAGED,
)
NEITHER_OWNED_NOR_SHARED = Mark(
    tag="kubernetes.io/cluster/",
    words="the Kubernetes cluster",
    matches="(?!owned$|shared$).*",
    source="https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html",
)
LEGACY = _cluster(
    "KubernetesCluster",
    "https://github.com/kubernetes/cloud-provider-aws/blob/master/pkg/providers/v1/tags.go",
    elsewhere=_SELF_MANAGED,
)
CLUSTER_API = _cluster(
    "sigs.k8s.io/cluster-api-provider-aws/cluster/",
    "https://cluster-api-aws.sigs.k8s.io/topics/bring-your-own-aws-infrastructure",
    matches="(?!shared$).*",
    elsewhere=_SELF_MANAGED,
)
KOPS = _part(
    "kops.k8s.io/", "kOps, with", "https://github.com/kubernetes/kops/blob/master/docs/labels.md"
)
SERVICE = _part(
    "kubernetes.io/service-name",
    "the Kubernetes service",
    "https://github.com/kubernetes/cloud-provider-aws/blob/master/pkg/providers/v1/aws.go",
)
CLAIM = _part("kubernetes.io/created-for/pvc/name", "the persistent volume claim", _EBS_CSI)
CLAIM_NAMESPACE = _part(
    "kubernetes.io/created-for/pvc/namespace", "a claim in the namespace", _EBS_CSI
)
PERSISTENT_VOLUME = _part("kubernetes.io/created-for/pv/name", "the persistent volume", _EBS_CSI)
EBS_CSI = _part("ebs.csi.aws.com/cluster", "the EBS CSI driver, with", _EBS_CSI)
CSI_VOLUME = _part("CSIVolumeName", "the persistent volume", _EBS_CSI)
CSI_SNAPSHOT = _part("CSIVolumeSnapshotName", "the volume snapshot", _EBS_CSI)
EFS_CSI = _part(
    "efs.csi.aws.com/cluster",
    "the EFS CSI driver, with",
    "https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEFSCSIDriverPolicy.html",
)
FSX_CSI = _part(
    "fsx.csi.aws.com/cluster",
    "the FSx CSI driver, with",
    "https://github.com/kubernetes-sigs/aws-fsx-csi-driver/blob/master/docs/README.md",
)
LBC_CLUSTER = _cluster(
    "elbv2.k8s.aws/cluster",
    f"{_LBC}/guide/ingress/annotations/#resource-tags",
    elsewhere=_SELF_MANAGED,
)
LBC_RESOURCE = _part(
    "elbv2.k8s.aws/resource",
    "the AWS Load Balancer Controller, as",
    f"{_LBC}/deploy/security_groups/",
)
LBC_INGRESS = _part(
    "ingress.k8s.aws/", "an ingress, with", f"{_LBC}/guide/ingress/annotations/#resource-tags"
)
LBC_SERVICE = _part(
    "service.k8s.aws/",
    "a Kubernetes service, with",
    f"{_LBC}/guide/service/annotations/#resource-tags",
)
KARPENTER_CLUSTER = _cluster(
    "karpenter.k8s.aws/cluster",
    "https://karpenter.sh/docs/reference/cloudformation/",
    elsewhere=_SELF_MANAGED,
)
KARPENTER_POOL = _part(
    "karpenter.sh/nodepool",
    "the node pool of Karpenter",
    "https://karpenter.sh/docs/concepts/nodeclasses/#spectags",
)
KARPENTER_PROVISIONER = _part(
    "karpenter.sh/provisioner-name",
    "the provisioner of Karpenter",
    "https://karpenter.sh/v0.31/concepts/node-templates/#spectags",
)
KARPENTER_CLAIM = _part(
    "karpenter.sh/nodeclaim",
    "the node claim of Karpenter",
    "https://karpenter.sh/docs/concepts/nodeclasses/#spectags",
)
VPC_CNI = _part(
    "node.k8s.amazonaws.com/instance_id",
    "the VPC CNI plugin, for",
    "https://github.com/aws/amazon-vpc-cni-k8s/blob/master/pkg/awsutils/awsutils.go",
)
AWS_CONTROLLERS = _part(
    "services.k8s.aws/",
    "AWS Controllers for Kubernetes, with",
    "https://aws-controllers-k8s.github.io/community/docs/user-docs/ack-tags/",
)
