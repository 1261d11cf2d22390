"""Starts and ends a run, and leads it from turn to turn: one run at a time, its events in order."""

from ebbtide.workflow.announcing import announce_events
from ebbtide.workflow.claim import claim_run, release_run

__all__ = ["announce_events", "claim_run", "release_run"]
