"""Paths, templates and names in snake_case."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.base.forms import snake, stored
from ebbtide.base.paths import render, values

NAMES = st.sampled_from(["a", "B", "c_d"])
DOCUMENTS = st.recursive(
    st.none() | st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=2),
    lambda inner: st.dictionaries(NAMES, inner, max_size=3),
)


def test_values_are_flat_and_without_none() -> None:
    document = {"Attachments": [{"InstanceId": "i-1"}, {}, {"InstanceId": "i-2"}], "Empty": None}
    assert values("Attachments[].InstanceId", document) == ["i-1", "i-2"]
    assert values("Empty", document) == []
    assert values("Missing.Deep", document) == []


def test_a_template_of_one_path_keeps_the_type() -> None:
    document = {"id": "sg-1", "Rules": [{"Port": 1, "Description": None}]}
    arguments = render({"GroupId": "{id}", "Rules": "{Rules}", "Ids": ["{id}"]}, document)
    assert arguments == {"GroupId": "sg-1", "Rules": [{"Port": 1}], "Ids": ["sg-1"]}


def test_arguments_without_a_value_are_left_out() -> None:
    assert render({"A": "{missing}", "B": True}, {}) == {"B": True}


def test_a_template_may_hold_a_multiselect_hash() -> None:
    template = "{Rules[?Pairs].{Port: Port, Pairs: Pairs}}"
    document = {"Rules": [{"Port": 1, "Pairs": [{"G": "x"}], "Other": 2}, {"Port": 2, "Pairs": []}]}
    assert render(template, document) == [{"Port": 1, "Pairs": [{"G": "x"}]}]


def test_a_template_keeps_the_texts_between_its_paths() -> None:
    document = {"id": "i-1", "Port": 22}
    assert render("arn:{id}:{Port}/x{missing}", document) == "arn:i-1:22/xNone"
    assert render("no path", document) == "no path"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("VolumeId", "volume_id"),
        ("DBInstanceArn", "db_instance_arn"),
        ("KMSKeyId", "kms_key_id"),
        ("IPv6CidrBlock", "i_pv6_cidr_block"),
        ("logGroupName", "log_group_name"),
        ("already_snake", "already_snake"),
    ],
)
def test_names_become_snake_case(name: str, expected: str) -> None:
    assert snake(name) == expected


@given(DOCUMENTS)
def test_what_is_stored_stays_as_it_is_when_stored_again(document: Any) -> None:
    assert stored(stored(document)) == stored(document)


def test_times_and_bytes_are_stored_as_text() -> None:
    at = datetime(2026, 11, 25, 4, 30, tzinfo=UTC)
    found = stored({"CreateTime": at, "Blobs": [b"abc"], "Pair": (1, at)})
    assert found == {
        "create_time": "2026-11-25T04:30:00Z",
        "blobs": ["<3 bytes>"],
        "pair": [1, "2026-11-25T04:30:00Z"],
    }
