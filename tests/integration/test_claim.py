"""One run at a time, also when starts are delivered twice."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ebbtide.base.errors import ConfigError, ConflictError, InputError, MissingError, PlanError
from ebbtide.config import Config
from ebbtide.deployment.inputs import ClaimRequest
from ebbtide.store.keys import CLAIM, CURRENT, RunKeys
from ebbtide.store.run import create_run, read_run
from ebbtide.workflow import claim_run
from tests.integration.workflow import Workflow

pytestmark = pytest.mark.about("aws_ec2_volume")


def test_the_first_run_gets_the_claim_and_the_second_learns_who_has_it(workflow: Workflow) -> None:
    assert workflow.claim("one")["claimed"]
    second = workflow.claim("two")
    assert not second["claimed"]
    assert second["holder"]["run_id"] == "one"
    assert second["holder"]["execution"] == "arn:one"


def test_a_claim_that_is_repeated_is_still_the_same_claim(workflow: Workflow) -> None:
    assert workflow.claim("one") == workflow.claim("one")


def test_a_claim_that_is_repeated_does_not_see_what_has_changed_since(workflow: Workflow) -> None:
    """The function was killed after it had stored the run, and the configuration was changed."""
    own = {"name": "own", "steps": ["cleanup_plan", "cleanup"], "dry_run": True}
    asked = {"name": "a", "event": "pre_cleanup", "on_failure": "fail"}
    job = {"name": "j", "event": "cleanup_plan", "cron": "0 * * * *", "search": "is(volume)"}
    jobs = [{**job, "action": {"protect": {"reason": "why", "expires": "1d"}}}]
    workflow.release(workflow.collect())
    cleanup = {"enabled": True, "dry_run": False}
    workflow.configure(workflows=[own], automations=[asked], jobs=jobs, cleanup=cleanup)
    workflow.claim("before", workflow="own")
    workflow.release("before")
    workflow.now += timedelta(hours=1)
    first = workflow.claim("one", workflow="own")
    assert first["jobs"]["cleanup_plan"] == ["j"]
    record = workflow.bucket.read_json(RunKeys("one").run)
    workflow.configure(workflows=[{**own, "name": "another"}], cleanup={"enabled": False})
    assert workflow.claim("one", workflow="own") == first
    workflow.bucket.write_text("config/ebbtide.yaml", "cleanup: {enabeld: true}")
    assert workflow.claim("one", workflow="own") == first
    assert workflow.bucket.read_json(RunKeys("one").run) == record


def test_two_attempts_at_once_begin_with_one_configuration(workflow: Workflow) -> None:
    """The first attempt was slow: it stores its run after the second one has."""
    workflow.configure(cleanup={"enabled": False})
    workflow.claim("one")
    late = replace(read_run(workflow.bucket, "one"), config=Config())
    assert create_run(workflow.bucket, late) == read_run(workflow.bucket, "one") != late


def test_a_name_that_another_run_had_is_refused_and_nothing_changes(workflow: Workflow) -> None:
    workflow.claim("nightly")
    workflow.release("nightly")
    before = {key: workflow.bucket.read_text(key) for key in workflow.bucket.keys("")}
    workflow.now += timedelta(days=91)
    with pytest.raises(InputError, match=r"'nightly' started at .* with another name"):
        workflow.claim("nightly")
    assert {key: workflow.bucket.read_text(key) for key in workflow.bucket.keys("")} == before


def test_a_run_keeps_the_warnings_about_its_configuration(workflow: Workflow) -> None:
    workflow.configure(
        automations=[
            {"name": "old", "event": "pre_cleanup", "on_failure": "fail"},
            {"name": "new", "event": "pre_cleanup", "timeout": "10m"},
        ]
    )
    answer = workflow.claim("one")
    (warning,) = answer["warnings"]
    assert "automations, old: on_failure is deprecated" in warning
    assert workflow.bucket.read_json(RunKeys("one").run)["warnings"] == [warning]
    assert answer["automations"]["pre_cleanup"] == [
        {"name": "old", "timeout": 3600},
        {"name": "new", "timeout": 600},
    ]


def test_a_run_that_lost_its_claim_publishes_nothing_that_others_read(workflow: Workflow) -> None:
    run_id = workflow.collect()
    workflow.plan(run_id)
    workflow.measure(run_id)
    workflow.bucket.write_json(CLAIM, {"run_id": "other", "execution": "arn:other"})

    def shared() -> dict[str, str]:
        """All objects that outlast a run."""
        keys = (key for key in workflow.bucket.keys("") if not key.startswith("runs/"))
        return {key: workflow.bucket.read_text(key) for key in keys}

    before = shared()
    assert CURRENT in before
    for act in (workflow.publish, workflow.plan, workflow.measure):
        with pytest.raises(PlanError, match="no longer holds the claim"):
            act(run_id)
    # A merge, and the end of a cleanup, write only what belongs to the run.
    workflow.merge(run_id)
    assert shared() == before
    assert not workflow.bucket.find_json(RunKeys(run_id).cleanup_summary)


def test_a_dead_runs_claim_is_taken_over_once(workflow: Workflow) -> None:
    workflow.claim("dead")
    holder = workflow.claim("two")["holder"]

    def take_over(run_id: str) -> bool:
        request = ClaimRequest(
            run_id=run_id,
            execution=f"arn:{run_id}",
            started_at="2026-11-22T10:00:00Z",
            take_over=holder["etag"],
        )
        return bool(claim_run(request, workflow.bucket, workflow.settings)["claimed"])

    assert take_over("two")
    assert not take_over("three")
    assert workflow.bucket.read_json(CLAIM)["run_id"] == "two"


def test_only_the_holder_can_release_and_may_do_so_twice(workflow: Workflow) -> None:
    workflow.claim("one")
    workflow.release("two")
    assert workflow.bucket.read_json(CLAIM)["run_id"] == "one"
    workflow.release("one")
    workflow.release("one")
    with pytest.raises(MissingError):
        workflow.bucket.read(CLAIM)
    assert workflow.claim("three")["claimed"]


def test_an_invalid_configuration_fails_before_anything_is_claimed(workflow: Workflow) -> None:
    workflow.bucket.write_text("config/ebbtide.yaml", "cleanup:\n  enabeld: true\n")
    with pytest.raises(ConfigError, match=r"line 2: cleanup\.enabeld: unknown key"):
        workflow.claim("one")
    assert list(workflow.bucket.keys("")) == ["config/ebbtide.yaml"]


@pytest.mark.parametrize(
    "given",
    [
        {"workflow": "clean"},
        {"workflow": ["collect"]},
        {"wait": "yes"},
        {"dry_run": "false"},
        {"accounts": []},
        {"accounts": "111122223333"},
        {"accounts": [111122223333]},
        {"regions": ["everywhere"]},
        {"workflw": "collect"},
        "collect",
        [],
    ],
)
def test_an_input_that_is_not_understood_is_refused(workflow: Workflow, given: object) -> None:
    request = ClaimRequest(run_id="r", execution="e", started_at="2026-11-22", input=given)
    with pytest.raises(InputError):
        claim_run(request, workflow.bucket, workflow.settings)


def test_a_name_that_cannot_be_a_run_id_is_refused_and_released(workflow: Workflow) -> None:
    """The workflow releases after every failure, also after this one."""
    before = list(workflow.bucket.keys(""))
    with pytest.raises(InputError, match="'my run', which cannot be a run id"):
        workflow.claim("my run")
    workflow.release("my run")
    assert list(workflow.bucket.keys("")) == before


def test_an_event_as_input_means_the_whole_workflow(workflow: Workflow) -> None:
    event = {"detail-type": "Scheduled Event", "source": "aws.scheduler", "detail": {}}
    request = ClaimRequest(run_id="r", execution="e", started_at="2026-11-22", input=event)
    answer = claim_run(request, workflow.bucket, workflow.settings)
    assert answer["workflow"] == "collect_and_cleanup"
    assert all(answer["steps"].values())


def test_a_workflow_without_collect_works_on_the_current_snapshot(workflow: Workflow) -> None:
    with pytest.raises(InputError, match="no snapshot found"):
        workflow.claim("early", workflow="metrics")
    workflow.release("early")
    run_id = workflow.collect()
    workflow.release(run_id)
    answer = workflow.claim("later", workflow="metrics")
    assert answer["manifest"] == RunKeys(run_id).manifest
    assert workflow.bucket.read_json(answer["accounts"]) == [{"account": "111122223333"}]


def test_a_run_keeps_the_configuration_it_began_with(workflow: Workflow) -> None:
    workflow.claim("one")
    workflow.configure(cleanup={"enabled": True})
    assert not read_run(workflow.bucket, "one").config.cleanup.enabled


def test_a_conditional_write_loses_against_another(workflow: Workflow) -> None:
    etag = workflow.bucket.create_json("x", 1)
    with pytest.raises(ConflictError):
        workflow.bucket.create_json("x", 2)
    workflow.bucket.replace_json("x", 3, etag)
    with pytest.raises(ConflictError):
        workflow.bucket.replace_json("x", 4, etag)
    assert workflow.bucket.read_json("x") == 3


def test_lines_survive_the_bucket(workflow: Workflow) -> None:
    lines = [{"n": number, "text": "é" * number} for number in range(500)]
    assert workflow.bucket.write_lines("lines", lines) == 500
    assert list(workflow.bucket.read_lines("lines")) == lines
    assert workflow.bucket.write_lines("none", []) == 0
    assert list(workflow.bucket.read_lines("none")) == []


def test_a_run_that_was_overtaken_while_it_waited_begins_when_it_gets_the_claim(
    workflow: Workflow,
) -> None:
    """Two executions start at once; the second takes the claim, and the first waits for it."""
    first = workflow.now
    workflow.now += timedelta(seconds=1)
    workflow.release(workflow.collect("two"))
    workflow.now = first
    request = ClaimRequest(run_id="one", execution="arn:one", started_at=first.isoformat())
    turn = first + timedelta(minutes=1)
    assert claim_run(request, workflow.bucket, workflow.settings, lambda: turn)["claimed"]
    # The function claims again here, as after a lost answer, and finds its own run, so that nothing
    # that has changed since matters.
    workflow.bucket.write_text("config/ebbtide.yaml", "cleanup: {enabeld: true}")
    assert workflow.collect("one") == "one"
    run = read_run(workflow.bucket, "one")
    assert (run.execution_started, run.waited_since) == (first, first)
    assert run.started == turn
    assert workflow.bucket.read_json(CURRENT)["run_id"] == "one"


def test_a_run_that_began_before_another_still_publishes_nothing_over_it(
    workflow: Workflow,
) -> None:
    """It had begun to read, lost its claim, and is carried on later."""
    workflow.claim("one")
    workflow.release("one")
    workflow.now += timedelta(seconds=1)
    workflow.release(workflow.collect("two"))
    workflow.now -= timedelta(seconds=1)
    with pytest.raises(PlanError, match="began after run one"):
        workflow.collect("one")
    assert workflow.bucket.read_json(CURRENT)["run_id"] == "two"
