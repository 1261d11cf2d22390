"""What protects a resource: each source on its own, what it needs, and what it says."""

from __future__ import annotations

from typing import Any

import pytest

from ebbtide.config import ProtectConfig
from ebbtide.verdict.protection import Protected, misspelt_protection_of, protection_of
from tests.support.builders import ACCOUNT, resource, volume

TAG = "protected: its tag {} is listed in protect.tags"


@pytest.mark.parametrize(
    ("tags", "protect", "reason"),
    [
        ({"keep": "yes"}, {"keep": None}, TAG.format("keep=yes")),
        ({"keep": ""}, {"keep": None}, TAG.format("keep=")),
        ({"keep": "yes"}, {"keep": "yes"}, TAG.format("keep=yes")),
        ({"stage": "live"}, {"keep": None, "stage": "live"}, TAG.format("stage=live")),
        ({"keep": "yes"}, {"keep": "no"}, None),
        ({"Keep": "yes"}, {"keep": None}, None),
        ({"other": "yes"}, {"keep": None}, None),
        ({}, {"keep": None}, None),
        (None, {"keep": None, "stage": "production"}, None),
        ({"keep": "yes"}, {}, None),
    ],
)  # fmt: skip
def test_a_tag_of_the_configuration_protects_whatever_has_it_and_nothing_else(
    tags: dict[str, str] | None, protect: dict[str, str | None], reason: str | None
) -> None:
    one = volume("vol-1", tags=tags, unknown_tags=tags is None)
    found = protection_of(one, ProtectConfig(tags=protect), {})
    assert found == (None if reason is None else Protected("configuration", reason))


ONE = volume("vol-1")


@pytest.mark.parametrize(
    ("protect", "reason"),
    [
        ({"ids": ("vol-1",)}, "vol-1 is listed in protect.ids"),
        ({"ids": ("other", ONE.arn)}, f"{ONE.arn} is listed in protect.ids"),
        ({"ids": (ONE.graph_id,)}, f"{ONE.graph_id} is listed in protect.ids"),
        ({"ids": ("vol-2", "vol")}, None),
        ({"accounts": (ACCOUNT,)}, f"account {ACCOUNT} is listed in protect.accounts"),
        ({"accounts": ("999999999999",)}, None),
        ({"kinds": ("database", "volume")}, "kind volume is listed in protect.kinds"),
        ({"kinds": ("aws_ec2_volume",)}, "kind aws_ec2_volume is listed in protect.kinds"),
        ({"kinds": ("aws_ec2_instance",)}, None),
    ],
)  # fmt: skip
def test_an_entry_of_the_configuration_protects_what_it_names(
    protect: dict[str, Any], reason: str | None
) -> None:
    found = protection_of(ONE, ProtectConfig(**protect), {})
    assert found == (None if reason is None else Protected("configuration", f"protected: {reason}"))


def test_a_job_protects_what_it_marked() -> None:
    marked = {ONE.graph_id: "job keep: mine"}
    assert protection_of(ONE, ProtectConfig(), marked) == Protected(
        "job", "protected by job keep: mine"
    )
    assert protection_of(volume("vol-2"), ProtectConfig(), marked) is None


@pytest.mark.parametrize(
    ("reason", "protected"),
    [(None, False), ("its deletion protection is on", True), ("it is being created", False)],
)
def test_only_what_somebody_switched_on_in_aws_is_a_protection(
    reason: str | None, *, protected: bool
) -> None:
    one = resource("aws_rds_instance", "db", keep_reason=reason)
    found = protection_of(one, ProtectConfig(), {})
    assert found == (Protected("aws", f"protected by AWS: {reason}") if protected else None)


@pytest.mark.parametrize(
    ("tags", "protect", "expected"),
    [
        ({"Keep": "yes"}, {"keep": None}, "Keep=yes"),
        ({"KEEP": "yes"}, {"keep": "yes"}, "KEEP=yes"),
        ({"KEEP": "no"}, {"keep": "yes"}, None),
        ({"keep": "no"}, {"keep": "yes"}, None),
        ({"Keep": "yes"}, {}, None),
        ({"ebbtide:Protected": "true"}, {}, "ebbtide:Protected=true"),
        ({"ebbtide:Protected": "true"}, {"keep": None}, "ebbtide:Protected=true"),
        (None, {"keep": None}, None),
    ],
)
def test_a_key_that_only_looks_like_one_that_protects_is_told(
    tags: dict[str, str] | None, protect: dict[str, str | None], expected: str | None
) -> None:
    one = volume("vol-1", tags=tags, unknown_tags=tags is None)
    assert misspelt_protection_of(one, ProtectConfig(tags=protect)) == expected
