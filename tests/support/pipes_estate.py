"""A small estate for the lines of Resoto's documentation.

Their answers in tests/data/searches/answers.yaml were worked out by hand.

engineering (111122223333), us-east-1
    m5a.large --> i-jenkins, gp3 --> vol-idle, lb-1 --> tg-1 --> i-big --> vol-foo
    vol-foo goes after i-big; lb-empty, i-test, sg-open, sg-office and db-1 are alone
sunset (444455556666), eu-central-1
    lb-far --> i-far --> vol-far (the sixth volume by name); vol-z1, vol-z2 and vol-z3 are alone
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ebbtide.base.clock import to_text
from ebbtide.base.json_lines import encode_line
from ebbtide.graph.manifest import AccountEntry, Manifest
from ebbtide.search import Snapshot
from tests.support.search_estate import FAR, NOW, PRODUCTION, SANDBOX, ago, edge, line

account = line("aws_account", SANDBOX, region="global", name="engineering", created=ago(days=900))
region = line("aws_region", "us-east-1", region="us-east-1")
anywhere = line("aws_region", "global", region="global")
machine_type = line("aws_ec2_instance_type", "m5a.large")
disk_type = line("aws_ec2_volume_type", "gp3")
jenkins = line(
    "aws_ec2_instance", "i-jenkins", name="jenkins-master", tags={"owner": "ci"},
    created=ago(days=400), instance_status="running", instance_type="m5a.large",
    instance_cores=2, instance_memory=8,
)  # fmt: skip
test = line(
    "aws_ec2_instance", "i-test", name="load-test", created=ago(days=1200),
    instance_status="stopped", instance_type="t3.micro", instance_cores=2, instance_memory=1,
)  # fmt: skip
big = line(
    "aws_ec2_instance", "i-big", name="big", tags={"owner": "shop"}, created=ago(days=10),
    instance_status="running", instance_type="m5.4xlarge", instance_cores=16, instance_memory=64,
    public_ip_address="167.123.13.102",
)  # fmt: skip
foo = line(
    "aws_ec2_volume", "vol-foo", name="foo", tags={"owner": "shop", "foo": "bar"},
    created=ago(days=10), volume_size=8, volume_status="in-use", last_used=ago(hours=1),
)  # fmt: skip
idle = line(
    "aws_ec2_volume", "vol-idle", name="idle", created=ago(days=60), updated=ago(days=60),
    volume_size=100, volume_status="available", last_used=ago(days=40),
)  # fmt: skip
group = line(
    "aws_ec2_security_group", "sg-open", tags={"ebbtide:protected": "yes"},
    created="2018-01-01T00:00:00Z",
    group_ip_permissions=[
        {"from_port": 22, "to_port": 22, "ip_ranges": [{"cidr_ip": "0.0.0.0/0"}]},
        {"from_port": 443, "to_port": 443, "ip_ranges": [{"cidr_ip": "10.0.0.0/8"}]},
    ],
)  # fmt: skip
office = line(
    "aws_ec2_security_group", "sg-office", created=ago(days=50),
    group_ip_permissions=[
        {
            "from_port": 22, "to_port": 22,
            "ip_ranges": [{"cidr_ip": "198.51.100.0/24", "description": "Office access"}],
        },
    ],
)  # fmt: skip
balancer = line("aws_alb", "lb-1", created=ago(days=20), backends=["i-big"])
empty = line("aws_alb", "lb-empty", created=ago(days=20), backends=[])
targets = line("aws_alb_target_group", "tg-1", target_type="instance", created=ago(days=20))
cluster = line(
    "aws_rds_cluster", "db-1", db_type="aurora-postgresql", db_version="11.9", created=ago(days=90)
)

far: dict[str, Any] = {"account": PRODUCTION, "region": FAR}
sunset = line(
    "aws_account", PRODUCTION, account=PRODUCTION, region="global", name="sunset",
    created=ago(days=5),
)  # fmt: skip
region2 = line("aws_region", FAR, **far)
instance2 = line(
    "aws_ec2_instance", "i-far", name="far", created=ago(days=1), instance_status="running",
    instance_type="t3.small", instance_cores=2, instance_memory=2, **far,
)  # fmt: skip
volume2 = line(
    "aws_ec2_volume", "vol-far", name="zeta", tags={"owner": "ops"}, created=ago(hours=20),
    volume_size=50, volume_status="in-use", last_used=ago(hours=2), **far,
)  # fmt: skip
others = [
    line(
        "aws_ec2_volume", f"vol-z{number}", name=f"z{number}", tags={"owner": "ops"},
        created=ago(hours=20), volume_size=1, volume_status="in-use", last_used=ago(hours=2), **far,
    )
    for number in (1, 2, 3)
]  # fmt: skip
balancer2 = line("aws_alb", "lb-far", created=ago(days=1), backends=["i-far"], **far)

IN_HOME = [
    machine_type, disk_type, jenkins, test, big, foo, idle, group, office, balancer, empty,
    targets, cluster,
]  # fmt: skip
IN_FAR = [instance2, volume2, *others, balancer2]
LINES = {
    SANDBOX: [account, region, anywhere, *IN_HOME],
    PRODUCTION: [sunset, region2, *IN_FAR],
}
EDGES = {
    SANDBOX: [
        edge(account, region),
        edge(account, anywhere),
        *(edge(region, one) for one in IN_HOME),
        edge(machine_type, jenkins),
        edge(disk_type, idle),
        edge(big, foo),
        edge(targets, big),
        edge(balancer, targets),
        edge(foo, big, "delete"),
    ],
    PRODUCTION: [
        edge(sunset, region2),
        *(edge(region2, one) for one in IN_FAR),
        edge(balancer2, instance2),
        edge(instance2, volume2),
    ],
}


class Lines:
    """A store of these lines."""

    def read_lines(
        self, key: str, wanted: Callable[[bytes], bool] | None = None
    ) -> Iterator[dict[str, Any]]:
        account, name = key.split("/")
        for found in {"resources": LINES, "edges": EDGES}[name][account]:
            if wanted is None or wanted(encode_line(found)):
                yield found


def entry(account: str, name: str) -> AccountEntry:
    counts: dict[str, int] = {}
    for found in LINES[account]:
        counts[found["kind"]] = counts.get(found["kind"], 0) + 1
    keys = {key: f"{account}/{key}" for key in ("resources", "edges", "changes", "coverage")}
    return AccountEntry(
        account=account, name=name, run_id="run", counts=counts, edge_count=0, **keys
    )


MANIFEST = Manifest(
    run_id="run",
    created=to_text(NOW),
    previous=None,
    accounts=(entry(SANDBOX, "engineering"), entry(PRODUCTION, "sunset")),
)


def snapshot(**more: Any) -> Snapshot:
    return Snapshot(Lines(), MANIFEST, **more)
