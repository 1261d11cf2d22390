"""ECR repositories, private and public, and their untagged images."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, NeverDelete, Prepare
from ebbtide.model.kind import Kind, LastUse, Relation

_FAILURES = "failures[].{Code: failureCode, Message: failureReason}"
# Images for several platforms go first; what they refer to goes in the next pass.
_PASSED_OVER = ("ImageReferencedByManifestList", "ImageNotFound")

_EMPTY = Prepare(
    Call("ecr", "batch_delete_image", repositoryName="{name}", imageIds="{each}"),
    asks="empty",
    removes="aws_ecr_image",
    found=Call(
        "ecr",
        "list_images",
        "imageIds[].{imageDigest: imageDigest}",
        repositoryName="{name}",
    ),
    batch=100,
    absent=_PASSED_OVER,
    errors=_FAILURES,
)

_EMPTY_PUBLIC = Prepare(
    Call("ecr-public", "batch_delete_image", repositoryName="{name}", imageIds="{each}"),
    asks="empty",
    found=Call(
        "ecr-public",
        "describe_images",
        "imageDetails[].{imageDigest: imageDigest}",
        repositoryName="{name}",
    ),
    batch=100,
    absent=_PASSED_OVER,
    errors=_FAILURES,
)

_REPOSITORY_DELETE = Delete(
    Call("ecr", "delete_repository", repositoryName="{name}", force=False),
    prepare=(_EMPTY,),
    gone=("RepositoryNotFoundException",),
    blocked=("RepositoryNotEmptyException",),
    refused=("KmsException",),
    note="Only an empty repository is deleted, unless a job asks to empty it.",
    source="ecr:ImageFailure",
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
        Detail(
            Call(
                "ecr",
                "get_lifecycle_policy",
                "lifecyclePolicyText",
                repositoryName="{repositoryName}",
            ),
            into="lifecyclePolicyText",
            absent=("LifecyclePolicyNotFoundException",),
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
        prepare=(_EMPTY_PUBLIC,),
        gone=("RepositoryNotFoundException",),
        blocked=("RepositoryNotEmptyException",),
        note="Only an empty repository is deleted, unless a job asks to empty it.",
        source="ecr-public:ImageFailure",
    ),
)

_IMAGE_DELETE = Delete(
    Call(
        "ecr",
        "batch_delete_image",
        repositoryName="{repositoryName}",
        imageIds=[{"imageDigest": "{imageDigest}"}],
    ),
    errors=_FAILURES,
    gone=("ImageNotFound", "ImageNotFoundException", "RepositoryNotFoundException"),
    blocked=(),
    # Images for several platforms refer to it.
    refused=("ImageReferencedByManifestList",),
    source="ecr:ImageFailure",
)

IMAGE = Kind(
    name="aws_ecr_image",
    optional="it takes a call per repository, which may hold thousands of untagged images",
    each="aws_ecr_repository",
    list=Call(
        "ecr",
        "describe_images",
        "imageDetails[]",
        repositoryName="{name}",
        filter={"tagStatus": "UNTAGGED"},
        maxResults=1000,
    ),
    get=Call(
        "ecr",
        "describe_images",
        "imageDetails[]",
        repositoryName="{repositoryName}",
        imageIds=[{"imageDigest": "{name}"}],
    ),
    inherit={"repositoryName": "repositoryName"},
    id_parts=r"(?P<repositoryName>.+)/[^/]+",
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
    opt_in=(
        "What runs may name it by its digest, which Ebbtide does not follow; a lifecycle policy of"
        " the repository is the usual way."
    ),
    never_delete=(NeverDelete("imageTags", "it has a tag", "ecr:ImageDetail"),),
    fingerprint=("imageDigest", "imagePushedAt"),
    sources={"fingerprint": "ecr:ImageDetail"},
    delete=_IMAGE_DELETE,
)
