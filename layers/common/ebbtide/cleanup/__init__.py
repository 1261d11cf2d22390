"""Cleaning up: verifying, preparing, deleting, confirming, and the record of it all."""

from ebbtide.cleanup.summary import summarise_cleanup
from ebbtide.cleanup.tick import run_tick

__all__ = ["run_tick", "summarise_cleanup"]
