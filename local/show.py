"""The tables of the demonstration: the snapshot, the plan, the ledger and the look-alikes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ebbtide.base.clock import from_text
from ebbtide.graph.manifest import read_coverage
from ebbtide.plan.model import Plan, Planned, Rejected
from ebbtide.report.gaps import unread
from ebbtide.report.words import counted, kind_text
from ebbtide_cli.plan_tables import bare_table, brief_plan, enumerated
from local.access import access_file
from local.estate import Estate, Key
from local.session import Record, Run, Session

METRICS = (
    "ResourcesFound",
    "ResourcesPlanned",
    "ResourcesUndecided",
    "ResourcesCleaned",
    "DeletesFailed",
)
Names = Mapping[str, str]


def key_of(entry: Planned | Rejected) -> Key:
    """Return the estate's key for the resource of a plan entry."""
    subject = entry.subject
    return subject.account, subject.region, subject.kind, subject.id


def snapshot(console: Console, session: Session, run: Run) -> None:
    """Show the counts of each account, and what could not be read and why."""
    table = bare_table("\nWhat was read", "account", "resources", "relations", "could not be read")
    for entry in session.manifest(run).accounts:
        found = str(sum(entry.counts.values())), str(entry.edge_count)
        gaps = unread(read_coverage(session.bucket, entry))
        table.add_row(entry.name, *found, gaps or "[dim]nothing[/]")
    console.print(table)


def plan(console: Console, plans: Sequence[Plan], names: Names) -> None:
    """Show the plan as `ebbtide plan show --brief` does."""
    brief_plan(console, [entry for one in plans for entry in one.planned], names)


def undecided(
    console: Console, plans: Sequence[Plan], estate: Estate, names: Names, denied: str
) -> None:
    """Show the resources left undecided for lack of evidence, split by whether they are in use."""
    everything = [entry for one in plans for entry in one.undecided]
    # What an alarm names counts as absent once two snapshots lack it, and this is the first one.
    once = [entry for entry in everything if entry.code == "absence_unconfirmed"]
    entries = [entry for entry in everything if entry not in once]
    accounts = ", ".join(sorted({names[entry.subject.account] for entry in entries}))
    used = [entry for entry in entries if key_of(entry) in estate.keep]
    unused = [entry for entry in entries if key_of(entry) not in estate.keep]
    console.print(
        f"\n[bold]Undecided: {len(entries)} resources in {accounts}, because {denied} is denied."
        "[/]\nA list that was not read is not an empty list: without instances, all of these would "
        "look unused.",
    )
    table = Table(box=None, padding=(0, 1), pad_edge=False, show_header=False)
    table.add_row("in use", enumerated(used))
    table.add_row("unused", enumerated(unused))
    if once:
        table.add_row("too early", f"{enumerated(once)}, until a second snapshot confirms it")
    console.print(table)


def held(console: Console, exceeded: Iterable[str], changes: int, still: int, known: int) -> None:
    """Show why the plan was held, and that nothing was changed."""
    reasons = "; ".join(exceeded)
    console.print(
        f"\n[bold]Held:[/] {reasons}.\n[bold]{changes}[/] of the recorded API calls "
        f"changed anything in the accounts; {still} of {known} resources still exist."
    )


def ledger(console: Console, plans: Sequence[Plan], lines: Sequence[Record], names: Names) -> None:
    """Show the cleanup as its ledger recorded it."""
    kinds = {entry.subject.graph_id: entry.subject.kind for one in plans for entry in one.planned}
    gone = [line for line in lines if line["event"] == "gone"]
    start = min((from_text(line["at"]) for line in lines), default=None)
    moments: dict[tuple[int, str], list[str]] = defaultdict(list)
    for line in sorted(gone, key=lambda line: str(line["at"])):
        assert start is not None
        since = int((from_text(line["at"]) - start).total_seconds())
        moments[since, line["graph_id"].split("/")[0]].append(kinds[line["graph_id"]])
    others = Counter(line["event"] for line in lines if line["event"] in ("failed", "skipped"))
    extra = "".join(f", {count} {event}" for event, count in others.items())
    title = f"\nThe ledger: {len(gone)} resources are confirmed gone{extra}"
    table = bare_table(title, "after", "account", "gone")
    for (since, account), found in sorted(moments.items()):
        table.add_row(f"{since} s", names[account], counted(found))
    console.print(table)


def stayed(
    console: Console, plans: Sequence[Plan], keep: Mapping[Key, str], labels: Names, still: set[Key]
) -> None:
    """Show the look-alikes of waste; every one of them must still exist.

    `keep` maps their keys to the reason why they stay. `labels` maps resource ids and account
    numbers to names.
    """
    verdicts = {
        key_of(entry): verdict
        for one in plans
        for verdict, entry in (
            *((f"refused: {entry.code}", entry) for entry in one.refused),
            *(("undecided", entry) for entry in one.undecided),
        )
    }
    groups: dict[tuple[str, str, str], list[Key]] = defaultdict(list)
    for key, why in keep.items():
        account, _, kind, id = key
        groups[labels[account], f"{kind_text(kind)} {labels.get(id) or id}", why].append(key)
    alive = sum(key in still for key in keep)
    title = f"\nLook-alikes of waste: {alive} of {len(keep)} still exist"
    table = bare_table(title, "account", "resource", "Ebbtide's answer", "the truth")
    for (account, what, why), keys in groups.items():
        answers = sorted({verdicts.get(key, "not selected") for key in keys})
        truth = why if all(key in still for key in keys) else f"[bold red]gone[/], must stay: {why}"
        times = f" x{len(keys)}" if len(keys) > 1 else ""
        table.add_row(account, f"{what}{times}", ", ".join(answers), truth)
    console.print(table)


def heard(console: Console, events: Iterable[Record]) -> None:
    """Show the events that a queue subscribed to the bus received."""
    names = [event["event"] for event in events]
    console.print(
        f"\n[bold]Events:[/] a queue subscribed to the bus received {len(names)} events, from "
        f"{names[0]} to {names[-1]}."
    )


def metrics(console: Console, session: Session, run: Run) -> dict[str, float]:
    """Read the metrics from CloudWatch, as a dashboard would, show and return them."""
    cloudwatch, started = session.client("cloudwatch"), session.started(run)
    values: dict[str, float] = {}
    namespace = session.deployment.outputs["MetricsNamespace"]
    for name in METRICS:
        points = cloudwatch.get_metric_statistics(
            Namespace=namespace,
            MetricName=name,
            StartTime=started - timedelta(seconds=1),
            EndTime=started + timedelta(minutes=5),
            Period=1,
            Statistics=["Maximum"],
        )["Datapoints"]
        if points:
            values[name] = max(points, key=lambda point: point["Timestamp"])["Maximum"]
    shown = ", ".join(f"{name} {round(value, 1):g}" for name, value in values.items())
    console.print(f"[bold]Metrics[/] in CloudWatch, namespace {namespace}: {shown}.")
    return values


def report(console: Console, session: Session, run: Run) -> bool:
    """Copy the report of a run to this machine and say where it is; return whether there is one."""
    if not list(session.bucket.keys(run.keys.report)):
        return False
    path = session.cloud.state_dir / "report.html"
    path.write_text(session.bucket.read_text(run.keys.report), encoding="utf-8")
    here = Path.cwd()
    shown = path.relative_to(here) if path.is_relative_to(here) else path
    console.print(f"[bold]Report[/] of this run, for a browser: {shown}", soft_wrap=True)
    return True


def whereabouts(console: Console, session: Session, run: Run) -> None:
    """Show where the results are, and commands to explore them."""
    bucket = session.deployment.outputs["BucketName"]
    console.rule("Next steps")
    console.print("The emulated cloud is still running. Search it, or use the AWS CLI:")
    for line in (
        f". {access_file(session.cloud)}",
        ".venv/bin/ebbtide search 'is(aws_ec2_volume)'",
        ".venv/bin/ebbtide cleanup log",
        ".venv/bin/ebbtide report open",
        ".venv/bin/ebbtide runs start --workflow collect --watch",
        f"aws s3 ls --recursive s3://{bucket}/runs/{run.run_id}/",
    ):
        console.print(f"  {line}", soft_wrap=True)
    calls = session.cloud.state_dir / "calls.jsonl"
    console.print(f"Every API call of every account is recorded in {calls}.", soft_wrap=True)
