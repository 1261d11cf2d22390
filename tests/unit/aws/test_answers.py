"""AWS's answers are read as botocore itself reads them, only faster."""

from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.session
import pytest
from botocore.loaders import JSONFileLoader
from botocore.utils import parse_timestamp
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.aws import own_session
from ebbtide.aws.models import ModelFiles
from ebbtide.aws.timestamps import read_timestamp

MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@given(MOMENTS, st.sampled_from(["iso", "millis", "offset", "seconds", "text seconds", "rfc 822"]))
def test_times_are_those_that_botocore_reads(moment: datetime, form: str) -> None:
    value: Any = {
        "iso": moment.isoformat().replace("+00:00", "Z"),
        "millis": f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z",
        "offset": f"{moment:%Y-%m-%dT%H:%M:%S}+0000",
        "seconds": moment.timestamp(),
        "text seconds": str(int(moment.timestamp())),
        "rfc 822": f"{moment:%a, %d %b %Y %H:%M:%S} GMT",
    }[form]
    assert read_timestamp(value) == parse_timestamp(value)


@pytest.mark.parametrize("value", ["never", "", None, {}, "NaN", "2026-13-01T00:00:00Z", 1e18])
def test_what_is_no_time_is_unknown(value: Any) -> None:
    assert read_timestamp(value) is None


@given(st.one_of(st.text(), st.floats(), st.integers(), st.booleans(), st.none(), st.binary()))
def test_no_value_loses_an_answer(value: Any) -> None:
    found = read_timestamp(value)
    assert found is None or found.tzinfo is not None


@given(MOMENTS.filter(lambda moment: moment.year > 2001))
def test_milliseconds_are_divided(moment: datetime) -> None:
    number = int(moment.timestamp() * 1000)
    assert read_timestamp(number) == read_timestamp(str(number))
    assert abs(read_timestamp(number) - moment) < timedelta(seconds=1)  # type: ignore[operator]


def test_seconds_beyond_the_last_year_are_no_milliseconds() -> None:
    assert read_timestamp(253_402_300_799) == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert read_timestamp(253_402_300_800) is None


def test_sessions_read_times_this_way() -> None:
    core = own_session("111122223333", "aws").session._session
    parsers: Any = core.get_component("response_parser_factory")
    assert parsers.create_parser("json")._timestamp_parser is read_timestamp


@pytest.mark.parametrize("name", ["ec2/2016-11-15/service-2", "endpoints", "no-such-service"])
def test_models_are_those_that_botocore_reads(name: str) -> None:
    loader: Any = botocore.session.get_session().get_component("data_loader")
    path = f"{loader.BUILTIN_DATA_PATH}/{name}"
    ours, theirs = ModelFiles(), JSONFileLoader()
    assert ours.load_file(path) == theirs.load_file(path)
    assert ours.exists(path) == theirs.exists(path)
