"""The metrics of a whole run: what was decided and done, what is missing, and what ended."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from ebbtide.base.clock import to_text
from ebbtide.base.json_lines import encode_line
from ebbtide.config import parse_config
from ebbtide.deployment.inputs import AccountRequest
from ebbtide.graph.manifest import AccountEntry, Manifest
from ebbtide.metrics.aggregation import aggregate_account
from ebbtide.metrics.built_in import service_of
from ebbtide.metrics.combining import combined_samples
from ebbtide.model.coverage import Coverage
from ebbtide.report.problems import problems_of
from ebbtide.report.runs import RunResult
from ebbtide.store.keys import RunKeys
from ebbtide.store.run import Run, store_run
from tests.support.builders import ACCOUNT, NOW, REGION, instance, inventory, planned, volume
from tests.support.measuring import values_of
from tests.support.memory_store import MemoryStore

OTHER = "444455556666"
CONFIG = "rules: {expired: {enabled: true}}\ncleanup: {enabled: true, dry_run: false}\n"


class Bucket(MemoryStore):
    """A bucket in memory whose lines can be read undecoded."""

    def line_blocks(self, key: str) -> Any:
        return map(encode_line, self.read_json(key))

    def read_text(self, key: str) -> str:
        return str(self.read_json(key))


def entry_of(account: str, run_id: str, **rest: Any) -> AccountEntry:
    keys = RunKeys(run_id)
    names = ("resources", "edges", "changes", "coverage")
    found = [keys.graph(account, name) for name in names]
    return AccountEntry(account, f"name {account}", run_id, *found, **rest)


def write_run(
    bucket: Bucket,
    run_id: str,
    lines: dict[str, list[Any]],
    previous: str | None = None,
    states: dict[str, str] | None = None,
    config: str = CONFIG,
) -> Run:
    """Write what a run left before its last step; `states` are those of the volumes of accounts."""
    started = NOW if previous is None else NOW + timedelta(hours=1)
    run = Run(run_id, "collect_and_cleanup", started, parse_config(config))
    store_run(bucket, run)  # type: ignore[arg-type]
    entries = []
    for account, found in lines.items():
        entry = entry_of(account, run_id)
        entries.append(entry)
        bucket.write_json(entry.resources, found)
        bucket.write_json(entry.edges, [])
        state = (states or {}).get(account, "complete")
        read = [Coverage(account, REGION, "aws_ec2_volume", state, len(found))]
        document = {
            "format": 2,
            "kinds": [one.to_line() for one in read],
            "services": {"ec2": {"calls": 7, "throttled": 2, "waited_seconds": 1.5}},
        }
        bucket.write_json(entry.coverage, document)
    manifest = Manifest(
        run_id, to_text(started), previous and RunKeys(previous).manifest, tuple(entries)
    )
    bucket.write_json(run.keys.manifest, manifest.to_json())
    bucket.write_json(run.keys.accounts, [{"account": account} for account in lines])
    return run


def measured(bucket: Bucket, run: Run, but: str = "") -> dict[str, float]:
    """Measure a run, except an account whose function failed; return its values."""
    manifest = Manifest.from_json(bucket.read_json(run.keys.manifest))
    for entry in manifest.accounts:
        if entry.account != but:
            request = AccountRequest(
                run_id=run.run_id, manifest=run.keys.manifest, account=entry.account
            )
            aggregate_account(request, bucket)  # type: ignore[arg-type]
    samples = combined_samples(run, bucket, manifest)  # type: ignore[arg-type]
    bucket.write_json(run.keys.metrics("samples.json"), [one.to_json() for one in samples])
    return values_of(samples)


def line(resource: Any, account: str = ACCOUNT, **rest: Any) -> dict[str, Any]:
    found = {**resource.to_line(), "account": account, **rest}
    found["arn"] = found["arn"].replace(ACCOUNT, account)
    found["graph_id"] = found["graph_id"].replace(ACCOUNT, account)
    return found


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


def test_how_an_account_was_read_is_measured(bucket: Bucket) -> None:
    lines = {ACCOUNT: [line(volume("vol-1"))], OTHER: []}
    found = measured(bucket, write_run(bucket, "one", lines, states={OTHER: "denied"}))
    assert found[f"ebbtide_calls account={ACCOUNT} service=ec2"] == 7
    assert found[f"ebbtide_calls_throttled account={ACCOUNT} service=ec2"] == 2
    assert found[f"ebbtide_calls_waited_seconds account={ACCOUNT} service=ec2"] == 1.5
    assert found[f"ebbtide_reads_failed account={OTHER} service=ec2 state=denied"] == 1
    assert found[f"ebbtide_coverage account={OTHER} region={REGION} state=denied"] == 1
    assert found["ebbtide_coverage_percent"] == 50
    assert found["ebbtide_accounts_incomplete"] == 1
    assert found[f"ebbtide_account_info account={ACCOUNT} name=name {ACCOUNT}"] == 1
    assert found["ebbtide_run_seconds"] > 0
    assert found["ebbtide_run_cost_estimate"] > 0


def test_the_age_of_what_is_not_read_completely_grows(bucket: Bucket) -> None:
    ages = f"ebbtide_data_age_seconds account={OTHER}"
    lines = {ACCOUNT: [line(volume("vol-1"))], OTHER: []}
    first = measured(bucket, write_run(bucket, "one", lines))
    assert first[ages] == 0
    second = measured(bucket, write_run(bucket, "two", lines, "one", states={OTHER: "denied"}))
    assert second[ages] == 3600
    assert second[f"ebbtide_data_age_seconds account={ACCOUNT}"] == 0


def test_an_account_that_was_never_read_completely_has_no_age(bucket: Bucket) -> None:
    run = write_run(bucket, "one", {OTHER: []}, states={OTHER: "denied"})
    assert not [name for name in measured(bucket, run) if "data_age" in name]


def test_a_sum_that_ends_is_zero_once(bucket: Bucket) -> None:
    series = f"ebbtide_volumes_total account={ACCOUNT} region={REGION} type=gp3 status=available"
    measured(bucket, write_run(bucket, "one", {ACCOUNT: [line(volume("vol-1"))]}))
    second = measured(bucket, write_run(bucket, "two", {ACCOUNT: []}, "one"))
    assert second[series] == 0
    third = measured(bucket, write_run(bucket, "three", {ACCOUNT: []}, "two"))
    assert series not in third


def test_a_sum_of_an_account_that_was_not_measured_does_not_end(bucket: Bucket) -> None:
    lines = {ACCOUNT: [line(volume("vol-1"))], OTHER: [line(volume("vol-2"), OTHER)]}
    measured(bucket, write_run(bucket, "one", lines))
    found = measured(bucket, write_run(bucket, "two", lines, "one"), but=OTHER)
    assert not [name for name in found if f"volumes_total account={OTHER}" in name]
    assert found["ebbtide_accounts_incomplete"] == 1


def test_a_metric_that_fails_in_an_account_is_left_out_and_counted(bucket: Bucket) -> None:
    run = write_run(bucket, "one", {ACCOUNT: [line(volume("vol-1"))], OTHER: []})
    measured(bucket, run)
    key = run.keys.metrics(f"accounts/{OTHER}.json")
    document = bucket.read_json(key)
    bucket.write_json(key, {**document, "failed": {"volumes_total": "ValueError: odd"}})
    manifest = Manifest.from_json(bucket.read_json(run.keys.manifest))
    found = values_of(combined_samples(run, bucket, manifest))  # type: ignore[arg-type]
    assert not [name for name in found if name.startswith("ebbtide_volumes_total")]
    assert found["ebbtide_metrics_failed metric=volumes_total"] == 1
    (problem,) = problems_of(bucket, RunResult(run.run_id))
    assert (problem.step, problem.account, problem.subjects) == (
        "generate_metrics",
        OTHER,
        ("volumes_total",),
    )
    assert problem.error == "ValueError: odd"
    assert [name for name in found if name.startswith("ebbtide_volume_bytes")]


def with_plan(bucket: Bucket, run: Run, **summary: Any) -> None:
    """Store a plan: a volume of an owner with a price, and one of nobody without."""
    made = planned(inventory([instance("i-1", tags={"owner": "x", "expiration": "never"}), *WASTE]))
    document = {**made.to_json(), "manifest": run.keys.manifest}
    document["planned"] = [
        {**entry, "monthly": {"vol-1": 12.5}.get(entry["subject"]["id"])}
        for entry in document["planned"]
    ]
    bucket.write_json(run.keys.plan(ACCOUNT), document)
    bucket.write_json(run.keys.plan_summary, {"held": False, "only_approved": False, **summary})


WASTE = [
    volume("vol-1", tags={"owner": "ann", "expiration": "1d"}),
    volume("vol-2", tags={"expiration": "1d"}),
]


@pytest.fixture
def cleaning(bucket: Bucket) -> Run:
    return write_run(bucket, "run", {ACCOUNT: [line(one) for one in WASTE]})


def label(owner: str) -> str:
    return f"account={ACCOUNT} kind=aws_ec2_volume rule=expired owner={owner}"


def test_the_plan_is_counted_by_rule_kind_and_owner_with_its_price(
    bucket: Bucket, cleaning: Run
) -> None:
    with_plan(bucket, cleaning)
    found = measured(bucket, cleaning)
    assert found[f"ebbtide_resources_planned {label('ann')}"] == 1
    assert found[f"ebbtide_resources_planned {label('none')}"] == 1
    assert found[f"ebbtide_savings_planned_monthly {label('ann')}"] == 12.5
    assert found[f"ebbtide_savings_planned_monthly_unknown {label('none')}"] == 1
    assert f"ebbtide_savings_planned_monthly {label('none')}" not in found
    assert not [name for name in found if "held" in name or "realised" in name]


@pytest.mark.parametrize("summary", [{"held": True}, {"only_approved": True}])
def test_what_is_held_is_counted(bucket: Bucket, cleaning: Run, summary: dict[str, bool]) -> None:
    with_plan(bucket, cleaning, **summary)
    found = measured(bucket, cleaning)
    assert found[f"ebbtide_resources_held {label('ann')}"] == 1
    assert found[f"ebbtide_resources_held {label('none')}"] == 1


def test_what_an_automation_holds_is_counted(bucket: Bucket) -> None:
    config = f"{CONFIG}automations: [{{name: ask, event: post_cleanup_plan}}]\n"
    lines = {ACCOUNT: [line(one) for one in WASTE]}
    run = write_run(bucket, "run", lines, config=config)
    with_plan(bucket, run)
    bucket.write_json(run.keys.automation("post_cleanup_plan", "ask"), {"reaction": "hold"})
    assert measured(bucket, run)[f"ebbtide_resources_held {label('ann')}"] == 1


def test_what_was_deleted_saves_its_price(bucket: Bucket, cleaning: Run) -> None:
    with_plan(bucket, cleaning)
    names = [one.graph_id for one in WASTE]
    state = {
        "format": 2,
        "run_id": cleaning.run_id,
        "ledger": [],
        "resources": {
            names[0]: {"status": "gone", "reason": "", "rule": "expired"},
            names[1]: {"status": "failed", "reason": "", "rule": "expired"},
        },
    }
    bucket.write_json(cleaning.keys.cleanup(ACCOUNT, "state.json"), state)
    ledger = json.dumps({"graph_id": names[0], "event": "gone", "monthly": 11.0})
    bucket.write_json(cleaning.keys.cleanup(ACCOUNT, "ledger.jsonl"), ledger)
    found = measured(bucket, cleaning)
    assert found[f"ebbtide_resources_cleaned {label('ann')}"] == 1
    assert found[f"ebbtide_deletes_failed {label('none')}"] == 1
    assert found[f"ebbtide_savings_realised_monthly {label('ann')}"] == 11.0
    assert not [name for name in found if name.startswith("ebbtide_savings_realised_monthly_u")]


@pytest.mark.parametrize(
    ("kind", "service"),
    [("aws_ec2_volume", "ec2"), ("aws_iam_access_key", "iam"), ("aws_region", "none")],
)
def test_failed_readings_count_for_the_service_that_is_called(kind: str, service: str) -> None:
    assert service_of(kind) == service
