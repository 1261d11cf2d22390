"""Writes docs/configuration.md and docs/config.schema.json from the model; --check compares."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ebbtide.base.durations import describe
from ebbtide.config.model import Config, json_schema
from tools.generated import write_or_check

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = ROOT / "docs" / "config.schema.json"
TARGET = ROOT / "docs" / "configuration.md"
INTRODUCTION = """\
# Configuration

<!-- Written by tools/config_schema.py from layers/common/ebbtide/config/model.py and the rules. -->

The configuration is one YAML object in the bucket of the stack, `config/ebbtide.yaml`. Every key
has a default and may be left out; without the object all defaults hold, and nothing is deleted. An
unknown key, an unknown kind, a key given twice or a value of the wrong type ends the run at its
start, with the line and the reason in the event `workflow_failed`. A run works to its end with the
configuration as it was when it began (`runs/<run_id>/run.json`).

[`examples/config/ebbtide.yaml`](../examples/config/ebbtide.yaml) is a commented example. Editors
that read JSON schemas check a configuration as it is written when its first line is:

    # yaml-language-server: $schema=docs/config.schema.json

Durations are written as Resoto writes them: `7d`, `2h30m`, `4 weeks`, `1 day and 4 hours`, `P7D`; a
month has 31 days, a year 365, `M` is a month and `m` a minute. Account ids have twelve digits;
quote those that begin with 0, which YAML would take for another number, and all of them to please
the JSON schema. Kinds are those of [kinds.md](kinds.md); a base kind, such as `volume`, stands for
all its kinds.
"""

REGION = r"^[a-z]{2,}(-[a-z]+)+-\d+$"

# What the model itself does not say about a key, because its name and section already do.
MEANINGS = {
    "enabled": "whether the rule selects anything",
    "cleanup.enabled": "whether a plan is carried out; needs the parameter CleanupEnabled, too",
    "cleanup.dry_run": "verify everything again, write the ledger, and change nothing",
    "cleanup.threads": "resources of one account that are worked on at once",
    "cleanup.limits.per_run": "most resources planned in all accounts together",
    "cleanup.limits.per_account": "most resources planned in one account",
    "cleanup.limits.per_kind": "most resources of one kind planned in all accounts together",
    "cleanup.limits.per_rule": "most resources one rule may have selected in all accounts together",
    "cleanup.limits.percent_of_account": "largest share of an account's resources, in percent",
    "collect.kinds.include": "only these kinds; empty: all",
    "collect.kinds.exclude": "not these kinds; what could depend on them becomes undecided",
    "protect.accounts": "accounts in which nothing is deleted",
    "protect.kinds": "kinds or base kinds of which nothing is deleted",
    "automations[].name": "what the automation is called in its own event and in answers",
    "automations[].event": "the event that is held until the automation answers",
    "automations[].on_failure": "what its failure, or an hour of silence, does to the run",
    "metrics.cloudwatch": "whether anything is written to CloudWatch",
}


class UndescribedError(Exception):
    """A key of the configuration has no text that says what it does."""


def page() -> str:
    """The table of all keys."""
    return "\n".join([INTRODUCTION, *part("", Config, json_schema())]).rstrip("\n") + "\n"


def part(path: str, model: type[BaseModel], schema: Mapping[str, Any]) -> Iterator[str]:
    """The section of one model, and then those of the models in it."""
    type Row = tuple[str, str, FieldInfo, type[BaseModel] | None]
    plain: list[Row] = []
    nested: list[Row] = []
    for name, field in model.model_fields.items():
        inner = model_in(field)
        where = f"{path}{name}{'[]' if inner and get_origin(field.annotation) is tuple else ''}"
        (plain if inner is None else nested).append((where, name, field, inner))
    if plain:
        yield f"## {path.removesuffix('.')}\n"
        if model.__doc__:
            yield f"{model.__doc__.strip()}\n"
        yield "| key | default | values | meaning |"
        yield "| --- | --- | --- | --- |"
        for where, name, field, _ in plain:
            values = described(definition(schema, model)["properties"][name], schema)
            yield f"| `{where}` | {default(field)} | {values} | {meaning(where, name, field)} |"
        yield ""
    for where, _, _, inner in nested:
        assert inner is not None
        yield from part(f"{where}.", inner, schema)


def model_in(field: FieldInfo) -> type[BaseModel] | None:
    """The model that a field holds: as it is, or none, or in a list."""
    for found in (field.annotation, *get_args(field.annotation)):
        if isinstance(found, type) and issubclass(found, BaseModel):
            return found
    return None


def definition(schema: Mapping[str, Any], model: type[BaseModel]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = schema if model is Config else schema["$defs"][model.__name__]
    return found


def meaning(where: str, name: str, field: FieldInfo) -> str:
    """Return the text about a key; raises UndescribedError where the model has none."""
    found = field.description or MEANINGS.get(where) or MEANINGS.get(name)
    if found is None:
        raise UndescribedError(
            f"{where} has no description: give its Field(...) one, as for the other options"
        )
    return found


def default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, timedelta):
        return f"`{describe(value)}`"
    if value in ((), {}, None):
        return "none" if value is None else "empty"
    return f"`{json.dumps(value)}`".replace('`"', "`").replace('"`', "`")


def described(values: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """What a JSON schema allows, in words."""
    if "anyOf" in values:
        return " or ".join(described(one, schema) for one in values["anyOf"])
    if "enum" in values:
        return ", ".join(f"`{one}`" for one in values["enum"])
    if "const" in values:
        return f"`{values['const']}`"
    kind = values["type"]
    if kind == "array":
        return f"list of {described(values['items'], schema)}"
    if kind == "object":
        # Keys that must have a form, such as account ids, turn the one into the other.
        found = values.get("patternProperties") or {"": values["additionalProperties"]}
        return f"mapping to {described(next(iter(found.values())), schema)}"
    if kind in ("integer", "number"):
        return bounds(values)
    return {"boolean": "true, false", "null": "null"}.get(kind, text_of(values))


def text_of(values: Mapping[str, Any]) -> str:
    if values.get("examples") == ["7d", "2h30m", "4 weeks"]:
        return "duration"
    pattern = values.get("pattern")
    if pattern is not None and pattern.startswith("^(r-"):
        return "unit or root id"
    return {r"^\d{12}$": "account id", REGION: "region"}.get(pattern or "", "text")


def bounds(values: Mapping[str, Any]) -> str:
    low, high = values.get("minimum"), values.get("maximum")
    return f"at least {low:g}" if high is None else f"{low:g} to {high:g}"


def files() -> dict[Path, str]:
    return {SCHEMA: json.dumps(json_schema(), indent=2) + "\n", TARGET: page()}


def main(arguments: list[str]) -> int:
    return write_or_check(__doc__, files(), arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
