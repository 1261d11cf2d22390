"""Makes the detail calls that complete listed items: one call per item, or one per batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ebbtide.aws import call_answer, is_not_found
from ebbtide.base.errors import CallError
from ebbtide.base.paths import getter, render, template_paths
from ebbtide.collect.calling import Caller, Item
from ebbtide.collect.to_resource import identify
from ebbtide.model.kind import Call, Detail


@dataclass(frozen=True, slots=True)
class DetailReader:
    """Reads one detail for the items of a page; items survive its failure unless it is `needed`."""

    caller: Caller
    detail: Detail
    needed: bool = True

    def read(self, items: list[Item]) -> list[Item]:
        """Return the items that survive, including those that the detail does not apply to."""
        wanted = [item for item in items if self._applies(item)]
        if not wanted:
            return items
        others = [item for item in items if not self._applies(item)]
        if self.detail.once:
            return others + self._from_one_list(wanted)
        size = self.detail.batch or 1
        chunks = [wanted[start : start + size] for start in range(0, len(wanted), size)]
        read = self._batched if self.detail.batch else self._single
        if len(chunks) == 1:
            return others + read(chunks[0])
        calls = [self.caller.submit(self.detail.call, read, chunk) for chunk in chunks]
        return others + [item for call in calls for item in call.result()]

    def _applies(self, item: Mapping[str, Any]) -> bool:
        return self.detail.when is None or bool(getter(self.detail.when)(item))

    def _call(self, call: Call, document: Mapping[str, Any]) -> Any:
        caller = self.caller
        return caller.timed(call_answer, caller.session, call, caller.place.region, document)

    def _single(self, items: list[Item]) -> list[Item]:
        """Complete one item; one that no longer exists is dropped without an error."""
        (item,) = items
        document = identify(self.caller.kind, item, self.caller.place)
        try:
            answer = self._call(self.detail.call, document)
        except CallError as error:
            if error.code in self.detail.absent:
                return items
            gone = is_not_found(error) and self.needed
            return [] if gone else self._failed(items, error)
        if self.detail.into is None:
            item.update(answer or {})
        else:
            item[self.detail.into] = answer
        return items

    def _failed(self, items: list[Item], error: CallError) -> list[Item]:
        return self.caller.failed(self.detail, items, error) if self.needed else items

    def _batched(self, items: list[Item]) -> list[Item]:
        documents = [identify(self.caller.kind, item, self.caller.place) for item in items]
        try:
            entries = self._call(_batch_call(self.detail.call, documents), {})
        except CallError as error:
            if not is_not_found(error):
                return self._failed(items, error)
            # One item vanished and fails the whole batch; read the others one by one.
            if len(items) == 1:
                return []
            return [kept for item in items for kept in self._batched([item])]
        return self._matched(items, entries)

    def _from_one_list(self, items: list[Item]) -> list[Item]:
        """Give each item its entries of the list, which is read once per slice."""
        name = self.detail.into or ""
        if name not in self.caller.lists:
            document = identify(self.caller.kind, items[0], self.caller.place)
            try:
                entries = self._call(self.detail.call, document)
            except CallError as error:
                return self._failed(items, error)
            self.caller.lists[name] = self._by_match(entries or [])
        found = self.caller.lists[name]
        ours = getter(self.detail.match[1])
        for item in items:
            item[name] = list(found.get(ours(item), ()))
        return items

    def _by_match(self, entries: list[Any]) -> dict[Any, list[Any]]:
        theirs = getter(self.detail.match[0])
        found: dict[Any, list[Any]] = {}
        for entry in entries:
            found.setdefault(theirs(entry), []).append(entry)
        return found

    def _matched(self, items: list[Item], entries: list[Any]) -> list[Item]:
        """Give each item its part of the answer; items missing from the answer count as failed."""
        theirs, ours = (getter(path) for path in self.detail.match)
        found = {theirs(entry): getter(self.detail.take)(entry) for entry in entries}
        kept = []
        for item in items:
            if ours(item) not in found:
                kept.extend(self._failed([item], self._missing(ours(item))))
                continue
            if self.detail.into is None:
                item.update(found[ours(item)] or {})
            else:
                item[self.detail.into] = found[ours(item)]
            kept.append(item)
        return kept

    def _missing(self, name: Any) -> CallError:
        call, place = self.detail.call, self.caller.place
        message = f"{name} is missing from the answer"
        return CallError(
            call.service, call.operation, "IncompleteAnswer", message, place.account, place.region
        )


def _batch_call(call: Call, documents: list[dict[str, Any]]) -> Call:
    """Return one call for a batch: the list with a template gets one value per document.

    Other templates, such as the name of a parent that the items share, are filled from the first
    document.
    """
    arguments = {
        name: [value for document in documents for value in render(template, document)]
        if isinstance(template, list)
        else render(template, documents[0])
        for name, template in call.args.items()
    }
    arguments = {
        name: call.args[name] if not any(template_paths(call.args[name])) else value
        for name, value in arguments.items()
    }
    return Call(call.service, call.operation, call.items, action=call.action, **arguments)
