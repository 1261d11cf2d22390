"""Look for the owners that resources name, and say what is proved about them.

Pure. An owner that is there, or cannot be looked for, owns. One whose kind was not read completely
wherever it can be is unknown. Only one that was looked for completely and is not there is gone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from ebbtide.kinds import registry as kinds
from ebbtide.model.coverage import Coverage
from ebbtide.model.resource import GLOBAL
from ebbtide.owners import owner_kinds
from ebbtide.owners.claims import Claim, Marked, claims_of

type State = Literal["lives", "unknown", "gone"]


class Subject(Protocol):
    """What can be an owner: a resource that has not ended, by any of its identities."""

    @property
    def graph_id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def arn(self) -> str | None: ...
    @property
    def region(self) -> str: ...


class Owned(Marked, Protocol):
    """What can have an owner: a resource with its marks, account and region."""

    @property
    def account(self) -> str: ...
    @property
    def region(self) -> str: ...


class Seen(NamedTuple):
    """One claim and what is known of its owner.

    `owner` is the graph id of an owner that lives and is in the graph. `notes` say where the owner
    was looked for if it is gone, and what is missing if it is unknown.
    """

    claim: Claim
    state: State
    owner: str = ""
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Owners:
    """All owners of an account that are known, and how completely their kinds were read.

    `enabled_regions` is None if they are unknown. `deleted_clusters` are the names of Kubernetes
    clusters that the configuration declares to be gone.
    """

    coverage: Mapping[tuple[str, str], Coverage]
    enabled_regions: Collection[str] | None
    deleted_clusters: Collection[str] = ()
    _known: dict[tuple[str, str, str], list[tuple[str, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def add(self, living: Iterable[Subject]) -> None:
        """Add resources that are alive; only those count that can be owners."""
        wanted = owner_kinds()
        for one in living:
            if one.kind not in wanted:
                continue
            for by, value in (("id", one.id), ("arn", one.arn), ("name", one.name)):
                if value:
                    self._known[one.kind, by, value].append((one.region, one.graph_id))

    def look_for(self, resource: Owned) -> list[Seen]:
        """Return what is known of each owner that a resource names."""
        return [self._look(claim, resource) for claim in claims_of(resource)]

    def regions_of(self, claim: Claim, resource: Owned) -> list[str] | None:
        """Return the regions in which a claimed owner can be, or None if they are unknown.

        An owner that cannot be looked for, or is in another account, is in no region.
        """
        mark, identity = claim.mark, claim.identity
        if identity is None:
            return []
        if kinds()[mark.kind].scope == "global":
            return [GLOBAL]
        if mark.by == "arn":
            region, account = _place_in(identity)
            return [region] if account == resource.account else []
        if mark.anywhere or resource.region == GLOBAL:
            enabled = self.enabled_regions
            return None if enabled is None else sorted(enabled)
        return [resource.region]

    def _look(self, claim: Claim, resource: Owned) -> Seen:
        mark, identity = claim.mark, claim.identity
        regions = self.regions_of(claim, resource)
        if identity is None or regions == []:
            return Seen(claim, "lives")
        for region, graph_id in self._known.get((mark.kind, mark.by, identity), ()):
            if regions is None or region in regions:
                return Seen(claim, "lives", graph_id)
        if regions is None:
            return Seen(claim, "unknown", notes=("the enabled regions are unknown",))
        proofs, gaps = self._read(mark.kind, regions)
        if gaps:
            return Seen(claim, "unknown", notes=tuple(gaps))
        if not mark.elsewhere:
            return Seen(claim, "gone", notes=tuple(proofs))
        if identity in self.deleted_clusters:
            declared = f"{identity} is listed in owners.deleted_clusters"
            return Seen(claim, "gone", notes=(*proofs, declared))
        return Seen(claim, "unknown", notes=(mark.elsewhere,))

    def _read(self, kind: str, regions: Iterable[str]) -> tuple[list[str], list[str]]:
        proofs, gaps = [], []
        for region in regions:
            entry = self.coverage.get((region, kind))
            if entry is None:
                gaps.append(f"{region}/{kind}: not collected")
            elif entry.proves_absence:
                proofs.append(f"{region}/{kind}: {entry.state}")
            else:
                gaps.append(f"{region}/{kind}: {entry.state}")
        return proofs, gaps


def _place_in(arn: str) -> tuple[str, str]:
    """Return the region and the account that an ARN names; empty texts if it is none."""
    parts = arn.split(":", 5)
    return (parts[3], parts[4]) if len(parts) == 6 else ("", "")


def settled(seen: Iterable[Seen]) -> list[Seen]:
    """Return what is known, without doubts that another mark of the same resource settles.

    A cluster that is proved to be gone as one of EKS is no cluster that manages itself.
    """
    found = list(seen)
    gone = {(one.claim.mark.kind, one.claim.identity) for one in found if one.state == "gone"}
    return [
        one
        for one in found
        if one.state != "unknown" or (one.claim.mark.kind, one.claim.identity) not in gone
    ]
