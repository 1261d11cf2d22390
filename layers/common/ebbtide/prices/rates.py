"""All declared rates, and how a price is read from a product of the Price List."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from ebbtide.prices.book import amount_of
from ebbtide.prices.rate import Rate, region_of
from ebbtide.prices.rates_compute import COMPUTE
from ebbtide.prices.rates_databases import DATABASES
from ebbtide.prices.rates_network import NETWORK
from ebbtide.prices.rates_other import OTHER
from ebbtide.prices.rates_storage import STORAGE

RATES: tuple[Rate, ...] = (*COMPUTE, *STORAGE, *DATABASES, *NETWORK, *OTHER)
CURRENCY = "USD"

type Prices = dict[tuple[str, str], Decimal]


def prices_of(products: Iterable[Mapping[str, Any]], rates: Iterable[Rate] = RATES) -> Prices:
    """Return the prices of products by key and region.

    `products` are parsed entries of the Price List API: `product`, `serviceCode`, `terms`. A key
    that products sell at different prices in one region is ambiguous, and so left out: unknown.
    """
    by_service: dict[str, list[Rate]] = {}
    for rate in rates:
        by_service.setdefault(rate.service, []).append(rate)
    found: dict[tuple[str, str], set[Decimal]] = {}
    for entry in products:
        if has_attributes(entry):
            for key, price in _of_product(entry, by_service.get(entry.get("serviceCode", ""), ())):
                found.setdefault((key, region_of(entry["product"])), set()).add(price)
    return {name: next(iter(prices)) for name, prices in found.items() if len(prices) == 1}


def has_attributes(entry: Mapping[str, Any]) -> bool:
    """Return whether an entry has a service, and a product whose attributes are texts."""
    if not isinstance(entry.get("serviceCode", ""), str):
        return False
    product = entry.get("product")
    attributes = product.get("attributes") if isinstance(product, Mapping) else None
    return isinstance(attributes, Mapping) and all(isinstance(v, str) for v in attributes.values())


def _of_product(entry: Mapping[str, Any], rates: Iterable[Rate]) -> Iterator[tuple[str, Decimal]]:
    for rate in rates:
        key = rate.key_of(entry["product"])
        if (
            key is not None
            and (price := first_price(entry.get("terms", {}), rate.unit)) is not None
        ):
            yield key, price


def first_price(terms: Mapping[str, Any], unit: str) -> Decimal | None:
    """Return the price on demand of the first units that are not free; None without one.

    Free units belong to the free tier, which estimates leave out. Later units are often cheaper.
    Several prices of the same units are ambiguous, and what is no price spoils the product.
    """
    found: dict[Decimal, set[Decimal]] = {}
    try:
        tiers = [
            (dimension.get("beginRange") or "0", dimension["pricePerUnit"][CURRENCY])
            for term in terms.get("OnDemand", {}).values()
            for dimension in term["priceDimensions"].values()
            if CURRENCY in dimension["pricePerUnit"] and dimension["unit"].lower() == unit.lower()
        ]
    except (AttributeError, KeyError, TypeError):
        return None
    for start, text in tiers:
        begin, price = amount_of(start), amount_of(text)
        if begin is None or price is None:
            return None
        if price:
            found.setdefault(begin, set()).add(price)
    first = found[min(found)] if found else set()
    return first.pop() if len(first) == 1 else None
