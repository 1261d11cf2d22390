"""Completes what a list call answered of one kind in one slice: inherited names, details, last use.

The collector streams pages through it; the cleanup uses it to read single resources and children.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Any

from ebbtide.aws import AccountSession, call_pages, is_not_found
from ebbtide.base.errors import CallError
from ebbtide.base.paths import getter, values
from ebbtide.collect.details import DetailReader
from ebbtide.collect.last_use import UseReader
from ebbtide.collect.to_resource import UNKNOWN_TAGS, Place, identify
from ebbtide.kinds import registry
from ebbtide.model.kind import Detail, Kind

type Item = dict[str, Any]


@dataclass(slots=True)
class Listing:
    """Reads one kind in one slice; `first_error` is set when an item could not be completed.

    An item whose detail fails is left out (its last known state is kept by the merge step),
    except for tags: those become unknown. `use` reads when items were used last, None if nobody
    asked. `busy_seconds` is the time that its calls took, which several threads spend side by side.
    """

    session: AccountSession
    kind: Kind
    place: Place
    pool: Executor
    check_time: Callable[[], None]
    use: UseReader | None = None
    first_error: Exception | None = None
    unknown_tags: int = 0
    busy_seconds: float = 0.0
    _seen: set[str] = field(default_factory=set)

    def pages(self, parents: list[Item] | None = None) -> Iterator[list[Item]]:
        """Completed items, page by page; raises CallError when listing itself fails."""
        for parent in [{}] if parents is None else parents:
            document = self.parent_document(parent)
            try:
                for page in self._raw_pages(document):
                    yield self.complete(document, page)
            except CallError as error:
                # A parent that vanished since it was listed has no children any more.
                if not (self.means_none(error) or (parent and is_not_found(error))):
                    raise

    def _raw_pages(self, document: Mapping[str, Any]) -> Iterator[list[Any]]:
        if self.kind.inside is not None:
            yield values(self.kind.inside, document)
        elif self.kind.list is not None:
            for page in call_pages(self.session, self.kind.list, self.place.region, document):
                self.check_time()
                yield page

    def parent_document(self, parent: Item) -> Mapping[str, Any]:
        """What a child's call and inherited names may use of its parent."""
        if not parent or self.kind.each is None:
            return {**parent, **self.place.names}
        return identify(registry()[self.kind.each], parent, self.place)

    def means_none(self, error: Exception) -> bool:
        """Whether an error of the list call says that there is nothing of this kind at all."""
        return isinstance(error, CallError) and error.code in self.kind.absent

    def inherit(self, document: Mapping[str, Any], items: Iterable[Any]) -> list[Item]:
        """The items with what their parent gives to each of them, each of a resource once."""
        inherited = {name: getter(path)(document) for name, path in self.kind.inherit.items()}
        found = [{**inherited, **item} for item in items]
        return self._distinct(found) if self.kind.distinct else found

    def complete(self, document: Mapping[str, Any], items: Iterable[Any]) -> list[Item]:
        """What `inherit` and `completed` do, for the items of one parent."""
        return self.completed(self.inherit(document, items))

    def completed(self, items: list[Item]) -> list[Item]:
        """The items that could be completed by their details."""
        items = complete_items(self, self.kind.details, items)
        return self.use.add(self, items) if self.use else items

    def _distinct(self, items: list[Item]) -> list[Item]:
        kept = []
        for item in items:
            name = str(getter(self.kind.id)(item))
            if name not in self._seen:
                self._seen.add(name)
                kept.append(item)
        return kept

    def failed(self, detail: Detail, items: list[Item], error: Exception) -> list[Item]:
        """Items that survive the failure of one of their details."""
        if detail.into is not None and self.kind.tags == detail.into:
            for item in items:
                item[detail.into] = UNKNOWN_TAGS
            self.unknown_tags += len(items)
            return items
        self.first_error = self.first_error or error
        return []

    def submit[R](self, service: str, function: Callable[..., R], *arguments: Any) -> Future[R]:
        """Have a thread of the pool make a call to a service, once its rate allows it.

        The waiting is done here, so that no service holds up the pool for the others.
        """
        self.check_time()
        self.session.turn(service, self.place.region)
        return self.pool.submit(self._prepaid, function, *arguments)

    def _prepaid[R](self, function: Callable[..., R], *arguments: Any) -> R:
        with self.session.pacer.prepaid():
            return function(*arguments)

    def timed[R](self, function: Callable[..., R], *arguments: Any) -> R:
        """Call a function that waits for AWS, and count the time as this kind's."""
        self.check_time()
        started = time.monotonic()
        try:
            return function(*arguments)
        finally:
            self.busy_seconds += time.monotonic() - started


def complete_items(listing: Listing, details: tuple[Detail, ...], items: list[Item]) -> list[Item]:
    """Run the details over the items of a page, side by side."""
    for detail in details:
        items = DetailReader(listing, detail).read(items)
    return items
