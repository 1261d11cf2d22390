"""Data of reports in the form of `report/data.py`: small, like the demonstration's, and large."""

from __future__ import annotations

import random
from bisect import bisect
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Report = dict[str, Any]

# Kind, words of its names, prefix of its ids, how common it is, and the range of its monthly price;
# None is an unknown one.
_KINDS: tuple[tuple[str, str, str, int, tuple[float, float] | None], ...] = (
    ("aws_ec2_instance", "web api worker batch runner", "i-", 9, (7.59, 280.32)),
    ("aws_ec2_volume", "data scratch root backup", "vol-", 16, (0.8, 160.0)),
    ("aws_ec2_snapshot", "nightly before-upgrade weekly", "snap-", 22, (0.2, 25.0)),
    ("aws_ec2_elastic_ip", "egress vpn old-nat", "eipalloc-", 3, (3.65, 3.65)),
    ("aws_nat_gateway", "nat", "nat-", 2, (32.85, 32.85)),
    ("aws_alb", "public internal", "alb-", 3, (16.43, 16.43)),
    ("aws_rds_instance", "orders users reporting", "db-", 4, (24.82, 610.0)),
    ("aws_elasticache_cache_cluster", "sessions cache", "redis-", 2, (11.68, 120.0)),
    ("aws_efs_file_system", "shared home", "fs-", 2, None),
    ("aws_cloudwatch_log_group", "/aws/lambda/resize /ecs/api", "log-", 12, (0.0, 4.0)),
    ("aws_secretsmanager_secret", "database token", "secret-", 5, (0.4, 0.4)),
    ("aws_kms_key", "data-key", "key-", 3, (1.0, 1.0)),
    ("aws_ec2_security_group", "allow-web allow-db", "sg-", 10, (0.0, 0.0)),
    ("aws_ec2_subnet", "private public", "subnet-", 6, (0.0, 0.0)),
    ("aws_vpc", "main sandbox", "vpc-", 1, (0.0, 0.0)),
    ("aws_iam_role", "deploy lambda task", "role-", 8, (0.0, 0.0)),
    ("aws_opensearch_domain", "logs", "domain-", 1, None),
)
_ACCOUNTS = ("production", "staging", "development", "sandbox", "data-platform", "security")
_OWNERS = ("checkout", "search", "data", "platform", "mobile", "growth")
_REGIONS = ("eu-central-1", "eu-west-1", "us-east-1", "us-west-2")
_PEOPLE = ("amara.okafor", "li.wei", "sofia.ruiz", "jonas.weber", "deploy-pipeline")
_RULES = {
    "aws_ec2_volume": "volumes",
    "aws_ec2_snapshot": "snapshots",
    "aws_ec2_elastic_ip": "elastic_ips",
    "aws_alb": "load_balancers",
}
_OTHER_RULES = ("expired", "untagged")
# What lies next to what: source, target, type.
_RELATIONS = (
    ("aws_vpc", "aws_ec2_subnet", "delete"),
    ("aws_vpc", "aws_ec2_security_group", "delete"),
    ("aws_ec2_subnet", "aws_ec2_instance", "delete"),
    ("aws_ec2_subnet", "aws_nat_gateway", "delete"),
    ("aws_ec2_subnet", "aws_rds_instance", "delete"),
    ("aws_ec2_security_group", "aws_ec2_instance", "delete"),
    ("aws_ec2_security_group", "aws_alb", "delete"),
    ("aws_ec2_volume", "aws_ec2_instance", "default"),
    ("aws_ec2_volume", "aws_ec2_snapshot", "default"),
    ("aws_ec2_instance", "aws_ec2_volume", "owns"),
    ("aws_ec2_elastic_ip", "aws_nat_gateway", "delete"),
    ("aws_iam_role", "aws_ec2_instance", "needed"),
    ("aws_kms_key", "aws_ec2_volume", "needed"),
    ("aws_kms_key", "aws_rds_instance", "needed"),
)
_STARTED = 1_795_856_400  # 2026-11-28T09:00:00Z
_DAY = 86_400
EDGE_TYPES = ("default", "delete", "needed", "owns")
WEIGHTS = [weight for *_, weight, _ in _KINDS]


def report_data(
    count: int = 40, *, accounts: int = 4, degree: float = 1.5, planned: float = 0.12, seed: int = 7
) -> Report:
    """Return the data of a report about that many resources; the same for the same arguments."""
    maker = _Maker(random.Random(seed), accounts)
    resources = maker.resources(count)
    plan = maker.plan(resources, max(6, int(count * planned)) if count else 0)
    return {
        "format": 1,
        "run": _run(),
        "currency": "USD",
        "money": _money(resources, plan, maker),
        "coverage": maker.coverage(),
        "history": maker.history(resources, plan),
        "names": maker.names(),
        "resources": resources,
        "edges": maker.edges(resources["kind"], degree),
        "plan": plan,
        "decided": {
            name: sum(entry["list"] == name for entry in plan)
            for name in ("planned", "carried_over", "reported", "undecided", "refused")
        },
        "changes": maker.changes(count),
        "held": [
            "The plan for production deletes 31 snapshots; the limit is 25. Approve the plan "
            "or raise the limit."
        ],
        "problems": [
            "us-west-2 of sandbox could not be read: the role ebbtide-reader is not allowed to "
            "call rds:DescribeDBInstances."
        ],
        "sampled": None,
    }


def small() -> Report:
    return report_data(40)


def demonstration() -> Report:
    return report_data(900, accounts=6)


def large() -> Report:
    """Return 100,000 resources with about 300,000 edges in 50 accounts."""
    return report_data(100_000, accounts=50, degree=3.3, planned=0.02)


def hostile(text: str) -> Report:
    """Return a small report in which every text that comes from outside is the given one."""
    data = report_data(12)
    resources, names = data["resources"], data["names"]
    for column in ("id", "name", "arn", "creator"):
        resources[column] = [text] * len(resources[column])
    resources["tags"] = [{text: text}] * len(resources["id"])
    names["kinds"] = [text for _ in names["kinds"]]
    names["accounts"] = [[text, text] for _ in names["accounts"]]
    names["regions"] = [text for _ in names["regions"]]
    names["owners"] = [text for _ in names["owners"]]
    for entry in data["plan"]:
        entry |= {"reason": text, "evidence": [text], "rules": [text], "ending_reason": text}
    data["run"] |= {"id": text, "stack": text, "workflow": text, "outcome": text, "version": text}
    data["held"] = data["problems"] = data["money"]["notes"] = [text]
    for by in data["money"]["by"].values():
        by[:] = [[text, *row[1:]] for row in by]
    for account in data["coverage"]["accounts"]:
        account |= {"account": text, "name": text}
        account["gaps"] = [dict.fromkeys(("region", "kind", "state", "error", "permission"), text)]
    for gone in data["changes"]["deleted"]:
        gone |= dict.fromkeys(gone, text)
    return data


def _run() -> dict[str, Any]:
    return {
        "id": "scheduled-20261128T0900",
        "workflow": "collect_and_cleanup",
        "started": "2026-11-28T09:00:00Z",
        "ended": None,
        "outcome": "succeeded",
        "stack": "ebbtide",
        "account": "111111111111",
        "region": "eu-central-1",
        "snapshot": "scheduled-20261128T0900",
        "dry_run": True,
        "version": "0.9.0",
    }


@dataclass(slots=True)
class _Maker:
    random: random.Random
    accounts: int

    def names(self) -> dict[str, Any]:
        names = [
            _ACCOUNTS[at] if at < len(_ACCOUNTS) else f"team-{at:02d}"
            for at in range(self.accounts)
        ]
        return {
            "kinds": [kind for kind, *_ in _KINDS],
            "accounts": [[str(111111111111 + at), name] for at, name in enumerate(names)],
            "regions": list(_REGIONS),
            "owners": list(_OWNERS),
            "edge_types": list(EDGE_TYPES),
        }

    def resources(self, count: int) -> dict[str, list[Any]]:
        columns: dict[str, list[Any]] = {name: [] for name in _COLUMNS}
        kinds = self.random.choices(range(len(_KINDS)), WEIGHTS, k=count)
        for kind in kinds:
            for name, value in self._resource(kind).items():
                columns[name].append(value)
        return columns

    def _resource(self, kind: int) -> dict[str, Any]:
        pick, (full, words, prefix, _, _) = self.random, _KINDS[kind]
        account, region = pick.randrange(self.accounts), pick.randrange(len(_REGIONS))
        id = f"{prefix}{pick.getrandbits(68):017x}"
        owner = pick.choices((-1, pick.randrange(len(_OWNERS))), (1, 2))[0]
        service, type = (
            full.removeprefix("aws_").split("_", 1) if full.count("_") > 1 else ("ec2", full[4:])
        )
        tags = {} if owner < 0 else {"owner": _OWNERS[owner], "stage": pick.choice(("prod", "dev"))}
        return {
            "id": id,
            "name": f"{pick.choice(words.split())}-{pick.randrange(200)}",
            "arn": f"arn:aws:{service}:{_REGIONS[region]}:{111111111111 + account}:{type}/{id}",
            "kind": kind,
            "account": account,
            "region": region,
            "owner": owner,
            "creator": pick.choice(("", *_PEOPLE)),
            "created": pick.choices((None, _STARTED - pick.randrange(900 * _DAY)), (1, 9))[0],
            "monthly": self._price(kind),
            "tags": tags,
        }

    def _price(self, kind: int) -> float | None:
        price = _KINDS[kind][4]
        if price is None or (price[1] > 0 and self.random.random() < 0.02):
            return None
        low, high = price
        return round(low + (high - low) * self.random.random() ** 3, 2)

    def edges(self, kinds: list[int], degree: float) -> list[list[int]]:
        """Return edges between resources of related kinds that lie near each other."""
        numbers = {kind: number for number, (kind, *_) in enumerate(_KINDS)}
        places: dict[int, list[int]] = {}
        for at, kind in enumerate(kinds):
            places.setdefault(kind, []).append(at)
        found: set[tuple[int, int, int]] = set()
        wanted = int(len(kinds) * degree)
        for _ in range(wanted):
            source, target, type = self.random.choice(_RELATIONS)
            starts, ends = places.get(numbers[source], []), places.get(numbers[target], [])
            if not starts or not ends:
                continue
            start = self.random.choice(starts)
            # The more edges one resource has, the farther they reach.
            reach = 3 * wanted / len(_RELATIONS) / len(starts)
            further = int(self.random.expovariate(1 / reach))
            end = ends[(bisect(ends, start) + further) % len(ends)]
            found.add((start, end, EDGE_TYPES.index(type)))
        return [list(column) for column in zip(*sorted(found), strict=True)] or [[], [], []]

    def plan(self, resources: dict[str, list[Any]], count: int) -> list[dict[str, Any]]:
        chosen = self.random.sample(range(len(resources["id"])), min(count, len(resources["id"])))
        return [self._entry(at, resources, chosen) for at in chosen]

    def _entry(self, at: int, resources: dict[str, list[Any]], chosen: list[int]) -> dict[str, Any]:
        pick = self.random
        list_ = pick.choices(("planned", "refused", "undecided", "reported"), (10, 6, 2, 2))[0]
        rule = _RULES.get(_KINDS[resources["kind"][at]][0]) or pick.choice(_OTHER_RULES)
        days, planned = pick.randrange(31, 400), list_ == "planned"
        wave = pick.choices((1, 2, 3), (6, 3, 1))[0] if planned else None
        return {
            "resource": at,
            "list": list_,
            "rules": [rule],
            "reason": {
                "planned": f"unused for {days} days, and nothing refers to it",
                "refused": f"is used by {resources['name'][pick.choice(chosen)]}, which stays",
                "undecided": "rds:DescribeDBInstances in us-west-2 was denied",
                "reported": f"the first run of the rule {rule} only reports",
            }[list_],
            "evidence": [
                f"not attached in any of the last {days} daily snapshots",
                "all 4 regions of the account were read completely",
            ],
            "wave": wave,
            "after": [pick.choice(chosen)] if wave and wave > 1 else [],
            "held": planned and pick.random() < 0.1,
            "approved": False,
            "ending": pick.choices(("would_delete", "skipped"), (9, 1))[0] if planned else None,
            "ending_reason": None,
            "monthly": resources["monthly"][at] if planned else None,
        }

    def coverage(self) -> dict[str, Any]:
        accounts = []
        for at, (account, name) in enumerate(self.names()["accounts"]):
            denied = {
                "state": "denied",
                "error": "AccessDenied",
                "permission": "rds:DescribeDBInstances",
            }
            gaps = [
                {"region": region, "kind": "aws_rds_instance", **denied} for region in _REGIONS[2:]
            ]
            lacks = at == 3
            accounts.append(
                {
                    "account": account,
                    "name": name,
                    "state": "incomplete" if lacks else "complete",
                    "gaps": gaps if lacks else [],
                }
            )
        return {"percent": 99.2, "accounts": accounts}

    def history(
        self, resources: dict[str, list[Any]], plan: list[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        count, cost = len(resources["id"]), sum(value or 0 for value in resources["monthly"])
        planned = sum(entry["list"] == "planned" for entry in plan)
        runs, share = [], 1.25
        for ago in range(29, -1, -1):
            share = 1.0 if ago == 0 else share + self.random.uniform(-0.016, 0.004)
            started = datetime.fromtimestamp(_STARTED - ago * _DAY, UTC)
            cleaned = self.random.randrange(6) if ago % 3 else 0
            runs.append(
                {
                    "run": f"scheduled-{started:%Y%m%dT%H%M}",
                    "started": f"{started:%Y-%m-%dT%H:%M:%SZ}",
                    "resources": int(count * share),
                    "monthly": round(cost * share, 2),
                    "planned": int(planned * share) + (self.random.randrange(5) if ago else 0),
                    "cleaned": cleaned,
                    "failed": int(self.random.random() < 0.2),
                    "held": int(self.random.random() < 0.15),
                    "coverage": 96.5 if ago % 9 == 4 else 99.2,
                    "savings": round(cleaned * self.random.uniform(2, 30), 2),
                }
            )
        return runs

    def changes(self, count: int) -> dict[str, Any]:
        some = self.random.sample(range(count), min(count, 40)) if count else []
        gone = [
            {
                "id": f"snap-{self.random.getrandbits(68):017x}",
                "name": f"nightly-{at}",
                "kind": "aws_ec2_snapshot",
                "account": "111111111112",
                "region": "eu-west-1",
            }
            for at in range(5)
        ]
        return {"created": some[:12], "updated": some[12:], "deleted": gone}


_COLUMNS = (
    "id",
    "name",
    "arn",
    "kind",
    "account",
    "region",
    "owner",
    "creator",
    "created",
    "monthly",
    "tags",
)


def _money(
    resources: dict[str, list[Any]], plan: list[dict[str, Any]], maker: _Maker
) -> dict[str, Any]:
    names, monthly = maker.names(), resources["monthly"]
    accounts = [name for _, name in names["accounts"]]
    groups = {
        "account": [accounts[at] for at in resources["account"]],
        "owner": [names["owners"][at] if at >= 0 else "" for at in resources["owner"]],
        "kind": [names["kinds"][at] for at in resources["kind"]],
    }
    planned = [entry for entry in plan if entry["list"] == "planned"]
    by = {way: _sums(keys, monthly) for way, keys in groups.items()}
    by["rule"] = _sums(
        [entry["rules"][0] for entry in planned], [entry["monthly"] for entry in planned]
    )
    return {
        "monthly": round(sum(value or 0 for value in monthly), 2),
        "unknown": sum(value is None for value in monthly),
        "planned": round(sum(entry["monthly"] or 0 for entry in planned), 2),
        "planned_unknown": sum(entry["monthly"] is None for entry in planned),
        "realised": 0.0,
        "realised_unknown": 0,
        "by": by,
        "notes": [
            "List prices on demand of 2026-09-19, for 730 hours a month; discounts, taxes and "
            "traffic are left out.",
            "Snapshots are counted at their full size, although AWS bills only changed blocks.",
        ],
    }


def _sums(keys: list[str], monthly: list[float | None]) -> list[list[Any]]:
    sums: dict[str, list[Any]] = {}
    for key, value in zip(keys, monthly, strict=True):
        row = sums.setdefault(key, [key, 0.0, 0, 0])
        row[1] = round(row[1] + (value or 0), 2)
        row[2] += 1
        row[3] += value is None
    return sorted(sums.values(), key=lambda row: -row[1])
