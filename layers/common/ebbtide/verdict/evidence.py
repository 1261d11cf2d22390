"""Promise 1: what could not be read does not count as absent."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple, Protocol

from ebbtide.kinds import registry
from ebbtide.model.coverage import Coverage
from ebbtide.model.inventory import Evidence, Inventory
from ebbtide.model.resource import GLOBAL
from ebbtide.model.unread import may_name

UNKNOWN_REGIONS = "some region"


class Placed(Protocol):
    """Anything that has a region, such as a resource or its subject."""

    @property
    def region(self) -> str: ...


class Asked(NamedTuple):
    """What is asked about the users of a resource; see `gather_evidence`."""

    kinds: frozenset[str]
    tagged: frozenset[str]
    afar: frozenset[str]
    whole: frozenset[str]
    named: str


def regions_of_users(
    kind: str, resource: Placed, everywhere: Iterable[str], *, afar: bool = False
) -> list[str]:
    """Return the regions in which resources of a kind could use this resource.

    A global resource can be used from every region in `everywhere`; a regional one only from its
    own region or by global resources, unless the kind may use it from `afar`.
    """
    scope = registry()[kind].scope
    if scope == "global":
        return [GLOBAL]
    if resource.region == GLOBAL or afar:
        regions = [region for region in everywhere if region != GLOBAL]
    else:
        regions = [resource.region]
    return [GLOBAL, *regions] if scope == "both" else regions


def slices_to_read(
    inventory: Inventory, resource: Placed, kind: str, *, afar: bool = False
) -> list[str]:
    """Return the regions in which a kind must have been read to know who uses this resource.

    For a global resource, every region counts that the account has enabled, collected or not. For a
    regional one that may be used from `afar`, only those count that the configuration collects:
    uses across regions are rare, and nothing at all could be decided otherwise.
    """
    enabled = inventory.enabled_regions
    everywhere = [UNKNOWN_REGIONS] if enabled is None else enabled
    if resource.region != GLOBAL:
        everywhere = inventory.regions
    return regions_of_users(kind, resource, everywhere, afar=afar)


def gather_evidence(
    inventory: Inventory,
    resource: Placed,
    kinds: Iterable[str],
    tagged: Collection[str] = (),
    afar: Collection[str] = (),
    named: str = "",
    whole: Collection[str] = (),
) -> tuple[list[str], list[str]]:
    """Return proofs that these kinds were read completely, and gaps where they were not.

    Both are lists of texts that begin with `region/kind: `. The tags of the kinds in `tagged` must
    be known too, because a search may have asked for one. The kinds in `afar` may use the resource
    from every region. A resource that was read only partly is a gap; with `named`, a kind, only if
    it may name a resource of that kind, or is of a kind in `whole`.
    """
    # Many resources ask the same of the same regions.
    asked = Asked(frozenset(kinds), frozenset(tagged), frozenset(afar), frozenset(whole), named)
    known = inventory.evidence.get((resource.region, asked))
    if known is None:
        known = _gathered(inventory, resource, asked)
        inventory.evidence[resource.region, asked] = known
    return list(known[0]), list(known[1])


def _gathered(inventory: Inventory, resource: Placed, asked: Asked) -> Evidence:
    proofs, gaps = [], []
    for kind in sorted(asked.kinds):
        for region in slices_to_read(inventory, resource, kind, afar=kind in asked.afar):
            entry = inventory.coverage.get((region, kind))
            if entry is not None and entry.unknown_tags and kind in asked.tagged:
                gaps.append(f"{region}/{kind}: unknown tags on {entry.unknown_tags} of them")
            elif entry is not None and (
                partly := _partly_read(inventory, entry, "" if kind in asked.whole else asked.named)
            ):
                gaps.append(f"{region}/{kind}: {partly}")
            elif entry is not None and entry.proves_absence:
                declared = " and declared without resources" if entry.declared_empty else ""
                proofs.append(f"{region}/{kind}: {entry.state}{declared}")
            else:
                gaps.append(f"{region}/{kind}: {_gap(kind, entry)}")
    return tuple(proofs), tuple(gaps)


def _gap(kind: str, entry: Coverage | None) -> str:
    if entry is None and registry()[kind].optional:
        return "not collected: it is an optional kind, which collect.kinds.also can name"
    if entry is None:
        return "not collected"
    if entry.state == "skipped":
        return "the region looks empty, but no recent complete read confirms it"
    if entry.state == "locked":
        return (
            "a policy of the organization denies the region; see collect.regions_without_resources"
        )
    return f"{entry.state} ({entry.error})"


def _partly_read(inventory: Inventory, entry: Coverage, named: str) -> str:
    """Return which resources were read only partly, or "" if those that were cannot matter.

    `inventory` may have no resources, only coverage; then a kind of which some matters as a whole.
    """
    known = inventory.unread(entry.region, entry.kind)
    kind = registry()[entry.kind]
    found = [one for one in known if not named or may_name(kind, one.unread, named)]
    if not found:
        missing = entry.unreadable if not known else 0
        return f"{missing} could not be read completely" if missing else ""
    operation, error = next(iter(found[0].unread.items()))
    others = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return f"{found[0].id}{others} could not be read completely ({operation}: {error})"
