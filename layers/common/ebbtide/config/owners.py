"""The section `owners` of the configuration: what nobody but its user can know about owners."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from ebbtide.options.section import Section
from ebbtide.owners.claims import unknown_tags


def _reserved(key: str) -> str:
    if not key.startswith("aws:") or key == "aws:":
        raise ValueError(f"{key!r} must begin with aws: and name a service")
    if not unknown_tags({key: ""}):
        raise ValueError(f"{key!r} is known already, as an owner or as harmless")
    return key


ReservedKey = Annotated[str, AfterValidator(_reserved)]


class OwnersConfig(Section):
    """What Ebbtide cannot find out about the owners of resources."""

    harmless_tags: tuple[ReservedKey, ...] = Field(
        default=(),
        description="tag keys beginning with aws: that name no owner, although Ebbtide does not "
        "know them; a key that ends in a colon or slash is a prefix",
    )
    deleted_clusters: tuple[str, ...] = Field(
        default=(),
        description="names of Kubernetes clusters outside EKS that no longer exist, so that what "
        "they left can be cleaned up",
    )
