"""A generated account for planning: applications with networks, servers, functions and a stack.

Each application is in one region and has about 230 resources. Kinds, references and edges are those
that collecting and merging would find: an edge comes from the declared relation of its two kinds.
A third of the applications has expired as a whole; the other rules select from all of them. The
rules that are searches select more: nothing has ever used what is beside an application's servers.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import count, islice, takewhile
from pathlib import Path
from typing import Any

import orjson

from ebbtide.base.clock import from_text, to_text
from ebbtide.base.json_lines import LineWriter
from ebbtide.config import parse_config
from ebbtide.config.scope import in_region
from ebbtide.graph.edges import relation_edges, structure_edges
from ebbtide.graph.manifest import AccountEntry, Manifest
from ebbtide.kinds import registry
from ebbtide.model.coverage import Coverage
from ebbtide.model.final_copies import PREFIX
from ebbtide.model.kind import Relation
from ebbtide.model.lines import ResourceLine
from ebbtide.model.resource import GLOBAL, Edge, graph_id
from ebbtide.model.stacks import Member, MemberList
from ebbtide.rules import registry as rules
from ebbtide.store.keys import RunKeys
from ebbtide.store.run import Run

ACCOUNT = "111122223333"
RUN = "bench"
REGIONS = ("us-east-1", "eu-central-1", "ap-southeast-2", "sa-east-1")
# Regions that are collected, too, and have nothing in them.
QUIET = ("us-east-2", "us-west-1", "us-west-2", "eu-west-1", "eu-north-1", "ap-south-1")
NOW = "2026-11-25T10:00:00Z"
OLD = "2026-07-01T10:00:00Z"
STACK_TAG = "aws:cloudformation:stack-id"
CODED = tuple(name for name, rule in rules().items() if rule.search is None)


def enabling(names: Iterable[str]) -> str:
    """Return a configuration with these rules on, and last uses kept for as long as they ask."""
    on = "".join(f"  {name}: {{enabled: true}}\n" for name in names)
    return f"collect: {{last_use: {{period: 400d}}}}\nrules:\n{on}"


# The rules of code alone, and with the library of searches.
ALL_RULES = enabling(CODED)
WITH_LIBRARY = enabling(rules())
TYPES = ("t3.small", "m5.large", "m5.xlarge", "c5.4xlarge", "r5.8xlarge")

type Line = ResourceLine


@dataclass(slots=True)
class Application:
    """The resources of one application, by the order in which they are made."""

    number: int
    random: random.Random
    lines: list[Line] = field(default_factory=list)
    edges: set[Edge] = field(default_factory=set)
    stacks: list[MemberList] = field(default_factory=list)

    @property
    def region(self) -> str:
        return REGIONS[self.number % len(REGIONS)]

    @property
    def expired(self) -> bool:
        return self.number * 37 % 100 < 34

    def add(
        self,
        kind: str,
        name: str,
        uses: Iterable[Line] = (),
        *,
        tags: dict[str, str] | None = None,
        **properties: Any,
    ) -> Line:
        """Add a resource that names the resources in `uses`."""
        region = GLOBAL if registry()[kind].scope == "global" else self.region
        own = f"{name}-{self.number}"
        line: Line = {
            "graph_id": graph_id(ACCOUNT, region, kind, own),
            "id": own,
            "kind": kind,
            "kinds": list(registry()[kind].kinds),
            "name": own,
            "account": ACCOUNT,
            "region": region,
            "arn": f"arn:aws:{kind.split('_')[1]}:{region}:{ACCOUNT}:{kind}/{own}",
            "tags": self._tags() | (tags or {}),
            "created": OLD,
            "updated": OLD,
            "first_seen": OLD,
            "last_seen": NOW,
            "stale_since": None,
            "ended": False,
            "keep_reason": None,
            "properties": {"owner_id": ACCOUNT, "description": f"of application {self.number}"}
            | properties,
            "watched_since": OLD,
            "watched_until": NOW,
            "unchanged_since": OLD,
        }
        self.lines.append(line)
        for used in uses:
            self.edges.update(relation_edges(relation(kind, used["kind"]), line, used))
        return line

    def _tags(self) -> dict[str, str]:
        lifetime = "30d" if self.expired else "5 years"
        return {
            "owner": f"team-{self.number % 40}",
            "application": f"app-{self.number}",
            "environment": "test",
            "expiration": lifetime,
        }

    def make(self, shared: Shared) -> None:
        subnets, groups = self._network()
        servers = self._servers(shared, subnets, groups)
        self._disks(shared, servers)
        self._balancer(subnets, servers)
        self._functions()
        self._last_copy()

    def _last_copy(self) -> None:
        kind = "aws_rds_snapshot"
        copy = self.add(kind, f"{PREFIX}shop", db_snapshot_arn="", status="available")
        (kept,) = [state for state in registry()[kind].never_delete if state.lifted_by]
        copy["keep_reason"] = kept.why

    def _network(self) -> tuple[list[Line], list[Line]]:
        vpc = self.add("aws_vpc", "vpc", cidr_block="10.0.0.0/16", state="available")
        subnets = [
            self.add("aws_ec2_subnet", f"subnet-{place}", [vpc], state="available")
            for place in "abcd"
        ]
        for place in "ab":
            self.add("aws_ec2_route_table", f"rtb-{place}", [vpc, subnets[0]])
        self.add("aws_ec2_internet_gateway", "igw", [vpc])
        self.add("aws_ec2_network_acl", "acl", [vpc])
        interface = self.add("aws_ec2_network_interface", "eni-nat", [subnets[0]])
        gateway = self.add("aws_ec2_nat_gateway", "nat", [subnets[0]], state="available")
        self.add("aws_ec2_elastic_ip", "eipalloc", [interface])
        self.edges.update(relation_edges(relation(gateway["kind"], vpc["kind"]), gateway, vpc))
        groups: list[Line] = []
        for number in range(6):
            # Each group but the first lets the one before it in.
            groups.append(self.add("aws_ec2_security_group", f"sg-{number}", [vpc, *groups[-1:]]))
        return subnets, groups

    def _servers(self, shared: Shared, subnets: list[Line], groups: list[Line]) -> list[Line]:
        servers = []
        for number in range(24):
            status = "stopped" if self.random.random() < 0.1 else "running"
            place, group = self.random.choice(subnets), self.random.choice(groups)
            server = self.add(
                "aws_ec2_instance",
                f"i-{number}",
                [place, group],
                instance_status=status,
                instance_type=self.random.choice(TYPES),
                instance_cores=4,
                block_device_mappings=[{"device_name": "/dev/xvda", "ebs": {"status": "attached"}}],
                metadata_options={"http_tokens": "required", "http_endpoint": "enabled"},
            )
            self._forget_owner(server)
            self.add("aws_ec2_network_interface", f"eni-{number}", [place, server])
            servers.append(server)
        self.add("aws_autoscaling_group", "asg", servers[:4], desired_capacity=4)
        own = self.add("aws_sns_topic", "topic")
        for number in range(10):
            watched = servers[number] if number else None
            alarm = self.add(
                "aws_cloudwatch_alarm",
                f"alarm-{number}",
                [own if number < 8 else shared.topic(self.region), *([watched] if watched else [])],
                dimensions=[{"name": "InstanceId", "value": watched["id"] if watched else GONE}],
            )
            if watched is None:
                alarm["dangling"] = {"aws_ec2_instance": {GONE: OLD}}
        return servers

    def _disks(self, shared: Shared, servers: list[Line]) -> None:
        key = shared.key(self.region)
        for number in range(36):
            server = servers[number % 24] if number < 30 else None
            self._disk(number, key, server)
        for number in range(4):
            disk = self._disk(36 + number, key, None)
            tags = {"aws:eks:cluster-name": "gone"}
            disk["tags"] = {**(disk["tags"] or {}), **tags}
            disk["orphaned_since"] = OLD

    def _disk(self, number: int, key: Line, server: Line | None) -> Line:
        uses = [key, *([server] if server else [])]
        disk = self.add(
            "aws_ec2_volume",
            f"vol-{number}",
            uses,
            volume_size=self.random.randrange(8, 1000),
            volume_status="in-use" if server else "available",
            volume_type="gp3",
            attachments=[{"instance_id": server["id"], "state": "attached"}] if server else [],
        )
        self._forget_owner(disk)
        if server and number < 24:
            mapping = relation("aws_ec2_instance", "aws_ec2_volume")
            self.edges.update(relation_edges(mapping, server, disk))
        if number < 30:
            self.add("aws_ec2_snapshot", f"snap-{number}", [disk], state="completed")
        return disk

    def _forget_owner(self, line: Line) -> None:
        if self.random.random() < 0.12 and line["tags"]:
            del line["tags"]["owner"]

    def _balancer(self, subnets: list[Line], servers: list[Line]) -> None:
        balancer = self.add("aws_alb", "alb", subnets, listeners=[], state={"code": "active"})
        self.add("aws_alb_listener", "listener", [balancer])
        # One of three balances between servers that are gone.
        idle = self.number % 3 == 0
        backends = [GONE] if idle else [server["id"] for server in servers[:4]]
        group = self.add(
            "aws_alb_target_group",
            "targets",
            [balancer],
            target_type="instance",
            backends=backends,
            load_balancer_arns=[balancer["arn"]],
        )
        if idle:
            group["dangling"] = {"aws_ec2_instance": {GONE: OLD}}

    def _functions(self) -> None:
        stack = self.add("aws_cloudformation_stack", "stack", stack_status="CREATE_COMPLETE")
        tags = {STACK_TAG: str(stack["arn"])}
        role = self.add("aws_iam_role", "role", tags=tags)
        members = [role]
        for number in range(8):
            group = self.add("aws_cloudwatch_log_group", f"log-{number}", tags=tags)
            function = self.add("aws_lambda_function", f"fn-{number}", [role, group], tags=tags)
            members += [group, function]
        members += [self.add("aws_sqs_queue", f"queue-{number}", tags=tags) for number in "123"]
        for kind, many in ALONE:
            for number in range(many):
                self.add(kind, f"own-{number}")
        for line in members:
            self.edges.add(Edge(stack["graph_id"], line["graph_id"], "owns", line["graph_id"]))
        listed = [
            Member(one["name"], TYPE[one["kind"]], one["id"], one["graph_id"], 1) for one in members
        ]
        self.stacks.append(MemberList(stack["graph_id"], f"CREATE_COMPLETE {OLD}", tuple(listed)))


# Resources of an application that name no others.
ALONE = (
    ("aws_dynamodb_table", 4),
    ("aws_cloudwatch_log_group", 26),
    ("aws_sqs_queue", 8),
    ("aws_ecr_repository", 6),
    ("aws_secretsmanager_secret", 8),
    ("aws_ec2_elastic_ip", 2),
)
# The id of an instance that no longer exists.
GONE = "i-0123456789abcdef0"
TYPE = {
    "aws_iam_role": "AWS::IAM::Role",
    "aws_cloudwatch_log_group": "AWS::Logs::LogGroup",
    "aws_lambda_function": "AWS::Lambda::Function",
    "aws_sqs_queue": "AWS::SQS::Queue",
}


class Shared:
    """The resources that every application of a region uses: a key and a topic."""

    def __init__(self) -> None:
        self._keys: dict[str, Line] = {}
        self._topics: dict[str, Line] = {}
        self.made = Application(0, random.Random(0))
        for number, region in enumerate(REGIONS):
            self.made.number = number
            self._keys[region] = self.made.add("aws_kms_key", "shared", key_state="Enabled")
            self._topics[region] = self.made.add("aws_sns_topic", "shared")
        for line in self.made.lines:
            line["tags"] = {"owner": "platform", "expiration": "never"}

    def key(self, region: str) -> Line:
        return self._keys[region]

    def topic(self, region: str) -> Line:
        return self._topics[region]


@cache
def relation(source: str, target: str) -> Relation:
    """Return the declared relation of two kinds, with an effect on deletions if there is one."""
    found = [one for one in registry()[source].relations if one.kind == target]
    ordered = [one for one in found if one.deleted_after or one.deleted_before]
    strong = [one for one in found if one.owned_by or one.owns or one.strength == "needed"]
    return next(iter([*ordered, *strong, *found]))


def applications() -> Iterator[Application]:
    """Yield the shared resources, then one application after the other, without end."""
    shared = Shared()
    yield shared.made
    for number in count():
        made = Application(number, random.Random(number))
        made.make(shared)
        yield made


def making(many: int) -> list[Application]:
    """Return the shared resources and the given number of applications."""
    return list(islice(applications(), many + 1))


def write_account(folder: Path, resources: int) -> tuple[int, int]:
    """Write a run with a snapshot of one account; return its numbers of resources and edges."""
    prefix = f"runs/{RUN}/graph/{ACCOUNT}"
    (folder / prefix).mkdir(parents=True)
    with LineWriter() as lines, LineWriter() as edges, LineWriter() as stacks:
        lines.write(_containers())
        edges.write(edge.to_line() for edge in structure_edges(_containers()))
        for one in takewhile(lambda _: lines.count < resources, applications()):
            lines.write(one.lines)
            edges.write(edge.to_line() for edge in sorted(one.edges, key=repr))
            edges.write(edge.to_line() for edge in structure_edges(one.lines))
            stacks.write(one.to_line() for one in one.stacks)
        for name, writer in (("resources", lines), ("edges", edges), ("stacks", stacks)):
            path = folder / prefix / f"{name}.jsonl.zst"
            path.write_bytes(writer.finished().read())
        counts = lines.count, edges.count
    _write_rest(folder, prefix, *counts)
    return counts


def _containers() -> list[Line]:
    made = Application(0, random.Random(0))
    made.add("aws_account", "account")
    for number, region in enumerate(REGIONS):
        made.number = number
        line = made.add("aws_region", region)
        line["id"] = line["name"] = region
        line["graph_id"] = graph_id(ACCOUNT, region, "aws_region", region)
    for line in made.lines:
        line["tags"] = {}
    return made.lines


def _write_rest(folder: Path, prefix: str, resources: int, edges: int) -> None:
    entry = AccountEntry(
        account=ACCOUNT,
        name="bench",
        run_id=RUN,
        resources=f"{prefix}/resources.jsonl.zst",
        edges=f"{prefix}/edges.jsonl.zst",
        changes="",
        coverage=f"{prefix}/coverage.json",
        stacks=f"{prefix}/stacks.jsonl.zst",
        counts={"aws_ec2_instance": resources},
        edge_count=edges,
        regions=(*REGIONS, *QUIET),
        enabled_regions=(*REGIONS, *QUIET),
    )
    keys = RunKeys(RUN)
    documents = {
        entry.coverage: {"format": 2, "kinds": [one.to_line() for one in coverage()]},
        keys.manifest: Manifest(RUN, NOW, None, (entry,)).to_json(),
        keys.accounts: [{"account": ACCOUNT}],
    }
    for key, document in documents.items():
        (folder / key).write_bytes(orjson.dumps(document))


def write_run(folder: Path, config: str) -> None:
    """Write the document of the run, with this configuration."""
    run = Run(RUN, "collect_and_cleanup", from_text(NOW), parse_config(config))
    document = {
        "run_id": RUN,
        "workflow": run.workflow,
        "started": to_text(run.started),
        "config": run.config.model_dump(mode="json"),
        "jobs": {},
    }
    (folder / run.keys.run).write_bytes(orjson.dumps(document))


def coverage() -> Iterator[Coverage]:
    """Yield complete coverage of all kinds in all regions."""
    for region in (*REGIONS, *QUIET, GLOBAL):
        for kind in registry().values():
            if in_region(kind, region):
                yield Coverage(ACCOUNT, region, kind.name, "complete")
