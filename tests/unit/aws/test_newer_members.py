"""Calls are accepted by botocore models that are older than their newest arguments."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.model import OperationModel, ServiceModel
from botocore.serialize import create_serializer
from botocore.validate import ParamValidator

from ebbtide.aws.models import ModelFiles
from ebbtide.aws.newer_members import NEWER
from tools.model_sentences import calls

ARGUMENTS = [
    (service, operation, argument)
    for service, operations in NEWER.items()
    for operation, arguments in operations.items()
    for argument in arguments
]


def model_file(service: str) -> Path:
    """Return the path of a service's model in botocore."""
    loader: Any = botocore.session.get_session().get_component("data_loader")
    version = loader.determine_latest_version(service, "service-2")
    return Path(loader.BUILTIN_DATA_PATH) / service / version / "service-2.json.gz"


def older_model(folder: Path, service: str) -> ServiceModel:
    """Load the model without its newer arguments, as an older botocore has it."""
    path = model_file(service)
    model = json.loads(gzip.decompress(path.read_bytes()))
    for operation, arguments in NEWER[service].items():
        shape = model["operations"][operation]["input"]["shape"]
        for argument in arguments:
            del model["shapes"][shape]["members"][argument]
    older = folder / service / path.parent.name / "service-2.json"
    older.parent.mkdir(parents=True)
    older.write_text(json.dumps(model))
    return ServiceModel(ModelFiles().load_file(str(older.with_suffix(""))), service)


def request(model: OperationModel, arguments: dict[str, Any]) -> Any:
    return create_serializer(model.metadata["protocol"]).serialize_to_request(arguments, model)


def sent(service: str, operation: str, argument: str) -> Iterator[Any]:
    """Yield the values that declared calls give to an argument."""
    for call in calls():
        named = "".join(part.title() for part in call.operation.split("_"))
        if call.service == service and named == operation and argument in call.args:
            yield call.args[argument]


@pytest.mark.parametrize(("service", "operation", "argument"), ARGUMENTS)
def test_older_model_sends_a_newer_argument_like_a_current_one(
    tmp_path: Path, service: str, operation: str, argument: str
) -> None:
    (value, *_) = sent(service, operation, argument)
    old = older_model(tmp_path, service).operation_model(operation)
    current = botocore.session.get_session().get_service_model(service).operation_model(operation)
    arguments = {argument: value}
    assert not ParamValidator().validate(arguments, old.input_shape).has_errors()
    assert request(old, arguments) == request(current, arguments)


@pytest.mark.parametrize("service", NEWER)
def test_current_models_are_left_as_they_are(service: str) -> None:
    """An entry that a current model lacks is misspelt, or AWS has removed it."""
    path = model_file(service)
    ours = ModelFiles().load_file(str(path).removesuffix(".json.gz"))
    assert ours == json.loads(gzip.decompress(path.read_bytes()))
