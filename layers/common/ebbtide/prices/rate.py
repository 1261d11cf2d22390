"""A rate: one price per unit, and how to find it in the AWS Price List.

The refresh of prices and the tool that makes the shipped table select products with the same
declarations. The Price List's attributes are documented at
https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/reading-an-offer-file.html.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

# Prefix of the usage types of a region, such as EUW1 or EU; us-east-1 mostly has none. Some usage
# types of global services begin with "Global-".
USAGE_PREFIX = r"(?:[A-Z]{2,3}\d?-|Global-)?"
# The region of rates that are the same everywhere.
EVERYWHERE = "*"
# A product without a region, or with this one, is sold everywhere.
_WITHOUT_REGION = ("", "global", "any")


@dataclass(frozen=True, slots=True)
class Rate:
    """What is sold by the unit, once per value of the names in its key.

    `key` names the rate: service, what bills, then its variants: `ebs.storage/{volumeApiName}`. A
    name in braces is an attribute of the product, a group of `usage` or of `operation`, or one of
    `words`; its value becomes lower case, with hyphens for spaces. `unit` is the unit of the Price
    List. `service` is its service code, `family` the product family, `where` attributes that must
    be equal, `usage` a pattern of the usage type without the region's prefix, `operation` a pattern
    of the operation; both match whole texts. `words` translates attributes to a name: name ->
    (attributes, values joined by "|" -> word); a product whose values are missing there is left
    out.
    """

    key: str
    unit: str
    service: str
    family: str = ""
    usage: str = ""
    operation: str = ""
    where: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, tuple[tuple[str, ...], Mapping[str, str]]] = field(default_factory=dict)
    everywhere: bool = False

    @property
    def table(self) -> str:
        """The part of the key that names the service, and the file of the shipped table."""
        return service_of(self.key)

    def key_of(self, product: Mapping[str, Any]) -> str | None:
        """Return the key of the rate that a product of the Price List has, if it has one."""
        attributes: Mapping[str, str] = product["attributes"]
        if self.family and product.get("productFamily", "") != self.family:
            return None
        if any(attributes.get(name) != value for name, value in self.where.items()):
            return None
        found = dict(attributes)
        for name, pattern in (("usagetype", self.usage), ("operation", self.operation)):
            matched = _matched(name, pattern, attributes)
            if matched is None:
                return None
            found.update(matched)
        for name, (sources, words) in self.words.items():
            value = "|".join(attributes.get(source, "") for source in sources)
            word = words.get(value)
            if word is None:
                return None
            found[name] = word
        try:
            return self.key.format_map({name: spelled(value) for name, value in found.items()})
        except KeyError:
            return None

    def query(self, key: str, region: str) -> Query | None:
        """Return the question to the Price List whose answer has this key; None for another rate's.

        Prices of instances are asked for by type, because a region sells tens of thousands.
        """
        found = _pattern(self.key).fullmatch(key)
        if found is None:
            return None
        asked = {"productFamily": self.family, **self.where}
        if not self.everywhere:
            asked["regionCode"] = region
        asked["instanceType"] = found.groupdict().get("instanceType", "")
        return Query(self.service, tuple(sorted((k, v) for k, v in asked.items() if v)))


@dataclass(frozen=True, slots=True)
class Query:
    """A question to the Price List: a service and attributes that must be equal."""

    service: str
    filters: tuple[tuple[str, str], ...]


@cache
def _pattern(key: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", key)
    texts, names = parts[::2], parts[1::2]
    groups = [f"(?P<{name}>[^/]+)" for name in names]
    pairs = zip(map(re.escape, texts), [*groups, ""], strict=True)
    return re.compile("".join(text + group for text, group in pairs))


def service_of(key: str) -> str:
    """Return the first part of a key, which names a file of the shipped table."""
    return key.partition(".")[0]


def region_of(product: Mapping[str, Any]) -> str:
    """Return the region that a product is sold in, or EVERYWHERE."""
    attributes: Mapping[str, str] = product["attributes"]
    region = attributes.get("regionCode", "")
    if region.lower() in _WITHOUT_REGION:
        return EVERYWHERE
    return region


def _matched(name: str, pattern: str, attributes: Mapping[str, str]) -> Mapping[str, str] | None:
    if not pattern:
        return {}
    prefix = USAGE_PREFIX if name == "usagetype" else ""
    found = re.fullmatch(f"{prefix}(?:{pattern})", attributes.get(name, ""))
    return None if found is None else found.groupdict(default="")


def spelled(value: str) -> str:
    """Return a text as it is written in keys."""
    return value.strip().lower().replace(" ", "-").replace("/", "-")
