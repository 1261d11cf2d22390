"""Write docs/compared.md from tools/peer_checks.yaml; --check only compares.

A check of another tool is covered by rules, by a search or by a page, or a reason says why not.
Raises ValueError for a rule, search or page that does not exist.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, model_validator

from ebbtide.language import SearchError, check_steps, parse_search
from ebbtide.rules import registry
from tools.generated import write_or_check
from tools.yaml_files import read_yaml

ROOT = Path(__file__).resolve().parents[1]
SOURCE = Path(__file__).with_name("peer_checks.yaml")
TARGET = ROOT / "docs" / "compared.md"
REPOSITORY = ROOT
INTRODUCTION = """\
# Compared with Thrifty and Cloud Custodian

<!-- Written by tools/peer_table.py from tools/peer_checks.yaml and the rules. -->

What the mod [AWS Thrifty](https://github.com/turbot/steampipe-mod-aws-thrifty) (March 2026) and
[its pipelines](https://github.com/turbot/flowpipe-mod-aws-thrifty) check, and what the examples of
[Cloud Custodian](https://cloudcustodian.io/docs/aws/examples/index.html) clean up; and which
[rule](rule-library.md) does that here. Where no rule does, a [search](search.md) finds the same
resources, and a [job](jobs.md) or a [rule of your own](rules.md#rules-of-your-own) can act on it.
Where nothing does, the reason is given.

"""

type Means = Literal["rule", "advice", "search", "page", "not covered"]


class Check(BaseModel):
    """One check of another tool, and what covers it here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    what: str
    rules: tuple[str, ...] = ()
    search: str = ""
    page: str = ""
    reason: str = ""
    but: str = ""

    @model_validator(mode="after")
    def _covered_or_not(self) -> Check:
        if bool(self.reason) == bool(self.rules or self.search or self.page):
            raise ValueError(f"{self.id} needs what covers it, or the reason why nothing does")
        return self

    @property
    def means(self) -> Means:
        """The strongest that covers it."""
        if any(registry()[name].advises is None for name in self.rules):
            return "rule"
        if self.rules:
            return "advice"
        return "search" if self.search else "page" if self.page else "not covered"


class Peer(BaseModel):
    """The checks of one tool."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    checks: tuple[Check, ...]


def peers() -> list[Peer]:
    """Return the checks of all tools. Raises ValueError for one that names what does not exist."""
    found = [Peer.model_validate(one) for one in read_yaml(SOURCE)]
    faults = [fault for peer in found for one in peer.checks for fault in faults_of(one)]
    if faults:
        raise ValueError("; ".join(faults))
    return found


def faults_of(check: Check) -> Iterator[str]:
    """Yield what a check names that does not exist."""
    for name in check.rules:
        if name not in registry():
            yield f"{check.id}: there is no rule {name}"
    if check.search:
        yield from faults_of_search(check)
    if check.page and not (REPOSITORY / check.page).is_file():
        yield f"{check.id}: there is no page {check.page}"


def faults_of_search(check: Check) -> Iterator[str]:
    try:
        check_steps(parse_search(check.search), check.search)
    except SearchError as error:
        yield f"{check.id}: {error}"


def text_of() -> str:
    """Return the whole page: the counts, and a table for each tool."""
    known = peers()
    lines = [*counts(known)]
    for peer in known:
        lines += ["", f"## {peer.title}", "", "| check | finds | here |", "| --- | --- | --- |"]
        lines += [f"| {one.id} | {one.what} | {covered(one)} |" for one in peer.checks]
    return INTRODUCTION + "\n".join(lines) + "\n"


def counts(known: Sequence[Peer]) -> Iterator[str]:
    yield "| checks | of them by a rule | by advice | by a search or an example | not covered |"
    yield "| --- | --- | --- | --- | --- |"
    for peer in known:
        by = tally(peer)
        others = by.get("search", 0) + by.get("page", 0)
        cells = (by.get("rule", 0), by.get("advice", 0), others, by.get("not covered", 0))
        numbers = " | ".join(map(str, cells))
        yield f"| {peer.title}: {len(peer.checks)} | {numbers} |"


def tally(peer: Peer) -> Mapping[Means, int]:
    """Return how many checks each of the means covers."""
    found: dict[Means, int] = {}
    for one in peer.checks:
        found[one.means] = found.get(one.means, 0) + 1
    return found


def covered(check: Check) -> str:
    """Return the cell that says what covers a check."""
    if check.reason:
        return f"not covered: {check.reason}"
    parts = [rule_shown(name) for name in check.rules]
    if check.search:
        shown = check.search.replace("|", "\\|")
        parts.append(f"`{shown}`")
    if check.page:
        parts.append(f"[{Path(check.page).name}]({Path(check.page).name})")
    text = ", ".join(parts)
    return f"{text}. {check.but}" if check.but else text


def rule_shown(name: str) -> str:
    rule: Any = registry()[name]
    page = "rules.md" if rule.search is None else "rule-library.md"
    advises = "" if rule.advises is None else " (advises only)"
    return f"[{name}]({page}#{name}){advises}"


def main(arguments: list[str]) -> int:
    return write_or_check(__doc__, {TARGET: text_of()}, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
