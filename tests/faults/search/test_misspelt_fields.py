"""A field that no kind of a term has is refused, wherever it occurs."""

from __future__ import annotations

import json

import pytest

from ebbtide.base.errors import ConfigError
from ebbtide.config import parse_config
from tests.faults.search.answers import found, refusal

# Where a field is misspelt -> the searches, with the misspelt word.
MISSPELT = {
    "one kind": [
        ("is(aws_ec2_instance) and tag.owner = null", "tag"),
        ("is(aws_ec2_volume) and not has_key(tag, owner)", "tag"),
        ("is(aws_ec2_volume) and attachment = null", "attachment"),
    ],
    "a base kind": [
        ("is(instance) and tag.owner = null", "tag"),
        ("is(instance) and tag.owner == null", "tag"),
        ("is(instance) and tag.owner != payments", "tag"),
        ("is(instance) and tag.owner not in [payments]", "tag"),
        ("is(instance) and not tag.owner = payments", "tag"),
        ("is(instance) and not (tag.owner = payments)", "tag"),
        ('is(instance) and not has_key(tag, "owner")', "tag"),
        ("is(volume) and not has_key(tag, owner)", "tag"),
        ("is(volume) and attachment = null", "attachment"),
    ],
    "several kinds": [
        ("is(aws_ec2_instance, aws_ec2_volume) and tag.owner = null", "tag"),
        ("is(aws_ec2_volume, aws_ec2_snapshot) and encryptd != true", "encryptd"),
    ],
    "alternatives": [
        (
            "is(aws_rds_instance) or is(aws_rds_cluster) and deletion_protction != true",
            "deletion_protction",
        ),
    ],
    "no kind": [
        ("tag.owner = null", "tag"),
        ("all and not has_key(tag, owner)", "tag"),
    ],
    "braces": [
        (
            "is(aws_ec2_security_group) and not group_ip_permissions[*].{from_prt <= 22}",
            "from_prt",
        ),
    ],
    "a deeper name": [
        ("is(aws_ec2_instance) and state.nme != running", "nme"),
    ],
    "an ancestor": [
        ("is(aws_ec2_instance) and /ancestors.aws_vpc.reported.tgas.env != prod", "tgas"),
    ],
    "a merge": [
        (
            "is(aws_ec2_subnet) {users[]: --> is(aws_ec2_instance)} "
            "/users[*].reported.instance_sttus = null",
            "instance_sttus",
        ),
    ],
    "a section left out": [
        ("is(instance) and reported.instance_status = null", "reported"),
    ],
}


CASES = [case for searches in MISSPELT.values() for case in searches]


@pytest.mark.parametrize(("text", "word"), CASES)
def test_a_misspelt_field_is_refused_by_name(text: str, word: str) -> None:
    message = refusal(text)
    assert message is not None
    assert f"unknown field '{word}'" in message


def configured(search: str) -> str:
    job = {
        "name": "no-owner",
        "event": "cleanup_plan",
        "search": search,
        "action": {"clean": {"reason": "nobody's"}},
    }
    return json.dumps({"jobs": [job]})


@pytest.mark.parametrize(("text", "word"), CASES)
def test_a_job_with_a_misspelt_field_is_no_configuration(text: str, word: str) -> None:
    with pytest.raises(ConfigError, match=rf"jobs\.0\.search: .*\b{word}\b"):
        parse_config(configured(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("is(instance) and tags.owner = null", []),
        ("is(volume) and tags.owner = null", ["vol-new", "vol-root", "vol-big"]),
        ("is(volume) and volume_size > 400", ["vol-old", "vol-big"]),
        ("is(aws_ec2_instance, aws_ec2_volume) and instance_cores = 16", ["i-big"]),
        ("is(aws_resource) and lb_type = application", ["lb-web"]),
        ("db_type = mysql", ["db-1"]),
        ("is(volume) or is(aws_rds_instance) and db_type = mysql", ["db-1"]),
    ],
)
def test_a_field_that_one_of_the_kinds_has_is_asked_of_all(text: str, expected: list[str]) -> None:
    assert found(text) == expected
