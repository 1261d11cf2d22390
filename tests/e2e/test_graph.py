"""The graph holds what exists in every account, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import networkx as nx
import pytest

from local.deploy import ACCOUNT, MEMBER_STACK, REGION, STACK
from local.estate import ACCOUNTS, APPLICATION, REGIONS
from local.session import SUBSCRIBER, Session
from tests.e2e.scenario import Stage, Told, graph_id

Graph = nx.MultiDiGraph

# What AWS puts into every region of a new account.
DEFAULT_NETWORK = {
    "aws_vpc": 1,
    "aws_ec2_subnet": 3,
    "aws_ec2_security_group": 1,
    "aws_ec2_network_acl": 1,
    "aws_ec2_route_table": 1,
    "aws_ec2_internet_gateway": 1,
}
# What else AWS puts into a new account, or into every region of it.
BUILT_IN = (
    ("global", "aws_root_user", "root"),
    *(
        (region, kind, name)
        for region in REGIONS
        for kind, name in (
            ("aws_eventbridge_event_bus", "default"),
            ("aws_athena_data_catalog", "AwsDataCatalog"),
            ("aws_athena_work_group", "primary"),
        )
    ),
)
# What AWS puts into every VPC.
VPC_DEFAULTS = ("aws_ec2_security_group", "aws_ec2_network_acl", "aws_ec2_route_table")


@pytest.mark.parametrize("account", ACCOUNTS)
def test_every_resource_of_an_account_is_in_its_graph(
    stage: Stage, dry: Told, account: str
) -> None:
    graph = dry.graphs[account]
    created = {item.key: item for item in stage.estate.resources if item.account == account}
    assert {graph_id(key) for key in created} - set(graph) == set()
    for key, item in created.items():
        node = graph.nodes[graph_id(key)]
        assert (node["account"], node["region"], node["kind"], node["id"]) == key
        assert item.name in ("", node["name"], item.id) or item.kind == "aws_sqs_queue"
        assert node["stale_since"] is None


@pytest.mark.parametrize("account", ACCOUNTS)
def test_every_relation_of_the_estate_is_an_edge(stage: Stage, dry: Told, account: str) -> None:
    graph = dry.graphs[account]
    missing = []
    for edge in stage.estate.edges:
        source, target = graph_id(edge.source), graph_id(edge.target)
        if edge.source[0] != account:
            continue
        found = graph.has_edge(source, target, edge.type)
        if edge.type == "default":  # either end may be the parent
            found = found or graph.has_edge(target, source, "default")
        if not found:
            missing.append((edge.type, source, target))
    assert missing == []


@pytest.mark.parametrize("account", ACCOUNTS)
def test_a_graph_holds_nothing_but_the_estate_what_aws_adds_and_ebbtide_itself(
    stage: Stage, dry: Told, account: str
) -> None:
    graph = dry.graphs[account]
    explained = {
        *(graph_id(item.key) for item in stage.estate.resources),
        *_account_and_regions(account),
        *(graph_id((account, *place)) for place in BUILT_IN),
        *_types_in_use(graph),
        *_default_networks(graph),
        *_defaults_of_vpcs(graph),
        *_made_by_aws_for_others(graph),
        *_ebbtide(stage.session, graph, account),
    }
    assert sorted(set(graph) - explained) == []


def _account_and_regions(account: str) -> Iterator[str]:
    yield graph_id((account, "global", "aws_account", account))
    for region in ("global", *REGIONS):
        yield graph_id((account, region, "aws_region", region))


def _types_in_use(graph: Graph) -> Iterator[str]:
    """The types of exactly the instances and volumes that are there."""
    for _, node in graph.nodes(data=True):
        for kind in ("instance", "volume"):
            if node["kind"] == f"aws_ec2_{kind}":
                used = str(node["properties"][f"{kind}_type"])
                yield graph_id((node["account"], node["region"], f"aws_ec2_{kind}_type", used))


def _default_networks(graph: Graph) -> Iterator[str]:
    """The default VPC of each region and what it comes with, in exactly these numbers."""
    for vpc, node in graph.nodes(data=True):
        if node["kind"] == "aws_vpc" and node["properties"]["is_default"]:
            for kind, count in DEFAULT_NETWORK.items():
                found = [name for name in (vpc, *graph[vpc]) if graph.nodes[name]["kind"] == kind]
                assert len(found) == count, (vpc, kind)
                yield from found


def _defaults_of_vpcs(graph: Graph) -> Iterator[str]:
    """One default security group, network ACL and main route table per VPC."""
    for vpc, node in graph.nodes(data=True):
        if node["kind"] == "aws_vpc":
            owned = [
                target for _, target, type in graph.out_edges(vpc, keys=True) if type == "owns"
            ]
            assert sorted(graph.nodes[name]["kind"] for name in owned) == sorted(VPC_DEFAULTS)
            yield from owned


def _made_by_aws_for_others(graph: Graph) -> Iterator[str]:
    """Interfaces that name their owner, and the default rule of each listener."""
    for name, node in graph.nodes(data=True):
        if node["kind"] == "aws_alb_listener_rule" and node["properties"]["is_default"]:
            yield name
        held = node["keep_reason"] or node["properties"].get("attachment")
        if node["kind"] == "aws_ec2_network_interface" and held:
            yield name


def _ebbtide(session: Session, graph: Graph, account: str) -> Iterator[str]:
    """Its stacks with all that they hold, the bucket of sam, and the queue of the listener."""
    stacks = [MEMBER_STACK]
    if account == APPLICATION:
        stacks += [STACK, "aws-sam-cli-managed-default"]
        queue = session.queue
        yield graph_id((ACCOUNT, REGION, "aws_sqs_queue", queue))
        assert queue.endswith(SUBSCRIBER)
        bus = session.deployment.outputs["EventBusName"]
        rule = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{bus}/{SUBSCRIBER}"
        yield graph_id((ACCOUNT, REGION, "aws_eventbridge_rule", rule))
    physical = {name for stack in stacks for name in _stack_resources(session, account, stack)}
    for name, node in graph.nodes(data=True):
        if node["region"] in (REGION, "global") and _names(node) & physical:
            yield name


def _names(node: dict[str, Any]) -> set[str]:
    """What a stack may call a resource: an id, a name, an ARN, or that of a layer version."""
    return {node["id"], node["name"], node["arn"], f"{node['arn']}:1"}


def _stack_resources(session: Session, account: str, stack: str) -> Iterator[str]:
    stacks: Any = session.client("cloudformation", account)
    for one in stacks.describe_stacks(StackName=stack)["Stacks"]:
        yield one["StackId"]
    for one in stacks.describe_stack_resources(StackName=stack)["StackResources"]:
        yield one["PhysicalResourceId"]


def test_all_was_read_completely(dry: Told) -> None:
    states = {line["state"] for lines in dry.coverage.values() for line in lines}
    assert states == {"complete"}


@pytest.mark.full
def test_a_killed_function_neither_loses_nor_doubles_a_resource(
    dry: Told, killed_collect: Told
) -> None:
    assert killed_collect.run.status == "SUCCEEDED"
    for account in ACCOUNTS:
        before, after = dry.graphs[account], killed_collect.graphs[account]
        assert set(after) == set(before)
        assert set(after.edges(keys=True)) == set(before.edges(keys=True))
    states = {line["state"] for lines in killed_collect.coverage.values() for line in lines}
    assert states == {"complete"}
