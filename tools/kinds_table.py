"""Writes docs/kinds.md, the table of all kinds, from their declarations; --check only compares."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from ebbtide.kind import Delete, Detail, Kind, LastUse, Relation
from ebbtide.kinds import dependent_kinds, registry
from ebbtide.scope import is_skippable
from tools.generated import write_or_check

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "kinds.md"
INTRODUCTION = """\
# Kinds of resources

<!-- Written by tools/kinds_table.py from layers/common/ebbtide/kinds; `make docs` renews it. -->

Every kind is one declaration in `layers/common/ebbtide/kinds`. Where the configuration names
`volume`, it means every kind that has `volume` as a base kind. All that AWS answers is kept as
properties in snake_case; the promised fields are further names that all kinds of the same base kind
share.

**Read by** has the calls as boto3 names them: the one that lists, and those that complete each item
or several at once. **Edges** are those that the kind declares: *to* the other kind or *from* it,
and which of the two must be deleted first. **Last use** is read only where
`collect.last_use.kinds` or a rule asks for it. **Optional** kinds are read only if
`collect.kinds.also` or `include` names them.
**Also in regions that look empty**: read in every region in every run
([operations.md](operations.md#regions-that-look-empty)).
"""


def text_of(kinds: list[Kind]) -> str:
    return "\n".join(
        [INTRODUCTION, *overview(kinds), "", *(line for k in kinds for line in part(k))]
    )


def overview(kinds: list[Kind]) -> Iterator[str]:
    yield f"## All {len(kinds)} kinds\n"
    optional = sum(bool(kind.optional) for kind in kinds)
    deletable = sum(kind.delete is not None for kind in kinds)
    yield f"Of these, {optional} are optional, and {deletable} can be deleted.\n"
    yield "| kind | base kinds | service | scope | deleted by |"
    yield "|---|---|---|---|---|"
    for kind in kinds:
        delete = f"`{kind.delete.call.operation}`" if kind.delete else "never"
        link = f"[`{kind.name}`](#{kind.name})"
        scope = f"{kind.scope}, optional" if kind.optional else kind.scope
        yield f"| {link} | {quoted(kind.bases)} | {service_of(kind)} | {scope} | {delete} |"


def service_of(kind: Kind) -> str:
    """The service that lists a kind, or lists what it lies in."""
    if kind.list is not None:
        return f"`{kind.list.service}`"
    return service_of(registry()[kind.each]) if kind.each else "none"


def part(kind: Kind) -> Iterator[str]:
    """The section of one kind."""
    yield f"## {kind.name}\n"
    yield f"- Service: {service_of(kind)}; {scope_of(kind)}"
    if kind.bases:
        yield f"- Base kinds: {quoted(kind.bases)}"
    yield f"- Read by: {reading(kind)}"
    if kind.optional:
        yield f"- Optional: {sentence(kind.optional)}"
    if kind.fields or kind.computed:
        yield f"- Promised fields: {quoted((*kind.fields, *kind.computed))}"
    yield from relations(kind)
    if kind.last_use:
        yield f"- Last use: {use(kind.last_use)}"
    if kind.metrics:
        yield f"- Usage: {', '.join(f'`{metric.usage_name}`' for metric in kind.metrics)}"
    if kind.delete:
        yield from deletion(kind, kind.delete)
    else:
        yield f"- Never deleted: {sentence(kind.undeletable)}"
    for state in kind.never_delete:
        yield f"- Never deleted when {state.why}."
    yield ""


def scope_of(kind: Kind) -> str:
    if kind.scope == "global":
        return "global"
    scope = "regional and global" if kind.scope == "both" else "regional"
    return scope if is_skippable(kind) else f"{scope}, also in regions that look empty"


def reading(kind: Kind) -> str:
    """How a kind is listed and completed."""
    if kind.inside is not None:
        first = f"part of what is answered for each `{kind.each}`"
    elif kind.list is None:
        first = "the collector itself"
    else:
        first = f"`{kind.list.service}.{kind.list.operation}`"
        first += f" for each `{kind.each}`" if kind.each else ""
    details = [completing(detail) for detail in kind.details]
    return "; then ".join([first, ", ".join(dict.fromkeys(details))]) if details else first


def completing(detail: Detail) -> str:
    call = f"`{detail.call.service}.{detail.call.operation}`"
    return f"{call} for up to {detail.batch} at once" if detail.batch else call


def relations(kind: Kind) -> Iterator[str]:
    """One line for all kinds to which a kind stands in the same relation."""
    found: dict[str, list[str]] = {}
    for relation in kind.relations:
        found.setdefault(relation_text(relation), []).append(relation.kind)
    for text, names in sorted(found.items()):
        yield f"- {text.format(quoted(sorted(set(names))))}"


def relation_text(relation: Relation) -> str:
    """Direction and order of a relation, with {} where the other kinds belong."""
    text = "Edges from {}" if relation.reverse else "Edges to {}"
    if relation.deleted_after:
        text += ", which must be gone first"
    if relation.deleted_before:
        text += ", which can only go after it"
    if relation.owns:
        text += ", which AWS deletes together with it"
    if relation.owned_by:
        text += ", together with which AWS deletes it"
    return f"{text}; its own preparation cuts this" if relation.severable else text


def use(last_use: LastUse) -> str:
    if last_use.metrics:
        names = [f"{metric.namespace} {metric.name}" for metric in last_use.metrics]
        return f"CloudWatch, {quoted(dict.fromkeys(names))}, by the day"
    source = f", by {completing(last_use.detail)}" if last_use.detail else ""
    return f"`{last_use.path}` of the answer{source}"


def deletion(kind: Kind, delete: Delete) -> Iterator[str]:
    first = sorted(dependent_kinds(kind.name))
    yield f"- Deleted by: `{delete.call.service}.{delete.call.operation}`"
    if first:
        yield f"- Deleted after: {quoted(first)}"
    if delete.prepare:
        steps = dict.fromkeys(step.call.operation for step in delete.prepare)
        yield f"- Before the deletion: {quoted(steps)}"
    yield f"- Must not have changed since the plan: {quoted(kind.fingerprint)}"
    if delete.note:
        yield f"- Note: {delete.note}"


def sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip('.')}."


def quoted(names: tuple[str, ...] | list[str] | dict[str, None]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def main(arguments: list[str]) -> int:
    text = text_of(sorted(registry().values(), key=lambda kind: kind.name)).rstrip("\n") + "\n"
    return write_or_check(__doc__, {TARGET: text}, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
