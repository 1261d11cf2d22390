"""Lists that AWS pages, or returns completely, only if the request has a page size.

The answers here follow the API models of SQS ListQueues and S3 ListBuckets.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from botocore.awsrequest import AWSPreparedRequest

from tests.faults.collect.answers import ACCOUNT, REGION, Document, read, refusal
from tests.faults.collect.wire import XML, Body, read_wire
from tests.faults.known import known_fault

QUEUE, BUCKET = "aws_sqs_queue", "aws_s3_bucket"
WITHOUT_PAGES = 1_000  # ListQueues: maximum per answer without MaxResults


def queues(number: int) -> dict[str, object]:
    """Return an answer with this many queues, paged only if the request has MaxResults."""
    urls = [f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/q{n:05}" for n in range(number)]

    def list_queues(arguments: Document, _recorded: Document) -> Document:
        size, start = arguments.get("MaxResults"), int(arguments.get("NextToken") or 0)
        end = start + (size or WITHOUT_PAGES)
        more = {"NextToken": str(end)} if size and end < number else {}
        return {"QueueUrls": urls[start:end], **more}

    def attributes(arguments: Document, _recorded: Document) -> Document:
        name = arguments["QueueUrl"].rsplit("/", 1)[1]
        return {"Attributes": {"QueueArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"}}

    return {
        "sqs.ListQueues": list_queues,
        "sqs.GetQueueAttributes": attributes,
        "sqs.ListQueueTags": {"Tags": {}},
    }


@pytest.mark.parametrize(
    "number",
    [
        3,
        pytest.param(
            WITHOUT_PAGES + 1,
            marks=[
                known_fault("collection F5: queues beyond the first 1,000 are not read"),
                pytest.mark.full,  # the details of 1,000 queues take 100 seconds at SQS's rate
            ],
        ),
    ],
)
def test_every_queue_is_read(number: int) -> None:
    reading = read(QUEUE, given=queues(number))
    assert reading.coverage[QUEUE].state == "complete"
    assert len(reading.of(QUEUE)) == number


@known_fault("collection F6: the list of buckets leaves out their regions")
def test_region_of_a_bucket_is_known() -> None:
    def list_buckets(arguments: Document, recorded: Document) -> Document:
        for bucket in recorded["Buckets"]:
            bucket.pop("BucketRegion", None)
            if arguments:
                bucket["BucketRegion"] = "eu-west-1"
        return recorded

    reading = read(BUCKET, given={"s3.ListBuckets": list_buckets})
    assert reading.of(BUCKET)
    assert {line["properties"]["bucket_location"] for line in reading.of(BUCKET)} == {"eu-west-1"}


@known_fault("collection F6: accounts with a raised quota of buckets cannot be listed")
def test_buckets_of_an_account_with_a_raised_quota_are_read() -> None:
    """Above 10,000 buckets AWS rejects requests without a page size."""

    def list_buckets(arguments: Document, recorded: Document) -> Document:
        if not arguments.get("MaxBuckets"):
            raise refusal("InvalidRequest", "unpaginated ListBuckets is not supported")
        return recorded

    reading = read(BUCKET, given={"s3.ListBuckets": list_buckets})
    assert reading.coverage[BUCKET].state == "complete"
    assert reading.of(BUCKET)


@known_fault("awstruth B3: the request for the buckets has no parameter")
def test_request_for_the_buckets_has_a_parameter() -> None:
    def buckets(request: AWSPreparedRequest) -> tuple[dict[str, str], Body]:
        path = urlsplit(request.url).path
        text = "<Buckets/>" if path == "/" else ""
        return XML, f"<ListAllMyBucketsResult>{text}</ListAllMyBucketsResult>"

    (_, request), *_ = read_wire(BUCKET, buckets).asked
    assert urlsplit(request["url"]).query
