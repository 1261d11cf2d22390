"""Completes the items that a list call returns for one kind in one slice.

It adds the values inherited from a parent, the details and the last use. The collector streams
pages through it; the cleanup uses it to read single resources and their children.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ebbtide.aws import call_pages, is_not_found
from ebbtide.base.errors import CallError
from ebbtide.base.paths import getter, values
from ebbtide.collect.calling import Caller, Item
from ebbtide.collect.details import DetailReader
from ebbtide.collect.last_use import UseReader
from ebbtide.collect.own_call import is_gone
from ebbtide.collect.to_resource import UNREAD, identify
from ebbtide.kinds import registry
from ebbtide.model.call import Detail
from ebbtide.model.kind import Kind


@dataclass(slots=True)
class Listing:
    """Reads one kind in one slice; `use` adds the last use, None if it is not wanted.

    Of the items that are `spared`, no details are read; they count as unread.
    """

    caller: Caller
    use: UseReader | None = None
    spared: Callable[[Item], bool] = lambda _: False
    _seen: set[str] = field(default_factory=set)

    @property
    def kind(self) -> Kind:
        return self.caller.kind

    def pages(self, parents: list[Item] | None = None) -> Iterator[list[Item]]:
        """Yield completed items, page by page; raises CallError when the list call itself fails."""
        for parent in [{}] if parents is None else self.parents_with(parents):
            document = self.parent_document(parent)
            try:
                for page in self._raw_pages(document):
                    yield self.complete(document, page)
            except CallError as error:
                if not (self.means_none(error) or (parent and self.is_orphan(document, error))):
                    raise

    def _raw_pages(self, document: Mapping[str, Any]) -> Iterator[list[Any]]:
        if self.kind.inside is not None:
            yield values(self.kind.inside, document)
        elif self.kind.list is not None:
            for page in call_pages(
                self.caller.session, self.kind.list, self.caller.place.region, document
            ):
                self.caller.check_time()
                yield page

    def parents_with(self, parents: list[Item]) -> list[Item]:
        """Return the parents that may have children of this kind."""
        when = self.kind.each_when
        return parents if when is None else [one for one in parents if getter(when)(one)]

    def parent_document(self, parent: Item) -> Mapping[str, Any]:
        """Return the values that a child's list call and `inherit` may use from its parent."""
        if not parent or self.kind.each is None:
            return {**parent, **self.caller.place.names}
        return identify(registry()[self.kind.each], parent, self.caller.place)

    def is_orphan(self, document: Mapping[str, Any], error: Exception) -> bool:
        """Say whether a list call failed because its parent vanished after it was listed.

        Such a parent has no children left. Only its own describe call can say that it vanished.
        """
        if self.kind.each is None or not is_not_found(error):
            return False
        parent = registry()[self.kind.each]
        caller = self.caller
        return caller.timed(is_gone, caller.session, parent, caller.place, document)

    def means_none(self, error: Exception) -> bool:
        """Say whether an error of the list call means that no resource of this kind exists."""
        return isinstance(error, CallError) and error.code in self.kind.absent

    def inherit(self, document: Mapping[str, Any], items: Iterable[Any]) -> list[Item]:
        """Return the items with the values of their parent, each `distinct` one once."""
        inherited = {name: getter(path)(document) for name, path in self.kind.inherit.items()}
        found = []
        for item in items:
            try:
                found.append({**inherited, **item})
            # An item that is no structure must not lose its page.
            except TypeError as error:
                self.caller.odd(item, error)
        return self._distinct(found) if self.kind.distinct else found

    def complete(self, document: Mapping[str, Any], items: Iterable[Any]) -> list[Item]:
        """Apply `inherit` and then `completed` to the items of one parent."""
        return self.completed(self.inherit(document, items))

    def completed(self, items: list[Item]) -> list[Item]:
        """Return the items whose details could be read, with their last use if it is wanted."""
        for item in filter(self.spared, items if self.kind.details else ()):
            self._spare(item)
        items = complete_items(self.caller, self.kind.details, items)
        if self.use is None:
            return items
        unread = [item for item in items if UNREAD in item]
        return self.use.add(self.caller, [item for item in items if UNREAD not in item]) + unread

    def _spare(self, item: Item) -> None:
        call, place = self.kind.details[0].call, self.caller.place
        where = (place.account, place.region)
        error = CallError(call.service, call.operation, "NotAsked", "it was not asked for", *where)
        item[UNREAD] = {call.operation: error}

    def _distinct(self, items: list[Item]) -> list[Item]:
        kept = []
        for item in items:
            name = str(getter(self.kind.id)(item))
            if name not in self._seen:
                self._seen.add(name)
                kept.append(item)
        return kept


def complete_items(caller: Caller, details: tuple[Detail, ...], items: list[Item]) -> list[Item]:
    """Read the details of a page's items, one detail after another, the items in parallel."""
    for detail in details:
        items = DetailReader(caller, detail).read(items)
    return items
