"""What may become of the deletion of one resource, and the ending that is right then.

Each check runs the cleanup of one resource of a kind. `applies` says which kinds it is about.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import yaml
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from ebbtide.aws.failures import is_throttling
from ebbtide.base.paths import getter, values
from ebbtide.kinds import registry
from ebbtide.model.call import Call
from ebbtide.model.deletion import Delete, Prepare
from ebbtide.model.kind import Kind
from ebbtide_cli.shapes import operation
from tests.endings.running import Ended, clean_up
from tests.endings.world import Gone, World, accepted, refused, ways_to_be_gone
from tests.support.paths import REPOSITORY
from tests.support.scripted_aws import Document
from tests.unit.kinds.test_declarations import (
    error_codes,
    listed_error_codes,
    unmodelled_error_codes,
)
from tests.unit.kinds.test_ending_declarations import REVIEWED, filled, is_about, steps
from tests.unit.kinds.test_recorded_answers import stored

NOT_FOUND = re.compile(r"NotFound|NoSuch|Non[Ee]xistent|DoesNotExist|UnknownResource")
DENIED = re.compile(r"^(AccessDenied\w*|UnauthorizedOperation)$")
# AWS explains a state in members of these names.
EXPLAINING = re.compile(r"reason|message|error|details", re.IGNORECASE)
TOLD = "the reason that AWS gives"
POLICY = "User: x is not authorized to perform: y with an explicit deny in a service control policy"
URL = "https://aws.invalid/"
FAILURE_STATES: dict[str, Any] = yaml.safe_load(
    (REPOSITORY / "tests" / "data" / "reviewed" / "failure_states.yaml").read_text()
)
# The kinds that have a state that means a failed deletion, by the models.
FAILED = frozenset(
    name
    for name, paths in FAILURE_STATES.items()
    if any("failed" in entry for entry in paths.values())
)
# What the ledger calls the answers to preparing calls.
PREPARED = ("calls_of_prepared", "not_prepared")
# Longer than any deletion takes.
FOR_EVER = 10**6


@dataclass(frozen=True)
class Scenario:
    """A check of one kind, and the kinds to which it applies."""

    check: Callable[[Kind], None]
    applies: Callable[[Kind], bool] = lambda _: True


@cache
def gone_ways(name: str) -> dict[str, Gone]:
    kind = registry()[name]
    assert kind.get
    codes = [code for code in error_codes(kind.get) if NOT_FOUND.search(code)]
    return ways_to_be_gone(kind, sorted(code for code in codes if is_about(kind, code)))


def world(kind: Kind, **rest: Any) -> World:
    rest.setdefault("gone", next(iter(gone_ways(kind.name).values())))
    return World(kind, **rest)


def expect(done: Ended, status: str, *words: str) -> None:
    assert done.status == status, (done.status, done.reason)
    for word in words:
        assert word in done.reason, (word, done.reason)


def calls_once(kind: Kind) -> bool:
    """Return whether the deleting call is no preparing call as well."""
    assert kind.delete
    return all(step.call.operation != kind.delete.call.operation for step in kind.delete.prepare)


# AWS deletes it.


def accepted_then_gone(kind: Kind) -> None:
    assert gone_ways(kind.name), "no answer says that it is gone"
    for name, way in gone_ways(kind.name).items():
        cloud = world(kind, gone=way)
        expect(clean_up(cloud), "gone", "confirmed")
        assert cloud.deleted == 1 or not calls_once(kind), name


def not_ended_by_the_next_run(kind: Kind) -> None:
    cloud = world(kind, lingers=FOR_EVER)
    done = clean_up(cloud)
    expect(done, "pending")
    assert kind.delete
    assert done.seconds <= kind.delete.usual + 60
    assert cloud.deleted == 1 or not calls_once(kind)


def gone_before_it_begins(kind: Kind) -> None:
    cloud = world(kind, vanishes=True)
    expect(clean_up(cloud), "gone")
    assert not cloud.changes


# AWS fails it.


def failing(cloud: World) -> Document:
    cloud.failing = True
    found = accepted(cloud)
    cloud.going = False
    return found


def failed_states(kind: Kind) -> dict[str, list[str]]:
    """Return what means a failed deletion, by the models: state -> paths in answers."""
    found: dict[str, list[str]] = {}
    for path, entry in FAILURE_STATES[kind.name].items():
        for text in entry.get("failed", ()):
            # Where the states are a sentence, those of failures are among its words.
            for state in [text] if " " not in text else re.findall(r"\w*FAIL\w*", text):
                found.setdefault(state, []).append(path)
    return found


def put(value: Any, names: list[str], wanted: Any) -> None:
    """Set what an answer has at a path, in each entry of its lists."""
    if isinstance(value, list):
        for entry in value:
            put(entry, names, wanted)
    elif len(names) == 1:
        value[names[0]] = wanted
    elif names[0] in value:
        put(value[names[0]], names[1:], wanted)


def explain(shape: Any, value: Document, depth: int = 4) -> bool:
    """Let all members that explain a state say the same; return whether there are any."""
    told = False
    for name, member in shape.members.items():
        many = member.type_name == "list"
        one = member.member if many else member
        if one.type_name == "string" and EXPLAINING.search(name) and not one.enum:
            value[name], told = [TOLD] if many else TOLD, True
        elif one.type_name == "structure" and depth and name != "failures":
            inner: Any = value.get(name) or ([{}] if many else {})
            entries: list[Document] = inner if many else [inner]
            # Not any(), which would stop at the first.
            if sum(explain(one, entry, depth - 1) for entry in entries):
                value[name], told = inner, True
    return told


def in_state(state: str, paths: list[str]) -> Callable[[World, Call, Document], None]:
    def describe(cloud: World, call: Call, answer: Document) -> None:
        shape = operation(call.service, call.operation).output_shape
        names = [path.split(".") for path in paths if path.split(".")[0] in shape.members]
        if cloud.failing and cloud.there and names:
            explain(shape, answer)
            for one in names:
                put(answer, one, state)

    return describe


def accepted_then_failed(kind: Kind) -> None:
    assert kind.delete
    for state, paths in failed_states(kind).items():
        cloud = world(kind, on_delete=[failing], described=in_state(state, paths))
        done = clean_up(cloud)
        expect(done, "failed", "AWS failed the deletion", TOLD if kind.delete.why else state)
        assert cloud.deleted == 1
        assert done.seconds <= 120


def failed_before_and_then_gone(kind: Kind) -> None:
    for state, paths in failed_states(kind).items():
        cloud = world(kind, failing=True, lingers=2, described=in_state(state, paths))
        expect(clean_up(cloud), "gone")


# AWS refuses it.


def known_codes(kind: Kind) -> set[str]:
    assert kind.delete
    call = kind.delete.call
    known = error_codes(call) | listed_error_codes(call.service)
    return known | unmodelled_error_codes(kind)


def refusals(kind: Kind) -> list[str]:
    """Return the codes by which AWS protects the resource, and that AWS is known to answer."""
    assert kind.delete
    return sorted(known_codes(kind) & {*kind.delete.refused})


def refused_by_aws(kind: Kind) -> None:
    for code in refusals(kind):
        cloud = world(kind, on_delete=[refused(code, "it is protected")])
        expect(clean_up(cloud), "skipped", code, "it is protected")
        assert cloud.there
        assert cloud.deleted == 1


def blocks(kind: Kind) -> list[str]:
    assert kind.delete
    return sorted(known_codes(kind) & {*kind.delete.blocked})


def blocked_by_something_else(kind: Kind) -> None:
    """Nothing of the plan is in the way, so waiting cannot help."""
    assert kind.delete
    for code in blocks(kind):
        cloud = world(kind, on_delete=[refused(code, "in use")])
        done = clean_up(cloud)
        expect(done, "failed", code)
        assert done.seconds <= (kind.delete.usual if kind.delete.prepare else 0) + 60


def blocked_for_a_moment(kind: Kind) -> None:
    """Its own preparation takes a while to be seen everywhere."""
    code = blocks(kind)[0]
    cloud = world(kind, on_delete=[refused(code), accepted])
    done = clean_up(cloud)
    if any(one["event"] in PREPARED and one["calls"] for one in done.ledger):
        expect(done, "gone")
    else:
        expect(done, "failed", code)


def protected(kind: Kind) -> None:
    cases = stored(kind.name)["never_delete"]
    for state, case in zip(kind.never_delete, cases, strict=True):
        cloud = world(kind, overlay=case)
        expect(clean_up(cloud), "skipped", state.why)
        assert not cloud.changes


def denial(kind: Kind) -> str:
    assert kind.delete
    call = kind.delete.call
    modelled = sorted(code for code in error_codes(call) if DENIED.search(code))
    usual = "UnauthorizedOperation" if call.service == "ec2" else "AccessDeniedException"
    return modelled[0] if modelled else usual


def denied(kind: Kind) -> None:
    cloud = world(kind, on_delete=[refused(denial(kind), "not authorized", 403)])
    expect(clean_up(cloud), "failed", "lacks a permission", "not authorized")
    assert cloud.deleted == 1


def denied_by_the_organization(kind: Kind) -> None:
    cloud = world(kind, on_delete=[refused(denial(kind), POLICY, 403)])
    expect(clean_up(cloud), "failed", "service control policy of the organization")


def refused_with_an_unknown_code(kind: Kind) -> None:
    cloud = world(kind, on_delete=[refused("UnheardOf", "something odd")])
    expect(clean_up(cloud), "failed", "UnheardOf", "something odd")
    assert cloud.deleted == 1


# An error says too little.


def not_found_but_there(kind: Kind) -> None:
    """Codes of the deleting call that mean something else, or that are wrong."""
    known = {code for code in known_codes(kind) if NOT_FOUND.search(code)}
    others = {code for code in known if not is_about(kind, code)}
    for code in sorted({"InvalidOtherThing.NotFound", *others} - {*blocks(kind), *refusals(kind)}):
        cloud = world(kind, on_delete=[refused(code)])
        done = clean_up(cloud)
        expect(done, "failed", code)
        assert done.seconds <= 180


def not_found_and_gone(kind: Kind) -> None:
    """Somebody else deletes it a moment before."""

    def late(cloud: World) -> Document:
        cloud.there = False
        return refused("ResourceNotFoundException")(cloud)

    expect(clean_up(world(kind, on_delete=[late])), "gone")


def prepared_in_vain(kind: Kind) -> None:
    cloud = world(kind, on_prepare=[refused("InvalidOtherThing.NotFound")])
    done = clean_up(cloud)
    if cloud.changes and cloud.changes[0] != cloud.delete.operation:
        expect(done, "failed", "InvalidOtherThing.NotFound")
        assert not cloud.deleted


def awaited(kind: Kind) -> list[Document]:
    """Return how it looks before, during and after each preparation that takes a while."""
    found: list[Document] = stored(kind.name).get("awaited", [])
    return found


def prepared_after_a_while(kind: Kind) -> None:
    for states in awaited(kind):

        def begin(cloud: World, states: Document = states) -> Document:
            # It looks as during its preparation for as many readings, then as after it.
            cloud.overlay = states.get("during") or states["before"]
            cloud.later = states["after"]
            return {}

        cloud = world(kind, planned=states["before"], on_prepare=[begin])
        expect(clean_up(cloud), "gone")
        assert cloud.deleted == 1
        assert cloud.changes[-1] != cloud.changes[0]


def prepared_in_the_next_run(kind: Kind) -> None:
    """A preparation that takes effect only after this run is no failure, and nothing is deleted."""
    for states in awaited(kind):

        def begin(cloud: World, states: Document = states) -> Document:
            cloud.overlay = states.get("during") or states["before"]
            return {}

        cloud = world(kind, planned=states["before"], on_prepare=[begin])
        expect(clean_up(cloud), "skipped", "has not finished its preparation")
        assert not cloud.deleted


def lose(_: World) -> Document:
    raise ReadTimeoutError(endpoint_url=URL)


def carried_out_and_lost(error: Exception) -> Callable[[World], Document]:
    def act(cloud: World) -> Document:
        accepted(cloud)
        raise error

    return act


def lost_answer(kind: Kind) -> None:
    for error in (
        ReadTimeoutError(endpoint_url=URL),
        EndpointConnectionError(endpoint_url=URL),
    ):
        cloud = world(kind, lingers=0, on_delete=[carried_out_and_lost(error)])
        expect(clean_up(cloud), "gone")
        assert cloud.deleted == 1 or not calls_once(kind)


def lost_request(kind: Kind) -> None:
    for failure in (lose, refused("InternalError", "later", 500)):
        cloud = world(kind, on_delete=[failure, accepted])
        expect(clean_up(cloud), "gone")
        assert cloud.deleted == 2 or not calls_once(kind)


def throttled(kind: Kind) -> None:
    codes = sorted(code for code in known_codes(kind) if is_throttling(code))
    for code in codes or ["ThrottlingException"]:
        cloud = world(kind, on_delete=[refused(code, "slowly"), accepted])
        expect(clean_up(cloud), "gone")


# A success tells a failure.


def tells(kind: Kind) -> bool:
    return any(step.errors for step in made(kind))


def made(kind: Kind) -> list[Prepare | Delete]:
    """Return the steps that the cleanup takes without being asked for more."""
    return [step for step in steps(kind) if isinstance(step, Delete) or not step.asks]


def success_that_tells_a_failure(kind: Kind) -> None:
    for step in made(kind):
        if not step.errors:
            continue
        answer = filled(operation(step.call.service, step.call.operation).output_shape)
        (code,) = {str(error["Code"]) for error in values(step.errors, answer)}
        script = [lambda _, answer=answer: answer]
        before = next(iter(awaited(kind)), {}).get("before", {})
        cloud = world(
            kind,
            planned=before if step is not kind.delete else {},
            **{"on_delete" if step is kind.delete else "on_prepare": script},
        )
        expect(clean_up(cloud), "failed", code)
        assert cloud.there


# Somebody makes it again.


def moved(value: Any) -> Any:
    """Return the next day, in the form of a time."""
    if isinstance(value, datetime):
        return value + timedelta(days=1)
    if isinstance(value, str) and not value.isdigit():
        return (datetime.fromisoformat(value) + timedelta(days=1)).isoformat()
    day = 86_400 * (1000 if int(value) > 10**11 else 1)
    return type(value)(int(value) + day)


def with_another(item: Any, path: str, value: Callable[[Any], Any]) -> dict[str, Any]:
    """Return the top-level member of an item with another value at a path that it has."""
    path = next(one for one in path.split(" || ") if getter(one)(item) is not None)
    first, *rest = path.split(".")
    if first.endswith("[0]"):
        first = first.removesuffix("[0]")
        one, *others = item[first]
        return {first: [{**one, **with_another(one, ".".join(rest), value)}, *others]}
    if not rest:
        return {first: value(item[first])}
    return {first: {**item[first], **with_another(item[first], ".".join(rest), value)}}


def made_again(kind: Kind) -> None:
    paths = [(path, lambda _: "another") for path in kind.unique]
    if kind.created and kind.name not in REVIEWED["made_again"]["moves"]:
        paths.append((kind.created, moved))
    for path, value in paths:

        def again(cloud: World, path: str = path, value: Any = value) -> Document:
            cloud.overlay = with_another(cloud.item, path, value)
            found = accepted(cloud)
            cloud.going = False
            return found

        cloud = world(kind, on_delete=[again])
        expect(clean_up(cloud), "gone", "was made again")
        assert cloud.there
        assert cloud.deleted == 1 or not calls_once(kind)


def same_with_another_time(kind: Kind) -> None:
    """Its time of creation moves while it lives, so that it proves nothing."""

    def touched(cloud: World) -> Document:
        cloud.overlay = with_another(cloud.item, kind.created or "", moved)
        found = accepted(cloud)
        cloud.going = False
        return found

    expect(clean_up(world(kind, on_delete=[touched])), "pending")


def moves(kind: Kind) -> bool:
    return kind.name in REVIEWED["made_again"]["moves"] and calls_once(kind)


def can_be_told(kind: Kind) -> bool:
    listed = kind.name in REVIEWED["made_again"]["moves"]
    return bool(kind.unique or (kind.created and not listed))


SCENARIOS = {
    scenario.check.__name__: scenario
    for scenario in (
        Scenario(accepted_then_gone),
        Scenario(not_ended_by_the_next_run),
        Scenario(gone_before_it_begins),
        Scenario(accepted_then_failed, lambda kind: kind.name in FAILED),
        Scenario(failed_before_and_then_gone, lambda kind: kind.name in FAILED),
        Scenario(refused_by_aws, lambda kind: bool(refusals(kind))),
        Scenario(blocked_by_something_else, lambda kind: bool(blocks(kind))),
        Scenario(blocked_for_a_moment, lambda kind: bool(blocks(kind))),
        Scenario(protected, lambda kind: bool(kind.never_delete)),
        Scenario(denied),
        Scenario(denied_by_the_organization),
        Scenario(refused_with_an_unknown_code),
        Scenario(not_found_but_there),
        Scenario(not_found_and_gone),
        Scenario(prepared_in_vain, lambda kind: bool(kind.delete and kind.delete.prepare)),
        Scenario(prepared_after_a_while, lambda kind: bool(awaited(kind))),
        Scenario(prepared_in_the_next_run, lambda kind: bool(awaited(kind))),
        Scenario(lost_answer),
        Scenario(lost_request),
        Scenario(throttled),
        Scenario(success_that_tells_a_failure, tells),
        Scenario(made_again, can_be_told),
        Scenario(same_with_another_time, moves),
    )
}
