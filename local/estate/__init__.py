"""The demonstration estate: believable accounts with known waste and look-alikes of waste."""

from local.estate.accounts import build
from local.estate.existence import existing, is_listed
from local.estate.ground import (
    ACCOUNTS,
    APPLICATION,
    NAMES,
    PAYMENTS,
    REGIONS,
    SANDBOX,
    Estate,
    Item,
    Key,
)

__all__ = [
    "ACCOUNTS",
    "APPLICATION",
    "NAMES",
    "PAYMENTS",
    "REGIONS",
    "SANDBOX",
    "Estate",
    "Item",
    "Key",
    "build",
    "existing",
    "is_listed",
]
