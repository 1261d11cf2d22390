"""Cleaning up: verifying, preparing, deleting, confirming, and the record of it all."""

from ebbtide.cleanup.tick import tick

__all__ = ["tick"]
