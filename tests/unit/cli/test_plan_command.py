"""`ebbtide plan` shows, explains, compares and simulates what runs decided."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ebbtide.config import parse_config
from ebbtide.plan import read_plan
from ebbtide.plan.comparing import fates_of
from ebbtide.store.keys import RunKeys, protected_key
from ebbtide_cli.plan_tables import Block, block_lines
from tests.support.command import Run, run
from tests.support.planned_copy import LONG_ID, LONG_NAME, RULES, write_plan, write_plans
from tests.support.snapshots import DEV, PROD, Copy, id_of

HELD = RULES.replace("limits: {", "limits: {per_run: 1, ")
FREE = """
rules: {expired: {enabled: true}}
jobs:
  - name: free
    event: cleanup_plan
    search: is(volume) and volume_size > 60
    action: {clean: {reason: large}}
"""


@pytest.fixture
def plan(plans: Copy) -> Run:
    return lambda *arguments: run("--folder", str(plans.path), "plan", *arguments)


@pytest.fixture
def config(tmp_path: Path) -> Any:
    """Writes a configuration to a file, and returns the options that name it."""

    def write(text: str) -> tuple[str, str]:
        file = tmp_path / "new.yaml"
        file.write_text(text)
        return "--config", str(file)

    return write


def rows(result: Any) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def outcomes(found: list[dict[str, Any]]) -> dict[str, str]:
    return {one["subject"]["id"]: one["outcome"] for one in found}


def files(copy: Copy) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in copy.path.rglob("*") if file.is_file()}


def stored(copy: Copy, run_id: str = "run-3") -> dict[str, Any]:
    keys = RunKeys(run_id)
    return fates_of(read_plan(copy.read_json(keys.plan(account))) for account in (DEV, PROD))


def test_show_has_everything_that_the_last_plan_names(plans: Copy, plan: Run) -> None:
    found = rows(plan("show", "--format", "ndjson"))
    names = {one["subject"]["graph_id"]: one["outcome"] for one in found}
    assert names == {name: fate.outcome for name, fate in stored(plans).items()}
    assert {one["account_name"] for one in found} == {"dev", "prod"}
    keys = {"facts", "evidence", "after", "reason", "wave", "goes_with", "tags"}
    assert all(keys <= one.keys() for one in found if one["outcome"] == "planned")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--refused",), {"vol-1": "refused", "vol-kept": "refused"}),
        (("--undecided",), {"vol-unread": "undecided"}),
        (("--selected", "--account", "prod"), {"vol-9": "planned"}),
        (("--account", PROD), {"vol-9": "planned"}),
        (("--kind", "instance"), {"i-member": "planned"}),
        (("--rule", "untagged", "--selected", "--account", "dev", "--kind", "volume"),
         {"vol-2": "planned", "vol-member": "planned"}),
        (("--reported",), {}),
    ],
)  # fmt: skip
def test_show_can_be_limited(plan: Run, options: tuple[str, ...], expected: dict[str, str]) -> None:
    assert outcomes(rows(plan("show", "--format", "ndjson", *options))) == expected


def test_show_of_an_older_run(plan: Run) -> None:
    found = outcomes(rows(plan("show", "--run", "run-2", "--format", "ndjson")))
    assert found == {"vol-2": "planned", "vol-9": "planned"}


def test_a_table_tells_order_reason_and_what_goes_with_what(plan: Run) -> None:
    result = plan("show", "--format", "table", "--details")
    text = result.stdout
    assert "To delete: 7 resources" in text and "Refused: stays" in text
    member = text.partition("i-member\n")[2].partition("\n3 ")[0]
    assert f"AWS deletes it together with {DEV}/eu-central-1/aws_autoscaling_group/asg" in member
    assert "tag=ebbtide:expires; value=2020-01-01" in text.partition("facts: ")[2]
    assert "evidence: complete in eu-central-1: aws_ec2_instance" in text
    assert "once deleted: cannot be restored by Ebbtide: what ran in it has ended" in member
    assert "still used by aws_ec2_instance i-1" in text
    assert "selected by untagged: missing the required tag team" in text
    assert "its tags could not be read" in text
    assert "7 resources to delete in 3 waves, 2 of them along with others" in result.stderr
    assert "2 refused, 1 undecided; plan of run run-3" in result.stderr


def test_an_explanation_says_whether_it_could_be_restored(plan: Run) -> None:
    text = " ".join(plan("explain", "vol-1").stdout.split())
    assert "Once deleted, it can be restored from the Recycle Bin" in text
    (found,) = json.loads(plan("explain", "vol-1", "--format", "json").stdout)
    assert found["once_deleted"].startswith("can be restored from the Recycle Bin")
    text = plan("explain", f"{DEV}/global/aws_account/{DEV}").stdout
    assert "Once deleted" not in text


def test_no_table_breaks_an_id_in_a_terminal_of_100_columns(
    plan: Run, monkeypatch: pytest.MonkeyPatch, config: Any
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    for module in ("output", "formats"):
        monkeypatch.setattr(f"ebbtide_cli.{module}.to_terminal", lambda: True)
    ids = ["vol-2", "vol-unread", "i-member", LONG_ID, LONG_NAME]
    for words in (("show",), ("show", "--details"), ("diff",)):
        text = plan(*words).stdout
        for id in ids if words[0] == "show" else ids[2:]:
            assert any(id in line for line in text.splitlines()), (words, id)
        wide = [line for line in text.splitlines() if len(line) > 100]
        assert [line for line in wide if LONG_ID not in line and LONG_NAME not in line] == []
    text = plan("explain", LONG_ID).stdout
    assert any(LONG_ID in line for line in text.splitlines())
    text = plan("simulate", *config("rules: {}")).stdout
    assert all(any(id in line for line in text.splitlines()) for id in ids)


@pytest.mark.parametrize("width", [20, 60, 100])
def test_lines_of_a_block_break_only_between_words(width: int) -> None:
    id = "sg-" + "0123456789abcdef" * 5
    words = ["still", "used", "by", id, *(f"a-b-c-d-{number}" for number in range(30))]
    block = Block(("1", "dev"), id, "a name", (" ".join(words),))
    lines = block_lines(("wave", "account"), [block], width)
    assert sum(id in line for line in lines) == 2
    assert " ".join(lines).split()[-len(words) :] == words


def test_names_cannot_command_the_terminal_and_are_no_pictures(plan: Run, config: Any) -> None:
    assert r"line\nbreak [red]" in plan("show", "--format", "table").stdout
    text = plan("simulate", *config(FREE)).stdout
    assert "selected by job:free" in text


def test_a_brief_table_has_names_and_groups(plan: Run) -> None:
    text = plan("show", "--format", "table", "--brief").stdout
    assert "5 resources to delete, and 2 that AWS deletes with them" in text
    assert "alb a-load-balancer-with-a-long-name" in text and LONG_ID not in text
    assert "volume vol-kept" in text
    assert f"log group {LONG_NAME[:47]}… " in text


def test_other_formats_have_one_row_for_each_resource(plan: Run) -> None:
    found = list(csv.DictReader(io.StringIO(plan("show", "--format", "csv").stdout)))
    assert len(found) == 10
    assert {row["outcome"] for row in found} == {"planned", "refused", "undecided"}
    assert next(row for row in found if row["id"] == "vol-1")["code"] == "blocked"
    assert plan("show", "--format", "list").stdout.count("\n") == 10
    assert plan("show", "--format", "markdown").stdout.count("\n") == 12
    assert len(yaml.safe_load(plan("show", "--format", "json").stdout)) == 10


def test_show_says_why_nothing_of_a_plan_is_deleted(copy: Copy) -> None:
    dry = RULES.replace("dry_run: false", "dry_run: true")
    for config, expected in (
        (HELD, "Held, nothing of it is deleted: 7 resources are planned for the run; the limit"),
        (dry, "cleanup.dry_run was true in this run"),
        ("{}", "cleanup.enabled was false in this run"),
    ):
        write_plans(copy, now=config)
        result = run("--folder", str(copy.path), "plan", "show")
        assert expected in result.stderr and result.exit_code == 0


def test_what_the_calendar_lets_wait_is_shown_with_the_reason(copy: Copy) -> None:
    freeze = (
        "{start: 2020-01-01, until: 2099-01-01, reason: sales, kinds: [aws_cloudwatch_log_group]}"
    )
    calendar = f"calendar: {{per_day: 1, freeze: [{freeze}]}}, "
    write_plans(copy, now=RULES.replace("dry_run: false", f"{calendar}dry_run: false"))
    shown = run("--folder", str(copy.path), "plan", "show", "--format", "json")
    found = [one for one in json.loads(shown.stdout) if one["outcome"] == "planned"]
    reasons = {one["subject"]["kind"]: one["stays"] for one in found}
    frozen = "closed for more than a year: frozen, sales"
    assert reasons["aws_cloudwatch_log_group"] == frozen
    assert sum(not one["stays"] for one in found) <= 2
    assert any(one["stays"].startswith("waits for another day") for one in found)
    assert f"could not begin: {frozen}." in shown.stderr
    assert "left for other days by cleanup.calendar.per_day" in shown.stderr
    told = run("--folder", str(copy.path), "status").stdout
    assert "could not begin" in told and "left for other days" in told
    assert "left for other days" in run("--folder", str(copy.path), "runs", "show", "run-3").stdout


def test_a_held_account_is_called_by_its_name(copy: Copy) -> None:
    write_plans(copy, now=RULES.replace("limits: {", "limits: {per_account: 1, "))
    result = run("--folder", str(copy.path), "plan", "show", "--refused")
    assert "6 resources are planned for account dev; the limit is 1" in result.stderr


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("show", "--run", "nope"), 2, "no plan found for run 'nope'; the last runs with one are"),
        (("show", "--kind", "volum"), 2, "unknown kind 'volum'"),
        (("show", "--account", "x"), 2, "account not found: x; known are 111122223333 (dev), "),
        (("explain", "nope"), 2, "resource not found in the snapshot of run run-3: 'nope'"),
        (("explain", "logs"), 2, "2 resources are called 'logs'; give the graph id of one"),
        (("explain", "vol-1", "--run", "nope"), 2, "no snapshot found for 'nope'"),
        (("diff", "run-1"), 2, "no plan found for run 'run-1'"),
        (("diff", "run-3"), 2, "run-3 is the last run with a plan"),
        (("simulate", "--config", "no.yaml"), 3, "cannot open no.yaml: No such file"),
        (("simulate",), 2, "missing option '--config'"),
    ],
)
def test_bad_input_is_a_clear_error(
    plan: Run, words: tuple[str, ...], code: int, message: str
) -> None:
    result = plan(*words)
    assert result.exit_code == code
    assert message in result.stderr and "Traceback" not in result.stderr


def test_without_any_plan_show_and_diff_say_so(ebbtide: Run) -> None:
    assert "no plan found in" in ebbtide("plan", "show").stderr
    assert "there are no two runs with a plan" in ebbtide("plan", "diff").stderr
    assert ebbtide("plan", "diff").exit_code == 3


def test_every_resource_is_explained_as_its_plan_says(plans: Copy, plan: Run) -> None:
    fates = stored(plans)
    names = {"planned": ("delete", "goes_with")}
    for name in (*fates, id_of("aws_ec2_instance", "i-1"), f"{DEV}/global/aws_s3_bucket/logs"):
        (found,) = json.loads(f"[{plan('explain', name, '--format', 'json').stdout}]")[0]
        outcome, fate = found["verdict"]["outcome"], fates.get(name)
        if fate is None:
            assert (outcome, found["if_selected"] is not None) == ("not_selected", True)
        else:
            assert outcome in names.get(fate.outcome, (fate.outcome,))
            assert found["verdict"]["code"] == fate.code


def test_an_explanation_is_found_by_any_name(plan: Run) -> None:
    arn = f"arn:aws:x:eu-central-1:{DEV}:aws_ec2_volume/vol-1"
    for name in ("vol-1", arn, id_of("aws_ec2_volume", "vol-1")):
        assert plan("explain", name).stdout.startswith("aws_ec2_volume vol-1\n")
    assert plan("explain", 'web "1"\\').stdout.startswith("aws_ec2_instance i-1 ")
    assert plan("explain", "logs", "--account", "prod").exit_code == 0


def test_an_explanation_says_what_decided(plan: Run) -> None:
    text = plan("explain", "vol-1").stdout
    assert "It stays, although untagged selects it" in text
    assert "no      expired          it has no expiration tag" in text
    assert "(disabled)" in text and "Protections: none" in text
    assert "Must be deleted before it:\n" in text and "aws_ec2_instance/i-1" in text
    text = plan("explain", "i-1").stdout
    assert "It stays: no enabled rule and no job selects it." in text
    assert "If something selected it, it would be deleted in wave 1." in text
    assert "Can be deleted only after it:" in text


def test_a_run_without_a_plan_is_explained_by_what_a_plan_would_say(plan: Run) -> None:
    result = plan("explain", "vol-1", "--run", "run-1", "--format", "json")
    assert json.loads(result.stdout)[0]["verdict"]["outcome"] == "not_selected"
    assert "no plan was made of it" in result.stderr


def test_jobs_answer_also_where_no_run_carried_them_out(plans: Copy, plan: Run) -> None:
    write_plan(plans, "run-3", parse_config(FREE))
    text = plan("explain", "vol-1").stdout
    assert "job:free  volume_size > 60 is false (it is 8) (not due in this run)" in text
    assert "yes     job:free" in plan("explain", "vol-2").stdout


def test_what_changed_since_the_plan_is_a_warning(plans: Copy, plan: Run) -> None:
    name = id_of("aws_ec2_volume", "vol-2")
    given = {"reason": "data", "until": "2999-01-01T00:00:00Z", "run_id": "run-3"}
    value = {"format": 1, "account": DEV, "resources": {name: {"keep": given}}}
    plans.write_json(protected_key(DEV), value)
    result = plan("explain", "vol-2")
    assert "It is to be deleted in wave 1" in result.stdout
    assert "warning: today the plan of run run-3 would say: It stays" in result.stderr


def test_diff_compares_the_last_two_plans(plan: Run) -> None:
    found = rows(plan("diff", "--format", "ndjson"))
    assert {(one["change"], one["subject"]["id"]) for one in found} == {
        *(("selected", id) for id in ("asg", "i-member", "vol-member", LONG_ID, LONG_NAME)),
        ("refused", "vol-1"),
        ("refused", "vol-kept"),
        ("undecided", "vol-unread"),
    }
    result = plan("diff", "run-3", "run-2", "--format", "list")
    assert "change=dropped" in result.stdout and "change=forgotten" in result.stdout
    assert result.stderr.endswith("from the plan of run run-3 to that of run-2.\n")
    only = rows(plan("diff", "--account", "prod", "--format", "ndjson"))
    assert only == []


def test_diff_says_what_a_run_deleted(plans: Copy, plan: Run) -> None:
    write_plan(plans, "run-2", parse_config(RULES))
    write_plan(plans, "run-3", parse_config("{}"))
    name = id_of("aws_ec2_volume", "vol-2")
    state = {"resources": {name: {"status": "gone"}}}
    plans.write_json(RunKeys("run-2").cleanup(DEV, "state.json"), state)
    text = plan("diff", "--format", "table").stdout
    assert "after: deleted in run run-2" in text.partition("vol-2")[2].partition("dropped")[0]


def test_the_same_configuration_changes_nothing(plans: Copy, plan: Run, config: Any) -> None:
    result = plan("simulate", *config(RULES), "--format", "json", "--fail-on", "new")
    found = json.loads(result.stdout)
    assert (result.exit_code, found["changes"], found["held"]) == (0, [], False)
    hashes = {one["account"]: one["hash"] for one in found["plans"]}
    assert hashes == {
        account: plans.read_json(RunKeys("run-3").plan(account))["hash"] for account in (DEV, PROD)
    }


def test_a_simulation_says_what_the_calendar_lets_wait(plan: Run, config: Any) -> None:
    freeze = "{start: 2020-01-01, until: 2099-01-01, reason: sales, kinds: [volume]}"
    frozen = f"calendar: {{freeze: [{freeze}]}}"
    calm = plan("simulate", *config(RULES)).stdout
    text = plan("simulate", *config(RULES.replace("dry_run: false", f"{frozen}, dry_run: false")))
    assert "could not begin: closed for more than a year: frozen, sales." in text.stdout
    assert "could not begin" not in calm


def test_a_simulation_writes_nothing(plans: Copy, plan: Run, config: Any) -> None:
    before = files(plans)
    result = plan("simulate", *config(FREE), "--format", "json")
    found = json.loads(result.stdout)
    assert {one["change"] for one in found["changes"]} >= {"dropped", "changed"}
    assert found["counts"]["rule"][1] == {"rule": "job:free", "current": 0, "simulated": 1}
    assert files(plans) == before


@pytest.mark.parametrize(
    ("text", "options", "code"),
    [
        (FREE, (), 0),
        (FREE, ("--fail-on", "selected"), 6),
        (FREE, ("--fail-on", "new"), 0),
        (RULES.replace("[owner, team]", "[nobody]").replace("volume]", "instance]"),
         ("--fail-on", "new"), 6),
        (HELD, (), 5),
        (HELD, ("--fail-on", "new"), 5),
        ("rules: {}", ("--fail-on", "selected", "--fail-on", "held"), 0),
        ("rules: {nope: {}}", (), 3),
    ],
)  # fmt: skip
def test_exit_codes_are_for_scripts(
    plan: Run, config: Any, text: str, options: tuple[str, ...], code: int
) -> None:
    result = plan("simulate", *config(text), *options)
    assert result.exit_code == code, result.stderr
    if code == 3:
        assert "new.yaml: " in result.stderr and "rules.nope" in result.stderr


def test_a_plan_that_is_held_already_fails_only_if_asked(copy: Copy, config: Any) -> None:
    write_plans(copy, now=HELD)
    words = ("--folder", str(copy.path), "plan", "simulate", *config(HELD))
    assert run(*words).exit_code == 0
    assert run(*words, "--fail-on", "held").exit_code == 5


def test_markdown_is_for_pull_requests(plan: Run, config: Any) -> None:
    text = plan("simulate", *config(HELD.replace("volume]", "instance]")), "--format", "markdown")
    lines = text.stdout.splitlines()
    assert lines[0].startswith("## Plan with ")
    assert "| rule | current | simulated | change |" in lines
    assert any(line.startswith("> Held: ") for line in lines)
    assert any(line.startswith("### Newly selected: ") for line in lines)
    assert any(line.startswith("### No longer selected: ") for line in lines)
    assert (
        r"| dev | eu-central-1 | aws\_ec2\_volume | vol-2 | line\\nbreak \[red\] |" in text.stdout
    )


def test_one_account_can_be_simulated_by_name(plan: Run, config: Any) -> None:
    result = plan("simulate", *config(RULES), "--account", "prod", "--format", "json")
    assert [one["account"] for one in json.loads(result.stdout)["plans"]] == [PROD]


def test_an_older_snapshot_can_be_simulated(plan: Run, config: Any) -> None:
    found = json.loads(plan("simulate", *config(RULES), "--at", "run-2", "--format", "json").stdout)
    assert (found["snapshot"], found["run_id"]) == ("run-2", "run-2")


def test_what_is_no_text_and_what_comes_from_stdin(plan: Run, tmp_path: Path) -> None:
    file = tmp_path / "picture.yaml"
    file.write_bytes(b"\xff\xfe")
    result = plan("simulate", "--config", str(file))
    assert (result.exit_code, "save it as UTF-8" in result.stderr) == (3, True)
    assert plan("simulate", "--config", str(tmp_path)).exit_code == 3
    stdin = plan("simulate", "--config", "-", "--format", "json")
    # Nothing comes from the runner, and an empty configuration selects nothing.
    assert {one["change"] for one in json.loads(stdin.stdout)["changes"]} == {
        "dropped",
        "forgotten",
    }


def test_whatever_is_in_a_snapshot_can_be_explained(plan: Run) -> None:
    for name, kind in ((DEV, "aws_account"), ("eu-central-1", "aws_region")):
        region = "global" if kind == "aws_account" else name
        text = plan("explain", f"{DEV}/{region}/{kind}/{name}").stdout
        assert "If something selected it, it would stay: " in text
        assert f"{kind} is never deleted" in " ".join(text.split())


def test_what_is_in_its_grace_is_shown_explained_and_part_of_the_status(copy: Copy) -> None:
    graced = RULES.replace("expired: {enabled: true}", "expired: {enabled: true, grace: 7d}")
    write_plans(copy, before=graced, now=graced)

    def ebbtide(*arguments: str) -> Any:
        return run("--folder", str(copy.path), *arguments)

    shown = ebbtide("plan", "show", "--reported", "--format", "ndjson")
    waiting = [row for row in rows(shown) if row["grace"] is not None]
    assert waiting and all("in grace" in row["stays"] for row in waiting)
    assert f"({len(waiting)} in grace)" in shown.stderr
    told = ebbtide("plan", "explain", waiting[0]["subject"]["id"])
    assert "in grace: selected by expired since" in " ".join(told.stdout.split())
    (status,) = json.loads(ebbtide("status", "--format", "json").stdout)
    assert status["plan"]["in_grace"] == len(waiting)
    assert f"{len(waiting)} in grace" in ebbtide("status", "--format", "table").stdout
