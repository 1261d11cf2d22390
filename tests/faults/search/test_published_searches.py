"""Searches published in Resoto's documentation are accepted as they are."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ebbtide.language import parse_search
from ebbtide.search import aggregate
from tests.faults.search.answers import found_or_refused, refusal
from tests.support.search_estate import NOW, snapshot

FOLDER = Path(__file__).parents[2] / "data" / "searches"
LINES = [
    line
    for line in (FOLDER / "published.txt").read_text().splitlines()
    if line[:2] not in ("", "# ")
]
PIPE = " | "
WANTED_SHARE = 0.95


def head(line: str) -> str:
    """Return the search of a line, without the commands that process its result."""
    return line.partition(PIPE)[0]


def test_the_published_searches_that_are_refused_are_those_that_are_known() -> None:
    known = {entry["search"] for entry in yaml.safe_load((FOLDER / "refused.yaml").read_text())}
    assert {head(line) for line in LINES if refusal(head(line)) is not None} == known


def test_nearly_all_published_searches_are_accepted() -> None:
    accepted = [line for line in LINES if refusal(head(line)) is None]
    assert len(accepted) >= WANTED_SHARE * len(LINES)


def test_a_published_line_is_accepted_or_its_command_is_named() -> None:
    unnamed = []
    for line in LINES:
        command = line.partition(PIPE)[2].split(" ")[0]
        message = refusal(line) if command and refusal(head(line)) is None else None
        if message is not None and command not in message.partition("expected")[0]:
            unnamed.append(line)
    assert unnamed == []


def test_the_published_lines_are_there_once() -> None:
    assert len(set(LINES)) == len(LINES) == 69
    assert sum(PIPE in line for line in LINES) == 38


# Spellings on Resoto's pages that differ from the accepted ones.
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("is(instance) and instance_cores ~ 16", ["i-big"]),
        (
            "is(aws_ec2_security_group) and group_ip_permissions[*].{from_port<=22, to_port>=1024}",
            ["sg-open"],
        ),
        ("is(aws_ec2_volume) {/user: <-- is(instance)} /user.reported.name = web", ["vol-root"]),
        (
            "is(volume) {/ancestors.account: <-[1:]- is(account)} "
            "/ancestors.account.reported.name = production",
            ["vol-big"],
        ),
        (
            "is(volume) {account: <-[1:]- is(account)} account.reported.name = production",
            ["vol-big"],
        ),
    ],
)
def test_what_resoto_writes_in_other_words_means_the_same(text: str, expected: list[str]) -> None:
    assert found_or_refused(text) == expected


@pytest.mark.parametrize("order", ["sort n desc", "sort /n desc"])
def test_the_groups_of_an_aggregate_are_sorted_and_cut(order: str) -> None:
    text = f"aggregate(region: sum(1) as n): is(volume) {order} limit 1"
    assert refusal(text) is None
    rows = aggregate(parse_search(text, now=NOW), snapshot(), NOW)
    assert rows == [{"group": {"region": "us-east-1"}, "n": 3}]
