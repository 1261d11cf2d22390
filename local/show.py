"""The tables of the demonstration: what was found, planned, done, announced and measured."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from ebbtide.base.clock import from_text
from ebbtide.model.resource import Subject
from ebbtide.plan.model import Plan, Planned, Rejected
from local.deploy import ACCOUNT, REGION
from local.estate import Estate, Key
from local.session import Record, Run, Session

_KINDS_SHOWN = 12
_PER_RULE = 7
_METRICS = (
    "ResourcesFound",
    "ResourcesPlanned",
    "ResourcesRefused",
    "ResourcesUndecided",
    "ResourcesCleaned",
    "DeletesFailed",
    "CoveragePercent",
    "AccountsCollected",
)


def key_of(entry: Planned | Rejected) -> Key:
    """Return the key by which the estate knows what a plan is about."""
    subject = entry.subject
    return subject.account, subject.region, subject.kind, subject.id


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 1))
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _short(subject: Subject) -> str:
    """Name a resource the way people know it."""
    name = subject.id.rpartition("/")[2] if "://" in subject.id else subject.id
    label = subject.name if subject.name not in ("", subject.id) else ""
    return f"{name} ({label})" if label and label != name and "://" not in label else name


def snapshot(console: Console, session: Session, run: Run) -> None:
    """Resources per account and kind, and how completely the accounts were read."""
    entries = session.manifest(run).accounts
    totals = sum((Counter(entry.counts) for entry in entries), Counter[str]())
    table = _table("\nThe graph", "kind", *(f"{entry.name}\n{entry.account}" for entry in entries))
    for kind, _ in totals.most_common(_KINDS_SHOWN):
        table.add_row(kind, *(str(entry.counts.get(kind, 0)) for entry in entries))
    table.add_row(
        f"[dim]{len(totals) - _KINDS_SHOWN} more kinds[/]",
        *(str(_others(entry.counts, totals)) for entry in entries),
    )
    table.add_section()
    table.add_row("resources", *(str(sum(entry.counts.values())) for entry in entries))
    table.add_row("edges", *(str(entry.edge_count) for entry in entries))
    table.add_row("coverage", *(_coverage(entry.states) for entry in entries))
    console.print(table)


def _others(counts: Any, totals: Counter[str]) -> int:
    shown = {kind for kind, _ in totals.most_common(_KINDS_SHOWN)}
    return sum(count for kind, count in counts.items() if kind not in shown)


def _coverage(states: Any) -> str:
    return ", ".join(f"{count} {state}" for state, count in sorted(states.items()))


def plan(console: Console, plans: list[Plan]) -> None:
    """What is to go and why, by rule."""
    by_rule: dict[str, list[Planned]] = defaultdict(list)
    for entry in (entry for one in plans for entry in one.planned if entry.action == "delete"):
        by_rule[entry.rules[0]].append(entry)
    table = _table("\nThe plan", "rule", "account", "region", "resource", "because")
    for rule, entries in by_rule.items():
        for entry in entries[:_PER_RULE]:
            _plan_row(table, rule, entry)
        if len(entries) > _PER_RULE:
            table.add_row("", "", "", f"[dim]and {len(entries) - _PER_RULE} more[/]", "")
        table.add_section()
    console.print(table)
    with_others = sum(entry.action == "goes_with" for one in plans for entry in one.planned)
    total = sum(len(entries) for entries in by_rule.values())
    console.print(
        f"[bold]{total}[/] resources are planned; AWS deletes {with_others} more with them, "
        "such as the root volumes of instances."
    )


def _plan_row(table: Table, rule: str, entry: Planned) -> None:
    subject = entry.subject
    what = f"{subject.kind} {_short(subject)}"
    table.add_row(rule, subject.account, subject.region, what, entry.reason)


def rejected(console: Console, plans: list[Plan]) -> None:
    """What looks like waste and stays, and why."""
    table = _table("\nSelected, but kept", "outcome", "account", "resource", "because")
    for one in plans:
        for outcome, entries in (("refused", one.refused), ("undecided", one.undecided)):
            for entry in entries:
                what = f"{entry.subject.kind} {_short(entry.subject)}"
                code = f"{outcome}: {entry.code}"
                table.add_row(code, entry.subject.account, what, entry.reason)
    console.print(table)


def waves(console: Console, plans: list[Plan]) -> None:
    """The order: nothing of a wave goes before all it waits for in the waves before it."""
    table = _table("\nThe order", "wave", "what goes")
    by_wave: dict[int, list[str]] = defaultdict(list)
    for entry in (entry for one in plans for entry in one.planned):
        by_wave[entry.wave].append(entry.subject.kind)
    for wave, kinds in sorted(by_wave.items()):
        table.add_row(str(wave), counted(kinds))
    console.print(table)


def counted(kinds: Iterable[str]) -> str:
    """Write kinds with how often each occurs."""
    short = Counter(kind.removeprefix("aws_").removeprefix("ec2_") for kind in kinds)
    return ", ".join(f"{count} {kind}" if count > 1 else kind for kind, count in short.items())


def dry_run(console: Console, changes: int, still: int, created: int) -> None:
    console.print(
        f"\n[bold]Dry run:[/] every decision was made, each resource was verified again, and "
        f"[bold]{changes}[/] calls changed anything in the accounts "
        f"(the emulated cloud records every call). {still} of {created} resources exist."
    )


def ledger(console: Console, plans: list[Plan], lines: list[Record]) -> None:
    """How the cleanup went, from what it wrote down."""
    gone = sorted((line for line in lines if line["event"] == "gone"), key=lambda line: line["at"])
    kinds = {entry.subject.graph_id: entry.subject.kind for one in plans for entry in one.planned}
    moments: dict[tuple[timedelta, str], list[str]] = defaultdict(list)
    start = from_text(min(line["at"] for line in lines)) if lines else None
    for line in gone:
        assert start is not None
        since = timedelta(seconds=int((from_text(line["at"]) - start).total_seconds()))
        account = line["graph_id"].split("/")[0]
        moments[since, account].append(kinds[line["graph_id"]])
    table = _table("\nThe ledger", "after", "account", "confirmed gone")
    for (since, account), found in sorted(moments.items()):
        table.add_row(f"{since.seconds} s", account, counted(found))
    console.print(table)
    others = Counter(line["event"] for line in lines if line["event"] in ("failed", "skipped"))
    extra = "".join(f", {count} {event}" for event, count in others.items())
    console.print(f"[bold]{len(gone)}[/] resources are gone{extra}.")


def stayed(console: Console, estate: Estate, still: set[Key]) -> None:
    """The look-alikes, of which every single one must still exist."""
    table = _table("\nWhat only looked like waste", "exists", "account", "resource", "because")
    names = {item.key: item.name for item in estate.resources}
    for key, why in estate.keep.items():
        account, _, kind, id = key
        exists = "[green]yes[/]" if key in still else "[bold red]no[/]"
        label = names[key] or id.rpartition("/")[2]
        table.add_row(exists, account, f"{kind} {label}", why)
    console.print(table)


def events(console: Console, heard: list[Record]) -> None:
    """What a subscriber of the event bus received."""
    table = _table("\nWhat the subscriber's queue received", "", "event", "data")
    for number, event in enumerate(heard, 1):
        table.add_row(str(number), event["event"], f"[dim]{_told(event['data'])}[/]")
    console.print(table)


def _told(data: Record) -> str:
    """The counts of an event; keys and hashes are for programs."""
    counts = {name: value for name, value in data.items() if isinstance(value, (int, bool))}
    counts |= data.get("outcome", {})
    return ", ".join(f"{name} {value}" for name, value in counts.items() if name != "summary")


def metrics(console: Console, session: Session, run: Run) -> dict[str, float]:
    """Read the metrics back from CloudWatch, as a dashboard would."""
    cloudwatch = session.client("cloudwatch")
    started = session.started(run)
    values: dict[str, float] = {}
    namespace = session.deployment.outputs["MetricsNamespace"]
    table = _table(f"\nMetrics in CloudWatch, namespace {namespace}", "metric", "value")
    for name in _METRICS:
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
        table.add_row(name, f"{values.get(name, float('nan')):g}")
    console.print(table)
    return values


def _write_access(session: Session) -> Path:
    """Write what a shell has to know of the emulated cloud; an access key's id is the account."""
    path = session.cloud.state_dir / "demo.env"
    bucket = session.deployment.outputs["BucketName"]
    path.write_text(
        f"export AWS_ENDPOINT_URL={session.cloud.url} AWS_REGION={REGION}\n"
        f"export AWS_ACCESS_KEY_ID={ACCOUNT} AWS_SECRET_ACCESS_KEY=local\n"
        f"export EBBTIDE_BUCKET={bucket}\n"
    )
    return path


def whereabouts(console: Console, session: Session, run: Run) -> None:
    """Where everything is, and how to look further."""
    bucket = session.deployment.outputs["BucketName"]
    machine = session.deployment.outputs["StateMachineArn"]
    access = _write_access(session)
    console.rule("Look further")
    console.print(
        "The emulated cloud goes on running. Ask the graph, or use the AWS command line:\n"
    )
    for line in (
        f". {access}",
        ".venv/bin/ebbtide search 'is(aws_ec2_volume)'",
        f"aws s3 ls --recursive s3://{bucket}/runs/{run.run_id}/",
        f"aws s3 cp s3://{bucket}/runs/{run.run_id}/plan/summary.json -",
        f"aws s3 cp s3://{bucket}/config/ebbtide.yaml -",
        f"aws stepfunctions start-execution --name run-3 --state-machine-arn {machine}",
    ):
        console.print(f"  {line}", soft_wrap=True)
    calls = session.cloud.state_dir / "calls.jsonl"
    console.print(f"\nEvery API call of every account is recorded in {calls}.", soft_wrap=True)
