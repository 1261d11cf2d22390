"""CodeDeploy applications."""

from __future__ import annotations

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Kind

_TAGS = Detail(
    Call("codedeploy", "list_tags_for_resource", "Tags[]", ResourceArn="{arn}"), into="Tags"
)
_DETAILS = (
    Detail(
        Call(
            "codedeploy",
            "batch_get_applications",
            "applicationsInfo[]",
            applicationNames=["{name}"],
        ),
        into="Application",
        batch=100,
        match=("applicationName", "applicationName"),
        describes=True,
    ),
    _TAGS,
)

APPLICATION = Kind(
    name="aws_codedeploy_application",
    list=Call("codedeploy", "list_applications", "applications[].{applicationName: @}"),
    get=Call(
        "codedeploy",
        "batch_get_applications",
        "applicationsInfo[].{applicationName: applicationName, Application: @}",
        applicationNames=["{id}"],
    ),
    details=_DETAILS,
    get_details=(_TAGS,),
    id="applicationName",
    label="applicationName",
    arn="arn:{partition}:codedeploy:{region}:{account}:application:{id}",
    created="Application.createTime",
    fingerprint=("Application",),
    delete=Delete(
        Call("codedeploy", "delete_application", applicationName="{id}"),
        gone=("ApplicationDoesNotExistException",),
        blocked=(),
        refused=("InvalidRoleException",),
        note="Its deployment groups, revisions and deployment history go with it.",
    ),
)
