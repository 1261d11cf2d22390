"""What a kind costs while it idles, as a declaration: priced in parts, free, or unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

# https://aws.amazon.com/calculator/calculator-assumptions/: 365 days * 24 hours / 12 months.
HOURS = 730
GIB = Decimal(1) / 2**30

# Why a kind costs nothing while it idles.
type Reason = Literal["no charge", "by use", "elsewhere", "ended", "a description"]

REASONS: Mapping[Reason, str] = {
    "no charge": "AWS does not charge for it",
    "by use": "AWS charges for requests, data or time in use only",
    "elsewhere": "what bills are other resources",
    "ended": "it is a record of what has ended",
    "a description": "it describes something, and is nothing that bills",
}


@dataclass(frozen=True, slots=True)
class Value:
    """A text or number of a resource: what the names in braces and quantities stand for.

    `path` is JMESPath over the properties, and must give a text, a number or a boolean, or with
    `fold` a list. Texts become lower case, with hyphens for spaces. `words` translates them; a text
    that is not among them is unknown, except if the words have the entry "*". `steps` translates a
    number: (from, result), ascending. `scale` multiplies a number. `missing` is what a missing
    value means; without it, a missing value makes the price unknown. `or_else` is asked before
    that. `of` names a kind: the value is read from the resource of that kind, in the same region,
    whose id is at `by`.
    """

    path: str
    words: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[tuple[int, int], ...] = ()
    scale: Decimal = Decimal(1)
    missing: str | int | None = None
    or_else: Value | None = None
    fold: Literal["", "count", "sum"] = ""
    of: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One rate that bills, and how often.

    `rate` is a key of rates.py whose names in braces are values. `quantity` are numbers and names
    of values, which are multiplied; only what lies above `above` and not above `up_to` of the first
    one counts. An hourly rate counts for all hours of a month. `when` and `unless` compare values
    with texts; a part that does not apply adds nothing. `what` completes "counts" for people.
    """

    what: str
    rate: str
    quantity: tuple[str | int | Decimal, ...] = (1,)
    hourly: bool = False
    above: str | int = 0
    up_to: int | None = None
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unless: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Priced:
    """A kind that bills while it idles.

    `unknown_if` names the resources that cannot be priced: path -> reason, if the path's value is
    true. `zone` is the path of the availability zone; local zones have other prices. `region` is
    where the rates of resources without a region are sold. `most` says why the price is at most
    this, and `least` why at least.
    """

    values: Mapping[str, Value]
    parts: tuple[Part, ...]
    left_out: str = ""
    unknown_if: Mapping[str, str] = field(default_factory=dict)
    zone: str = ""
    region: str = ""
    most: str = ""
    least: str = ""


@dataclass(frozen=True, slots=True)
class Free:
    """A kind that costs nothing while it idles, and why; `note` says what may bill elsewhere."""

    reason: Reason
    note: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A kind that may bill while it idles, but whose price cannot be told from what was read."""

    why: str


type Decision = Priced | Free | Unknown
