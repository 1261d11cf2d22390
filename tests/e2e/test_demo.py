"""`make demo` shows what it claims to show, in the deployment that enforces every permission."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ebbtide.report.data import report_data
from ebbtide.store.keys import CURRENT
from local.access import access_file
from local.cloud import REPOSITORY
from local.demo import ALL_NAMES, WIDTH
from local.estate import ACCOUNTS, PAYMENTS
from local.estate.obstacles import CLOSED, DENIED_REGION
from local.show import key_of
from tests.e2e.scenario import Shown

# Two more runs and a cleanup, which take a minute beside other tests.
pytestmark = [pytest.mark.full, pytest.mark.enforced]

LINES = 80  # besides those that begin with a time, of which a busy machine prints more
TIMED = re.compile(r" *\d+ s ")


def test_everything_happens_as_the_demonstration_expects(demonstrated: Shown) -> None:
    assert demonstrated.demo.surprises == []


def test_one_account_cannot_be_entered(demonstrated: Shown) -> None:
    session = demonstrated.demo.session
    states = {
        account: {line["state"] for line in session.coverage(demonstrated.held, account)}
        for account in (*ACCOUNTS, CLOSED)
    }
    assert states[CLOSED] == {"denied"}
    assert all("complete" in states[account] for account in ACCOUNTS)


def test_one_api_is_denied_in_another_account(demonstrated: Shown) -> None:
    session = demonstrated.demo.session
    denied = {
        (account, line["region"], line["kind"])
        for account in ACCOUNTS
        for line in session.coverage(demonstrated.held, account)
        if line["state"] != "complete"
    }
    # The types of instances are read by the same call.
    kinds = ("aws_ec2_instance", "aws_ec2_instance_type")
    assert denied == {(PAYMENTS, DENIED_REGION, kind) for kind in kinds}


def test_what_relies_on_the_denied_api_is_undecided_whether_it_is_in_use_or_not(
    demonstrated: Shown,
) -> None:
    estate = demonstrated.demo.estate
    undecided = demonstrated.demo.undecided(demonstrated.held, "evidence_missing")
    assert {key[:2] for key in undecided} == {(PAYMENTS, DENIED_REGION)}
    assert undecided & estate.keep.keys()
    assert undecided & estate.wasted()


def test_what_is_missing_for_the_first_time_waits_for_a_second_snapshot(
    demonstrated: Shown,
) -> None:
    demo = demonstrated.demo
    early = demo.undecided(demonstrated.held) - demo.undecided(
        demonstrated.held, "evidence_missing"
    )
    assert {key[2] for key in early} == {"aws_cloudwatch_alarm"}
    assert early <= demo.estate.wasted()


def test_the_limit_holds_the_plan_and_nothing_is_touched(demonstrated: Shown) -> None:
    demo = demonstrated.demo
    summary = demo.session.summary(demonstrated.held)
    assert summary["held"]
    assert summary["exceeded"]
    names = [event["event"] for event in demo.session.events(demonstrated.held.run_id)]
    assert "cleanup_held" in names
    assert demonstrated.changes == []
    assert demo.known() - demonstrated.after_held == set()


def test_the_ledger_confirms_what_was_planned_once_the_limit_is_raised(
    demonstrated: Shown,
) -> None:
    demo, run = demonstrated.demo, demonstrated.cleaned
    plans = demo.session.plans(run)
    planned = {entry.subject.graph_id for plan in plans for entry in plan.planned}
    gone = [
        line["graph_id"]
        for plan in plans
        for line in demo.session.ledger(run, plan.account)
        if line["event"] == "gone"
    ]
    assert sorted(gone) == sorted(planned)
    keys = {key_of(entry) for plan in plans for entry in plan.planned}
    assert demo.estate.wasted() - keys == demo.undecided(run) & demo.estate.wasted()
    assert keys & demonstrated.after_cleanup == set()


def test_look_alikes_and_what_could_not_be_judged_stay(demonstrated: Shown) -> None:
    demo = demonstrated.demo
    must_stay = demo.keep().keys() | demo.undecided(demonstrated.cleaned)
    assert {key[0] for key in must_stay} == {PAYMENTS, "333333333333", CLOSED}
    assert must_stay - demonstrated.after_cleanup == set()


def test_the_report_tells_what_was_deleted(demonstrated: Shown) -> None:
    session, run = demonstrated.demo.session, demonstrated.cleaned
    copied = (session.cloud.state_dir / "report.html").read_text(encoding="utf-8")
    assert session.bucket.read_text(run.keys.report) == copied
    planned = sum(len(plan.planned) for plan in session.plans(run))
    row = session.bucket.read_json(run.keys.report_row)["row"]
    assert (row["planned"], row["cleaned"], row["failed"]) == (planned, planned, 0)
    data = report_data(session.bucket, run.run_id)
    assert [one["ending"] for one in data["plan"] if one["list"] == "planned"] == ["gone"] * planned
    # The held run and this one.
    assert [one["run"] for one in data["history"]] == [demonstrated.held.run_id, run.run_id]


def test_the_output_fits_a_terminal_and_names_accounts(demonstrated: Shown) -> None:
    lines = demonstrated.text.splitlines()
    assert [line for line in lines if len(line) > WIDTH] == []
    assert sum(not TIMED.match(line) for line in lines) <= LINES
    assert [line for line in lines if any(account in line for account in ALL_NAMES)] == []


def test_the_output_says_what_a_run_is_waiting_for(demonstrated: Shown) -> None:
    assert "accounts read; waiting for" in demonstrated.text
    assert "resources are gone" in demonstrated.text
    assert "cleanup: held, because the plan exceeds a limit" in demonstrated.text


def test_typed_commands_reach_the_cloud_whatever_the_shell_has_set(
    demonstrated: Shown, tmp_path: Path
) -> None:
    session = demonstrated.demo.session
    command = (
        f". {access_file(session.cloud)}\n"
        'python -c "import boto3, os; '
        "print(boto3.client('stepfunctions').list_state_machines()['stateMachines'][0]['name']); "
        "print(boto3.client('s3').list_objects_v2(Bucket=os.environ['EBBTIDE_BUCKET'], "
        f"Prefix='{CURRENT}')['KeyCount'])\"\n"
        "ebbtide search 'is(aws_ec2_volume)' --format json\n"
    )
    hostile = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}",
        "PYTHONPATH": f"{REPOSITORY / 'layers' / 'common'}{os.pathsep}{REPOSITORY / 'cli'}",
        "HOME": str(tmp_path),
        "AWS_PROFILE": "production",
        "AWS_SESSION_TOKEN": "of another account",
    }
    typed = subprocess.run(
        ["sh", "-euc", command], env=hostile, capture_output=True, text=True, check=False
    )
    assert typed.returncode == 0, typed.stderr
    machine, objects, *found = typed.stdout.splitlines()
    assert machine.startswith("ebbtide")
    assert objects == "1"
    assert any("aws_ec2_volume" in line for line in found)
