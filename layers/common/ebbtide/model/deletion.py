"""The deletion of a kind: the call, what must precede it, what AWS's answers mean, what forbids it.

Paths, templates and conditions are as in ebbtide.model.kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ebbtide.model.call import Call


@dataclass(frozen=True, slots=True)
class NeverDelete:
    """A state in which a resource is never deleted, although its kind can be.

    Others rely on such a resource, or somebody else manages it. What people want to keep is not
    declared here: they tag it, or name it under `protect`.
    """

    # Condition, e.g. "IsDefault" of a VPC.
    when: str
    # Completes "it stays because ...", for plans and searches: "it is the default VPC of its
    # region".
    why: str
    # Where AWS says what the condition means: "ec2:Vpc".
    source: str = ""
    # True if somebody switched this protection on in AWS, as a deletion protection: searches show
    # the resource as protected, and what carries it stays as well.
    protects: bool = False
    # The rule that may select such a resource anyway, because it knows when: final_snapshots.
    # Such a state is the last of its kind, since a resource is kept by the first that applies.
    lifted_by: str = ""


@dataclass(frozen=True, slots=True)
class Guardrail:
    """Why a kind is a guardrail: it watches over an account, keeps its backups or denies.

    A plan refuses it unless `cleanup.allow_guardrails` names its kind, and IAM allows the calls
    that delete it only where the member stack sets AllowGuardrails.
    """

    # Completes "it is a guardrail: ...": "it records who did what".
    why: str
    # True if CloudFormation may delete it with its stack: hardly any stack is without a role.
    with_stack: bool = False


@dataclass(frozen=True, slots=True)
class Prepare:
    """A call that must precede the deletion, e.g. detaching an internet gateway from its VPC."""

    call: Call
    # Path to values for each of which the call is made once; templates know the value as {each}.
    # E.g. "Attachments[]" of an internet gateway.
    each: str | None = None
    # Condition under which it is needed at all: only a user pool that has a Domain loses it.
    when: str | None = None
    # The call that reverses it; stored with its arguments filled in before `call` is made, so that
    # a deletion that gets stuck can be taken back: attach_internet_gateway.
    undo: Call | None = None
    # Error codes that mean that it is done already: Gateway.NotAttached.
    absent: tuple[str, ...] = ()
    # Condition on the resource, read again, that must hold before anything further is called: a
    # distribution is disabled and deployed. Until then, the resource waits.
    until: str | None = None
    # Path to errors, each with a Code and a Message, in an answer that is otherwise a success:
    # RemoveTargets answers 200 with "FailedEntries[].{Code: ErrorCode, Message: ErrorMessage}".
    errors: str | None = None
    # Where AWS says what the condition `until` means: "cloudfront:DeleteDistribution".
    source: str = ""
    # The word by which a job must ask for it, since it destroys what no graph holds: "empty".
    asks: str = ""
    # The call that lists what it removes, only with `asks`: the versions of a bucket's objects.
    # `call` is made for each `batch` of them, of which {each} is the list, until none is left.
    found: Call | None = None
    # How many of these one call takes; with 1, {each} is the one.
    batch: int = 1
    # The kind of what it removes, if it has one: "aws_ecr_image". These keep nothing then.
    removes: str = ""
    # States in which it is not done although a job asks for it: object lock.
    refuses: tuple[NeverDelete, ...] = ()


@dataclass(frozen=True, slots=True)
class Delete:
    """The call that deletes, what must precede it, and what AWS's answers mean.

    A code in none of the three tuples ends the deletion as failed, with AWS's message.
    """

    call: Call
    # Condition -> the call made in place of `call`, for resources that another operation deletes:
    # each type of attachment of a transit gateway has its own. The first that applies counts.
    instead: Mapping[str, Call] = field(default_factory=dict)
    # Calls before it, in this order.
    prepare: tuple[Prepare, ...] = ()
    # Codes, of the call or of the confirming read, that mean it no longer exists:
    # InvalidVolume.NotFound.
    gone: tuple[str, ...] = ()
    # Codes that mean something still depends on it; it is tried again in a later round. E.g.
    # VolumeInUse while the instance of a volume is shutting down.
    blocked: tuple[str, ...] = ("DependencyViolation", "ResourceInUse", "DeleteConflict")
    # Codes that mean AWS protects it and nobody asked us to lift that: OperationNotPermitted for
    # an instance with termination protection.
    refused: tuple[str, ...] = ("OperationNotPermitted",)
    # Path to errors, each with a Code and a Message, in an answer that is otherwise a success:
    # DeleteFlowLogs answers 200 with "Unsuccessful[].Error".
    errors: str | None = None
    # Condition on the resource, with its details, under which AWS accepted the deletion and then
    # failed it: "StackStatus == 'DELETE_FAILED'". Without one, it is waited for.
    failed: str | None = None
    # Path to AWS's reason for that, texts or structures of texts: "StackStatusReason". None where
    # AWS states none.
    why: str | None = None
    # Seconds that the deletion usually takes, from the accepted call until a read finds nothing:
    # 900 for a database. Only what exceeds a minute is declared.
    usual: int = 60
    # Whether AWS carries out one operation at a time on several of them, so that what is blocked is
    # tried again while another one of the kind is on its way: the instances of a stack set.
    one_at_a_time: bool = False
    # For people: what the deletion leaves behind, and whether it can be undone: "Its Elastic IPs
    # stay allocated".
    note: str = ""
    # Where AWS lists those of the codes that botocore's model of the service lacks. Those of EC2,
    # whose model has none at all, are in tests/data/error_codes.json.
    source: str = ""

    @property
    def calls(self) -> tuple[Call, ...]:
        """Return the calls of which one deletes a resource."""
        return (self.call, *self.instead.values())
