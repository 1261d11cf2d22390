"""The shipped table: declared, dated, plausible, and made from what is stored of its sources."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

import botocore.session

from ebbtide.prices.book import PriceBook
from ebbtide.prices.rates import RATES
from tests.support.each_case import for_each
from tests.support.paths import REPOSITORY
from tools.price_sources import EVERYWHERE, entries, extract_of, prices_in, read, sources
from tools.price_table import TABLE, contradictions, counting, files, known_to

FILES = sorted(TABLE.glob("*.json"))
# USD per unit, by the first part of a key: a decimal point in the wrong place leaves these bounds.
BOUNDS: dict[str, tuple[str, str]] = {
    "accelerator.hours": ("0.01", "0.1"),
    "apigateway.cache": ("0.01", "10"),
    "backup.storage": ("0.005", "0.3"),
    "cloudfront.dedicated_address": ("100", "1000"),
    "cloudwatch.alarm": ("0.05", "1"),
    "cloudwatch.dashboard": ("1", "5"),
    "directory.hours": ("0.02", "1"),
    "dms.instance": ("0.01", "20"),
    "docdb.instance": ("0.03", "40"),
    "dynamodb.backup": ("0.05", "0.3"),
    "dynamodb.read": ("0.00005", "0.0005"),
    "dynamodb.storage": ("0.05", "0.7"),
    "dynamodb.write": ("0.0003", "0.003"),
    "ebs.iops": ("0.003", "0.15"),
    "ebs.snapshot": ("0.01", "0.1"),
    "ebs.storage": ("0.01", "0.3"),
    "ebs.throughput": ("30", "100"),
    "ec2.host": ("0.3", "500"),
    "ec2.instance": ("0.002", "600"),
    "ecr.storage": ("0.05", "0.2"),
    "efs.storage": ("0.005", "0.7"),
    "efs.throughput": ("4", "15"),
    "eks.cluster": ("0.05", "0.2"),
    "elasticache.node": ("0.008", "60"),
    "elasticache.serverless": ("0.05", "0.5"),
    "elasticache.snapshot": ("0.05", "0.2"),
    "elb.hours": ("0.01", "0.06"),
    "events.archive": ("0.01", "0.1"),
    "fargate.cpu": ("0.02", "0.1"),
    "fargate.memory": ("0.002", "0.01"),
    "fargate.storage": ("0.00005", "0.0005"),
    "firewall.endpoint": ("0.2", "1"),
    "fsx.backup": ("0.02", "0.2"),
    "fsx.iops": ("0.002", "0.05"),
    "fsx.storage": ("0.01", "1"),
    "fsx.throughput": ("0.1", "10"),
    "glacier.storage": ("0.002", "0.02"),
    "kinesis.extended_shard": ("0.01", "0.05"),
    "kinesis.on_demand": ("0.02", "0.1"),
    "kinesis.shard": ("0.01", "0.05"),
    "kms.key": ("0.5", "2"),
    "lightsail.disk": ("0.05", "0.3"),
    "lightsail.snapshot": ("0.02", "0.2"),
    "lightsail.unused_address": ("0.001", "0.02"),
    "logs.storage": ("0.02", "0.06"),
    "mq.broker": ("0.01", "30"),
    "msk.broker": ("0.03", "40"),
    "msk.storage": ("0.05", "0.3"),
    "mwaa.environment": ("0.2", "5"),
    "neptune.instance": ("0.05", "150"),
    "opensearch.instance": ("0.01", "40"),
    "opensearch.iops": ("0.005", "0.2"),
    "opensearch.storage": ("0.03", "0.5"),
    "opensearch.throughput": ("0.03", "0.2"),
    "rds.acu": ("0.05", "0.5"),
    "rds.instance": ("0.01", "400"),
    "rds.iops": ("0.01", "1"),
    "rds.snapshot": ("0.01", "0.3"),
    "rds.storage": ("0.05", "1"),
    "rds.throughput": ("0.05", "0.6"),
    "redshift.managed_storage": ("0.01", "0.1"),
    "redshift.node": ("0.1", "40"),
    "redshift.snapshot": ("0.01", "0.1"),
    "route53.health_check": ("0.3", "1"),
    "route53.health_check_option": ("0.5", "3"),
    "route53.zone": ("0.1", "1"),
    "sagemaker.hosting": ("0.03", "150"),
    "sagemaker.notebook": ("0.03", "150"),
    "sagemaker.storage": ("0.05", "0.5"),
    "sagemaker.studio": ("0.03", "150"),
    "secrets.secret": ("0.2", "1"),
    "ssm.parameter": ("0.02", "0.1"),
    "transfer.protocol": ("0.1", "1"),
    "vpc.address": ("0.001", "0.02"),
    "vpc.client_vpn_association": ("0.05", "0.3"),
    "vpc.endpoint": ("0.005", "0.05"),
    "vpc.nat_gateway": ("0.03", "0.12"),
    "vpc.transit_attachment": ("0.03", "0.15"),
    "vpc.vpn_connection": ("0.03", "0.1"),
    "waf.acl": ("3", "10"),
    "waf.rule": ("0.5", "2"),
}
# The same is at most so many times dearer in one region than in another.
MOST_APART = 4


@cache
def documents() -> Mapping[str, Any]:
    return {path.stem: read(path.read_text()) for path in FILES}


@cache
def keys() -> frozenset[str]:
    return frozenset(
        key for one in documents().values() for part in one["parts"] for key in part["rates"]
    )


def prices() -> Iterator[tuple[str, str, Decimal]]:
    for one in documents().values():
        for part in one["parts"]:
            for key, by_region in prices_in(part).items():
                for region, price in by_region.items():
                    yield key, region, price


def test_the_table_is_what_the_stored_sources_say() -> None:
    assert {path for path, text in files().items() if path.read_text() != text} == set()
    assert {path for path in files() if path.parent == TABLE} == set(FILES)


def test_every_rate_of_the_table_is_declared() -> None:
    assert {key for key in keys() if not any(rate.query(key, "x") for rate in RATES)} == set()


def test_a_key_is_in_the_file_of_its_service() -> None:
    for service, one in documents().items():
        assert {key.partition(".")[0] for part in one["parts"] for key in part["rates"]} == {
            service
        }


@for_each("service", [path.stem for path in FILES])
def test_every_source_has_a_date_and_a_place(service: str) -> None:
    one = documents()[service]
    assert (one["format"], one["currency"]) == (1, "USD")
    assert {part["source"] for part in one["parts"]} == set(one["sources"])
    for source in one["sources"].values():
        date = datetime.date.fromisoformat(source["date"])
        assert datetime.date(2017, 1, 1) <= date <= datetime.date.today()
        assert source["title"] and source["licence"]
        assert re.fullmatch(
            r"https://github\.com/[\w.-]+/[\w.-]+/blob/[0-9a-f]{40}/\S+|\w+ [\d.]+: \S+",
            source["address"],
        )


def test_every_price_is_plausible() -> None:
    bounds = {name: (Decimal(least), Decimal(most)) for name, (least, most) in BOUNDS.items()}
    wrong = []
    for key, region, price in prices():
        least, most = bounds[key.partition("/")[0]]
        if not least <= price <= most:
            wrong.append((key, region, price))
    assert wrong == []


def test_regions_do_not_differ_much() -> None:
    by_key: dict[str, list[Decimal]] = {}
    for key, _, price in prices():
        by_key.setdefault(key, []).append(price)
    apart = {key: max(found) / min(found) for key, found in by_key.items()}
    assert {key: ratio for key, ratio in apart.items() if ratio > MOST_APART} == {}


def test_a_larger_instance_of_a_family_costs_more() -> None:
    """Sizes double: a price that belongs to another size would be seen."""
    book = PriceBook()
    for small, large in (("large", "xlarge"), ("xlarge", "2xlarge"), ("2xlarge", "4xlarge")):
        for family in ("m5", "c5", "r5", "m6i", "c6g", "r6g", "m7g", "i3"):
            for region in ("us-east-1", "eu-central-1", "ap-northeast-1"):
                one, other = (
                    book.find(f"ec2.instance/linux/shared/{family}.{size}", region)
                    for size in (small, large)
                )
                assert one is not None and other is not None
                assert Decimal("1.9") < other.amount / one.amount < Decimal("2.1")


def test_every_region_exists() -> None:
    session = botocore.session.get_session()
    (partition,) = (
        one for one in session.get_data("endpoints")["partitions"] if one["partition"] == "aws"
    )
    assert {region for _, region, _ in prices()} <= {*partition["regions"], EVERYWHERE}


def test_what_is_sold_everywhere_has_one_price() -> None:
    everywhere = {key for key, region, _ in prices() if region == EVERYWHERE}
    assert everywhere.isdisjoint({key for key, region, _ in prices() if region != EVERYWHERE})


@for_each("entry", entries(), named=lambda entry: f"{entry.rate} of {entry.source}")
def test_entry_is_what_its_source_says(entry: Any) -> None:
    """`reading` is an amount and what it costs, as the source prints it: rounded to the cent."""
    assert entry.source in sources() and not sources()[entry.source].reader
    found = re.match(r"([\d.]+) .*? ([\d.]+)( \(.*\))?$", entry.reading)
    if found is None:
        assert entry.reading == "USD_MIN_PRICE_PER_HOUR"  # a name in the source, with these prices
        return
    said = Decimal(found[2])
    places = Decimal(1).scaleb(-len(found[2].partition(".")[2]))
    for price in entry.prices.values():
        assert (price * Decimal(found[1])).quantize(places, ROUND_HALF_UP) == said


def test_every_source_is_used_and_every_extract_has_one() -> None:
    used = {part["source"] for one in documents().values() for part in one["parts"]}
    assert used == set(sources())
    extracts = {extract_of(one) for one in sources().values() if one.reader}
    assert extracts == set(extract_of(next(iter(sources().values()))).parent.iterdir())


def test_the_newest_source_counts_where_sources_differ() -> None:
    known = {one.id: known_to(one, entries()) for one in sources().values()}
    differing = contradictions(known)
    assert differing  # AWS has become cheaper since the oldest of them
    book = PriceBook()
    for key, region, said in differing:
        newest = max(said, key=lambda name: sources()[name].date)
        found = book.find(key, region)
        assert found is not None
        assert (found.amount, found.basis) == (said[newest], f"table {sources()[newest].date}")


def test_an_older_source_only_adds_what_a_newer_one_does_not_have() -> None:
    one, two, three = Decimal(1), Decimal(2), Decimal(3)
    newer = {"a.b": {"x": one}, "a.c": {"x": one}}
    older = {"a.b": {"x": two, "y": three}, "a.c": {"x": one}}
    assert counting({"newer": newer, "older": older}) == {
        "newer": newer,
        "older": {"a.b": {"y": three}},
    }


def test_the_notice_names_the_work_of_every_source() -> None:
    notice = (TABLE / "NOTICE").read_text()
    works = {one.repository.partition("/")[2] for one in sources().values() if one.repository}
    works = {work.replace("ec2instances.info", "EC2Instances.info") for work in works}
    packages = {one.package["name"] for one in sources().values() if one.package}
    assert {name for name in works | packages if name not in notice} == set()


def test_the_table_is_small() -> None:
    """It is loaded by a function, one file at a time, and part of each upload."""
    sizes = [path.stat().st_size for path in FILES]
    assert sum(sizes) < 650_000 and max(sizes) < 300_000


def test_the_page_names_each_source() -> None:
    page = (REPOSITORY / "docs" / "price-table.md").read_text()
    assert {one.title for one in sources().values() if one.title not in page} == set()
