"""Collecting: which accounts and regions, reading one account, and how completely it was read."""

from ebbtide.collect.discover import discover_accounts
from ebbtide.collect.task import collect_task

__all__ = ["collect_task", "discover_accounts"]
