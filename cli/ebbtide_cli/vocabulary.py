"""Describe kinds of resources from their declarations."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from ebbtide.kinds import (
    declared_in,
    dependent_kinds,
    known_kinds,
    needing_kinds,
    parts_of,
    registry,
)
from ebbtide.model.bases import BASES
from ebbtide.model.call import Call
from ebbtide.model.kind import Kind
from ebbtide_cli.errors import UsageError
from ebbtide_cli.formats import DOCUMENTS, usual_format
from ebbtide_cli.formats.documents import write_documents
from ebbtide_cli.formats.rows import write_rows
from ebbtide_cli.output import inform
from ebbtide_cli.results import write_records
from ebbtide_cli.summary import counted_as

type Record = dict[str, Any]

ALL_KINDS = "`ebbtide kinds` lists all kinds"
_ONE = {"fields": "field", "properties": "property"}
_COLUMNS = ["kind", "bases", "service", "scope", "deleted_by", "optional"]


def write_kinds(format: str | None) -> None:
    """Write one row per kind."""
    rows = [_row(kind) for kind in _sorted(registry().values())]
    write_records(format or usual_format(), _COLUMNS, rows)
    inform(f"{counted_as(len(rows), 'kind')}.")


def _row(kind: Kind) -> list[Any]:
    deleted_by = kind.delete.call.operation if kind.delete else None
    bases = ", ".join(kind.bases) or None
    return [kind.name, bases, service_of(kind), kind.scope, deleted_by, bool(kind.optional)]


def _sorted(kinds: Any) -> list[Kind]:
    return sorted(kinds, key=lambda kind: kind.name)


def service_of(kind: Kind) -> str | None:
    """Return the service that lists a kind or its parent; None if no service does."""
    if kind.list is not None:
        return kind.list.service
    return service_of(registry()[kind.each]) if kind.each else None


def write_kind(name: str, format: str | None) -> None:
    """Describe one kind or base kind. Raises UsageError for an unknown one."""
    kind = registry().get(name)
    if kind is None and name not in known_kinds():
        close = get_close_matches(name, known_kinds(), n=3)
        hint = f" (did you mean {' or '.join(map(repr, close))}?)" if close else f"; {ALL_KINDS}"
        raise UsageError(f"unknown kind {name!r}{hint}")
    found = described(kind) | _documented(kind) if kind else described_base(name)
    format = format or usual_format()
    if format in DOCUMENTS:
        write_documents(format, [found])
    else:
        rows = list(_rows(found))
        write_rows(format, ["what", name], rows) if format == "table" else _write_pairs(
            format, rows
        )


def _write_pairs(format: str, rows: list[tuple[str, str]]) -> None:
    if format == "list":
        write_rows(format, [what for what, _ in rows], [[text for _, text in rows]])
    else:
        write_rows(format, ["what", "value"], rows)


def _rows(found: Record) -> Iterator[tuple[str, str]]:
    for what, value in found.items():
        if isinstance(value, dict):
            yield from ((f"{_ONE[what]} {name}", text) for name, text in value.items())
        elif value not in (None, []):
            yield what, _text(value)


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def described_base(name: str) -> Record:
    """Return the fields that a base kind promises, and the kinds that have them."""
    return {
        "kind": name,
        "fields": list(BASES.get(name, ())),
        "kinds": [kind.name for kind in _sorted(registry().values()) if name in kind.kinds[1:]],
    }


def described(kind: Kind) -> Record:
    """Return the parts of a kind's declaration that matter to users; reads no service model."""
    return {
        "kind": kind.name,
        "bases": list(kind.kinds[1:]),
        "service": service_of(kind),
        "scope": kind.scope,
        "optional": kind.optional or None,
        "read_by": _reading(kind),
        "declared_in": f"{registry.__module__}.{declared_in()[kind.name]}",
        "part_of": sorted({one.kind for one in kind.relations if one.part}),
        "parts": sorted(parts_of(kind.name)),
        "edges_to": _edges(kind, outgoing=True),
        "edges_from": _edges(kind, outgoing=False),
        "last_use": _last_use(kind),
        "deleted_by": _operation(kind.delete.call) if kind.delete else None,
        "deleted_after": sorted(dependent_kinds(kind.name)),
        "needed_by": sorted(needing_kinds(kind.name)),
        "prepared_by": _preparations(kind),
        "note": (kind.delete.note if kind.delete else "") or None,
        "never_deleted": None if kind.delete else kind.undeletable,
        "guardrail": kind.guardrail.why if kind.guardrail else None,
        "never_deleted_when": [state.why for state in kind.never_delete],
    }


def _documented(kind: Kind) -> Record:
    """Return the fields and properties of a kind with AWS's descriptions."""
    # botocore takes a second to import, which no other command should wait for.
    from ebbtide_cli.properties import promised_fields_of, properties_of, shown

    promised = {name: shown(one) for name, one in promised_fields_of(kind).items()}
    answered = {name: shown(one) for name, one in properties_of(kind).items()}
    others = {name: text for name, text in answered.items() if name not in promised}
    return {"fields": promised, "properties": others}


def _operation(call: Call) -> str:
    return f"{call.service}.{call.operation}"


def _reading(kind: Kind) -> list[str]:
    calls = [kind.list] if kind.list else []
    calls += [detail.call for detail in kind.details]
    return list(dict.fromkeys(map(_operation, calls)))


def _preparations(kind: Kind) -> list[str]:
    steps = kind.delete.prepare if kind.delete else ()
    return list(dict.fromkeys(_operation(step.call) for step in steps))


def _last_use(kind: Kind) -> str | None:
    if kind.last_use is None:
        return None
    names = [f"{metric.namespace} {metric.name}" for metric in kind.last_use.metrics]
    return f"CloudWatch, {', '.join(dict.fromkeys(names))}" if names else "reported by AWS"


def _edges(kind: Kind, *, outgoing: bool) -> list[str]:
    """Return the kinds at the other ends of the edges, whichever of the two declares them."""
    own = (relation.kind for relation in kind.relations if relation.reverse != outgoing)
    others = (
        other.name
        for other in registry().values()
        for relation in other.relations
        if relation.kind == kind.name and relation.reverse == outgoing
    )
    return sorted({*own, *others})
