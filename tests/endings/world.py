"""One resource of a kind in a cloud that botocore's models and recorded answers describe.

What AWS answers never comes from the tables that the cleanup itself uses, except where a model
declares no error at all; tests/unit/kinds checks that those codes are documented.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, StructureShape

from ebbtide.model.call import Call
from ebbtide.model.kind import Kind
from ebbtide_cli.shapes import answer as form_of
from ebbtide_cli.shapes import is_list, operation
from tests.support.builders import NOW
from tests.support.scripted_aws import Document, refusal
from tests.unit.kinds.test_recorded_answers import record, stored

READING = re.compile(r"describe|list|get|batch_get|head")


@cache
def recorded(kind: str, service: str, name: str) -> list[tuple[Document, Document]]:
    """Return the recorded answers to an operation, with the arguments that they are for."""
    return [
        (entry.get("args", {}), with_times(operation(service, name).output_shape, entry["answer"]))
        for entry in record(kind)
        if (entry["service"], entry["operation"]) == (service, name)
    ]


def with_times(shape: Any, value: Any) -> Any:
    """Return a copy of an answer with its times as botocore returns them."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        return {name: with_times(shape.members.get(name), one) for name, one in value.items()}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [with_times(shape.member, one) for one in value]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {name: with_times(shape.value, one) for name, one in value.items()}
    if shape is not None and shape.type_name == "timestamp" and isinstance(value, str):
        return datetime.fromisoformat(value)
    return value


@dataclass
class World:
    """A cloud with the first recorded resource of a kind.

    `on_delete` is what AWS does with each deleting call, in order; the last one serves the rest. It
    returns the answer or raises, and may change the world. `on_prepare` is the same for preparing
    calls. By default, AWS accepts everything, and a deletion takes one further reading.
    """

    kind: Kind
    there: bool = True
    # Readings that still find it after its deletion.
    lingers: int = 1
    going: bool = False
    # How the call that describes it answers when it is gone.
    gone: Gone | None = None
    # Changes an answer of a describing call; and members of what the cleanup makes of all of them.
    described: Callable[[World, Call, Document], None] | None = None
    overlay: Mapping[str, Any] = field(default_factory=dict)
    on_delete: list[Act] = field(default_factory=list)
    on_prepare: list[Act] = field(default_factory=list)
    # The same for the plan.
    planned: Mapping[str, Any] = field(default_factory=dict)
    # The overlay from the next tick on.
    later: Mapping[str, Any] | None = None
    # It is in the state of a failed deletion.
    failing: bool = False
    # Somebody deletes it as soon as it is planned.
    vanishes: bool = False
    # The item as the cleanup read it when it was planned.
    item: Mapping[str, Any] = field(default_factory=dict)
    # Every call that changes something.
    changes: list[str] = field(default_factory=list)

    @property
    def delete(self) -> Call:
        assert self.kind.delete
        return self.kind.delete.call

    @property
    def get(self) -> Call:
        assert self.kind.get
        return self.kind.get

    @property
    def _deleting(self) -> set[tuple[str, str]]:
        assert self.kind.delete
        return {(call.service, call.operation) for call in self.kind.delete.calls}

    @property
    def deleted(self) -> int:
        """Return how often a deleting call was made."""
        return sum(self.changes.count(name) for _, name in self._deleting)

    def answer(self, service: str, name: str, arguments: Document) -> Document:
        call = (service, name)
        if call in self._deleting:
            self.changes.append(name)
            return self._next(self.on_delete, accepted)
        if not READING.match(name):
            self.changes.append(name)
            return self._next(self.on_prepare, lambda world: world.prepared(Call(service, name)))
        found = self._recorded(service, name, arguments)
        if call == (self.get.service, self.get.operation):
            found = self._describe(found)
        if self.described is not None:
            self.described(self, Call(service, name), found)
        return found

    def prepared(self, call: Call) -> Document:
        """Accept a preparing call, and look at once as after it."""
        for states in stored(self.kind.name).get("awaited", ()):
            self.overlay = {**self.overlay, **states["after"]}
        return agreed(operation(call.service, call.operation).output_shape)

    def _next(self, script: list[Act], usual: Act) -> Document:
        act = script.pop(0) if len(script) > 1 else script[0] if script else usual
        return act(self)

    def _describe(self, found: Document) -> Document:
        if self.going:
            self.there = self.lingers > 0
            self.lingers -= 1
            self.going = self.there
        if self.there:
            return found
        assert self.gone is not None
        return self.gone(self, found)

    def _recorded(self, service: str, name: str, arguments: Document) -> Document:
        for wanted, answer in recorded(self.kind.name, service, name):
            if all(arguments.get(key) == value for key, value in wanted.items()):
                return copy.deepcopy(answer)
        raise LookupError(f"no answer is recorded for {service}.{name} {arguments}")


type Act = Callable[[World], Document]
type Gone = Callable[[World, Document], Document]


def accepted(world: World) -> Document:
    """Answer as the model says that AWS answers, with no more than what it always answers."""
    world.going = True
    return agreed(operation(world.delete.service, world.delete.operation).output_shape)


def agreed(shape: Any) -> Document:
    """Return an answer with the members that AWS always sends, which says that all went well."""
    found: Document = least(shape) if shape is not None else {}
    return found


def least(shape: Any) -> Any:
    if shape.type_name == "structure":
        return {name: least(shape.members[name]) for name in shape.required_members}
    values = {"list": [], "map": {}, "boolean": True, "timestamp": NOW}
    if shape.type_name == "string":
        return (getattr(shape, "enum", None) or ["text"])[0]
    return values.get(shape.type_name, 1)


def refused(code: str, message: str = "no", status: int = 400) -> Act:
    def act(_: World) -> Document:
        raise refusal(code, message, status)

    return act


# How AWS says that a resource is gone.


def ways_to_be_gone(kind: Kind, codes: list[str]) -> dict[str, Gone]:
    """Return the answers of the describing call that say that a resource is gone.

    `codes` are the errors that its model declares for it.
    """
    assert kind.get and kind.delete
    ways: dict[str, Gone] = {code: raising(code) for code in codes}
    if is_list(form_of(kind.get)):
        ways["nothing found"] = emptied
    if kind.ended:
        ways["ended"] = ended
    if not ways:
        for known in kind.gone:
            code, _, part = known.partition(": ")
            ways[known] = raising(code, f"It {part}.")
    if not ways:
        ways = {code: raising(code) for code in kind.delete.gone}
    return ways


def emptied(_: World, found: Document) -> Document:
    return {name: [] if isinstance(value, list) else value for name, value in found.items()}


def ended(world: World, found: Document) -> Document:
    world.overlay = stored(world.kind.name)["ended"]
    return found


def raising(code: str, message: str = "It does not exist.") -> Gone:
    def act(_world: World, _found: Document) -> Document:
        raise refusal(code, message)

    return act
