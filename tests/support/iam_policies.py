"""Says what the policies of a template's role allow, with the rules that IAM documents.

Only what the templates use is known: any other function, operator or element is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import translate
from functools import cache
from typing import Any, Self

type Context = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True)
class Template:
    """A template with its parameters filled in."""

    text: Mapping[str, Any]
    given: Mapping[str, Any]
    conditions: Mapping[str, bool] = field(default_factory=dict)

    def resolved(self, value: Any) -> Any:
        match value:
            case {"Ref": "AWS::NoValue"}:
                return None
            case {"Ref": name}:
                return self.given.get(name, f"arn:aws:iam::111111111111:policy/{name}")
            case {"Fn::Sub": str(text)}:
                # "${!name}" is a variable of IAM, which the caller's context fills in.
                found = re.sub(r"\$\{([^!}][^}]*)\}", lambda match: str(self.given[match[1]]), text)
                return found.replace("${!", "${")
            case {"Fn::If": [name, then, otherwise]}:
                return self.resolved(then if self.conditions[name] else otherwise)
            case {"Fn::Split": [sign, text]}:
                return self.resolved(text).split(sign)
            case {"Fn::Select": [number, values]}:
                return self.resolved(values)[int(number)]
            case dict():
                found = {name: self.resolved(one) for name, one in value.items()}
                assert not [name for name in found if name.startswith("Fn::")], found
                return found
            case list():
                return [one for one in map(self.resolved, value) if one is not None]
        return value

    def statements(self, role: str) -> Iterator[Mapping[str, Any]]:
        """Yield the statements of a role: its own, and those of the policies attached to it."""
        properties = self.text["Resources"][role]["Properties"]
        for policy in properties["Policies"]:
            yield from self.resolved(policy["PolicyDocument"]["Statement"])
        for reference in properties["ManagedPolicyArns"]:
            if "Fn::If" in reference:
                condition, then, _ = reference["Fn::If"]
                if not self.conditions[condition]:
                    continue
                reference = then
            document = self.text["Resources"][reference["Ref"]]["Properties"]["PolicyDocument"]
            yield from self.resolved(document["Statement"])


class Power:
    """What a role may do, by its policies alone."""

    def __init__(self, statements: Iterable[Mapping[str, Any]]) -> None:
        self._statements = [_Statement.of(one) for one in statements]

    def allows(self, action: str, resource: str = "*", context: Context | None = None) -> bool:
        matching = {
            one.effect for one in self._statements if one.applies(action, resource, context or {})
        }
        return matching == {"Allow"}


@dataclass(frozen=True)
class _Statement:
    effect: str
    actions: re.Pattern[str]
    # True if it means all actions but these.
    inverted: bool
    resources: tuple[str, ...]
    # True if it means all resources but these.
    elsewhere: bool
    condition: Mapping[str, Mapping[str, Any]]

    @classmethod
    def of(cls, text: Mapping[str, Any]) -> Self:
        known = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}
        # Of principals, only everybody.
        assert text.keys() <= {*known, "Principal"} and text.get("Principal", "*") == "*"
        inverted, elsewhere = "NotAction" in text, "NotResource" in text
        return cls(
            text["Effect"],
            _pattern(text["NotAction" if inverted else "Action"]),
            inverted,
            tuple(_list(text["NotResource" if elsewhere else "Resource"])),
            elsewhere,
            text.get("Condition") or {},
        )

    def applies(self, action: str, resource: str, context: Context) -> bool:
        return (
            (self.actions.fullmatch(action) is None) is self.inverted
            and self._names(resource, context)
            and all(
                _satisfied(operator, key, wanted, context)
                for operator, keys in self.condition.items()
                for key, wanted in keys.items()
            )
        )

    def _names(self, resource: str, context: Context) -> bool:
        """Match as in "IAM policy elements: Variables and tags" of the user guide.

        A statement with a variable that the context lacks means nothing.
        """
        asked = _variables(self.resources)
        if not asked <= context.keys():
            return False
        filled = list(self.resources)
        for name in asked:
            filled = [one.replace(f"${{{name}}}", str(context[name])) for one in filled]
        return (_pattern(filled).fullmatch(resource) is None) is self.elsewhere


@cache
def _variables(values: tuple[str, ...]) -> set[str]:
    return {name for one in values for name in re.findall(r"\$\{([^}]+)\}", one)}


def _pattern(values: str | Sequence[str]) -> re.Pattern[str]:
    return _compiled(tuple(_list(values)))


@cache
def _compiled(values: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(translate, values)))


def _list(value: str | Sequence[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _satisfied(operator: str, key: str, wanted: Any, context: Context) -> bool:
    """Compare as in "IAM JSON policy elements: Condition operators" of the user guide."""
    values = _list(wanted)
    found = None if key not in context else _list(context[key])
    lower = {value.lower() for value in values}
    match operator:
        case "Null":
            return (found is None) == (values == ["true"])
        case "ForAllValues:StringEquals":
            return all(one in values for one in found or [])
        case "ForAnyValue:StringEquals":
            return any(one in values for one in found or [])
        case "StringEquals":
            return found is not None and found[0] in values
        case "StringEqualsIfExists":
            return found is None or found[0] in values
        case "StringNotEqualsIgnoreCase":
            return found is None or found[0].lower() not in lower
    raise AssertionError(operator)
