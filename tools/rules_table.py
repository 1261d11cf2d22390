"""Write docs/rule-library.md from the rules that are searches; --check only compares."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from ebbtide.base.durations import describe
from ebbtide.rules import registry
from ebbtide.rules.rule import Advises, Rule
from ebbtide.rules.search_rule import SearchOptions
from tools.generated import write_or_check

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "rule-library.md"
INTRODUCTION = """\
# The library of rules

<!-- Written by tools/rules_table.py from layers/common/ebbtide/rules/library/. -->

Each of these rules is a search, which says what is waste, and options, which say how old it must be
and where. All of them are off by default. [rules.md](rules.md) explains what every selection must
pass before it is planned, and what age, watched and evidence mean.

    rules:
      unattached_addresses: {enabled: true, unchanged_for: 30d, except_tags: {keep: null}}

- The plan runs the search with three values: what could not be read is unknown, and leaves the
  resource undecided.
- Before a deletion, the search runs once more on what AWS says then.
- *Cannot see* names uses that no description of AWS tells. Think of them before you enable a rule.
- A rule that looks at what is beside a resource, such as `unused_security_groups`, does not know
  since when nothing uses it. What is used for an hour a day may be unused when a run looks; give
  such a resource a tag, and name the tag in `except_tags`.
- To change a search, copy it into a [rule of your own](rules.md#rules-of-your-own).
- Rules that [only advise](#the-{advising}-rules-that-only-advise) select nothing:
  `ebbtide plan advice` lists what they say.

## Options of every rule in the library

| key | default | meaning |
| --- | --- | --- |
"""
# Options of all rules, which docs/configuration.md explains, without a description in the model.
MEANINGS = {"enabled": "whether the rule is active"}


def text_of() -> str:
    """Return the whole page: the options, the list of the rules, and a section for each."""
    introduction = INTRODUCTION.replace("{advising}", str(len(advising())))
    return introduction + "\n".join([*options(), "", *rules(), *sections()]).rstrip("\n") + "\n"


def library() -> list[Any]:
    """Return the rules that are searches, by name."""
    return [rule for _, rule in sorted(registry().items()) if rule.search is not None]


def selecting() -> list[Any]:
    return [rule for rule in library() if rule.advises is None]


def advising() -> list[Any]:
    return [rule for rule in library() if rule.advises is not None]


def options() -> Iterator[str]:
    for name, field in SearchOptions.model_fields.items():
        varies = name in ("min_age", "unchanged_for", "idle_for")
        default = "see the rule" if varies else shown(field.get_default(call_default_factory=True))
        yield f"| `{name}` | {default} | {field.description or MEANINGS[name]} |"


def shown(value: Any) -> str:
    if isinstance(value, timedelta):
        return f"`{describe(value)}`" if value else "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`" if value else "none"


def rules() -> Iterator[str]:
    yield from listed(f"The {len(selecting())} rules", selecting())
    yield from listed(f"The {len(advising())} rules that only advise", advising())


def listed(title: str, found: list[Any]) -> Iterator[str]:
    yield f"## {title}"
    yield ""
    yield "| rule | question |"
    yield "| --- | --- |"
    for rule in found:
        yield f"| [`{rule.name}`](#{rule.name}) | {rule.search.question} |"
    yield ""


def sections() -> Iterator[str]:
    for rule in library():
        yield f"### {rule.name}"
        yield ""
        yield from section(rule)
        breaks = ", ".join(f"{by} that needs {needed}" for needed, by in rule.may_break)
        if breaks:
            yield f"- May break: {breaks}"
        yield ""


def section(rule: Rule[Any]) -> Iterator[str]:
    search, model = rule.search, rule.options
    assert search is not None
    yield search.question
    yield ""
    yield f"    {search.text}"
    yield ""
    if search.advises is None:
        yield f"- Selected as: {search.reason}"
    else:
        yield f"- **Advises only**, about {search.reason}: {search.advises.text}; never in a plan"
        yield f"- Saving: {saving(search.advises)}"
    defaults = [f"`{name}: {describe(value)}`" for name, value in rule.defaults.items() if value]
    yield f"- Defaults: {', '.join(defaults)}"
    if search.facts:
        yield f"- Facts: {', '.join(f'`{name}`' for name in search.facts)}"
    if search.newest_per:
        yield f"- Keeps the newest per: `{search.newest_per}`"
    for one in search.cannot_see:
        yield f"- Cannot see: {one}"
    for name, field in model.model_fields.items():
        if name not in SearchOptions.model_fields:
            default = shown(field.get_default(call_default_factory=True))
            yield f"- `{name}` ({default}): {field.description}"


def saving(advises: Advises) -> str:
    """Return what the saving is the difference of."""
    if advises.saves_all:
        return "its whole price"
    if not advises.instead:
        return "unknown, as it is no difference of list prices"
    parts = []
    for name, value in advises.instead.items():
        pairs = value.items() if isinstance(value, Mapping) else [("", value)]
        texts = [f"`{old}` -> `{new}`" if old else f"`{spelled(new)}`" for old, new in pairs]
        parts.append(f"`{name}` {', '.join(texts)}")
    return f"the difference to the price with {'; '.join(parts)}"


def spelled(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def main(arguments: list[str]) -> int:
    return write_or_check(__doc__, {TARGET: text_of()}, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
