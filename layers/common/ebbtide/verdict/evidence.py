"""Promise 1: what could not be read does not count as absent."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Protocol

from ebbtide.kinds import registry
from ebbtide.model.inventory import Inventory
from ebbtide.model.resource import GLOBAL

UNKNOWN_REGIONS = "some region"


class Placed(Protocol):
    """A resource, or as much of one as says where it is."""

    @property
    def region(self) -> str: ...


def needed_slices(inventory: Inventory, resource: Placed, kind: str) -> list[str]:
    """The regions in which resources of a kind could matter to this resource.

    A global resource can be used from every region that the account has enabled, collected or
    not; a regional one only from its own or by global ones.
    """
    scope = registry()[kind].scope
    if scope == "global":
        return [GLOBAL]
    if resource.region == GLOBAL:
        enabled = inventory.enabled_regions
        regions = [UNKNOWN_REGIONS] if enabled is None else enabled
        return [GLOBAL, *regions] if scope == "both" else regions
    return [GLOBAL, resource.region] if scope == "both" else [resource.region]


def gather_evidence(
    inventory: Inventory, resource: Placed, kinds: Iterable[str], tagged: Collection[str] = ()
) -> tuple[list[str], list[str]]:
    """Two lists: proofs that these kinds were read completely, and gaps where they were not.

    `tagged` are those of them whose tags must be known, too: a search may have asked for a tag.
    """
    proofs, gaps = [], []
    for kind in sorted(kinds):
        for region in needed_slices(inventory, resource, kind):
            entry = inventory.coverage.get((region, kind))
            if entry is not None and entry.unknown_tags and kind in tagged:
                gaps.append(f"{region}/{kind}: the tags of {entry.unknown_tags} are unknown")
            elif entry is not None and entry.proves_absence:
                proofs.append(f"{region}/{kind}: {entry.state}")
            elif entry is None:
                gaps.append(f"{region}/{kind}: not collected")
            elif entry.state == "skipped":
                gaps.append(f"{region}/{kind}: the region looks empty, but was not yet read")
            else:
                gaps.append(f"{region}/{kind}: {entry.state} ({entry.error})")
    return proofs, gaps
