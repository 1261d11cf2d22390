"""The calls of one restoration, with their arguments filled in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ebbtide.base.paths import getter, values
from ebbtide.collect.to_resource import parts_of_id
from ebbtide.kinds import registry
from ebbtide.model.call import Call
from ebbtide.model.resource import Subject
from ebbtide_cli.errors import UsageError
from ebbtide_cli.restoring.model import Follow, Restoration
from ebbtide_cli.restoring.policies import default_document, inline_policies
from ebbtide_cli.restoring.rendering import arguments_of, is_named, texts_in
from ebbtide_cli.restoring.stored import Stored

# Stands for the id of the new resource until there is one.
NEW = "<new>"


@dataclass(frozen=True, slots=True)
class Step:
    """A call to make; `missing` are what it names although it is gone, so that it must wait."""

    call: Call
    arguments: Mapping[str, Any]
    done: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return f"{self.call.service}.{self.call.operation}"


@dataclass(slots=True)
class Work:
    """A restoration of one resource; `replaced` maps old ids and ARNs to new ones."""

    stored: Stored
    declared: Restoration
    partition: str
    protect: bool = True
    replaced: dict[str, str] = field(default_factory=dict)
    missing: tuple[Subject, ...] = ()
    found: str | None = None
    unknown_policies: tuple[str, ...] = field(init=False)
    _document: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        stored, subject = self.stored, self.stored.subject
        inline, unknown = inline_policies(stored.description, stored.properties)
        self.unknown_policies = tuple(unknown)
        tags = stored.new_tags(protect=self.protect)
        self._document = {
            **parts_of_id(registry()[subject.kind], subject.id),
            **stored.description,
            **{name: getattr(subject, name) for name in ("id", "name", "account", "region")},
            "arn": subject.arn,
            "partition": self.partition,
            "deletion": dict(stored.deletion),
            "token": stored.token,
            "tagged": _in_each_form(tags),
            "policies": inline,
            "policy": default_document(stored.description, stored.properties),
        }

    def check(self) -> None:
        """Raise UsageError if the description lacks what a restoration needs."""
        when = self.declared.when
        if when is not None and not getter(when)(self._document):
            raise UsageError(f"{self.stored.subject.id} cannot be restored: {self.declared.unless}")

    def finding(self) -> Step | None:
        """Return the call that looks for a copy, if the kind has one."""
        find = self.declared.find
        return None if find is None else Step(find, arguments_of(find, self._document, {}))

    def first(self) -> Step:
        """Return the call that brings the resource back."""
        document = {**self._document, **({"found": self.found} if self.found else {})}
        options = self.declared.instead.items()
        call = next((one for when, one in options if getter(when)(document)), self.declared.call)
        return self._step(call, document)

    def known_as(self, new: str) -> None:
        """Let what names the old resource name the new one, in the calls that follow."""
        old = new_of(self.declared, self.stored.description, self.stored.subject.id)
        if new not in (old, NEW):
            self.replaced[old] = new

    def follows(self, new: str) -> Iterator[Step]:
        """Yield the calls after that, for what identifies the new resource to them."""
        document = {**self._document, "new": new}
        for follow in self.declared.then:
            if follow.when is None or getter(follow.when)(document):
                for filled in _occasions(follow, document):
                    yield self._step(follow.call, filled, follow.done)

    def _step(self, call: Call, document: Mapping[str, Any], done: tuple[str, ...] = ()) -> Step:
        arguments = arguments_of(call, document, self.replaced, self.stored.mark)
        texts = list(texts_in(arguments))
        missing = tuple(one.id for one in self.missing if _is_in(one, texts))
        return Step(call, arguments, done, missing)


def _is_in(subject: Subject, texts: Iterable[str]) -> bool:
    return any(is_named(subject.id, subject.arn, text) for text in texts)


def _occasions(follow: Follow, document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if follow.each is None:
        yield dict(document)
        return
    for value in values(follow.each, document):
        yield {**document, "each": value}


_FORMS: Mapping[str, Callable[[str, str], dict[str, str]]] = {
    "pairs": lambda name, value: {"Key": name, "Value": value},
    "lower": lambda name, value: {"key": name, "value": value},
    "keys": lambda name, value: {"TagKey": name, "TagValue": value},
}


def new_of(declared: Restoration, item: Mapping[str, Any], id: str) -> str:
    """Return what identifies a described resource to the calls that follow its creation."""
    found = getter(declared.new)(item) if declared.new else None
    return id if found is None else str(found)


def _in_each_form(tags: Mapping[str, str]) -> dict[str, Any]:
    lists = {form: [make(*one) for one in tags.items()] for form, make in _FORMS.items()}
    return {**lists, "map": dict(tags)}
