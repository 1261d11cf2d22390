"""Check the state machines for mistakes that no emulator reports; `make lint` runs it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ebbtide.deployment.turns import END, NEXT
from tools.template import REPOSITORY, read_template

DEFINITIONS = REPOSITORY / "statemachine"
MAX_NAME_LENGTH = 80  # of a state: Step Functions quotas
SUBSTITUTION = re.compile(r"\$\{(\w+)\}")

_ANY = {"Type", "Comment"}
_FLOW = {"Next", "End", "InputPath", "OutputPath"}
_RESULT = {"Parameters", "ResultSelector", "ResultPath", "Retry", "Catch"}
KNOWN_FIELDS = {
    "Pass": _ANY | _FLOW | {"Parameters", "Result", "ResultPath"},
    # The emulator ignores TimeoutSecondsPath; local/emulator/time_outs.py adds it.
    "Task": _ANY | _FLOW | _RESULT | {"Resource", "TimeoutSeconds", "TimeoutSecondsPath"},
    "Choice": _ANY | {"Choices", "Default", "InputPath", "OutputPath"},
    "Wait": _ANY | _FLOW | {"Seconds", "SecondsPath"},
    "Succeed": _ANY | {"InputPath", "OutputPath"},
    "Fail": _ANY | {"Error", "Cause", "ErrorPath", "CausePath"},
    "Map": _ANY
    | _FLOW
    | (_RESULT - {"Parameters"})
    | {"ItemsPath", "ItemReader", "ItemSelector", "ItemProcessor", "MaxConcurrency", "Label"}
    | {"ToleratedFailurePercentage"},
}
# Fields that the emulator ignores or misreads, some of them without an error.
BANNED_FIELDS = {
    "Assign": "variables are ignored by the emulator in JSONPath",
    "Arguments": "belongs to JSONata",
    "Output": "belongs to JSONata",
    "QueryLanguage": "the machines are written in JSONPath",
    "ItemBatcher": "the emulator still passes single items",
    "ResultWriter": "the emulator writes nothing",
    "HeartbeatSecondsPath": "the emulator ignores it",
    "MaxConcurrencyPath": "the emulator ignores it",
}
# The states of the loop, and the events that need no function because one may have failed.
LOOP, TURNS, HOOKED = "Announce Events", "Next Turn", "Ask Hooks"
COUNTING = "Count Skip"  # starts an execution that only counts
PUT_DIRECTLY = ("workflow_failed", "workflow_skipped")


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake and its location."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def read_definition(path: Path, values: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Parse a definition, with `values` for its placeholders.

    An unquoted placeholder stands for a number, so it is replaced by 1 to make the text valid JSON.
    """
    text = path.read_text()
    text = re.sub(r'(": )\$\{\w+\}', r"\g<1>1", text)
    for name, value in (values or {}).items():
        text = text.replace(f"${{{name}}}", value)
    definition: dict[str, Any] = json.loads(text)
    return definition


def check_definition(name: str, definition: Mapping[str, Any]) -> list[Problem]:
    """Return the problems that are visible in one definition alone."""
    problems = [*_check_scope(name, definition)]
    names = [state for scope in _scopes(definition) for state in scope["States"]]
    problems += [
        Problem(name, f"two states are called {state!r}")
        for state in sorted({state for state in names if names.count(state) > 1})
    ]
    return problems


def check_substitutions(name: str, text: str, given: Mapping[str, Any]) -> list[Problem]:
    """Compare the placeholders of a definition with the template's substitutions."""
    used = set(SUBSTITUTION.findall(text))
    return [
        *(Problem(name, f"${{{one}}} is not substituted") for one in sorted(used - set(given))),
        *(Problem(name, f"{one} is never used") for one in sorted(set(given) - used)),
    ]


def check_loop(name: str, definition: Mapping[str, Any]) -> list[Problem]:
    """Check that the machine of a run is a loop over its turns.

    One state goes to the work of each turn, one asks the hooks of any event, all others come back,
    and each event that the machine puts on the bus itself has a state that is named after it.
    """
    states = dict(_states(definition))
    return [*_check_turns(name, states), *_check_hooks(name, states), *_check_put(name, states)]


def _check_turns(name: str, states: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    choices = states.get(TURNS, {}).get("Choices", ())
    found = [str(one.get("StringEquals")) for one in choices]
    if sorted(found) != sorted(NEXT):
        wrong = sorted({*NEXT} ^ {*found}) or [one for one in found if found.count(one) > 1]
        yield Problem(f"{name}: {TURNS}", f"turns missing, unknown or twice: {wrong}")
    for choice in choices:
        returns = LOOP in _reached_from(choice["Next"], states)
        if returns == (choice.get("StringEquals") == END):
            yield Problem(f"{name}: {choice['Next']}", f"must lead back to {LOOP}, but not the end")


def _reached_from(start: str, states: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Return the states that follow one, up to the next turn."""
    reached, waiting = set[str](), [start]
    while waiting:
        state = waiting.pop()
        if state not in reached:
            reached.add(state)
            waiting += () if state == LOOP else _targets(states.get(state, {}))
    return reached


def _check_hooks(name: str, states: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    asking = {
        state: body["Parameters"]
        for state, body in states.items()
        if "states:startExecution" in body.get("Resource", "") and state != COUNTING
    }
    if list(asking) != [HOOKED]:
        yield Problem(name, f"only {HOOKED} may start an execution, not {sorted(asking)}")
    for state, given in asking.items():
        announced = given.get("Input", {})
        if not re.search(r"\$\.turn\.event, \$\.run\.hash", str(given.get("Name.$"))):
            yield Problem(f"{name}: {state}", "Name does not consist of the event and the run")
        for field in ("event", "automations", "jobs", "detail"):
            if announced.get(f"{field}.$") != f"$.turn.{field}":
                yield Problem(f"{name}: {state}", f"{field} is not that of the turn")


def _check_put(name: str, states: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    found = []
    for state, body in states.items():
        if not body.get("Resource", "").endswith("events:putEvents"):
            continue
        (entry,) = body["Parameters"]["Entries"]
        event = entry.get("DetailType")
        found.append(event)
        if entry.get("Detail", {}).get("event") != event:
            yield Problem(f"{name}: {state}", "DetailType and Detail.event differ")
        if state != f"Announce {event}":
            yield Problem(f"{name}: {state}", f"announces {event}")
    if sorted(map(str, found)) != sorted(PUT_DIRECTLY):
        yield Problem(
            name, f"must put {sorted(PUT_DIRECTLY)} itself, not {sorted(map(str, found))}"
        )


def _scopes(definition: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield definition
    for state in definition["States"].values():
        if "ItemProcessor" in state:
            yield from _scopes(state["ItemProcessor"])


def _states(definition: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for scope in _scopes(definition):
        yield from scope["States"].items()


def _check_scope(where: str, scope: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the problems of one level of states: the machine, or the item processor of a Map."""
    states = scope["States"]
    edges = {name: list(_targets(state)) for name, state in states.items()}
    for name, targets in edges.items():
        for target in targets:
            if target not in states:
                yield Problem(f"{where}: {name}", f"goes to {target!r}, which does not exist")
    yield from _check_reached(where, scope.get("StartAt", ""), edges)
    for name, state in states.items():
        yield from _check_state(f"{where}: {name}", name, state)
        if "ItemProcessor" in state:
            yield from _check_scope(f"{where}: {name}", state["ItemProcessor"])


def _check_reached(where: str, start: str, edges: Mapping[str, list[str]]) -> Iterator[Problem]:
    reached, waiting = set(), [start]
    while waiting:
        name = waiting.pop()
        if name in edges and name not in reached:
            reached.add(name)
            waiting += edges[name]
    if start not in edges:
        yield Problem(where, f"StartAt {start!r} does not exist")
    for name in sorted(edges.keys() - reached):
        yield Problem(f"{where}: {name}", "is never reached")


def _targets(state: Mapping[str, Any]) -> Iterator[str]:
    for holder in (state, *state.get("Choices", ()), *state.get("Catch", ())):
        yield from (holder[field] for field in ("Next", "Default") if field in holder)


def _check_state(where: str, name: str, state: Mapping[str, Any]) -> Iterator[Problem]:
    kind = state.get("Type", "")
    if kind not in KNOWN_FIELDS:
        yield Problem(where, f"type {kind!r} is not used here")
        return
    if len(name) > MAX_NAME_LENGTH:
        yield Problem(where, "the name is longer than 80 characters")
    for field in state:
        if reason := BANNED_FIELDS.get(field):
            yield Problem(where, f"{field} is banned: {reason}")
        elif field not in KNOWN_FIELDS[kind]:
            yield Problem(where, f"{field} is not a field of {kind}")
    if kind in ("Pass", "Task", "Wait", "Map") and ("Next" in state) == ("End" in state):
        yield Problem(where, "needs either Next or End")
    if "{%" in json.dumps({**state, "ItemProcessor": None}):
        yield Problem(where, "contains a JSONata expression")
    if kind == "Choice" and "Default" not in state:
        yield Problem(where, "has no Default, so an unexpected value ends the run without an event")
    if kind == "Task":
        yield from _check_task(where, state)
    if kind == "Map":
        yield from _check_map(where, state)


def _check_task(where: str, state: Mapping[str, Any]) -> Iterator[Problem]:
    resource = state.get("Resource", "")
    if not state.get("Retry"):
        yield Problem(where, "has no Retry")
    yield from _check_time_out(where, state)
    yield from _check_catch(where, state)
    if "aws-sdk:s3" in resource:
        yield Problem(where, "uses the aws-sdk integration of S3, which the emulator lacks")
    starts = "states:startExecution" in resource
    if starts and not state.get("Parameters", {}).keys() & {"Name", "Name.$"}:
        yield Problem(where, "starts an execution without a Name, so a retry would start another")
    if starts and _retries_everything(state):
        yield Problem(where, "retries a failed child, whose name is taken")


def _check_time_out(where: str, state: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with the time-out; only a task that waits for a token has a path."""
    path = state.get("TimeoutSecondsPath")
    if path is None:
        if not isinstance(state.get("TimeoutSeconds"), int):
            yield Problem(where, "has no literal TimeoutSeconds")
    elif "TimeoutSeconds" in state:
        yield Problem(where, "has both TimeoutSeconds and TimeoutSecondsPath")
    elif not state.get("Resource", "").endswith(".waitForTaskToken"):
        yield Problem(where, "has a TimeoutSecondsPath, but waits for no task token")


def _retries_everything(state: Mapping[str, Any]) -> bool:
    broad = {"States.ALL", "States.TaskFailed", "States.Timeout"}
    return any(broad & set(retry["ErrorEquals"]) for retry in state.get("Retry", ()))


def _check_catch(where: str, state: Mapping[str, Any]) -> Iterator[Problem]:
    catches = state.get("Catch", ())
    if not catches or catches[-1]["ErrorEquals"] != ["States.ALL"]:
        yield Problem(where, "has no Catch that ends with States.ALL")


def _check_map(where: str, state: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _check_catch(where, state)
    if not isinstance(state.get("MaxConcurrency"), int):
        yield Problem(where, "has no literal MaxConcurrency")
    processor = state.get("ItemProcessor", {})
    mode = processor.get("ProcessorConfig", {}).get("Mode")
    if mode == "DISTRIBUTED" and "ItemReader" not in state:
        yield Problem(where, "is distributed without an ItemReader")
    if mode == "DISTRIBUTED" and state.get("ResultPath", "") is not None:
        yield Problem(where, "keeps its children's results, which grow with the estate")
    if mode not in ("DISTRIBUTED", "INLINE"):
        yield Problem(where, "has no processor mode")


def check_repository() -> list[Problem]:
    """Check both definitions against each other and against the template."""
    resources = read_template()["Resources"].values()
    machines = {
        one["Properties"]["DefinitionUri"]: one["Properties"]["DefinitionSubstitutions"]
        for one in resources
        if one["Type"] == "AWS::Serverless::StateMachine"
    }
    problems = []
    for path in sorted(DEFINITIONS.glob("*.asl.json")):
        given = machines.pop(f"statemachine/{path.name}", None)
        if given is None:
            problems.append(Problem(path.name, "is not in template.yaml"))
        definition = read_definition(path)
        problems += check_definition(path.name, definition)
        problems += check_substitutions(path.name, path.read_text(), given or {})
        if path.name == "collect_and_cleanup.asl.json":
            problems += check_loop(path.name, definition)
    return problems + [Problem(uri, "does not exist") for uri in machines]


def main() -> int:
    """Print every problem; return 1 if there are any."""
    problems = check_repository()
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
