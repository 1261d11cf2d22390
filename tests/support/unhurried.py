"""A session whose calls wait for no rate, for tests that answer them themselves."""

from __future__ import annotations

from functools import cache
from typing import Any, override

from ebbtide.aws import own_session
from ebbtide.aws.account import AccountSession
from ebbtide.aws.pacing import Pacer


class Unhurried(Pacer):
    """A pacer that delays no call."""

    @override
    def wait_for_rate(self, name: str, region: str, operation: str) -> None:
        """Return without waiting."""

    @override
    def watch(self, name: str, region: str, client: Any) -> None:
        """Leave the client unchanged."""


# What a pacer no longer has would delay every call, and no test would notice.
assert all(hasattr(Pacer, name) for name in vars(Unhurried) if not name.startswith("__"))


@cache
def unhurried_session(account: str) -> AccountSession:
    """Return a session of an account; all tests share it, because creating clients is slow."""
    made = own_session(account, "aws")
    made.pacer = Unhurried(4)
    made.session._session.set_credentials("testing", "testing")
    return made
