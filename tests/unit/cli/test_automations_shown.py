"""Runs and plans tell which automations hold a plan, failed, and marked."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from ebbtide.config import parse_config
from ebbtide.deployment.inputs import AnswerRequest
from ebbtide.jobs.answers import take_answer
from ebbtide.store.bucket_copy import Folder
from ebbtide.store.keys import CLAIM, CURRENT, RunKeys
from ebbtide.store.overlay import Overlay
from tests.support.command import Run, run
from tests.support.planned_copy import RULES, write_plan
from tests.support.snapshots import FREE, OTHER, Copy

KEYS = RunKeys("run-3")
OWNERS = {"name": "owners", "event": "post_collect", "marks": ["clean", "keep"]}
CALENDAR = {"name": "calendar", "event": "pre_cleanup"}
AUTOMATIONS = f"{RULES}automations: {json.dumps([OWNERS, CALENDAR])}\n"


def answer(copy: Copy, name: str, event: str, **given: Any) -> None:
    """Take an answer as the function of a run does."""
    store = Overlay(Folder(copy.path))
    store.write_json(CLAIM, {"run_id": "run-3"})
    store.write_json(CURRENT, {"run_id": "run-3", "manifest": KEYS.manifest})
    request = AnswerRequest(run_id="run-3", event=event, automation=name, **given)
    take_answer(request, store)
    for key, body in store.written.items():
        if key.startswith(KEYS.prefix):
            copy.write_text(key, body.decode())


@pytest.fixture
def answered(plans: Copy) -> Copy:
    """The plan of run-3 once more, with marks of one automation and a veto of another."""
    config = parse_config(AUTOMATIONS)
    write_plan(plans, "run-3", config)
    marks = [
        {"id": FREE["graph_id"], "mark": "keep", "reason": "asked by ann"},
        {"id": OTHER["graph_id"], "mark": "clean", "reason": "no owner"},
    ]
    answer(plans, "owners", "post_collect", ended="answered", answer={"marks": marks})
    write_plan(plans, "run-3", config)
    veto = {"Error": "NotApproved", "Cause": "a freeze until Monday"}
    answer(plans, "calendar", "pre_cleanup", ended="failed", reason=veto)
    return plans


@pytest.fixture
def ebbtide(answered: Copy) -> Run:
    return lambda *arguments: run("--folder", str(answered.path), *arguments)


def test_lists_say_that_a_plan_is_held(ebbtide: Run) -> None:
    found = json.loads(ebbtide("runs", "list", "--format", "json").stdout)[0]
    assert (found["run"], found["held"]) == ("run-3", True)
    assert "succeeded, held" in ebbtide("runs", "list", "--format", "table").stdout


def test_status_says_who_holds_the_plan(ebbtide: Run) -> None:
    assert "run-3 is held: automation calendar holds it" in ebbtide("status").stdout


def test_one_run_names_its_automations(ebbtide: Run) -> None:
    shown = yaml.safe_load(ebbtide("runs", "show", "run-3").stdout)
    assert shown["held_by"] == ["calendar"]
    assert shown["automations"] == [
        {
            "automation": "owners",
            "event": "post_collect",
            "outcome": "answered",
            "clean": 1,
            "keep": 1,
            "first": [
                {"id": FREE["graph_id"], "mark": "keep", "reason": "asked by ann"},
                {"id": OTHER["graph_id"], "mark": "clean", "reason": "no owner"},
            ],
        },
        {
            "automation": "calendar",
            "event": "pre_cleanup",
            "outcome": "failed",
            "reaction": "hold",
            "error": "NotApproved",
            "why": "a freeze until Monday",
        },
    ]


def test_log_says_why_the_plan_is_held(ebbtide: Run) -> None:
    text = ebbtide("runs", "log", "run-3", "--format", "json").stdout
    found = [one for one in json.loads(text) if one["step"] == "automations"]
    assert [(one["state"], one["error"]) for one in found] == [
        ("held", "a freeze until Monday (NotApproved, at pre_cleanup)")
    ]
    assert "calendar" in text


def test_plan_says_who_holds_it_and_who_marked(ebbtide: Run) -> None:
    result = ebbtide("plan", "show", "--rule", "owners", "--format", "json")
    (planned,) = json.loads(result.stdout)
    assert planned["subject"]["graph_id"] == OTHER["graph_id"]
    assert "automation:owners" in planned["rules"] and "no owner" in planned["reason"]
    assert "Held by automation calendar, nothing of it is deleted" in result.stderr


def test_explanation_has_the_automations(ebbtide: Run) -> None:
    text = ebbtide("plan", "explain", FREE["graph_id"]).stdout
    assert "Automations:" in text
    assert "automation owners: asked by ann" in text
    text = ebbtide("plan", "explain", OTHER["graph_id"]).stdout
    assert re.search(r"yes +automation:owners +no owner\n", text)


def test_searches_know_the_marks(ebbtide: Run) -> None:
    columns = "id,/metadata.protected,/desired.rules,/desired.reason"
    text = ebbtide("search", "is(volume)", "--columns", columns, "--format", "json").stdout
    found = {one["id"]: one for one in json.loads(text)}
    assert found[FREE["id"]]["/metadata.protected"] is True
    assert "automation:owners" in found[OTHER["id"]]["/desired.rules"]
    assert "no owner" in found[OTHER["id"]]["/desired.reason"]


def test_simulation_keeps_what_was_answered_and_tells_who_was_not_asked(
    ebbtide: Run, tmp_path: Any
) -> None:
    asked = [OWNERS, {"name": "new", "event": "cleanup_plan", "marks": "keep"}]
    file = tmp_path / "new.yaml"
    file.write_text(f"{RULES}automations: {json.dumps(asked)}\n")
    result = ebbtide("plan", "simulate", "--config", str(file), "--format", "json")
    found = json.loads(result.stdout)
    assert found["not_asked"] == ["new"]
    planned = [one for plan in found["plans"] for one in plan["planned"]]
    assert "automation:owners" in [rule for one in planned for rule in one["rules"]]
    refused = [one for plan in found["plans"] for one in plan["refused"]]
    assert [one["code"] for one in refused if one["subject"]["graph_id"] == FREE["graph_id"]] == [
        "protected"
    ]
