"""Values of tags that are templates, such as "{/ancestors.account.reported.name}-{name}"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from ebbtide.base import clock
from ebbtide.language.parsing import parse, resolved
from ebbtide.language.syntax import Aggregate, AggregateFunction, Group, Query, Template
from ebbtide.language.texts import read_template


def is_template(value: str) -> bool:
    return "{" in value or "}" in value


def query_with_values(
    text: str,
    values: Mapping[str, str],
    snippets: Mapping[str, str] | None = None,
    now: datetime | None = None,
) -> Query:
    """Return a search with an aggregate whose groups are the templates, named by their keys.

    So their fields are checked and renamed as those of a search are. Raises SearchError for an
    unknown field, ValueError for a value that is no template.
    """
    moment = (now or clock.now()).astimezone(UTC)
    query = parse(text, snippets, moment)
    groups = tuple(Group(Template(read_template(value)), key) for key, value in values.items())
    # A sort would be one of the groups.
    last = replace(query.parts[-1], sort=(), limit=None, reverse=False)
    aggregate = Aggregate(groups, (AggregateFunction("sum", 1),))
    query = replace(query, parts=(*query.parts[:-1], last), aggregate=aggregate)
    return resolved(query, text, moment)


def templates_in(query: Query) -> dict[str, Template]:
    """Return the templates of a query that `query_with_values` made, by their keys."""
    groups = () if query.aggregate is None else query.aggregate.groups
    return {str(group.name): group.by for group in groups if isinstance(group.by, Template)}
