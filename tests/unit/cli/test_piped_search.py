"""Promises of `ebbtide search 'SEARCH | COMMAND ...'`: what is printed, written and changed."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from ebbtide.base.clock import to_text
from ebbtide.config import parse_config
from ebbtide.store.bucket import Bucket
from ebbtide_cli import marking
from tests.support.command import Run, run
from tests.support.jobs_file import CONFIG, KEY
from tests.support.snapshots import DEV, NOW, PROD, TIMES, Copy
from tests.unit.cli.test_jobs_command import client

# Fixtures, which pytest finds by name.
__all__ = ["client"]

FREE_ID = f"{DEV}/eu-central-1/aws_ec2_volume/vol-2"


def out(ebbtide: Run, text: str, *options: str) -> str:
    result = ebbtide("search", text, *options)
    assert result.exit_code == 0, result.stderr
    return str(result.stdout)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("is(volume) | count", "count=3\n"),
        ("is(volume) | count account", "account=dev, count=2\naccount=prod, count=1\n"),
        ("all | count kind | sort count desc | head 1", "kind=aws_ec2_volume, count=3\n"),
        ("is(volume) | aggregate account: sum(volume_size) as gib | sort gib | tail 1",
         "account=dev, gib=108\n"),
        ("is(volume) | sort volume_size desc | head 1 | list id", "id=vol-2\n"),
        ("is(volume) | list --csv id, volume_size as n", "id,n\nvol-2,100\nvol-1,8\nvol-9,50\n"),
        ("is(volume) limit 1 | list --markdown id", "| id |\n| --- |\n| vol-2 |\n"),
        ("is(volume) | list --json-table id | tail 1", '{"id":"vol-9"}\n'),
        ("is(volume) | list kind, nothing | uniq", "kind=aws_ec2_volume\n"),
        ("is(volume) | format {kind}/{id} | tail 1", "aws_ec2_volume/vol-9\n"),
        ('is(volume) | format "{id} {tags.owner}" | head 1', "vol-2 null\n"),
        ("is(volume) | format {name} | head 1", "line\\nbreak [red]\n"),
        ("is(volume) | format {kind} | uniq", "aws_ec2_volume\n"),
        ("is(volume) | jq .volume_size", "100\n8\n50\n"),
        ("is(volume) | jq .tags.owner | head 2", 'null\n"=cmd"\n'),
        ("is(volume) | tail 1 | jq -r .reported.name", "vol-9\n"),
        ("is(volume) | tail 1 | jq .ancestors.account.reported.name", '"prod"\n'),
        ("is(volume) | tail 1 | jq --no-rewrite .kinds[0]", '"aws_ec2_volume"\n'),
        ("is(volume) | head 2 | jq .name", '"line\\nbreak [red]"\n"vol-1"\n'),
        ("is(aws_ec2_instance) | successors | list id", "id=vol-1\n"),
        ("is(aws_ec2_instance) | successors --with-origin | list id", "id=i-1\nid=vol-1\n"),
        ("is(aws_ec2_volume) | ancestors | query is(account) | list id", f"id={DEV}\nid={PROD}\n"),
        ("is(volume) limit 2 | query volume_size > 50 | list id", "id=vol-2\n"),
        ("is(volume) | tail 2 | count account", "account=dev, count=1\naccount=prod, count=1\n"),
        ("is(volume) | tail 0 | count", "count=0\n"),
        ('name =~ "vol-(1|9)" | list id', "id=vol-1\nid=vol-9\n"),
    ],
)  # fmt: skip
def test_a_pipe_does_what_its_commands_say(ebbtide: Run, text: str, expected: str) -> None:
    assert out(ebbtide, text) == expected


@pytest.mark.parametrize("command", ["dump", "yaml", "format --yaml"])
def test_dump_prints_whole_documents(ebbtide: Run, command: str) -> None:
    (found,) = yaml.safe_load_all(out(ebbtide, f"is(volume) limit 1 | {command}"))
    assert (found["id"], found["ancestors"]["account"]["reported"]["name"]) == (FREE_ID, "dev")


def test_merges_survive_a_cut(ebbtide: Run) -> None:
    text = "is(volume) {home: <-[1:]- is(account)} | tail 1 | format --json"
    (found,) = json.loads(out(ebbtide, text))
    assert found["home"]["reported"]["name"] == "prod"


def test_the_total_of_groups_is_on_stderr(ebbtide: Run) -> None:
    result = ebbtide("search", "is(volume) | count account")
    assert result.stderr.startswith("3 resources in all groups together.\n2 groups; snapshot")


def test_options_in_the_search_are_those_of_the_command(ebbtide: Run) -> None:
    found = out(ebbtide, "--with-edges is(aws_ec2_instance, aws_ec2_volume) | format --ndjson")
    assert '"type":"edge"' in found
    assert "reads 2 objects" in out(ebbtide, "is(volume) --explain | count")
    assert out(ebbtide, "is(volume) --at run-1 | count") == "count=1\n"
    assert out(ebbtide, "--at run-1 is(volume) | count") == "count=1\n"
    assert out(ebbtide, 'name = "--explain"') == ""


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("is(volume) | list id | dump", [], "given twice, by `list` and `dump`"),
        ("is(volume) | list id", ["--format", "csv"], "given twice, by the options and `list`"),
        ("is(volume) | list --xml", [], "unknown option; list has --csv"),
        ("is(volume) | list a..b", [], "invalid column"),
        ("is(volume) | format", [], "format needs"),
        ("is(volume) | format {id", [], "braces must enclose"),
        ("is(volume) | format --table", [], "format has the options"),
        ("is(volume) | jq .a,.b", [], "| jq '.reported.name'"),
        ("is(volume) | write", [], "write needs the name of one file"),
        ("is(volume) | count | list id", [], "an aggregate names its own columns"),
        ("is(volume) --with-edges | list id", [], "cannot show edges"),
        ("is(volume)", ["--yes"], "--yes and --dry-run are for"),
        ("is(volume) | clean", ["--at", "2d", "--dry-run"], "remove --at"),
        ("is(volume) | clean", [], "it is a copy"),
        ("all | clean", ["--dry-run"], "must name the kinds"),
        ("is(volume) and not age < 3d | clean", ["--dry-run"], "must not negate an age"),
        ("is(volume) | tag owner", ["--dry-run"], "tag update KEY VALUE"),
        ("is(volume) | tag update aws:x y", ["--dry-run"], "only AWS may set"),
        ("is(volume) | tag update owner {nothing}", ["--dry-run"], "unknown field 'nothing'"),
        ("is(volume) | tag update owner {name", ["--dry-run"], "braces must enclose"),
        ("is(volume) | tag delete expiration", ["--dry-run"], "may not delete it"),
        ("is(volume) | set_metadata protected=false", ["--dry-run"], "cannot lift a protection"),
        ("is(volume) | set_desired owner=me", ["--dry-run"], "use | tag update"),
        ("is(volume) | set_desired", ["--dry-run"], "needs a setting"),
    ],
)
def test_what_cannot_be_done_says_why_before_anything_is_changed(
    ebbtide: Run, copy: Copy, text: str, options: list[str], message: str
) -> None:
    copy.write_text(KEY, CONFIG)
    result = ebbtide("search", text, *options)
    assert result.exit_code == 2
    assert message in result.stderr
    assert (copy.path / KEY).read_text() == CONFIG


def test_write_makes_a_whole_file_or_none(
    ebbtide: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert out(ebbtide, "is(volume) | list --csv id | write found.csv") == ""
    assert (tmp_path / "found.csv").read_text() == "id\nvol-2\nvol-1\nvol-9\n"
    assert ebbtide("search", "is(volume) | write nowhere/x.csv").exit_code == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "found.csv"]


# What changes the configuration.


@pytest.fixture
def bucket(client: Any, copy: Copy) -> Bucket:
    """The bucket of a stack, with the snapshots of the folder."""
    found = Bucket(client, "ebbtide-data")
    for path in copy.path.rglob("*"):
        if path.is_file():
            client.put_object(
                Bucket="ebbtide-data",
                Key=str(path.relative_to(copy.path)),
                Body=path.read_bytes(),
            )
    found.write_text(KEY, f"cleanup: {{enabled: true, dry_run: false}}\n{CONFIG}")
    return found


def asked(text: str, *options: str) -> Any:
    return run("search", text, "--bucket", "ebbtide-data", *options)


def added(bucket: Bucket) -> Any:
    """Return the one job that was added, as a run reads it."""
    first, second, *jobs = parse_config(bucket.read_text(KEY)).jobs
    assert (first.name, second.name) == ("old-volumes", "wipe")
    (job,) = jobs
    return job


def test_clean_becomes_a_job_for_exactly_what_was_shown(bucket: Bucket) -> None:
    result = asked("is(volume) and tags.owner = null limit 1 | clean 'no owner' | list id", "--yes")
    assert (result.exit_code, result.stdout) == (0, "id=vol-2\n")
    job = added(bucket)
    assert job.name.startswith("pending-clean-")
    assert job.action.clean.reason == "no owner"
    assert (job.event, job.once) == ("cleanup_plan", False)
    assert job.search == (
        f'is(volume) and tags.owner == null and id("{FREE_ID}") and /metadata.first_seen <= '
        f'"{to_text(TIMES["run-3"])}"'
    )
    assert 6 < (job.until - NOW).total_seconds() / 86400 <= 8
    assert "The next run only reports them; the one after it deletes them." in result.stderr
    assert f"ebbtide jobs delete {job.name}" in result.stderr
    # Once more: what a person reads is what a run means.
    again = run("jobs", "run", job.name, "--bucket", "ebbtide-data", "--columns", "id")
    assert again.stdout == "id=vol-2\n"


@pytest.mark.parametrize(
    ("command", "event", "once", "action"),
    [
        ("clean", "cleanup_plan", False, {"clean": {"reason": "marked by hand"}}),
        ("protect", "pre_cleanup_plan", True,
         {"protect": {"reason": "protected by hand", "expires": "P30D"}}),
        ("protect our data", "pre_cleanup_plan", True,
         {"protect": {"reason": "our data", "expires": "P30D"}}),
        ("tag update owner me", "post_collect", True, {"tag": {"update": {"owner": "me"}}}),
        ("tag update --nowait owner {account}", "post_collect", True,
         {"tag": {"update": {"owner": "{account}"}}}),
        ("tag delete owner", "post_collect", True, {"tag": {"delete": ["owner"]}}),
        ("set_desired clean=true", "cleanup_plan", False, {"clean": {"reason": "marked by hand"}}),
        ("set_desired clean=false", "pre_cleanup_plan", True,
         {"protect": {"reason": "kept by hand"}}),
        ("set_metadata protected=true", "pre_cleanup_plan", True,
         {"protect": {"reason": "protected by hand", "expires": "P30D"}}),
    ],
)  # fmt: skip
def test_each_action_has_its_event_and_ends(
    bucket: Bucket, command: str, event: str, once: bool, action: dict[str, Any]
) -> None:
    result = asked(f"is(volume) and id = vol-2 | {command}", "-y")
    assert result.exit_code == 0, result.stderr
    job = added(bucket)
    assert (job.event, job.once, job.until is not None) == (event, once, True)
    kept = job.action.model_dump(mode="json", exclude_defaults=True)
    assert kept == action


def test_pending_jobs_that_have_ended_are_removed(bucket: Bucket) -> None:
    old = to_text(NOW - timedelta(days=1))
    pending = (
        "  - {name: pending-tag-1, event: post_collect, search: all, once: true, "
        f'until: "{old}", action: {{tag: {{delete: [a]}}}}}}\n'
    )
    mine = pending.replace("pending-tag-1", "mine")
    later = pending.replace("tag-1", "tag-2").replace(old, to_text(NOW + timedelta(days=1)))
    bucket.write_text(KEY, f"{CONFIG}{pending}{mine}{later}")
    assert asked("is(volume) | protect", "-y").exit_code == 0
    *names, new = [job.name for job in parse_config(bucket.read_text(KEY)).jobs]
    assert names == ["old-volumes", "wipe", "mine", "pending-tag-2"]
    assert new.startswith("pending-protect-")


def test_several_may_be_added_in_one_second(bucket: Bucket) -> None:
    """The clock of the tests stands still, so all would have the same name."""
    for key in ("owner", "team", "stage"):
        assert asked(f"is(volume) | tag delete {key}", "-y").exit_code == 0
    names = [job.name for job in parse_config(bucket.read_text(KEY)).jobs if "pending" in job.name]
    first = names[0]
    assert names == [first, f"{first}-2", f"{first}-3"]


@pytest.mark.parametrize("option", ["--dry-run", None])
def test_nothing_is_changed_without_a_yes(bucket: Bucket, option: str | None) -> None:
    before = bucket.read_text(KEY)
    result = asked("is(volume) | clean | list id", *([option] if option else []))
    assert result.stdout == "id=vol-2\nid=vol-1\nid=vol-9\n"
    assert bucket.read_text(KEY) == before
    if option:
        assert (result.exit_code, "Nothing was changed (--dry-run)." in result.stderr) == (0, True)
    else:
        assert (result.exit_code, "add --yes to confirm it" in result.stderr) == (2, True)


@pytest.mark.parametrize(("typed", "agreed"), [("y\n", True), ("n\n", False), ("\n", False)])
def test_a_person_is_asked(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, typed: str, agreed: bool
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(
        marking, "sys", type("S", (), {"stdin": Terminal(typed), "stderr": io.StringIO()})
    )
    before = bucket.read_text(KEY)
    assert asked("is(volume) | clean").exit_code == 0
    assert (bucket.read_text(KEY) != before) is agreed


@pytest.mark.usefixtures("bucket")
def test_values_of_tags_are_shown_before_they_are_set() -> None:
    text = 'is(volume) | tag update team "{account}-{tags.owner}"'
    result = asked(text, "--dry-run")
    assert "  vol-1: team=dev-=cmd\n" in result.stderr
    assert "Skipped as things are: 2 resources, because the value of tags.owner" in result.stderr


def test_nothing_found_changes_nothing(bucket: Bucket) -> None:
    before = bucket.read_text(KEY)
    result = asked("is(volume) and id = vol-none | clean", "--yes")
    assert (result.exit_code, "Nothing to do." in result.stderr) == (0, True)
    assert bucket.read_text(KEY) == before


@pytest.mark.usefixtures("bucket")
def test_too_many_resources_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ebbtide_cli.pending.MOST", 2)
    result = asked("is(volume) | clean", "--yes")
    assert (result.exit_code, "3 resources are too many" in result.stderr) == (2, True)


def test_what_a_configuration_keeps_from_happening_is_said(bucket: Bucket) -> None:
    bucket.write_text(KEY, CONFIG)
    assert (
        "nothing is deleted, because cleanup is disabled"
        in asked("is(volume) | clean", "--dry-run").stderr
    )
    bucket.write_text(KEY, "cleanup: {enabled: true}\n")
    assert (
        "no tag is changed, because cleanup.dry_run is true"
        in asked("is(volume) | tag delete owner", "--dry-run").stderr
    )
