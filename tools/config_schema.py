"""Write docs/configuration.md and docs/config.schema.json from the model; --check compares."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ebbtide.base.durations import describe
from ebbtide.config.model import Config, json_schema
from ebbtide.config.sections import model_in
from ebbtide.config.yaml_text import MAX_BYTES, MAX_DEPTH, MAX_TEXT, MAX_VALUES
from ebbtide.rules.own_rules import OwnRule
from ebbtide.rules.search_rule import SearchOptions
from tools.generated import write_or_check

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = ROOT / "docs" / "config.schema.json"
TARGET = ROOT / "docs" / "configuration.md"
INTRODUCTION = f"""\
# Configuration

<!-- Written by tools/config_schema.py from layers/common/ebbtide/config/model.py and the rules. -->

The configuration is one YAML file in the bucket of the stack, `config/ebbtide.yaml`. Every key is
optional. Without the file, all defaults apply, and nothing is deleted. A run copies the
configuration when it starts (`runs/<run_id>/run.json`), so later changes apply only to later runs.

`ebbtide config` ([cli.md](cli.md#configuration)) shows, validates and changes it:

    ebbtide config show --defaults
    ebbtide config set cleanup.limits.per_run 20
    ebbtide config edit

An unknown key, an unknown kind, a duplicate key or a value of the wrong type ends a run at its
start. The event `workflow_failed` has the error `ConfigError`, and a cause that names the line, the
key, what is wrong and what was probably meant, for the first 20 mistakes. Without a run,
`ebbtide config validate FILE` lists all of them:

    ebbtide.yaml:2:3: cleanup.dry_runn: unknown key (did you mean 'dry_run'?)
    ebbtide.yaml:7:11: protect.kinds.0: unknown kind 'volum' (did you mean 'volume'?)

The file is YAML 1.1 in UTF-8, and one document. Aliases (`*name`) and merge keys (`<<`) work; tags
such as `!!python/object` do not. It may have:

- {MAX_BYTES // 1024} KiB
- {MAX_VALUES:,} keys and values; what an alias or a merge key repeats counts each time
- {MAX_DEPTH} nested levels
- {MAX_TEXT:,} characters in one text

[`examples/config/ebbtide.yaml`](../examples/config/ebbtide.yaml) is an example with comments.
Editors that support JSON Schema check the configuration while you write it if its first line is:

    # yaml-language-server: $schema=docs/config.schema.json

Durations have the same format as in Resoto: `7d`, `2h30m`, `4 weeks`, `1 day and 4 hours`, `P7D`. A
month has 31 days and a year 365; `M` is a month and `m` a minute. Account ids have twelve digits.
Put them in quotes: YAML misreads ids that begin with 0, and the JSON schema expects text.
[rule-library.md](rule-library.md) lists the rules that are searches, with their options.
[kinds.md](kinds.md) lists the kinds; a base kind, such as `volume`, includes all its kinds.
"""

REGION = r"^[a-z]{2,}(-[a-z]+)+-\d+$"

# Texts for keys that have no description in the model.
MEANINGS = {
    "enabled": "whether the rule is active",
    "cleanup.enabled": "whether a plan is carried out; also needs the parameter CleanupEnabled",
    "cleanup.dry_run": "verify everything again and write the ledger, but change nothing",
    "cleanup.threads": "resources of one account that a tick processes concurrently",
    "cleanup.limits.per_run": "resources that the plans of all accounts may contain",
    "cleanup.limits.per_account": "resources that the plan of one account may contain",
    "cleanup.limits.per_kind": "resources of one kind that the plans of all accounts may contain",
    "cleanup.limits.per_rule": "resources that one rule may add to the plans of all accounts",
    "cleanup.limits.percent_of_account": "share of an account's resources that a plan may contain",
    "collect.kinds.include": "only these kinds; empty: all",
    "collect.kinds.exclude": "skip these kinds; resources that they could need become undecided",
    "protect.accounts": "accounts in which no resource is deleted",
    "protect.kinds": "kinds or base kinds whose resources are never deleted",
    "automations[].name": "the name of the automation in its event and in answers",
    "automations[].event": "the event at which the run waits until the automation answers",
}


# How the page names an entry of a list of sections, or of a mapping of names to sections.
_ENTRY: Mapping[Any, str] = {tuple: "[]", dict: ".NAME"}


class UndescribedError(Exception):
    """A key of the configuration has no description."""


def page() -> str:
    """Return the whole page: the introduction and a section per model."""
    return "\n".join([INTRODUCTION, *part("", Config, json_schema())]).rstrip("\n") + "\n"


def part(path: str, model: type[BaseModel], schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of one model's section, then those of the models nested in it."""
    type Row = tuple[str, str, FieldInfo, type[BaseModel] | None]
    plain: list[Row] = []
    nested: list[Row] = []
    for name, field in model.model_fields.items():
        inner = model_in(field)
        where = f"{path}{name}{_ENTRY.get(get_origin(field.annotation), '') if inner else ''}"
        (plain if inner is None else nested).append((where, name, field, inner))
    if plain:
        yield f"## {path.removesuffix('.') or 'Top level'}\n"
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
        if is_in_library(inner):
            continue
        yield from part(f"{where}.", inner, schema)


def is_in_library(model: type[BaseModel]) -> bool:
    """Return whether a model has the options of a rule of docs/rule-library.md."""
    return issubclass(model, SearchOptions) and model is not OwnRule


def definition(schema: Mapping[str, Any], model: type[BaseModel]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = schema if model is Config else schema["$defs"][model.__name__]
    return found


def meaning(where: str, name: str, field: FieldInfo) -> str:
    """Return the description of a key. Raises UndescribedError if there is none."""
    found = field.description or MEANINGS.get(where) or MEANINGS.get(name)
    if found is None:
        raise UndescribedError(
            f"{where} has no description: add one to its Field(...), as for the other options"
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
    """Return in words the values that a JSON schema allows."""
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
        # For keys with a pattern, such as account ids, pydantic writes patternProperties instead.
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
