"""What tags say about a lifetime."""

from datetime import UTC, datetime, timedelta

import pytest

from ebbtide.model.expiry import created_override, expiry_of, protecting_tag
from tests.support.builders import NOW, days_ago, resource


def expiring(tags: dict[str, str], **rest: object):
    found = resource("aws_ec2_volume", "vol-1", tags=tags, **rest)
    return expiry_of(found.tags, found.born)


def test_an_absolute_time_wins_over_a_duration() -> None:
    expiry = expiring({"expiration": "1d", "resoto:expires": "2030-01-01T00:00:00Z"})
    assert expiry is not None
    assert expiry.at == datetime(2030, 1, 1, tzinfo=UTC)


def test_a_duration_counts_from_the_creation() -> None:
    expiry = expiring({"ebbtide:expiration": "24h"}, created=days_ago(3))
    assert expiry is not None
    assert expiry.at == days_ago(3) + timedelta(hours=24)


def test_a_duration_counts_from_the_first_look_where_aws_tells_no_creation() -> None:
    expiry = expiring({"expiration": "24h"}, created=None, first_seen=NOW)
    assert expiry is not None
    assert expiry.at == NOW + timedelta(hours=24)


@pytest.mark.parametrize("value", ["soon", "90", "2026-13-01"])
def test_an_unreadable_tag_never_expires(value: str) -> None:
    for tag in ("expiration", "ebbtide:expires"):
        expiry = expiring({tag: value})
        assert expiry is not None
        assert expiry.at is None
        assert expiry.problem


def test_an_unreadable_absolute_time_does_not_fall_back_to_a_duration() -> None:
    expiry = expiring({"ebbtide:expires": "soon", "expiration": "1s"})
    assert expiry is not None
    assert expiry.at is None


@pytest.mark.parametrize(
    ("tags", "protects"),
    [
        ({"ebbtide:protected": "true"}, True),
        ({"ebbtide:protected": ""}, True),
        ({"ebbtide:protected": "False"}, False),
        ({"expiration": "never"}, True),
        ({"ebbtide:expires": " Never "}, True),
        ({"expiration": "1d"}, False),
        ({}, False),
    ],
)
def test_tags_protect(tags: dict[str, str], protects: bool) -> None:
    assert (protecting_tag(tags) is not None) is protects


def test_a_tag_overrides_the_reported_creation() -> None:
    assert created_override({"fix:ctime": "2020-01-01"}) == datetime(2020, 1, 1, tzinfo=UTC)
    assert created_override({"ebbtide:created": "once"}) is None
    assert created_override(None) is None


@pytest.mark.parametrize("tag", ["9999-12-31T23:59:59-05:00", "0001-01-01T00:00:00+05:00"])
def test_times_beyond_the_calendar_are_told_and_not_believed(tag: str) -> None:
    found = expiring({"ebbtide:expires": tag})
    assert found is not None
    assert found.at is None
    assert found.problem is not None
    assert created_override({"ebbtide:created": tag}) is None
    late = expiring({"expiration": "999y"}, created=datetime(9800, 1, 1, tzinfo=UTC))
    assert late is not None
    assert late.problem == "the expiration is after the year 9999"
