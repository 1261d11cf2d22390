"""A small estate for searches whose answers were worked out by hand. Its map:

sandbox (111122223333), us-east-1
    vpc-1 --> subnet-1 --> i-web, i-ci, lb-web
    vpc-1 --> sg-open, sg-closed
    i-web --> vol-root            vol-old, vol-new: unattached
    tg-web --> i-web              tg-idle: no targets
production (444455556666), eu-central-1
    i-big (stopped), vol-big, db-1
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from ebbtide.base.clock import to_text
from ebbtide.graph.manifest import AccountEntry, Manifest
from ebbtide.kinds import registry
from ebbtide.model.resource import graph_id
from ebbtide.search import Snapshot

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
SANDBOX, PRODUCTION = "111122223333", "444455556666"
HOME, FAR = "us-east-1", "eu-central-1"


def ago(**span: float) -> str:
    return to_text(NOW - timedelta(**span))


def line(
    kind: str,
    id: str,
    *,
    account: str = SANDBOX,
    region: str = HOME,
    name: str | None = None,
    tags: dict[str, str] | None = None,
    created: str | None = None,
    updated: str | None = None,
    ended: bool = False,
    **properties: Any,
) -> dict[str, Any]:
    return {
        "graph_id": graph_id(account, region, kind, id),
        "id": id,
        "kind": kind,
        "kinds": list(registry()[kind].kinds),
        "name": name or id,
        "account": account,
        "region": region,
        "arn": f"arn:aws:x:{region}:{account}:{id}",
        "tags": {} if tags is None else tags,
        "created": created,
        "updated": updated,
        "first_seen": ago(days=100),
        "last_seen": to_text(NOW),
        "stale_since": None,
        "ended": ended,
        "keep_reason": None,
        "properties": properties,
    }


def priced(monthly: float | None) -> dict[str, Any]:
    """Return the section `price` of a line; None is a price that nobody knows."""
    if monthly is None:
        return {"monthly": None, "currency": "USD", "why": "no price of io2 in eu-south-2"}
    return {"monthly": monthly, "currency": "USD", "basis": "table 2026-09-19"}


def edge(source: dict[str, Any], target: dict[str, Any], type: str = "default") -> dict[str, Any]:
    return {
        "source": source["graph_id"],
        "target": target["graph_id"],
        "type": type,
        "declared_by": source["graph_id"],
    }


def rule(low: int, high: int, *networks: str) -> dict[str, Any]:
    return {
        "from_port": low,
        "to_port": high,
        "ip_ranges": [{"cidr_ip": network} for network in networks],
    }


def instance(id: str, status: str, cores: int, type: str, **more: Any) -> dict[str, Any]:
    return line(
        "aws_ec2_instance",
        id,
        instance_status=status,
        instance_cores=cores,
        instance_type=type,
        **more,
    )


def volume(id: str, size: int, status: str, **more: Any) -> dict[str, Any]:
    return line("aws_ec2_volume", id, volume_size=size, volume_status=status, **more)


account = line("aws_account", SANDBOX, region="global", name="sandbox")
region = line("aws_region", HOME)
vpc = line("aws_vpc", "vpc-1", name="main", is_default=False)
subnet = line("aws_ec2_subnet", "subnet-1")
web = instance(
    "i-web",
    "running",
    4,
    "m5.xlarge",
    name="web",
    tags={"owner": "payments", "expiration": "7d"},
    created=ago(days=10),
    private_ip_address="10.0.0.5",
    usage={"cpu_utilization": {"2026-11-20": 50.0, "2026-11-23": 2.0, "2026-11-24": 4.0}},
)
ci = instance(
    "i-ci",
    "running",
    2,
    "t3.small",
    name="CI-runner",
    tags={"owner": "build"},
    created=ago(days=2),
    usage={"cpu_utilization": {"2026-11-24": 80.0}, "network_in": {"2026-11-24": 1.0}},
)
root = volume("vol-root", 8, "in-use", created=ago(days=10), last_used=ago(hours=1))
old = volume(
    "vol-old", 500, "available", created=ago(days=90), updated=ago(days=60),
    last_used=None, last_use_known_since=ago(days=15), tags={"owner": "payments"},
)  # fmt: skip
new = volume("vol-new", 100, "available", created=ago(days=1), tags={"team": "Billing"})
sg_open = line(
    "aws_ec2_security_group",
    "sg-open",
    group_ip_permissions=[rule(443, 443, "0.0.0.0/0"), rule(0, 1024, "10.0.0.0/8", "0.0.0.0/0")],
)
sg_closed = line(
    "aws_ec2_security_group",
    "sg-closed",
    group_ip_permissions=[rule(443, 443, "0.0.0.0/0"), rule(22, 22, "10.0.0.0/8")],
)
balancer = line("aws_alb", "lb-web", name="web", security_groups=["sg-open"], lb_type="application")
tg_web = line(
    "aws_alb_target_group", "tg-web", name="tg-web", load_balancer_arns=["arn:lb-web", "arn:lb-api"]
)
tg_idle = line("aws_alb_target_group", "tg-idle", name="tg-idle", tags={"ebbtide:protected": "yes"})

far: dict[str, Any] = {"account": PRODUCTION, "region": FAR}
account2 = line("aws_account", PRODUCTION, account=PRODUCTION, region="global", name="production")
region2 = line("aws_region", FAR, **far)
big = instance(
    "i-big", "stopped", 16, "m5.4xlarge", created=ago(days=400), tags={"owner": "payments"}, **far
)
vol_big = volume("vol-big", 2000, "in-use", created=ago(days=400), **far)
database = line("aws_rds_instance", "db-1", db_type="mysql", created=ago(days=3), **far)

LINES = {
    SANDBOX: [
        account, region, vpc, subnet, web, ci, root, old, new, sg_open, sg_closed, balancer, tg_web,
        tg_idle,
    ],
    PRODUCTION: [account2, region2, big, vol_big, database],
}  # fmt: skip

IN_HOME = [
    vpc, subnet, web, ci, root, old, new, sg_open, sg_closed, balancer, tg_web, tg_idle,
]  # fmt: skip
EDGES = {
    SANDBOX: [
        edge(account, region),
        *(edge(region, one) for one in IN_HOME),
        edge(vpc, subnet),
        edge(vpc, sg_open),
        edge(vpc, sg_closed),
        edge(subnet, web),
        edge(subnet, ci),
        edge(subnet, balancer),
        edge(web, root),
        edge(tg_web, web),
        # Deletion order: the subnet before its VPC, the instances before their subnet.
        edge(vpc, subnet, "delete"),
        edge(vpc, sg_open, "delete"),
        edge(vpc, sg_closed, "delete"),
        edge(subnet, web, "delete"),
        edge(subnet, ci, "delete"),
        edge(subnet, balancer, "delete"),
        edge(root, web, "delete"),
    ],
    PRODUCTION: [
        edge(account2, region2),
        *(edge(region2, one) for one in (big, vol_big, database)),
    ],
}


class Lines:
    """A store of these lines that records the objects read and the number of lines decoded."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self.decoded = 0

    def read_lines(
        self, key: str, wanted: Callable[[bytes], bool] | None = None
    ) -> Iterator[dict[str, Any]]:
        from ebbtide.base.json_lines import encode_line

        self.read.append(key)
        account, name = key.split("/")
        for found in {"resources": LINES, "edges": EDGES}[name][account]:
            if wanted is None or wanted(encode_line(found)):
                self.decoded += 1
                yield found


def entry(account: str, name: str) -> AccountEntry:
    counts: dict[str, int] = {}
    for found in LINES[account]:
        counts[found["kind"]] = counts.get(found["kind"], 0) + 1
    return AccountEntry(
        account=account,
        name=name,
        run_id="run",
        resources=f"{account}/resources",
        edges=f"{account}/edges",
        changes=f"{account}/changes",
        coverage=f"{account}/coverage",
        counts=counts,
        edge_count=len(EDGES[account]),
    )


MANIFEST = Manifest(
    run_id="run",
    created=to_text(NOW),
    previous=None,
    accounts=(entry(SANDBOX, "sandbox"), entry(PRODUCTION, "production")),
)


def snapshot(store: Lines | None = None, **more: Any) -> Snapshot:
    return Snapshot(store or Lines(), MANIFEST, **more)
