"""List the workflows, and describe one."""

from __future__ import annotations

import yaml

from ebbtide.deployment.events import WORKFLOWS, events_of
from ebbtide_cli.errors import UsageError
from ebbtide_cli.formats import usual_format
from ebbtide_cli.output import write_all
from ebbtide_cli.results import write_records


def write_workflows(format: str | None) -> None:
    rows = ([name, ", ".join(steps)] for name, steps in WORKFLOWS.items())
    write_records(format or usual_format(), ["workflow", "steps"], rows)


def write_workflow(name: str) -> None:
    """Write the steps and events of a workflow. Raises UsageError for an unknown one."""
    if name not in WORKFLOWS:
        raise UsageError(f"unknown workflow {name!r}; the workflows are {', '.join(WORKFLOWS)}")
    steps = WORKFLOWS[name]
    shown = {"workflow": name, "steps": list(steps), "events": list(events_of(steps))}
    write_all([yaml.safe_dump(shown, sort_keys=False)])
