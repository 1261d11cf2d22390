"""The examples that answer, tell and decide, each really deployed, take part in two real runs.

IAM is enforced, so that each one needs no more than the rights that its template gives.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cloud import Cloud
from local.estate import NAMES, SANDBOX
from local.session import Session, cleanup
from tests.e2e import answering_examples as examples
from tests.e2e.answering_examples import ANN, LINK, OWNER, Deployed, Played, Volumes, eventually
from tests.e2e.scenario import graph_id
from tests.support.ticket_system import ticket_system

pytestmark = [pytest.mark.full, pytest.mark.enforced]

COLLECT = {
    "accounts": [SANDBOX],
    "names": {SANDBOX: NAMES[SANDBOX]},
    "regions": ["us-east-1"],
    "kinds": {"exclude": ["aws_s3_account_settings"]},
}


@pytest.fixture(scope="module")
def deployed(interpreter: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    folder = tmp_path_factory.mktemp("examples")
    cloud = Cloud.start(folder / "cloud", interpreter=interpreter, auth=True)
    try:
        session = Session.deployed(cloud)
        session.scale_waits(0.2)
        with ticket_system() as system:
            yield examples.deploy_examples(session, system)
    finally:
        cloud.stop()


@pytest.fixture(scope="module")
def played(deployed: Deployed) -> Played:
    session, system = deployed.session, deployed.system
    volumes = Volumes.create(session)
    session.configure(
        collect=COLLECT,
        rules={"expired": {"enabled": True}},
        cleanup=cleanup(dry_run=False, approval="always"),
        automations=examples.AUTOMATIONS,
    )
    held = session.run("held")
    after_held = examples.volumes_in(session)
    eventually(lambda: len(system.posts) >= 2 and system.tickets, "the chat and the ticket")
    mails = eventually(
        lambda: found if {OWNER, ANN} <= (found := deployed.mails()).keys() else {}, "the mails"
    )
    posts = list(system.posts)
    digest, approval = LINK.findall(mails[OWNER])[0], LINK.findall(mails[ANN])[0]
    asked, foreign = graph_id(volumes.asked.key), graph_id(volumes.goes.key)
    pages = {
        "digest": deployed.press(digest),
        "foreign": deployed.press(digest, foreign),
        "keep": deployed.press(digest, asked),
        "plan": deployed.press(approval),
        "approve": deployed.press(approval, method="POST"),
        "again": deployed.press(approval, method="POST"),
    }
    examples.put_calendar(session, closed=False)
    cleaned = session.run("cleaned")
    eventually(lambda: system.tickets["OPS-1"].closed, "the end of the ticket")
    after_cleaned = examples.volumes_in(session)
    return Played(deployed, volumes, held, after_held, pages, mails, posts, cleaned, after_cleaned)


def test_a_closed_calendar_holds_the_run(played: Played) -> None:
    held = played.said(played.held, "cleanup_held")
    assert held["held_by"] == ["change-freeze"] and held["held_resources"] == 4
    there = played.volumes
    ids = {one.id for one in (there.asked, there.given_up, there.goes, there.unknown)}
    assert ids <= played.after_held
    record = played.deployed.session.bucket.read_json(
        played.held.keys.automation("pre_cleanup", "change-freeze")
    )
    assert record["error"] == "ChangeFreeze" and "freeze is closed" in record["why"]


def test_owners_are_told_of_what_is_theirs_alone(played: Played) -> None:
    text = played.mails[OWNER]
    assert played.volumes.asked.id in text and played.volumes.given_up.id in text
    assert played.volumes.goes.id not in text
    status, page = played.pages["digest"]
    assert status == 200 and "&lt;b&gt;asked&lt;/b&gt;" in page and "<b>" not in page
    (digest,) = [one["text"] for one in played.posts if "by owner" in one["text"]]
    assert "`team-a`: 2 resources" in digest and "`team-x`: 1 resources" in digest


def test_a_link_keeps_what_it_was_signed_for_and_nothing_else(played: Played) -> None:
    assert played.pages["foreign"][0] == 403
    assert played.pages["keep"][0] == 200
    protected = played.deployed.session.bucket.read_json(f"jobs/protected/{SANDBOX}.json")
    (name,) = protected["resources"]
    assert name == graph_id(played.volumes.asked.key)
    assert "automation:owners-keep" in protected["resources"][name]


def test_the_button_approves_and_a_link_works_once(played: Played) -> None:
    assert played.pages["plan"][0] == 200 and "Approve 4 resources" in played.pages["plan"][1]
    assert played.pages["approve"][0] == 200
    assert played.pages["again"][0] == 409
    (key,) = played.deployed.session.bucket.keys("approvals/")
    assert f"by the link for {ANN}" in played.deployed.session.bucket.read_text(key)


def test_the_next_run_deletes_what_nobody_keeps(played: Played) -> None:
    there, left = played.volumes, played.after_cleaned
    assert there.goes.id not in left and there.given_up.id not in left
    assert there.asked.id in left and there.unknown.id in left
    (key,) = played.deployed.session.bucket.keys("approvals/")
    lines = played.deployed.session.ledger(played.cleaned, SANDBOX)
    assert lines and all(line["approvals"] == [key] for line in lines)


def test_the_answers_name_what_stays_and_why(played: Played) -> None:
    session, event = played.deployed.session, "post_cleanup_plan"
    marks = session.bucket.read_json(
        played.cleaned.keys.automation_marks(SANDBOX, event, "owner-check")
    )["keep"]
    assert list(marks) == [graph_id(played.volumes.unknown.key)]
    assert "its tag owner=team-x names nobody" in next(iter(marks.values()))
    kept = session.bucket.read_json(
        played.cleaned.keys.automation_marks(SANDBOX, event, "owners-keep")
    )["keep"]
    assert list(kept) == [graph_id(played.volumes.asked.key)]


def test_the_ticket_is_opened_once_and_closed(played: Played) -> None:
    (ticket,) = played.deployed.system.tickets.values()
    assert ticket.closed and "Held: 4 of 4 planned resources" in ticket.fields["description"]
    assert ticket.comments == ["Nothing of the plan of run cleaned is held."]
    assert f"Bearer {examples.TICKET_TOKEN}" in played.deployed.system.authorizations


def test_no_secret_is_in_a_log_a_template_or_an_environment(played: Played) -> None:
    session = played.deployed.session
    stacks = session.client("cloudformation").describe_stacks()["Stacks"]
    functions = session.client("lambda").list_functions()["Functions"]
    texts = [
        *played.deployed.logs(),
        *(json.dumps([one.get("Parameters"), one.get("Outputs")]) for one in stacks),
        *(json.dumps(one.get("Environment", {})) for one in functions),
    ]
    tokens = {link.partition("?t=")[2] for link in LINK.findall("".join(played.mails.values()))}
    assert len(functions) > 5 and len(tokens) >= 3
    assert not [one for one in (*played.deployed.secrets, *tokens) for text in texts if one in text]
