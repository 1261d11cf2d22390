"""Reads which resources belong to the CloudFormation stacks of a task.

A stack whose state is the same as in the last snapshot keeps its list and costs no call.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING

from ebbtide.aws import call_answer, describe_failure
from ebbtide.base.json_lines import LineWriter
from ebbtide.collect.calling import Caller, Item
from ebbtide.collect.to_resource import identify
from ebbtide.deployment.inputs import Task
from ebbtide.graph.manifest import previous_manifest, stored_lists
from ebbtide.model.kind import Kind
from ebbtide.model.resource import graph_id
from ebbtide.model.stack_types import STACK
from ebbtide.model.stacks import LIST_MEMBERS, MemberList, members_of, state_of_stack

if TYPE_CHECKING:
    from ebbtide.store.bucket import Bucket

logger = logging.getLogger(__name__)

# Stacks whose lists are read in parallel.
WINDOW = 32


@dataclass(frozen=True, slots=True)
class MemberReader:
    """Writes the member list of each stack; `kept` are the lists of the last snapshot."""

    kept: Mapping[str, MemberList]
    output: LineWriter

    def read(self, caller: Caller, stacks: Iterable[Item]) -> None:
        """Write one line for each stack of a page. A list that cannot be read becomes an error."""
        for chunk in batched(stacks, WINDOW):
            begun = [self._begin(caller, stack) for stack in chunk]
            self.output.write(_finished(one).to_line() for one in begun)

    def _begin(self, caller: Caller, stack: Item) -> MemberList | _Begun:
        """Return the kept list of an unchanged stack, else the call for its list."""
        document, place = identify(caller.kind, stack, caller.place), caller.place
        name = graph_id(place.account, place.region, caller.kind.name, document["id"])
        as_of = state_of_stack(stack)
        kept = self.kept.get(name)
        if kept is not None and kept.error is None and kept.as_of == as_of:
            return kept
        arguments = (caller.session, LIST_MEMBERS, place.region, document)
        try:
            call = caller.submit(LIST_MEMBERS, caller.timed, call_answer, *arguments)
        # The time of the function is nearly up.
        except TimeoutError as error:
            return _unread(name, as_of, error)
        return _Begun(name, as_of, call)


@dataclass(frozen=True, slots=True)
class _Begun:
    stack: str
    as_of: str | None
    call: Future[list[Item]]


def _finished(begun: MemberList | _Begun) -> MemberList:
    if isinstance(begun, MemberList):
        return begun
    # One stack that cannot be read must not stop the others; its list records the error.
    try:
        return MemberList(begun.stack, begun.as_of or "", members_of(begun.call.result()))
    except Exception as error:
        return _unread(begun.stack, begun.as_of, error)


def _unread(stack: str, as_of: str | None, error: Exception) -> MemberList:
    logger.warning("members not read", extra={"stack": stack, "error": str(error)})
    return MemberList(stack, as_of or "", error=describe_failure(error))


def kept_lists(
    bucket: Bucket, run_id: str, task: Task, kinds: Iterable[Kind]
) -> dict[str, MemberList]:
    """Return the lists of the last snapshot that a task may keep, by graph id of the stack.

    A list that is missing or of another format is left out, so that it is read again.
    """
    if all(kind.name != STACK for kind in kinds):
        return {}
    _, manifest = previous_manifest(bucket, run_id)
    entry = manifest.find(task.account) if manifest else None
    found = stored_lists(bucket, entry)
    return {name: one for name, one in found.items() if name.split("/", 2)[1] in task.regions}
