"""A job concludes nothing from a neighbour that was not read or whose tags are unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from ebbtide.base.clock import to_text
from ebbtide.config import parse_config
from ebbtide.graph.manifest import AccountEntry, Manifest
from ebbtide.language import parse_search
from ebbtide.matching.choosing import cleaned, protected
from ebbtide.matching.matches import Matches, matches_of
from ebbtide.model.inventory import Inventory
from ebbtide.model.resource import Edge, Resource
from ebbtide.plan import Plan, make_plan
from ebbtide.search import Snapshot
from ebbtide.verdict.gaps import SnapshotGaps
from ebbtide.verdict.marks import CleanMarks, Marks
from tests.support.builders import (
    ACCOUNT,
    NOW,
    REGION,
    allowing_guardrails,
    days_ago,
    default_edge,
    full_coverage,
    ids,
    instance,
    resource,
    volume,
    without_members,
)
from tests.support.effort import sampled

ENTRY = AccountEntry(
    ACCOUNT, "a", "run", "r", "e", "c", "v", regions=(REGION,), enabled_regions=(REGION,)
)
MANIFEST = Manifest("run", to_text(NOW), None, (ENTRY,))
LIMITS = "cleanup: {limits: {percent_of_account: 100}}"
INSTANCE = "aws_ec2_instance"


@dataclass(frozen=True)
class Store:
    """A snapshot in memory."""

    resources: Iterable[Resource]
    edges: Iterable[Edge]

    def read_lines(self, key: str, wanted: Any = None) -> Iterator[dict[str, Any]]:
        del wanted
        for line in self.resources if key == "r" else self.edges:
            yield line.to_line()


@dataclass(frozen=True)
class Account:
    """An alarm, its instance (None if unread), and the VPC above the instance."""

    alarm: Resource
    machine: Resource | None
    gaps: Mapping[str, str]

    @property
    def resources(self) -> list[Resource]:
        above = resource("aws_vpc", "v1", tags={"owner": "x"})
        return [self.alarm, above, *([self.machine] if self.machine else [])]

    @property
    def edges(self) -> list[Edge]:
        if self.machine is None:
            return []
        return [
            default_edge(self.machine, self.alarm),
            default_edge(self.resources[1], self.machine),
        ]

    @property
    def inventory(self) -> Inventory:
        unknown = self.machine is not None and self.machine.tags is None
        coverage = [
            replace(entry, unknown_tags=1) if unknown and entry.kind == INSTANCE else entry
            for entry in full_coverage(gaps=self.gaps)
        ]
        return Inventory(
            ACCOUNT,
            self.resources,
            self.edges,
            coverage,
            enabled_regions=(REGION,),
            stacks=without_members(self.resources),
        )

    def search(self, text: str) -> Matches:
        """Return what the search of a job finds, and what it may find."""
        store: Any = Store(self.resources, self.edges)
        gaps = SnapshotGaps(MANIFEST, lambda _: self.inventory.coverage.values())
        snapshot = Snapshot(store, MANIFEST, gaps=gaps)
        return matches_of(parse_search(text, {}, NOW), snapshot, NOW, "m")

    def plan(self, marks: Marks, rules: str = "") -> Plan:
        config = allowing_guardrails(parse_config(rules + LIMITS))
        return make_plan(self.inventory, config, run_id="r", manifest="m", now=NOW, marks=marks)

    def cleaned_by(self, text: str) -> set[str]:
        """Return the ids that a cleaning job with this search would delete."""
        return ids(self.plan(self.marked(text)).planned)

    def marked(self, text: str) -> Marks:
        """Return the marks of a cleaning job with this search."""
        matches = self.search(text)
        names, doubts = (of_account.get(ACCOUNT, {}) for of_account in cleaned(matches))
        mark = CleanMarks(
            "job", "post_collect", "why", text, "m", matches.negates, tuple(names), dict(doubts)
        )
        return Marks((mark,))

    def expired_but_kept_by(self, text: str) -> set[str]:
        """Return the ids that rule `expired` plans while a job protects the results of a search."""
        names, _ = protected(self.search(text))
        marks = Marks((), dict.fromkeys(names.get(ACCOUNT, ()), "job keep"), "")
        return ids(self.plan(marks, "rules: {expired: {enabled: true}}\n").planned)


FORMS = {
    "navigation": "is(aws_ec2_instance) and {c} --> is(aws_cloudwatch_alarm)",
    "any": "is(aws_cloudwatch_alarm) with(any, <-- is(aws_ec2_instance) and {c})",
    "count": "is(aws_cloudwatch_alarm) with(count>0, <-- is(aws_ec2_instance) and {c})",
    "nested": "is(aws_cloudwatch_alarm) with(any, <-- is(aws_ec2_instance) and {c}"
    " with(any, <-- is(aws_vpc)))",
    "merge": "is(aws_cloudwatch_alarm) {{i: <-- is(aws_ec2_instance)}} /i.reported.{c}",
    "ancestors": "is(aws_cloudwatch_alarm) and /ancestors.aws_ec2_instance.reported.{c}",
    "two steps": "is(aws_vpc) --> is(aws_ec2_instance) and {c} --> is(aws_cloudwatch_alarm)",
}
STALE = {
    "state": ('instance_status == "stopped"', {"status": "stopped"}, "denied"),
    "tag": ('tags.env == "dev"', {"tags": {"env": "dev"}}, "throttled"),
}
UNKNOWN_TAGS = {
    "null": "tags.owner == null",
    "other": 'tags.env != "prod"',
    "not": 'not tags.env == "prod"',
    "not in": 'tags.env not in ["prod","stage"]',
    "no match": 'tags.env !~ "prod"',
}


def alarm(**rest: Any) -> Resource:
    return resource("aws_cloudwatch_alarm", "a1", **rest)


STALE_CELLS = [(form, condition) for form in FORMS for condition in STALE]


@pytest.mark.parametrize(("form", "condition"), STALE_CELLS)
def test_a_neighbour_that_was_not_read_again_selects_nothing(form: str, condition: str) -> None:
    text, known, gap = STALE[condition]
    machine = instance("i1", stale_since=days_ago(5), **known)  # type: ignore[arg-type]
    account = Account(alarm(), machine, {INSTANCE: gap})
    assert account.cleaned_by(FORMS[form].format(c=text)) == set()


@pytest.mark.parametrize(("form", "condition"), STALE_CELLS)
def test_a_neighbour_that_was_read_selects(form: str, condition: str) -> None:
    """Otherwise the cells of stale neighbours would prove nothing."""
    text, known, _ = STALE[condition]
    account = Account(alarm(), instance("i1", **known), {})  # type: ignore[arg-type]
    assert account.cleaned_by(FORMS[form].format(c=text)) == {"a1"}


# `not` requires a term, and a path below a merge or ancestors is not a term.
UNKNOWN_CELLS = [
    (form, condition)
    for form in FORMS
    for condition in UNKNOWN_TAGS
    if condition != "not" or form not in ("merge", "ancestors")
]


@pytest.mark.parametrize(("form", "condition"), UNKNOWN_CELLS)
def test_a_neighbour_whose_tags_are_unknown_selects_nothing(form: str, condition: str) -> None:
    account = Account(alarm(), instance("i1", unknown_tags=True), {})
    text = FORMS[form].format(c=UNKNOWN_TAGS[condition])
    assert account.cleaned_by(text) == set()


ABSENCE = {
    "empty": "is(aws_cloudwatch_alarm) with(empty, <-- is(aws_ec2_instance))",
    "count 0": "is(aws_cloudwatch_alarm) with(count==0, <-- is(aws_ec2_instance))",
    "count below 1": "is(aws_cloudwatch_alarm) with(count<1, <-- is(aws_ec2_instance)"
    ' and instance_status == "running")',
    "merge null": "is(aws_cloudwatch_alarm) {i: <-- is(aws_ec2_instance)} /i == null",
    "ancestor null": "is(aws_cloudwatch_alarm) and /ancestors.aws_ec2_instance.reported.id == null",
    "limit": "is(aws_ec2_instance, aws_cloudwatch_alarm) sort kind desc limit 1",
}
GAPS = ("denied", "throttled", "failed", "timed_out", "suspect", "skipped")


@pytest.mark.parametrize("gap", GAPS)
@pytest.mark.parametrize("form", ABSENCE)
def test_a_neighbour_that_could_not_be_looked_for_is_not_absent(form: str, gap: str) -> None:
    assert Account(alarm(), None, {INSTANCE: gap}).cleaned_by(ABSENCE[form]) == set()


SEEN_BADLY: Mapping[str, tuple[Resource | None, Mapping[str, str]]] = {
    "denied": (None, {INSTANCE: "denied"}),
    "tags unknown": (instance("i1", unknown_tags=True), {}),
    "stale": (instance("i1", stale_since=days_ago(5)), {INSTANCE: "throttled"}),
}


@pytest.mark.parametrize("seen", SEEN_BADLY)
@pytest.mark.parametrize("form", FORMS)
def test_a_protecting_job_that_could_not_see_protects_all_it_may_mean(form: str, seen: str) -> None:
    machine, gaps = SEEN_BADLY[seen]
    expired = alarm(tags={"ebbtide:expires": "2020-01-01"})
    text = FORMS[form].format(c='tags.env == "prod"')
    assert Account(expired, machine, gaps).expired_but_kept_by(text) == set()


@pytest.mark.parametrize("form", FORMS)
def test_a_protecting_job_that_saw_protects_only_what_it_found(form: str) -> None:
    expired = alarm(tags={"ebbtide:expires": "2020-01-01"})
    text = FORMS[form].format(c='tags.env == "prod"')
    prod = Account(expired, instance("i1", tags={"env": "prod"}), {})
    assert prod.expired_but_kept_by(text) == set()
    dev = Account(expired, instance("i1", tags={"env": "dev"}), {})
    assert dev.expired_but_kept_by(text) == {"a1"}


@pytest.mark.parametrize(
    "written",
    [
        "2026-12-31",
        "01.12.2031",
        "12/31/2030",
        "1 year after the audit",
        "",
    ],
)
def test_a_tag_that_is_no_moment_is_before_no_date(written: str) -> None:
    found = Account(volume("vol-1", tags={"delete_after": written}), None, {})
    text = 'is(aws_ec2_volume) and tags.delete_after < "2026-11-27"'
    assert found.cleaned_by(text) == set()


def test_a_tag_of_an_earlier_moment_is_before_a_date() -> None:
    found = Account(volume("vol-1", tags={"delete_after": "2026-11-01"}), None, {})
    text = 'is(aws_ec2_volume) and tags.delete_after < "2026-11-27"'
    assert found.cleaned_by(text) == {"vol-1"}


# --- every form with every fault, for jobs that clean and jobs that protect ---

MORE_FORMS = {
    **FORMS,
    "descendants": "is(aws_vpc) and /descendants.aws_ec2_instance.reported.{c}"
    " --> is(aws_ec2_instance) --> is(aws_cloudwatch_alarm)",
    "any depth": "is(aws_ec2_instance) and {c} -[1:]-> is(aws_cloudwatch_alarm)",
    "merge of many": "is(aws_cloudwatch_alarm) {{i[]: <-- is(aws_ec2_instance)}}"
    " /i[*].reported.{c}",
    "denied with": "is(aws_cloudwatch_alarm) with(count != 0, <-- is(aws_ec2_instance) and {c})",
    "limited": "is(aws_ec2_instance) and {c} sort id limit 1 --> is(aws_cloudwatch_alarm)",
}
NOT_A_TERM = ("merge", "ancestors", "descendants", "merge of many")
PARTLY = {"describe_instance_attribute": "AccessDenied"}


def machines() -> Iterator[tuple[str, str, Resource | None, Mapping[str, str]]]:
    """Yield what may be known of the instance, with a condition that it fulfils as far as known."""
    for name, (condition, known, gap) in STALE.items():
        stale = instance("i1", stale_since=days_ago(5), **known)  # type: ignore[arg-type]
        yield f"stale {name}", condition, stale, {INSTANCE: gap}
        partly = instance("i1", unread=PARTLY, **known)  # type: ignore[arg-type]
        yield f"partly read {name}", condition, partly, {}
    for name, condition in UNKNOWN_TAGS.items():
        yield f"unknown tags, {name}", condition, instance("i1", unknown_tags=True), {}
    for value in ("01.12.2031", "", "soon"):
        odd = instance("i1", tags={"until": value})
        for operator in ("<", "<=", ">", ">="):
            yield f"{value!r} {operator}", f'tags.until {operator} "2026-11-27"', odd, {}
            yield f"not {value!r} {operator}", f'not tags.until {operator} "2026-11-27"', odd, {}
    for gap in GAPS:
        yield f"unseen: {gap}", 'tags.env == "prod"', None, {INSTANCE: gap}


type Cell = tuple[str, str, str, Resource | None, Mapping[str, str]]


def searches() -> Iterator[Cell]:
    """Yield every form with every fault: the form, the fault, the search, and what is known."""
    for form, pattern in MORE_FORMS.items():
        for fault, condition, machine, gaps in machines():
            if not (condition.startswith("not ") and form in NOT_A_TERM):
                yield form, fault, pattern.format(c=condition), machine, gaps


@pytest.mark.scaled
@pytest.mark.parametrize("job", ["clean", "protect"])
def test_no_search_selects_or_spares_what_it_cannot_know(
    job: str, record_property: Callable[[str, object], None]
) -> None:
    expired = alarm(tags={"ebbtide:expires": "2020-01-01"})
    every = list(searches())
    tried = sampled(every, 3)
    # The sample leaves out no form and no fault.
    assert {cell[0] for cell in tried} == MORE_FORMS.keys()
    assert {cell[1] for cell in tried} == {fault for fault, *_ in machines()}
    cells = {}
    for form, fault, text, machine, gaps in tried:
        if job == "clean":
            unsafe = Account(alarm(), machine, gaps).cleaned_by(text)
        else:
            unsafe = Account(expired, machine, gaps).expired_but_kept_by(text)
        cells[form, fault] = unsafe
    record_property("cells", len(cells))
    assert len(every) > 300 and len(cells) == len(tried)
    assert [cell for cell, unsafe in cells.items() if unsafe] == []


def test_what_a_search_may_mean_is_told_with_the_reason() -> None:
    account = Account(alarm(), instance("i1", unknown_tags=True), {})
    text = FORMS["any"].format(c="tags.owner == null")
    assert account.cleaned_by(text) == set()
    plan = account.plan(account.marked(text))
    (entry,) = plan.undecided
    assert (entry.subject.id, entry.code) == ("a1", "evidence_missing")
    assert "it is unknown whether it is to be cleaned up" in entry.reason
    own = Account(volume("vol-1", unknown_tags=True), None, {})
    (doubt,) = own.search("is(aws_ec2_volume) and tags.owner == null").doubts
    assert doubt.why == "its tags could not be read"
