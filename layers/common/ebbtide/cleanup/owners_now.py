"""Looks, immediately before a deletion, for the owners that a resource names."""

from __future__ import annotations

from dataclasses import dataclass

from ebbtide.cleanup.listings import Listings
from ebbtide.config import OwnersConfig
from ebbtide.model.coverage import Coverage
from ebbtide.model.resource import GLOBAL, Resource
from ebbtide.owners.claims import claims_of
from ebbtide.owners.looking import Owners
from ebbtide.verdict.ownership import ownership_of


@dataclass(frozen=True, slots=True)
class OwnersNow:
    """Judges the owners of a resource by what AWS lists now, as the plan did by its snapshot."""

    listing: Listings
    config: OwnersConfig

    def objection(self, resource: Resource) -> str:
        """Return that an owner is there, or may be; "" if the resource is nobody's.

        Raises IncompleteError if the owners could not be listed.
        """
        ownership = ownership_of(resource, self._owners_of(resource), self.config)
        if ownership.living:
            return f"now belongs to {ownership.living[0].claim.words}"
        return ownership.doubt

    def _owners_of(self, resource: Resource) -> Owners:
        """Return the owners that may be meant, read anew and completely."""
        enabled = [region for region in self.listing.regions if region != GLOBAL]
        coverage: dict[tuple[str, str], Coverage] = {}
        owners = Owners(coverage, enabled, frozenset(self.config.deleted_clusters))
        for claim in claims_of(resource):
            if claim.identity is None:
                continue
            kind = claim.mark.kind
            for region in owners.regions_of(claim, resource) or ():
                if (region, kind) not in coverage:
                    found = self.listing.of_kind(kind, region)
                    owners.add(one.resource for one in found if not one.resource.ended)
                    coverage[region, kind] = Coverage(
                        resource.account, region, kind, "complete", len(found)
                    )
        return owners
