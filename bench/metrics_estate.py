"""The snapshot that the benchmark of metrics measures: accounts of 20,000 resources with prices."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.search_estate import CREATED, REGIONS, SEEN, write_account
from ebbtide.graph.manifest import Manifest
from ebbtide.kinds import registry
from ebbtide.model.resource import graph_id

ACCOUNT_SIZE = 20_000
TYPES = (("t3.small", 2, 2), ("m5.large", 2, 8), ("m5.xlarge", 4, 16), ("r5.8xlarge", 32, 256))
VOLUME_TYPES = ("gp2", "gp3", "io1", "st1")
# The number of resources of each kind per 1,000.
MIX: Mapping[str, int] = {
    "aws_ec2_instance": 140,
    "aws_ec2_volume": 210,
    "aws_ec2_snapshot": 200,
    "aws_ec2_network_interface": 150,
    "aws_ec2_security_group": 70,
    "aws_lambda_function": 55,
    "aws_cloudwatch_log_group": 60,
    "aws_iam_role": 40,
    "aws_iam_policy": 15,
    "aws_iam_access_key": 5,
    "aws_s3_bucket": 12,
    "aws_rds_instance": 8,
    "aws_alb": 8,
    "aws_ec2_subnet": 10,
    "aws_vpc": 3,
    "aws_ec2_elastic_ip": 6,
    "aws_ec2_nat_gateway": 3,
    "aws_acm_certificate": 5,
}
# What bills while idle, and its monthly price; a tenth of the prices is unknown.
PRICED = {"aws_ec2_instance", "aws_ec2_volume", "aws_ec2_snapshot", "aws_rds_instance", "aws_alb"}


class Account:
    """The lines of one account; the same number always gives the same account."""

    def __init__(self, number: int) -> None:
        self.id = f"{100_000_000_000 + number}"
        self._random = random.Random(number)

    def lines(self, size: int) -> list[dict[str, Any]]:
        found = [self._line("aws_account", self.id, "global")]
        for kind, share in MIX.items():
            for number in range(size * share // 1000):
                region = REGIONS[number % len(REGIONS)]
                found.append(self._line(kind, f"{kind[4:]}-{number}", region))
        return found

    def _line(self, kind: str, id: str, region: str) -> dict[str, Any]:
        chance = self._random.random()
        owner = f"team-{self._random.randrange(20)}"
        return {
            "graph_id": graph_id(self.id, region, kind, id),
            "id": id,
            "kind": kind,
            "kinds": list(registry()[kind].kinds),
            "name": id,
            "account": self.id,
            "region": region,
            "arn": f"arn:aws:ec2:{region}:{self.id}:{id}",
            "tags": {"Name": id, "owner": owner} if chance < 0.9 else {"Name": id},
            "created": CREATED,
            "updated": CREATED,
            "first_seen": CREATED,
            "last_seen": SEEN,
            "stale_since": SEEN if chance < 0.01 else None,
            "ended": False,
            "keep_reason": None,
            "properties": {
                "owner_id": self.id,
                "availability_zone": f"{region}a",
                "encrypted": True,
                "create_time": CREATED,
                "description": "made for a benchmark",
                **self._properties(kind),
            },
            "price": self._price(kind),
        }

    def _price(self, kind: str) -> dict[str, Any]:
        if kind not in PRICED:
            return {"monthly": 0, "currency": "USD", "basis": "declared"}
        if self._random.random() < 0.1:
            return {"monthly": None, "currency": "USD", "why": "no price of io2 in sa-east-1"}
        monthly = self._random.randrange(100, 100_000) / 100
        return {"monthly": monthly, "currency": "USD", "basis": "table 2026-09-19"}

    def _properties(self, kind: str) -> dict[str, Any]:
        choice, chance = self._random.choice, self._random.random()
        type, cores, memory = choice(TYPES)
        size = self._random.randrange(8, 1000)
        match kind:
            case "aws_ec2_instance":
                status = "running" if chance < 0.9 else "stopped"
                return {
                    "instance_type": type,
                    "instance_status": status,
                    "instance_cores": cores,
                    "instance_memory": memory,
                }
            case "aws_ec2_volume":
                status = "in-use" if chance < 0.95 else "available"
                return {
                    "volume_size": size,
                    "volume_type": choice(VOLUME_TYPES),
                    "volume_status": status,
                }
            case "aws_ec2_snapshot":
                return {"volume_size": size, "snapshot_status": "completed"}
            case "aws_ec2_network_interface":
                return {"network_interface_status": "in-use" if chance < 0.9 else "available"}
            case "aws_iam_access_key":
                return {"access_key_status": "Active" if chance < 0.7 else "Inactive"}
            case "aws_rds_instance":
                size_or_none = size if chance < 0.9 else None
                return {
                    "db_type": choice(("mysql", "postgres")),
                    "instance_type": f"db.{type}",
                    "volume_size": size_or_none,
                }
            case "aws_alb":
                return {"lb_type": choice(("application", "network"))}
        return {"state": "available"}


def write_estate(folder: Path, resources: int) -> Manifest:
    """Write an estate of about `resources` resources below a folder; return its manifest."""
    size = min(ACCOUNT_SIZE, resources)
    entries = []
    for number in range(max(1, resources // ACCOUNT_SIZE)):
        account = Account(number)
        entries.append(write_account(folder, account.id, account.lines(size), []))
    return Manifest("bench", SEEN, None, tuple(entries))
