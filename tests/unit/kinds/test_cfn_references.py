"""Our relations have what CloudFormation's resource types refer to.

tests/data/relations/cfn_references.json has the references, kind_map.json the kinds of the types,
and cfn_exceptions.json, with a reason each, the references that no relation has.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from itertools import product
from typing import Any

from ebbtide.kinds import registry
from tests.support.paths import REPOSITORY

FOLDER = REPOSITORY / "tests" / "data" / "relations"
LEAST = 0.98

type Reference = tuple[str, str, str]


def stored(name: str, member: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text())[member]


def kinds_of_types() -> dict[str, set[str]]:
    """Return the kinds that a resource type, or a part of one, belongs to."""
    found: dict[str, set[str]] = defaultdict(set)
    for kind, names in stored("kind_map", "kinds").items():
        for type_name in (*names.get("cfn", ()), *names.get("cfn_part", ())):
            found[type_name].add(kind)
    return found


KINDS = kinds_of_types()
# A relation may be declared at either end.
PAIRS = {
    pair
    for kind in registry().values()
    for relation in kind.relations
    for pair in ((kind.name, relation.kind), (relation.kind, kind.name))
}
EXCEPTIONS = {
    (one["from"], one["path"], one["to"]): one["why"]
    for one in stored("cfn_exceptions", "exceptions")
}


def between_kinds() -> list[Reference]:
    """Return the references from one kind to another; those within a kind need no relation."""
    return [
        (source, path, target)
        for source, path, target, _ in stored("cfn_references", "references")
        if not KINDS[source] & KINDS[target]
    ]


def is_related(reference: Reference) -> bool:
    source, _, target = reference
    return any(pair in PAIRS for pair in product(KINDS[source], KINDS[target]))


def test_nearly_all_references_have_a_relation_and_the_others_a_reason() -> None:
    references = between_kinds()
    missing = [one for one in references if not is_related(one)]
    share = 1 - len(missing) / len(references)
    sys.stdout.write(
        f"{len(references) - len(missing)} of {len(references)} references ({share:.1%})\n"
    )
    assert [one for one in missing if one not in EXCEPTIONS] == []
    assert share >= LEAST


def test_an_exception_has_a_reason_and_is_still_one() -> None:
    unrelated = {one for one in between_kinds() if not is_related(one)}
    assert set(EXCEPTIONS) <= unrelated
    assert all(EXCEPTIONS.values())


def test_the_references_are_of_a_known_version_under_a_free_licence() -> None:
    assert stored("cfn_references", "licence") == "Apache-2.0"
    assert stored("cfn_references", "version")
    assert len(between_kinds()) > 700
