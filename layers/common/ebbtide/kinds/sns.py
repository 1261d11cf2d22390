"""SNS topics and subscriptions; mobile push is in sns_mobile."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Decision, Kind, LastUse, Relation
from ebbtide.model.use_metric import UseMetric

_ACROSS_REGIONS = "https://docs.aws.amazon.com/sns/latest/dg/sns-cross-region-delivery.html"
_NO_SUBSCRIBER: Decision = {"strength": "needed", "why": "messages to the subscriber would be lost"}

_ATTRIBUTES = Call("sns", "get_topic_attributes", "Attributes", TopicArn="{TopicArn}")
_TAGS = Detail(
    Call("sns", "list_tags_for_resource", "Tags[]", ResourceArn="{TopicArn}"), into="Tags"
)

# The roles that log deliveries, one pair per protocol.
_FEEDBACK_ROLES = (
    "[ApplicationSuccessFeedbackRoleArn, ApplicationFailureFeedbackRoleArn,"
    " FirehoseSuccessFeedbackRoleArn, FirehoseFailureFeedbackRoleArn,"
    " HTTPSuccessFeedbackRoleArn, HTTPFailureFeedbackRoleArn,"
    " LambdaSuccessFeedbackRoleArn, LambdaFailureFeedbackRoleArn,"
    " SQSSuccessFeedbackRoleArn, SQSFailureFeedbackRoleArn]"
)

_TOPIC_RELATIONS = (
    Relation("KmsMasterKeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),
    Relation(_FEEDBACK_ROLES, "aws_iam_role", by="arn", deleted_before=True),
)

TOPIC = Kind(
    name="aws_sns_topic",
    list=Call("sns", "list_topics", "Topics[]"),
    get=Call("sns", "get_topic_attributes", "Attributes", TopicArn="{id}"),
    details=(Detail(_ATTRIBUTES, describes=True), _TAGS),
    get_details=(_TAGS,),
    id="TopicArn",
    label="TopicArn",
    label_pattern=r"([^:]+)$",
    arn="TopicArn",
    relations=_TOPIC_RELATIONS,
    last_use=LastUse(
        metrics=(UseMetric("AWS/SNS", "NumberOfMessagesPublished", {"TopicName": "{name}"}),)
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

_SUBSCRIPTION_RELATIONS = (
    # AWS deletes it with its topic, but it is not owned: it can also be deleted alone.
    Relation(
        "TopicArn",
        "aws_sns_topic",
        reverse=True,
        strength="needed",
        why="the subscriber would get no more messages",
    ),
    Relation(
        "Endpoint",
        "aws_sqs_queue",
        by="arn",
        pattern=r"^(arn:[^:]+:sqs:.+)$",
        across_regions=True,
        source=_ACROSS_REGIONS,
        **_NO_SUBSCRIBER,
    ),
    Relation(
        "Endpoint",
        "aws_lambda_function",
        by="arn",
        pattern=r"^(arn:[^:]+:lambda:[^:]+:\d+:function:[^:]+)",
        across_regions=True,
        source=_ACROSS_REGIONS,
        **_NO_SUBSCRIBER,
    ),
    Relation(
        "Endpoint",
        "aws_firehose_delivery_stream",
        by="arn",
        pattern=r"^(arn:[^:]+:firehose:.+)$",
        **_NO_SUBSCRIBER,
    ),
    Relation(
        "Endpoint",
        "aws_sns_endpoint",
        pattern=r"^(arn:[^:]+:sns:.+:endpoint/.+)$",
        **_NO_SUBSCRIBER,
    ),
    Relation("SubscriptionRoleArn", "aws_iam_role", by="arn", deleted_before=True),
)

SUBSCRIPTION = Kind(
    name="aws_sns_subscription",
    # An unconfirmed subscription has no ARN yet, only the name of its state.
    list=Call("sns", "list_subscriptions", "Subscriptions[?starts_with(SubscriptionArn, 'arn:')]"),
    get=Call("sns", "get_subscription_attributes", "Attributes", SubscriptionArn="{id}"),
    details=(
        # Only subscriptions of Firehose have a role.
        Detail(
            Call(
                "sns",
                "get_subscription_attributes",
                "Attributes",
                SubscriptionArn="{SubscriptionArn}",
            ),
            when="Protocol == 'firehose'",
            describes=True,
        ),
    ),
    get_details=(),
    id="SubscriptionArn",
    label="SubscriptionArn",
    label_pattern=r"([^:]+:[^:]+)$",
    arn="SubscriptionArn",
    tags=None,
    joins=True,
    relations=_SUBSCRIPTION_RELATIONS,
    fingerprint=("TopicArn", "Protocol", "Endpoint"),
    delete=Delete(
        Call("sns", "unsubscribe", SubscriptionArn="{id}"),
        gone=("NotFound",),
        blocked=(),
        refused=("AuthorizationError", "InvalidParameter"),
        note="A new subscription may have to be confirmed.",
    ),
)
