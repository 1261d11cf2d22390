"""AWS's answers are read as botocore itself reads them, only faster."""

from datetime import UTC, datetime
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


@pytest.mark.parametrize("value", ["never", "", None, {}])
def test_what_is_no_time_is_refused(value: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        read_timestamp(value)


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
