"""Where resources may be hidden from a search, because their kinds were not read completely."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from ebbtide.graph.manifest import AccountEntry, Manifest
from ebbtide.kinds import using_from_afar
from ebbtide.model.coverage import Coverage
from ebbtide.model.inventory import Inventory
from ebbtide.model.lines import ResourceLine
from ebbtide.model.resource import GLOBAL
from ebbtide.verdict.evidence import gather_evidence

# The coverage of an account's snapshot.
type Covering = Callable[[AccountEntry], Iterable[Coverage]]


class _Place(NamedTuple):
    region: str


@dataclass(slots=True)
class SnapshotGaps:
    """The gaps in one snapshot; reads the coverage of an account only when it is asked for.

    A search reaches what is `near` a resource, anywhere in its `account`, or `everywhere`.
    """

    manifest: Manifest
    coverage: Covering
    _inventories: dict[str, Inventory] = field(init=False, default_factory=dict)
    _known: dict[tuple[str, str, frozenset[str], frozenset[str]], str] = field(
        init=False, default_factory=dict
    )

    def near(self, line: ResourceLine, kinds: frozenset[str], reach: str) -> str:
        """Return why resources of these kinds may be hidden within reach of one; "" if none are."""
        afar = kinds & using_from_afar(line["kind"]) if reach == "near" else kinds
        why = self._hidden(line["account"], line["region"], kinds, afar)
        return why or (self._anywhere(kinds) if reach == "everywhere" else "")

    def within(self, account: str, kinds: frozenset[str], reach: str) -> bool:
        """Return whether resources of these kinds may be hidden within reach of an account's."""
        if reach == "everywhere" and self._anywhere(kinds):
            return True
        # What is global is reached from all regions, collected or not.
        return bool(self._in_account(account, kinds) or self._hidden(account, GLOBAL, kinds, kinds))

    def _anywhere(self, kinds: frozenset[str]) -> str:
        if self.manifest.missing:
            return f"account {self.manifest.missing[0]} is not in the snapshot"
        whys = (self._in_account(entry.account, kinds) for entry in self.manifest.accounts)
        return next(filter(None, whys), "")

    def _in_account(self, account: str, kinds: frozenset[str]) -> str:
        """Return why resources may be hidden in any region that the configuration collects."""
        regions = [one for one in self._inventory(account).regions if one != GLOBAL]
        whys = (self._hidden(account, region, kinds, kinds) for region in regions or [GLOBAL])
        return next(filter(None, whys), "")

    def _hidden(
        self, account: str, region: str, kinds: frozenset[str], afar: frozenset[str]
    ) -> str:
        key = (account, region, kinds, afar)
        if key not in self._known:
            self._known[key] = self._look(*key)
        return self._known[key]

    def _look(self, account: str, region: str, kinds: frozenset[str], afar: frozenset[str]) -> str:
        inventory = self._inventory(account)
        if inventory.stale_since is not None:
            return f"account {account} could not be read since {inventory.stale_since}"
        _, gaps = gather_evidence(inventory, _Place(region), kinds, afar=afar, whole=kinds)
        told = "what the search relies on was not read completely"
        return f"{told}: {'; '.join(gaps)}" if gaps else ""

    def _inventory(self, account: str) -> Inventory:
        if account not in self._inventories:
            entry = self.manifest.find(account)
            assert entry is not None  # its resources were found through this entry
            self._inventories[account] = Inventory(
                account,
                (),
                (),
                self.coverage(entry),
                stale_since=entry.stale_since,
                enabled_regions=entry.enabled_regions,
            )
        return self._inventories[account]
