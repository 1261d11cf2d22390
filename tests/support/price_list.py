"""Products as the Price List API gives them: `product`, `serviceCode` and `terms`, as JSON texts.

The form is that of recorded answers (aws pricing get-products); SKUs and some prices are invented.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

type Document = dict[str, Any]


def product(
    service: str,
    family: str,
    unit: str,
    *prices: tuple[str, str],
    region: str = "us-east-1",
    **attributes: str,
) -> Document:
    """Return one product; `prices` are (begin of the tier, USD)."""
    sku = f"SKU{abs(hash((service, family, region, *attributes.values()))) % 10**10:010}"
    dimensions = {
        f"{sku}.JRTCKXETXF.{number}": {
            "unit": unit,
            "beginRange": begin,
            "endRange": "Inf",
            "description": f"${price} per {unit}",
            "appliesTo": [],
            "rateCode": f"{sku}.JRTCKXETXF.{number}",
            "pricePerUnit": {"USD": price},
        }
        for number, (begin, price) in enumerate(prices)
    }
    place = {"regionCode": region, "locationType": "AWS Region"} if region else {}
    return {
        "product": {
            "productFamily": family,
            "attributes": {"servicecode": service, **place, **attributes},
            "sku": sku,
        },
        "serviceCode": service,
        "terms": {
            "OnDemand": {
                f"{sku}.JRTCKXETXF": {
                    "priceDimensions": dimensions,
                    "sku": sku,
                    "effectiveDate": "2026-11-01T00:00:00Z",
                    "offerTermCode": "JRTCKXETXF",
                    "termAttributes": {},
                }
            },
            "Reserved": {f"{sku}.38NPMPTW36": {"priceDimensions": {}, "sku": sku}},
        },
        "version": "20261120000000",
        "publicationDate": "2026-11-20T00:00:00Z",
    }


def instance(type: str, price: str, region: str = "us-east-1", **other: str) -> Document:
    return product(
        "AmazonEC2",
        "Compute Instance",
        "Hrs",
        ("0", price),
        region=region,
        **{
            "instanceType": type,
            "tenancy": "Shared",
            "operation": "RunInstances",
            "capacitystatus": "Used",
            "marketoption": "OnDemand",
            "usagetype": f"BoxUsage:{type}",
            **other,
        },
    )


@dataclass
class PriceList:
    """Answers GetProducts from a list of products, in pages; `asked` are all questions."""

    products: list[Document]
    page: int = 100
    asked: list[Document] = field(default_factory=list)

    def __call__(self, service: str, operation: str, arguments: Document) -> Document:
        assert (service, operation) == ("pricing", "get_products")
        self.asked.append(arguments)
        start = int(arguments.get("NextToken", 0))
        found = [one for one in self.products if _is_wanted(one, arguments)]
        answer: Document = {
            "FormatVersion": "aws_v1",
            "PriceList": [json.dumps(one) for one in found[start : start + self.page]],
        }
        if start + self.page < len(found):
            answer["NextToken"] = str(start + self.page)
        return answer


def _is_wanted(entry: Document, arguments: Mapping[str, Any]) -> bool:
    attributes = {
        **entry["product"]["attributes"],
        "productFamily": entry["product"]["productFamily"],
    }
    return entry["serviceCode"] == arguments["ServiceCode"] and all(
        attributes.get(one["Field"]) == one["Value"] for one in arguments["Filters"]
    )
