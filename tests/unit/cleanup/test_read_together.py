"""Reading many together brings exactly what reading each brings, or nothing."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebbtide.cleanup import read_together
from ebbtide.cleanup.read_again import Description, Reader
from ebbtide.cleanup.read_together import can_be_read_together
from ebbtide.collect.to_resource import Place, build_resource
from ebbtide.kinds import registry
from ebbtide.model.ids_at_once import ids_argument, most_at_once
from ebbtide.model.kind import Kind
from ebbtide.model.resource import GLOBAL, Subject
from ebbtide_cli.shapes import operation
from tests.endings.world import with_times
from tests.support.gathering import Group, for_each
from tests.support.scripted_aws import Direct, Document, Scripted, refusal
from tests.unit.kinds.test_recorded_answers import ACCOUNT, REGION, list_documents, record

TOGETHER = Group(lambda kind: bool(kind.get) and can_be_read_together(kind))
VOLUME, ROLE, ALB = "aws_ec2_volume", "aws_iam_role", "aws_alb"
NAMES = ("", "-2", "-3")


def put(value: Any, old: str, new: str) -> Any:
    """Return a document with another text instead of one, wherever that stands."""
    if isinstance(value, dict):
        return {name: put(one, old, new) for name, one in value.items()}
    if isinstance(value, list):
        return [put(one, old, new) for one in value]
    return re.sub(rf"{re.escape(old)}(?!-\d)", new, value) if isinstance(value, str) else value


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from texts(one)
    elif isinstance(value, str):
        yield value


def merged(answers: list[Document]) -> Document:
    """Return one answer with the entries of the lists of all."""
    found: Document = {}
    for answer in answers:
        for name, value in answer.items():
            found[name] = found.get(name, []) + value if isinstance(value, list) else value
    return found


@dataclass
class Recorded:
    """A cloud with three copies of the recorded resource of a kind, each with an id of its own.

    `missing` are copies that are not there. `before` may raise for a call and the copies it names.
    """

    kind: Kind
    missing: frozenset[str] = frozenset()
    before: Callable[[str, list[str]], None] = lambda _operation, _copies: None
    made: list[tuple[str, list[str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        place = Place(ACCOUNT, GLOBAL if self.kind.scope == "global" else REGION, "aws")
        self.place = place
        listed = list_documents(self.kind)[0]
        first = build_resource(self.kind, listed, place).subject
        assert self.kind.get
        by_name = "{name}" in list(texts(dict(self.kind.get.args)))
        # What calls name.
        self.ids = (first.id, first.name) if by_name else (first.id,)
        self.subjects = [self._subject(listed, name) for name in NAMES]

    def _subject(self, listed: Document, name: str) -> Subject:
        return build_resource(self.kind, self._copied(listed, name), self.place).subject

    def _copied(self, value: Any, name: str) -> Any:
        for id in self.ids:
            value = put(value, id, f"{id}{name}")
        return value

    def copies(self, arguments: Document) -> list[str]:
        """Return the copies that the arguments of a call name."""
        said = list(texts(arguments))
        ends = {
            match[1] or ""
            for id in self.ids
            for text in said
            for match in re.finditer(rf"{re.escape(id)}(-\d)?", text)
        }
        return [name for name in NAMES if name in ends]

    def answer(self, service: str, name: str, arguments: Document) -> Document:
        named = self.copies(arguments)
        self.made.append((name, named))
        self.before(name, named)
        is_get = self.kind.get is not None and name == self.kind.get.operation
        there = [one for one in named or NAMES if one not in self.missing]
        if is_get and service == "ec2" and len(there) < len(named):
            raise refusal("InvalidId.NotFound", "One of them does not exist.")
        answers = [self._recorded(service, name, arguments, one) for one in there]
        if is_get and not answers:
            empty = self._recorded(service, name, arguments, "")
            return {key: [] for key, value in empty.items() if isinstance(value, list)}
        return merged(answers)

    def _recorded(self, service: str, name: str, arguments: Document, one: str) -> Document:
        original = copy.deepcopy(arguments)
        for id in self.ids:
            for other in NAMES[1:]:
                original = put_back(original, f"{id}{other}", id)
        for entry in record(self.kind.name):
            if (entry["service"], entry["operation"]) != (service, name):
                continue
            if all(
                _is_same(original.get(key), value) for key, value in entry.get("args", {}).items()
            ):
                shape = operation_shape(service, name)
                found: Document = with_times(shape, self._copied(entry["answer"], one))
                return found
        raise LookupError(f"no answer is recorded for {service}.{name} {original}")

    def reader(self) -> Reader:
        session: Any = Scripted(ACCOUNT, self.answer)
        return Reader(session, Direct())

    def read(self, subject: Subject) -> Description | None:
        return self.reader().read(subject)

    def together(self) -> dict[str, Description | None]:
        """Return what reading all copies together brings."""
        reader = self.reader()
        items = reader.together(self.subjects)
        return {
            one.graph_id: reader.read(one, item=items[one.graph_id])
            for one in self.subjects
            if one.graph_id in items
        }


def put_back(value: Any, old: str, new: str) -> Any:
    if isinstance(value, dict):
        return {name: put_back(one, old, new) for name, one in value.items()}
    if isinstance(value, list):
        return [put_back(one, old, new) for one in value]
    return value.replace(old, new) if isinstance(value, str) else value


def _is_same(given: Any, wanted: Any) -> bool:
    """Compare an argument with the recorded one; a batch names the same resource several times."""
    if isinstance(given, list) and isinstance(wanted, list):
        return [one for one in given if one in wanted][:1] == wanted[:1]
    return bool(given == wanted)


def operation_shape(service: str, name: str) -> Any:
    return operation(service, name).output_shape


def details_of(kind: Kind) -> set[str]:
    return {detail.call.operation for detail in kind.read_details}


@for_each(TOGETHER)
def test_reading_together_brings_what_reading_each_brings(kind: Kind) -> None:
    cloud = Recorded(kind)
    found = cloud.together()
    assert kind.get
    described = [named for name, named in cloud.made if name == kind.get.operation]
    alone = {one.graph_id: cloud.read(one) for one in cloud.subjects}
    assert set(found) == set(alone)
    if kind.get_together is None:
        assert described == [list(NAMES)]
        assert found == alone
    else:
        # The list tells more of the same: documents of policies beside their names.
        for name, one in found.items():
            single = alone[name]
            assert one is not None and single is not None
            assert one.item.keys() >= single.item.keys()
            assert not details_of(kind) & {made for made, _ in cloud.made[: len(NAMES) + 1]}
            for detail in kind.read_details:
                ours, theirs = one.item[detail.into], single.item[detail.into]
                assert [
                    entry.items() <= full.items() for entry, full in zip(theirs, ours, strict=True)
                ]


@for_each(TOGETHER)
def test_what_an_answer_lacks_is_read_by_itself(kind: Kind) -> None:
    cloud = Recorded(kind, missing=frozenset({"-2"}))
    found = cloud.together()
    one, gone, other = cloud.subjects
    assert gone.graph_id not in found
    # Where one that is missing fails the whole call, the others are read by themselves, too.
    assert set(found) <= {one.graph_id, other.graph_id}
    assert cloud.read(one) is not None


@for_each(TOGETHER)
def test_an_error_of_the_call_brings_nothing(kind: Kind) -> None:
    def fail(_name: str, named: list[str]) -> None:
        if len(named) != 1:
            raise refusal("InternalError", "no", 500)

    cloud = Recorded(kind, before=fail)
    assert cloud.together() == {}


@for_each(Group(lambda kind: TOGETHER.belongs(kind) and bool(kind.read_details)))
def test_an_error_about_one_leaves_the_others(kind: Kind) -> None:
    """What one resource refuses is its own; it is read by itself, and tells the error then."""
    per_resource = [detail for detail in kind.read_details if not (detail.batch or detail.once)]

    def refuse(name: str, named: list[str]) -> None:
        if named == ["-2"] and name in {detail.call.operation for detail in per_resource}:
            raise refusal("AccessDenied", "not for you")

    cloud = Recorded(kind, before=refuse)
    made = Recorded(kind)
    made.read(made.subjects[1])
    named = {name for name, copies in made.made if copies == ["-2"]}
    asked = named & {one.call.operation for one in per_resource}
    found = cloud.together()
    one, refused, other = cloud.subjects
    left = {one.graph_id, other.graph_id}
    if kind.get_together is not None or not asked:
        left.add(refused.graph_id)
    assert set(found) == left


def test_an_answer_with_something_else_brings_only_what_was_asked_for() -> None:
    cloud = Recorded(registry()[VOLUME])
    cloud.subjects = cloud.subjects[:2]
    answer = cloud.answer

    def more(service: str, name: str, arguments: Document) -> Document:
        found = answer(service, name, arguments)
        others = cloud._recorded(service, name, arguments, "-3")["Volumes"]
        return {"Volumes": [*others, *found["Volumes"], *others]}

    session: Any = Scripted(ACCOUNT, more)
    items = Reader(session, Direct()).together(cloud.subjects)
    assert set(items) == {one.graph_id for one in cloud.subjects}


def test_one_resource_is_not_read_together() -> None:
    cloud = Recorded(registry()[VOLUME])
    assert cloud.reader().together(cloud.subjects[:1]) == {}
    assert not cloud.made


def test_a_call_names_no_more_than_aws_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_together, "most_at_once", lambda _: 2)
    cloud = Recorded(registry()[ALB])
    assert len(cloud.together()) == 3
    batches = [named for name, named in cloud.made if name == "describe_load_balancers"]
    assert batches == [["", "-2"], ["-3"]]


def test_a_list_that_lacks_a_detail_is_no_replacement_for_it() -> None:
    cloud = Recorded(registry()[ROLE])

    def short(service: str, name: str, arguments: Document) -> Document:
        found = cloud.answer(service, name, arguments)
        for role in found.get("RoleDetailList", ()):
            role.pop("InstanceProfileList", None)
        return found

    session: Any = Scripted(ACCOUNT, short)
    assert Reader(session, Direct()).together(cloud.subjects) == {}


def test_a_list_of_many_is_read_no_further_than_it_pays() -> None:
    """A role that is on none of the first pages is left to its own calls."""
    cloud = Recorded(registry()[ROLE])
    pages = 0

    def endless(service: str, name: str, arguments: Document) -> Document:
        nonlocal pages
        if name != "get_account_authorization_details":
            return cloud.answer(service, name, arguments)
        pages += 1
        first = cloud._recorded(service, name, arguments, "")
        return {**first, "IsTruncated": True, "Marker": str(pages)}

    session: Any = Scripted(ACCOUNT, endless)
    items = Reader(session, Direct()).together(cloud.subjects)
    assert (set(items), pages) == ({cloud.subjects[0].graph_id}, len(cloud.subjects))


@given(
    missing=st.frozensets(st.sampled_from(NAMES)),
    failing=st.sets(st.sampled_from(["describe_load_balancers", "describe_tags"])),
    named=st.sampled_from(NAMES),
)
@settings(max_examples=25, deadline=None)
def test_whatever_fails_only_what_aws_describes_is_brought(
    missing: frozenset[str], failing: set[str], named: str
) -> None:
    def fail(name: str, copies: list[str]) -> None:
        if name in failing and named in copies:
            raise refusal("LoadBalancerNotFound")

    cloud = Recorded(registry()[ALB], missing, fail)
    whole = Recorded(registry()[ALB])
    alone = {one.graph_id: whole.read(one) for one in whole.subjects}
    found = cloud.together()
    assert found == {name: alone[name] for name in found}
    gone = {
        one.graph_id for one, name in zip(cloud.subjects, NAMES, strict=True) if name in missing
    }
    assert not gone & found.keys()


def test_kinds_whose_call_needs_more_than_ids_are_read_one_by_one() -> None:
    # A parent, a filter, a prefix, a list with one operation for each.
    for name in ("aws_ecs_service", "aws_ecr_image", "aws_ssm_parameter", "aws_sqs_queue"):
        assert ids_argument(registry()[name]) is None
        assert most_at_once(registry()[name]) == 1
