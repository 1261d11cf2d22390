"""Take the items that a reader completes, and write them to the files of a task."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ebbtide.base.json_lines import LineWriter
from ebbtide.collect.calling import Item
from ebbtide.collect.to_resource import Place, build_references, build_resource
from ebbtide.model.kind import Kind
from ebbtide.model.resource import Reference, Resource

type OnOdd = Callable[[Item, Exception], None]


@dataclass(frozen=True, slots=True)
class Written:
    """The items that a sink took, and how many of them still exist."""

    items: Sequence[Item]
    living: int


class Sink(Protocol):
    """Takes the items that a reader completes."""

    def write(self, kind: Kind, items: Sequence[Item], place: Place, odd: OnOdd) -> Written:
        """Take items, and pass those that cannot be read to `odd`.

        AWS lists some resources for an hour after their end.
        """


@dataclass(slots=True)
class Output:
    """The files that a task writes its resources and references to."""

    resources: LineWriter
    references: LineWriter

    def write(self, kind: Kind, items: Sequence[Item], place: Place, odd: OnOdd) -> Written:
        """Write the resources of the items and their references."""
        written: list[Item] = []
        resources: list[Resource] = []
        references: list[Reference] = []
        for item in items:
            try:
                resource = build_resource(kind, item, place)
                found = list(build_references(kind, item, resource))
            except Exception as error:
                odd(item, error)
                continue
            written.append(item)
            resources.append(resource)
            references += found
        self.resources.write(resource.to_line() for resource in resources)
        self.references.write(reference.to_line() for reference in references)
        return Written(written, sum(not resource.ended for resource in resources))


def raise_odd(_: Item, error: Exception) -> None:
    """Raise the error of an item; for items that the collector makes itself."""
    raise error
