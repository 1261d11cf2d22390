"""The section `owners` of the configuration: what nobody but its user can know about owners."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from ebbtide.model.owner_tag import OWNER_TAG
from ebbtide.options.section import Section
from ebbtide.owners.claims import unknown_tags


def _reserved(key: str) -> str:
    if not key.startswith("aws:") or key == "aws:":
        raise ValueError(f"{key!r} must begin with aws: and name a service")
    if not unknown_tags({key: ""}):
        raise ValueError(f"{key!r} is known already, as an owner or as harmless")
    return key


# AWS: a tag key has up to 128 characters.
TagKey = Annotated[str, StringConstraints(min_length=1, max_length=128)]
ReservedKey = Annotated[str, AfterValidator(_reserved)]


class OwnersConfig(Section):
    """What Ebbtide cannot find out about the owners of resources."""

    tag: TagKey = Field(
        default=OWNER_TAG,
        description="tag whose value is the person or team that owns a resource, in plans, "
        "savings, reports, digests and approvals",
    )
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
