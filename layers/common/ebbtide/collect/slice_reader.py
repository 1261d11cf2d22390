"""Reads the kinds of one slice page by page, children with their parents, and counts them.

Each thread holds only one page in memory: it completes and writes the page and reads its children
before it takes the next page.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ebbtide.aws import (
    AccountSession,
    call_answers,
    describe_failure,
    is_refused,
    items_of,
    state_of,
)
from ebbtide.base.paths import values
from ebbtide.collect.calling import Caller, Item
from ebbtide.collect.last_use import UseReader
from ebbtide.collect.listing import Listing
from ebbtide.collect.sinks import Sink
from ebbtide.collect.stack_members import MemberReader
from ebbtide.collect.to_resource import UNREAD, Place
from ebbtide.model.coverage import Coverage
from ebbtide.model.kind import Kind
from ebbtide.model.stack_types import STACK

logger = logging.getLogger(__name__)

# How many parents are asked for their children in parallel, and how many children are completed
# together.
WINDOW = 32
CHUNK = 100


@dataclass(slots=True)
class SliceReader:
    """Reads the kinds of one slice; `pool` makes the calls, and groups may be read in parallel."""

    session: AccountSession
    place: Place
    pool: Executor
    output: Sink
    kinds: Sequence[Kind]
    check_time: Callable[[], None]
    use: UseReader | None = None
    use_kinds: frozenset[str] = frozenset()
    members: MemberReader | None = None
    # The items of which no details are read.
    spared: Callable[[Kind, Item], bool] = lambda *_: False
    _listings: dict[str, Listing] = field(default_factory=dict)
    _failures: dict[str, Exception] = field(default_factory=dict)
    _counts: Counter[str] = field(default_factory=Counter)
    _unread: Counter[str] = field(default_factory=Counter)
    _below: dict[str, list[Kind]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for kind in self.kinds:
            if kind.each is not None:
                self._below.setdefault(kind.each, []).append(kind)

    def groups(self) -> list[tuple[Kind, ...]]:
        """Return the kinds without a parent, grouped by list call to make each call once."""
        found: dict[str, list[Kind]] = {}
        for kind in self.kinds:
            if kind.list is not None and kind.each is None:
                found.setdefault(call_key(kind), []).append(kind)
        return [tuple(group) for group in found.values()]

    def read(self, group: tuple[Kind, ...]) -> None:
        """Read one group and all of its children; failures are recorded in their coverage."""
        first = group[0]
        assert first.list is not None
        listing = self._listing(first)
        document = listing.parent_document({})
        # A kind that cannot be read must not stop the others; its coverage records the error.
        try:
            answers = call_answers(self.session, first.list, self.place.region, document)
            for answer in self._ahead(listing, answers):
                for kind in group:
                    assert kind.list is not None
                    self._take(kind, self._listing(kind), document, items_of(kind.list, answer))
        except Exception as error:
            for kind in group:
                if not self._listing(kind).means_none(error):
                    self._fail(kind, error)

    def _ahead(
        self, listing: Listing, answers: Iterator[dict[str, Any]]
    ) -> Iterator[dict[str, Any]]:
        """Yield the answers in order, prefetching each page after the second.

        Most lists have a single page, so this thread requests the first two pages itself.
        """
        answer = listing.caller.timed(next, answers, None)
        if answer is not None:
            yield answer
            answer = listing.caller.timed(next, answers, None)
        while answer is not None:
            waiting = self.pool.submit(listing.caller.timed, next, answers, None)
            yield answer
            answer = waiting.result()

    def _take(
        self, kind: Kind, listing: Listing, document: Mapping[str, Any], raw: list[Any]
    ) -> None:
        self._write(kind, listing.complete(document, raw))

    def _write(self, kind: Kind, items: list[Item]) -> None:
        written = self.output.write(kind, items, self.place, self._listing(kind).caller.odd)
        self._counts[kind.name] += written.living
        self._unread[kind.name] += sum(UNREAD in item for item in written.items)
        if kind.name == STACK and self.members is not None:
            self.members.read(self._listing(kind).caller, list(written.items))
        for child in self._children(kind):
            if child.name not in self._failures:
                self._read_children(child, list(written.items))

    def _children(self, kind: Kind) -> list[Kind]:
        return self._below.get(kind.name, [])

    def _read_children(self, child: Kind, parents: list[Item]) -> None:
        """Read the children of a page of parents; a failure is recorded for the child kind only."""
        listing = self._listing(child)
        documents = [listing.parent_document(one) for one in listing.parents_with(parents)]
        try:
            if child.inside is not None:
                self._note_unread(child, parents)
                found = [
                    item
                    for document in documents
                    for item in listing.inherit(document, values(child.inside, document))
                ]
                self._write(child, listing.completed(found))
            else:
                self._call_for_children(child, listing, documents)
        # As above: the error goes into this child's coverage and not into its parent's.
        except Exception as error:
            self._fail(child, error)

    def _note_unread(self, child: Kind, parents: list[Item]) -> None:
        """Record that children inside of parents that were read only partly are not known."""
        for parent in parents:
            for error in parent.get(UNREAD, {}).values():
                self._fail(child, error)

    def _call_for_children(
        self, child: Kind, listing: Listing, documents: list[Mapping[str, Any]]
    ) -> None:
        """List the children of several parents in parallel.

        Raises the first error, but a parent that refuses to tell its children stops no other.
        """
        gathered: list[Item] = []
        for document, answer in self._answers_of(child, listing, documents):
            assert child.list is not None
            gathered += listing.inherit(document, items_of(child.list, answer))
            if len(gathered) >= CHUNK:
                self._write(child, listing.completed(gathered))
                gathered = []
        self._write(child, listing.completed(gathered))

    def _answers_of(
        self, child: Kind, listing: Listing, documents: list[Mapping[str, Any]]
    ) -> Iterator[tuple[Mapping[str, Any], dict[str, Any]]]:
        """Yield every page of every parent's list call, for up to WINDOW parents in parallel."""
        assert child.list is not None
        waiting: list[tuple[Mapping[str, Any], Iterator[Any], Future[Any]]] = []
        pending = iter(documents)

        def begin() -> bool:
            document = next(pending, None)
            if document is not None and child.list is not None:
                answers = call_answers(self.session, child.list, self.place.region, document)
                call = listing.caller.submit(child.list, listing.caller.timed, next, answers, None)
                waiting.append((document, answers, call))
            return document is not None

        while len(waiting) < WINDOW and begin():
            pass
        while waiting:
            document, answers, call = waiting.pop(0)
            try:
                answer = call.result()
            except Exception as error:
                if not (listing.means_none(error) or listing.is_orphan(document, error)):
                    if not is_refused(error):
                        raise
                    self._fail(child, error)
                answer = None
            if answer is None:
                begin()
            else:
                following = self.pool.submit(listing.caller.timed, next, answers, None)
                waiting.append((document, answers, following))
                yield document, answer

    def _listing(self, kind: Kind) -> Listing:
        if kind.name not in self._listings:
            use = self.use if kind.name in self.use_kinds else None
            caller = Caller(self.session, kind, self.place, self.pool, self.check_time)
            self._listings[kind.name] = Listing(caller, use, partial(self.spared, kind))
        return self._listings[kind.name]

    def _fail(self, kind: Kind, error: Exception) -> None:
        self._failures.setdefault(kind.name, error)
        logger.warning(
            "not completely read",
            extra={"kind": kind.name, "region": self.place.region, "error": str(error)},
        )

    def coverage(self, kind: Kind) -> Coverage:
        """Return the coverage of a kind; a child is never more complete than its parent."""
        listing = self._listings.get(kind.name)
        failure = self._failure(kind)
        return Coverage(
            self.place.account,
            self.place.region,
            kind.name,
            "complete" if failure is None else state_of(failure),
            self._counts[kind.name],
            None if failure is None else describe_failure(failure),
            seconds=listing.caller.busy_seconds if listing else 0.0,
            unknown_tags=listing.caller.unknown_tags if listing else 0,
            unreadable=self._unread[kind.name],
        )

    def _failure(self, kind: Kind) -> Exception | None:
        """Return why a kind is incomplete: its own error, or that of its nearest failed parent."""
        listing = self._listings.get(kind.name)
        own = self._failures.get(kind.name) or (listing.caller.failure if listing else None)
        if own is not None or kind.each is None:
            return own
        parent = next((other for other in self.kinds if other.name == kind.each), None)
        return None if parent is None else self._failure(parent)


def call_key(kind: Kind) -> str:
    """Return a key that is equal for kinds whose list calls differ only in the items they take."""
    assert kind.list is not None
    return f"{kind.list.service}.{kind.list.operation}({sorted(kind.list.args.items())!r})"
