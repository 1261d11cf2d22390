"""Feeds answers to the collector's real reader in place of AWS.

A call gets the answer recorded in tests/data/kinds, unless the test gives another.
"""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import botocore.client
from botocore import xform_name
from botocore.exceptions import ClientError, ParamValidationError
from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.validate import ParamValidator

from ebbtide.aws.account import AccountSession
from ebbtide.base.json_lines import LineWriter, read_lines
from ebbtide.collect.sinks import Output
from ebbtide.collect.slice_reader import SliceReader
from ebbtide.collect.to_resource import Place
from ebbtide.kinds import registry
from ebbtide.model.coverage import Coverage
from ebbtide.model.kind import Kind
from ebbtide.model.resource import GLOBAL
from tests.support.answering import from_aws
from tests.support.unhurried import unhurried_session

DATA = Path(__file__).parents[2] / "data" / "kinds"
ACCOUNT, REGION = "111122223333", "eu-central-1"

type Document = dict[str, Any]
# A function gets the arguments of the call and the recorded answer ({} if there is none), and
# returns an answer or raises. A list contains the answers to consecutive calls.
type Answer = Document | ClientError | Callable[[Document, Document], Document] | list[Document]


def refusal(code: str, message: str = "refused") -> ClientError:
    """Return a botocore error with this code."""
    return ClientError({"Error": {"Code": code, "Message": message}}, "Operation")


def refusing(code: str, message: str = "refused") -> Callable[[Document, Document], Document]:
    """Return an answer that raises an error for every call."""

    def answer(_arguments: Document, _recorded: Document) -> Document:
        raise refusal(code, message)

    return answer


@cache
def recorded_calls(kind: str) -> list[Document]:
    """Return the recorded calls of a kind, or [] if there is no recording."""
    path = DATA / f"{kind}.json"
    document: Document = json.loads(path.read_text()) if path.exists() else {}
    calls: list[Document] = document.get("calls", [])
    return calls


def with_times(shape: Shape | None, value: Any) -> Any:
    """Return a copy of an answer with its timestamps as datetimes, as botocore returns them."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        return {name: with_times(shape.members.get(name), one) for name, one in value.items()}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [with_times(shape.member, one) for one in value]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {name: with_times(shape.value, one) for name, one in value.items()}
    if shape is not None and shape.type_name == "timestamp" and isinstance(value, str):
        return datetime.fromisoformat(value)
    return copy.deepcopy(value)


@dataclass
class Cloud:
    """A fake AWS. `given` maps service and operation ("ec2.DescribeVolumes") to an answer."""

    kinds: list[Kind]
    given: Mapping[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, Document]] = field(default_factory=list)
    _turns: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def call(self, client: Any, operation: str, arguments: Document) -> Document:
        """Answer one call. Raises ParamValidationError if botocore would refuse the arguments."""
        model = client.meta.service_model.operation_model(operation)
        if model.input_shape is not None:
            report = ParamValidator().validate(arguments, model.input_shape)
            if report.has_errors():
                raise ParamValidationError(report=report.generate_report())
        service = client.meta.service_model.service_name
        name = f"{service}.{operation}"
        with self._lock:
            self.asked.append((name, copy.deepcopy(arguments)))
            turn = self._turns[name] = self._turns.get(name, -1) + 1
        recorded = self._recorded(service, xform_name(operation), arguments)
        document: Document = with_times(model.output_shape, recorded or {})
        answer = self.given.get(name)
        if answer is None and recorded is None:
            raise LookupError(f"no answer to {name} {arguments}")
        return from_aws(
            self._answer(document if answer is None else answer, arguments, document, turn)
        )

    @staticmethod
    def _answer(answer: Answer, arguments: Document, recorded: Document, turn: int) -> Document:
        if isinstance(answer, list):
            answer = answer[min(turn, len(answer) - 1)]
        if isinstance(answer, ClientError):
            raise answer
        return copy.deepcopy(answer) if isinstance(answer, dict) else answer(arguments, recorded)

    def _recorded(self, service: str, operation: str, arguments: Document) -> Document | None:
        for kind in reversed(self.kinds):
            for entry in recorded_calls(kind.name):
                wanted = entry.get("args", {})
                if (entry["service"], entry["operation"]) == (service, operation) and all(
                    arguments.get(name) == value for name, value in wanted.items()
                ):
                    found: Document = entry["answer"]
                    return found
        return None


def session() -> AccountSession:
    """Return the session that all tests share."""
    return unhurried_session(ACCOUNT)


@dataclass(frozen=True)
class Reading:
    """The reader's output; `lines` and `references` have the stored format."""

    coverage: Mapping[str, Coverage]
    lines: list[Document]
    references: list[Document]
    asked: list[tuple[str, Document]]

    def of(self, kind: str) -> list[Document]:
        """Return the resources of a kind."""
        return [line for line in self.lines if line["kind"] == kind]

    def arguments(self, call: str) -> list[Document]:
        """Return the arguments of each call to an operation ("ec2.DescribeVolumes")."""
        return [arguments for name, arguments in self.asked if name == call]


def with_parents(kinds: Iterable[str]) -> list[Kind]:
    """Return the kinds with the parents they are listed below, parents first."""
    found: dict[str, Kind] = {}
    for name in kinds:
        chain = [registry()[name]]
        while chain[0].each:
            chain.insert(0, registry()[chain[0].each])
        found |= {kind.name: kind for kind in chain}
    return list(found.values())


def read(*names: str, **options: Any) -> Reading:
    """Read kinds with answers in place of AWS.

    Options: `given`, answers that replace recorded ones, and `region`.
    """
    return read_through(session(), *names, **options)


def read_through(
    account: AccountSession,
    *names: str,
    given: Mapping[str, Answer] | None = None,
    region: str = REGION,
) -> Reading:
    """Do the same as read(), through another session."""
    cloud = Cloud(with_parents(names), given or {})

    def call(client: Any, operation: str, arguments: Document) -> Document:
        return cloud.call(client, operation, arguments)

    with (
        patch.object(botocore.client.BaseClient, "_make_api_call", call),
        patch.object(AccountSession, "reaches", lambda *_: True),
    ):
        return read_slice(account, cloud.kinds, region, cloud.asked)


def read_slice(
    account: AccountSession, kinds: list[Kind], region: str, asked: list[tuple[str, Document]]
) -> Reading:
    """Read the kinds of one slice: the global slice if the first kind is global."""
    region = GLOBAL if kinds[0].scope == "global" else region
    place = Place(account.account, region, account.partition.name)
    with ThreadPoolExecutor(4) as pool, LineWriter() as resources, LineWriter() as references:
        output = Output(resources, references)
        reader = SliceReader(account, place, pool, output, kinds, lambda: None)
        for group in reader.groups():
            reader.read(group)
        coverage = {kind.name: reader.coverage(kind) for kind in kinds}
        lines, refs = (list(read_lines(each.finished())) for each in (resources, references))
    return Reading(coverage, lines, refs, asked)
