"""Recognises regions that a policy of the organization locks, such as Control Tower's region deny.

A region is locked if such a policy denies all probes. A few services stay readable there, because
policies exempt them. A region that was locked in the last run costs the probes and the lists that
were readable then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from ebbtide.aws import AccountSession, call_pages, is_denied_by_organization
from ebbtide.base.errors import CallError
from ebbtide.collect.probing import PROBES
from ebbtide.config.scope import root_of
from ebbtide.model.call import Call
from ebbtide.model.coverage import Coverage
from ebbtide.model.kind import Kind


def is_locked(session: AccountSession, region: str) -> bool:
    """Say whether a policy of the organization denies all probes of a region."""
    return all(_is_locked_out(session, probe, region) for probe in PROBES)


def _is_locked_out(session: AccountSession, probe: Call, region: str) -> bool:
    try:
        next(call_pages(session, probe, region), None)
    except CallError as error:
        return is_denied_by_organization(error.message)
    return False


def is_readable(kind: Kind, readable: Collection[str]) -> bool:
    """Say whether a kind of a locked region is listed; `readable` are kinds without a parent."""
    return root_of(kind).name in readable


def may_be_locked(coverage: Iterable[Coverage]) -> bool:
    """Say whether a policy of the organization denied a kind of the region."""
    return any(_is_denied(entry) for entry in coverage)


def as_locked(coverage: Iterable[Coverage]) -> list[Coverage]:
    """Return the coverage of a locked region: what the policy denied counts as locked."""
    return [replace(one, state="locked") if _is_denied(one) else one for one in coverage]


def _is_denied(entry: Coverage) -> bool:
    return entry.state == "denied" and is_denied_by_organization(entry.error or "")
