"""SQS queues."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Kind, LastUse, Relation
from ebbtide.model.use_metric import UseMetric

_ATTRIBUTES = Detail(
    Call(
        "sqs", "get_queue_attributes", "Attributes", QueueUrl="{QueueUrl}", AttributeNames=["All"]
    ),
    describes=True,
)
_TAGS = Detail(Call("sqs", "list_queue_tags", "Tags", QueueUrl="{QueueUrl}"), into="Tags")

_RELATIONS = (
    Relation(
        "RedrivePolicy",
        "aws_sqs_queue",
        by="arn",
        deleted_before=True,
        pattern=r'.*"deadLetterTargetArn"\s*:\s*"([^"]+)".*',
    ),
    Relation(
        "KmsMasterKeyId",
        "aws_kms_key",
        deleted_before=True,
        pattern=KEY_ID,
    ),
)

# Polls that return no message count in neither metric.
_USE = LastUse(
    metrics=(
        UseMetric("AWS/SQS", "NumberOfMessagesReceived", {"QueueName": "{name}"}),
        UseMetric("AWS/SQS", "NumberOfMessagesSent", {"QueueName": "{name}"}),
    )
)

QUEUE = Kind(
    name="aws_sqs_queue",
    bases=("queue",),
    # Without MaxResults an answer ends after 1,000 queues and has no token.
    list=Call("sqs", "list_queues", "QueueUrls[].{QueueUrl: @}", MaxResults=1000),
    details=(_ATTRIBUTES, _TAGS),
    # The answer does not name the queue, so its URL comes from its id.
    get=_ATTRIBUTES.call,
    get_details=(_TAGS,),
    id="QueueUrl",
    id_parts=r"^(?P<QueueUrl>.+)$",
    label="QueueUrl",
    label_pattern=r"([^/]+)$",
    arn="QueueArn",
    created="CreatedTimestamp",
    fields={
        "queue_type": "FifoQueue == 'true' && 'fifo' || 'standard'",
        "approximate_message_count": "ApproximateNumberOfMessages",
        "message_retention_period": "MessageRetentionPeriod",
    },
    relations=_RELATIONS,
    last_use=_USE,
    volatile=(
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesDelayed",
        "ApproximateNumberOfMessagesNotVisible",
    ),
    fingerprint=("QueueArn", "CreatedTimestamp", "LastModifiedTimestamp"),
    delete=Delete(
        Call("sqs", "delete_queue", QueueUrl="{id}"),
        gone=("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"),
        blocked=(),
        note="Its messages are lost; the deletion takes up to a minute.",
    ),
)
