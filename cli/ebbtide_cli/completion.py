"""Values that the shell completes: kinds, events, and accounts and jobs of the chosen source."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import typer

from ebbtide_cli.sources import chosen_source

if TYPE_CHECKING:
    from ebbtide.store.readable import Readable

# Runs that are offered at most.
_RUNS = 10


def complete_kind(incomplete: str) -> list[str]:
    """Return the kinds and base kinds that start with `incomplete`."""
    from ebbtide.kinds import known_kinds

    return sorted(name for name in known_kinds() if name.startswith(incomplete))


def complete_event(incomplete: str) -> list[str]:
    """Return the events for jobs that start with `incomplete`, in the order of a run."""
    from ebbtide.deployment.events import HOOKABLE_EVENTS

    return [name for name in HOOKABLE_EVENTS if name.startswith(incomplete)]


def complete_timezone(incomplete: str) -> list[str]:
    """Return the names of time zones that start with `incomplete`."""
    from zoneinfo import available_timezones

    return sorted(name for name in available_timezones() if name.startswith(incomplete))


def complete_account(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the ids of accounts in the current snapshot that start with `incomplete`."""
    return [name for name in _read(ctx, _accounts) if name.startswith(incomplete)]


def complete_account_name(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the names and ids of accounts in the current snapshot that start with `incomplete`."""
    return [name for name in _read(ctx, _account_names) if name.startswith(incomplete)]


def complete_job(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the names of configured jobs that start with `incomplete`."""
    return [name for name in _read(ctx, _jobs) if name.startswith(incomplete)]


def complete_run(ctx: typer.Context, incomplete: str) -> list[str]:
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


def _accounts(store: Readable) -> list[str]:
    from ebbtide_cli.snapshots import current_snapshot

    return [entry.account for entry in current_snapshot(store).accounts]


def _account_names(store: Readable) -> list[str]:
    from ebbtide_cli.snapshots import current_snapshot

    entries = current_snapshot(store).accounts
    return [*(one.name for one in entries if one.name), *(one.account for one in entries)]


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
        root = ctx.find_root()
        source = chosen_source(root.params, root.get_parameter_source)
        if source.is_given:
            return list(read(replace(source, hurried=True).open()))
    return []
