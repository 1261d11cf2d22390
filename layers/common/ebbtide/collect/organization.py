"""Reads the tree of an AWS organization: its roots, units and accounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ebbtide.aws import AccountSession, call_pages
from ebbtide.base.clock import optional_text
from ebbtide.collect.to_resource import read_time
from ebbtide.config.model import OrganizationConfig
from ebbtide.model.call import Call
from ebbtide.model.resource import GLOBAL

LIST_ROOTS = Call("organizations", "list_roots", "Roots[]")
LIST_UNITS = Call(
    "organizations",
    "list_organizational_units_for_parent",
    "OrganizationalUnits[]",
    ParentId="{Id}",
)
LIST_ACCOUNTS = Call("organizations", "list_accounts_for_parent", "Accounts[]", ParentId="{Id}")
CALLS = (LIST_ROOTS, LIST_UNITS, LIST_ACCOUNTS)

ACTIVE = "ACTIVE"


@dataclass(frozen=True, slots=True)
class Unit:
    """A root (without a parent) or an organizational unit; `Path` joins the names down to it."""

    Id: str
    Arn: str
    Name: str
    ParentId: str | None
    Path: str


@dataclass(frozen=True, slots=True)
class Member:
    """An account of the organization; `above` holds the ids of its units, root first."""

    Id: str
    Arn: str
    Name: str
    Status: str
    JoinedTimestamp: str | None
    ParentId: str
    Path: str
    above: tuple[str, ...]

    def details(self) -> dict[str, Any]:
        """Return the properties of the account's resource; collect.names may replace its name."""
        left_out = ("Name", "above")
        return {name: value for name, value in asdict(self).items() if name not in left_out}


@dataclass(frozen=True, slots=True)
class Organization:
    units: tuple[Unit, ...]
    members: tuple[Member, ...]

    def to_json(self) -> dict[str, Any]:
        return {"format": 1, **asdict(self)}


def read_organization(session: AccountSession) -> Organization:
    """Read the organization from its roots down; raises CallError, e.g. if access is denied.

    The account must be the management account or a delegated administrator of the organization.
    """
    units: list[Unit] = []
    members: list[Member] = []
    waiting: list[tuple[Unit, tuple[str, ...]]] = [
        (_unit(root, None, ""), ()) for root in _listed(session, LIST_ROOTS, {})
    ]
    while waiting:
        unit, above = waiting.pop(0)
        units.append(unit)
        line = (*above, unit.Id)
        here = {"Id": unit.Id}
        members += [_member(found, unit, line) for found in _listed(session, LIST_ACCOUNTS, here)]
        waiting += [
            (_unit(found, unit.Id, unit.Path), line) for found in _listed(session, LIST_UNITS, here)
        ]
    return Organization(tuple(units), tuple(sorted(members, key=lambda member: member.Id)))


def _listed(
    session: AccountSession, call: Call, document: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    # Organizations may return an empty page that has a token: the list ends only without a token.
    for page in call_pages(session, call, GLOBAL, document):
        yield from page


def _unit(found: Mapping[str, Any], parent: str | None, above: str) -> Unit:
    return Unit(found["Id"], found["Arn"], found["Name"], parent, f"{above}/{found['Name']}")


def _member(found: Mapping[str, Any], unit: Unit, above: tuple[str, ...]) -> Member:
    return Member(
        Id=found["Id"],
        Arn=found["Arn"],
        Name=found.get("Name") or found["Id"],
        # AWS replaces Status with State in 2026 and returns both until then.
        Status=found.get("State") or found["Status"],
        JoinedTimestamp=optional_text(read_time(found.get("JoinedTimestamp"))),
        ParentId=unit.Id,
        Path=unit.Path,
        above=above,
    )


def chosen_members(organization: Organization, options: OrganizationConfig) -> list[Member]:
    """Return the active accounts that are in an included unit and not excluded."""
    return [
        member
        for member in organization.members
        if member.Status == ACTIVE
        and member.Id not in options.exclude_accounts
        and not set(member.above) & set(options.exclude_units)
        and (not options.include_units or set(member.above) & set(options.include_units))
    ]


def unknown_units(organization: Organization, options: OrganizationConfig) -> list[str]:
    """Return the ids of units that the configuration names but the organization does not have."""
    named = {*options.include_units, *options.exclude_units}
    return sorted(named - {unit.Id for unit in organization.units})


def organization_items(document: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the roots and units of a stored organization as items, by kind."""
    units: Iterable[Mapping[str, Any]] = document["units"]
    return {
        "aws_organizational_root": [dict(unit) for unit in units if unit["ParentId"] is None],
        "aws_organizational_unit": [dict(unit) for unit in units if unit["ParentId"] is not None],
    }
