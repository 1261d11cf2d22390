"""No execution comes near the 25,000 events that Step Functions keeps of it, however long it takes.

Each state counts with one complete series of its retries, however often a loop goes through it. A
function that is throttled for long is retried twice a minute on average, which time limits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import networkx as nx
import pytest

from ebbtide.base.errors import ConfigError
from ebbtide.cleanup.tick import MOST_TURNS
from ebbtide.config import parse_config
from ebbtide.config.automations import LONGEST as LONGEST_TIME_OUT
from ebbtide.config.cleanup import LONGEST_DEADLINE
from ebbtide.config.model import MOST_AUTOMATIONS, MOST_JOBS
from ebbtide.workflow.claim import wait_seconds
from tests.unit.statemachine.test_statemachine import ANNOUNCE, WORKFLOW
from tools.check_statemachine import EVENTS, read_definition

MOST_EVENTS = 5_000
# A hundred jobs that all fail, after twenty automations whose answers all had to wait.
MOST_OF_ANNOUNCEMENT = 7_000

# Edges that lead back, each with how it is bounded below. Without them, no path is endless.
BACK = {
    "Wait For Holder": "Begin",
    "Take Over Claim": "Claim Run",
    "Wait For Announcement": "Look At Announcement",
    "Wait For Deletions": "Tick",
}


def events(state: Mapping[str, Any]) -> int:
    """Return how many events a state leaves if all goes well (HistoryEventType in the API)."""
    if state["Type"] == "Fail":
        return 1
    if state["Type"] == "Task":
        # Entered, scheduled, started, submitted, succeeded, exited.
        return 6 if waits_for_others(state) else 5
    if state["Type"] == "Map":
        # Entered, started, succeeded, exited; a distributed one starts a run that succeeds.
        return 6
    return 2


def waits_for_others(state: Mapping[str, Any]) -> bool:
    return ".sync" in state["Resource"] or "waitForTaskToken" in state["Resource"]


def retries(state: Mapping[str, Any]) -> int:
    """Return the events of one complete series of retries: scheduled, started, failed."""
    each = 4 if state["Type"] == "Task" and waits_for_others(state) else 3
    return sum(each * retry.get("MaxAttempts", 3) for retry in state.get("Retry", ()))


def throttled(state: Mapping[str, Any]) -> int:
    """Return the events of one series of retries that wait for a free function."""
    return sum(
        3 * int(retry["MaxAttempts"])
        for retry in state["Retry"]
        if "Lambda.TooManyRequestsException" in retry["ErrorEquals"]
    )


def longest(scope: Mapping[str, Any], *, retried: bool = True) -> int:
    """Return the events of the longest way through a level of states, no loop of it repeated."""
    graph = nx.DiGraph()
    states = scope["States"]
    for name, state in states.items():
        weight = events(state) + (retries(state) if retried else 0)
        graph.add_node(name)
        targets = {
            holder[key]
            for holder in (state, *state.get("Choices", ()), *state.get("Catch", ()))
            for key in ("Next", "Default")
            if key in holder
        }
        if name == "Continue After Announcement":
            continue
        graph.add_edges_from(
            (name, target, {"weight": weight}) for target in targets if BACK.get(name) != target
        )
        if not graph.out_edges(name):
            graph.add_edge(name, "the end", weight=weight)
    assert nx.is_directed_acyclic_graph(graph), nx.find_cycle(graph)
    return int(nx.dag_longest_path_length(graph))


def plain(scope: Mapping[str, Any], names: Iterable[str]) -> int:
    return sum(events(scope["States"][name]) for name in names)


def test_cleanup_of_an_account_fits_into_its_execution() -> None:
    processor = read_definition(WORKFLOW)["States"]["Clean Up Accounts"]["ItemProcessor"]
    loop = plain(processor, ["Tick", "Is Account Done", "Wait For Deletions"])
    assert loop == 9
    # Waiting a minute at most for a free function, it waits half a minute on average.
    throttling = 3 * LONGEST_DEADLINE / timedelta(seconds=30)
    assert 2 + longest(processor) + MOST_TURNS * loop + throttling < MOST_EVENTS


@pytest.mark.parametrize("deadline", ["6h1m", "24h", "0s"])
def test_deadline_has_a_maximum(deadline: str) -> None:
    with pytest.raises(ConfigError, match=r"cleanup\.deadline: must be more than 0 and at most 6h"):
        parse_config(f"cleanup: {{deadline: {deadline}}}")
    assert parse_config("cleanup: {deadline: 6h}").cleanup.deadline == LONGEST_DEADLINE


def rounds_of_waiting(seconds: int) -> int:
    waited, rounds = timedelta(), 0
    while waited < timedelta(seconds=seconds):
        waited += timedelta(seconds=wait_seconds(waited))
        rounds += 1
    return rounds


def test_run_that_waits_for_the_claim_looks_soon_at_first_and_seldom_after_hours() -> None:
    assert wait_seconds(timedelta(seconds=-5)) == wait_seconds(timedelta()) == 60
    assert wait_seconds(timedelta(hours=1)) < 600
    assert 1_800 < wait_seconds(timedelta(hours=20)) <= 3_600


def test_run_that_waits_for_a_day_fits_into_its_execution() -> None:
    machine = read_definition(WORKFLOW)
    claiming = ["Begin", "Claim Run", "Is Run Claimed", "Look At Holder", "Is Holder Alive"]
    round_of_waiting = plain(machine, [*claiming, "Wait For Holder"])
    assert round_of_waiting == 18
    waiting = rounds_of_waiting(machine["TimeoutSeconds"]) * round_of_waiting
    looking = ["Look At Announcement", "Did Announcement Succeed"]
    reading = ["Read Announcement", "Did Announcement Hold", "Note Hold"]
    once = plain(machine, [*looking, *reading, "Continue After Announcement", "Repeat collect"])
    announcing = read_definition(ANNOUNCE)["TimeoutSeconds"]
    seconds = machine["States"]["Wait For Announcement"]["Seconds"]
    under_way = announcing / seconds * plain(machine, [*looking, "Wait For Announcement"])
    total = 2 + longest(machine) + waiting + len(EVENTS) * once + under_way
    assert total < MOST_EVENTS, total


def test_announcement_fits_into_its_execution() -> None:
    machine = read_definition(ANNOUNCE)
    ways = {
        name: 2 + longest(state["ItemProcessor"], retried=False)
        for name, state in machine["States"].items()
        if state["Type"] == "Map"
    }
    assert set(ways) == {"Ask Automations", "Run Jobs"}
    # Nothing is noted while automations are awaited. Their answers are taken at the same time.
    jobs = timedelta(seconds=machine["TimeoutSeconds"]) - LONGEST_TIME_OUT
    throttling = 3 * jobs / timedelta(seconds=30)
    asking = machine["States"]["Ask Automations"]["ItemProcessor"]["States"]
    throttling += MOST_AUTOMATIONS * throttled(asking["Take Answer"])
    once = sum(longest(machine["States"][name]["ItemProcessor"]) for name in ways)
    total = 2 + longest(machine) + once + throttling
    total += MOST_AUTOMATIONS * ways["Ask Automations"] + MOST_JOBS * ways["Run Jobs"]
    assert total < MOST_OF_ANNOUNCEMENT, total


@pytest.mark.parametrize(
    ("section", "most"), [("automations", MOST_AUTOMATIONS), ("jobs", MOST_JOBS)]
)
def test_events_have_a_maximum_of_automations_and_jobs(section: str, most: int) -> None:
    rest = ', "search": "is(aws_ec2_volume)", "action": {"notify": {"event": "e"}}'
    rest = rest if section == "jobs" else ""

    def config(number: int, event: str = "post_collect") -> str:
        entries = [f'{{"name": "n{n}", "event": "{event}"{rest}}}' for n in range(number)]
        return f"{section}: [{', '.join(entries)}]"

    parse_config(config(most))
    with pytest.raises(ConfigError, match=f"{most + 1} {section} at post_collect; at most {most}"):
        parse_config(config(most + 1))


def test_other_functions_of_a_run_fit_into_the_executions_of_their_accounts() -> None:
    for state in read_definition(WORKFLOW)["States"].values():
        if state["Type"] == "Map":
            assert 2 + longest(state["ItemProcessor"]) < MOST_EVENTS
