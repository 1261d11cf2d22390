"""Runs a state machine with made-up answers; as in AWS, a path without a value is an error."""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

# (state name, resource, resolved parameters) -> the task's result; raise TaskError to fail it.
Answer = Callable[[str, str, Any], Any]
MAX_TRANSITIONS = 500
EQUALITIES = ("BooleanEquals", "NumericEquals", "StringEquals")


class TaskError(Exception):
    """A task or the whole execution fails with this error."""

    def __init__(self, error: str, cause: str = "made up") -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause


@dataclass
class Interpreter:
    """One execution; `entered` lists the state names in order, also those of child workflows."""

    answer: Answer
    items: Callable[[str], list[Any]]
    context: dict[str, Any]
    entered: list[str] = field(default_factory=list)

    def run(self, scope: Mapping[str, Any], data: Any) -> Any:
        name: str | None = scope["StartAt"]
        while name is not None:
            self.entered.append(name)
            self.context["State"] = {"EnteredTime": f"t{len(self.entered)}", "RetryCount": 0}
            assert len(self.entered) < MAX_TRANSITIONS, "the machine goes round in circles"
            state = scope["States"][name]
            data, name = getattr(self, f"_{state['Type'].lower()}")(name, state, data)
        return data

    def _pass(self, _name: str, state: Mapping[str, Any], data: Any) -> tuple[Any, str | None]:
        given = self.path(state.get("InputPath", "$"), data)
        given = self.fill(state["Parameters"], given) if "Parameters" in state else given
        return self.placed(state, data, state.get("Result", given)), state.get("Next")

    def _wait(self, _name: str, state: Mapping[str, Any], data: Any) -> tuple[Any, str | None]:
        if "SecondsPath" in state:
            assert isinstance(self.path(state["SecondsPath"], data), int)
        return data, state.get("Next")

    def _succeed(self, _name: str, state: Mapping[str, Any], data: Any) -> tuple[Any, None]:
        return self.output(state, data), None

    def _fail(self, _name: str, state: Mapping[str, Any], data: Any) -> tuple[Any, str | None]:
        error = state.get("Error") or self.path(state["ErrorPath"], data)
        raise TaskError(error, state.get("Cause") or self.path(state["CausePath"], data))

    def _choice(self, _name: str, state: Mapping[str, Any], data: Any) -> tuple[Any, str]:
        chosen = (rule["Next"] for rule in state["Choices"] if self.holds(rule, data))
        return data, next(chosen, state["Default"])

    def _task(self, name: str, state: Mapping[str, Any], data: Any) -> tuple[Any, str | None]:
        if state["Resource"].endswith("waitForTaskToken"):
            self.context["Task"] = {"Token": "token"}
        given = self.fill(state["Parameters"], data) if "Parameters" in state else data
        if "TimeoutSecondsPath" in state:
            assert isinstance(self.path(state["TimeoutSecondsPath"], data), int)
        return self._guarded(state, data, lambda: self.answer(name, state["Resource"], given))

    def _map(self, _name: str, state: Mapping[str, Any], data: Any) -> tuple[Any, str | None]:
        def run_children() -> Any:
            if "ItemReader" in state:
                items = self.items(self.fill(state["ItemReader"]["Parameters"], data)["Key"])
            else:
                items = self.path(state["ItemsPath"], data)
            return [self._child(state, data, item) for item in items]

        return self._guarded(state, data, run_children)

    def _child(self, state: Mapping[str, Any], data: Any, item: Any) -> Any:
        self.context["Map"] = {"Item": {"Value": item}}
        return self.run(state["ItemProcessor"], self.fill(state["ItemSelector"], data))

    def _guarded(
        self, state: Mapping[str, Any], data: Any, act: Callable[[], Any]
    ) -> tuple[Any, str | None]:
        try:
            result = act()
        except TaskError as error:
            for catch in state["Catch"]:
                if error.error in catch["ErrorEquals"] or catch["ErrorEquals"] == ["States.ALL"]:
                    caught = {"Error": error.error, "Cause": error.cause}
                    return self.placed({"ResultPath": catch["ResultPath"]}, data, caught), catch[
                        "Next"
                    ]
            raise
        if "ResultSelector" in state:
            result = self.fill(state["ResultSelector"], result)
        return self.placed(state, data, result), state.get("Next")

    def placed(self, state: Mapping[str, Any], data: Any, result: Any) -> Any:
        where = state.get("ResultPath", "$")
        if where == "$":
            return self.output(state, result)
        placed = copy.deepcopy(data)
        if where is not None:
            *way, last = where.removeprefix("$.").split(".")
            inner = placed
            for part in way:
                inner = inner[part]
            inner[last] = result
        return self.output(state, placed)

    def output(self, state: Mapping[str, Any], data: Any) -> Any:
        path = state.get("OutputPath", "$")
        return {} if path is None else self.path(path, data)

    def holds(self, rule: Mapping[str, Any], data: Any) -> bool:
        if "And" in rule:
            return all(self.holds(one, data) for one in rule["And"])
        if "Or" in rule:
            return any(self.holds(one, data) for one in rule["Or"])
        if "IsPresent" in rule:
            try:
                self.path(rule["Variable"], data)
            except KeyError:
                return not rule["IsPresent"]
            return bool(rule["IsPresent"])
        value = self.path(rule["Variable"], data)
        if "IsNull" in rule:
            return (value is None) == rule["IsNull"]
        if "NumericGreaterThan" in rule:
            return type(value) is int and value > rule["NumericGreaterThan"]
        if "StringMatches" in rule:
            pattern = ".*".join(map(re.escape, rule["StringMatches"].split("*")))
            return type(value) is str and re.fullmatch(pattern, value, re.DOTALL) is not None
        (expected,) = (rule[test] for test in EQUALITIES if test in rule)
        return type(value) is type(expected) and value == expected

    def fill(self, template: Any, data: Any) -> Any:
        if isinstance(template, list):
            return [self.fill(one, data) for one in template]
        if not isinstance(template, dict):
            return template
        filled = {}
        for key, value in template.items():
            if key.endswith(".$"):
                filled[key.removesuffix(".$")] = self.path(value, data)
            else:
                filled[key] = self.fill(value, data)
        return filled

    def path(self, text: str, data: Any) -> Any:
        """Resolve a path, a path into the context object, or an intrinsic function.

        Raises KeyError if a path has no value.
        """
        if text.startswith("States."):
            name, arguments = re.fullmatch(r"States\.(\w+)\((.*)\)", text).groups()  # type: ignore
            return self._call(name, [self._argument(one, data) for one in arguments.split(", ")])
        found, text = (self.context, text[1:]) if text.startswith("$$") else (data, text)
        parts = re.findall(r"[^.\[\]]+", text)[1:]
        if "*" in parts:
            # A path with a wildcard is a list of all values that it leads to.
            return list(self._values(parts, copy.deepcopy(found)))
        for part in parts:
            if part not in found:
                raise KeyError(f"{text} leads nowhere in {json.dumps(found)}")
            found = found[part]
        return copy.deepcopy(found)

    def _values(self, parts: list[str], found: Any) -> Iterator[Any]:
        if not parts:
            yield found
        elif parts[0] == "*":
            for value in found.values() if isinstance(found, dict) else found:
                yield from self._values(parts[1:], value)
        elif parts[0] in found:
            yield from self._values(parts[1:], found[parts[0]])

    def _argument(self, text: str, data: Any) -> Any:
        return text[1:-1] if text[0] == "'" else text if text == "false" else self.path(text, data)

    def _call(self, name: str, arguments: list[Any]) -> Any:
        if name == "Format":
            return arguments[0].replace("{}", "%s") % tuple(arguments[1:])
        if name == "Hash":
            assert arguments[1] == "SHA-1"
            return hashlib.sha1(arguments[0].encode()).hexdigest()
        if name == "StringToJson":
            return json.loads(arguments[0])
        if name == "ArrayLength":
            return len(arguments[0])
        if name == "Array":
            return arguments
        assert name == "JsonMerge", name
        return {**arguments[0], **arguments[1]}
