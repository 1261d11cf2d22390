"""Plan a snapshot with another configuration, and say what that changes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ebbtide.base.clock import from_text, now, to_text
from ebbtide.base.durations import describe
from ebbtide.base.errors import ConfigError
from ebbtide.config import Config, parse_config
from ebbtide.graph.manifest import Manifest
from ebbtide.model.savings import Money
from ebbtide.plan.comparing import Change, Fate, changes, fates_of
from ebbtide.plan.today import sentences
from ebbtide.store.readable import Readable
from ebbtide.store.run import Run, find_run
from ebbtide.workflow.simulating import Simulation, simulate
from ebbtide_cli.accounts import ids_of, names_in, with_names
from ebbtide_cli.config_files import file_text
from ebbtide_cli.configuration import read_content
from ebbtide_cli.errors import FAILED_ON, HELD
from ebbtide_cli.formats.documents import escaped
from ebbtide_cli.formats.rows import write_rows
from ebbtide_cli.output import inform, one_line, warn, write_all
from ebbtide_cli.plan_diff import counted, fate_text, write_changes
from ebbtide_cli.plan_tables import account_text
from ebbtide_cli.progress import watched
from ebbtide_cli.snapshots import Chosen, snapshot_at
from ebbtide_cli.sources import Source
from ebbtide_cli.summary import counted_as

# Rows of a Markdown table of changes: a comment on a pull request holds 65,536 characters.
_ROWS = 50
_TITLES = {
    "selected": "Newly selected",
    "dropped": "No longer selected",
    "reported": "Newly reported only",
    "refused": "Newly refused",
    "undecided": "Newly undecided",
    "changed": "For another reason",
    "forgotten": "No longer named",
}


@dataclass(frozen=True, slots=True)
class Request:
    """What to simulate; `fail_on` are words of plans.FailOn."""

    config: Path
    at: str | None = None
    accounts: tuple[str, ...] = ()
    fail_on: Collection[str] = ()
    all_due: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """A simulated plan, and the one that the current configuration would have made."""

    new: Simulation
    current: Simulation
    manifest: Manifest
    names: Mapping[str, str]
    changes: tuple[Change, ...]

    @property
    def held(self) -> list[str]:
        """Return why the plan would be held."""
        return _held(self.new)

    @property
    def selected(self) -> dict[str, Fate]:
        return _selected(self.new)

    @property
    def newly_selected(self) -> list[Change]:
        """Return what the current configuration would neither delete nor report."""
        known = _selected(self.current)
        goes = ("planned", "reported")
        return [
            one
            for one in self.changes
            if one.after is not None
            and one.after.outcome in goes
            and one.subject.graph_id not in known
        ]

    def code(self, fail_on: Collection[str]) -> int:
        """Return the exit code: HELD for limits that hold only this plan, or as `fail_on` asks."""
        if self.held and ("held" in fail_on or self.held != _held(self.current)):
            return HELD
        if ("selected" in fail_on and self.selected) or ("new" in fail_on and self.newly_selected):
            return FAILED_ON
        return 0


def _held(simulation: Simulation) -> list[str]:
    summary = simulation.summary
    return (list(summary["exceeded"]) or ["nobody has approved it"]) if summary["held"] else []


def _selected(simulation: Simulation) -> dict[str, Fate]:
    found = fates_of(simulation.plans.values())
    return {name: one for name, one in found.items() if one.outcome in ("planned", "reported")}


def write_simulation(source: Source, request: Request, format: str) -> int:
    """Write what a configuration would plan, and return the exit code."""
    config = _read(request.config)
    with watched(source.open()) as store:
        found = compared(store, config, request)
        store.stop()
    _WRITERS[format](found, request)
    for one in config.warnings:
        warn(f"{request.config}: {one}")
    for job, error in found.new.failed.items():
        warn(f"job {job} failed: {error}")
    for job in found.new.not_due:
        inform(f"Job {job} was not due in run {found.new.run.run_id}; --all-due runs it.")
    for name in found.new.not_asked:
        run_id = found.new.run.run_id
        inform(f"Automation {name} was not asked in run {run_id}; its marks are left out.")
    age = now() - from_text(found.manifest.created)
    inform(
        f"Simulated as of {to_text(found.new.run.started)}, on the snapshot of run "
        f"{found.manifest.run_id}, {describe(age)} old. Nothing was written."
    )
    return found.code(request.fail_on)


def _read(path: Path) -> Config:
    try:
        return parse_config(file_text(str(path)).content)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def compared(store: Readable, config: Config, request: Request) -> Compared:
    """Simulate a configuration and the current one on the same snapshot."""
    chosen = snapshot_at(store, request.at, now())
    manifest, run = chosen.manifest, _run(store, chosen, request.at)
    names = names_in(manifest)
    accounts = tuple(sorted(ids_of(names, request.accounts)))

    def simulated(one: Config) -> Simulation:
        return simulate(store, manifest, one, run, accounts, all_due=request.all_due)

    current, new = simulated(_current(store, run)), simulated(config)
    found = changes(fates_of(current.plans.values()), fates_of(new.plans.values()))
    return Compared(new, current, manifest, names, tuple(found))


def _run(store: Readable, chosen: Chosen, at: str | None) -> Run | None:
    """Return the run to follow: the one that `at` names, or else that of the snapshot."""
    named = None if at is None else find_run(store, at)
    run = named or find_run(store, chosen.manifest.run_id)
    if run is None:
        warn(
            f"the record of run {chosen.manifest.run_id} is missing, so resources of Ebbtide "
            "itself cannot be told from others"
        )
    return run


def _current(store: Readable, run: Run | None) -> Config:
    """Return the configuration of the bucket; a copy may have only that of the run."""
    content = read_content(store)
    if content is None:
        return Config() if run is None else run.config
    return parse_config(content)


def _headline(found: Compared) -> str:
    planned = [one for one in found.selected.values() if one.outcome == "planned"]
    reported = len(found.selected) - len(planned)
    text = f"{counted_as(len(planned), 'resource')} would be deleted"
    if planned:
        text += f", which would save {Money.of(one.monthly for one in planned).words}"
    text += f", {reported} only reported (first run or grace)" if reported else ""
    current = len(_selected(found.current))
    return f"{text}; with the current configuration, {current} are selected"


def _state(found: Compared) -> Iterator[str]:
    for reason in found.held:
        yield f"Held: {with_names(found.names, reason)}."
    cleanup = found.new.run.config.cleanup
    if not cleanup.enabled:
        yield "cleanup.enabled is false: a run plans, and deletes nothing."
    elif cleanup.dry_run:
        yield "cleanup.dry_run is true: a run checks each resource, and deletes nothing."
    for sentence in sentences(found.new.summary):
        yield f"{with_names(found.names, sentence)}."


type Counts = list[tuple[str, list[tuple[str, int, int]]]]


def counts_of(found: Compared) -> Counts:
    """Return how much is selected by rule, kind and account: now, and with the change."""
    before, after = _selected(found.current).values(), found.selected.values()

    def table(of: Any) -> list[tuple[str, int, int]]:
        old = Counter(name for one in before for name in of(one))
        new = Counter(name for one in after for name in of(one))
        return [(name, old[name], new[name]) for name in sorted({*old, *new})]

    return [
        ("rule", table(lambda one: one.rules)),
        ("kind", table(lambda one: (one.subject.kind,))),
        ("account", table(lambda one: (account_text(one.subject, found.names),))),
    ]


def _write_table(found: Compared, _: Request) -> None:
    for title, rows in counts_of(found):
        if rows:
            write_rows("table", (title, "current", "simulated", "change"), map(_signed, rows))
    write_changes("table", found.changes, found.names, {})
    write_all(f"{line}\n" for line in ("", f"{_headline(found)}.", *_state(found)))
    write_all([f"{counted(found.changes)}.\n"])


def _signed(row: tuple[str, int, int]) -> tuple[str, int, int, str]:
    name, old, new = row
    return name, old, new, f"{new - old:+d}" if new != old else ""


def _write_markdown(found: Compared, request: Request) -> None:
    write_all(f"{line}\n" for line in _markdown(found, request))


def _markdown(found: Compared, request: Request) -> Iterator[str]:
    yield f"## Plan with {_escaped(str(request.config))}"
    yield ""
    yield f"**{_headline(found)}** ({counted(found.changes)})."
    for line in _state(found):
        yield f"\n> {_escaped(line)}"
    for title, rows in counts_of(found):
        changed = [row for row in rows if row[1] or row[2]]
        if changed:
            yield from _table((title, "current", "simulated", "change"), map(_signed, changed))
    for name, title in _TITLES.items():
        ones = [one for one in found.changes if one.change == name]
        if ones:
            yield f"\n### {title}: {len(ones)}"
            header = ("account", "region", "kind", "id", "name", "before", "after")
            yield from _table(header, (_row(one, found.names) for one in ones[:_ROWS]))
            if len(ones) > _ROWS:
                yield f"\nand {len(ones) - _ROWS} more; `--format json` has all."
    run, started = found.manifest.run_id, to_text(found.new.run.started)
    yield f"\nSimulated by `ebbtide plan simulate` on the snapshot of run {run}, as of {started}."


def _row(one: Change, names: Mapping[str, str]) -> Iterable[Any]:
    subject = one.subject
    where = (account_text(subject, names), subject.region, subject.kind, subject.id, subject.name)
    return (*where, fate_text(one.before), fate_text(one.after))


def _table(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    names = list(header)
    yield ""
    yield f"| {' | '.join(names)} |"
    yield f"| {' | '.join(['---'] * len(names))} |"
    for row in rows:
        yield f"| {' | '.join(_escaped(str(value)) for value in row)} |"


def _escaped(text: str) -> str:
    r"""Return a text that Markdown shows as it is: names are data, not links or HTML."""
    plain = one_line(text)
    for sign in "\\`*_[]<>|#@":
        plain = plain.replace(sign, f"\\{sign}")
    return plain


def _write_json(found: Compared, request: Request) -> None:
    document = {
        "config": str(request.config),
        "run_id": found.new.run.run_id,
        "snapshot": found.manifest.run_id,
        "as_of": to_text(found.new.run.started),
        "held": bool(found.held),
        "exceeded": found.held,
        "first_run": found.new.summary["first_run"],
        "failed_jobs": dict(found.new.failed),
        "not_due": list(found.new.not_due),
        "not_asked": list(found.new.not_asked),
        "counts": {
            title: [dict(zip((title, "current", "simulated"), row, strict=True)) for row in rows]
            for title, rows in counts_of(found)
        },
        "changes": [one.to_json() for one in found.changes],
        "plans": [plan.to_json() for plan in found.new.plans.values()],
    }
    write_all([escaped(json.dumps(document, indent=2, ensure_ascii=False)), "\n"])


_WRITERS = {"table": _write_table, "markdown": _write_markdown, "json": _write_json}
