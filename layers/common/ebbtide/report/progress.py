"""How far a run has come, in sentences, from what it has left in the bucket so far.

Each look lists only the objects of the step under way, so a look costs little.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ebbtide.base.errors import MissingError
from ebbtide.report.words import listed
from ebbtide.store.keys import RunKeys
from ebbtide.store.readable import Readable
from ebbtide.store.run import steps_of

type Record = Mapping[str, Any]

# Names that a sentence shows before it only counts.
_SHOWN = 3
_UNAPPROVED = "nobody has approved the plan"


@dataclass(slots=True)
class Narrator:
    """The progress of one run in words; `names` maps account ids to names.

    `store` is asked at each look. A sentence is told once per step when it ends, and otherwise
    again whenever it changes; whoever prints leaves out repetitions.
    """

    store: Readable
    run_id: str
    names: Mapping[str, str]
    _steps: tuple[str, ...] = ()
    _enabled: bool = True
    _held: str = ""
    _told: set[str] = field(default_factory=set)
    _tasks: Counter[str] = field(default_factory=Counter)
    _accounts: list[str] = field(default_factory=list)
    _selected: int = 0
    _quarter: int = 0

    @property
    def keys(self) -> RunKeys:
        return RunKeys(self.run_id)

    def sentences(self, *, ended: bool = False) -> list[str]:
        """Return the steps that ended since the last look, then what the run is doing now."""
        if not self._started():
            return [] if ended else ["waiting for the claim, or for the first functions to load"]
        found: list[str] = []
        for step in self._steps:
            if step in self._told:
                continue
            result = getattr(self, f"_{step}_ended")()
            if result is None and not ended:
                return [*found, *getattr(self, f"_{step}_now")()]
            if result is not None:
                self._told.add(step)
                found += [f"{step}: {one}" for one in result]
        return found

    def _started(self) -> bool:
        if self._steps:
            return True
        record = self.store.find_json(self.keys.run)
        if record is None:
            return False
        self._steps = steps_of(record)
        cleanup = record["config"]["cleanup"]
        self._enabled = bool(cleanup["enabled"])
        return True

    def _known_accounts(self) -> list[str]:
        if not self._accounts:
            stored = self.store.find_json(self.keys.accounts) or ()
            self._accounts = [one["account"] for one in stored]
        return self._accounts

    def _name(self, account: str) -> str:
        return self.names.get(account, account)

    # Each step: what to say once it has ended, None before that; and what it is doing now.

    def _collect_ended(self) -> list[str] | None:
        manifest = self.store.find_json(self.keys.manifest)
        if manifest is None:
            return None
        entries = manifest["accounts"]
        resources = sum(sum(one["counts"].values()) for one in entries)
        gaps = [one["name"] for one in entries if one.get("gaps") or one["stale_since"]]
        gaps += [self._name(account) for account in manifest["missing"]]
        incomplete = f"; coverage is incomplete in {listed(gaps, _SHOWN)}" if gaps else ""
        accounts = f"{len(entries)} account{'' if len(entries) == 1 else 's'}"
        return [f"found {resources} resources in {accounts}{incomplete}"]

    def _collect_now(self) -> list[str]:
        if not self._tasks:
            work = self.store.find_json(self.keys.work)
            if work is None:
                return ["collect: finding the accounts and their regions"]
            self._tasks = Counter(task["account"] for task in work)
        done = Counter(
            key.removeprefix(f"{self.keys.prefix}tasks/").split("/")[0]
            for key in self.store.keys(f"{self.keys.prefix}tasks/")
            if key.endswith("/coverage.json")
        )
        left = [self._name(one) for one, tasks in self._tasks.items() if done[one] < tasks]
        read = f"{len(self._tasks) - len(left)} of {len(self._tasks)} accounts read"
        if left:
            return [f"collect: {read}; waiting for {listed(left, _SHOWN)}"]
        return [f"collect: {read}; merging the results into one graph per account"]

    def _cleanup_plan_ended(self) -> list[str] | None:
        summary = self.store.find_json(self.keys.plan_summary)
        if summary is None:
            return None
        numbers = {
            name: sum(one[name] for one in summary["accounts"])
            for name in ("planned", "refused", "undecided")
        }
        self._selected = numbers["planned"]
        if summary["held"]:
            self._held = "the plan exceeds a limit" if summary["exceeded"] else _UNAPPROVED
        return [
            f"{numbers['planned']} resources to delete, {numbers['refused']} refused, "
            f"{numbers['undecided']} undecided"
        ]

    def _cleanup_plan_now(self) -> list[str]:
        accounts = self._known_accounts()
        if not accounts:
            return ["cleanup_plan: evaluating what there is"]
        planned = sum(1 for key in self.store.keys(f"{self.keys.prefix}plan/"))
        total = f"{planned} of {len(accounts)} accounts planned"
        return [f"cleanup_plan: {total}"]

    def _cleanup_ended(self) -> list[str] | None:
        summary = self.store.find_json(self.keys.cleanup_summary)
        if summary is not None:
            totals = summary["totals"]
            shown = [f"{totals['gone']} resources are gone"]
            if summary["dry_run"]:
                shown = [f"dry run: {totals['would_delete']} resources would be deleted"]
            others = ("failed", "skipped", "left_behind", "pending", "unfinished")
            shown += [f"{totals[one]} {one.replace('_', ' ')}" for one in others if totals[one]]
            return [", ".join(shown)]
        if not self._enabled:
            return ["disabled; nothing is deleted"]
        if self._held:
            return [f"held, because {self._held}; nothing is deleted"]
        # What is not carried out leaves nothing; the next step tells that it is over.
        if next(self.store.keys(self.keys.metrics("")), None) is not None:
            return ["not carried out: the stack or an automation does not allow it"]
        return None

    def _cleanup_now(self) -> list[str]:
        """Report only each quarter of the deletions, because there are many small steps."""
        prefix = f"{self.keys.prefix}cleanup/"
        states = [self._state(account) for account in self.store.folders(prefix)]
        statuses = Counter(
            progress["status"] for state in states for progress in state["resources"].values()
        )
        total, gone = self._selected, statuses["gone"] + statuses["would_delete"]
        quarter = 4 * gone // total if total else 0
        self._quarter = max(quarter, self._quarter)
        if self._quarter:
            return [f"cleanup: {self._quarter * total // 4} of {total} resources are gone"]
        return ["cleanup: re-checking every planned resource, then deleting in waves"]

    def _state(self, account: str) -> Record:
        found = self.store.find_json(self.keys.cleanup(account, "state.json"))
        return found or {"resources": {}}

    def _generate_metrics_ended(self) -> list[str] | None:
        try:
            samples = self.store.read_json(self.keys.metrics("samples.json"))
        except MissingError:
            return None
        told = self.store.find_json(self.keys.cloudwatch)
        if told is None:
            return [f"published {len(samples)} values"]
        left = sum(group["left_out"] for group in told["groups"])
        more = f", {left} left out by the budget" if left else ""
        return [f"published {len(samples)} values, {told['metrics']} of them in CloudWatch{more}"]

    def _generate_metrics_now(self) -> list[str]:
        return ["generate_metrics: computing the metrics"]


def steps_left(store: Readable, run_id: str) -> Iterator[str]:
    """Yield the steps of a run that have left no result yet, in order."""
    keys = RunKeys(run_id)
    record = store.find_json(keys.run)
    if record is None:
        return
    done = {
        "collect": keys.manifest,
        "cleanup_plan": keys.plan_summary,
        "cleanup": keys.cleanup_summary,
        "generate_metrics": keys.metrics("samples.json"),
    }
    for step in steps_of(record):
        if store.find_json(done[step]) is None:
            yield step
