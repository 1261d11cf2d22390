"""Collection: find the accounts and regions, read each account, record how complete it is."""

from ebbtide.collect.discover import discover_accounts
from ebbtide.collect.task import collect_task

__all__ = ["collect_task", "discover_accounts"]
