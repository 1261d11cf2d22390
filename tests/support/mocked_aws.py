"""AWS in this process, for tests that make clients of their own: credentials and a region."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from moto import mock_aws

REGION = "us-east-1"


@contextmanager
def mocked_aws(**more: str) -> Iterator[None]:
    """Mock AWS, with these environment variables besides."""
    given = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
        **more,
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in given.items():
            patch.setenv(name, value)
        with mock_aws():
            yield
