"""An item that cannot be built must not affect the others on its page."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.faults.collect.answers import Answer, Document, read

GOOD_KEY = {
    "KeyPairId": "key-0a1b2c3d4e5f60001",
    "KeyName": "good",
    "KeyFingerprint": "aa",
    "CreateTime": datetime(2026, 1, 2, tzinfo=UTC),
}


def with_odd_key(_arguments: Document, _recorded: Document) -> Document:
    """Answer as Cloud Custodian recorded AWS once: a key pair without an id."""
    return {"KeyPairs": [GOOD_KEY, {"KeyName": "old", "KeyFingerprint": "bb"}]}


def with_odd_database(_arguments: Document, recorded: Document) -> Document:
    """Add a database with the ARN of one of Cloud Custodian's recordings."""
    odd = {**recorded["DBInstances"][0], "DBInstanceArn": "string", "DbiResourceId": "db-ODD"}
    return {"DBInstances": [*recorded["DBInstances"], odd]}


def with_odd_time(_arguments: Document, recorded: Document) -> Document:
    """Add a database with an invalid creation time."""
    odd = {**recorded["DBInstances"][0], "InstanceCreateTime": {}, "DbiResourceId": "db-ODD"}
    return {"DBInstances": [*recorded["DBInstances"], odd]}


def with_odd_tag(_arguments: Document, recorded: Document) -> Document:
    """Add a volume with a tag that has no key."""
    odd = {**recorded["Volumes"][0], "VolumeId": "vol-odd", "Tags": [{"Value": "x"}]}
    return {"Volumes": [*recorded["Volumes"], odd]}


PAGES = [
    pytest.param("aws_ec2_keypair", "ec2.DescribeKeyPairs", with_odd_key, id="no id"),
    pytest.param("aws_rds_instance", "rds.DescribeDBInstances", with_odd_database, id="no ARN"),
    pytest.param("aws_rds_instance", "rds.DescribeDBInstances", with_odd_time, id="no time"),
    pytest.param("aws_ec2_volume", "ec2.DescribeVolumes", with_odd_tag, id="tag without key"),
]
per_page = pytest.mark.parametrize(("kind", "call", "answer"), PAGES)


def good_half(answer: Answer) -> Answer:
    """Remove the odd item, which is the last one, from an answer."""
    assert callable(answer)

    def without(arguments: Document, recorded: Document) -> Document:
        return {name: items[:-1] for name, items in answer(arguments, recorded).items()}

    return without


@per_page
def test_good_items_of_a_page_with_an_odd_one_keep_their_relations(
    kind: str, call: str, answer: Answer
) -> None:
    alone = read(kind, given={call: good_half(answer)})
    assert alone.of(kind)
    both = read(kind, given={call: answer})
    assert [line for line in alone.lines if line not in both.lines] == []
    assert [line for line in alone.references if line not in both.references] == []


@per_page
def test_kind_with_an_odd_item_is_not_complete(kind: str, call: str, answer: Answer) -> None:
    assert read(kind, given={call: answer}).coverage[kind].state == "failed"


def test_error_names_the_odd_item() -> None:
    reading = read("aws_ec2_keypair", given={"ec2.DescribeKeyPairs": with_odd_key})
    assert "old" in (reading.coverage["aws_ec2_keypair"].error or "")


def test_workteam_of_an_oidc_group_is_read() -> None:
    def without_cognito(_arguments: Document, recorded: Document) -> Document:
        members = [{"OidcMemberDefinition": {"Groups": ["labelers"]}}]
        recorded["Workteams"][0]["MemberDefinitions"] = members
        return recorded

    kind = "aws_sagemaker_workteam"
    reading = read(kind, given={"sagemaker.ListWorkteams": without_cognito})
    assert reading.coverage[kind].state == "complete"
    assert reading.of(kind)
