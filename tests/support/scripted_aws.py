"""A session of one account without AWS: a script answers its calls, botocore's models check them.

It needs no client, so that a call costs no more than its validation.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from functools import cache
from typing import Any, override

from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from ebbtide.aws.account import AccountSession, Partition
from ebbtide_cli.shapes import service as service_model
from tests.support.answering import from_aws
from tests.support.unhurried import Unhurried

type Document = dict[str, Any]
# Gets the service, boto3's name of the operation and the arguments; returns an answer or raises.
type Script = Callable[[str, str, Document], Document]


def refusal(code: str, message: str = "no", status: int = 400) -> ClientError:
    """Return an answer of AWS with an error."""
    answer: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"RequestId": "1", "HTTPStatusCode": status},
    }
    return ClientError(answer, "Operation")


@cache
def operations(service: str) -> Mapping[str, str]:
    return {xform_name(name): name for name in service_model(service).operation_names}


# Recorded answers are short: they leave out members, and lists may be empty.
SHORT = frozenset({"missing required field", "invalid length", "invalid range"})


def faults(value: Any, shape: Any, allowed: frozenset[str] = frozenset()) -> str:
    """Return what botocore would not accept; "" if it accepts everything."""
    if shape is None:
        return f"takes nothing, not {value}" if value else ""
    report = ParamValidator().validate(value, shape)
    # botocore keeps (reason, name, details) of each fault, and has no other way to tell them apart.
    report._errors = [fault for fault in report._errors if fault[0] not in allowed]
    return str(report.generate_report())


@dataclass
class _Meta:
    service_model: ServiceModel
    method_to_api_mapping: Mapping[str, str]
    region_name: str


@dataclass
class _Client:
    """The client of a service: any operation of its model is a method."""

    service: str
    script: Script
    meta: _Meta

    def __getattr__(self, name: str) -> Callable[..., Document]:
        if name not in self.meta.method_to_api_mapping:
            raise AttributeError(name)
        model = self.meta.service_model.operation_model(self.meta.method_to_api_mapping[name])

        def call(**arguments: Any) -> Document:
            wrong = faults(arguments, model.input_shape)
            assert not wrong, f"{self.service}.{name}: {wrong}"
            answer = copy.deepcopy(self.script(self.service, name, arguments))
            answer.pop("ResponseMetadata", None)
            wrong = faults(answer, model.output_shape, SHORT)
            assert not wrong, f"AWS would not answer this to {self.service}.{name}: {wrong}"
            return from_aws(answer)

        return call


@dataclass
class Scripted:
    """Stands in for AccountSession."""

    account: str
    script: Script
    partition: Partition = field(default_factory=lambda: Partition("aws"))
    pacer: Unhurried = field(default_factory=lambda: Unhurried(1))

    def reaches(self, *_: str) -> bool:
        return True

    def wait_for_rate(self, *_: Any) -> None:
        return None

    def paginator(self, *_: str) -> None:
        return None

    def client(self, service: str, region: str) -> Any:
        meta = _Meta(service_model(service), operations(service), region)
        return _Client(service, self.script, meta)


# What replaces the session has its members under the same names.
assert all(
    hasattr(AccountSession, name) for name in ("reaches", "wait_for_rate", "paginator", "client")
)


class Direct(Executor):
    """Runs each task at once, in the thread that submits it."""

    @override
    def submit[**P, R](self, task: Callable[P, R], /, *a: P.args, **k: P.kwargs) -> Future[R]:
        future: Future[R] = Future()
        try:
            future.set_result(task(*a, **k))
        except Exception as error:
            future.set_exception(error)
        return future
