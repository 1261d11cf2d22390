"""Functions report errors by class, their metrics arrive, and they can be killed in the middle."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from local.cloud import Cloud

_SHARED = """
import shared

def handler(event, context):
    return [shared.VALUE, shared.__file__]
"""
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


Invoke = Callable[..., Any]


def packed(**files: str) -> bytes:
    """Return an archive of Python files, by the name of their module."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for name, text in files.items():
            file.writestr(f"{name}.py", text)
    return archive.getvalue()


@pytest.fixture
def create(client: Callable[[str], Any], account: str) -> Invoke:
    """Create a function of this code; return a call that invokes it."""
    functions = client("lambda")

    def created(name: str, code: str, **options: Any) -> Invoke:
        functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="app.handler",
            Role=f"arn:aws:iam::{account}:role/worker",
            Code={"ZipFile": packed(app=code)},
            Timeout=20,
            **options,
        )

        def call(event: str) -> Any:
            answer = functions.invoke(FunctionName=name, Payload=json.dumps(event))
            return json.loads(answer["Payload"].read())

        return call

    return created


@pytest.fixture
def invoke(create: Invoke) -> Invoke:
    call: Invoke = create("stack-Worker-1", _CODE)
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


def test_functions_share_one_copy_of_each_layer(
    client: Callable[[str], Any], create: Invoke
) -> None:
    def published(value: int) -> str:
        content = {"ZipFile": packed(**{"python/shared": f"VALUE = {value}"})}
        layer = client("lambda").publish_layer_version(LayerName=f"layer-{value}", Content=content)
        return str(layer["LayerVersionArn"])

    one, two = published(1), published(2)
    layers = {"first": one, "second": one, "other": two}
    seen = {name: create(name, _SHARED, Layers=[arn])("work") for name, arn in layers.items()}
    assert seen["first"] == seen["second"]
    assert (seen["first"][0], seen["other"][0]) == (1, 2)
    assert seen["first"][1] != seen["other"][1]
