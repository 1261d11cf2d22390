"""Promises of `ebbtide kinds`."""

from __future__ import annotations

import json

from ebbtide.kinds import registry
from ebbtide_cli.vocabulary import described
from tests.support.command import run


def test_every_kind_is_listed_without_any_source() -> None:
    result = run("kinds", "--format", "ndjson")
    rows = {row["kind"]: row for row in map(json.loads, result.stdout.splitlines())}
    assert rows.keys() == registry().keys()
    assert rows["aws_ec2_volume"] == {
        "kind": "aws_ec2_volume",
        "bases": "volume",
        "service": "ec2",
        "scope": "regional",
        "deleted_by": "delete_volume",
        "optional": False,
    }


def test_a_kind_is_told_in_detail() -> None:
    (kind,) = json.loads(run("kinds", "aws_ec2_volume", "--format", "json").stdout)
    assert kind["read_by"] == ["ec2.describe_volumes"]
    assert kind["fields"]["volume_size"] == "number: The size of the volume, in GiBs."
    assert "Information about the volume attachments." in kind["properties"]["attachments"]
    assert kind["declared_in"] == "ebbtide.kinds.ec2_storage"
    assert "aws_ec2_snapshot" in kind["edges_to"]
    assert "aws_ec2_instance" in kind["edges_from"]
    assert "aws_ec2_snapshot" in kind["edges_from"]
    assert kind["deleted_by"] == "ec2.delete_volume"
    assert kind["deleted_after"] == ["aws_ec2_instance"]
    assert "Recycle Bin" in kind["note"]


def test_every_kind_can_be_told_and_in_every_format() -> None:
    for kind in registry().values():
        found = described(kind)
        assert bool(found["deleted_by"]) != bool(found["never_deleted"])
        assert {*found["edges_to"], *found["edges_from"]} <= registry().keys()
    for format in ("table", "csv", "markdown", "yaml"):
        told = run("kinds", "aws_ec2_volume", "--format", format).stdout
        assert "ec2.delete_volume" in told and "in GiBs" in told


def test_a_base_kind_tells_its_fields_and_who_has_them() -> None:
    (base,) = json.loads(run("kinds", "volume", "--format", "json").stdout)
    assert "volume_size" in base["fields"] and "aws_ec2_volume" in base["kinds"]


def test_a_misspelt_kind_gets_a_suggestion() -> None:
    result = run("kinds", "aws_ec2_volum")
    assert result.exit_code == 2
    assert "did you mean" in result.stderr and "aws_ec2_volume" in result.stderr
