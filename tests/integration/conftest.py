"""A mocked cloud, strict about dependencies, with a deployment in it."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

import tests.support.empty_moto
import tests.support.strict_moto  # noqa: F401
from tests.integration.workflow import ACCOUNT, REGION, Workflow, account_session


@pytest.fixture(autouse=True)
def mocked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    # The 1,300 public images and snapshots that moto invents would only cost time.
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    with mock_aws():
        yield


@pytest.fixture
def workflow() -> Workflow:
    deployed = Workflow.deployed()
    deployed.configure()
    return deployed


@pytest.fixture
def customer() -> boto3.session.Session:
    """The account that is collected, with all rights, as its owner has them."""
    return account_session(ACCOUNT)
