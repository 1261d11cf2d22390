"""Values that the shell completes: kinds, parts, events; accounts and jobs of the source."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, get_args

import typer

from ebbtide_cli.global_options import source_of

# Runs that are offered; each costs one request.
_LATEST = 5
_KINDS = re.compile(r"\bis\(([\w, ]+)\)")

if TYPE_CHECKING:
    from ebbtide.store.readable import Readable

# Runs that are offered at most.
_RUNS = 10


def complete_kind(incomplete: str) -> list[str]:
    """Return the kinds and base kinds that start with `incomplete`."""
    from ebbtide.kinds import known_kinds

    return sorted(name for name in known_kinds() if name.startswith(incomplete))


def complete_parts(incomplete: str) -> list[str]:
    """Return `true` and the kinds of parts that start with `incomplete`."""
    from ebbtide.kinds import kinds_of_parts

    return [one for one in ("true", *sorted(kinds_of_parts())) if one.startswith(incomplete)]


def complete_event(incomplete: str) -> list[str]:
    """Return the events for jobs that start with `incomplete`, in the order of a run."""
    from ebbtide.deployment.events import HOOKABLE_EVENTS

    return [name for name in HOOKABLE_EVENTS if name.startswith(incomplete)]


def complete_metric(incomplete: str) -> list[str]:
    """Return the names of default metrics that start with `incomplete`, for CloudWatch or not."""
    from ebbtide.metrics.definitions import METRICS

    names = {name for one in METRICS.values() for name in (one.name, one.series) if name}
    return sorted(name for name in names if name.startswith(incomplete))


def complete_timezone(incomplete: str) -> list[str]:
    """Return the names of time zones that start with `incomplete`."""
    from zoneinfo import available_timezones

    return sorted(name for name in available_timezones() if name.startswith(incomplete))


def complete_account(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the names and ids of accounts in the current snapshot that start with `incomplete`."""
    return [name for name in _read(ctx, _accounts) if name.startswith(incomplete)]


def complete_run(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the ids of the latest runs with a snapshot that start with `incomplete`."""
    return [name for name in _read(ctx, _runs) if name.startswith(incomplete)]


def complete_column(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the fields that the last path of a list of columns can begin with."""
    before, comma, last = incomplete.rpartition(",")
    # The words before an option without a value are not parsed yet.
    typed = " ".join([str(ctx.params.get("query")), *ctx.args])
    names = [name for name in _fields(typed) if name.startswith(last.strip())]
    return [f"{before}{comma}{name}" for name in names]


def complete_search(incomplete: str) -> list[str]:
    """Return the searches with a kind that begin like `incomplete`, such as `is(aws_ec2_vol`."""
    before, opened, kind = incomplete.rpartition("is(")
    if not opened or (not kind.replace("_", "").isalnum() and kind):
        return []
    return [f"{before}is({name})" for name in complete_kind(kind)]


def complete_job(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the names of configured jobs that start with `incomplete`."""
    return [name for name in _read(ctx, _jobs) if name.startswith(incomplete)]


def complete_key(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the keys of the configuration that start with `incomplete`.

    They include those of its jobs and workflows, by their names.
    """
    from ebbtide.config import Job
    from ebbtide.config.sections import known_paths
    from ebbtide.config.workflows import Workflow

    names = list(known_paths())
    if incomplete.startswith("jobs."):
        keys = [name for name in Job.model_fields if name != "action"]
        names += [f"jobs.{job}.{key}" for job in _read(ctx, _jobs) for key in keys]
    if incomplete.startswith("workflows."):
        known = _read(ctx, _own_workflows)
        names += [f"workflows.{one}.{key}" for one in known for key in Workflow.model_fields]
    return [name for name in names if name.startswith(incomplete)]


def complete_version(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the versions of the configuration in the bucket that start with `incomplete`."""
    return [name for name in _read(ctx, _versions) if name.startswith(incomplete)]


def _versions(store: Readable) -> list[str]:
    from ebbtide.store.bucket import Bucket
    from ebbtide_cli.configuration import CONFIG_KEY

    return [one.id for one in store.versions(CONFIG_KEY)] if isinstance(store, Bucket) else []


def complete_planned_run(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the last runs with a plan that start with `incomplete`, newest first."""
    return [name for name in _read(ctx, _planned_runs) if name.startswith(incomplete)]


def complete_planned(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the ids of resources that the last plan names and that start with `incomplete`."""
    return [name for name in _read(ctx, _planned_ids) if name.startswith(incomplete)]


def complete_rule(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the names of rules and configured jobs that start with `incomplete`."""
    from ebbtide.rules import registry

    return [name for name in (*registry(), *_read(ctx, _jobs)) if name.startswith(incomplete)]


def _planned_runs(store: Readable) -> list[str]:
    from ebbtide_cli.planned_runs import runs_with_plans

    return list(islice(runs_with_plans(store), _RUNS))


def _planned_ids(store: Readable) -> list[str]:
    from ebbtide.plan.comparing import fates_of
    from ebbtide_cli.planned_runs import last_planned

    decided = last_planned(store)
    fates = {} if decided is None else fates_of(decided.plans())
    return [fate.subject.id for fate in fates.values()]


def complete_any_run(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the ids of runs that start with `incomplete`, sorted."""
    return [name for name in _read(ctx, _all_runs) if name.startswith(incomplete)]


def complete_workflow(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the workflows that start with `incomplete`, with those of the configuration."""
    from ebbtide.deployment.events import WORKFLOWS

    names = (*WORKFLOWS, *_read(ctx, _own_workflows))
    return [name for name in names if name.startswith(incomplete)]


def _own_workflows(store: Readable) -> list[str]:
    from ebbtide_cli.configuration import read_config

    return [one.name for one in read_config(store).workflows]


def _all_runs(store: Readable) -> list[str]:
    return list(store.folders("runs/"))


def _accounts(store: Readable) -> list[str]:
    from ebbtide_cli.snapshots import current_snapshot

    accounts = current_snapshot(store).accounts
    names = sorted({entry.name for entry in accounts if entry.name})
    return [*names, *(entry.account for entry in accounts)]


def _runs(store: Readable) -> list[str]:
    from ebbtide_cli.snapshots import snapshot_chain

    return [manifest.run_id for manifest in islice(snapshot_chain(store), _LATEST)]


def _fields(query: str) -> list[str]:
    """Return the fields of the kinds that a search names, or else those of all resources."""
    from ebbtide.kinds import concrete_kinds, known_kinds
    from ebbtide.language.fields import COMMON, SHORTCUTS, known_fields

    typed = [name for match in _KINDS.finditer(query) for name in match[1].split(",")]
    named = tuple(name.strip() for name in typed if name.strip() in known_kinds())
    found = {"kind", *COMMON, *SHORTCUTS}
    for kind in concrete_kinds(named) if named else ():
        found |= known_fields(kind)
    return sorted(found)


def _jobs(store: Readable) -> list[str]:
    from ebbtide_cli.configuration import read_config

    return [job.name for job in read_config(store).jobs]


def _read(ctx: typer.Context, read: Callable[[Readable], Iterable[str]]) -> list[str]:
    """Read values from the source that the command line or the environment names.

    Return nothing for the default stack: pressing Tab should not call AWS unless the user chose a
    source.
    """
    # The shell would print an error into the command line that the user is typing.
    with suppress(Exception):
        source = source_of(ctx)
        if source.is_given:
            return list(read(replace(source, hurried=True).open()))
    return []


def complete_accounts(ctx: typer.Context, incomplete: str) -> list[str]:
    """Complete the last of several names or ids of accounts, such as `dev,pro`."""
    return _last_of_several(_read(ctx, _accounts), incomplete)


def complete_regions(ctx: typer.Context, incomplete: str) -> list[str]:
    """Complete the last of several regions of the current snapshot, such as `global,eu-`."""
    return _last_of_several(_read(ctx, _regions), incomplete)


def complete_region(incomplete: str) -> list[str]:
    """Return the regions that botocore knows and that start with `incomplete`; calls no AWS."""
    from botocore.session import Session

    known = Session().get_available_regions("s3", allow_non_regional=False)
    return [name for name in known if name.startswith(incomplete)]


def complete_profile(incomplete: str) -> list[str]:
    """Return the profiles of the AWS CLI that start with `incomplete`."""
    from botocore.session import Session

    return [name for name in Session().available_profiles if name.startswith(incomplete)]


def complete_status(incomplete: str) -> list[str]:
    """Return what a run can be that starts with `incomplete`."""
    from ebbtide_cli.run_list import KNOWN

    return [name for name in dict.fromkeys(KNOWN) if name.startswith(incomplete)]


def complete_state(incomplete: str) -> list[str]:
    """Return the states of coverage that start with `incomplete`."""
    from ebbtide.model.coverage import CoverageState

    return [name for name in get_args(CoverageState.__value__) if name.startswith(incomplete)]


def complete_ending(incomplete: str) -> list[str]:
    """Return the endings of resources that start with `incomplete`."""
    from ebbtide_cli.ledger_report import KNOWN

    return [name for name in KNOWN if name.startswith(incomplete)]


def _last_of_several(names: Iterable[str], incomplete: str) -> list[str]:
    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in names if name.startswith(last)]


def _regions(store: Readable) -> list[str]:
    from ebbtide_cli.snapshots import current_snapshot

    accounts = current_snapshot(store).accounts
    return sorted({region for entry in accounts for region in entry.regions})
