"""Promise 1: what could not be read does not count as absent."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Protocol

from ebbtide.kinds import registry
from ebbtide.model.inventory import Inventory
from ebbtide.model.resource import GLOBAL

UNKNOWN_REGIONS = "some region"


class Placed(Protocol):
    """Anything that has a region, such as a resource or its subject."""

    @property
    def region(self) -> str: ...


def needed_slices(inventory: Inventory, resource: Placed, kind: str) -> list[str]:
    """Return the regions in which resources of a kind could use this resource.

    A global resource can be used from every region that the account has enabled, collected or
    not; a regional one only from its own region or by global resources.
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
    """Return proofs that these kinds were read completely, and gaps where they were not.

    Both are lists of texts that begin with `region/kind: `. The tags of the kinds in `tagged` must
    be known too, because a search may have asked for one.
    """
    proofs, gaps = [], []
    for kind in sorted(kinds):
        for region in needed_slices(inventory, resource, kind):
            entry = inventory.coverage.get((region, kind))
            if entry is not None and entry.unknown_tags and kind in tagged:
                gaps.append(f"{region}/{kind}: unknown tags on {entry.unknown_tags} of them")
            elif entry is not None and entry.proves_absence:
                proofs.append(f"{region}/{kind}: {entry.state}")
            elif entry is None:
                gaps.append(f"{region}/{kind}: not collected")
            elif entry.state == "skipped":
                why = "the region looks empty, but no recent complete read confirms it"
                gaps.append(f"{region}/{kind}: {why}")
            else:
                gaps.append(f"{region}/{kind}: {entry.state} ({entry.error})")
    return proofs, gaps
