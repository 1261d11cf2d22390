"""Values that the shell completes: kinds, events, and accounts and jobs of the chosen source."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from ebbtide_cli.sources import chosen_source

if TYPE_CHECKING:
    from ebbtide.store.readable import Readable


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


def complete_job(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the names of configured jobs that start with `incomplete`."""
    return [name for name in _read(ctx, _jobs) if name.startswith(incomplete)]


def complete_any_run(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the ids of runs that start with `incomplete`, sorted."""
    return [name for name in _read(ctx, _runs) if name.startswith(incomplete)]


def complete_workflow(incomplete: str) -> list[str]:
    """Return the workflows that start with `incomplete`."""
    from ebbtide.deployment.events import WORKFLOWS

    return [name for name in WORKFLOWS if name.startswith(incomplete)]


def _runs(store: Readable) -> list[str]:
    return list(store.folders("runs/"))


def _accounts(store: Readable) -> list[str]:
    from ebbtide_cli.snapshots import current_snapshot

    return [entry.account for entry in current_snapshot(store).accounts]


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
