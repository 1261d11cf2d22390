"""What another account shares carries its owner, for every kind whose answer names one."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import pytest

from ebbtide.collect.to_resource import Place, build_resource
from ebbtide.kinds import registry
from ebbtide.model.kind import Kind
from ebbtide.model.owning_account import owning_account
from ebbtide.model.resource import GLOBAL
from tests.faults.collect.answers import ACCOUNT, REGION, read
from tests.support.builders import resource
from tests.support.gathering import CALLED, for_each, gather
from tests.support.measuring import Estate, measured, measured_lines
from tests.unit.kinds.test_recorded_answers import list_documents
from tools.model_sentences import answered

OTHER = "999999999999"
OWNERS = re.compile(
    r"(resource|transitgateway)?owner(id|account|accountid)?|owningaccountid|awsaccountid|catalogid",
    re.IGNORECASE,
)
# Members of these names that say something else.
NO_ACCOUNT = {
    ("aws_eks_addon", "owner"): "the publisher of the add-on",
    ("aws_ssm_document", "Owner"): "Amazon, or an account; the list asks for its own",
    ("aws_sns_subscription", "Owner"): "the subscriber; the subscription is the topic's",
    ("aws_ec2_transit_gateway_attachment", "TransitGatewayOwnerId"): "the gateway's owner",
    ("aws_glue_crawler", "CatalogId"): "the catalog that it writes to",
}


def owners(kind: Kind) -> set[str]:
    """Return the members of an answered item that name the account that owns it."""
    calls = [kind.list, *(detail.call for detail in kind.details if detail.into is None)]
    found = {name for call in calls if call for name, _ in answered(call) if OWNERS.fullmatch(name)}
    return {name for name in found if (kind.name, name) not in NO_ACCOUNT}


@cache
def named() -> dict[str, set[str]]:
    """Return the kinds whose answers name an owner, with the members that do."""
    return {name: found for name, kind in registry().items() if (found := owners(kind))}


def test_kinds_whose_answers_name_an_owner_are_found() -> None:
    assert len(named()) >= 25
    assert {"aws_vpc", "aws_ec2_host", "aws_efs_mount_target", "aws_glue_database"} <= set(named())


def test_exceptions_exist() -> None:
    for (kind, member), _ in NO_ACCOUNT.items():
        calls = [registry()[kind].list, *(detail.call for detail in registry()[kind].details)]
        assert any(member == name for call in calls if call for name, _ in answered(call))


def line_of(kind: str) -> Any:
    """Build the recorded resource as if another account owned it."""
    declared = registry()[kind]
    item = list_documents(declared)[0]
    others = json.loads(json.dumps(item, default=str).replace(ACCOUNT, OTHER))
    shared = {**others, **dict.fromkeys(named()[kind], OTHER)}
    region = GLOBAL if declared.scope == "global" else REGION
    return build_resource(declared, shared, Place(ACCOUNT, region, "aws")).to_line()


def owner_is_named(kind: str) -> None:
    line = line_of(kind)
    assert owning_account(line) == OTHER
    assert line["account"] == ACCOUNT
    assert line["arn"] is None or line["arn"].split(":")[4] == OTHER
    assert measured_lines([line]) == []


def test_arn_names_the_owner_and_no_metric_counts_it() -> None:
    gather({kind: kind for kind in named()}, owner_is_named)


@for_each(CALLED)
def test_own_resources_are_counted(kind: Kind) -> None:
    """No kind's ARN names an account other than the one that it was read in."""
    for line in read(kind.name).of(kind.name):
        assert owning_account(line) in (ACCOUNT, "aws"), line["arn"]


@pytest.mark.parametrize(
    ("arn", "properties", "owner"),
    [
        ("arn:aws:ec2:eu-central-1:999999999999:vpc/vpc-1", {}, OTHER),
        ("arn:aws:ec2:eu-central-1:aws:prefix-list/pl-1", {}, "aws"),
        ("arn:aws:s3:::shop", {}, ACCOUNT),
        ("arn:aws:s3:::shop", {"owner_id": OTHER}, OTHER),
        (None, {"owner_id": OTHER}, OTHER),
        (None, {"owner_id": "0123456789abcdef"}, ACCOUNT),
        (None, {}, ACCOUNT),
    ],
)
def test_owner_is_the_account_in_the_arn_or_the_owner_that_aws_names(
    arn: str | None, properties: dict[str, Any], owner: str
) -> None:
    line = resource("aws_vpc", "vpc-1").to_line()
    line["arn"] = arn
    assert owning_account({**line, "properties": properties}) == owner


def test_vpc_that_is_shared_with_thirty_accounts_counts_once() -> None:
    accounts = [OTHER, *(f"{number:012}" for number in range(1, 31))]
    lines = {account: [{**line_of("aws_vpc"), "account": account}] for account in accounts}
    samples = measured(Estate(lines), names={"resources"})
    assert [(one.labels["account"], one.value) for one in samples] == [(OTHER, 1)]
