"""Each check of other tools is covered by something that exists, or a reason says why not."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from tools import peer_table
from tools.peer_table import Check, peers, tally

PEERS = peers()


def test_each_check_is_covered_or_has_a_reason() -> None:
    for one in (check for peer in PEERS for check in peer.checks):
        assert one.what
        assert bool(one.reason) != bool(one.rules or one.search or one.page), one.id


def test_no_check_is_listed_twice() -> None:
    for peer in PEERS:
        names = [one.id for one in peer.checks]
        assert sorted({*names}) == sorted(names), peer.title


def test_each_tool_is_listed_whole() -> None:
    thrifty, pipelines, pages, documented = (len(peer.checks) for peer in PEERS)
    assert thrifty >= 51 and pipelines >= 25 and pages >= 25 and documented >= 35


def test_most_checks_are_covered_by_more_than_a_reason() -> None:
    missing = sum(tally(peer).get("not covered", 0) for peer in PEERS)
    assert missing <= sum(len(peer.checks) for peer in PEERS) // 5


@pytest.mark.parametrize("given", [{}, {"rules": ("volumes",), "reason": "not read"}])
def test_a_check_needs_either_a_cover_or_a_reason(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="old_volumes needs what covers it"):
        Check.model_validate({"id": "old_volumes", "what": "old volumes", **given})


@pytest.mark.parametrize(
    ("covers", "message"),
    [
        ("rules: [no_such_rule]", "there is no rule no_such_rule"),
        ('search: "is(aws_ec2_volume) and sise > 3"', "sise"),
        ('search: "is(aws_ec2_volume) --> is(aws_alb)"', "leads nowhere"),
        ("page: docs/no-such-page.md", "there is no page docs/no-such-page.md"),
    ],
)
def test_a_cover_that_does_not_exist_stops_the_generator(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, covers: str, message: str
) -> None:
    source = tmp_path / "peer_checks.yaml"
    source.write_text(f"- title: A tool\n  checks:\n    - {{id: one, what: it finds, {covers}}}\n")
    monkeypatch.setattr(peer_table, "SOURCE", source)
    with pytest.raises(ValueError, match=message):
        peer_table.main([])


def test_the_page_says_of_each_check_what_covers_it() -> None:
    page = peer_table.TARGET.read_text()
    for one in (check for peer in PEERS for check in peer.checks):
        assert f"| {one.id} | {one.what} | {peer_table.covered(one)} |" in page
    assert "[unattached_addresses](rule-library.md#unattached_addresses)" in page
    assert "[volumes](rules.md#volumes)" in page
