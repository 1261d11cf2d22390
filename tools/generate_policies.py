"""Write the IAM actions that the kinds need into member/template.yaml; --check only compares."""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from itertools import groupby
from pathlib import Path

import botocore.session
from botocore import xform_name

from ebbtide.cleanup.stack_membership import FIND_STACK
from ebbtide.collect.discover import LIST_REGIONS
from ebbtide.collect.last_use import GET_METRIC_DATA
from ebbtide.collect.organization import CALLS as ORGANIZATION_CALLS
from ebbtide.collect.probing import PROBES
from ebbtide.config.scope import root_of
from ebbtide.kinds import registry
from ebbtide.model.call import Call
from ebbtide.model.kind import Kind
from ebbtide.model.service import service
from ebbtide.model.stacks import LIST_MEMBERS
from tools import limited_actions
from tools.generated import write_or_check

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "member" / "template.yaml"

# Calls of the collector other than listing kinds: regions, accounts, probes, last use, stacks.
DISCOVERY = (LIST_REGIONS, *ORGANIZATION_CALLS, *PROBES, GET_METRIC_DATA, LIST_MEMBERS)

# What the cleaner asks before a deletion besides reading the resource and listing kinds again.
VERIFYING = (LIST_MEMBERS, FIND_STACK, GET_METRIC_DATA)

# The calls of ebbtide.aws.tag_calls.
TAGGING = ("tag:TagResources", "tag:UntagResources")

# Characters that IAM allows, without whitespace (IAM user guide, IAM and AWS STS quotas), in a
# managed policy and in all inline policies of a role. SURROUNDINGS is the text around the actions.
MANAGED_POLICY = 6144
INLINE_POLICIES = 10240
SURROUNDINGS = 1500
# The cleaner's actions share their policy with statements of their own.
LONGEST = {"reader": INLINE_POLICIES, "cleaner": INLINE_POLICIES - 1000}
SHARED_POLICIES = 3

# The first word of an action that only reads.
READING = re.compile(r"BatchGet|Describe|GET|Get|List")
# The services whose resources the application stack has.
OWN_SERVICES = frozenset(
    {
        "cloudformation",
        "cloudwatch",
        "events",
        "iam",
        "lambda",
        "logs",
        "s3",
        "scheduler",
        "sns",
        "sqs",
        "states",
    }
)
# The list that people read has a line for each service. A request to CloudFormation takes templates
# of 51,200 bytes, so no list has a line for each action.
BY_SERVICE = frozenset({"cleaner"})
WIDTH = 90
# Lists that nobody reads line by line have long lines: indentation is a fifth of the short ones.
WIDE = 240


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


@cache
def operation_names(service: str) -> dict[str, str]:
    model = _session().get_service_model(service)
    return {xform_name(name): name for name in model.operation_names}


def actions_of(call: Call) -> Iterable[str]:
    if call.action:
        return call.action
    prefix = service(call.service).iam_prefix or call.service
    return (f"{prefix}:{operation_names(call.service)[call.operation]}",)


def collecting(kind: Kind) -> Iterator[Call]:
    if kind.list:
        yield kind.list
    yield from (detail.call for detail in kind.details)
    if kind.last_use and kind.last_use.detail:
        yield kind.last_use.detail.call


def reading_again(kind: Kind) -> Iterator[Call]:
    if kind.delete and kind.get:
        yield kind.get
        yield from (detail.call for detail in kind.read_details)
        if kind.get_together:
            yield kind.get_together


def changing(kind: Kind) -> Iterator[Call]:
    """Yield the call that deletes a resource and those that prepare the deletion.

    Only people undo a preparation: with permission to attach policies or pass roles, the cleaner
    could grant itself any other permission.
    """
    if kind.delete:
        yield from kind.delete.calls
        yield from (step.call for step in kind.delete.prepare if not step.asks)


def emptying(kind: Kind) -> Iterator[Call]:
    """Yield the calls that remove what lies in a resource, which only jobs may ask for."""
    for step in kind.delete.prepare if kind.delete else ():
        if step.asks:
            yield from filter(None, (step.call, step.found))


def action_lists(kinds: Iterable[Kind]) -> dict[str, list[str]]:
    """Return the actions by the name of the marked part of the template.

    The cleaner reads the resources it deletes. Because it also verifies their dependants and asks
    again what rules and searches looked at, it needs all actions that read kinds.
    """
    kinds = list(kinds)
    guardrails = [kind for kind in kinds if kind.guardrail]
    others = [kind for kind in kinds if not kind.guardrail]
    collect = [call for kind in kinds for call in collecting(kind)]
    again = [call for kind in kinds for call in reading_again(kind)]
    inside = sorted_actions(call for kind in kinds for call in emptying(kind))
    read = sorted_actions([*collect, *again, *VERIFYING])
    return {
        "reader": sorted_actions([*DISCOVERY, *collect]),
        "cleaner read": read,
        # A separate policy grants what empties, which accounts attach only with AllowEmptying.
        "cleaner": sorted(set(changing_actions(others)) - set(inside)),
        "emptying": sorted(set(inside) - set(read)),
        "guardrail": changing_actions(guardrails),
        "guardrail in stacks": changing_actions(
            kind for kind in guardrails if kind.guardrail and kind.guardrail.with_stack
        ),
        "tagging": tagging_actions(kinds),
    }


def changing_actions(kinds: Iterable[Kind]) -> list[str]:
    return sorted_actions(call for kind in kinds for call in changing(kind))


def reading_patterns(lists: Mapping[str, list[str]], services: Collection[str] = ()) -> list[str]:
    """Return patterns such as `ec2:Describe*` for all that the cleaner reads.

    A Deny on everything else leaves it able to list a kind some of whose resources it must not
    touch; otherwise nothing that could depend on such a kind could be verified.
    """
    found = set()
    for action in (*lists["reader"], *lists["cleaner read"]):
        prefix, _, name = action.partition(":")
        word = READING.match(name)
        if word is None:
            raise ValueError(f"{action} does not read")
        if not services or prefix in services:
            found.add(f"{prefix}:{word[0]}*")
    return sorted(found)


def tagging_actions(kinds: Iterable[Kind]) -> list[str]:
    """Return the actions for setting tags: the calls themselves, and those of each tagged service.

    A separate policy grants them, which accounts attach only with AllowTagging.
    """
    roots = [root_of(kind).list for kind in kinds if kind.tags and kind.arn]
    own = {action for call in roots if call for action in service(call.service).tagging}
    return sorted({*TAGGING, *own})


def sorted_actions(calls: Iterable[Call]) -> list[str]:
    return sorted({action for call in calls for action in actions_of(call)})


def template_parts(lists: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return the lists as in the template; policies of equal size hold the actions of both roles.

    Raises ValueError if a policy is longer than IAM allows.
    """
    shared = sorted(set(lists["reader"]) & set(lists["cleaner read"]))
    size = sum(map(_length, shared)) / SHARED_POLICIES
    parts: dict[str, list[str]] = {f"shared {n + 1}": [] for n in range(SHARED_POLICIES)}
    filled = 0
    for action in shared:
        parts[f"shared {1 + int(filled / size)}"].append(action)
        filled += _length(action)
    for name in ("reader", "cleaner read"):
        parts[name] = sorted(set(lists[name]) - set(shared))
    alike = ("emptying", "guardrail", "guardrail in stacks", "tagging")
    parts |= {name: lists[name] for name in alike}
    limited = limited_actions.limited()
    parts["cleaner"] = [action for action in lists["cleaner"] if action not in limited]
    for name, actions in parts.items():
        if sum(map(_length, actions)) > LONGEST.get(name, MANAGED_POLICY) - SURROUNDINGS:
            raise ValueError(f"the policy of the {name} actions is too long for IAM")
    return parts


def _length(action: str) -> int:
    return len(action) + len('"",')


def with_lines(template: str, name: str, lines: Iterable[str]) -> str:
    """Return the template with new lines, indented like the marks, between those of that name.

    Raises ValueError unless the template has these marks exactly once.
    """
    marks = rf"( *)# BEGIN GENERATED {name}\n(.*?) *# END GENERATED {name}\n"
    parts = re.findall(marks, template, flags=re.DOTALL)
    if len(parts) != 1:
        raise ValueError(f"the template needs the marks of the {name} exactly once")
    indent, former = parts[0]
    begin = f"{indent}# BEGIN GENERATED {name}\n"
    text = "".join(f"{indent}{line}\n" for line in lines)
    return template.replace(begin + former, begin + text, 1)


def filled(words: Iterable[str], width: int = WIDE) -> list[str]:
    """Return lines of several words each, for a list in brackets."""
    return textwrap.wrap(", ".join(words), width, break_on_hyphens=False)


def by_service(actions: Iterable[str]) -> Iterator[str]:
    """Yield the lines of a list in brackets, in which each service begins a line."""
    for _, several in groupby(actions, key=lambda action: action.partition(":")[0]):
        *lines, last = filled(several, WIDTH)
        yield from lines
        yield f"{last},"


def updated(template: str, kinds: Iterable[Kind]) -> str:
    """Return the template with all generated parts."""
    lists = action_lists(kinds)
    for name, actions in template_parts(lists).items():
        lines = by_service(actions) if name in BY_SERVICE else filled(actions)
        template = with_lines(template, f"{name} actions", lines)
    for name, services in (("reading patterns", ()), ("own reading patterns", OWN_SERVICES)):
        template = with_lines(template, name, filled(reading_patterns(lists, services)))
    limits = limited_actions.statements(lists["cleaner"])
    return with_lines(template, "limited statements", limits)


def main(arguments: list[str]) -> int:
    text = updated(TARGET.read_text(), registry().values())
    return write_or_check(__doc__, {TARGET: text}, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
