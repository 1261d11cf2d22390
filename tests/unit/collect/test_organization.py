"""Which accounts of an organization are collected, and how its tree becomes resources."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ebbtide.collect.organization import (
    Member,
    Organization,
    Unit,
    chosen_members,
    organization_items,
    unknown_units,
)
from ebbtide.config.model import OrganizationConfig

ROOT, PROD, WEB, SANDBOX = "r-abcd", "ou-abcd-prod0000", "ou-abcd-web00000", "ou-abcd-sandbox0"
MANAGEMENT, SHOP, LEDGER, PLAY = "111111111111", "222222222222", "333333333333", "444444444444"


def unit(id: str, parent: str | None, path: str) -> Unit:
    return Unit(id, f"arn:aws:organizations::1:{id}", path.rsplit("/", 1)[1], parent, path)


def member(id: str, *above: str, status: str = "ACTIVE") -> Member:
    arn = f"arn:aws:organizations::1:account/{id}"
    return Member(id, arn, f"account {id}", status, None, above[-1], "/Root", above)


ORGANIZATION = Organization(
    (
        unit(ROOT, None, "/Root"),
        unit(PROD, ROOT, "/Root/prod"),
        unit(SANDBOX, ROOT, "/Root/sandbox"),
        unit(WEB, PROD, "/Root/prod/web"),
    ),
    (
        member(MANAGEMENT, ROOT),
        member(SHOP, ROOT, PROD, WEB),
        member(LEDGER, ROOT, PROD),
        member(PLAY, ROOT, SANDBOX),
    ),
)


def chosen(**options: Any) -> set[str]:
    config = OrganizationConfig.model_validate(options)
    return {found.Id for found in chosen_members(ORGANIZATION, config)}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {MANAGEMENT, SHOP, LEDGER, PLAY}),
        ({"include_units": [ROOT]}, {MANAGEMENT, SHOP, LEDGER, PLAY}),
        ({"include_units": [PROD]}, {SHOP, LEDGER}),
        ({"include_units": [WEB, SANDBOX]}, {SHOP, PLAY}),
        ({"exclude_units": [PROD]}, {MANAGEMENT, PLAY}),
        ({"exclude_units": [ROOT]}, set()),
        ({"include_units": [PROD], "exclude_units": [WEB]}, {LEDGER}),
        ({"include_units": [WEB], "exclude_units": [PROD]}, set()),
        ({"exclude_accounts": [SHOP]}, {MANAGEMENT, LEDGER, PLAY}),
        ({"include_units": [PROD], "exclude_accounts": [SHOP]}, {LEDGER}),
    ],
)
def test_accounts_are_chosen_by_the_units_above_them_and_exclusion_wins(
    options: dict[str, Any], expected: set[str]
) -> None:
    assert chosen(**options) == expected


@pytest.mark.parametrize("status", ["SUSPENDED", "PENDING_CLOSURE", "PENDING_ACTIVATION", "CLOSED"])
def test_an_account_that_is_not_active_is_never_chosen(status: str) -> None:
    gone = Organization(ORGANIZATION.units, (member(SHOP, ROOT, status=status),))
    assert chosen_members(gone, OrganizationConfig()) == []
    assert chosen_members(gone, OrganizationConfig(include_units=(ROOT,))) == []


def test_units_that_the_organization_does_not_have_are_named_once_each() -> None:
    missing = "ou-abcd-gone0000"
    options = OrganizationConfig(
        include_units=(PROD, missing), exclude_units=(missing, "r-zzzz", WEB)
    )
    assert unknown_units(ORGANIZATION, options) == [missing, "r-zzzz"]
    assert unknown_units(ORGANIZATION, OrganizationConfig(include_units=(ROOT, WEB))) == []


def test_a_stored_organization_has_roots_and_units_as_items() -> None:
    document = json.loads(json.dumps(ORGANIZATION.to_json()))
    items = organization_items(document)
    roots, units = items["aws_organizational_root"], items["aws_organizational_unit"]
    assert [item["Id"] for item in roots] == [ROOT]
    assert {item["Id"]: item["ParentId"] for item in units} == {
        PROD: ROOT,
        SANDBOX: ROOT,
        WEB: PROD,
    }
    assert {item["Path"] for item in units} == {"/Root/prod", "/Root/sandbox", "/Root/prod/web"}


def test_a_member_tells_its_account_where_it_is_but_not_what_it_is_called() -> None:
    details = member(SHOP, ROOT, PROD, WEB).details()
    assert (details["Id"], details["ParentId"], details["Path"]) == (SHOP, WEB, "/Root")
    # The name may be given by the configuration, and the units above are edges.
    assert not {"Name", "above"} & set(details)
