"""Which matches of a job get tags, and what is told of the others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ebbtide.config import Config
from ebbtide.jobs.running import undecided
from ebbtide.jobs.tag_choice import NAMED, draft, failures, left_out, lines_of, may_tag
from ebbtide.matching.matches import Doubt, Matched, Matches
from ebbtide.store.run import Run
from tests.support.builders import NOW, REGION, volume

WHY = "its tags are unknown"
UNREAD = "its last use was not read"


def match(id: str, **change: Any) -> Matched:
    found = Matched.of(volume(id).to_line(), None)
    return replace(found, **change)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, None),
        ({"ended": True}, "it has ended"),
        ({"protection": "protected by its tag"}, "protected by its tag"),
        ({"uncertain": "it is stale"}, "uncertain match: it is stale"),
        ({"unread": True}, f"uncertain match: {UNREAD}"),
        ({"uncertain": "it is stale", "unread": True}, "uncertain match: it is stale"),
    ],
)
def test_only_what_lives_unprotected_and_surely_matches_gets_tags(
    change: dict[str, Any], expected: str | None
) -> None:
    assert left_out(match("vol-1", **change)) == expected


MATCHES = Matches(
    "manifest",
    [match("sure"), match("ended", ended=True), match("unread", unread=True)],
    (),
    [Doubt(match("seen"), WHY), Doubt(match("unseen"), WHY, seen=False)],
)


def test_every_match_has_a_line_that_says_where_or_why_not() -> None:
    assert [(line["id"], line["place"], line.get("left_out")) for line in lines_of(MATCHES)] == [
        ("sure", REGION, None),
        ("ended", REGION, "it has ended"),
        ("unread", REGION, f"uncertain match: {UNREAD}"),
        ("seen", REGION, f"uncertain match: {WHY}"),
    ]


def test_the_draft_counts_what_would_get_tags_and_names_the_rest() -> None:
    made = draft(MATCHES)
    assert (made["manifest"], made["would_tag"], made["failed_count"]) == ("manifest", 1, 3)
    assert [one["graph_id"].split("/")[-1] for one in made["failed"]] == ["ended", "unread", "seen"]
    assert made["failed"][0]["why"] == "it has ended"


def test_a_record_names_the_first_failures_and_counts_all() -> None:
    lines = [match(f"vol-{number}").to_line() for number in range(NAMED + 3)]
    told = failures([(line, "no") for line in lines])
    assert (len(told["failed"]), told["failed_count"]) == (NAMED, NAMED + 3)
    assert told["failed"][0] == {
        **{name: lines[0][name] for name in ("graph_id", "account", "region", "arn")},
        "why": "no",
    }


def test_a_record_names_what_the_search_may_mean() -> None:
    told = undecided(MATCHES)
    named = [(one["graph_id"].split("/")[-1], one["why"]) for one in told["doubts"]]
    assert named == [("unread", UNREAD), ("seen", WHY), ("unseen", WHY)]
    assert told["undecided"] == 3
    # What nobody saw matches nothing that is known.
    assert MATCHES.matched == 4


@pytest.mark.parametrize("enabled", [False, True])
@pytest.mark.parametrize("dry_run", [False, True])
def test_tagging_needs_both_keys(*, enabled: bool, dry_run: bool) -> None:
    cleanup = {"enabled": enabled, "dry_run": dry_run}
    config = Config.model_validate({"cleanup": cleanup})
    assert may_tag(Run("run", "cleanup", NOW, config)) == (enabled and not dry_run)
