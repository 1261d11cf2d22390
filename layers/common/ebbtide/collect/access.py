"""Entering an account as its reader."""

from __future__ import annotations

from ebbtide.aws import AccountSession, enter_account
from ebbtide.deployment.settings import Settings
from ebbtide.store.run import Run


def enter_as_reader(
    run: Run, settings: Settings, own: AccountSession, account: str
) -> AccountSession:
    """A session that may read the account; raises AccessError when there is no way in.

    Role and external id come from the configuration, else from the stack's parameters.
    """
    return enter_account(
        own,
        account,
        run.config.collect.role_name or settings.reader_role,
        run.config.collect.external_id or settings.external_id,
        f"ebbtide-collect-{run.run_id}",
    )
