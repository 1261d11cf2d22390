"""Estimate what a resource costs per month while it idles; pure.

Each kind is compiled once. Resources whose values are the same share one estimate, so that most of
them cost a few look-ups only. Amounts are decimal, and rounded half up to a hundredth of a cent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache
from typing import Any

from ebbtide.base.expressions import Getter
from ebbtide.base.paths import getter
from ebbtide.model.lines import ResourceLine
from ebbtide.model.price import MOST, PriceLine
from ebbtide.model.resource import GLOBAL
from ebbtide.prices.book import CURRENCY, PriceBook
from ebbtide.prices.decision import HOURS, REASONS, Free, Part, Priced, Unknown, Value
from ebbtide.prices.decisions import DECISIONS
from ebbtide.prices.rate import spelled

_PLACES = Decimal("0.0001")
_NAME = re.compile(r"\{(\w+)\}")
_NOTHING_NOW = "nothing bills in its state"
_MALFORMED = "its description has another form than AWS documents"
_ENDED = "it has ended"
_OTHER_PARTITION = ("cn-", "us-gov-", "us-iso", "eu-isoe-", "eusc-")
# Estimates that are kept for equal resources of a kind.
_MOST_KEPT = 20_000

type Raw = str | int | float | bool | None
type Neighbours = Callable[[str], ResourceLine | None]


class UnknownPriceError(Exception):
    """A part has no price; the text says why. It never leaves this module."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a resource costs per month in USD, or why that is unknown (`monthly` is None)."""

    monthly: Decimal | None
    basis: str = ""
    why: str = ""

    def section(self) -> PriceLine:
        """Return the section `price` of a line."""
        if self.monthly is None:
            return {"monthly": None, "currency": CURRENCY, "why": self.why}
        return {"monthly": float(self.monthly), "currency": CURRENCY, "basis": self.basis}


@dataclass(slots=True)
class Estimator:
    """Estimates resources with one book of prices."""

    book: PriceBook
    neighbours: Neighbours = field(default=lambda _: None)
    _kept: dict[str, tuple[_Compiled, dict[Any, PriceLine]] | PriceLine] = field(
        default_factory=dict
    )

    def section(self, line: ResourceLine) -> PriceLine:
        """Return the section `price` of a line; lines may share it."""
        of_kind = self._kept.get(line["kind"])
        if of_kind is None:
            compiled = _compiled(line["kind"])
            of_kind = compiled if isinstance(compiled, dict) else (compiled, {})
            self._kept[line["kind"]] = of_kind
        if isinstance(of_kind, dict):
            return of_kind
        compiled, known = of_kind
        question = compiled.question(line, self.neighbours)
        try:
            found = known.get(question)
        except TypeError:
            # A list or a structure where a text belongs.
            return Estimate(None, why=_MALFORMED).section()
        if found is None:
            if len(known) >= _MOST_KEPT:
                known.clear()
            found = known[question] = compiled.estimate(question, self.book).section()
        return found

    def estimate(self, line: ResourceLine) -> Estimate:
        """Return the estimate of one resource."""
        compiled = _compiled(line["kind"])
        if isinstance(compiled, dict):
            monthly = compiled["monthly"]
            known = None if monthly is None else Decimal(str(monthly))
            return Estimate(known, compiled.get("basis", ""), compiled.get("why", ""))
        question = compiled.question(line, self.neighbours)
        return compiled.estimate(question, self.book)


def estimate(line: ResourceLine, book: PriceBook) -> Estimate:
    """Return the estimate of a resource that needs no other resource."""
    return Estimator(book).estimate(line)


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A priced kind with its paths compiled.

    `own` read the resource, `others` another one; `choices` says which of them a value is read
    from.
    """

    declared: Priced
    own: tuple[Getter, ...]
    others: tuple[tuple[Getter, str, Getter], ...]
    choices: Mapping[str, tuple[tuple[int, Value], ...]]
    doubts: tuple[Getter, ...]

    def question(self, line: ResourceLine, neighbours: Neighbours) -> tuple[Raw, ...]:
        """Return all that the estimate depends on, as AWS wrote it; hashable."""
        properties = line["properties"]
        found = [get(properties) for get in self.own]
        for get, kind, by in self.others:
            name = f"{line['account']}/{line['region']}/{kind}/{by(properties)}"
            neighbour = neighbours(name)
            found.append(get(neighbour["properties"]) if neighbour else None)
        doubt = 0
        for number, applies in enumerate(self.doubts, 1):
            if applies(properties):
                doubt = number
                break
        arn = line["arn"]
        partition = arn[:8] if arn else None
        unread = 1 if line.get("unread") else 0
        return (line["region"], partition, line["ended"], doubt, unread, *found)

    def estimate(self, question: tuple[Any, ...], book: PriceBook) -> Estimate:
        """Return the estimate of what a question tells."""
        region, partition, ended, doubt, unread, *raw = question
        if ended:
            return Estimate(Decimal(0), _ENDED)
        try:
            _check_place(region, partition, raw[0] if self.declared.zone else None)
            if doubt:
                raise UnknownPriceError([*self.declared.unknown_if.values()][doubt - 1])
            if region == GLOBAL and self.declared.region:
                region = self.declared.region
            values = _Values(self.choices, raw, bool(unread))
            return _total(self.declared.parts, values, region, book)
        except UnknownPriceError as failure:
            return Estimate(None, why=str(failure))


@cache
def _compiled(kind: str) -> _Compiled | PriceLine:
    """Return a priced kind compiled, or the one section of a kind that is free or unknown."""
    decision = DECISIONS.get(kind, Unknown("its kind is not declared"))
    if isinstance(decision, Free):
        return Estimate(Decimal(0), REASONS[decision.reason]).section()
    if isinstance(decision, Unknown):
        return Estimate(None, why=decision.why).section()
    own: list[Getter] = [getter(decision.zone)] if decision.zone else []
    others: list[tuple[Getter, str, Getter]] = []
    places: dict[str, list[tuple[Getter, Value]]] = {}
    for name, value in decision.values.items():
        places[name] = [(_scalar(one), one) for one in _chain(value)]
    choices: dict[str, tuple[tuple[int, Value], ...]] = {}
    for name, found in places.items():
        value = decision.values[name]
        if not value.of:
            choices[name] = tuple((len(own) + n, one) for n, (_, one) in enumerate(found))
            own.extend(get for get, _ in found)
    for name, found in places.items():
        value = decision.values[name]
        if value.of:
            choices[name] = ((len(own) + len(others), value),)
            others.append((found[0][0], value.of, getter(value.by)))
    doubts = tuple(map(getter, decision.unknown_if))
    return _Compiled(decision, tuple(own), tuple(others), choices, doubts)


def _chain(value: Value) -> Iterator[Value]:
    yield value
    if value.or_else is not None:
        yield from _chain(value.or_else)


def _scalar(value: Value) -> Getter:
    """Return what reads one text or number."""
    get = getter(value.path)
    if not value.fold:
        return get
    counts = value.fold == "count"

    def folded(document: Any) -> Any:
        found = get(document)
        if not isinstance(found, list):
            return found
        # A list is no scalar, so that what cannot be added makes the price unknown.
        numbers = all(type(one) in (int, float) for one in found)
        return len(found) if counts else sum(found) if numbers else found

    return folded


@dataclass(frozen=True, slots=True)
class _Values:
    """The values of one resource; only those that are asked for must be known."""

    choices: Mapping[str, tuple[tuple[int, Value], ...]]
    raw: Sequence[Raw]
    unread: bool

    def text(self, name: str) -> str:
        """Return a value as a part of a key."""
        declared, raw = self._known(name)
        text = spelled(str(raw))
        if not declared.words:
            return text
        word = declared.words.get(text, declared.words.get("*"))
        if word is None:
            raise UnknownPriceError(f"its {_shown(name)} is {raw}, whose price is not declared")
        return word

    def number(self, name: str | int | Decimal) -> Decimal:
        """Return a value as a number."""
        if not isinstance(name, str):
            return Decimal(name)
        declared, raw = self._known(name)
        try:
            number = Decimal(self.text(name) if declared.words else str(raw)) * declared.scale
        except InvalidOperation:
            raise UnknownPriceError(f"its {_shown(name)} is not a number") from None
        if not number.is_finite() or number < 0:
            raise UnknownPriceError(f"its {_shown(name)} is not a number")
        reached = [result for least, result in declared.steps if number >= least]
        return Decimal(reached[-1]) if reached else number

    def _known(self, name: str) -> tuple[Value, str | int | float | bool]:
        choices = self.choices[name]
        for place, declared in choices:
            raw = self.raw[place]
            if raw is not None:
                return declared, raw
        declared = choices[0][1]
        # What is missing means what is declared only if the whole description was read.
        if declared.missing is None or self.unread:
            raise UnknownPriceError(f"its {_shown(name)} was not read")
        return declared, declared.missing


def _total(parts: tuple[Part, ...], values: _Values, region: str, book: PriceBook) -> Estimate:
    total, bases = Decimal(0), set()
    for part in parts:
        if not _applies(part, values):
            continue
        units = _units(part, values)
        if not units:
            continue
        key = _NAME.sub(lambda found: values.text(found[1]), part.rate)
        price = book.find(key, region)
        if price is None:
            raise UnknownPriceError(f"no price of {key} in {region}")
        total += units * price.amount * (HOURS if part.hourly else 1)
        bases.add(price.basis)
    if total > MOST:
        raise UnknownPriceError("more than any resource costs, so a value of it must be wrong")
    rounded = total.quantize(_PLACES, ROUND_HALF_UP)
    return Estimate(rounded, " and ".join(sorted(bases)) or _NOTHING_NOW)


def _applies(part: Part, values: _Values) -> bool:
    return all(values.text(name) in words for name, words in part.when.items()) and not any(
        values.text(name) in words for name, words in part.unless.items()
    )


def _units(part: Part, values: _Values) -> Decimal:
    first, *others = part.quantity
    units = values.number(first)
    if part.up_to is not None:
        units = min(units, Decimal(part.up_to))
    units = max(units - values.number(part.above), Decimal(0))
    for other in others:
        units *= values.number(other)
    return units


def _check_place(region: str, partition: str | None, zone: Raw) -> None:
    """Raise UnknownPriceError where other prices hold than those of the region."""
    if region.startswith(_OTHER_PARTITION) or (
        partition is not None and partition.startswith("arn:") and partition != "arn:aws:"
    ):
        raise UnknownPriceError("prices outside of the partition aws are not known")
    if isinstance(zone, str) and not (zone.startswith(region) and len(zone) == len(region) + 1):
        raise UnknownPriceError(f"prices of the zone {zone} are not known")


def _shown(name: str) -> str:
    return name.replace("_", " ")
