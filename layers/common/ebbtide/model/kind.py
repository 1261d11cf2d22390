"""The vocabulary in which a kind of resource is declared; data only, no control flow.

Paths are JMESPath over the API's answer (its own spelling). Templates hold `{path}`; besides the
answer's names they know {id} {arn} {name} {account} {region} {partition} and, in a preparation
that runs once per value, {each}. Conditions are JMESPath, true when the result is truthy, and know
the same names: `OwnerId != account`. In the slice of the global services {region} is `global`.

A `source` says where AWS makes the statement that a declaration repeats, because nothing else could
check it: `ec2:DeleteVpc`, an operation, or `ec2:Vpc`, a type, in the API reference of a service by
boto3's name; else the URL of a page; or `ours` where Ebbtide decides and AWS says nothing.
tests/data/claims_without_source.json counts the statements that still lack one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypedDict

from ebbtide.model.call import Call, Detail
from ebbtide.model.deletion import Delete, Guardrail, NeverDelete
from ebbtide.model.use_metric import UseMetric


class Decision(TypedDict):
    """The strength that several relations share, with its reason: `**_NO_TARGET`."""

    # As in Relation.
    strength: Literal["needed", "origin", "watches", "history"]
    # As in Relation.
    why: str


@dataclass(frozen=True, slots=True)
class Relation:
    """What a path says about resources of another kind.

    A relation always makes an edge of structure. The flags below say whether it also orders
    deletions; a relation without any of them orders nothing, and its `strength` says what the
    other resource is to this one.
    """

    # Where the reference stands in this resource's document, e.g. "Attachments[].InstanceId".
    path: str
    # The kind that it refers to, e.g. "aws_ec2_instance".
    kind: str
    # What the value is: "id", "arn" or "name" of the other, or one of its kind's aliases. E.g. a
    # volume names its KMS key by ARN.
    by: str = "id"
    # Edges run from this resource to the other. True turns the edge around, because containers
    # point at their contents: the VPC at the subnet that names it.
    reverse: bool = False
    # This one can go only after the other is gone: a volume after the instance that it is attached
    # to.
    deleted_after: bool = False
    # The other can go only after this one: a subnet before its VPC. AWS refuses otherwise
    # (DependencyViolation), or something would break.
    deleted_before: bool = False
    # This one is a part of the other and has no use without it, so whoever asks for parts takes it
    # along; what has a use of its own blocks the other instead. `data`: it also holds what its
    # stored description does not, so it goes along only if it is named. E.g. `plain` for a mount
    # target of a file system, `data` for a recovery point in its vault.
    part: Literal["", "plain", "data"] = ""
    # AWS deletes the other together with this one, so we must not: the interface of a NAT gateway.
    owns: bool = False
    # The same, declared by the owned one, where only that names the other: the interface of a load
    # balancer names it in its description.
    owned_by: bool = False
    # This resource's own preparation removes the dependency first, so that a cycle through it is
    # no deadlock: two security groups whose rules name each other.
    severable: bool = False
    # This one is never deleted while the other is kept from it: AWS made the internet gateway of
    # the default VPC with it. The other is then the reason.
    stays_with: bool = False
    # Regular expression that picks references out of the value; each match is one, its group 1 the
    # value. E.g. `:s3:::([^/]+)` finds the bucket in a destination. A value without a match is no
    # reference if it cannot name a resource of the kind, such as the ARN of another kind; else it
    # is an unknown one.
    pattern: str | None = None
    # Regular expression of further values that are certainly no reference to the kind: the endpoint
    # `shop.example.com` of a subscription is no function.
    other: str | None = None
    # Template that builds the reference from that group, {1}, and further ones, {2}: the ARN of a
    # load balancer from the "app/my-lb/50dc6c49" in the description of its interface.
    value: str | None = None
    # The value is what several of the others have in common, and all in the region are meant: the
    # functions of the same security groups share their interfaces.
    every: bool = False
    # What the other is to this one, where neither goes first. `needed`: AWS would delete the other,
    # and this one would break at its next use, so the other stays unless this one goes, too: the
    # topic of an alarm. `origin`: this one was made from it and works without it. `watches`: this
    # one looks at it and is worth nothing to it. `history`: what was, and no longer needs anything.
    strength: Literal["", "needed", "origin", "watches", "history"] = ""
    # Completes the decision in a few words: "the alarm could notify nobody".
    why: str = ""
    # This one may name the other from another region, so it is looked for in all of them: an SNS
    # subscription delivers to a queue of any region. Without meaning for global kinds, which use,
    # and are used from, every region anyway.
    across_regions: bool = False
    # Where AWS says which of the two must go first, or that it deletes the other along.
    source: str = ""


@dataclass(frozen=True, slots=True)
class LastUse:
    """How AWS says when a resource was last used; read only if the configuration asks for it."""

    # Path to a time in the item: LastAccessedDate of a secret. Either this or `metrics`.
    path: str | None = None
    # The call that brings it, where the list lacks it: iam.get_role for RoleLastUsed.
    detail: Detail | None = None
    # Path to the time since when AWS has recorded it, where that may be later than the creation:
    # TrackingStartDate of a KMS key. Use before it is unknown.
    since: str | None = None
    # The last day with a value above zero counts: VolumeReadOps and VolumeWriteOps of a volume.
    metrics: tuple[UseMetric, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of resource: how it is listed, identified, read again, related and deleted."""

    # Identity: what it is called, by AWS, by us and by other resources.

    # What searches and the configuration call it. Resoto's name where it has one, so that its
    # users' searches keep working: "aws_ec2_volume".
    name: str
    # Base kinds that it also is; each promises `fields`: ("volume",).
    bases: tuple[str, ...] = ()
    # Path to the value that identifies it within account and region: "VolumeId".
    id: str
    # Path to the ARN; or, if it contains braces, a template, for services that do not return it.
    # None if the kind has no ARN.
    arn: str | None = None
    # Path to the display name. Default: the tag Name, else the id. E.g. "RoleName".
    label: str | None = None
    # Regular expression whose group 1 is the name, where the label holds more: the ARN of an ECS
    # service.
    label_pattern: str | None = None
    # Name -> path in the stored properties (snake_case) of a further identity by which other kinds
    # refer to this one: an Elastic IP by its address instead of its allocation id.
    aliases: Mapping[str, str] = field(default_factory=dict)
    # Regular expression of names that lead to one of them and can be made to lead to another: the
    # alias of a KMS key. A reference by one that leads nowhere could mean any of them.
    pointers: str | None = None
    # Path to a list of Key and Value or to a mapping; None where the kind cannot be tagged. A
    # resource whose tags could not be read is not deleted.
    tags: str | None = "Tags"
    # Path to the time of creation; None where AWS does not say, and age is counted from the first
    # snapshot that had it.
    created: str | None = None
    # Paths whose values, besides `created`, differ between two resources that have had the same id,
    # because somebody made it again under its name: RoleId of an IAM role, TableId of a table.
    unique: tuple[str, ...] = ()
    # Names that the base kinds promise -> path: {"volume_size": "Size"}.
    fields: Mapping[str, str] = field(default_factory=dict)
    # Promised names that no path expresses -> function in kinds/_special.py: instance_cores is a
    # product.
    computed: Mapping[str, str] = field(default_factory=dict)

    # Reading: how all of them are found, and completed.

    # The call that lists all of a region. None for what the collector makes itself (the account)
    # and for what lies inside another kind's answer (see `inside`).
    list: Call | None
    # Where it is listed: in each region, once for the account (IAM roles), or in both because the
    # service keeps global ones in us-east-1 (the web ACLs of WAF).
    scope: Literal["regional", "global", "both"] = "regional"
    # A kind for each of whose resources the list call is made once; the call's arguments know the
    # parent's names. E.g. "aws_ecs_cluster" for services.
    each: str | None = None
    # Condition on the parent's item without which it has none of these, so that the call is not
    # made: EKS manages no node groups in clusters that are only connected.
    each_when: str | None = None
    # Path in the parent's item under which these items lie, instead of a list call: the values of
    # a DNS record.
    inside: str | None = None
    # Name -> path in the parent's document, which every item gets as if AWS had answered it: the
    # stage of a REST API does not say of which API.
    inherit: Mapping[str, str] = field(default_factory=dict)
    # Regular expression whose named groups bring `inherit` back from the id when one item is read
    # again without its parent; or the id itself, if the describing call does not return it.
    id_parts: str | None = None
    # Several items are the same resource and only the first counts: instance types lie in the
    # instances, each of which names its own.
    distinct: bool = False
    # Error codes of the list call that mean "none at all": Glacier answers
    # NoLongerSupportedException to accounts that keep nothing there.
    absent: tuple[str, ...] = ()
    # Read also in regions that look empty, because the call is cheap and its answer shows whether
    # the region is in use: volumes, interfaces, addresses.
    everywhere: bool = False
    # Why it is read only if the configuration names it, e.g. too many calls for little information.
    optional: str = ""
    # Calls that complete each listed item: the tags of a queue.
    details: tuple[Detail, ...] = ()
    # How to find out when one was last used: the reads and writes of a volume.
    last_use: LastUse | None = None
    # Metrics that say how much one is used, but not whether: the CPU of an instance.
    usage: tuple[UseMetric, ...] = ()
    # What says that one does not exist when it is asked for by name, besides `delete.gone` and
    # codes such as ResourceNotFoundException: a code, or a code and a part of its message,
    # "InvalidRequestException: is not valid".
    gone: tuple[str, ...] = ()
    # Condition for what AWS lists although it is gone: an instance that is "terminated" stays in
    # the list for an hour.
    ended: str | None = None
    # Top-level names of the answer that change by themselves, so that no run reports them as
    # "updated": the Progress of a snapshot.
    volatile: tuple[str, ...] = ()

    # Relations to other resources.

    relations: tuple[Relation, ...] = ()
    # It does nothing but join the resources that it needs, so it keeps one of them only while
    # another stays: a subscription keeps its topic for a queue, and its queue for the topic.
    joins: bool = False

    # Deleting: what may be deleted, when, together with what, and how it is confirmed.

    # Why no resource of the kind is ever deleted: "Regions belong to AWS.".
    undeletable: str = ""
    # Why it is deleted only if the configuration and a job name the kind (cleanup.allow_kinds):
    # "Its users could no longer sign in.".
    opt_in: str = ""
    # States in which it is never deleted: the default VPC.
    never_delete: tuple[NeverDelete, ...] = ()
    # Set if it is deleted only where guardrails may be: a trail.
    guardrail: Guardrail | None = None
    # None only where `undeletable` says why.
    delete: Delete | None = None
    # What AWS takes back for good with one: "its public address". Within a whole, such as
    # a VPC with its parts, it goes last, when nothing else of the whole can turn out to stay.
    gives_back: str = ""
    # Reads one resource again before its deletion, and confirms that it is gone. Only the item with
    # the same id counts; no such item means gone. E.g. describe_volumes with VolumeIds=["{id}"].
    get: Call | None = None
    # Path to reasons in the answer of `get` why it does not describe the resource, other than that
    # there is none: "failures[?reason != 'MISSING'].reason" of ECS.
    get_failures: str | None = None
    # Details for that read, if it needs others than the list: App Runner's describe_service returns
    # everything except the tags.
    get_details: tuple[Detail, ...] | None = None
    # A list that brings of many what `get_details` bring of one, for kinds that need several of
    # these. Before the deletion of many, it is read instead of them: the policies of all roles.
    get_together: Call | None = None
    # Top-level names of the answer that must be the same at plan and at deletion; a difference
    # skips the resource. Chosen to change whenever somebody begins to use it: State and
    # Attachments of a volume.
    fingerprint: tuple[str, ...] = ()
    # Fingerprint fields that our own deletions change: a volume's Attachments after its instance
    # is gone.
    settles: tuple[str, ...] = ()
    # Name of a field above -> where AWS says what it claims, for fields whose value cannot carry a
    # source itself: {"settles": "ec2:Volume"}.
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the kind and everything it is also an instance of; `is()` matches any of them."""
        return (self.name, *self.bases, "aws_resource", "resource")

    @property
    def metrics(self) -> tuple[UseMetric, ...]:
        """Return all metrics that are read if the configuration asks for the use of the kind."""
        return (*(self.last_use.metrics if self.last_use else ()), *self.usage)

    @property
    def read_details(self) -> tuple[Detail, ...]:
        """Return the calls that complete a resource that is read again."""
        return self.details if self.get_details is None else self.get_details
