"""Lists one kind in one slice: pages, then the details that complete each item."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any

from ebbtide.aws import AccountSession, call_answer, call_pages, is_not_found
from ebbtide.collect.building import UNKNOWN_TAGS, Place, identify
from ebbtide.errors import CallError
from ebbtide.kind import Call, Detail, Kind
from ebbtide.paths import getter, render, template_paths

type Item = dict[str, Any]


@dataclass(slots=True)
class Listing:
    """Reads one kind in one slice; `first_error` is set when an item could not be completed.

    An item whose detail fails is left out (its last known state is kept by the merge step),
    except for tags: those become unknown.
    """

    session: AccountSession
    kind: Kind
    place: Place
    pool: Executor
    check_time: Callable[[], None]
    first_error: CallError | None = None
    unknown_tags: int = 0

    def pages(self, parents: list[Item] | None = None) -> Iterator[list[Item]]:
        """Completed items, page by page; raises CallError when listing itself fails."""
        if self.kind.list is None:
            return
        for parent in [{}] if parents is None else parents:
            try:
                for page in call_pages(self.session, self.kind.list, self.place.region, parent):
                    self.check_time()
                    yield self._completed([dict(item) for item in page])
            except CallError as error:
                # A parent that vanished since it was listed has no children any more.
                if not (parent and is_not_found(error)):
                    raise

    def _completed(self, items: list[Item]) -> list[Item]:
        return complete_items(self, self.kind.details, items)

    def failed(self, detail: Detail, items: list[Item], error: CallError) -> list[Item]:
        """Items that survive the failure of one of their details."""
        if detail.into is not None and self.kind.tags == detail.into:
            for item in items:
                item[detail.into] = UNKNOWN_TAGS
            self.unknown_tags += len(items)
            return items
        self.first_error = self.first_error or error
        return []


def complete_items(listing: Listing, details: tuple[Detail, ...], items: list[Item]) -> list[Item]:
    """Run the details over the items of a page, side by side."""
    for detail in details:
        wanted = [item for item in items if _applies(detail, item)]
        others = [item for item in items if not _applies(detail, item)]
        size = detail.batch or 1
        chunks = [wanted[start : start + size] for start in range(0, len(wanted), size)]
        read = partial(_batched if detail.batch else _single, listing, detail)
        items = others + [item for part in listing.pool.map(read, chunks) for item in part]
    return items


def _applies(detail: Detail, item: Mapping[str, Any]) -> bool:
    return detail.when is None or bool(getter(detail.when)(item))


def _single(listing: Listing, detail: Detail, items: list[Item]) -> list[Item]:
    listing.check_time()
    (item,) = items
    document = identify(listing.kind, item, listing.place)
    try:
        answer = call_answer(listing.session, detail.call, listing.place.region, document)
    except CallError as error:
        if error.code in detail.absent:
            return items
        return [] if is_not_found(error) else listing.failed(detail, items, error)
    if detail.into is None:
        item.update(answer or {})
    else:
        item[detail.into] = answer
    return items


def _batched(listing: Listing, detail: Detail, items: list[Item]) -> list[Item]:
    listing.check_time()
    documents = [identify(listing.kind, item, listing.place) for item in items]
    call = _batch_call(detail.call, documents)
    try:
        entries = call_answer(listing.session, call, listing.place.region, {})
    except CallError as error:
        if not is_not_found(error):
            return listing.failed(detail, items, error)
        # One of them vanished; the others still have to be read.
        return (
            []
            if len(items) == 1
            else [kept for item in items for kept in _batched(listing, detail, [item])]
        )
    return _matched(listing, detail, items, entries)


def _batch_call(call: Call, documents: list[dict[str, Any]]) -> Call:
    arguments = {
        name: [value for document in documents for value in render(template, document)]
        if any(template_paths(template))
        else template
        for name, template in call.args.items()
    }
    return Call(call.service, call.operation, call.items, action=call.action, **arguments)


def _matched(listing: Listing, detail: Detail, items: list[Item], entries: list[Any]) -> list[Item]:
    """Give each item its part of the answer; one that the answer passes over stays unknown."""
    theirs, ours = (getter(path) for path in detail.match)
    found = {theirs(entry): getter(detail.take)(entry) for entry in entries}
    kept = []
    for item in items:
        if ours(item) in found and detail.into is not None:
            item[detail.into] = found[ours(item)]
            kept.append(item)
        else:
            error = CallError(
                detail.call.service,
                detail.call.operation,
                "IncompleteAnswer",
                f"the answer passes over {ours(item)}",
                listing.place.account,
                listing.place.region,
            )
            kept.extend(listing.failed(detail, [item], error))
    return kept
