"""A dry run makes every decision and changes nothing."""

from __future__ import annotations

from tests.e2e.scenario import Stage, Told, graph_id

# All that a run changes is its own: objects in its bucket, values of its own metrics, and events.
OWN_CHANGES = {
    ("s3", "PutObject"),
    ("s3", "DeleteObject"),
    ("cloudwatch", "PutMetricData"),
    ("events", "PutEvents"),
}
# What the test itself does during the run: it starts the run and reads the queue of events.
TESTER = {
    ("stepfunctions", "StartExecution"),
    ("sqs", "ReceiveMessage"),
    ("sqs", "DeleteMessage"),
}


def test_a_dry_run_changes_nothing_in_any_account(stage: Stage, dry: Told) -> None:
    assert dry.run.status == "SUCCEEDED"
    assert dry.changes == []
    bucket = stage.session.deployment.outputs["BucketName"]
    for call in dry.calls:
        if not call["read_only"] and (call["service"], call["action"]) not in TESTER:
            assert (call["service"], call["action"]) in OWN_CHANGES
            assert call["account"] == "111111111111"
            assert call["service"] != "s3" or call["params"]["Bucket"] == bucket


def test_the_reader_and_the_cleaner_were_there_and_only_looked(dry: Told) -> None:
    roles = {call["principal"].split("/")[1] for call in dry.calls if "/" in call["principal"]}
    assert roles == {"EbbtideReader", "EbbtideCleaner"}
    assert all(call["read_only"] for call in dry.calls if "/Ebbtide" in call["principal"])


def test_everything_still_exists(stage: Stage, dry: Told) -> None:
    assert stage.listed() - dry.existing == set()


def test_the_ledger_says_what_would_have_been_deleted(dry: Told) -> None:
    planned = {**dry.planned(), **dry.planned("goes_with")}
    said = {
        line["graph_id"]: line["event"]
        for ledger in dry.ledgers.values()
        for line in ledger
        if line["dry_run"]
    }
    assert said == {graph_id(key): "would_delete" for key in planned}
    assert dry.restores == {}
