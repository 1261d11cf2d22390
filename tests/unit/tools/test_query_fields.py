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
    monkeypatch.setattr(query_fields, "TARGET", tmp_path / "fields.json")
    assert query_fields.main(["--check"]) == 1
    assert query_fields.main([]) == 0
    assert query_fields.main(["--check"]) == 0


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        # A plain list, a list with merged details, with a detail of its own name, within a parent.
        ("aws_ec2_volume", {"volume_id", "attachments", "kms_key_id"}),
        ("aws_iam_role", {"role_name", "assume_role_policy_document"}),
        ("aws_s3_bucket", {"name", "creation_date"}),
    ],
)
def test_names_are_those_of_the_answer(kind: str, names: set[str]) -> None:
    found = query_fields.fields_of(registry()[kind])
    assert found is not None and names <= set(found)
    assert found == sorted(found)


def test_tags_are_no_property_and_a_map_has_no_known_names() -> None:
    assert "tags" not in (query_fields.fields_of(registry()["aws_ec2_volume"]) or ["tags"])
    assert query_fields.fields_of(registry()["aws_sqs_queue"]) is None
    assert query_fields.fields_of(registry()["aws_account"]) is None
