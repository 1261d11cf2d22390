"""Searches over the estate of search_estate.py; every answer was worked out by hand.

The numbers are those of the query shapes that Resoto's documentation shows.
"""

from __future__ import annotations

from typing import Any

import pytest

from ebbtide.language import SearchError, parse_search
from ebbtide.search import aggregate, document_of, find, find_edges
from tests.support.search_estate import HOME, NOW, PRODUCTION, SANDBOX, Lines, snapshot

REGION = HOME
ALL_VOLUMES = ["vol-new", "vol-old", "vol-root", "vol-big"]

# Without a sort or limit: by account, then kind, name and id.
EXAMPLES: dict[str, tuple[str, list[str]]] = {
    "1": ("is(aws_ec2_instance)", ["i-ci", "i-web", "i-big"]),
    "2": ("is(volume)", ALL_VOLUMES),
    "3": ("is(aws_elb, aws_alb, aws_alb_target_group)", ["lb-web", "tg-idle", "tg-web"]),
    "4": ("is(instance) and instance_status == running and instance_cores >= 4", ["i-web"]),
    "5": ('is(aws_ec2_instance) and name =~ "^ci-.*" and age > 24h', ["i-ci"]),
    "6": (
        "is(volume) and volume_status = available and age > 30d and last_access > 7d "
        "and last_update > 7d",
        ["vol-old"],
    ),
    "7": (
        'is(aws_ec2_instance) and not has_key(tags, ["owner", "expiration"])',
        ["i-ci", "i-big"],
    ),
    "8": ("is(volume) and tags.owner == null", ["vol-new", "vol-root", "vol-big"]),
    "10": ('/metadata.expires < "2026-11-24T00:00:00Z"', ["i-web"]),
    "10, a word": ("/metadata.expires < 2026-11-24", ["i-web"]),
    "10, now": ("/metadata.expires < @NOW@", ["i-web"]),
    "13": (
        "is(aws_ec2_security_group) and group_ip_permissions[*].{from_port <= 22 and "
        'to_port >= 22 and ip_ranges[*].cidr_ip = "0.0.0.0/0"}',
        ["sg-open"],
    ),
    "14": (
        'is(aws_ec2_security_group) and group_ip_permissions[*].ip_ranges[*].cidr_ip = "0.0.0.0/0"',
        ["sg-closed", "sg-open"],
    ),
    "16": ('is(load_balancer) and in_subnet(public_ip_address, "10.0.0.0/8")', ["lb-web"]),
    "17": ('("payments" or "billing") and is(aws_resource) and age < 2w', ["i-web", "vol-new"]),
    "18": (
        'is(aws_vpc) and id = "vpc-1" -delete[1:]->',
        [
            "lb-web",
            "i-ci",
            "i-web",
            "sg-closed",
            "sg-open",
            "subnet-1",
        ],
    ),
    "19": (
        "is(aws_account) and name = production -[0:]->",
        [PRODUCTION, "i-big", "vol-big", "db-1", "eu-central-1"],
    ),
    "20": ("is(aws_ec2_instance) <-[1:]- is(aws_region)", ["us-east-1", "eu-central-1"]),
    "21": (
        "is(aws_ec2_instance) and id = i-web limit 1 <-default,delete[0:1]->",
        ["tg-web", "i-web", "subnet-1", "vol-root", "us-east-1"],
    ),
    "23": ("is(aws_alb_target_group) with(empty, --> is(aws_ec2_instance))", ["tg-idle"]),
    "23, any": ("is(aws_alb_target_group) with(any, --> is(aws_ec2_instance))", ["tg-web"]),
    "23, count": ("is(aws_ec2_subnet) with(count == 2, --> is(aws_ec2_instance))", ["subnet-1"]),
    "23, nested": (
        "is(aws_vpc) with(any, --> is(aws_ec2_subnet) with(any, --> is(aws_ec2_instance)))",
        ["vpc-1"],
    ),
    "23, nested, none": (
        "is(aws_vpc) with(any, --> is(aws_ec2_subnet) with(any, --> is(aws_rds_instance)))",
        [],
    ),
    "31": ("is(volume) sort volume_size desc, name asc limit 1, 2", ["vol-old", "vol-new"]),
    "31, first": ("is(volume) sort volume_size limit 1", ["vol-root"]),
    "33": ("(edge_type=delete): is(aws_ec2_volume) -->", ["i-web"]),
    "37": (
        "is(aws_vpc) or is(aws_ec2_instance) and name == web",
        ["i-web"],
    ),
    "37, other way": ("name == web and is(aws_alb) or is(aws_vpc)", ["lb-web", "vpc-1"]),
    "all": ("all and name == main", ["vpc-1"]),
    "id()": (f'id("{SANDBOX}/{HOME}/aws_vpc/vpc-1")', ["vpc-1"]),
    "not binds to one term": ("not is(aws_resource) or is(aws_vpc)", ["vpc-1"]),
    "parentheses": (
        "is(volume) and (volume_size > 1000 or name = vol-new)",
        ["vol-new", "vol-big"],
    ),
    "in": ("is(instance) and instance_type in [t3.small, m5.4xlarge]", ["i-ci", "i-big"]),
    "not in": ('is(instance) and instance_type not in ["t3.small", "m5.4xlarge"]', ["i-web"]),
    "!=": ("is(volume) and tags.owner != payments", ["vol-new", "vol-root", "vol-big"]),
    "!~": ("is(instance) and name !~ ci", ["i-web", "i-big"]),
    "array, any": ('is(instance) and private_ips any = "10.0.0.5"', ["i-web"]),
    "array, all": ('is(instance) and private_ips all =~ "^10[.]"', []),
    "array, none": ('is(instance) and private_ips none = "10.0.0.6"', ["i-web"]),
    "array, index": ('is(instance) and private_ips[1] = "192.168.0.5"', ["i-web"]),
    "array, each": ('is(instance) and private_ips[*] =~ "^192"', ["i-web"]),
    "back-ticks": ("is(instance) and tags.`owner` = build", ["i-ci"]),
    "absolute": ("/reported.tags.owner = build", ["i-ci"]),
    "shortcut": ("is(instance) and account = production", ["i-big"]),
    "shortcut, id": (f"is(instance) and account.id = {PRODUCTION}", ["i-big"]),
    "shortcut, region": ("is(instance) and region = us-east-1", ["i-ci", "i-web"]),
    "shortcut, cloud": ("is(database) and cloud = aws", ["db-1"]),
    "ancestors": ("/ancestors.account.reported.name = production and is(volume)", ["vol-big"]),
    "ancestors of a kind": (
        "is(instance) and /ancestors.aws_vpc.reported.name = main",
        [
            "i-ci",
            "i-web",
        ],
    ),
    "descendants of a kind": (
        "is(aws_vpc) and /descendants.aws_alb.reported.name = web",
        ["vpc-1"],
    ),
    "merge": (
        "is(volume) {user: <-- is(instance)} /user.reported.instance_cores = 4",
        ["vol-root"],
    ),
    "merge, many": (
        "is(aws_ec2_subnet) {users[]: --> is(instance)} /users[*].reported.name = web",
        ["subnet-1"],
    ),
    "merge, nothing found": (
        "is(volume) {user: <-- is(instance)} /user == null",
        ["vol-new", "vol-old", "vol-big"],
    ),
    "34": (
        "with_usage(3d, cpu_utilization) is(instance) and /usage.cpu_utilization.avg < 5",
        ["i-web"],
    ),
    "34, from and to": (
        "with_usage(2026-11-20::2026-11-21, cpu_utilization) is(instance) "
        "and usage.cpu_utilization.max = 50",
        ["i-web"],
    ),
    "34, all days": ("is(instance) and /usage.cpu_utilization.avg > 15", ["i-ci", "i-web"]),
    "34, other metrics": (
        "with_usage(3d, cpu_utilization) is(instance) and /usage.network_in.avg != null",
        [],
    ),
    "34, sorted": (
        "with_usage(3d, cpu_utilization) is(instance) and /usage.cpu_utilization != null "
        "sort /usage.cpu_utilization.avg desc",
        ["i-ci", "i-web"],
    ),
    "protected": ("/metadata.protected == true", ["tg-idle"]),
    "unfinished": ("is(volume) and /metadata.cleaned != true and volume_size = 8", ["vol-root"]),
    "backwards": ("is(instance) <-- is(aws_ec2_subnet) <-- is(aws_vpc)", ["vpc-1"]),
    "to what a volume serves": (
        "is(volume) <-- is(instance) <-- is(aws_alb_target_group)",
        [
            "tg-web",
        ],
    ),
    "depths in both ways": (
        "is(aws_ec2_volume) and id = vol-root <-[1]- <-[1]- is(aws_ec2_subnet)",
        [
            "subnet-1",
        ],
    ),
    "different types in and out": (
        "is(aws_ec2_instance) and id = i-web <-delete[1:1]default->",
        [
            "subnet-1",
            "vol-root",
        ],
    ),
    "reversed": (
        "is(volume) sort volume_size reversed",
        [
            "vol-big",
            "vol-old",
            "vol-new",
            "vol-root",
        ],
    ),
    "limit before a way": ("is(volume) sort volume_size limit 1 <-- is(instance)", ["i-web"]),
    "limit over accounts": (
        "is(instance) sort instance_cores desc limit 1 <-[1:]- is(aws_region)",
        [
            "eu-central-1",
        ],
    ),
    "full text, best first": ('"web"', ["lb-web", "i-web", "tg-web"]),
}


def ids(text: str, **more: Any) -> list[str]:
    return [match.line["id"] for match in find(parse_search(text, now=NOW), snapshot(**more), NOW)]


@pytest.mark.parametrize(("text", "expected"), EXAMPLES.values(), ids=EXAMPLES.keys())
def test_a_search_finds_what_it_means(text: str, expected: list[str]) -> None:
    assert ids(text) == expected


AGGREGATES: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "27": (
        "aggregate(kind as kind: sum(1) as count): is(volume) or is(instance)",
        [
            {"group": {"kind": "aws_ec2_instance"}, "count": 3},
            {"group": {"kind": "aws_ec2_volume"}, "count": 4},
        ],
    ),
    "28": (
        "aggregate(/ancestors.account.reported.name as account, instance_type as type: "
        "sum(1) as n, sum(instance_cores) as cores, avg(instance_cores) as avg_cores): "
        "is(instance) and instance_status == running",
        [
            {
                "group": {"account": "sandbox", "type": "m5.xlarge"},
                "n": 1,
                "cores": 4,
                "avg_cores": 4,
            },
            {
                "group": {"account": "sandbox", "type": "t3.small"},
                "n": 1,
                "cores": 2,
                "avg_cores": 2,
            },
        ],
    ),
    "no group": (
        "aggregate(count(volume_size), min(volume_size), max(volume_size), "
        "variance(volume_size) as variance, stddev(volume_size) as deviation): "
        "is(volume) and volume_size in [8, 100]",
        [
            {
                "group": {},
                "count_of_volume_size": 2,
                "min_of_volume_size": 8,
                "max_of_volume_size": 100,
                "variance": 2116,
                "deviation": 46,
            },
        ],
    ),
    "arithmetic": (
        "aggregate(sum(volume_size * 2 + 1) as doubled): is(volume) and volume_size < 200",
        [{"group": {}, "doubled": 218}],
    ),
    "template": (
        'aggregate("{region}: {volume_status}" as place: sum(1)): is(volume)',
        [
            {"group": {"place": "eu-central-1: in-use"}, "sum_of_1": 1},
            {"group": {"place": "us-east-1: available"}, "sum_of_1": 2},
            {"group": {"place": "us-east-1: in-use"}, "sum_of_1": 1},
        ],
    ),
    "array": (
        "aggregate(group_ip_permissions[*].from_port as port: sum(1) as n): "
        "is(aws_ec2_security_group)",
        [
            {"group": {"port": 0}, "n": 1},
            {"group": {"port": 22}, "n": 1},
            {"group": {"port": 443}, "n": 2},
        ],
    ),
    "missing": (
        "aggregate(tags.owner as owner: sum(instance_cores), count(instance_cores)): is(volume)",
        [
            {"group": {"owner": None}, "sum_of_instance_cores": 0, "count_of_instance_cores": 0},
            {
                "group": {"owner": "payments"},
                "sum_of_instance_cores": 0,
                "count_of_instance_cores": 0,
            },
        ],
    ),
    "ancestor": (
        "aggregate(/ancestors.aws_vpc.reported.name as vpc: sum(1) as n): is(instance)",
        [{"group": {"vpc": None}, "n": 1}, {"group": {"vpc": "main"}, "n": 2}],
    ),
    "after a way": (
        "aggregate(kind: sum(1) as n): is(aws_ec2_subnet) -->",
        [{"group": {"kind": "aws_alb"}, "n": 1}, {"group": {"kind": "aws_ec2_instance"}, "n": 2}],
    ),
    "limited": (
        "aggregate(sum(volume_size) as size): is(volume) sort volume_size desc limit 2",
        [{"group": {}, "size": 2500}],
    ),
    "usage": (
        "aggregate(avg(/usage.cpu_utilization.avg) as cpu): "
        "with_usage(3d, cpu_utilization) is(instance)",
        [{"group": {}, "cpu": 41.5}],
    ),
    "nothing": (
        "aggregate(sum(1) as n, avg(volume_size) as size): is(volume) and name = none",
        [{"group": {}, "n": 0, "size": None}],
    ),
}


@pytest.mark.parametrize(("text", "expected"), AGGREGATES.values(), ids=AGGREGATES.keys())
def test_an_aggregate_counts_what_it_means(text: str, expected: list[dict[str, Any]]) -> None:
    assert aggregate(parse_search(text, now=NOW), snapshot(), NOW) == expected


@pytest.mark.parametrize(
    "text",
    [
        'is(instance) in ["dev"]',
        "with_usage(3d, cpu_utilisation) is(instance)",
        "with_usage(soon, cpu_utilization) is(instance)",
        "is(aws_iam_user) -iam[1:1]{permissions[*].level = read}-> is(aws_s3_bucket)",
    ],
)
def test_what_cannot_be_answered_is_refused(text: str) -> None:
    with pytest.raises(SearchError):
        parse_search(text, now=NOW)


def test_a_tag_stays_with_what_matched() -> None:
    found = find(parse_search("is(aws_ec2_subnet) #start -[0:1]->", now=NOW), snapshot(), NOW)
    assert {match.line["id"]: match.tag for match in found} == {
        "subnet-1": "start", "i-web": None, "i-ci": None, "lb-web": None,
    }  # fmt: skip


def test_only_some_accounts_are_searched() -> None:
    assert ids("is(volume)", accounts=[PRODUCTION]) == ["vol-big"]


def test_marks_are_seen() -> None:
    name = f"{SANDBOX}/{HOME}/aws_ec2_volume/vol-new"
    marks = {name: {"clean": True, "protected": True, "reason": "a job said so"}}
    wanted = "/desired.clean == true and /metadata.protected != true"
    assert ids("/desired.clean == true", marks=marks) == ["vol-new"]
    assert ids(wanted, marks=marks) == []


def test_edges_between_matches_come_with_them() -> None:
    query = parse_search("is(volume) or is(instance)", now=NOW)
    matches, edges = find_edges(query, snapshot(), NOW)
    assert len(matches) == 7
    assert {(edge["source"].split("/")[-1], edge["target"].split("/")[-1], edge["type"])
            for edge in edges} == {
        ("i-web", "vol-root", "default"), ("vol-root", "i-web", "delete"),
    }  # fmt: skip


def test_resources_alone_need_no_edges_and_kinds_are_read_alone() -> None:
    store = Lines()
    assert ids("is(volume)", store=store) == ALL_VOLUMES
    assert all(key.endswith("resources") for key in store.read)
    assert store.decoded == len(ALL_VOLUMES)


def test_a_limit_leaves_further_accounts_unread() -> None:
    store = Lines()
    assert ids("is(volume) limit 2", store=store) == ["vol-new", "vol-old"]
    assert store.read == [f"{SANDBOX}/resources"]


def test_a_document_shows_the_usage_that_was_asked_for() -> None:
    query = parse_search("with_usage(1d, cpu_utilization) id(x) or name = web", now=NOW)
    world = snapshot()
    (line,) = [match.line for match in find(query, world, NOW) if match.line["id"] == "i-web"]
    assert document_of(line, world, NOW, query)["usage"] == {
        "cpu_utilization": {"min": 4.0, "avg": 4.0, "max": 4.0}
    }
    assert document_of(line, world, NOW)["usage"]["cpu_utilization"]["max"] == 50.0
