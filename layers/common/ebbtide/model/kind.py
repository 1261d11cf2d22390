"""The vocabulary in which a kind of resource is declared; data only, no control flow.

Paths are JMESPath over the API's answer (its own spelling). Templates hold `{path}`; besides the
answer's names they know {id} {arn} {name} {account} {region} {partition} and, in a preparation
that runs once per value, {each}. Conditions know the same names: `OwnerId != account`. In the
slice of the global services {region} is `global`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ebbtide.base.forms import snake


@dataclass(frozen=True, slots=True, init=False)
class Call:
    """One API operation: boto3's service and method name, the path to what it returns, arguments.

    `action` is the IAM action where it is not `<service>:<OperationName>`; several are a tuple.
    EC2 lists name a page size (MaxResults): without pages and filters they draw from a bucket of
    10 instead of 20 requests a second (EC2 API throttling).
    """

    service: str
    operation: str
    items: str | None
    action: tuple[str, ...]
    args: Mapping[str, Any]

    def __init__(
        self,
        service: str,
        operation: str,
        items: str | None = None,
        /,
        *,
        action: str | tuple[str, ...] = (),
        **args: Any,
    ) -> None:
        object.__setattr__(self, "service", service)
        object.__setattr__(self, "operation", operation)
        object.__setattr__(self, "items", items)
        object.__setattr__(self, "action", (action,) if isinstance(action, str) else action)
        object.__setattr__(self, "args", args)


@dataclass(frozen=True, slots=True)
class Detail:
    """A further call that completes a listed item before it becomes a resource.

    `into` is the key under which the answer (the call's items path) is kept; None merges it into
    the item. Details run in order, and `when` sees what the earlier ones brought. With `batch` one
    call serves that many items: the list argument with one template gets one value per item, and
    `match` = (path in an answer entry, path in the item) brings them together, `take` being the
    path of the wanted part of the entry. `absent` are error codes that mean "it has none".
    """

    call: Call
    into: str | None = None
    when: str | None = None
    absent: tuple[str, ...] = ()
    batch: int = 0
    match: tuple[str, str] = ("", "")
    take: str = "@"


@dataclass(frozen=True, slots=True)
class Relation:
    """What a path says about resources of another kind.

    The default edge runs from this resource to the other, or back with `reverse` (the container
    points at what it contains). `deleted_after`: this one can only go after the other is gone;
    `deleted_before`: the other can only go after this one. `owns` / `owned_by`: AWS deletes the
    owned one together with its owner. `severable`: this resource's own preparation removes the
    dependency. `by` says what the value is: id, arn or name of the other, or one of the aliases of
    its kind. `pattern` (a regular expression) picks the references out of the value: its group 1,
    once per match; no match is no reference. `value` is a template built from that group, {1}.
    """

    path: str
    kind: str
    by: str = "id"
    reverse: bool = False
    deleted_after: bool = False
    deleted_before: bool = False
    owns: bool = False
    owned_by: bool = False
    severable: bool = False
    pattern: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Keep:
    """A condition (JMESPath, truthy) under which this kind is never deleted, and why."""

    when: str
    why: str


@dataclass(frozen=True, slots=True)
class Prepare:
    """A call that must precede the deletion; runs once per value of `each` when that is given.

    `undo` is the call that reverses it; it is stored, filled in, before the call is made.
    """

    call: Call
    each: str | None = None
    when: str | None = None
    undo: Call | None = None
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delete:
    """The call that deletes, what must precede it, and what AWS's refusals mean.

    `gone`: codes of the call or of the confirming read that mean it does not exist any more.
    `blocked`: something still depends on it; tried again later. `refused`: it is protected, which
    nobody asked us to lift. `errors`: path to errors with a Code in an answer that is otherwise a
    success. `note` tells people what the deletion does not do or how it is undone.
    """

    call: Call
    prepare: tuple[Prepare, ...] = ()
    gone: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ("DependencyViolation", "ResourceInUse", "DeleteConflict")
    refused: tuple[str, ...] = ("OperationNotPermitted",)
    errors: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class UseMetric:
    """A CloudWatch metric that tells of the use of a resource; above zero in a time of use.

    `dimensions`: name -> template over the item, as in a call's arguments. `pattern`: a regular
    expression whose group 1 is the dimension's value when the template gives more.
    """

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str = "Sum"
    pattern: str | None = None

    @property
    def usage_name(self) -> str:
        """What a search calls it: CPUUtilization is cpu_utilization."""
        return snake(self.name.replace(".", ""))

    def cut(self, value: str) -> str:
        match = re.search(self.pattern, value) if self.pattern else None
        return match[1] if match else value


@dataclass(frozen=True, slots=True)
class LastUse:
    """How AWS tells when a resource was used last; read only where somebody wants to know.

    Either `path`, a time in the item, to which `detail` adds what it needs, or `metrics`, of which
    the latest value above zero counts.
    """

    path: str | None = None
    detail: Detail | None = None
    metrics: tuple[UseMetric, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of resource: how it is listed, identified, read again, related and deleted.

    id, label, created: paths; label is the display name, by default the tag Name, else the id;
    label_pattern: a regular expression whose group 1 is the name when the label holds more. arn: a
    path, or a template when it holds braces. tags: path to a list of key and value or to a mapping,
    None when the kind cannot be tagged. fields: promised name -> path. computed: promised name ->
    function in kinds/_special.py. each: the list call is made once per resource of that kind; its
    arguments know the parent's names. inside: instead of a list call, the path in the parent's item
    under which these items lie. inherit: name -> path in the parent's document, which every item
    gets as if AWS had answered it. id_parts: a regular expression over the id whose named groups an
    item that is read again gets in the same way. distinct: several items are the same resource;
    only the first is kept. absent: error codes of the list call that mean "none at all".
    everywhere: read also in a region that looks empty, because it is cheap and tells whether the
    region is in use. optional: why it is read only if the configuration names it. last_use: how AWS
    tells when one was used last. usage: further metrics, which tell how much it is used. get: reads
    one again (with get_details, by default the details); of what it answers only the item with the
    same id counts, and none means gone. ended: condition for what AWS lists although it is gone.
    fingerprint: top-level names of the answer that must not change between plan and deletion.
    settles: those of them that the deletions planned before it, or its own preparation, change as
    well. volatile: top-level names that change all the time and make no "updated". aliases: name ->
    path in the stored properties (snake_case) of a further identity by which relations of other
    kinds may refer to this one.
    """

    name: str
    id: str
    list: Call | None
    bases: tuple[str, ...] = ()
    scope: Literal["regional", "global", "both"] = "regional"
    each: str | None = None
    inside: str | None = None
    inherit: Mapping[str, str] = field(default_factory=dict)
    id_parts: str | None = None
    distinct: bool = False
    absent: tuple[str, ...] = ()
    everywhere: bool = False
    optional: str = ""
    last_use: LastUse | None = None
    usage: tuple[UseMetric, ...] = ()
    details: tuple[Detail, ...] = ()
    label: str | None = None
    label_pattern: str | None = None
    arn: str | None = None
    tags: str | None = "Tags"
    created: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    computed: Mapping[str, str] = field(default_factory=dict)
    relations: tuple[Relation, ...] = ()
    ended: str | None = None
    keep: tuple[Keep, ...] = ()
    volatile: tuple[str, ...] = ()
    get: Call | None = None
    get_details: tuple[Detail, ...] | None = None
    fingerprint: tuple[str, ...] = ()
    settles: tuple[str, ...] = ()
    delete: Delete | None = None
    undeletable: str = ""
    aliases: Mapping[str, str] = field(default_factory=dict)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kind and everything it is also an instance of; `is()` matches any of them."""
        return (self.name, *self.bases, "aws_resource", "resource")

    @property
    def metrics(self) -> tuple[UseMetric, ...]:
        """All metrics that are read of one where somebody asks for its use."""
        return (*(self.last_use.metrics if self.last_use else ()), *self.usage)

    @property
    def read_details(self) -> tuple[Detail, ...]:
        return self.details if self.get_details is None else self.get_details
