"""The default metrics as statements for DuckDB, made from the same definitions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ebbtide.kinds import concrete_kinds
from ebbtide.language.rows import group_name
from ebbtide.language.syntax import (
    AggregateFunction,
    All,
    And,
    IsKind,
    Path,
    Predicate,
    Query,
    Term,
)
from ebbtide.metrics.choosing import Chosen
from ebbtide.metrics.columns import Column, reads_of

# The types of columns that are not texts.
NUMBERS = frozenset(
    {"instance_cores", "instance_count", "instance_memory", "monthly", "quota", "volume_size"}
)
_OPERATORS = {"==": "IS NOT DISTINCT FROM", "!=": "IS DISTINCT FROM"}


def load_statement(files: str, chosen: Iterable[Chosen]) -> str:
    """Return the statement that loads what the metrics read of all files into the table t.

    What another account shares counts there, as it does in Ebbtide.
    """
    sections: dict[str, set[str]] = {"properties": {"owner_id"}, "tags": {"owner"}, "price": set()}
    for one in chosen:
        for column in _columns(one.query):
            if column.section != "line":
                sections[column.section].add(column.name)
    structures = ", ".join(
        f"{section}: 'STRUCT({', '.join(f'{name} {_type(name)}' for name in sorted(names))})'"
        for section, names in sections.items()
    )
    plain = ("kind", "account", "region", "arn", "stale_since", "orphaned_since")
    columns = ", ".join(f"{name}: 'VARCHAR'" for name in plain)
    return f"""CREATE TABLE t AS SELECT * FROM
        read_json('{files}', format='newline_delimited', columns={{{columns}, {structures}}})
        WHERE coalesce(nullif(split_part(arn, ':', 5), ''), properties.owner_id, account) = account
    """


def statement(chosen: Chosen) -> str:
    """Return the statement for a metric: its labels, then for each function value and unknown."""
    groups = [f"{_value(group.by)} AS {group_name(group)}" for group in chosen.aggregate.groups]
    values = [text for function in chosen.aggregate.functions for text in _figures(function)]
    (part,) = chosen.query.parts
    grouped = f"GROUP BY {', '.join(str(n) for n, _ in enumerate(groups, 1))}" if groups else ""
    return f"SELECT {', '.join((*groups, *values))} FROM t WHERE {_condition(part.term)} {grouped}"


def _columns(query: Query) -> Iterator[Column]:
    reads = reads_of(query)
    assert reads is not None
    yield from reads.key
    yield from filter(None, reads.values)


def _type(name: str) -> str:
    return "DOUBLE" if name in NUMBERS else "VARCHAR"


def _condition(term: Term) -> str:
    """Return a condition that only what surely matches fulfils: what is stale may have changed."""
    match term:
        case All():
            return "true"
        case And(left, right):
            return f"({_condition(left)}) AND ({_condition(right)})"
        case IsKind(names):
            kinds = ", ".join(f"'{kind}'" for kind in sorted(concrete_kinds(names)))
            return f"kind IN ({kinds})"
        case Predicate(path, "=~", pattern, None):
            return f"stale_since IS NULL AND regexp_matches({_value(path)}, '{pattern}')"
        case Predicate(path, operator, value, None) if operator in _OPERATORS:
            text = "NULL" if value is None else f"'{value}'"
            known = "true" if path.first == "metadata" else "stale_since IS NULL"
            return f"{known} AND {_value(path)} {_OPERATORS[operator]} {text}"
    raise ValueError(f"no statement for {term}")


def _figures(function: AggregateFunction) -> tuple[str, str]:
    if not isinstance(function.operand, Path):
        return "count(*)", "0"
    value = _value(function.operand)
    for sign, number in function.operations:
        value = f"({value} {sign} {number})"
    return f"sum({value})", f"count(*) - count({value})"


def _value(by: Any) -> str:
    assert isinstance(by, Path)
    names = [step.name for step in by.steps]
    match names:
        case ["account", "id"] | ["ancestors", "account", "reported", "id"]:
            return "account"
        case ["cloud"]:
            return "'aws'"
        case ["kind" | "region" as name] | ["metadata", name]:
            return name
        case ["tags" | "price", _]:
            return ".".join(names)
        case [name]:
            return f"properties.{name}"
    raise ValueError(f"no column for {names}")
