"""The demonstration estate: believable accounts with known waste and look-alikes of waste."""

from local.estate.accounts import build
from local.estate.ground import ACCOUNTS, APPLICATION, PAYMENTS, REGIONS, SANDBOX, Estate, Item

__all__ = ["ACCOUNTS", "APPLICATION", "PAYMENTS", "REGIONS", "SANDBOX", "Estate", "Item", "build"]
