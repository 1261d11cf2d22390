"""ECR repositories, private and public, and the images that nothing names any more."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.kind import Call, Delete, Detail, Kind, LastUse, Relation

_REPOSITORY_DELETE = Delete(
    Call("ecr", "delete_repository", repositoryName="{name}", force=False),
    gone=("RepositoryNotFoundException",),
    # It is not emptied for the sake of its deletion; its images are resources of their own.
    blocked=("RepositoryNotEmptyException",),
    refused=("KmsException",),
    note="Only an empty repository is deleted.",
)

REPOSITORY = Kind(
    name="aws_ecr_repository",
    list=Call("ecr", "describe_repositories", "repositories[]"),
    get=Call("ecr", "describe_repositories", "repositories[]", repositoryNames=["{name}"]),
    details=(
        Detail(
            Call("ecr", "list_tags_for_resource", "tags[]", resourceArn="{repositoryArn}"),
            into="tags",
        ),
    ),
    id="repositoryArn",
    label="repositoryName",
    arn="repositoryArn",
    tags="tags",
    created="createdAt",
    relations=(
        Relation(
            "encryptionConfiguration.kmsKey", "aws_kms_key", deleted_before=True, pattern=KEY_ID
        ),
    ),
    fingerprint=("repositoryArn", "createdAt"),
    delete=_REPOSITORY_DELETE,
)

PUBLIC_REPOSITORY = Kind(
    name="aws_ecr_public_repository",
    scope="global",
    list=Call("ecr-public", "describe_repositories", "repositories[]"),
    get=Call("ecr-public", "describe_repositories", "repositories[]", repositoryNames=["{name}"]),
    details=(
        Detail(
            Call("ecr-public", "list_tags_for_resource", "tags[]", resourceArn="{repositoryArn}"),
            into="tags",
        ),
    ),
    absent=("UnsupportedCommandException",),
    id="repositoryArn",
    label="repositoryName",
    arn="repositoryArn",
    tags="tags",
    created="createdAt",
    fingerprint=("repositoryArn", "createdAt"),
    delete=Delete(
        Call("ecr-public", "delete_repository", repositoryName="{name}", force=False),
        gone=("RepositoryNotFoundException",),
        blocked=("RepositoryNotEmptyException",),
        note="Only an empty repository is deleted.",
    ),
)

IMAGE = Kind(
    name="aws_ecr_image",
    optional="It takes a call per repository, which may hold thousands without a tag.",
    each="aws_ecr_repository",
    list=Call(
        "ecr",
        "describe_images",
        "imageDetails[]",
        repositoryName="{name}",
        filter={"tagStatus": "UNTAGGED"},
        maxResults=1000,
    ),
    inherit={"repositoryName": "repositoryName"},
    id="join('/', [repositoryName, imageDigest])",
    label="imageDigest",
    tags=None,
    created="imagePushedAt",
    relations=(
        Relation(
            "repositoryName", "aws_ecr_repository", by="name", reverse=True, deleted_before=True
        ),
    ),
    volatile=("lastRecordedPullTime", "imageScanStatus", "imageScanFindingsSummary"),
    last_use=LastUse(path="lastRecordedPullTime"),
    undeletable=(
        "The repository's own lifecycle policy removes images without a tag, and unlike Ebbtide it"
        " knows which of them belong to an image for several platforms."
    ),
)
