"""Makes the detail calls that complete listed items: one call per item, or one per batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from ebbtide.aws import call_answer, call_answers, is_not_found, items_of, says_gone
from ebbtide.base.errors import CallError
from ebbtide.base.paths import getter, render, template_paths, values
from ebbtide.collect.calling import Caller, Item
from ebbtide.collect.own_call import is_gone
from ebbtide.collect.to_resource import UNREAD, identify
from ebbtide.model.call import Call, Detail


@dataclass(frozen=True, slots=True)
class DetailReader:
    """Reads one detail for the items of a page; items survive its failure unless it is `needed`."""

    caller: Caller
    detail: Detail
    needed: bool = True

    def read(self, items: list[Item]) -> list[Item]:
        """Return the items that survive, including those that the detail does not apply to."""
        wanted: list[Item] = []
        others: list[Item] = []
        for item in items:
            try:
                (wanted if self._applies(item) else others).append(item)
            # One item that a path of the declaration does not fit must not lose its page.
            except Exception as error:
                self.caller.odd(item, error)
        if not wanted:
            return others
        if self.detail.once:
            return others + self._from_one_list(wanted)
        size = self.detail.batch or 1
        chunks = [wanted[start : start + size] for start in range(0, len(wanted), size)]
        read = self._batched if self.detail.batch else self._single
        if len(chunks) == 1:
            return others + read(chunks[0])
        calls = [self.caller.submit(self.detail.call, read, chunk) for chunk in chunks]
        return others + [item for call in calls for item in call.result()]

    def _applies(self, item: Item) -> bool:
        if UNREAD in item:
            # AWS does not describe this one to us, so asking for more is in vain.
            if self.caller.is_for_tags(self.detail) and self.detail.into not in item:
                self.caller.without_tags([item])
            return False
        return self.detail.when is None or bool(getter(self.detail.when)(item))

    def _call(self, call: Call, document: Mapping[str, Any]) -> Any:
        caller = self.caller
        return caller.timed(call_answer, caller.session, call, caller.place.region, document)

    def _single(self, items: list[Item]) -> list[Item]:
        """Complete one item; one that no longer exists is dropped without an error."""
        (item,) = items
        try:
            document = identify(self.caller.kind, item, self.caller.place)
            answer = self._call(self.detail.call, document)
        except CallError as error:
            return items if error.code in self.detail.absent else self._refused(item, error)
        except Exception as error:
            self.caller.odd(item, error)
            return []
        if self._is_incomplete(answer):
            message = f"nothing about {document['name']} is in the answer"
            return self._failed(items, self._error("IncompleteAnswer", message))
        self._add(item, answer)
        return items

    def _is_incomplete(self, answer: Any) -> bool:
        if not (self.detail.describes or self.detail.never_empty):
            return False
        if isinstance(answer, Mapping):
            return all(value is None for value in answer.values())
        return not answer

    def _add(self, item: Item, answer: Any) -> None:
        self.caller.answered.add(self.detail.call.operation)
        if self.detail.into is None:
            item.update(answer or {})
        else:
            item[self.detail.into] = answer

    def _failed(self, items: list[Item], error: CallError) -> list[Item]:
        return self.caller.failed(self.detail, items, error) if self.needed else items

    def _refused(self, item: Item, error: CallError) -> list[Item]:
        """Return the item unless the error means that it is gone.

        The resource's own describe call says so itself. A not-found answer of any other call may
        be about something else, so the own call is asked.
        """
        kind = self.caller.kind
        if self.needed and self.detail.describes and says_gone(kind, error):
            return []
        if self.needed and is_not_found(error) and self._is_gone(item):
            return []
        return self._failed([item], error)

    def _is_gone(self, item: Item) -> bool:
        caller = self.caller
        if caller.is_for_tags(self.detail) or self.detail.describes:
            return False
        document = identify(caller.kind, item, caller.place)
        return caller.timed(is_gone, caller.session, caller.kind, caller.place, document)

    def _batched(self, items: list[Item]) -> list[Item]:
        documents = {}
        for position, item in enumerate(items):
            try:
                documents[position] = identify(self.caller.kind, item, self.caller.place)
            except Exception as error:
                self.caller.odd(item, error)
        items = [items[position] for position in documents]
        if not items:
            return []
        call = batch_call(self.detail.call, list(documents.values()))
        try:
            answers = self.caller.timed(self._answers, call)
        except CallError as error:
            if len(items) == 1:
                return self._refused(items[0], error)
            if not is_not_found(error) and not says_gone(self.caller.kind, error):
                return self._failed(items, error)
            # One item vanished and fails the whole batch; read the others one by one.
            return [kept for item in items for kept in self._batched([item])]
        return self._matched(items, answers)

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

    def _answers(self, call: Call) -> list[Any]:
        return list(call_answers(self.caller.session, call, self.caller.place.region, {}))

    def _matched(self, items: list[Item], answers: list[Any]) -> list[Item]:
        """Give each item its part of the answers.

        An item that an answer names as missing is gone if this is its own describe call. Any other
        that the answers pass over has failed.
        """
        theirs, ours = (getter(path) for path in self.detail.match)
        take = getter(self.detail.take)
        entries = [entry for answer in answers for entry in items_of(self.detail.call, answer)]
        found = {theirs(entry): take(entry) for entry in entries}
        named = Named.of(self.detail, answers)
        kept = []
        for item in items:
            if ours(item) in found:
                self._add(item, found[ours(item)])
                kept.append(item)
                continue
            names = self._names(item)
            if named.missing.isdisjoint(names):
                reason = named.reason_for(names) or f"{ours(item)} is missing from the answer"
                kept += self._failed([item], self._error("IncompleteAnswer", reason))
            elif not self.detail.describes and not self._is_gone(item):
                message = f"{ours(item)} is said to be missing"
                kept += self._failed([item], self._error("IncompleteAnswer", message))
        return kept

    def _names(self, item: Item) -> set[str]:
        document = identify(self.caller.kind, item, self.caller.place)
        ours = getter(self.detail.match[1])(item)
        return {str(name) for name in (ours, document["id"], document["arn"]) if name}

    def _error(self, code: str, message: str) -> CallError:
        call, place = self.detail.call, self.caller.place
        return CallError(call.service, call.operation, code, message, place.account, place.region)


@dataclass(frozen=True, slots=True)
class Named:
    """What the answers to a batch say about the items that they do not describe."""

    missing: frozenset[str]
    reasons: Mapping[str, str]

    @classmethod
    def of(cls, detail: Detail, answers: list[Any]) -> Self:
        missing: set[str] = set()
        reasons: dict[str, str] = {}
        for answer in answers:
            if detail.missing is not None:
                missing |= {str(name) for name in values(detail.missing, answer)}
            if detail.refused is not None:
                for name, reason in values(detail.refused, answer):
                    reasons[str(name)] = f"{name}: {reason}"
        return cls(frozenset(missing), reasons)

    def reason_for(self, names: set[str]) -> str | None:
        return next((self.reasons[name] for name in sorted(names) if name in self.reasons), None)


def batch_call(call: Call, documents: list[dict[str, Any]]) -> Call:
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
