"""Count the calls that verify a plan, and compare with asking for each resource anew.

Every resource is verified twice: before anything is touched, and right before its deletion, as
nothing has to be prepared. The alternative reads and lists everything again for each of these, as a
loop over the resources would. AWS is replaced by answers that hold the planned resources and
nothing else, so each list is one call; the number of calls does not depend on how fast anything is.

Then it cleans up whole accounts (`cleanup_work`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import batched
from typing import Any
from unittest.mock import patch

import botocore.client
from botocore.exceptions import ClientError
from rich.console import Console
from rich.table import Table

from bench import cleanup_work
from bench.collect import DEFAULT_REGIONS
from bench.printing import console
from ebbtide.aws import own_session
from ebbtide.aws.account import AccountSession
from ebbtide.base.clock import to_text
from ebbtide.cleanup.dependants import Dependants
from ebbtide.cleanup.known import Known
from ebbtide.cleanup.listings import Listings
from ebbtide.cleanup.owned_now import OwnedNow
from ebbtide.cleanup.owners_now import OwnersNow
from ebbtide.cleanup.read_again import Reader
from ebbtide.cleanup.reasons import Reasons
from ebbtide.cleanup.selections import RuleSelection, Selection
from ebbtide.cleanup.stack_membership import StackMembership
from ebbtide.cleanup.tick import families_of
from ebbtide.cleanup.verification import Verifier
from ebbtide.cleanup.verifying import AT_FIRST
from ebbtide.collect.to_resource import Place, build_resource
from ebbtide.config import parse_config
from ebbtide.kinds import registry
from ebbtide.model.resource import GLOBAL, Resource
from ebbtide.plan.model import Plan, Planned
from ebbtide.rules import registry as rules
from ebbtide.verdict.fingerprint import fingerprint
from ebbtide.verdict.marks import NO_MARKS

ACCOUNT, REGION, THREADS = "111122223333", "us-east-1", 8
# How often each resource is verified.
TIMES = 2
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
EXPIRED = [{"Key": "ebbtide:expires", "Value": "2020-01-01"}]
CONFIG = parse_config(
    "rules: {expired: {enabled: true}, volumes: {enabled: true}}\n"
    "cleanup: {allow_guardrails: [aws_iam_role]}"
)

type Item = dict[str, Any]


def _role(number: int) -> Item:
    arn = f"arn:aws:iam::{ACCOUNT}:role/app-{number}"
    own = {"RoleName": f"app-{number}", "RoleId": f"AROA{number}", "Arn": arn, "Path": "/"}
    return {**own, "CreateDate": NOW, "Tags": EXPIRED}


def _volume(number: int) -> Item:
    own = {"VolumeId": f"vol-{number:017x}", "State": "available", "Size": 8}
    return {**own, "CreateTime": NOW, "Attachments": [], "Tags": EXPIRED}


@dataclass(frozen=True, slots=True)
class Case:
    """`count` expired resources of a kind, in an account with these regions.

    `argument` names some of them in the call that describes them, and `answer` is what that
    returns.
    """

    name: str
    kind: str
    count: int
    regions: tuple[str, ...]
    item: Callable[[int], Item]
    operation: str
    argument: Callable[[Any], list[str]]
    answer: Callable[[list[Item]], Item]

    @property
    def region(self) -> str:
        return GLOBAL if registry()[self.kind].scope == "global" else self.regions[0]


CASES = (
    Case(
        "1 role, 17 regions",
        "aws_iam_role",
        1,
        DEFAULT_REGIONS,
        _role,
        "GetRole",
        lambda arguments: [arguments["RoleName"]],
        lambda items: {"Role": items[0]},
    ),
    Case(
        "100 volumes, 1 region",
        "aws_ec2_volume",
        100,
        (REGION,),
        _volume,
        "DescribeVolumes",
        lambda arguments: arguments.get("VolumeIds", []),
        lambda items: {"Volumes": items},
    ),
)


@contextmanager
def _answering(case: Case) -> Iterator[Counter[str]]:
    """Answer every call with the planned resource that it names, or nothing; count the calls."""
    made = Counter[str]()
    found_by = {
        value: item
        for item in map(case.item, range(case.count))
        for value in item.values()
        if isinstance(value, str)
    }

    def call(client: Any, name: str, arguments: Any) -> Item:
        made[f"{client.meta.service_model.service_name}.{name}"] += 1
        if name == "DescribeStackResources":
            # CloudFormation's answer for what belongs to no stack.
            error = {"Code": "ValidationError", "Message": "Stack for it does not exist"}
            raise ClientError({"Error": error}, name)
        named = case.argument(arguments) if name == case.operation else []
        found = [found_by[one] for one in named]
        metadata = {"RequestId": "bench", "HTTPStatusCode": 200}
        return {**(case.answer(found) if found else {}), "ResponseMetadata": metadata}

    with (
        patch.object(botocore.client.BaseClient, "_make_api_call", call),
        patch.object(AccountSession, "reaches", lambda *_: True),
    ):
        yield made


def _plan(case: Case) -> tuple[Plan, list[Resource]]:
    place = Place(ACCOUNT, case.region, "aws")
    kind = registry()[case.kind]
    found = [build_resource(kind, case.item(number), place) for number in range(case.count)]
    entries = tuple(
        Planned(
            one.subject,
            "delete",
            ("expired",),
            "expired",
            fingerprint=fingerprint(one),
            tags=dict(one.tags or {}),
        )
        for one in found
    )
    regions = (GLOBAL, *case.regions)
    plan = Plan("bench", ACCOUNT, "m", to_text(NOW), len(found), regions, entries)
    return plan, found


class _Snapshot(Known):
    """The planned resources, without a bucket."""

    def __init__(self, plan: Plan, found: list[Resource]) -> None:
        nothing: Any = None
        super().__init__(nothing, plan)
        self.planned = {one.graph_id: one.to_line() for one in found}
        self._read = True


def calls_of(case: Case, *, anew: bool) -> Counter[str]:
    """Verify a plan as a cleanup does, or with new lists for each verification; count the calls."""
    plan, found = _plan(case)
    going = frozenset(one.graph_id for one in found)
    with ExitStack() as stack:
        made = stack.enter_context(_answering(case))
        calls, readers, verifying = (
            stack.enter_context(ThreadPoolExecutor(THREADS)) for _ in range(3)
        )
        session = own_session(ACCOUNT, "aws", THREADS)
        name, options = "expired", CONFIG.rules.of(rules()["expired"])
        selections: dict[str, Selection] = {name: RuleSelection(rules()[name], options, NOW)}
        families = families_of(plan, selections)
        listing = Listings(session, calls, readers, families, plan.regions)
        reader = Reader(session, calls)
        verifier = Verifier(
            reader,
            listing,
            Dependants.of(plan, listing),
            StackMembership.of(plan, listing, ()),
            OwnedNow(listing, going),
            OwnersNow(listing, CONFIG.owners),
            Reasons(listing, reader, _Snapshot(plan, found), selections, lambda: to_text(NOW)),
            CONFIG.protect,
            NO_MARKS,
        )

        def verify(entry: Planned, item: Item | None = None) -> None:
            verified = verifier.verify(entry, released=False, item=item)
            if verified.description is None or verified.mismatch:
                said = verified.mismatch or "it is gone"
                raise SystemExit(f"{entry.subject.graph_id} cannot be verified: {said}")

        # Before anything is touched, and in the round of deletions that follows.
        for _ in range(TIMES):
            verifier.start_round(going)
            if anew:
                for entry in plan.planned:
                    verifier.start_round(going)
                    verifier.expect([entry])
                    verify(entry)
                continue
            verifier.expect(plan.planned)
            for entries in batched(plan.planned, AT_FIRST):
                items = verifier.read_together(entries)
                found = [items.get(entry.subject.graph_id) for entry in entries]
                list(verifying.map(verify, entries, found))
    return made


def show(console: Console) -> None:
    """Measure and print the reading calls of each case."""
    table = Table(title="Reading calls per deletion")
    table.add_column("deleted")
    for column in ("calls", "per deletion", "anew for each", "per deletion", "ratio"):
        table.add_column(column, justify="right")
    for case in CASES:
        ours, anew = (calls_of(case, anew=anew).total() for anew in (False, True))
        table.add_row(
            case.name,
            f"{ours:,}",
            f"{ours / case.count:,.1f}",
            f"{anew:,}",
            f"{anew / case.count:,.1f}",
            f"{anew / ours:.1f}",
        )
    console.print(table)
    cleanup_work.show(console)


if __name__ == "__main__":
    show(console())
