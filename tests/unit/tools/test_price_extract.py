"""Reading prices out of sources, and writing and reading what is stored of them."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.price_extract import extracted, main
from tools.price_sources import EVERYWHERE, Prices, Source, number, prices_in, read, text_of

REGIONS = ("us-east-1", "eu-central-1", "ap-south-1", EVERYWHERE)
PRICES = st.dictionaries(
    st.from_regex(r"[a-z]{1,5}\.[a-z]{1,5}(/[a-z0-9.]{1,8})?", fullmatch=True),
    st.dictionaries(
        st.sampled_from(REGIONS),
        st.decimals("0.0000001", "9999", places=7, allow_nan=False).filter(lambda price: price > 0),
        min_size=1,
    ),
    min_size=1,
)


def source(reader: str, rates: Mapping[str, str], **other: Any) -> Source:
    return Source(
        id="one",
        title="One",
        date=datetime.date(2026, 1, 2),
        path="one.json",
        licence="MIT",
        reader=reader,
        rates=rates,
        **other,
    )


@given(PRICES)
def test_what_is_written_is_read_again(prices: Prices) -> None:
    assert prices_in(read(text_of(prices, "one"))) == prices


@given(PRICES)
def test_a_row_never_ends_with_an_unknown_price(prices: Prices) -> None:
    rows = json.loads(text_of(prices, "one"))["rates"].values()
    assert all(row[-1] is not None for row in rows)


def test_numbers_are_short_and_exact() -> None:
    assert number(Decimal("0.1000000000")) == "0.1"
    assert number(Decimal("400")) == "400"
    assert number(Decimal("0.0000010000")) == "0.000001"
    assert number(None) == "null"


def test_price_page_is_read_by_its_meters() -> None:
    page = {
        "sets": {"Addresses": ["x1"]},
        "regions": {
            "US East (N. Virginia)": {
                "x1": {"price": "0.005"},
                "x2": {"price": "0.006"},
                "Disk gp9 GB Mo": {"price": "0.0800000000"},
                "Free gp9 GB Mo": {"price": "0.0000000000"},
                "Node Large Redis": {"price": "0.5", "Instance Type": "cache.x9.large"},
                "Node Old Redis": {"price": "0.4", "Instance Type": "cache.old.large"},
                "Node without a type": {"price": "0.3"},
                "Something else": {"price": "9"},
            },
            "EU (Frankfurt)": {"Disk gp9 GB Mo": {"price": "0.0952"}},
            "US East (Boston)": {"Disk gp9 GB Mo": {"price": "0.2"}},
            "AWS GovCloud (US)": {"Disk gp9 GB Mo": {"price": "0.3"}},
            "Any": {"Sold everywhere": {"price": "3"}},
        },
    }
    rates = {
        "(Disk|Free) gp9 GB Mo": "ebs.storage/gp9",
        "Node .* (?P<engine>Redis)": "elasticache.node/{engine}/{type}",
        "Node without a type": "elasticache.node/none/{type}",
        "Sold everywhere": "route53.zone",
        "set: Addresses": "lightsail.unused_address",
    }
    assert extracted(source("page", rates, retired=r"cache\.old\..*"), page) == {
        "ebs.storage/gp9": {"us-east-1": Decimal("0.08"), "eu-central-1": Decimal("0.0952")},
        "elasticache.node/redis/cache.x9.large": {"us-east-1": Decimal("0.5")},
        "route53.zone": {EVERYWHERE: Decimal(3)},
        "lightsail.unused_address": {"us-east-1": Decimal("0.005")},
    }


def test_what_a_source_names_at_two_prices_has_none() -> None:
    """Two meters of one rate: whichever was meant, one would be wrong."""
    page: Mapping[str, Any] = {
        "sets": {},
        "regions": {
            "US East (Ohio)": {"a one": {"price": "1"}, "a two": {"price": "2"}},
            "EU (Ireland)": {"a one": {"price": "1"}, "a two": {"price": "1.00"}},
        },
    }
    assert extracted(source("page", {"a .*": "kms.key"}), page) == {
        "kms.key": {"eu-west-1": Decimal(1)}
    }


def test_instances_of_the_package_are_those_of_linux_in_regions() -> None:
    package = {
        "aws": {
            "m9.large": {
                "pricing": {
                    "us-east-1": {"linux": {"ondemand": 0.1}, "dedicated": {"ondemand": 5.0}},
                    "us-east-1-bos-1": {"linux": {"ondemand": 0.2}},
                    "eu-west-1": {"dedicated": {"ondemand": 5.0}},
                    "sa-east-1": {"linux": {"ondemand": 0}},
                }
            }
        }
    }
    assert extracted(source("instances", {}), package) == {
        "ec2.instance/linux/shared/m9.large": {"us-east-1": Decimal("0.1")}
    }


def test_rows_of_instances_name_regions_as_in_addresses() -> None:
    def row(region: str, system: str = "Linux") -> Mapping[str, Any]:
        attributes = {"instanceType": "m9.large", "operatingSystem": system}
        return {"region": region, "attributes": attributes, "pricePerUnit": "0.1000"}

    rows = [row("us-east-1"), row("eu-(milan)"), row("us-east-(boston)"), row("us-east-2", "Other")]
    assert extracted(source("rows", {}), rows) == {
        "ec2.instance/linux/shared/m9.large": {
            "us-east-1": Decimal("0.1"),
            "eu-south-1": Decimal("0.1"),
        }
    }


def test_databases_are_read_by_their_engine() -> None:
    types = [
        {
            "instance_type": "db.r9.large",
            "pricing": {"us-east-1": {"Aurora MySQL": {"ondemand": 0.3}, "16": {"ondemand": 0.3}}},
        }
    ]
    rates = {"Aurora MySQL": "rds.instance/aurora-mysql/single-az/{type}"}
    assert extracted(source("engines", rates), types) == {
        "rds.instance/aurora-mysql/single-az/db.r9.large": {"us-east-1": Decimal("0.3")}
    }


def test_an_unpacked_package_is_read_into_its_extract(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.price_sources.EXTRACTS", tmp_path)
    package = tmp_path / "fixinventorydata" / "data"
    package.mkdir(parents=True)
    pricing = {"m9.large": {"pricing": {"us-east-1": {"linux": {"ondemand": 0.1}}}}}
    (package / "instances.json").write_text(json.dumps({"aws": pricing}))
    assert main(["--package", str(tmp_path), "fixinventorydata"]) == 0
    stored = (tmp_path / "fixinventorydata.json").read_text()
    assert prices_in(read(stored)) == {
        "ec2.instance/linux/shared/m9.large": {"us-east-1": Decimal("0.1")}
    }
