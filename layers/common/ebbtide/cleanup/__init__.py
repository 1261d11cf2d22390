"""Cleaning up: verifying, preparing, deleting, confirming, and the record of it all."""

from ebbtide.cleanup.summary import summarise_cleanup
from ebbtide.cleanup.tagging import set_tags
from ebbtide.cleanup.tick import tick

__all__ = ["set_tags", "summarise_cleanup", "tick"]
