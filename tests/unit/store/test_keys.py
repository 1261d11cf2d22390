"""Keys that contain the id of a resource fit into S3, whatever the id."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.kinds import registry
from ebbtide.store.keys import RunKeys

KIND = max(registry(), key=len)
REGION = "ap-southeast-99"
PREFIX = f"runs/{'r' * 80}/cleanup/111122223333/restore/{REGION}/{KIND}/"


def key_of(id: str) -> str:
    return RunKeys("r" * 80).restore("111122223333", REGION, KIND, id)


@given(st.text(min_size=1, max_size=40), st.integers(1, 80))
def test_every_id_has_a_key_of_its_own_that_s3_accepts(part: str, times: int) -> None:
    id = part * times
    # AWS knows no surrogates.
    id = id.encode("utf-8", "replace").decode()
    key = key_of(id)
    assert len(key.encode()) <= 1_024
    assert key.startswith(PREFIX)
    name = key.removeprefix(PREFIX)
    assert name.endswith(".json")
    assert "/" not in name
    # No escape sequence is cut in two.
    assert not re.search(r"%(?![0-9A-F]{2})", name)
    assert key_of(f"{id}x") != key != key_of(f"x{id}")


@pytest.mark.parametrize("length", [1, 100, 700])
def test_ids_of_usual_length_are_readable(length: int) -> None:
    id = "/" + "a" * (length - 1)
    if length < 700:
        assert unquote(key_of(id).removeprefix(PREFIX)) == f"{id}.json"
    else:
        assert key_of(id).removeprefix(PREFIX).startswith("%2Faaaa")


def test_ids_of_every_length_fit() -> None:
    assert max(len(key_of("a" * length)) for length in range(500, 1_200)) <= 1_024


def test_long_ids_that_begin_alike_have_different_keys() -> None:
    keys = {key_of("a" * 2_000 + str(number)) for number in range(50)}
    assert len(keys) == 50
