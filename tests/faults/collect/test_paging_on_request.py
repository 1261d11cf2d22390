"""Lists that AWS pages, or returns completely, only if the request has a page size.

The answers here follow the API models of SQS ListQueues and S3 ListBuckets.
"""

from __future__ import annotations

import re
from collections import defaultdict
from urllib.parse import urlsplit

import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.model import OperationModel

from ebbtide.model.call import Call
from ebbtide_cli.shapes import operation
from tests.faults.collect.answers import ACCOUNT, REGION, Document, read, refusal
from tests.faults.collect.wire import XML, Body, read_wire
from tools.model_sentences import calls, sentences

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


@pytest.mark.parametrize("number", [3, WITHOUT_PAGES + 1])
def test_every_queue_is_read(number: int) -> None:
    reading = read(QUEUE, given=queues(number))
    assert reading.coverage[QUEUE].state == "complete"
    assert len(reading.of(QUEUE)) == number


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


def test_buckets_of_an_account_with_a_raised_quota_are_read() -> None:
    """Above 10,000 buckets AWS rejects requests without a page size."""

    def list_buckets(arguments: Document, recorded: Document) -> Document:
        if not arguments.get("MaxBuckets"):
            raise refusal("InvalidRequest", "unpaginated ListBuckets is not supported")
        return recorded

    reading = read(BUCKET, given={"s3.ListBuckets": list_buckets})
    assert reading.coverage[BUCKET].state == "complete"
    assert reading.of(BUCKET)


def test_request_for_the_buckets_has_a_parameter() -> None:
    def buckets(request: AWSPreparedRequest) -> tuple[dict[str, str], Body]:
        path = urlsplit(request.url).path
        text = "<Buckets/>" if path == "/" else ""
        return XML, f"<ListAllMyBucketsResult>{text}</ListAllMyBucketsResult>"

    (_, request), *_ = read_wire(BUCKET, buckets).asked
    assert urlsplit(request["url"]).query


SIZE = re.compile(r"^max(?!imum)|limit$|pagesize|perpage", re.IGNORECASE)
# What AWS's models say of lists that end, or are refused, without a page size.
ONLY_ON_REQUEST = re.compile(
    r"must set \w*max\w* |do not set \w*max\w*, the response includes a maximum"
    r"|unpaginated \w+ requests (are only supported|will be rejected)",
    re.IGNORECASE,
)


def sizes(model: OperationModel) -> dict[str, str]:
    """Return the documentation of each argument that sets the size of a page."""
    members = model.input_shape.members if model.input_shape else {}
    return {name: str(one.documentation) for name, one in members.items() if SIZE.search(name)}


def pages_only_on_request(model: OperationModel) -> bool:
    texts = [str(model.documentation), *sizes(model).values()]
    return any(ONLY_ON_REQUEST.search(says) for text in texts for says in sentences(text))


def calls_by_operation() -> dict[str, list[Call]]:
    """Group the calls that read resources by operation, only those that page on request."""
    found: dict[str, list[Call]] = defaultdict(list)
    for call in calls():
        if pages_only_on_request(operation(call.service, call.operation)):
            found[f"{call.service}.{call.operation}"].append(call)
    return found


def test_every_list_that_pages_only_on_request_sets_a_page_size() -> None:
    """Reading one resource again counts, too: a prefix may match more than one page."""
    found = calls_by_operation()
    assert set(found) == {"s3.list_buckets", "sqs.list_queues"}
    for name, made in found.items():
        model = operation(made[0].service, made[0].operation)
        assert [call.args for call in made if not sizes(model).keys() & call.args.keys()] == [], (
            name
        )
