"""The columns of the report's resources, and the tables of names that they point into; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from sys import intern
from typing import Any

from ebbtide.base.clock import from_text
from ebbtide.model.resource import Subject

# Every resource lies in its account and region, which are columns already: edges from these would
# make neighbours of all resources of a region.
CONTAINERS = frozenset({"aws_account", "aws_region"})

type Column = list[Any]


@dataclass(slots=True)
class Names:
    """Gives each name a number, in the order of their first use."""

    numbers: dict[str, int] = field(default_factory=dict)

    def of(self, name: str) -> int:
        return self.numbers.setdefault(name, len(self.numbers))

    def listed(self) -> list[str]:
        return list(self.numbers)


@dataclass(slots=True)
class Columns:
    """Takes resources one by one; `index` has the place of each by its graph id."""

    index: dict[str, int] = field(default_factory=dict)
    kinds: Names = field(default_factory=Names)
    accounts: Names = field(default_factory=Names)
    regions: Names = field(default_factory=Names)
    owners: Names = field(default_factory=Names)
    edge_types: Names = field(default_factory=Names)
    values: dict[str, Column] = field(
        default_factory=lambda: {
            name: []
            for name in (
                *("id", "name", "arn", "kind", "account", "region", "owner", "creator"),
                *("created", "monthly"),
            )
        }
    )
    edges: tuple[list[int], list[int], list[int]] = field(default_factory=lambda: ([], [], []))

    def add(self, line: Mapping[str, Any], monthly: float | None, owner: str, creator: str) -> None:
        """Add a resource of a snapshot; one that is there already stays as it is."""
        created = line["created"]
        row = {
            "id": line["id"],
            "name": line["name"],
            "arn": line["arn"],
            "owner": self.owners.of(owner) if owner else -1,
            "creator": intern(creator),
            "created": None if created is None else int(from_text(created).timestamp()),
            "monthly": monthly,
        }
        self._append(line["graph_id"], line, row)

    def add_absent(self, subject: Subject) -> None:
        """Add what is known of a resource that the snapshot does not have."""
        row: dict[str, Any] = {
            "id": subject.id,
            "name": subject.name,
            "arn": subject.arn,
            "owner": -1,
            "creator": "",
            "created": None,
            "monthly": None,
        }
        place = {"kind": subject.kind, "account": subject.account, "region": subject.region}
        self._append(subject.graph_id, place, row)

    def _append(self, name: str, place: Mapping[str, Any], row: dict[str, Any]) -> None:
        if name in self.index:
            return
        self.index[name] = len(self.index)
        row["kind"] = self.kinds.of(place["kind"])
        row["account"] = self.accounts.of(place["account"])
        row["region"] = self.regions.of(place["region"])
        for column, values in self.values.items():
            values.append(row[column])

    def connect(self, edges: Iterable[Mapping[str, Any]]) -> None:
        """Add the edges between resources that are there, without those of accounts and regions."""
        sources, targets, types = self.edges
        for edge in edges:
            if is_structure(edge):
                continue
            source, target = self.index.get(edge["source"]), self.index.get(edge["target"])
            if source is not None and target is not None:
                sources.append(source)
                targets.append(target)
                types.append(self.edge_types.of(edge["type"]))

    def names(self, accounts: Mapping[str, str]) -> dict[str, Any]:
        """Return the tables of names; `accounts` maps ids to names."""
        return {
            "kinds": self.kinds.listed(),
            "accounts": [[id, accounts.get(id, "")] for id in self.accounts.listed()],
            "regions": self.regions.listed(),
            "owners": self.owners.listed(),
            "edge_types": self.edge_types.listed(),
        }


def is_structure(edge: Mapping[str, Any]) -> bool:
    """Return whether an edge only says in which account and region a resource is."""
    source: str = edge["source"]
    return edge["type"] == "default" and source.split("/", 3)[2] in CONTAINERS
