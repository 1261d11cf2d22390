"""Functions report errors by class, their metrics arrive, and they can be killed in the middle."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from local.cloud import Cloud

_CODE = """
import json, os, boto3

class QuotaExceeded(Exception):
    pass

def handler(event, context):
    if event == "raise":
        raise QuotaExceeded("too much")
    if event == "exit":
        os._exit(1)
    if event == "call":
        boto3.client("s3").list_buckets()
    metrics = [{"Namespace": "Test", "Dimensions": [["where"]], "Metrics": [{"Name": "Things"}]}]
    print(json.dumps({"_aws": {"CloudWatchMetrics": metrics}, "Things": 7, "where": "here"}))
    return "done"
"""


@pytest.fixture
def invoke(client: Callable[[str], Any], account: str) -> Callable[[str], Any]:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("app.py", _CODE)
    functions = client("lambda")
    functions.create_function(
        FunctionName="stack-Worker-1",
        Runtime="python3.13",
        Handler="app.handler",
        Role=f"arn:aws:iam::{account}:role/worker",
        Code={"ZipFile": archive.getvalue()},
        Timeout=20,
    )

    def call(event: str) -> Any:
        answer = functions.invoke(FunctionName="stack-Worker-1", Payload=json.dumps(event))
        return json.loads(answer["Payload"].read())

    return call


def test_errors_carry_the_name_of_their_class(invoke: Callable[[str], Any]) -> None:
    raised = invoke("raise")
    assert (raised["errorType"], raised["errorMessage"]) == ("QuotaExceeded", "too much")
    assert any("in handler" in line for line in raised["stackTrace"])
    assert invoke("exit")["errorType"] == "Runtime.ExitError"


def test_embedded_metrics_arrive(
    invoke: Callable[[str], Any], client: Callable[[str], Any]
) -> None:
    assert invoke("work") == "done"
    (metric,) = client("cloudwatch").list_metrics(Namespace="Test")["Metrics"]
    assert (metric["MetricName"], metric["Dimensions"]) == (
        "Things",
        [{"Name": "where", "Value": "here"}],
    )


def test_a_killed_function_dies_in_the_middle_of_its_work(
    cloud: Cloud, invoke: Callable[[str], Any], account: str
) -> None:
    rule = {"service": "s3", "action": "ListBuckets", "account": account, "effect": "kill"}
    cloud.faults([rule | {"function": "Worker", "times": 1}])
    try:
        assert invoke("call")["errorType"] == "Runtime.ExitError"
        assert cloud.fired()[0]["fired"] == 1
        assert invoke("call") == "done"
    finally:
        cloud.faults([])
