"""Promises of `ebbtide jobs`, on a bucket whose configuration others may change at any time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
import yaml
from moto import mock_aws

from ebbtide.config import parse_config
from ebbtide.plan.first_runs import Reports, with_report
from ebbtide.plan.published import Published
from ebbtide.store.bucket import Bucket
from ebbtide.store.keys import PUBLISHED_PLANS, RunKeys
from ebbtide.store.run import Run as Started
from tests.support.command import Run, run
from tests.support.jobs_file import CONFIG, KEY
from tests.support.snapshots import ATTACHED, DEV, TIMES, Copy, write_run

ADD = ("jobs", "add", "keep", "is(volume) and name == vol-1", "--event", "post_collect")

type Writer = Callable[[str], None]


def record(job: str, event: str, run_id: str, **given: Any) -> dict[str, Any]:
    return {"format": 1, "run_id": run_id, "job": job, "event": event, "error": None, **given}


@pytest.fixture
def configured(copy: Copy) -> Copy:
    copy.write_text(KEY, CONFIG)
    for run_id, matched in (("run-2", 7), ("run-3", 9)):
        found = record("old-volumes", "post_collect", run_id, matched=matched)
        copy.write_json(f"runs/{run_id}/jobs/post_collect/old-volumes.json", found)
    found = record("wipe", "cleanup_plan", "run-1", matched=0, error="it broke")
    copy.write_json("runs/run-1/jobs/cleanup_plan/wipe.json", found)
    return copy


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        found: Any = boto3.client("s3")
        found.create_bucket(Bucket="ebbtide-data")
        yield found


@pytest.fixture
def bucket(client: Any) -> Bucket:
    found = Bucket(client, "ebbtide-data")
    found.write_text(KEY, CONFIG)
    return found


def names(bucket: Bucket) -> list[str]:
    return [job["name"] for job in yaml.safe_load(bucket.read_text(KEY))["jobs"]]


@pytest.mark.usefixtures("configured")
def test_jobs_are_listed_each_with_its_last_run(ebbtide: Run) -> None:
    rows = json.loads(ebbtide("jobs", "list", "--format", "json").stdout)
    assert [(row["name"], row["active"], row["last_run"], row["matched"]) for row in rows] == [
        ("old-volumes", True, "run-3", 9),
        ("wipe", False, "run-1", 0),
    ]
    assert rows[1]["timezone"] == "Europe/Berlin" and rows[1]["error"] == "it broke"


@pytest.mark.parametrize(
    ("cleanup", "reported", "expected"),
    [
        ("{}", False, "reports: cleanup is disabled"),
        ("{enabled: true}", False, "reports: dry run"),
        ("{enabled: true, dry_run: false}", False, "reports: first run"),
        ("{enabled: true, dry_run: false}", True, "deletes"),
        ("{enabled: true, dry_run: false, first_run: act}", False, "deletes"),
        ("{enabled: true, dry_run: false, approval: always}", True, "deletes what is approved"),
    ],
)
def test_the_list_says_whether_the_next_run_deletes(
    ebbtide: Run, copy: Copy, cleanup: str, reported: bool, expected: str
) -> None:
    jobs = yaml.safe_load(CONFIG)["jobs"][:1]
    clean = {**jobs[0], "name": "old", "action": {"clean": {"reason": "old"}}, "active": True}
    text = yaml.safe_dump({"jobs": [clean, {**clean, "name": "off", "active": False}]})
    text += f"cleanup: {cleanup}\n"
    copy.write_text(KEY, text)
    if reported:
        reports = with_report(parse_config(text), Reports(), ["job:old"], "run-1", "now")
        copy.write_json(PUBLISHED_PLANS, Published(reports=reports).to_json())
    rows = json.loads(ebbtide("jobs", "list", "--format", "json").stdout)
    assert [row["next_run"] for row in rows] == [expected, None]


def test_the_list_says_how_long_the_matches_of_a_job_wait(ebbtide: Run, copy: Copy) -> None:
    job = yaml.safe_load(CONFIG)["jobs"][0]
    clean = {"reason": "old", "grace": "7d", "grace_runs": 3}
    cleanup = {"enabled": True, "dry_run": False, "first_run": "act"}
    copy.write_text(
        KEY, yaml.safe_dump({"jobs": [{**job, "action": {"clean": clean}}], "cleanup": cleanup})
    )
    (row,) = json.loads(ebbtide("jobs", "list", "--format", "json").stdout)
    assert row["next_run"] == "deletes after a grace of 7d and 3 runs"


UNKNOWN = "job not found: wipe; the configuration has none"


def test_there_may_be_no_jobs_and_no_configuration(ebbtide: Run) -> None:
    result = ebbtide("jobs", "list")
    assert (result.exit_code, result.stdout) == (0, "")
    result = ebbtide("jobs", "show", "wipe")
    assert (result.exit_code, result.stderr) == (2, f"ebbtide: error: {UNKNOWN}\n")


@pytest.mark.usefixtures("configured")
def test_a_job_is_shown_with_its_record(ebbtide: Run) -> None:
    shown = yaml.safe_load(ebbtide("jobs", "show", "wipe").stdout)
    assert shown["job"]["search"] == "is(instance)"
    assert shown["last_run"]["error"] == "it broke"


@pytest.mark.usefixtures("configured")
def test_what_a_job_would_find_is_shown_and_nothing_is_marked(ebbtide: Run, copy: Copy) -> None:
    before = sorted(path for path in copy.path.rglob("*"))
    result = ebbtide("jobs", "run", "old-volumes", "--columns", "id")
    assert sorted(result.stdout.splitlines()) == ["id=vol-1", "id=vol-2"]
    assert "Nothing is changed" in result.stderr
    assert sorted(path for path in copy.path.rglob("*")) == before
    assert ebbtide("jobs", "run", "none").exit_code == 2


def test_a_job_is_added_and_the_rest_of_the_text_stays(bucket: Bucket) -> None:
    result = run(
        "--bucket", "ebbtide-data", *ADD, "--protect", "needed", "--expires", "7d", "--inactive"
    )
    assert (result.exit_code, result.stdout) == (0, ""), result.stderr
    text = bucket.read_text(KEY)
    assert text.startswith(CONFIG)
    assert yaml.safe_load(text)["jobs"][2] == {
        "name": "keep",
        "event": "post_collect",
        "search": "is(volume) and name == vol-1",
        "action": {"protect": {"reason": "needed", "expires": "7d"}},
        "active": False,
    }


def test_tags_are_added_and_shown(bucket: Bucket) -> None:
    tags = ("--tag", "owner=a=b", "--tag", "note=", "--untag", "team", "--untag", "x")
    result = run("--bucket", "ebbtide-data", *ADD, *tags)
    assert (result.exit_code, result.stdout) == (0, ""), result.stderr
    tag = {"update": {"owner": "a=b", "note": ""}, "delete": ["team", "x"]}
    assert yaml.safe_load(bucket.read_text(KEY))["jobs"][2]["action"] == {"tag": tag}
    listed = run("--bucket", "ebbtide-data", "jobs", "list", "--format", "json")
    assert json.loads(listed.stdout)[2]["action"] == "tag +owner=a=b +note= -team -x"
    shown = run("--bucket", "ebbtide-data", "jobs", "show", "keep")
    assert yaml.safe_load(shown.stdout)["job"]["action"]["tag"] == tag


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), {}),
        (("--with-parts", "true"), {"with_parts": True}),
        (("--with-parts", "aws_efs_mount_target"), {"with_parts": ["aws_efs_mount_target"]}),
        (
            ("--with-parts", "true", "--with-parts", "aws_rds_instance", "--empty"),
            {"with_parts": ["aws_rds_instance"], "empty": True},
        ),
        (("--empty",), {"empty": True}),
    ],
)
def test_what_is_cleaned_with_the_matches_is_written_as_in_the_configuration(
    bucket: Bucket, options: tuple[str, ...], expected: dict[str, Any]
) -> None:
    result = run("--bucket", "ebbtide-data", *ADD, "--clean", "free", *options)
    assert result.exit_code == 0, result.stderr
    written = yaml.safe_load(bucket.read_text(KEY))["jobs"][-1]["action"]["clean"]
    assert written == {"reason": "free", **expected}
    job = parse_config(bucket.read_text(KEY)).jobs[-1]
    assert job.action.clean is not None
    assert job.action.clean.asks == (("empty",) if "empty" in expected else ())


def test_the_first_job_makes_the_configuration(client: Any) -> None:
    assert run("--bucket", "ebbtide-data", *ADD, "--clean", "free").exit_code == 0
    assert names(Bucket(client, "ebbtide-data")) == ["keep"]


def test_jobs_are_deleted_and_switched(bucket: Bucket) -> None:
    assert run("--bucket", "ebbtide-data", "jobs", "activate", "wipe").exit_code == 0
    assert bucket.read_text(KEY) == CONFIG.replace("active: false", "active: true")
    assert "already active" in run("--bucket", "ebbtide-data", "jobs", "activate", "wipe").stderr
    assert run("--bucket", "ebbtide-data", "jobs", "deactivate", "wipe").exit_code == 0
    assert bucket.read_text(KEY) == CONFIG
    assert run("--bucket", "ebbtide-data", "jobs", "delete", "wipe").exit_code == 0
    assert names(bucket) == ["old-volumes"]
    assert run("--bucket", "ebbtide-data", "jobs", "delete", "wipe").exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("--clean", "a", "--protect", "b"),
        (),
        ("--clean", "a", "--expires", "7d"),
        ("--clean", "a", "--cron", "when I like"),
        ("--clean", "a", "--timezone", "Moon/Crater"),
        ("--notify-topic", "nobody"),
        ("--clean", "a", "--tag", "owner=me"),
        ("--tag", "owner"),
        ("--tag", "owner=me", "--tag", "owner=you"),
        ("--tag", "owner=me", "--expires", "7d"),
        ("--untag", "ebbtide:protected"),
        ("--protect", "a", "--empty"),
        ("--notify-event", "a", "--with-parts", "true"),
        ("--clean", "a", "--with-parts", "aws_sns_topic"),
        ("--clean", "a", "--with-parts", "yes"),
    ],
)
def test_a_job_that_is_not_valid_is_not_written(bucket: Bucket, arguments: tuple[str]) -> None:
    result = run("--bucket", "ebbtide-data", *ADD, *arguments)
    assert result.exit_code == 2
    assert result.stderr
    assert bucket.read_text(KEY) == CONFIG


@pytest.mark.parametrize("option", [("--empty",), ("--with-parts", "true")])
def test_an_option_of_another_action_names_the_one_that_it_needs(option: tuple[str, ...]) -> None:
    result = run("--bucket", "ebbtide-data", *ADD, "--protect", "a", *option)
    assert f"{option[0]} needs --clean" in result.stderr


def test_a_job_whose_search_is_wrong_is_not_written(bucket: Bucket) -> None:
    add = ("jobs", "add", "x", "is(volum)", "--event", "post_collect", "--clean", "a")
    result = run("--bucket", "ebbtide-data", *add)
    assert result.exit_code == 2
    assert result.stderr.startswith("ebbtide: error: job 'x' is invalid: search: column 4: ")
    assert bucket.read_text(KEY) == CONFIG


def test_a_configuration_that_is_not_valid_already_is_left_alone(bucket: Bucket) -> None:
    bucket.write_text(KEY, "colect: {}\n")
    result = run("--bucket", "ebbtide-data", *ADD, "--clean", "a")
    assert result.exit_code == 3
    assert "line 1" in result.stderr
    assert bucket.read_text(KEY) == "colect: {}\n"


@pytest.mark.parametrize("existed", [True, False])
def test_the_change_of_somebody_else_is_never_lost(
    client: Any, monkeypatch: pytest.MonkeyPatch, existed: bool
) -> None:
    bucket = Bucket(client, "ebbtide-data")
    if existed:
        bucket.write_text(KEY, CONFIG)
    read = Bucket.read_stored_text

    def overtaken(self: Bucket, key: str) -> Any:
        stored = read(self, key)
        bucket.write_text(key, "cleanup: {enabled: true}\n")
        return stored

    monkeypatch.setattr(Bucket, "read_stored_text", overtaken)
    result = run("--bucket", "ebbtide-data", *ADD, "--clean", "a")
    assert result.exit_code == 4
    assert "try again" in result.stderr
    assert bucket.read_text(KEY) == "cleanup: {enabled: true}\n"


def test_a_copy_is_not_changed(ebbtide: Run, configured: Copy) -> None:
    result = ebbtide(*ADD, "--clean", "a")
    assert result.exit_code == 2
    assert "--bucket" in result.stderr
    assert (configured.path / KEY).read_text() == CONFIG


def test_searches_know_what_jobs_have_marked(ebbtide: Run, configured: Copy) -> None:
    config = parse_config(CONFIG)
    jobs = {"post_collect": ("old-volumes",)}
    write_run(configured, Started("run-3", "collect_and_cleanup", TIMES["run-3"], config, jobs))
    configured.write_json(
        f"runs/run-3/marks/{DEV}/old-volumes.json",
        {
            "format": 1,
            "job": "old-volumes",
            "event": "post_collect",
            "reason": "old",
            "action": "clean",
            "search": "is(volume)",
            "manifest": RunKeys("run-3").manifest,
            "negates": [],
            "resources": [ATTACHED["graph_id"]],
        },
    )
    key = "runs/run-3/jobs/post_collect/old-volumes.json"
    ended = record("old-volumes", "post_collect", "run-3", matched=1, accounts={DEV: 1})
    configured.write_json(key, ended)
    query = ("search", "/desired.clean == true", "--columns", "id,/desired.rule")
    assert ebbtide(*query).stdout == "id=vol-1, /desired.rule=job:old-volumes\n"
    configured.write_json(key, {**ended, "error": "it broke"})
    assert ebbtide(*query).stdout == ""
    (configured.path / key).unlink()
    assert ebbtide(*query).stdout == ""


def test_searches_know_protections_as_long_as_they_last(ebbtide: Run, configured: Copy) -> None:
    for until, found in (("2999-01-01T00:00:00Z", "id=vol-1\n"), ("2020-01-01T00:00:00Z", "")):
        given = {"keep": {"reason": "needed", "until": until, "run_id": "run-3"}}
        protections = {"format": 1, "account": DEV, "resources": {ATTACHED["graph_id"]: given}}
        configured.write_json(f"jobs/protected/{DEV}.json", protections)
        result = ebbtide("search", "/metadata.protected == true", "--columns", "id")
        assert result.stdout == found
