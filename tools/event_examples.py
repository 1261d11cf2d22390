"""An example of the data of each event; a test checks each against its model."""

from __future__ import annotations

from typing import Any

RUN = "2026-11-23-0113"
_MANIFEST = f"runs/{RUN}/graph/manifest.json"
_PLAN_HASH = "9e6e1f0d2b7c4a5e8f3d6c1b0a9e8d7c6b5a4f3e2d1c0b9a8f7e6d5c4b3a2f1e"
_PLAN: dict[str, Any] = {
    "summary": f"runs/{RUN}/plan/summary.json",
    "selected": 12,
    "refused": 3,
    "undecided": 1,
    "held": False,
    "held_resources": 0,
    "approval": "never",
    "hash": _PLAN_HASH,
    "in_grace": 4,
    "grace_ending": 1,
    "savings": {"monthly": 41.2, "unknown": 1, "resources": 12, "currency": "USD"},
}
_CLEANUP: dict[str, Any] = {
    "enabled": True,
    "dry_run": False,
    "held": False,
    "held_by": [],
    "held_resources": 0,
    "selected": 12,
    "summary": _PLAN["summary"],
    "hash": _PLAN_HASH,
}
_VOLUME = {
    "graph_id": "111122223333/eu-central-1/aws_ec2_volume/vol-0a1b2c",
    "kind": "aws_ec2_volume",
    "id": "vol-0a1b2c",
    "name": "scratch",
    "account": "111122223333",
    "region": "eu-central-1",
    "arn": "arn:aws:ec2:eu-central-1:111122223333:volume/vol-0a1b2c",
}

DATA: dict[str, dict[str, Any]] = {
    "workflow_started": {
        "steps": {
            "collect": True,
            "cleanup_plan": True,
            "cleanup": True,
            "generate_metrics": True,
        },
        "cleanup_enabled": True,
        "dry_run": False,
        "warnings": [],
    },
    "pre_collect": {},
    "collect": {},
    "post_collect": {
        "manifest": _MANIFEST,
        "accounts": 3,
        "resources": 4210,
        "incomplete": 0,
        "created": 17,
        "updated": 41,
        "deleted": 5,
        "stale": 0,
        "missing": 0,
    },
    "pre_cleanup_plan": {"manifest": _MANIFEST},
    "cleanup_plan": {"manifest": _MANIFEST},
    "post_cleanup_plan": _PLAN,
    "pre_cleanup": _CLEANUP,
    "cleanup": _CLEANUP,
    "cleanup_held": {
        **_PLAN,
        "held": True,
        "held_by": ["change-window"],
        "held_resources": 12,
    },
    "post_cleanup": {
        **_CLEANUP,
        "outcome": {
            "summary": f"runs/{RUN}/cleanup/summary.json",
            "gone": 11,
            "failed": 0,
            "skipped": 1,
            "left_behind": 0,
            "would_delete": 0,
            "pending": 0,
            "unfinished": 0,
            "newly_failed": 0,
        },
    },
    "pre_generate_metrics": {"manifest": _MANIFEST},
    "generate_metrics": {"manifest": _MANIFEST},
    "post_generate_metrics": {"samples": 812, "series": 140},
    "workflow_succeeded": {
        "manifest": _MANIFEST,
        "jobs": {
            "ran": 2,
            "failed": 0,
            "failures": [],
            "summary": f"runs/{RUN}/jobs/summary.json",
        },
    },
    "workflow_failed": {
        "step": "collect",
        "error": "ConfigError",
        "cause": "line 2: cleanup.first_runs: unknown key (did you mean 'first_run'?)",
    },
    "workflow_skipped": {"holder": "2026-11-23-0013"},
    "job_matched": {
        "job": "tell-owners",
        "at": "post_collect",
        "name": "untagged",
        "search": 'is(volume) and not has_key(tags, "owner")',
        "matched": 1,
        "undecided": 0,
        "first": [_VOLUME],
        "matches": f"runs/{RUN}/jobs/post_collect/tell-owners.jsonl.zst",
    },
    "job_failed": {
        "job": "tell-owners",
        "at": "post_collect",
        "error": "JobError",
        "cause": "the event bus refused the message: ThrottlingException: slow down",
    },
}


def envelope(event: str, *, awaited: bool = False) -> dict[str, Any]:
    """Return an event as a target of a rule receives it."""
    data = DATA[event]
    detail: dict[str, Any] = {
        "format": 1,
        "run_id": RUN,
        "workflow": "collect_and_cleanup",
        "event": event,
        "step": _step_of(event),
        "bucket": "ebbtide-bucket-1a2b3c",
        "data": data,
    }
    if awaited:
        detail |= {"automation": "change-window", "task_token": "AQCEAAAAKgAAAAMAAAAA"}
    return {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": f"await_{event}" if awaited else event,
        "source": "ebbtide",
        "account": "111122223333",
        "time": "2026-11-23T01:13:39Z",
        "region": "eu-central-1",
        "resources": [],
        "detail": detail,
    }


def _step_of(event: str) -> str | None:
    if event == "cleanup_held":
        return "cleanup"
    if event.startswith("job_"):
        return "collect"
    name = event.removeprefix("pre_").removeprefix("post_")
    return name if name in DATA["workflow_started"]["steps"] else None
