"""Finds the accounts and regions of a run and writes the work list."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from ebbtide.aws import AccountSession, call_pages, own_session
from ebbtide.collect.access import enter_as_reader
from ebbtide.config import Config
from ebbtide.errors import AccessError, CallError
from ebbtide.graph.manifest import Manifest, current_manifest
from ebbtide.kind import Call
from ebbtide.requests import RunRequest, Task
from ebbtide.resource import GLOBAL
from ebbtide.run import Run, read_run
from ebbtide.settings import Settings
from ebbtide.storage import Bucket

logger = logging.getLogger(__name__)

# Without AllRegions the answer holds the enabled regions only.
LIST_REGIONS = Call("ec2", "describe_regions", "Regions[].RegionName")


def discover(request: RunRequest, bucket: Bucket, settings: Settings) -> dict[str, Any]:
    """Write the work list and the list of accounts; returns their keys and the number of tasks.

    An account whose regions cannot be listed keeps those of the last snapshot, so that what is
    known of it is carried over and its coverage tells why nothing new is.
    """
    run = read_run(bucket, request.run_id)
    config = run.config
    accounts = account_ids(config, settings)
    own = own_session(settings.account_id, settings.partition, config.collect.threads)
    find = partial(_task, run, settings, own, current_manifest(bucket))
    with ThreadPoolExecutor(config.collect.threads) as pool:
        tasks = [task.model_dump(mode="json") for task in pool.map(find, accounts)]
    keys = run.keys
    bucket.write_json(keys.work, tasks)
    bucket.write_json(keys.accounts, [{"account": account} for account in accounts])
    return {"work": keys.work, "accounts": keys.accounts, "tasks": len(tasks)}


def account_ids(config: Config, settings: Settings) -> list[str]:
    if config.collect.accounts == "self":
        return [settings.account_id]
    return list(dict.fromkeys(config.collect.accounts))


def _task(
    run: Run,
    settings: Settings,
    own: AccountSession,
    previous: Manifest | None,
    account: str,
) -> Task:
    enabled = _enabled_regions(run, settings, own, account)
    chosen = run.config.collect.regions
    regions = enabled if chosen == "enabled" else list(dict.fromkeys(chosen))
    if regions is None:
        entry = previous.find(account) if previous else None
        regions = sorted(set(entry.regions) - {GLOBAL}) if entry else []
    return Task(
        account=account,
        name=run.config.collect.names.get(account, account),
        regions=(GLOBAL, *regions),
        enabled_regions=None if enabled is None else tuple(enabled),
    )


def _enabled_regions(
    run: Run, settings: Settings, own: AccountSession, account: str
) -> list[str] | None:
    """All regions the account has enabled, also when only some of them are collected.

    A role that no function of the collected regions uses may be used in another one.
    """
    try:
        session = enter_as_reader(run, settings, own, account)
        region = settings.aws_region
        return sorted(name for page in call_pages(session, LIST_REGIONS, region) for name in page)
    except (AccessError, CallError) as error:
        logger.warning("regions unknown", extra={"account": account, "error": str(error)})
        return None
