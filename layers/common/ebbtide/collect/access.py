"""Enters an account through its reader role."""

from __future__ import annotations

from ebbtide.aws import AccountSession, enter_account
from ebbtide.deployment.settings import Settings
from ebbtide.store.run import Run


def enter_as_reader(
    run: Run, settings: Settings, own: AccountSession, account: str
) -> AccountSession:
    """Return a session of the account's reader role; raises AccessError if it cannot be assumed.

    The role and external id come from the configuration, or from the stack's parameters if the
    configuration names none.
    """
    return enter_account(
        own,
        account,
        run.config.collect.role_name or settings.reader_role,
        run.config.collect.external_id or settings.external_id,
        f"ebbtide-collect-{run.run_id}",
    )
