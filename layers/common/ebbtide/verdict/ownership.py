"""Who owns a resource, as its marks tell: for plans and, once more, for verification."""

from __future__ import annotations

from dataclasses import dataclass

from ebbtide.config import OwnersConfig
from ebbtide.model.inventory import Inventory
from ebbtide.model.resource import Resource
from ebbtide.owners.claims import unknown_tags
from ebbtide.owners.looking import Owners, Seen, settled


@dataclass(frozen=True, slots=True)
class Ownership:
    """What the marks of a resource say: owners that live, that are unknown, that are gone."""

    living: tuple[Seen, ...] = ()
    unknown: tuple[Seen, ...] = ()
    gone: tuple[Seen, ...] = ()
    unknown_tags: tuple[str, ...] = ()

    @property
    def doubt(self) -> str:
        """Return why it is unknown who owns the resource; "" if it is known."""
        if self.unknown_tags:
            keys = ", ".join(self.unknown_tags)
            return (
                f"only AWS can set the tag {keys}, which may name an owner; if it does not, list "
                "it in owners.harmless_tags"
            )
        return "; ".join(
            f"{seen.claim.words} may still own it: {', '.join(seen.notes)}" for seen in self.unknown
        )


def known_owners(inventory: Inventory, config: OwnersConfig) -> Owners:
    """Return the owners in an account's snapshot."""
    owners = Owners(
        inventory.coverage, inventory.enabled_regions, frozenset(config.deleted_clusters)
    )
    owners.add(one for one in inventory.resources.values() if not one.ended)
    return owners


def ownership_of(resource: Resource, owners: Owners, config: OwnersConfig) -> Ownership:
    """Return who owns a resource; tags that could not be read name nobody here."""
    seen = settled(owners.look_for(resource))
    return Ownership(
        living=tuple(one for one in seen if one.state == "lives"),
        unknown=tuple(one for one in seen if one.state == "unknown"),
        gone=tuple(one for one in seen if one.state == "gone"),
        unknown_tags=tuple(unknown_tags(resource.tags, config.harmless_tags)),
    )
