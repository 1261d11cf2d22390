"""Reads kinds from given answers with the collector's own reader, and plans their cleanup."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import botocore.client

from ebbtide.aws.account import AccountSession
from ebbtide.base.clock import to_text
from ebbtide.base.json_lines import LineWriter, read_lines
from ebbtide.collect.sinks import Output
from ebbtide.collect.slice_reader import SliceReader
from ebbtide.collect.to_resource import Place
from ebbtide.graph.edges import Identities, owner_edges, resolve
from ebbtide.kinds import registry
from ebbtide.model.resource import GLOBAL, Reference, Resource
from ebbtide.plan import Plan
from tests.support.builders import ACCOUNT, NOW, REGION, days_ago, inventory, planned
from tests.support.unhurried import unhurried_session

EXPIRED = "rules: {expired: {enabled: true}}"
# A tag that the rule `expired` treats as expired.
OLD = {"expiration": "1d"}

type Document = dict[str, Any]
# "sqs.ListQueues" -> the answer, or a function of the arguments that returns it.
type Answers = Mapping[str, Document | Callable[[Document], Document]]


@dataclass(frozen=True)
class Reading:
    """The resources and references read in one account."""

    resources: tuple[Resource, ...] = ()
    references: tuple[Reference, ...] = ()

    def __add__(self, other: Reading) -> Reading:
        return Reading(self.resources + other.resources, self.references + other.references)


def read(kinds: Iterable[str], answers: Answers, region: str = REGION) -> Reading:
    """Read kinds of one slice; calls without a given answer get an empty one.

    Name a parent before the kinds listed below it. Raises AssertionError if coverage is incomplete.
    """

    def call(client: Any, operation: str, arguments: Document) -> Document:
        found = answers.get(f"{client.meta.service_model.service_name}.{operation}", {})
        answer = found(arguments) if callable(found) else copy.deepcopy(found)
        return {**answer, "ResponseMetadata": {"RequestId": "1", "HTTPStatusCode": 200}}

    chosen = [registry()[name] for name in kinds]
    with (
        patch.object(botocore.client.BaseClient, "_make_api_call", call),
        patch.object(AccountSession, "reaches", lambda *_: True),
        ThreadPoolExecutor(2) as pool,
        LineWriter() as resources,
        LineWriter() as references,
    ):
        output, place = Output(resources, references), Place(ACCOUNT, region, "aws")
        reader = SliceReader(unhurried_session(ACCOUNT), place, pool, output, chosen, lambda: None)
        for group in reader.groups():
            reader.read(group)
        errors = {kind.name: reader.coverage(kind).error for kind in chosen}
        assert not any(errors.values()), errors
        lines = list(read_lines(resources.finished()))
        found = tuple(map(Reference.from_line, read_lines(references.finished())))
    return Reading(tuple(map(_known_for_long, lines)), found)


def read_global(kinds: Iterable[str], answers: Answers) -> Reading:
    """Read kinds of the global slice."""
    return read(kinds, answers, GLOBAL)


def _known_for_long(line: Document) -> Resource:
    seen = {"first_seen": days_ago(100), "updated": days_ago(100), "last_seen": NOW}
    return Resource.from_line({**line, **{name: to_text(time) for name, time in seen.items()}})


def plan_of(reading: Reading, *others: Resource, config: str = EXPIRED) -> Plan:
    """Plan with the read and the other resources; all other kinds count as read and empty."""
    resources = (*reading.resources, *others)
    lines = {one.graph_id: one.to_line() for one in resources}
    identities = Identities(lines.values())
    edges, _ = resolve(reading.references, lines, identities)
    edges |= set(owner_edges(lines.values(), identities))
    # Resolving adds to the lines what remains unknown.
    return planned(inventory(map(Resource.from_line, lines.values()), edges), config)
