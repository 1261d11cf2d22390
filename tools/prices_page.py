"""Write docs/prices.md from what is declared about prices; --check only compares."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from ebbtide.prices.decision import REASONS, Decision, Free, Part, Priced, Unknown
from ebbtide.prices.decisions import DECISIONS
from ebbtide.prices.rate import Rate
from ebbtide.prices.rates import RATES
from tools.generated import write_or_check

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "prices.md"
INTRODUCTION = """\
# Prices

<!-- Written by tools/prices_page.py from layers/common/ebbtide/prices/. -->

Each resource of a snapshot has an estimate of what it costs per month if nobody uses it: its
section `price` ([data.md](data.md)). It is there to compare waste, not to check a bill.

    "price": {"monthly": 8.0, "currency": "USD", "basis": "table 2026-09-19"}
    "price": {"monthly": null, "currency": "USD", "why": "no price of ebs.iops/io2 in eu-south-2"}

- **What counts** bills while it idles, in its present state: a stopped instance costs nothing,
  but its volumes do. A month has 730 hours, as in AWS's calculator.
- **The price** is AWS's list price on demand in the region, in USD. The price of the first units
  that are not free counts for all units.
- **What is left out**: requests, traffic and processed data; the free tier; reservations, savings
  plans and private prices; support and tax; and what the tables below name.
- **Unknown** is a price if anything that counts is unknown: a property that was not read, a rate
  without a price in the region, a spot instance, a local zone, an Outpost, another partition than
  `aws`. It is `null` with the reason in `why`, is left out of sums, and is never taken for 0.
- **0** means that nothing bills while it idles; `basis` then says why.
- Amounts are added in decimal arithmetic, and rounded half up to a hundredth of a cent.

Where a price is called *at most* or *at least*, AWS's answers do not have the exact quantity; the
price of a snapshot, for example, is that of its full size.

A price is no property of the resource: a new price makes no `updated` and no change, and belongs
to no fingerprint of a plan.

## Where prices come from

1. The price list of the month, `prices/<yyyy-mm>.json.zst` in the bucket. Once a day, a function
   asks AWS's Price List (free of charge) for those rates and regions of the current snapshot that
   are still missing this month. What was not asked for yet has the price of the month before.
   What cannot be read of such a file, or is no price, is as good as missing.
   `PriceList=false` among the [parameters](parameters.md) turns it off.
2. Else the table that is shipped with the package. Each of its prices has a source with a date.

`basis` names which of them a price comes from, and the date. If AWS sells a rate at several
prices in a region, so that it is ambiguous, the Price List's answer is left out.
"""


def text_of() -> str:
    """Return the whole page."""
    lines = [
        INTRODUCTION,
        "## What bills while it idles\n",
        "| kind | what counts | what is left out | unknown if |",
        "| --- | --- | --- | --- |",
        *_priced(_of(Priced)),
        "",
        "## What costs nothing while it idles\n",
        *_free(_of(Free)),
        "## What is unknown\n",
        "| kind | why |",
        "| --- | --- |",
        *(f"| `{kind}` | {decision.why} |" for kind, decision in _of(Unknown)),
        "",
        "## Rates\n",
        "A name in braces is an attribute of the product. `pricing:GetProducts` finds a product by",
        "service, family and usage type, whose prefix for the region is left out here.\n",
        "| rate | unit | service | family | usage type |",
        "| --- | --- | --- | --- | --- |",
        *map(_rate, RATES),
    ]
    return "\n".join(lines)


def _of[Kind: Decision](type_: type[Kind]) -> list[tuple[str, Kind]]:
    found = sorted(DECISIONS.items())
    return [(kind, decision) for kind, decision in found if isinstance(decision, type_)]


def _priced(kinds: Iterable[tuple[str, Priced]]) -> Iterator[str]:
    for kind, decision in kinds:
        counted = "; ".join(dict.fromkeys(map(_part, decision.parts))) or "nothing"
        bounds = [("At most", decision.most), ("At least", decision.least)]
        notes = "".join(f". {word}: {why}" for word, why in bounds if why)
        reasons = "; ".join(dict.fromkeys(decision.unknown_if.values()))
        yield f"| `{kind}` | {counted}{notes} | {decision.left_out} | {reasons} |"


def _part(part: Part) -> str:
    return f"{part.what} (`{part.rate}`)"


def _free(kinds: Iterable[tuple[str, Free]]) -> Iterator[str]:
    for reason, text in REASONS.items():
        yield f"**{text[0].upper()}{text[1:]}**:"
        yield ""
        for kind, decision in kinds:
            if decision.reason == reason:
                yield f"- `{kind}`" + (f": {decision.note}" if decision.note else "")
        yield ""


def _rate(rate: Rate) -> str:
    usage = f"`{rate.usage}`".replace("|", "\\|") if rate.usage else ""
    return f"| `{rate.key}` | {rate.unit} | {rate.service} | {rate.family} | {usage} |"


def main(arguments: list[str]) -> int:
    return write_or_check(__doc__, {TARGET: text_of().rstrip("\n") + "\n"}, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
