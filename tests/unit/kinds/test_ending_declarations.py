"""What a declaration says about the end of a deletion, against botocore's models.

tests/data/reviewed has the decisions about what the models leave open: endings.yaml those below,
failure_states.yaml the states that could say that a deletion failed (tests/faults/deletion).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape
from jmespath.exceptions import JMESPathError

from ebbtide.aws.failures import is_not_found, says_gone
from ebbtide.base.errors import CallError
from ebbtide.base.paths import getter, values
from ebbtide.kinds import registry
from ebbtide.model.call import Call
from ebbtide.model.deletion import Delete, Prepare
from ebbtide.model.kind import Kind
from ebbtide_cli.shapes import follow, operation, with_pseudo
from tests.faults.deletion.service_models import describing
from tests.support.gathering import DELETABLE, EVERY, for_each
from tests.support.paths import REPOSITORY
from tests.unit.kinds.test_declarations import error_codes, read_again
from tools.yaml_files import read_yaml

REVIEWED: dict[str, Any] = read_yaml(REPOSITORY / "tests" / "data" / "reviewed" / "endings.yaml")
ERRORS = re.compile(r"error|fail(?!over)|unsuccess|unprocess|reject|invalid|warning", re.IGNORECASE)
# What a declaration has by default.
USUAL = Delete(Call("ec2", "delete_volume")).usual
# Booleans that say whether the call succeeded.
SUCCESS = re.compile(r"^(return(Code|Value)?|success)$", re.IGNORECASE)
# States that pass by themselves. `starting` and the like do not occur among those that have ended.
PASSING = re.compile(r"(ing|progress|pending)$|^draining", re.IGNORECASE)
DELETED = re.compile(r"delet|terminat|notexist", re.IGNORECASE)


def shapes(shape: Shape | None, path: str = "", above: tuple[str, ...] = ()) -> Iterator[Any]:
    """Yield every member of an answer, with its path; lists are transparent."""
    if shape is None or shape.name in above:
        return
    inside = (*above, shape.name)
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            yield f"{path}.{name}".lstrip("."), member
            yield from shapes(member, f"{path}.{name}".lstrip("."), inside)
    elif isinstance(shape, ListShape):
        yield from shapes(shape.member, path, inside)
    elif isinstance(shape, MapShape):
        yield from shapes(shape.value, path, inside)


def steps(kind: Kind) -> Iterator[Prepare | Delete]:
    assert kind.delete
    yield from kind.delete.prepare
    yield kind.delete


# Failed deletions.


@for_each(DELETABLE)
def test_paths_about_the_ending_are_in_the_description(kind: Kind) -> None:
    assert kind.delete
    form = with_pseudo(read_again(kind))
    for path in filter(None, (kind.delete.failed, kind.delete.why, *kind.unique)):
        follow(path, form)


@for_each(DELETABLE)
def test_reason_of_a_failure_belongs_to_a_failure(kind: Kind) -> None:
    assert kind.delete
    assert kind.delete.failed or not kind.delete.why
    assert "failed" not in kind.sources or kind.delete.failed


# How long a deletion usually takes.


@cache
def waiters(service: str) -> dict[str, Any]:
    loader = botocore.session.get_session().get_component("data_loader")
    if service not in loader.list_available_services("waiters-2"):
        return {}
    found: dict[str, Any] = loader.load_service_model(service, "waiters-2")["waiters"]
    return found


def after_deletion(kind: Kind) -> str:
    """Return how AWS would call a waiter for a deletion: DeleteEndpoint, EndpointDeleted."""
    assert kind.delete
    name = operation(kind.delete.call.service, kind.delete.call.operation).name
    return f"{name.removeprefix('Delete')}Deleted"


def waited(kind: Kind) -> Iterator[tuple[int, int]]:
    """Yield the delay and the longest wait, in seconds, of AWS's waiters for the deletion."""
    for name, waiter in waiters(kind.get.service).items() if kind.get else ():
        asks = operation(kind.get.service, kind.get.operation).name if kind.get else ""
        # Of a service, several resources may be asked about by one operation, but not two waiters.
        # A kind that is read from a list has the waiter that is called after its deletion.
        reads = DELETED.search(name) and waiter["operation"] == asks
        if reads or name == after_deletion(kind):
            yield waiter["delay"], waiter["delay"] * waiter["maxAttempts"]


@for_each(DELETABLE)
def test_usual_time_is_no_longer_than_the_waiter_of_aws_waits(kind: Kind) -> None:
    assert kind.delete
    for delay, longest in waited(kind):
        usual = kind.delete.usual
        assert usual == USUAL or delay <= usual <= longest, (usual, delay, longest)


@for_each(DELETABLE)
def test_usual_time_without_a_waiter_has_a_source(kind: Kind) -> None:
    assert kind.delete
    assert kind.delete.usual >= USUAL
    slow = kind.delete.usual > USUAL
    assert (slow and not list(waited(kind))) == ("usual" in kind.sources)


# What the model of a deleting operation says about a time, and why that is not the usual one.
OTHER_TIMES = {
    "aws_config_rule": "it might take an hour or more, which nothing should wait for",
    "aws_stepfunctions_state_machine": "it is about express ones; others wait for their executions",
}
# How many figures are ours, since AWS says nothing. It only goes down.
OURS = 52
A_TIME = re.compile(r"[^.]*\b(?:minutes?|hours?)\b[^.]*\.")


@for_each(DELETABLE)
def test_a_usual_time_cites_what_the_model_says_about_it(kind: Kind) -> None:
    assert kind.delete
    if kind.sources.get("usual") != "ours":
        assert kind.name not in OTHER_TIMES
        return
    text = operation(kind.delete.call.service, kind.delete.call.operation).documentation or ""
    said = [one for one in A_TIME.findall(text) if re.search("delet|take|remain", one)]
    assert bool(said) == (kind.name in OTHER_TIMES), said


def test_few_usual_times_are_ours() -> None:
    ours = [kind.name for kind in DELETABLE.kinds() if kind.sources.get("usual") == "ours"]
    assert len(ours) <= OURS


def test_there_are_waiters_to_compare_with() -> None:
    assert sum(bool(list(waited(kind))) for kind in DELETABLE.kinds()) > 20


@for_each(DELETABLE)
def test_what_aws_waits_long_for_has_a_usual_time(kind: Kind) -> None:
    """AWS looks at a slow deletion no more often than each half minute."""
    assert kind.delete
    slow = any(delay >= 30 for delay, _ in waited(kind))
    assert not slow or kind.delete.usual > USUAL or kind.name in REVIEWED["quick"]


# Answers that are successes and tell failures.


def telling(call: Call) -> list[str]:
    """Return what in the answer of a call could tell that it failed, shortest paths only."""
    shape = operation(call.service, call.operation).output_shape
    found = list[str]()
    for path, member in shapes(shape):
        last = path.rsplit(".", 1)[-1]
        tells = ERRORS.search(last) or (member.type_name == "boolean" and SUCCESS.search(last))
        if tells and not any(path.startswith(f"{above}.") for above in found):
            found.append(path)
    return sorted(found)


def test_every_answer_that_could_tell_a_failure_is_read_or_reviewed() -> None:
    found: dict[str, list[str]] = {}
    for kind in DELETABLE.kinds():
        for step in steps(kind):
            read = step.errors or ""
            left = [path for path in telling(step.call) if path.split(".")[-1] not in read]
            roots = set(re.findall(r"\w+", read))
            left = [path for path in left if path.split(".")[0] not in roots]
            if left:
                found[f"{step.call.service}.{step.call.operation}"] = left
    listed = {name: sorted(paths) for name, paths in REVIEWED["answers"].items()}
    assert listed == found


@for_each(DELETABLE)
def test_errors_in_an_answer_have_a_code_and_a_message(kind: Kind) -> None:
    for step in steps(kind):
        if step.errors is None:
            continue
        answer = filled(operation(step.call.service, step.call.operation).output_shape)
        found = values(step.errors, answer)
        assert found, step.errors
        for error in found:
            assert {"Code", "Message"} <= error.keys()
            assert error["Code"] and error["Message"]
        assert values(step.errors, {}) == []


def filled(shape: Any) -> Any:
    """Return an answer with every member, booleans false."""
    if shape.type_name == "structure":
        return {name: filled(member) for name, member in shape.members.items()}
    if shape.type_name == "list":
        return [filled(shape.member)]
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    values = {"boolean": False, "map": {}, "timestamp": moment, "integer": 1, "long": 1}
    return values.get(shape.type_name, 1.0 if shape.type_name in ("float", "double") else "text")


# What is made again under the same id.


def test_every_kind_tells_one_that_was_made_again_or_is_reviewed() -> None:
    silent = {kind.name for kind in DELETABLE.kinds() if not (kind.created or kind.unique)}
    assigned, untold = (set(REVIEWED["made_again"][name]) for name in ("assigned", "untold"))
    assert not assigned & untold
    assert assigned | untold == silent


@for_each(DELETABLE)
def test_what_differs_when_made_again_has_a_source(kind: Kind) -> None:
    assert bool(kind.unique) == ("unique" in kind.sources)
    assert not {kind.id, kind.created} & set(kind.unique)


# What has ended.


def passing_states(kind: Kind) -> Iterator[tuple[str, str]]:
    """Yield the members of a description that hold states, with each that passes by itself."""
    for call in describing(kind):
        for path, member in shapes(operation(call.service, call.operation).output_shape):
            for value in getattr(member, "enum", None) or ():
                if PASSING.search(value):
                    yield path, value


def holds(condition: str, document: Any) -> bool:
    try:
        return bool(getter(condition)(document))
    except JMESPathError:
        return False  # the condition is about another member


@for_each(EVERY)
def test_what_is_still_being_deleted_has_not_ended(kind: Kind) -> None:
    if kind.ended is None:
        return
    for path, value in passing_states(kind):
        names = path.split(".")
        for first in range(len(names)):
            document: Any = value
            for name in reversed(names[first:]):
                document = {name: document}
            assert not holds(kind.ended, document), f"{path} == {value}"


@pytest.mark.parametrize("state", ["DRAINING", "DELETING", "PENDING"])
def test_what_is_still_being_deleted_has_not_ended_where_a_state_is_a_text(state: str) -> None:
    wrong = {
        kind.name
        for kind in EVERY.kinds()
        if kind.ended
        for name in re.findall(r"\w+", re.sub(r"'[^']*'|`[^`]*`", "", kind.ended))
        if holds(kind.ended, {name: state}) and not holds(kind.ended, {name: "AVAILABLE"})
    }
    assert not wrong


# Not found.


@for_each(EVERY)
def test_not_found_of_a_describing_call_is_about_the_resource_or_what_contains_it(
    kind: Kind,
) -> None:
    known = REVIEWED["not_found"]
    for call in describing(kind) if kind.get else ():
        for code in sorted(error_codes(call)):
            error = CallError(call.service, call.operation, code, "", "1", "r")
            if is_not_found(error):
                assert says_gone(kind, error) == is_about(kind, code), (code, call.operation)
    assert set(known) <= {one.name for one in EVERY.kinds()}


def is_about(kind: Kind, code: str) -> bool:
    """Decide, by the words of the code, whether it names the resource or what contains it."""
    noun = re.sub(r"Exception$|Fault$|Error$|Exists$", "", code.rpartition(".")[2])
    noun = re.sub(r"NotFound|NoSuch|Non[Ee]xistent|DoesNotExist|^Unknown|^WAF", "", noun)
    if noun in ("", "Entity", "Resource", "Item"):
        return True
    names = [*kind.kinds, *(registry()[kind.each].kinds if kind.each else ())]
    further = REVIEWED["not_found"].get(kind.name, ())
    told = noun.lower().removeprefix("db")
    return any(told in plain(name) for name in names) or told in map(plain, further)


def plain(name: str) -> str:
    return name.replace("_", "")


@pytest.mark.parametrize(
    "code", ["InvalidVpcID.Malformed", "InvalidInstanceID.Malformed", "InvalidAMIID.Malformed"]
)
def test_a_wrongly_built_id_does_not_mean_gone(code: str) -> None:
    error = CallError("ec2", "describe", code, "", "1", "r")
    assert not is_not_found(error)
    assert not any(says_gone(kind, error) for kind in EVERY.kinds())


def test_an_address_that_something_still_holds_is_tried_again() -> None:
    delete = registry()["aws_ec2_elastic_ip"].delete
    assert delete
    assert "AuthFailure" in delete.blocked
    assert "InvalidAddress.PtrSet" in delete.refused
