"""A list that could not be read in time is an error of its stack, and stops nothing else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from ebbtide.base.json_lines import LineWriter, read_lines
from ebbtide.collect.calling import Caller
from ebbtide.collect.stack_members import MemberReader
from ebbtide.collect.to_resource import Place
from ebbtide.kinds import registry
from ebbtide.model.resource import graph_id
from ebbtide.model.stack_types import STACK
from ebbtide.model.stacks import Member, MemberList

PLACE = Place("111122223333", "us-east-1", "aws")


def item(name: str, status: str = "CREATE_COMPLETE") -> dict[str, Any]:
    arn = f"arn:aws:cloudformation:us-east-1:111122223333:stack/{name}/1"
    return {"StackId": arn, "StackName": name, "StackStatus": status, "CreationTime": "2026-01-01"}


def kept(name: str, error: str | None = None) -> MemberList:
    found = graph_id(PLACE.account, PLACE.region, STACK, item(name)["StackId"])
    members = (Member("Q", "AWS::SQS::Queue", "https://sqs/orders"),)
    return MemberList(found, "CREATE_COMPLETE 2026-01-01", members, error)


def out_of_time() -> None:
    raise TimeoutError("the function must stop")


def read(*stacks: dict[str, Any], known: tuple[MemberList, ...] = ()) -> list[dict[str, Any]]:
    """Read the lists of these stacks when no time is left for any call."""
    with LineWriter() as writer, ThreadPoolExecutor(1) as pool:
        session = cast(Any, None)  # nothing is called
        caller = Caller(session, registry()[STACK], PLACE, pool, out_of_time)
        MemberReader({one.stack: one for one in known}, writer).read(caller, stacks)
        return list(read_lines(writer.finished()))


def test_a_stack_without_time_left_is_unread() -> None:
    (line,) = read(item("shop"))
    assert line["members"] == []
    assert "the function must stop" in line["error"]


def test_an_unchanged_stack_needs_no_time() -> None:
    (line,) = read(item("shop"), known=(kept("shop"),))
    assert MemberList.from_line(line) == kept("shop")


def test_a_stack_in_progress_is_not_kept() -> None:
    (line,) = read(item("shop", "UPDATE_IN_PROGRESS"), known=(kept("shop"),))
    assert line["error"]
    assert line["as_of"] == ""


def test_an_unread_list_is_not_kept() -> None:
    (line,) = read(item("shop"), known=(kept("shop", error="Throttling"),))
    assert "the function must stop" in line["error"]


def test_each_stack_has_a_line() -> None:
    lines = read(item("one"), item("two"), known=(kept("two"),))
    assert [line["error"] is None for line in lines] == [False, True]
