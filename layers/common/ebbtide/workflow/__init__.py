"""Starts and ends a run: ensures one run at a time and fixes the run's configuration."""

from ebbtide.workflow.claim import claim_run, release_run

__all__ = ["claim_run", "release_run"]
