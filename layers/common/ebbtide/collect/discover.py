"""Finds the accounts and regions of a run and writes the work list."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ebbtide.aws import AccountSession, call_pages, own_session
from ebbtide.base.clock import from_text
from ebbtide.base.errors import AccessError, CallError, ConfigError
from ebbtide.collect.access import enter_as_reader
from ebbtide.collect.organization import (
    Member,
    Organization,
    chosen_members,
    read_organization,
    unknown_units,
)
from ebbtide.collect.packing import pack, shares
from ebbtide.config import Config
from ebbtide.deployment.inputs import RunRequest, Task, require_known
from ebbtide.deployment.settings import Settings
from ebbtide.graph.manifest import AccountEntry, Manifest, current_manifest, read_coverage
from ebbtide.model.call import Call
from ebbtide.model.coverage import Coverage
from ebbtide.model.resource import GLOBAL
from ebbtide.store.run import Run, read_run

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

logger = logging.getLogger(__name__)

# Without AllRegions the answer holds the enabled regions only.
LIST_REGIONS = Call("ec2", "describe_regions", "Regions[].RegionName")


@dataclass(frozen=True, slots=True)
class Discovery:
    """Shared inputs for discovering each account."""

    run: Run
    settings: Settings
    own: AccountSession
    bucket: Bucket
    previous: Manifest | None
    members: dict[str, Member] = field(default_factory=dict)
    listed_by: str | None = None

    def entry(self, account: str) -> AccountEntry | None:
        return self.previous.find(account) if self.previous else None


def discover_accounts(request: RunRequest, bucket: Bucket, settings: Settings) -> dict[str, Any]:
    """Write the work list and the list of accounts; return their keys and the number of tasks.

    An account whose regions cannot be listed keeps the regions of the last snapshot: its resources
    are carried over, and its coverage says why nothing new was read. Raises AccessError or
    CallError when the organization cannot be listed, because its accounts are then unknown, and
    InputError if the run was started for accounts or regions that are not collected.
    """
    run = read_run(bucket, request.run_id)
    threads = run.config.collect.threads
    own = own_session(settings.account_id, settings.partition, threads)
    discovery = _discovery(run, settings, own, bucket)
    known = list(discovery.members) or account_ids(run.config, settings)
    require_known("account", run.asked.accounts, known, "among those that collect.accounts names")
    accounts = [name for name in known if name in (run.asked.accounts or known)]
    with ThreadPoolExecutor(threads) as pool:
        found = pool.map(lambda account: account_tasks(discovery, account), accounts)
        tasks = [task for one in found for task in one]
    regions = (name for task in tasks for name in task.regions)
    require_known("region", run.asked.regions, regions, "in any of the accounts of this run")
    keys = run.keys
    bucket.write_json(keys.work, [task.model_dump(mode="json") for task in tasks])
    bucket.write_json(keys.accounts, [{"account": account} for account in accounts])
    return {"work": keys.work, "accounts": keys.accounts, "tasks": len(tasks)}


def account_ids(config: Config, settings: Settings) -> list[str]:
    if config.collect.accounts in ("self", "organization"):
        return [settings.account_id]
    return list(dict.fromkeys(config.collect.accounts))


def _discovery(run: Run, settings: Settings, own: AccountSession, bucket: Bucket) -> Discovery:
    previous = current_manifest(bucket)
    if run.config.collect.accounts != "organization":
        return Discovery(run, settings, own, bucket, previous)
    options = run.config.collect.organization
    listed_by = options.account or settings.account_id
    organization = read_organization(enter_as_reader(run, settings, own, listed_by))
    members = _chosen(organization, run)
    bucket.write_json(run.keys.organization, organization.to_json())
    return Discovery(
        run, settings, own, bucket, previous, {member.Id: member for member in members}, listed_by
    )


def _chosen(organization: Organization, run: Run) -> list[Member]:
    options = run.config.collect.organization
    unknown = unknown_units(organization, options)
    if unknown:
        raise ConfigError(
            f"collect.organization: unit not found in the organization: {', '.join(unknown)}"
        )
    members = chosen_members(organization, options)
    if not members:
        raise ConfigError("collect.organization: the filters leave no active account to collect")
    left_out = len(organization.members) - len(members)
    logger.info("organization", extra={"accounts": len(members), "left_out": left_out})
    return members


def account_tasks(discovery: Discovery, account: str) -> list[Task]:
    """Return the tasks of one account: one, unless the last run took too long to read it."""
    run, options = discovery.run, discovery.run.config.collect
    entry = discovery.entry(account)
    enabled = _enabled_regions(discovery, account)
    regions = enabled if options.regions == "enabled" else list(dict.fromkeys(options.regions))
    if regions is None:
        regions = sorted(set(entry.regions) - {GLOBAL}) if entry else []
    member = discovery.members.get(account)
    name = member.Name if member else account
    probe = regions_to_probe(run, entry, regions)
    locked = dict(entry.locked_regions) if entry else {}
    not_asked = {name for name in regions if not run.asked.has(account, name)}
    declared = set(options.regions_without_resources) & set(enabled or ())
    only_checked: dict[str, tuple[str, ...]] = {
        name: () for name in declared - set(regions) if run.asked.has(account, name)
    }
    parts = pack(
        (GLOBAL, *regions),
        _last_coverage(discovery, entry),
        options.threads,
        options.task_target.total_seconds(),
    )
    return [
        Task(
            account=account,
            name=options.names.get(account, name),
            regions=part.regions,
            enabled_regions=None if enabled is None else tuple(enabled),
            task=str(number),
            kinds=part.kinds,
            probe=tuple(region for region in part.regions if region in probe),
            locked={region: known for region, known in locked.items() if region in part.regions}
            | (only_checked if number == 0 else {}),
            details=member.details() if member else {},
            organization=account == discovery.listed_by,
            shares=among,
            not_asked=tuple(region for region in part.regions if region in not_asked),
        )
        for number, (part, among) in enumerate(zip(parts, shares(parts), strict=True))
    ]


def regions_to_probe(run: Run, entry: AccountEntry | None, regions: list[str]) -> set[str]:
    """Return the regions to skip if they look empty.

    Regions with known resources are always read. Each run also reads a few of the other regions
    completely: those that were read completely longest ago.
    """
    options = run.config.collect.empty_regions
    if not options.skip:
        return set()
    empty = dict(entry.empty_regions) if entry else {}
    used = set(entry.regions) - set(empty) if entry else set()
    tried = {region: empty.get(region) for region in regions if region not in used}
    in_turn = sorted(tried, key=lambda region: (tried[region] or "", region))
    complete = set(in_turn[: options.complete_per_run])
    # A region whose last complete reading is too old is due, too. One that was never read
    # completely waits for its turn, so that the first run does not read them all.
    complete |= {
        region
        for region, at in tried.items()
        if at is not None and run.started - from_text(at) > options.trust
    }
    return set(tried) - complete


def _last_coverage(discovery: Discovery, entry: AccountEntry | None) -> list[Coverage]:
    """Return the account's coverage with the last run's timings; empty if it fits into one task.

    Only an account that has to be split needs the timings, and the coverage is a large object.
    """
    options = discovery.run.config.collect
    if entry is None:
        return []
    fits = entry.seconds / options.threads <= options.task_target.total_seconds()
    if fits and not entry.states.get("timed_out"):
        return []
    return read_coverage(discovery.bucket, entry)


def _enabled_regions(discovery: Discovery, account: str) -> list[str] | None:
    """Return all regions that the account has enabled, even if only some of them are collected.

    A role that no function in the collected regions uses may be used in another region. None if
    the regions cannot be listed.
    """
    settings = discovery.settings
    try:
        session = enter_as_reader(discovery.run, settings, discovery.own, account)
        region = settings.aws_region
        return sorted(name for page in call_pages(session, LIST_REGIONS, region) for name in page)
    except (AccessError, CallError) as error:
        logger.warning("regions unknown", extra={"account": account, "error": str(error)})
        return None
