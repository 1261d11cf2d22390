"""The reviewed lists of relations and of other tools' names match the declared kinds."""

from __future__ import annotations

from typing import Any

import pytest

from ebbtide.kinds import registry
from tests.faults.relations.data import reviewed
from tests.faults.relations.paths import documents, is_declared

RELATIONS: list[dict[str, Any]] = reviewed("missing", "relations")
# Lower this number with every newly declared relation; never raise it.
MOST_MISSING = 8
# Targets that are not declared kinds.
OTHERS = {"another account", "any kind"}


def described(entry: dict[str, Any]) -> str:
    return f"{entry['from']} {entry['path']} -> {', '.join(entry['to'])} by {entry['by']}"


def declared(entry: dict[str, Any]) -> bool:
    """Check for a relation, or for a state in which what other accounts use is never deleted."""
    kind = registry()[entry["from"]]
    if entry["to"] == ["another account"]:
        return any(entry["path"].startswith(state.when) for state in kind.never_delete)
    return is_declared(kind, entry["path"], entry["to"], entry["by"])


def test_a_listed_relation_is_either_declared_or_marked_as_missing() -> None:
    wrong = [described(one) for one in RELATIONS if declared(one) is one.get("missing", False)]
    assert wrong == []


def test_the_list_of_missing_relations_only_shrinks() -> None:
    missing = [one for one in RELATIONS if one.get("missing", False)]
    assert len(missing) <= MOST_MISSING


def test_the_listed_relations_join_known_kinds_and_are_listed_once() -> None:
    named = {name for one in RELATIONS for name in (one["from"], *one["to"])}
    assert named - OTHERS <= set(registry())
    assert len(set(map(described, RELATIONS))) == len(RELATIONS)


def test_a_relation_is_recognised_by_where_it_leads() -> None:
    # Paths with functions or pipes are not analysed; nine in ten paths have neither.
    unread, overlooked, recognised = [], [], 0
    for kind in registry().values():
        for relation in kind.relations:
            try:
                documents(relation.path)
            except ValueError:
                unread.append(relation.path)
                continue
            if is_declared(kind, relation.path, [relation.kind], "id"):
                recognised += 1
            else:
                overlooked.append((kind.name, relation.path))
    assert overlooked == []
    assert recognised > 9 * len(unread)


@pytest.mark.parametrize(("list_name", "member"), [("kind_map", "kinds"), ("cfn_tagging", "types")])
def test_the_names_of_other_tools_are_given_for_declared_kinds(list_name: str, member: str) -> None:
    rows = reviewed(list_name, member)
    kinds = set(rows) if isinstance(rows, dict) else {row["kind"] for row in rows}
    assert kinds <= set(registry())


def test_the_types_whose_tags_are_known_are_those_of_their_kinds() -> None:
    types = reviewed("kind_map", "kinds")
    unknown = [
        row
        for row in reviewed("cfn_tagging", "types")
        if row["type"] not in types[row["kind"]].get("cfn", [])
    ]
    assert unknown == []
