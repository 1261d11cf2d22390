"""The commands of Resoto's shell that a search cannot be piped into, and how to do it here."""

from __future__ import annotations

from collections.abc import Mapping

_NOTIFY = (
    "a job with the action notify sends what it finds to an SNS topic or the event bus "
    "(docs/jobs.md), and an API destination of EventBridge calls a URL"
)
_SHELL = "pipe stdout into it: ebbtide search '...' --format ndjson | "

REFUSED: Mapping[str, str] = {
    "alertmanager": _NOTIFY,
    "app": "a job (docs/jobs.md) or an automation (docs/events.md) does what an app did",
    "apps": "a job (docs/jobs.md) or an automation (docs/events.md) does what an app did",
    "aws": (
        "print the calls, read them, then pipe them into sh: ebbtide search '... | format "
        "aws ec2 start-instances --instance-ids {id} --region {region}' | sh"
    ),
    "certificate": "Ebbtide runs no server that needs a certificate",
    "chunk": f"{_SHELL}split --lines 50",
    "configs": "the configuration is one file, config/ebbtide.yaml (docs/configuration.md)",
    "db": "DuckDB and Athena read the snapshots where they are (docs/data.md)",
    "delete": "nothing is deleted without a plan; mark the resources with | clean",
    "detect-secrets": f"{_SHELL}detect-secrets scan --string",
    "discord": _NOTIFY,
    "echo": f"{_SHELL}cat",
    "execute-task": _NOTIFY,
    "flatten": f"{_SHELL}jq '.[]'",
    "graph": "`ebbtide graph export` writes a whole graph, and --at reads an older snapshot",
    "history": "`ebbtide history QUERY` lists the changes",
    "http": _NOTIFY,
    "https": _NOTIFY,
    "jira": _NOTIFY,
    "jobs": "`ebbtide jobs add` adds a job",
    "kind": "`ebbtide kinds KIND` describes a kind",
    "kinds": "`ebbtide kinds KIND` describes a kind",
    "node": "nothing is deleted without a plan; mark the resources with | clean",
    "pagerduty": _NOTIFY,
    "report": "a job whose search is the check finds what fails it (docs/jobs.md)",
    "sleep": "sleep in the shell",
    "slack": _NOTIFY,
    "system": "there is no server; snapshots in the bucket are the backup (docs/data.md)",
    "templates": "snippets stand in the section searches of the configuration (docs/search.md)",
    "timeseries": "metrics are in CloudWatch (docs/metrics.md)",
    "workflow": "a search does not start runs (docs/operations.md)",
    "workflows": "a search does not start runs (docs/operations.md)",
}
