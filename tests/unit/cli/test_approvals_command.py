"""Promises of `ebbtide plan approve`, `reject` and `approvals`, on a bucket with a held plan."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from ebbtide.base.clock import to_text
from ebbtide.graph.manifest import AccountEntry, Manifest
from ebbtide.plan.approvals import LONGEST, Decision
from ebbtide.plan.approved import find_decisions
from ebbtide.plan.binding import sealed_summary
from ebbtide.plan.model import read_plan
from ebbtide.store.bucket import Bucket
from ebbtide.store.keys import APPROVALS, CURRENT, RunKeys
from ebbtide_cli import deciding
from ebbtide_cli.sources import Caller, Source
from tests.support.builders import ACCOUNT
from tests.support.command import run
from tests.support.decisions import ANN, BOB, decide, write_held_plan
from tests.support.snapshots import NOW

NAME = "ebbtide-data"
CONFIG = "cleanup: {enabled: true, dry_run: false, approval: beyond_limits}"
RUN = "run-7"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(Source, "caller", lambda _: Caller(ANN, "arn:ann"))
    for module in ("deciding", "decided"):
        monkeypatch.setattr(f"ebbtide_cli.{module}.now", lambda: NOW)
    with mock_aws():
        client: Any = boto3.client("s3")
        client.create_bucket(Bucket=NAME)
        found = Bucket(client, NAME)
        found.write_text("config/ebbtide.yaml", CONFIG)
        write_plan(found)
        yield found


def write_plan(bucket: Bucket, run_id: str = RUN, **summary: Any) -> None:
    """Store a held plan as that of the current snapshot."""
    write_held_plan(bucket, run_id, NOW - timedelta(hours=1), **summary)
    keys = RunKeys(run_id)
    account = AccountEntry(ACCOUNT, "dev", run_id, "", "", "", "")
    bucket.write_json(keys.manifest, Manifest(run_id, to_text(NOW), None, (account,)).to_json())
    bucket.write_json(CURRENT, {"run_id": run_id, "manifest": keys.manifest})


def plan(*arguments: str) -> Any:
    return run("--bucket", NAME, "plan", *arguments)


def stored(bucket: Bucket) -> list[Decision]:
    found = find_decisions(bucket, NOW)
    return [one.decision for one in found if one.standing == "valid" and one.decision]


def shown(result: Any) -> list[str]:
    return [row["id"] for row in json.loads(result.stdout)]


def test_what_is_approved_is_shown_and_stored_under_the_callers_id(bucket: Bucket) -> None:
    result = plan("approve", "--all", "--yes", "--note", "INC-42", "--format", "json")
    assert result.exit_code == 0, result.stderr
    assert sorted(shown(result)) == ["i-1", "vol-1", "vol-2", "vol-3"]
    (found,) = stored(bucket)
    assert found.key.startswith(f"{APPROVALS}{ANN}/") and list(bucket.keys(APPROVALS)) == [
        found.key
    ]
    assert (found.verdict, found.run_id, found.note) == ("approve", RUN, "INC-42")
    assert found.hash == bucket.read_json(RunKeys(RUN).plan_summary)["hash"]
    assert found.until == NOW + timedelta(hours=24)
    assert "Approved 4 resources of run run-7 until" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "ids"),
    [
        (("--owner", "a"), ["i-1", "vol-1"]),
        (("--owner", "a", "--owner", "b", "--except", "i-1"), ["vol-1", "vol-3"]),
        (("--account", "dev", "--except", "vol-1"), ["i-1", "vol-2", "vol-3"]),
        (("--account", ACCOUNT, "--owner", "b"), ["vol-3"]),
        ((RUN, "--all", "--except", "vol-2", "--except", "vol-3"), ["i-1", "vol-1"]),
    ],
)
def test_a_part_is_chosen_by_account_owner_and_exception(
    bucket: Bucket, arguments: tuple[str, ...], ids: list[str]
) -> None:
    for verdict in ("approve", "reject"):
        result = plan(verdict, *arguments, "--yes", "--format", "json")
        assert sorted(shown(result)) == ids
    assert {one.verdict for one in stored(bucket)} == {"approve", "reject"}


@pytest.mark.parametrize(
    ("arguments", "tag", "ids"),
    [
        (("--owner", "1d"), "expiration", ["i-1", "vol-1", "vol-2", "vol-3"]),
        (("--owner", "b", "--owner-tag", "owner"), "owner", ["vol-3"]),
    ],
)
def test_the_configuration_names_the_tag_of_owners_unless_an_option_does(
    bucket: Bucket, arguments: tuple[str, ...], tag: str, ids: list[str]
) -> None:
    bucket.write_text("config/ebbtide.yaml", f"{CONFIG}\nowners: {{tag: expiration}}")
    result = plan("approve", *arguments, "--yes", "--format", "json")
    assert sorted(shown(result)) == ids
    (found,) = stored(bucket)
    assert found.owner_tag == tag


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "say what: --all, --account or --owner. Accounts: 111122223333 (4); owners: a (2)"),
        (("--all", "--owner", "a"), "--all is mutually exclusive"),
        (("--account", "none"), "account not found: none; known are 111122223333"),
        (("--account", "1" * 12), "planned nothing in account 111111111111, but in 111122223333"),
        (("--owner", "z"), "nothing of the plan of run run-7 is chosen"),
        (("--all", "--except", "vol-9"), "--except vol-9: the plan of run run-7 does not have it"),
        (("run-1", "--all"), "run 'run-1' has no plan"),
        (("--all", "--until", "4d"), "decisions about this plan end at"),
        (("--all", "--until", "soon"), "--until: "),
        (("--all", "--until", "2020-01-01"), "is over already"),
    ],
)
def test_what_cannot_be_approved_is_said(
    bucket: Bucket, arguments: tuple[str, ...], said: str
) -> None:
    result = plan("approve", *arguments, "--yes")
    assert (result.exit_code, stored(bucket)) == (2, [])
    assert said in result.stderr


def test_nothing_is_decided_without_consent(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = plan("approve", "--all")
    assert result.exit_code == 2 and "give --yes" in result.stderr
    monkeypatch.setattr(deciding, "_asks", lambda: True)
    for answer, code, count in (("n", 1, 0), ("y", 0, 1)):
        monkeypatch.setattr("typer.confirm", lambda *_, answer=answer, **__: answer == "y")
        assert plan("approve", "--all").exit_code == code
        assert len(stored(bucket)) == count


@pytest.mark.parametrize(
    ("change", "said", "code"),
    [
        ({"held": False, "held_resources": 0}, "so there is nothing to approve", 2),
        ({"created": to_text(NOW - LONGEST)}, "start another run", 2),
    ],
)
def test_only_a_held_and_recent_plan_is_approved(
    bucket: Bucket, change: dict[str, Any], said: str, code: int
) -> None:
    write_plan(bucket, **change)
    result = plan("approve", "--all", "--yes")
    assert result.exit_code == code and said in result.stderr


def test_the_usual_end_of_an_old_plan_is_earlier(bucket: Bucket) -> None:
    write_plan(bucket, created=to_text(NOW - LONGEST + timedelta(hours=2)))
    assert plan("approve", "--all", "--yes").exit_code == 0
    assert [one.until for one in stored(bucket)] == [NOW + timedelta(hours=2)]


def test_an_altered_plan_is_not_approved(bucket: Bucket) -> None:
    summary = bucket.read_json(RunKeys(RUN).plan_summary)
    key = RunKeys(RUN).plan(ACCOUNT)
    altered = bucket.read_json(key)
    altered["planned"][0]["tags"] = {}
    bucket.write_json(key, altered)
    assert "was altered after the run" in plan("approve", "--all", "--yes").stderr
    bucket.write_json(RunKeys(RUN).plan_summary, {**summary, "held_resources": 1})
    result = plan("approve", "--all", "--yes")
    assert result.exit_code == 3 and "was altered after the run" in result.stderr


def test_never_lets_nobody_decide_in_vain(bucket: Bucket) -> None:
    bucket.write_text("config/ebbtide.yaml", "cleanup: {enabled: true}")
    result = plan("approve", "--all", "--yes")
    assert result.exit_code == 2 and "cleanup.approval is never" in result.stderr


def test_a_rejection_by_others_is_told_before_it_wins(bucket: Bucket) -> None:
    decide(bucket, RUN, "reject", user=BOB, owners=("b",), note="mine")
    result = plan("approve", "--all", "--yes")
    assert f"1 of these were rejected by {BOB}" in result.stderr and "mine" in result.stderr


@pytest.mark.parametrize("bad", ["\x1b[2J", "\r", "\x9b1A", "\u202e", "\a"])
def test_the_note_of_another_person_cannot_command_the_terminal(bucket: Bucket, bad: str) -> None:
    decide(bucket, RUN, "reject", user=BOB, owners=("b",), note=f"mine{bad}")
    result = plan("approve", "--all", "--yes")
    assert "mine\\" in result.stderr and bad not in result.stderr


def test_decisions_are_listed_with_what_became_of_them(bucket: Bucket) -> None:
    used = decide(bucket, RUN, owners=("a",))
    lost = decide(bucket, RUN, owners=("b",), user=BOB)
    decide(bucket, RUN, "reject", owners=("b",), note="mine")
    valid = decide(bucket, RUN)
    old = decide(bucket, RUN, until=NOW - timedelta(minutes=1))
    odd = decide(bucket, RUN, hash="1" * 64)
    write_plan(bucket, "run-8", approvals={used.key: 2})
    rows = {row["key"]: row for row in json.loads(plan("approvals", "--format", "json").stdout)}
    states = {key: row["state"] for key, row in rows.items()}
    assert states[used.key] == "used" and rows[used.key]["why"] == "in run-8 (2)"
    assert states[lost.key] == "rejected" and ANN in rows[lost.key]["why"]
    assert states[valid.key] == "valid" and "1 of 4 rejected by" in rows[valid.key]["why"]
    assert states[old.key] == "expired"
    assert states[odd.key] == "ignored" and "another plan" in rows[odd.key]["why"]
    assert rows[lost.key]["what"] == "owner b" and rows[valid.key]["what"] == "all"
    assert len(rows) == 6


@pytest.mark.usefixtures("bucket")
def test_whoever_may_not_decide_is_told_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: Any, **__: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutObject")

    monkeypatch.setattr(Bucket, "replace_text", denied)
    result = plan("approve", "--all", "--yes")
    assert result.exit_code == 3 and "ApproverPolicyArn" in result.stderr


def test_a_copy_takes_no_decision(tmp_path: Any) -> None:
    result = run("--folder", str(tmp_path), "plan", "approve", "--all")
    assert result.exit_code == 2 and "cannot approve a plan in" in result.stderr


@pytest.mark.usefixtures("bucket")
def test_people_read_names_of_accounts_and_programs_their_ids() -> None:
    shown = plan("approve", "--account", "dev", "--yes", "--format", "csv").stdout
    assert ",dev," in shown and f",{ACCOUNT}," not in shown
    assert json.loads(plan("reject", "--all", "--yes", "--format", "json").stdout)[0][
        "account"
    ] == (ACCOUNT)
    listed = plan("approvals", "--format", "csv")
    assert "accounts dev" in listed.stdout, listed.stderr


def test_what_is_in_its_grace_can_be_rejected_but_not_approved(bucket: Bucket) -> None:
    graced = "rules: {expired: {enabled: true, grace: 7d}}"
    bucket.write_text("config/ebbtide.yaml", graced)
    plan_of = read_plan(bucket.read_json(RunKeys(RUN).plan(ACCOUNT)))
    waiting = replace(plan_of, planned=(), reported=plan_of.planned).sealed()
    bucket.write_json(RunKeys(RUN).plan(ACCOUNT), waiting.to_json())
    counts = {"planned": 0, "reported": 4, "refused": 0, "undecided": 0, "held": 0}
    summary = bucket.read_json(RunKeys(RUN).plan_summary)
    accounts = [{"account": ACCOUNT, "hash": waiting.hash, **counts}]
    changed = {**summary, "accounts": accounts, "held_resources": 0, "held": False}
    bucket.write_json(RunKeys(RUN).plan_summary, sealed_summary(changed))
    result = plan("reject", "--owner", "a", "--yes", "--format", "json")
    assert result.exit_code == 0, result.stderr
    assert sorted(shown(result)) == ["i-1", "vol-1"]
    (found,) = stored(bucket)
    assert found.covered(waiting) and not replace_verdict(found, "approve").covered(waiting)
    assert "cleanup.approval is never" in plan("approve", "--all", "--yes").stderr
    bucket.write_text("config/ebbtide.yaml", "rules: {expired: {enabled: true}}")
    assert "cleanup.approval is never" in plan("reject", "--all", "--yes").stderr


def replace_verdict(found: Decision, verdict: str) -> Decision:
    return found.model_copy(update={"verdict": verdict})
