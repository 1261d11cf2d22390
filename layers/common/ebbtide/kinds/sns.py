"""SNS topics."""

from __future__ import annotations

from ebbtide.kind import Call, Delete, Detail, Kind, Relation
from ebbtide.kinds.kms import KEY_ID

_ATTRIBUTES = Call("sns", "get_topic_attributes", "Attributes", TopicArn="{TopicArn}")
_TAGS = Detail(
    Call("sns", "list_tags_for_resource", "Tags[]", ResourceArn="{TopicArn}"), into="Tags"
)

TOPIC = Kind(
    name="aws_sns_topic",
    list=Call("sns", "list_topics", "Topics[]"),
    get=Call("sns", "get_topic_attributes", "Attributes", TopicArn="{id}"),
    details=(Detail(_ATTRIBUTES), _TAGS),
    get_details=(_TAGS,),
    id="TopicArn",
    label="TopicArn",
    label_pattern=r"([^:]+)$",
    arn="TopicArn",
    relations=(
        Relation(
            "KmsMasterKeyId",
            "aws_kms_key",
            deleted_before=True,
            pattern=KEY_ID,
        ),
    ),
    fingerprint=("TopicArn", "SubscriptionsConfirmed", "SubscriptionsPending"),
    delete=Delete(
        Call("sns", "delete_topic", TopicArn="{id}"),
        gone=("NotFound", "ResourceNotFound"),
        blocked=("ConcurrentAccess",),
        refused=("InvalidState",),
        note="Its subscriptions go with it.",
    ),
)
