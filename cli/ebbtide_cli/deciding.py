"""Approve or reject a plan: choose what of it, show it, ask, and store the decision."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import typer

from ebbtide.base.clock import from_text, now, to_text
from ebbtide.base.durations import describe, moment_of, parse_duration
from ebbtide.base.errors import MissingError, PlanError
from ebbtide.config import Config
from ebbtide.plan.approvals import LONGEST, Decision, entries_of, owner_of
from ebbtide.plan.approved import find_decisions, needs_approvals, takes_rejections
from ebbtide.plan.model import Planned
from ebbtide.plan.sealed import SealedPlans, read_sealed
from ebbtide.store.bucket import Bucket, StoredText
from ebbtide.store.keys import CURRENT, RunKeys
from ebbtide.store.later_runs import later_runs
from ebbtide.store.readable import Readable
from ebbtide_cli.accounts import ids_of
from ebbtide_cli.configuration import read_config
from ebbtide_cli.errors import SourceError, UsageError
from ebbtide_cli.formats import DOCUMENTS, usual_format
from ebbtide_cli.output import inform, say, warn
from ebbtide_cli.results import write_records
from ebbtide_cli.sources import Source

LATEST = "latest"
# What `ebbtide` writes when the person says no.
DECLINED = 1
# How many accounts and owners a message names.
NAMED = 10
_COLUMNS = ["kind", "id", "account", "region", "owner", "rules", "reason"]
_DONE = {"approve": "Approved", "reject": "Rejected"}

type Verdict = Literal["approve", "reject"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the options name."""

    run: str
    all: bool
    accounts: Sequence[str]
    owners: Sequence[str]
    owner_tag: str | None
    excepted: Sequence[str]
    until: str
    note: str


def decide(
    source: Source, verdict: Verdict, asked: Asked, format: str | None, *, yes: bool
) -> None:
    """Show what a decision covers, ask, and store it below the caller's own user id.

    Raises UsageError if nothing of the plan is held or chosen, SourceError if it was altered.
    """
    bucket = source.open_bucket(f"{verdict} a plan")
    config = read_config(bucket)
    _require_effect(config, verdict)
    tag = asked.owner_tag or config.owners.tag
    held = _plan_of(bucket, asked.run)
    if verdict == "approve":
        _require_held(held)
        held = held._replace(plans=[plan for plan in held.plans if plan.planned])
    moment = now()
    until = _until(asked.until, moment, from_text(held.summary["created"]))
    caller = source.caller()
    decision = Decision(
        verdict=verdict,
        user=caller.user,
        by=caller.arn,
        run_id=held.run_id,
        hash=held.summary["hash"],
        accounts=_accounts(bucket, held, asked, verdict, tag),
        owners=tuple(asked.owners) or None,
        owner_tag=tag,
        excepted=_excepted(held, asked.excepted, verdict),
        made=moment.replace(microsecond=0),
        until=until,
        note=asked.note,
    )
    count = _show(held, decision, format or usual_format(), _names_at(bucket, held))
    _tell_rejections(bucket, held, decision, moment)
    _confirm(f"{verdict.capitalize()} {_resources(count)} until {to_text(until)}?", yes=yes)
    _store(bucket, decision)
    say(
        f"{_DONE[verdict]} {_resources(count)} of run {held.run_id} until {to_text(until)}, "
        f"as {caller.user}."
    )
    if verdict == "approve":
        inform("The next run deletes what it plans again for the same reason.")


def _require_effect(config: Config, verdict: Verdict) -> None:
    counts = needs_approvals if verdict == "approve" else takes_rejections
    if not counts(config):
        raise UsageError(
            "cleanup.approval is never, so no approval or rejection counts; set it to "
            "beyond_limits or always in the configuration"
        )


def latest_plan(store: Readable) -> str:
    """Return the run that made the latest plan. Raises SourceError if there is none."""
    current = store.find_json(CURRENT)
    run_id = None if current is None else current["run_id"]
    for name in [] if run_id is None else [*reversed(later_runs(store, run_id)), run_id]:
        if store.find_json(RunKeys(name).plan_summary) is not None:
            return str(name)
    raise SourceError(f"no plan found in {store.name}; start a run that plans, and wait for it")


def _plan_of(store: Readable, run: str) -> SealedPlans:
    run_id = latest_plan(store) if run == LATEST else run
    try:
        return read_sealed(store, run_id)
    except MissingError as error:
        raise UsageError(str(error)) from error
    except PlanError as error:
        raise SourceError(str(error)) from error


def _require_held(held: SealedPlans) -> None:
    if not (held.summary["held"] or held.summary.get("held_resources")):
        raise UsageError(
            f"nothing of the plan of run {held.run_id} is held by a limit or for lack of an "
            "approval, so there is nothing to approve"
        )


def _until(text: str, moment: datetime, made: datetime) -> datetime:
    """Return when the decision ends. The default ends earlier for an old plan."""
    last = made + LONGEST
    if last <= moment:
        raise UsageError(
            f"the plan was made {describe(moment - made)} ago, and decisions about it end "
            f"{LONGEST.days} days after it; start another run"
        )
    try:
        end = moment + parse_duration(text)
    except ValueError:
        try:
            end = moment_of(text, moment)
        except ValueError as error:
            raise UsageError(f"--until: {error}") from error
    end = end.replace(microsecond=0)
    if end <= moment:
        raise UsageError(f"--until {text} is over already")
    if end > last:
        if text != "24h":
            raise UsageError(
                f"--until is {to_text(end)}, but decisions about this plan end at {to_text(last)}, "
                f"{LONGEST.days} days after it was made"
            )
        end = last - timedelta(microseconds=last.microsecond)
    return end


def _accounts(
    store: Readable, held: SealedPlans, asked: Asked, verdict: Verdict, owner_tag: str
) -> tuple[str, ...] | None:
    """Return the accounts by id. Raises UsageError unless the options choose something."""
    if not (asked.all or asked.accounts or asked.owners):
        raise UsageError(
            f"say what: --all, --account or --owner. {_overview(held, verdict, owner_tag)}"
        )
    if asked.all and (asked.accounts or asked.owners):
        raise UsageError("--all is mutually exclusive with --account and --owner")
    if not asked.accounts:
        return None
    planned = {plan.account for plan in held.plans}
    names = {**dict.fromkeys(planned, ""), **_names_at(store, held)}
    chosen = ids_of(names, asked.accounts, known_only=False)
    for one in chosen:
        if one not in planned:
            raise UsageError(
                f"run {held.run_id} planned nothing in account {one}, but in "
                f"{', '.join(sorted(planned))}"
            )
    return tuple(sorted(chosen))


def _names_at(store: Readable, held: SealedPlans) -> dict[str, str]:
    """Return the names of accounts in the snapshot of the plans."""
    manifest = store.find_json(held.plans[0].manifest) if held.plans else None
    return {entry["account"]: entry["name"] for entry in (manifest or {}).get("accounts", ())}


def _overview(held: SealedPlans, verdict: Verdict, owner_tag: str) -> str:
    accounts = Counter({plan.account: len(entries_of(plan, verdict)) for plan in held.plans})
    owners = Counter(
        owner_of(entry.subject.graph_id, entries, owner_tag) or "none"
        for plan in held.plans
        for entries in [{one.subject.graph_id: one for one in entries_of(plan, verdict)}]
        for entry in entries.values()
    )
    return f"Accounts: {_most(accounts)}; owners: {_most(owners)}"


def _most(counts: Counter[str]) -> str:
    """Return the largest counts in words."""
    named = [f"{name} ({count})" for name, count in counts.most_common(NAMED)]
    return ", ".join([*named, *(["and others"] if len(counts) > NAMED else [])])


def _excepted(held: SealedPlans, ids: Sequence[str], verdict: Verdict) -> tuple[str, ...]:
    """Return graph ids. Raises UsageError for an id that the plan lacks, or has twice."""
    found: list[str] = []
    for one in ids:
        names = [
            entry.subject.graph_id
            for plan in held.plans
            for entry in entries_of(plan, verdict)
            if one in (entry.subject.graph_id, entry.subject.id, entry.subject.arn)
        ]
        if not names:
            raise UsageError(f"--except {one}: the plan of run {held.run_id} does not have it")
        if len(names) > 1:
            raise UsageError(f"--except {one} could be {' or '.join(names)}; give one of these")
        found += names
    return tuple(sorted(set(found)))


def _show(held: SealedPlans, decision: Decision, format: str, accounts: Mapping[str, str]) -> int:
    """Write what the decision covers; return how many resources that are.

    Formats for people have the names of accounts.
    """
    shown = {} if format in DOCUMENTS else accounts
    rows: list[list[Any]] = []
    for plan in held.plans:
        entries = {one.subject.graph_id: one for one in entries_of(plan, decision.verdict)}
        names = decision.covered(plan)
        rows += [
            _row(entry, owner_of(entry.subject.graph_id, entries, decision.owner_tag), shown)
            for entry in entries.values()
            if entry.subject.graph_id in names
        ]
    if not rows:
        raise UsageError(
            f"nothing of the plan of run {held.run_id} is chosen by these options. "
            f"{_overview(held, decision.verdict, decision.owner_tag)}"
        )
    write_records(format, _COLUMNS, rows)
    return len(rows)


def _row(entry: Planned, owner: str | None, names: Mapping[str, str]) -> list[Any]:
    subject = entry.subject
    account = names.get(subject.account) or subject.account
    place = [subject.kind, subject.id, account, subject.region]
    return [*place, owner, ", ".join(entry.rules), entry.reason]


def _tell_rejections(
    bucket: Bucket, held: SealedPlans, decision: Decision, moment: datetime
) -> None:
    """Warn if somebody has rejected some of what is about to be approved."""
    if decision.verdict != "approve":
        return
    names = {name for plan in held.plans for name in decision.covered(plan)}
    for found in find_decisions(bucket, moment):
        other = found.decision
        if found.standing == "valid" and other is not None and other.verdict == "reject":
            plans = _plan_of(bucket, other.run_id).plans
            both = names & {name for plan in plans for name in other.covered(plan)}
            if both:
                warn(f"{len(both)} of these were {other.words}; a rejection wins")


def _confirm(question: str, *, yes: bool) -> None:
    if yes:
        return
    if not _asks():
        raise UsageError("give --yes to decide without being asked")
    if not typer.confirm(question, err=True):
        say("Nothing was decided.")
        raise typer.Exit(DECLINED)


def _asks() -> bool:
    """Return whether somebody can answer."""
    return sys.stdin.isatty()


def _store(bucket: Bucket, decision: Decision) -> None:
    from botocore.exceptions import ClientError

    try:
        bucket.replace_text(decision.key, decision.text, StoredText("", None), "application/json")
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "AccessDenied":
            raise
        raise SourceError(
            f"{decision.user} may not decide about plans: this needs the policy of the stack's "
            "output ApproverPolicyArn (docs/permissions.md)"
        ) from error


def _resources(count: int) -> str:
    return f"{count} resource{'' if count == 1 else 's'}"
