"""The snapshot of a generated estate: accounts with 10,000 resources each, in four regions."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ebbtide.base.json_lines import LineWriter
from ebbtide.graph.manifest import AccountEntry, Manifest
from ebbtide.kinds import registry
from ebbtide.model.resource import graph_id

REGIONS = ("us-east-1", "eu-central-1", "ap-southeast-2", "sa-east-1")
TYPES = (("t3.small", 2), ("m5.large", 2), ("m5.xlarge", 4), ("c5.4xlarge", 16), ("r5.8xlarge", 32))
ACCOUNT_SIZE = 10_000
CREATED, SEEN = "2026-08-01T10:00:00Z", "2026-11-25T10:00:00Z"

# The number of resources of each kind per 100 resources of a region, without its networks.
MIX = (
    ("aws_ec2_instance", 16),
    ("aws_ec2_volume", 24),
    ("aws_ec2_snapshot", 22),
    ("aws_ec2_network_interface", 18),
    ("aws_ec2_security_group", 8),
    ("aws_lambda_function", 6),
    ("aws_cloudwatch_log_group", 6),
)


class Account:
    """The lines and edges of one account; the same number always gives the same account."""

    def __init__(self, number: int, size: int) -> None:
        self.id = f"{100_000_000_000 + number}"
        self._size = size
        self._random = random.Random(number)
        self.lines: list[dict[str, Any]] = []
        self.edges: list[dict[str, Any]] = []

    def make(self) -> None:
        root = self._line("aws_account", self.id, "global", f"account-{self.id[-4:]}", {})
        for region in REGIONS:
            home = self._line("aws_region", region, region, region, {})
            self._edge(root, home)
            self._region(region, home, self._size // len(REGIONS))

    def _region(self, region: str, home: str, count: int) -> None:
        subnets: list[str] = []
        for number in range(max(1, count // 500)):
            vpc = self._line("aws_vpc", f"vpc-{region}-{number}", region, f"net-{number}", {})
            self._edge(home, vpc)
            for place in "abc":
                name = f"subnet-{region}-{number}{place}"
                subnet = self._line("aws_ec2_subnet", name, region, name, {})
                self._edge(home, subnet)
                self._edge(vpc, subnet)
                subnets.append(subnet)
        instances: list[str] = []
        for kind, share in MIX:
            for number in range(count * share // 100):
                name = f"{kind[4:]}-{region}-{number}"
                own = self._line(kind, name, region, None, self._of(kind))
                self._edge(home, own)
                if kind == "aws_ec2_instance":
                    instances.append(own)
                    # Half of the subnets stay without instances.
                    self._edge(subnets[self._random.randrange((len(subnets) + 1) // 2)], own)
                elif kind == "aws_ec2_volume" and self._random.random() < 0.8:
                    self._edge(self._random.choice(instances), own)
                    self._edge(own, self._random.choice(instances), "delete")

    def _of(self, kind: str) -> dict[str, Any]:
        type, cores = self._random.choice(TYPES)
        if kind == "aws_ec2_instance":
            status = "running" if self._random.random() < 0.9 else "stopped"
            return {"instance_type": type, "instance_cores": cores, "instance_status": status}
        if kind == "aws_ec2_volume":
            status = "in-use" if self._random.random() < 0.95 else "available"
            return {"volume_size": self._random.randrange(8, 1000), "volume_status": status}
        return {"state": "available", "description": "made for a benchmark"}

    def _line(self, kind: str, id: str, region: str, name: str | None, own: dict[str, Any]) -> str:
        line = {
            "graph_id": graph_id(self.id, region, kind, id),
            "id": id,
            "kind": kind,
            "kinds": list(registry()[kind].kinds),
            "name": name or id,
            "account": self.id,
            "region": region,
            "arn": f"arn:aws:ec2:{region}:{self.id}:{id}",
            "tags": {"owner": f"team-{self._random.randrange(20)}", "environment": "test"},
            "created": CREATED,
            "updated": CREATED,
            "first_seen": CREATED,
            "last_seen": SEEN,
            "stale_since": None,
            "ended": False,
            "keep_reason": None,
            "properties": {
                "owner_id": self.id,
                "availability_zone": f"{region}a",
                "encrypted": True,
                "create_time": CREATED,
                **own,
            },
        }
        self.lines.append(line)
        return str(line["graph_id"])

    def _edge(self, source: str, target: str, type: str = "default") -> None:
        self.edges.append({"source": source, "target": target, "type": type, "declared_by": source})


def write_estate(folder: Path, resources: int) -> Manifest:
    """Write an estate of about `resources` resources below a folder; return its manifest."""
    size = min(ACCOUNT_SIZE, resources)
    entries = [_write(folder, number, size) for number in range(max(1, resources // ACCOUNT_SIZE))]
    return Manifest("bench", SEEN, None, tuple(entries))


def _write(folder: Path, number: int, size: int) -> AccountEntry:
    account = Account(number, size)
    account.make()
    return write_account(folder, account.id, account.lines, account.edges)


def write_account(
    folder: Path, account: str, lines: list[dict[str, Any]], edges: list[dict[str, Any]]
) -> AccountEntry:
    """Write the lines of an account below a folder; return its entry of the manifest."""
    counts: dict[str, int] = {}
    for line in lines:
        counts[line["kind"]] = counts.get(line["kind"], 0) + 1
    keys = {name: f"graph/{account}/{name}.jsonl.zst" for name in ("resources", "edges")}
    for name, entries in (("resources", lines), ("edges", edges)):
        _write_lines(folder / keys[name], iter(entries))
    return AccountEntry(
        account=account,
        name=f"account-{account[-4:]}",
        run_id="bench",
        resources=keys["resources"],
        edges=keys["edges"],
        changes="",
        coverage="",
        counts=counts,
        edge_count=len(edges),
    )


def _write_lines(path: Path, lines: Iterator[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with LineWriter() as writer:
        writer.write(lines)
        path.write_bytes(writer.finished().read())
