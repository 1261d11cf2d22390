"""Cleanup: verify, prepare, delete, confirm and record each planned resource."""

from ebbtide.cleanup.summary import summarise_cleanup
from ebbtide.cleanup.tick import run_tick

__all__ = ["run_tick", "summarise_cleanup"]
