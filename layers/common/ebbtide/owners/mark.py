"""The vocabulary of owner marks: how a resource shows that something else made and manages it.

Data only. A mark is a tag, or an attribute such as the name or the description. Each cites the page
of AWS, or of the controller's project, that documents it, or a type in botocore's models.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One way in which resources name their owner; it has either a `tag` or an `attribute`."""

    # What the owner is, before its name in a sentence: "the EKS cluster".
    words: str
    # Where the owner documents the mark, or `ours` if the owner is Ebbtide.
    source: str
    # Tag key. A key that ends in "/" or ":" is a prefix, and the rest of the key is the value that
    # names the owner: "kubernetes.io/cluster/prod".
    tag: str = ""
    # Path to the property that holds the mark, e.g. "group_name"; "name" is the resource's name.
    attribute: str = ""
    # Kinds that can have an attribute mark; empty means all.
    of: tuple[str, ...] = ()
    # Regular expression that the whole value must match, else it is no mark: `owned`, but not
    # `shared`. The group `owner`, if there is one, is the owner's identity.
    matches: str = ""
    # Kind of the owner, if it is collected, and which of its identities the mark gives. Without a
    # kind the owner cannot be looked for, and the mark always counts.
    kind: str = ""
    by: Literal["id", "arn", "name"] = "name"
    # True if a copy in another region keeps the mark, so that the owner may be in any region.
    anywhere: bool = False
    # Why the owner may exist although its kind, read completely, does not contain it: a Kubernetes
    # cluster that is not one of EKS.
    elsewhere: str = ""
    # Marks of one family speak of the same owner: those that identify it decide for the others.
    family: str = ""
    # Kinds or base kinds that AWS deletes together with the owner if they carry this mark.
    carries: tuple[str, ...] = ()

    @property
    def is_prefix(self) -> bool:
        return self.tag.endswith(("/", ":"))


@dataclass(frozen=True, slots=True)
class HarmlessTag:
    """A tag in AWS's reserved namespace that names no owner.

    A `key` that ends in ":" is a prefix.
    """

    key: str
    why: str
    source: str
