"""What a run decided about resources and did to them: entries of its plans, with their endings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from sys import intern
from typing import Any, NamedTuple, Self

from ebbtide.model.resource import Subject
from ebbtide.plan.approvals import owner_of
from ebbtide.report.deletions import ENDINGS, cleaned_accounts, ledger
from ebbtide.report.money import Sum, Table, monthly_in
from ebbtide.store.formats import PLAN_FORMAT, require_format
from ebbtide.store.keys import RunKeys
from ebbtide.store.readable import Readable

type Record = Mapping[str, Any]

# The lists of a plan, as important as people find them: a long report drops the last ones first.
# What an earlier run planned and began to delete is in none of this run's plans, nor in their sums.
CARRIED_OVER = "carried_over"
LISTS = ("planned", CARRIED_OVER, "reported", "undecided", "refused")


@dataclass(frozen=True, slots=True)
class Ending:
    """How the cleanup of a resource ended in the run, or that it is pending."""

    graph_id: str
    ending: str
    reason: str
    monthly: float | None
    rules: tuple[str, ...] = ()
    because: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """An entry of a plan as the report shows it.

    `section` is the list of the plan that it is in. `owner` is its own, or that of what it goes
    with or is a part of. `reason` is why a planned resource is selected, or why another one stays;
    `selected_because` why the latter was selected. `held` says why it needs an approval that it
    lacks.
    """

    subject: Subject
    section: str
    rules: tuple[str, ...]
    reason: str
    selected_because: str = ""
    code: str = ""
    evidence: tuple[str, ...] = ()
    wave: int | None = None
    after: tuple[str, ...] = ()
    held: str = ""
    approved: bool = False
    monthly: float | None = None
    owner: str = ""
    ending: Ending | None = None

    @classmethod
    def planned(cls, entry: Record, name: str, owner: str) -> Self:
        """Read an entry of `planned` or `reported`."""
        return cls(
            Subject(**entry["subject"]),
            name,
            tuple(entry["rules"]),
            entry.get("stays") or entry["reason"],
            selected_because=entry["reason"] if entry.get("stays") else "",
            # Entries share most of these texts.
            evidence=tuple(map(intern, entry["evidence"])),
            wave=entry["wave"],
            after=tuple(entry["after"]),
            held=entry.get("held", ""),
            approved=bool(entry.get("approvals")),
            monthly=monthly_in(entry),
            owner=owner,
        )

    @classmethod
    def staying(cls, entry: Record, name: str) -> Self:
        """Read an entry of `refused` or `undecided`."""
        return cls(
            Subject(**entry["subject"]),
            name,
            tuple(entry["rules"]),
            entry["reason"],
            selected_because=entry["selected_because"],
            code=entry["code"],
            monthly=monthly_in(entry),
        )

    @classmethod
    def carried_over(cls, ending: Ending) -> Self:
        """Make an entry of what an earlier run began to delete, and this one came back to."""
        account, region, kind, id = ending.graph_id.split("/", 3)
        subject = Subject(ending.graph_id, kind, id, id, account, region, None)
        return cls(
            subject,
            CARRIED_OVER,
            ending.rules,
            ending.because,
            monthly=ending.monthly,
            ending=ending,
        )

    def document(self, index: Mapping[str, int], evidence: int) -> dict[str, Any]:
        """Return the entry for the report, with at most `evidence` texts of its evidence.

        `index` has the places of the resources.
        """
        ending = self.ending
        return {
            "resource": index[self.subject.graph_id],
            "list": self.section,
            "rules": list(self.rules),
            "reason": self.reason,
            "selected_because": self.selected_because,
            "code": self.code,
            "evidence": _shortened(self.evidence, evidence),
            "wave": self.wave,
            "after": [index[name] for name in self.after if name in index],
            "held": self.held,
            "approved": self.approved,
            "ending": None if ending is None else ending.ending,
            "ending_reason": None if ending is None else ending.reason,
            "monthly": self.monthly,
        }


def _shortened(texts: tuple[str, ...], most: int) -> list[str]:
    more = len(texts) - most
    return [*texts[:most], f"and {more} more"] if more > 0 else list(texts)


def endings_of(store: Readable, run_id: str) -> dict[str, Ending]:
    """Return how each resource ended in a run, by graph id; the last entry of a ledger counts."""
    found: dict[str, Ending] = {}
    for account in cleaned_accounts(store, run_id):
        for entry in ledger(store, run_id, account):
            if entry["event"] in ENDINGS or entry["event"] == "pending":
                found[entry["graph_id"]] = _ending(entry)
    return found


def _ending(entry: Record) -> Ending:
    return Ending(
        entry["graph_id"],
        entry["event"],
        entry.get("reason", ""),
        monthly_in(entry),
        tuple(entry["rules"]),
        entry["selected_because"],
    )


def decided_in(
    store: Readable, run_id: str, accounts: Iterable[str], tag: str
) -> Iterator[Decided]:
    """Yield the entries of the plans of a run, account by account. Raises FormatError.

    `tag` names the owners of resources.
    """
    for account in accounts:
        plan = store.find_json(RunKeys(run_id).plan(account))
        if plan is None:
            continue
        require_format(plan, PLAN_FORMAT, "plan")
        for name in ("planned", "reported"):
            entries: Any = {
                one["subject"]["graph_id"]: _Belonging.of(one) for one in plan.get(name, ())
            }
            for one in plan.get(name, ()):
                owner = owner_of(one["subject"]["graph_id"], entries, tag) or ""
                yield Decided.planned(one, name, owner)
        for name in ("undecided", "refused"):
            yield from (Decided.staying(entry, name) for entry in plan.get(name, ()))


class _Belonging(NamedTuple):
    """What of an entry says whose it is."""

    tags: Mapping[str, str]
    goes_with: str | None
    part_of: str | None

    @classmethod
    def of(cls, entry: Record) -> Self:
        return cls(entry.get("tags", {}), entry.get("goes_with"), entry.get("part_of"))


# A planned resource has up to fifty texts of evidence; a long plan shows the first ones of each.
_EVIDENCE, _OF_LONG_PLANS, _LONG = 100, 10, 5_000


@dataclass(slots=True)
class Decisions:
    """The entries that the report shows, limited in number, and the sums over all of them.

    `counts` has the length of each list.
    """

    entries: list[Decided]
    counts: dict[str, int]
    planned: Sum
    by_rule: Table
    realised: Sum
    # Graph id -> owner, of what is planned.
    owners: dict[str, str]

    @classmethod
    def of(cls, found: Iterable[Decided], endings: Mapping[str, Ending], most: int) -> Self:
        """Collect entries, with how they ended; beyond `most`, the least important are left out."""
        kept: dict[str, list[Decided]] = {name: [] for name in LISTS}
        counts = dict.fromkeys(LISTS, 0)
        planned, by_rule = Sum(), Table()
        seen, owners = set[str](), dict[str, str]()
        for one in found:
            counts[one.section] += 1
            name = one.subject.graph_id
            if one.owner:
                owners[name] = one.owner
            if one.section == "planned":
                seen.add(name)
                planned.add(one.monthly)
                by_rule.add(one.rules[0] if one.rules else "", one.monthly)
                one = replace(one, ending=endings.get(name))
            if len(kept[one.section]) < most:
                kept[one.section].append(one)
        before = [Decided.carried_over(one) for name, one in endings.items() if name not in seen]
        kept[CARRIED_OVER] = before
        counts[CARRIED_OVER] = len(before)
        entries = [entry for name in LISTS for entry in kept[name]][:most]
        return cls(entries, counts, planned, by_rule, _realised(endings), owners)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def documents(self, index: Mapping[str, int]) -> list[dict[str, Any]]:
        """Return the entries for the report; `index` has the places of the resources."""
        evidence = _OF_LONG_PLANS if len(self.entries) > _LONG else _EVIDENCE
        return [entry.document(index, evidence) for entry in self.entries]


def _realised(endings: Mapping[str, Ending]) -> Sum:
    found = Sum()
    for one in endings.values():
        if one.ending == "gone":
            found.add(one.monthly)
    return found
