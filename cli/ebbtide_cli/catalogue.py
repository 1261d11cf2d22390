"""The commands directly under `ebbtide`, each loaded when it is asked for.

Importing and building all of them takes longer than most answers. The names and one-line
descriptions are data, so that the help of the root loads none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.main import get_command, get_group

from ebbtide_cli.help import Group


class Entry(NamedTuple):
    """Where a command is, as `module:attribute`, and the first sentence of its help."""

    place: str
    help: str


ENTRIES = {
    "search": Entry(
        "searching:app",
        "Find resources in a snapshot, or count and sum them with aggregate(...).",
    ),
    "ancestors": Entry(
        "walking:ancestors", "List all resources with a path to the given resource."
    ),
    "descendants": Entry(
        "walking:descendants", "List all resources that are reachable from the given resource."
    ),
    "predecessors": Entry(
        "walking:predecessors", "List the resources that have an edge to the given resource."
    ),
    "successors": Entry(
        "walking:successors", "List the resources that the given resource has an edge to."
    ),
    "history": Entry(
        "history:app", "List created, updated and deleted resources, oldest change first."
    ),
    "kinds": Entry("kinds:app", "List all kinds of resources, or describe one kind."),
    "coverage": Entry(
        "coverage:app", "List where and why something could not be read, in a snapshot."
    ),
    "status": Entry(
        "status:app",
        "Print the state of a deployment: runs, snapshot, holds, schedule and alarms.",
    ),
    "graph": Entry("exporting:app", "Export the whole graph."),
    "jobs": Entry("jobs:app", "Manage jobs, which search in each run and act on the matches."),
    "config": Entry(
        "configuring:app",
        "Show, validate and change the configuration, which each run reads when it starts.",
    ),
    "protect": Entry("protection:app", "Check what is protected from deletion."),
    "plan": Entry(
        "plans:app",
        "Show, explain, compare, simulate and approve plans: what goes, and why the rest stays.",
    ),
    "digest": Entry("digests:app", "Show what owners and the team are told about a run."),
    "report": Entry(
        "reports:app",
        "Open, export and share the reports of runs: costs, waste, coverage and what was done.",
    ),
    "runs": Entry(
        "runs:app", "List, start, watch and stop runs, and show what went wrong in them."
    ),
    "workflows": Entry(
        "workflows:app",
        "List the workflows, make the schedules of own ones, and run and stop them as `ebbtide "
        "runs` does.",
    ),
    "savings": Entry(
        "savings:app",
        "Add up what deleted resources cost a month, and what the last plan would save.",
    ),
    "metrics": Entry(
        "metrics:app",
        "Show what runs measured, over time, and what the metrics cost in CloudWatch.",
    ),
    "cleanup": Entry("cleanup:app", "Show what Ebbtide deleted, and restore it."),
}


class Catalogue(Mapping[str, Any]):
    """The commands by name; each is imported and built at its first use."""

    def __init__(self) -> None:
        self._built: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._built:
            self._built[name] = _build(name, ENTRIES[name])
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(ENTRIES)

    def __len__(self) -> int:
        return len(ENTRIES)


def _build(name: str, entry: Entry) -> Any:
    module, _, attribute = entry.place.partition(":")
    app: typer.Typer = getattr(import_module(f"ebbtide_cli.{module}"), attribute)
    command: Any = get_group(app) if app.info.cls is Group else get_command(app)
    command.name = name
    return command
