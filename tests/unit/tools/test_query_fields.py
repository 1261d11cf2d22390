"""The names that searches may use come from botocore's descriptions and are current."""

from __future__ import annotations

from pathlib import Path

import pytest

from ebbtide.kinds import registry
from tools import query_fields


def test_names_of_the_kinds_are_current() -> None:
    assert query_fields.main(["--check"]) == 0


def test_stale_names_are_noticed_and_renewed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(query_fields, "TARGET", tmp_path / "shapes.json")
    assert query_fields.main(["--check"]) == 1
    assert query_fields.main([]) == 0
    assert query_fields.main(["--check"]) == 0


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        # A plain list, a list with merged details, with a detail of its own name, within a parent.
        ("aws_ec2_volume", {"volume_id": "s", "create_time": "t", "size": "n", "encrypted": "b"}),
        # A policy is a document, which botocore decodes.
        ("aws_iam_role", {"role_name": "s", "assume_role_policy_document": "x"}),
        ("aws_s3_bucket", {"name": "s", "creation_date": "t"}),
        ("aws_ec2_instance", {"instance_cores": "n", "instance_memory": "n"}),
        # A path may state a value, compare, or choose.
        ("aws_docdb_instance", {"volume_size": "0"}),
        ("aws_root_user", {"mfa_active": "b"}),
        # The keys of a map, from botocore's values or AWS's documentation.
        ("aws_sqs_queue", {"queue_arn": "s", "approximate_number_of_messages": "s"}),
        ("aws_sns_topic", {"kms_master_key_id": "s", "http_success_feedback_role_arn": "s"}),
        # What the collector makes itself.
        ("aws_account", {"id": "s", "parent_id": "s"}),
        ("aws_region", {"region_name": "s"}),
    ],
)
def test_names_and_types_are_those_of_the_answer(kind: str, properties: dict[str, str]) -> None:
    found = query_fields.properties_of(registry()[kind], query_fields.Shapes())
    assert properties.items() <= found.items()


def test_tags_are_no_property() -> None:
    found = query_fields.properties_of(registry()["aws_ec2_volume"], query_fields.Shapes())
    assert "tags" not in found
