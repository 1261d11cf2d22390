"""A deployment in a mocked cloud that refuses deletions of resources in use."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

import tests.support.empty_moto
import tests.support.shared_clients
import tests.support.strict_moto  # noqa: F401
from ebbtide.aws.pacing import TokenBucket
from tests.integration.workflow import ACCOUNT, REGION, Workflow, account_session
from tests.support.folders import tests_beside


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in tests_beside(__file__, items):
        item.add_marker(pytest.mark.collects)


@pytest.fixture(autouse=True)
def mocked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    # Without this, moto makes up 1,300 public images and snapshots, which only cost time.
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    # The mocked cloud has no rates: waiting for those of AWS is tested in tests/unit/aws.
    monkeypatch.setattr(TokenBucket, "reserve", lambda _: 0.0)
    with mock_aws():
        yield


@pytest.fixture
def workflow(request: pytest.FixtureRequest) -> Workflow:
    """A deployment that collects the kinds of the marker `about`, or all kinds with `--full`."""
    about = request.node.get_closest_marker("about")
    deployed = Workflow.deployed()
    deployed.configure(
        kinds=() if about is None or request.config.getoption("full") else about.args
    )
    return deployed


@pytest.fixture
def customer() -> boto3.session.Session:
    """A session with all permissions in the collected account, as its owner has."""
    return account_session(ACCOUNT)
