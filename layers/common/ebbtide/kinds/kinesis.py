"""Kinesis data streams."""

from __future__ import annotations

from ebbtide.kinds.kms import KEY_ID
from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete
from ebbtide.model.kind import Kind, LastUse, Relation
from ebbtide.model.use_metric import UseMetric

_SUMMARY = Call(
    "kinesis", "describe_stream_summary", "StreamDescriptionSummary", StreamName="{StreamName}"
)
# A stream has at most 50 tags, which fit on one page.
_TAGS = Detail(
    Call("kinesis", "list_tags_for_stream", "Tags[]", StreamName="{StreamName}", Limit=50),
    into="Tags",
)

STREAM = Kind(
    name="aws_kinesis_stream",
    list=Call("kinesis", "list_streams", "StreamSummaries[]"),
    get=Call("kinesis", "describe_stream_summary", "StreamDescriptionSummary", StreamName="{id}"),
    details=(Detail(_SUMMARY, describes=True), _TAGS),
    get_details=(_TAGS,),
    id="StreamName",
    label="StreamName",
    arn="StreamARN",
    created="StreamCreationTimestamp",
    relations=(Relation("KeyId", "aws_kms_key", deleted_before=True, pattern=KEY_ID),),
    volatile=("WarmThroughput",),
    last_use=LastUse(
        metrics=(
            UseMetric("AWS/Kinesis", "IncomingRecords", {"StreamName": "{id}"}),
            UseMetric("AWS/Kinesis", "GetRecords.Records", {"StreamName": "{id}"}),
        )
    ),
    fingerprint=("StreamCreationTimestamp", "StreamARN", "StreamStatus"),
    sources={"usual": "ours"},
    delete=Delete(
        Call("kinesis", "delete_stream", StreamName="{id}", EnforceConsumerDeletion=True),
        gone=("ResourceNotFoundException",),
        blocked=("ResourceInUseException", "LimitExceededException"),
        usual=120,
        note="Its records are lost, and so are its registered consumers.",
    ),
)
