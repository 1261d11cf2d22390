"""One emulator for all tests of this folder; every test has its own account."""

import itertools
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud import INTERPRETER, Cloud
from tests.support.folders import tests_beside

REGION = "us-east-1"
_accounts = itertools.count(700000000001)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "emulator: needs the emulator's virtual environment")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in tests_beside(__file__, items):
        item.add_marker(pytest.mark.emulator)


@pytest.fixture(scope="session")
def interpreter() -> Path:
    python = Path(os.environ.get("EMULATOR_PYTHON", INTERPRETER))
    if not python.exists():
        pytest.fail(f"the emulator's Python is missing: {python}; run `make setup`")
    return python


@pytest.fixture(scope="session")
def cloud(interpreter: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    running = Cloud.start(tmp_path_factory.mktemp("cloud"), interpreter=interpreter)
    yield running
    running.stop()


@pytest.fixture
def account() -> str:
    return str(next(_accounts))


@pytest.fixture
def client(cloud: Cloud, account: str) -> Callable[[str], Any]:
    return lambda service: cloud.client(service, account, REGION)


@pytest.fixture
def ec2(client: Callable[[str], Any]) -> Any:
    return client("ec2")


@pytest.fixture
def refused() -> Callable[..., str]:
    """Make a call that must fail, and return its error code."""

    def call(operation: Callable[..., Any], **arguments: Any) -> str:
        with pytest.raises(ClientError) as caught:
            operation(**arguments)
        return str(caught.value.response["Error"]["Code"])

    return call


@pytest.fixture
def network(ec2: Any) -> dict[str, str]:
    """A VPC with one subnet and one security group."""
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="app", Description="app", VpcId=vpc)["GroupId"]
    return {"vpc": vpc, "subnet": subnet, "group": group}


@pytest.fixture
def instance(ec2: Any, network: dict[str, str]) -> str:
    """A running instance in the network."""
    launched = ec2.run_instances(
        ImageId="ami-1",
        InstanceType="t3.micro",
        MinCount=1,
        MaxCount=1,
        SubnetId=network["subnet"],
        SecurityGroupIds=[network["group"]],
    )
    return str(launched["Instances"][0]["InstanceId"])


@pytest.fixture
def until() -> Callable[[Callable[[], Any]], Any]:
    """Call a function until it returns a true value, for at most six seconds."""

    def wait(question: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + 6
        while time.monotonic() < deadline:
            if answer := question():
                return answer
            time.sleep(0.1)
        raise AssertionError("it did not happen within six seconds")

    return wait
