"""What digests tell: each resource to its owner, sums that agree, and names that do no harm."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.digest.amount import Amount
from ebbtide.digest.as_chat import as_chat
from ebbtide.digest.as_html import as_html
from ebbtide.digest.as_text import as_text
from ebbtide.digest.changes import fingerprint
from ebbtide.digest.channels import subject_of
from ebbtide.digest.document import Document
from ebbtide.digest.facts import Facts, read_facts, with_deletions
from ebbtide.digest.for_owner import owner_digest
from ebbtide.digest.for_team import NOBODY, ranking, team_digest
from tests.support.digests import Entry, World, planned, undecided
from tests.support.told_commands import assert_accepted

OWNERS = st.none() | st.text(min_size=1, max_size=12)
PRICES = st.none() | st.floats(0, 1e6).map(lambda value: round(value, 2))
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def facts_of(*entries: Entry, **given: Any) -> Facts:
    world = World({}, **given.pop("world", {}))
    run = world.run("run-1", entries, **given)
    facts = read_facts(world.bucket, run)
    return with_deletions(world.bucket, run, facts, run.started - timedelta(days=1))


def entries_of(drawn: list[tuple[str | None, float | None, str]]) -> list[Entry]:
    return [
        planned(f"vol-{number}", owner, monthly, rules=[rule])
        for number, (owner, monthly, rule) in enumerate(drawn)
    ]


PLANS = st.lists(st.tuples(OWNERS, PRICES, st.sampled_from(["expired", "untagged"])), max_size=12)


@given(PLANS)
def test_each_resource_is_told_to_its_owner_alone_or_has_none(
    drawn: list[tuple[str | None, float | None, str]],
) -> None:
    facts = facts_of(*entries_of(drawn))
    owned = [one for theirs in facts.by_owner().values() for one in theirs.items]
    nobodys = [one for one in facts.items if one.owner is None]
    assert sorted([*owned, *nobodys], key=str) == sorted(facts.items, key=str)
    for owner, theirs in facts.by_owner().items():
        assert owner in {one[0] for one in drawn}
        assert {one.owner for one in theirs.items} == {owner}


@given(PLANS)
def test_sums_of_owners_rules_and_accounts_are_those_of_all(
    drawn: list[tuple[str | None, float | None, str]],
) -> None:
    facts = facts_of(*entries_of(drawn))
    total = Amount.of(one.monthly for one in facts.items)
    assert total.unknown == sum(price is None for _, price, _ in drawn)
    ways = (
        lambda one: one.owner or NOBODY,
        lambda one: one.rule,
        lambda one: one.subject.account,
    )
    for way in ways:
        parts = [Amount.of(prices) for _, prices in ranking(facts.items, way)]
        assert sum(part.count for part in parts) == total.count
        assert sum(part.unknown for part in parts) == total.unknown
        assert abs(sum(part.monthly for part in parts) - total.monthly) < 0.01


def test_an_unknown_price_is_never_zero() -> None:
    assert Amount.of([None]).words == "price unknown"
    assert Amount.of([0.0]).words == "0.00 USD a month"
    assert Amount.of([8.0, None]).words == (
        "at least 8.00 USD a month; the price of 1 of 2 is unknown"
    )
    assert Amount.of([None]).saving == "savings unknown"
    assert Amount.of([1234.5]).saving == "saves 1,234.50 USD a month"


class Page(HTMLParser):
    """Collects the elements and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


HOSTILE = (
    "<script>alert(1)</script>\"' onmouseover=x \x1b[31m\r\nBcc: x@example.com\u202e`<!channel>"
    " [a](http://x) \ud800"
)


def hostile_documents() -> list[Document]:
    entry = planned(
        HOSTILE, HOSTILE, 1.0, reason=HOSTILE, rules=[HOSTILE], subject={"name": f"x{HOSTILE}"}
    )
    free = planned(f"free{HOSTILE}", None, 1.0, reason=HOSTILE)
    held = {"held": True, "exceeded": [HOSTILE], "unplanned_accounts": [HOSTILE]}
    facts = facts_of(entry, free, summary=held)
    (owner,) = facts.by_owner()
    return [team_digest(facts, None, 50), owner_digest(facts.by_owner()[owner], owner, None, 50)]


def test_hostile_names_are_only_text() -> None:
    for document in hostile_documents():
        page = Page(as_html(document))
        names = {name for name, _ in page.elements}
        assert names <= {
            *("html", "head", "meta", "title", "body", "h1", "h2", "p", "table", "tr", "th", "td"),
            "code",
        }
        attributes = {key for _, given in page.elements for key in given}
        assert attributes <= {
            *("lang", "charset", "name", "content", "style", "cellpadding", "cellspacing"),
        }
        assert "<script>alert(1)</script>" in page.text
        assert not CONTROL.search(as_text(document))
        assert "\nBcc:" not in as_text(document)
        subject = subject_of(document)
        assert subject.isascii() and subject.isprintable() and len(subject) < 100


def test_a_chat_runs_nothing_of_a_hostile_name() -> None:
    for document in hostile_documents():
        message = json.loads(as_chat(document, "run-1"))
        assert (message["version"], message["source"]) == ("1.0", "custom")
        assert message["content"]["textType"] == "client-markdown"
        texts = [message["content"][name] for name in ("title", "description")]
        for text in (*texts, *message["content"].get("nextSteps", ())):
            assert "<" not in text and "://" not in text and "](" not in text
        assert all("`" not in text for text in texts)


@pytest.mark.scaled
def test_ten_thousand_resources_fit_into_every_channel(request: pytest.FixtureRequest) -> None:
    count = 10_000 if request.config.getoption("full") else 2_000
    plan = [
        planned(f"{number:04}{'é' * 600}", f"owner {number % 7}", 1.5, reason="x" * 2_000)
        for number in range(count)
    ]
    facts = facts_of(*plan)
    documents = [team_digest(facts, None, 200)]
    documents += [owner_digest(one, name, None, 200) for name, one in facts.by_owner().items()]
    for document in documents:
        assert len(as_text(document, 200_000).encode()) <= 200_000
        assert len(as_chat(document, "run-1").encode()) <= 20_000
        assert len(json.loads(as_chat(document, "run-1"))["content"]["description"]) <= 3_000
        # A mail of SES has at most 40 MB.
        assert len(as_html(document).encode()) <= 4_000_000
    assert f"{1.5 * count:,.2f} USD a month" in documents[0].lead[0]


def test_lines_of_the_text_are_short_except_ids_and_commands() -> None:
    facts = facts_of(planned("vol-1", "team-a", 8.0), planned("vol-2", "team-a"))
    for document in (team_digest(facts, None, 50), owner_digest(facts, "team-a", None, 50)):
        lines = as_text(document).splitlines()
        assert max(len(line) for line in lines if not line.startswith("    ")) <= 78


def test_an_owner_reads_what_goes_why_when_and_how_to_keep_it() -> None:
    line = {
        **planned("vol-1")["subject"],
        "tags": {"owner": "team-a"},
        "created": "2026-11-08T10:00:00Z",
        "price": {"monthly": 8.0, "currency": "USD", "basis": "table"},
    }
    unread = {**undecided("vol-3")["subject"], "tags": {"owner": "team-a"}, "created": None}
    facts = facts_of(
        planned("vol-1", "team-a"),
        planned("vol-5", "team-b", 9.0),
        reported=[planned("vol-2", "team-a", 2.0, stays="its rule is new")],
        undecided=[undecided("vol-3")],
        deleted=[planned("vol-4", "team-a", 4.0)],
        lines=[line, unread],
    )
    text = as_text(owner_digest(facts.by_owner()["team-a"], "team-a", None, 50))
    assert "Planned for deletion: 1 (8.00 USD a month)" in text
    assert "- volume vol-1 in dev, eu-central-1\n  expired 3d 2h ago" in text
    assert "12d old; 8.00 USD a month; was not touched in this run" in text
    assert "Announced: may be deleted from the next run on: 1 (2.00 USD a month)" in text
    assert "Undecided: too little is known: 1 (price unknown)" in text
    assert "instances could not be read" in text
    assert "Deleted since 2026-11-19 10:00 UTC: 1 (saves 4.00 USD a month)" in text
    assert "--tags ebbtide:protected=true" in text
    assert "vol-5" not in text


def commands_of(document: Document) -> list[str]:
    return [command for part in document.parts for command in part.commands]


def test_the_commands_that_people_are_told_are_right(tmp_path: Any) -> None:
    held = {"held": True, "exceeded": ["120 resources are planned; the limit is 100"]}
    facts = facts_of(planned("vol-1", "team a's", 8.0), summary=held)
    team, owner = team_digest(facts, None, 50), owner_digest(facts, "team a's", None, 50)
    told = [*commands_of(team), *commands_of(owner)]
    assert told[0] == "ebbtide --stack tide plan approve run-1 --all"
    for command in told:
        if command.startswith("ebbtide"):
            assert_accepted(command.replace("--stack tide ", ""), tmp_path)
    assert len(told) == 3
    never = facts_of(planned("vol-1"), summary=held, world={"cleanup": {"enabled": True}})
    assert commands_of(team_digest(never, None, 50)) == []
    assert "no approval releases it" in as_text(team_digest(never, None, 50))


def test_the_team_reads_holds_failures_gaps_and_what_nobody_owns() -> None:
    world = World({})
    run = world.run(
        "run-1",
        [planned("vol-1", None, 3.0), planned("vol-2", "team-a", 5.0, rules=["untagged"])],
        summary={"exceeded": ["too many"], "unplanned_accounts": ["999988887777"]},
        states={"denied": 2},
        gaps={"aws_ec2_instance": 2},
    )
    state = {
        "resources": {
            planned("vol-2")["subject"]["graph_id"]: {"status": "failed", "reason": "in use"}
        }
    }
    world.bucket.write_json(run.keys.cleanup("111122223333", "state.json"), state)
    text = as_text(team_digest(read_facts(world.bucket, run), None, 50))
    assert "lists 2 resources: 8.00 USD a month" in text
    assert "Held: too many." in text
    assert "2 accounts are incomplete." in text
    assert "- 999988887777\n  no plan was made" in text
    assert "- dev\n  not read completely: aws_ec2_instance" in text
    assert "Could not be deleted: 1\n" in text and "could not be deleted: in use" in text
    assert "Without the tag owner: 1 (3.00 USD a month)" in text
    rankings = text.partition("By money: rules")[2]
    assert rankings.index("untagged") < rankings.index("expired")


def test_an_empty_tag_names_no_owner() -> None:
    facts = facts_of(planned("vol-1", ""), deleted=[planned("vol-2", "")])
    assert facts.by_owner() == {}


def test_the_configuration_names_the_tag_of_owners() -> None:
    world = World({}, owners={"tag": "team"})
    entry = planned("vol-1", "ann", 3.0)
    entry["tags"] = {"owner": "ann", "team": "web"}
    facts = read_facts(world.bucket, world.run("run-1", [entry]))
    assert list(facts.by_owner()) == ["web"]
    assert "1 resource with the tag team=web" in as_text(owner_digest(facts, "web", None, 50))


def test_parts_belong_to_the_owner_of_what_they_go_with() -> None:
    whole = planned("vol-1", "team-a", 1.0)
    part = planned("vol-2", None, 2.0, goes_with=whole["subject"]["graph_id"])
    assert [len(one.items) for one in facts_of(whole, part).by_owner().values()] == [2]


GRACE = {"since": "2026-11-20T10:00:00Z", "ends": "2026-11-27T10:00:00Z", "runs": 1, "wanted": 0}
STAYS = "in grace: selected by expired since 2026-11-20T10:00:00Z; grace ends at {ends}"


def waiting(id: str, *, ending: bool) -> Entry:
    stays = STAYS.format(**GRACE)
    return planned(id, "ann", 2.0, stays=stays, grace={**GRACE, "ending": ending})


def test_an_owner_is_told_of_a_grace_when_it_began_when_it_ends_and_how_to_keep_it() -> None:
    never = {"world": {"cleanup": {"enabled": True, "dry_run": False}}}
    facts = facts_of(
        reported=[waiting("vol-1", ending=False), waiting("vol-2", ending=True)], **never
    )
    assert [one.state for one in facts.items] == ["grace", "ending"]
    text = " ".join(as_text(owner_digest(facts.by_owner()["ann"], "ann", None, 10)).split())
    for told in (
        "In grace: stays for now: 1 (2.00 USD a month)",
        "Grace ends: may be deleted within a day: 1 (2.00 USD a month)",
        "since 2026-11-20T10:00:00Z; grace ends at 2026-11-27T10:00:00Z",
        "ebbtide:protected=true",
        # A rejection counts although cleanup.approval is never.
        "plan reject run-1 --owner ann",
    ):
        assert told in text, text
    assert "In grace: stays for now" in as_text(team_digest(facts, None, 10))


def test_a_grace_that_is_about_to_end_is_worth_another_digest() -> None:
    begun, ends = (
        facts_of(reported=[waiting("vol-1", ending=ending)]).items for ending in (False, True)
    )
    assert fingerprint(begun) != fingerprint(ends)
    dry = facts_of(reported=[waiting("vol-1", ending=True)], world={"cleanup": {"enabled": False}})
    assert dry.items[0].when.endswith("nothing is deleted now")


def test_what_the_calendar_lets_wait_is_told() -> None:
    entries = [planned("vol-1", "ann", 1.0), planned("vol-2", "ann", 2.0)]
    names = [entry["subject"]["graph_id"] for entry in entries]
    told = {"closed": 0, "opens": None, "waiting": 1, "too_large": 0}
    account = {"account": entries[0]["subject"]["account"], "planned": 2}
    record = {**told, "reasons": [], "begins": names[:1]}
    summary = {
        "accounts": [{**account, "calendar": record}],
        "calendar": {**told, "at": "2026-11-22T12:00:00Z"},
    }
    cleanup = {"enabled": True, "dry_run": False}
    facts = facts_of(*entries, summary=summary, world={"cleanup": cleanup})
    when = {one.subject.graph_id: one.when for one in facts.items}
    assert when[names[1]] == "waits for another day: cleanup.calendar.per_day"
    assert when[names[0]].startswith("was not touched in this run")
    assert facts.holds == ("1 planned resource left for other days by cleanup.calendar.per_day",)
