"""Every hit about deletions in the service models was reviewed and has a decision."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ebbtide.base.paths import getter
from ebbtide.kinds import registry
from tests.faults.deletion.service_models import (
    deletable,
    failure_states,
    guards,
    is_declared,
    protections,
    unclassified_codes,
    undeclared_codes,
)

REVIEWED = Path(__file__).parents[2] / "data" / "reviewed"
DECISIONS: Mapping[str, frozenset[str]] = {
    "delete_codes": frozenset({"gone", "blocked", "refused", "failed", "undecided"}),
    "unlisted_codes": frozenset({"documented", "undecided"}),
    "protections": frozenset({"kept", "irrelevant"}),
}
HITS: Mapping[str, Callable[[], dict[str, list[str]]]] = {
    "delete_codes": unclassified_codes,
    "unlisted_codes": undeclared_codes,
    "protections": protections,
}


def reviewed(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((REVIEWED / f"{name}.yaml").read_text())
    return found


@pytest.mark.parametrize("name", HITS)
def test_every_hit_has_one_decision_and_every_decision_a_hit(name: str) -> None:
    listed = {
        subject: sorted(value for values in decided.values() for value in values)
        for subject, decided in reviewed(name).items()
    }
    assert listed == HITS[name]()


@pytest.mark.parametrize("name", HITS)
def test_decisions_are_of_the_known_words(name: str) -> None:
    words = Counter(word for decided in reviewed(name).values() for word in decided)
    assert words.keys() <= DECISIONS[name]


def test_every_failure_state_has_one_decision_and_every_decision_a_state() -> None:
    listed = {
        kind: {
            path: sorted([*entry.get("failed", ()), *entry.get("other", ())])
            for path, entry in paths.items()
        }
        for kind, paths in reviewed("failure_states").items()
    }
    found = {
        kind: {path: sorted(states) for path, states in paths.items()}
        for kind, paths in failure_states().items()
    }
    wrong = {kind for kind in {*listed, *found} if listed.get(kind) != found.get(kind)}
    assert not wrong, (
        "enter what the models list, with a decision, in tests/data/reviewed/failure_states.yaml: "
        f"{ {kind: found.get(kind, 'nothing') for kind in sorted(wrong)} }"
    )


def words(state: str) -> set[str]:
    """Return the states that an entry means: itself, or those that a sentence names."""
    return {state} if " " not in state else set(re.findall(r"\w+", state))


def documents(path: str, state: str) -> Iterator[dict[str, Any]]:
    """Yield descriptions with a state at a path of an answer, whose first names are not theirs."""
    document: Any = state
    for name in reversed(path.split(".")):
        document = {name: document}
        yield document


def test_a_state_that_means_a_failed_deletion_is_declared_and_no_other() -> None:
    for kind, paths in reviewed("failure_states").items():
        delete = registry()[kind].delete
        assert delete is not None
        declared = delete.failed or "`false`"
        for path, entry in paths.items():
            means = {
                state: any(
                    getter(declared)(document)
                    for word in words(state)
                    for document in documents(path, word)
                )
                for state in (*entry.get("failed", ()), *entry.get("other", ()))
            }
            assert [state for state in means if means[state]] == entry.get("failed", []), kind
            assert bool(entry.get("other")) == bool(entry.get("because")), (kind, path)


def test_what_is_declared_as_failed_is_in_the_reviewed_list() -> None:
    listed = {
        kind
        for kind, paths in reviewed("failure_states").items()
        if any("failed" in entry for entry in paths.values())
    }
    assert listed == {kind.name for kind in deletable() if kind.delete and kind.delete.failed}
    assert len(listed) > 20


def test_a_protection_that_counts_as_kept_is_in_a_declaration() -> None:
    for service, decided in reviewed("protections").items():
        conditions = [
            keep.when
            for kind in registry().values()
            if kind.delete is not None and kind.delete.call.service == service
            for keep in kind.never_delete
        ]
        for name in decided.get("kept", ()):
            # An attribute that is asked for by name begins with a small letter.
            found = any(name.lower() in condition.lower() for condition in conditions)
            assert found, (service, name)


def test_what_sounds_like_a_guard_keeps_a_resource_or_was_reviewed() -> None:
    listed = {kind: sorted(names) for kind, names in reviewed("guards").items()}
    found = {
        kind: [name for name in names if not is_declared(kind, name)]
        for kind, names in guards().items()
    }
    wrong = {kind for kind in {*listed, *found} if listed.get(kind, []) != found.get(kind, [])}
    assert not wrong, (
        "let never_delete name it, or say why not in tests/data/reviewed/guards.yaml: "
        f"{ {kind: found.get(kind, 'nothing') for kind in sorted(wrong)} }"
    )


def test_every_guard_that_was_passed_over_has_a_reason() -> None:
    assert all(reason for names in reviewed("guards").values() for reason in names.values())
