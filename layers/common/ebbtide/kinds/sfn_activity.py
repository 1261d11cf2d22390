"""Step Functions activities."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Kind, Relation

_TAGS = Detail(
    Call("stepfunctions", "list_tags_for_resource", "tags[]", resourceArn="{activityArn}"),
    into="tags",
)
_ACTIVITY = Call("stepfunctions", "describe_activity", activityArn="{activityArn}")

ACTIVITY = Kind(
    name="aws_sfn_activity",
    list=Call("stepfunctions", "list_activities", "activities[]"),
    get=Call("stepfunctions", "describe_activity", activityArn="{id}"),
    details=(Detail(_ACTIVITY, describes=True), _TAGS),
    get_details=(_TAGS,),
    id="activityArn",
    label="name",
    arn="activityArn",
    tags="tags",
    created="creationDate",
    relations=(
        Relation(
            "encryptionConfiguration.kmsKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID
        ),
    ),
    fingerprint=("activityArn", "creationDate"),
    delete=Delete(
        Call("stepfunctions", "delete_activity", activityArn="{id}"),
        gone=("ActivityDoesNotExist",),
        blocked=(),
        note="State machines that wait for it never get an answer.",
    ),
)
