"""Lists kinds anew for verification, each once per region and round."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace

from ebbtide.aws import AccountSession
from ebbtide.collect.calling import Caller, Item
from ebbtide.collect.listing import Listing
from ebbtide.collect.to_resource import Place, build_resource
from ebbtide.kinds import registry
from ebbtide.model.kind import Kind
from ebbtide.model.resource import GLOBAL, Resource

type Found = list[tuple[Resource, Item]]


@dataclass(slots=True)
class Relisting:
    """The resources of an account as AWS lists them now, in the `regions` of the plan."""

    session: AccountSession
    pool: Executor
    regions: tuple[str, ...]
    _listed: dict[tuple[str, str], Found] = field(default_factory=dict)

    def forget(self) -> None:
        """List everything anew from now on."""
        self._listed.clear()

    def regions_of(self, kind: Kind, region: str) -> Iterable[str]:
        """Return where resources of a kind can be that belong to one in `region`."""
        if kind.scope == "global":
            return (GLOBAL,)
        both = kind.scope == "both"
        if region == GLOBAL:
            return tuple(one for one in self.regions if both or one != GLOBAL)
        return (region, GLOBAL) if both else (region,)

    def of_kind(self, name: str, region: str) -> Found:
        """Return all resources of a kind in a region, children of all parents included.

        Raises CallError if anything could not be read.
        """
        key = (name, region)
        if key not in self._listed:
            kind = registry()[name]
            parents = None
            if kind.each is not None:
                parents = [item for _, item in self.of_kind(kind.each, region)]
            self._listed[key] = self._read(kind, region, parents)
        return self._listed[key]

    def below(self, name: str, region: str, parent: Item) -> Found:
        """Return the children of one parent. Raises CallError as `of_kind` does."""
        return self._read(registry()[name], region, [dict(parent)])

    def _read(self, kind: Kind, region: str, parents: list[Item] | None) -> Found:
        place = Place(self.session.account, region, self.session.partition.name)
        # Tags that need calls of their own would be most of the calls; none of them names what
        # a group carries.
        needed = replace(kind, details=tuple(d for d in kind.details if d.into != kind.tags))
        caller = Caller(self.session, needed, place, self.pool, lambda: None)
        found = [
            (build_resource(kind, item, place), item)
            for page in Listing(caller).pages(parents)
            for item in page
        ]
        if caller.first_error is not None:
            raise caller.first_error
        return found
