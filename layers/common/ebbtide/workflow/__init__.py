"""What surrounds the steps: one run at a time, and the configuration a run works with."""

from ebbtide.workflow.claim import claim_run, release_run

__all__ = ["claim_run", "release_run"]
