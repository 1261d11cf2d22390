"""Collecting a whole organization: its accounts, its tree, and what must not go unnoticed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import botocore.client
import pytest
from botocore.exceptions import ClientError

from ebbtide.base.errors import AccessError, CallError, ConfigError
from ebbtide.graph import current_manifest
from ebbtide.model.resource import GLOBAL, graph_id
from ebbtide.store.keys import RunKeys
from tests.integration.workflow import ACCOUNT, REGION, Workflow, account_session
from tests.support.answering import from_aws

ACCOUNT_KIND, ROOT_KIND, UNIT_KIND = (
    "aws_account",
    "aws_organizational_root",
    "aws_organizational_unit",
)


@dataclass(frozen=True)
class Tree:
    """Root > prod > web; the shop is in web, the ledger in prod, the playground in the root."""

    client: Any
    root: str
    prod: str
    web: str
    shop: str
    ledger: str
    playground: str

    @property
    def active(self) -> set[str]:
        return {ACCOUNT, self.shop, self.ledger, self.playground}


@pytest.fixture
def tree(customer: boto3.session.Session) -> Tree:
    return plant(customer)


def plant(session: boto3.session.Session) -> Tree:
    client = session.client("organizations")
    client.create_organization(FeatureSet="ALL")
    root = client.list_roots()["Roots"][0]["Id"]

    def unit(name: str, parent: str) -> str:
        answer = client.create_organizational_unit(ParentId=parent, Name=name)
        return str(answer["OrganizationalUnit"]["Id"])

    def account(name: str, parent: str) -> str:
        answer = client.create_account(AccountName=name, Email=f"{name}@example.com")
        created = str(answer["CreateAccountStatus"]["AccountId"])
        if parent != root:
            client.move_account(AccountId=created, SourceParentId=root, DestinationParentId=parent)
        return created

    prod = unit("prod", root)
    web = unit("web", prod)
    return Tree(
        client,
        root,
        prod,
        web,
        account("shop", web),
        account("ledger", prod),
        account("playground", root),
    )


def configure(workflow: Workflow, names: dict[str, str] | None = None, **organization: Any) -> None:
    collect: dict[str, Any] = {
        "accounts": "organization",
        "regions": [REGION],
        "kinds": {"include": ["aws_sqs_queue", ROOT_KIND, UNIT_KIND]},
    }
    if names:
        collect["names"] = names
    if organization:
        collect["organization"] = organization
    workflow.configure(collect=collect)


def collected(workflow: Workflow) -> set[str]:
    """The accounts of one run's snapshot."""
    workflow.release(workflow.collect())
    manifest = current_manifest(workflow.bucket)
    assert manifest is not None
    assert not manifest.missing
    return {entry.account for entry in manifest.accounts}


def discover(workflow: Workflow) -> None:
    workflow.claim("r")
    workflow.discover("r")


def node(workflow: Workflow, account: str, kind: str, id: str) -> dict[str, Any]:
    found: dict[str, Any] = workflow.graph(account).nodes[graph_id(account, GLOBAL, kind, id)]
    return found


@contextmanager
def failing(
    monkeypatch: pytest.MonkeyPatch, operation: str, *, only_for: str = ""
) -> Iterator[None]:
    """Calls of one operation are denied, if need be only those that name something."""
    original = botocore.client.BaseClient._make_api_call

    def call(self: Any, name: str, arguments: Any) -> Any:
        if name == operation and only_for in str(arguments):
            error = {"Code": "AccessDeniedException", "Message": "no"}
            raise ClientError({"Error": error}, name)
        return original(self, name, arguments)

    with monkeypatch.context() as patch:
        patch.setattr(botocore.client.BaseClient, "_make_api_call", call)
        yield


def test_every_account_of_the_organization_is_collected(workflow: Workflow, tree: Tree) -> None:
    url = account_session(tree.shop).client("sqs").create_queue(QueueName="orders")["QueueUrl"]
    configure(workflow)
    assert collected(workflow) == tree.active
    name = graph_id(tree.shop, REGION, "aws_sqs_queue", url)
    assert name in workflow.graph(tree.shop)


def test_a_suspended_account_is_left_out(workflow: Workflow, tree: Tree) -> None:
    tree.client.close_account(AccountId=tree.ledger)
    configure(workflow)
    assert collected(workflow) == tree.active - {tree.ledger}


def test_units_and_accounts_can_be_included_and_excluded(workflow: Workflow, tree: Tree) -> None:
    configure(workflow, include_units=[tree.prod])
    assert collected(workflow) == {tree.shop, tree.ledger}
    configure(workflow, include_units=[tree.prod], exclude_units=[tree.web])
    assert collected(workflow) == {tree.ledger}
    configure(workflow, exclude_units=[tree.prod], exclude_accounts=[tree.playground])
    assert collected(workflow) == {ACCOUNT}


def test_the_tree_is_in_the_graph_of_the_account_that_lists_it(
    workflow: Workflow, tree: Tree
) -> None:
    configure(workflow)
    collected(workflow)
    graph = workflow.graph()
    root = graph_id(ACCOUNT, GLOBAL, ROOT_KIND, tree.root)
    prod = graph_id(ACCOUNT, GLOBAL, UNIT_KIND, tree.prod)
    web = graph_id(ACCOUNT, GLOBAL, UNIT_KIND, tree.web)
    assert graph.has_edge(root, prod, key="default")
    assert graph.has_edge(prod, web, key="default")
    assert not graph.has_edge(root, web, key="default")
    assert graph.nodes[web]["name"] == "web"
    assert graph.nodes[web]["properties"]["path"] == "/Root/prod/web"
    kinds = {data["kind"] for _, data in workflow.graph(tree.shop).nodes(data=True)}
    assert not kinds & {ROOT_KIND, UNIT_KIND}


def test_an_account_tells_where_in_the_organization_it_is(workflow: Workflow, tree: Tree) -> None:
    configure(workflow)
    collected(workflow)
    found = node(workflow, tree.shop, ACCOUNT_KIND, tree.shop)
    assert found["name"] == "shop"
    assert found["arn"].endswith(f"/{tree.shop}")
    assert found["created"] is not None
    properties = found["properties"]
    assert (properties["path"], properties["parent_id"]) == ("/Root/prod/web", tree.web)
    assert properties["status"] == "ACTIVE"
    assert node(workflow, ACCOUNT, ACCOUNT_KIND, ACCOUNT)["properties"]["path"] == "/Root"


def test_a_name_of_the_configuration_is_preferred(workflow: Workflow, tree: Tree) -> None:
    configure(workflow, names={tree.shop: "Our shop"})
    collected(workflow)
    manifest = current_manifest(workflow.bucket)
    assert manifest is not None
    assert {entry.account: entry.name for entry in manifest.accounts}[tree.shop] == "Our shop"
    assert node(workflow, tree.shop, ACCOUNT_KIND, tree.shop)["name"] == "Our shop"
    assert node(workflow, tree.ledger, ACCOUNT_KIND, tree.ledger)["name"] == "ledger"


def test_another_account_may_list_the_organization(workflow: Workflow) -> None:
    management = "777788889999"
    tree = plant(account_session(management))
    configure(workflow, account=management)
    assert collected(workflow) == (tree.active - {ACCOUNT}) | {management}
    assert node(workflow, management, UNIT_KIND, tree.web)["name"] == "web"


def test_a_unit_that_does_not_exist_stops_the_run(workflow: Workflow, tree: Tree) -> None:
    configure(workflow, exclude_units=[tree.web, "ou-abcd-gone00000"])
    with pytest.raises(ConfigError, match="unit not found in the organization: ou-abcd-gone00000"):
        discover(workflow)


def test_an_organization_of_which_no_account_is_left_stops_the_run(
    workflow: Workflow, tree: Tree
) -> None:
    configure(workflow, exclude_units=[tree.root])
    with pytest.raises(ConfigError, match="no active account"):
        discover(workflow)


@pytest.mark.parametrize(
    "operation", ["ListRoots", "ListAccountsForParent", "ListOrganizationalUnitsForParent"]
)
def test_an_organization_that_may_not_be_listed_stops_the_run(
    workflow: Workflow, tree: Tree, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    configure(workflow, exclude_units=[tree.web])
    with (
        failing(monkeypatch, operation),
        pytest.raises(CallError, match="AccessDeniedException"),
    ):
        discover(workflow)
    assert workflow.bucket.find_json(RunKeys("r").work) is None


def test_a_unit_that_may_not_be_listed_is_not_taken_for_empty(
    workflow: Workflow, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(workflow)
    with (
        failing(monkeypatch, "ListAccountsForParent", only_for=tree.web),
        pytest.raises(CallError, match="AccessDeniedException"),
    ):
        discover(workflow)


def test_an_account_without_an_organization_stops_the_run(workflow: Workflow) -> None:
    configure(workflow)
    with pytest.raises(CallError, match="AWSOrganizationsNotInUseException"):
        discover(workflow)


@pytest.mark.usefixtures("tree")
def test_a_lister_that_cannot_be_entered_stops_the_run(
    workflow: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(workflow)
    with failing(monkeypatch, "AssumeRole"), pytest.raises(AccessError):
        discover(workflow)


def test_an_account_that_cannot_be_entered_does_not_stop_the_others(
    workflow: Workflow, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(workflow)
    with failing(monkeypatch, "AssumeRole", only_for=tree.shop):
        assert collected(workflow) == tree.active
    manifest = current_manifest(workflow.bucket)
    assert manifest is not None
    states = {entry.account: set(entry.states) for entry in manifest.accounts}
    assert states[tree.shop] == {"denied"}
    assert states[tree.ledger] == {"complete"}


def test_pages_without_accounts_are_not_the_end(
    workflow: Workflow, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = botocore.client.BaseClient._make_api_call

    def paged(self: Any, name: str, arguments: Any) -> Any:
        if name == "ListAccountsForParent" and "NextToken" not in arguments:
            return from_aws({"Accounts": [], "NextToken": "next"})
        arguments = {key: value for key, value in arguments.items() if key != "NextToken"}
        return original(self, name, arguments)

    configure(workflow)
    with monkeypatch.context() as patch:
        patch.setattr(botocore.client.BaseClient, "_make_api_call", paged)
        discover(workflow)
    assert {task.account for task in workflow.work("r")} == tree.active
