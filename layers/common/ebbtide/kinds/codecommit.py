"""CodeCommit repositories."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Kind, Relation

_MISSING = (
    "[repositoriesNotFound, errors[?errorCode == 'RepositoryDoesNotExistException'].repositoryName]"
    "[]"
)
_DETAILS = (
    Detail(
        Call(
            "codecommit",
            "batch_get_repositories",
            "repositories[]",
            repositoryNames=["{repositoryName}"],
        ),
        into="Repository",
        batch=25,
        match=("repositoryName", "repositoryName"),
        describes=True,
        missing=_MISSING,
        refused="errors[].[repositoryName, errorMessage]",
    ),
    Detail(Call("codecommit", "list_tags_for_resource", "tags", resourceArn="{arn}"), into="tags"),
)

REPOSITORY = Kind(
    name="aws_codecommit_repository",
    list=Call("codecommit", "list_repositories", "repositories[]"),
    details=_DETAILS,
    id="repositoryName",
    label="repositoryName",
    arn="arn:{partition}:codecommit:{region}:{account}:{id}",
    tags="tags",
    created="Repository.creationDate",
    relations=(
        Relation("Repository.kmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    ),
    get=Call("codecommit", "list_repositories", "repositories[]"),
    opt_in="The history of its source code is lost: AWS keeps no copy.",
    fingerprint=("repositoryId", "Repository"),
    sources={"fingerprint": "codecommit:RepositoryMetadata"},
    delete=Delete(
        Call("codecommit", "delete_repository", repositoryName="{id}"),
        blocked=(),
        refused=(),
        note="The history of its source code is lost.",
    ),
)
