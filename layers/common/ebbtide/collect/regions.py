"""Decides what to read of each region of a task, reads it in parallel, and returns the coverage.

A region that looks empty is only probed, apart from the kinds that are read everywhere. So is a
region that a policy of the organization locks, apart from what the policy exempts.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field

from ebbtide.aws import AccountSession
from ebbtide.base.errors import CallError
from ebbtide.collect.locking import as_locked, is_locked, is_readable, may_be_locked
from ebbtide.collect.probing import looks_empty
from ebbtide.collect.slice_reader import SliceReader
from ebbtide.config.scope import is_skippable
from ebbtide.deployment.inputs import Task
from ebbtide.kinds import registry
from ebbtide.model.call import Call
from ebbtide.model.coverage import Coverage
from ebbtide.model.kind import Kind
from ebbtide.model.resource import GLOBAL
from ebbtide.model.service import service

logger = logging.getLogger(__name__)

# With fewer groups than this, reading a region takes no more calls than probing it.
WORTH_PROBING = 4

NOT_ASKED = "the run was started for other regions"

type Group = tuple[Kind, ...]


@dataclass(slots=True)
class Regions:
    """Reads the regions of a task; `reader_of` makes the reader of a region."""

    task: Task
    session: AccountSession
    reader_of: Callable[[str, ThreadPoolExecutor], SliceReader]
    _skipped: set[str] = field(default_factory=set)
    _locked: set[str] = field(default_factory=set)

    def read(self, threads: int) -> list[Coverage]:
        """Read all regions with this many concurrent calls; failures are part of the coverage."""
        # 1.5 threads per concurrent call, so that some can process answers while others wait. The
        # threads of groups mostly wait, for their calls or for a service's rate limit.
        workers = threads + (threads + 1) // 2
        with ThreadPoolExecutor(2 * workers) as groups, ThreadPoolExecutor(workers) as calls:
            wanted = dict.fromkeys((*self.task.regions, *self.task.locked))
            readers = {region: self.reader_of(region, calls) for region in wanted}
            jobs: list[Future[None]] = []
            for found in self._groups(readers, groups):
                jobs += [
                    groups.submit(readers[region].read, one) for region, one in slowest_first(found)
                ]
            for job in jobs:
                job.result()
            return [one for reader in readers.values() for one in self._coverage(reader)]

    def _groups(
        self, readers: dict[str, SliceReader], pool: ThreadPoolExecutor
    ) -> Iterator[list[tuple[str, Group]]]:
        """Yield what to read, with its region; first what needs no probe, of all regions."""
        locks = {
            pool.submit(is_locked, self.session, region): region
            for region in self.task.locked
            if region not in self.task.not_asked
        }
        probes: dict[Future[bool], str] = {}
        at_once: list[tuple[str, Group]] = []
        for region, reader in readers.items():
            if region in self.task.locked or region in self.task.not_asked:
                continue
            later = [group for group in reader.groups() if is_skippable(group[0])]
            if region in self.task.probe and len(later) >= WORTH_PROBING:
                probes[pool.submit(self._looks_empty, region)] = region
                at_once += [(region, one) for one in reader.groups() if not is_skippable(one[0])]
            else:
                at_once += [(region, one) for one in reader.groups()]
        yield at_once
        for probe in as_completed(probes):
            region = probes[probe]
            if probe.result():
                self._skipped.add(region)
            else:
                found = readers[region].groups()
                yield [(region, one) for one in found if is_skippable(one[0])]
        for lock in as_completed(locks):
            region = locks[lock]
            if lock.result():
                self._locked.add(region)
                readable = self.task.locked[region]
                found = readers[region].groups()
                yield [(region, one) for one in found if any(kind.name in readable for kind in one)]
            elif region in self.task.regions:
                yield [(region, one) for one in readers[region].groups()]

    def _looks_empty(self, region: str) -> bool:
        try:
            return looks_empty(self.session, region)
        except CallError as error:
            # The region counts as in use: its kinds are read, and each records its own error.
            logger.info("not probed", extra={"region": region, "error": str(error)})
            return False

    def _coverage(self, reader: SliceReader) -> list[Coverage]:
        """Return the coverage of a region; what a policy of the organization denies is locked.

        A policy that leaves one probe out, such as one about a single service, locks no region.
        """
        region = reader.place.region
        if region not in self.task.regions and region not in self._locked:
            return []  # it was only to be read if it is locked
        found = [self._coverage_of(kind, reader) for kind in reader.kinds if _is_read(kind)]
        if region == GLOBAL or not may_be_locked(found):
            return found
        known = region in self._locked
        return as_locked(found) if known or is_locked(self.session, region) else found

    def _coverage_of(self, kind: Kind, reader: SliceReader) -> Coverage:
        account, region = self.task.account, reader.place.region
        if region in self.task.not_asked:
            return Coverage(account, region, kind.name, "not_asked", error=NOT_ASKED)
        if region in self._skipped and is_skippable(kind):
            return Coverage(account, region, kind.name, "skipped")
        if region in self._locked and not is_readable(kind, self.task.locked[region]):
            return Coverage(account, region, kind.name, "locked")
        return reader.coverage(kind)


def _is_read(kind: Kind) -> bool:
    """Say whether a kind is read; the collector builds the others and records their coverage."""
    return kind.list is not None or kind.inside is not None


def slowest_first(groups: Iterable[tuple[str, Group]]) -> list[tuple[str, Group]]:
    """Sort groups, each with its region, by the time that an item takes at its service's rate.

    While what has many details or children, or a slow service, waits for its turns, the others are
    read.
    """

    def seconds(one: tuple[str, Group]) -> float:
        group = one[1]
        names = {kind.name for kind in group}
        below = [kind for kind in registry().values() if kind.each in names]
        calls = [call for kind in (*group, *below) for call in _calls_of(kind)]
        return sum(1 / service(call.service).rate for call in calls)

    return sorted(groups, key=seconds, reverse=True)


def _calls_of(kind: Kind) -> Iterator[Call]:
    if kind.list is not None:
        yield kind.list
    yield from (detail.call for detail in kind.details)
