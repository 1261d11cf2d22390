"""The ending of every deletable kind, in every situation, through the real rounds of the cleanup.

`make test` takes some kinds for each scenario, other ones for each; `make test-full` takes all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ebbtide.base.paths import values
from ebbtide.cleanup import confirming, deleting, made_again, rounds
from ebbtide.cleanup.confirming import Confirming
from ebbtide.cleanup.deleting import Outcome
from ebbtide.kinds import registry
from ebbtide.model.kind import Kind
from tests.endings.running import clean_up
from tests.endings.scenarios import FAILED, SCENARIOS, Scenario, calls_once
from tests.endings.world import World
from tests.support.effort import is_full
from tests.support.gathering import DELETABLE, gather
from tests.unit.kinds.test_ending_declarations import REVIEWED

PART = 12
# Few kinds, and each with a state of its own.
ALWAYS = (
    "prepared_after_a_while",
    "prepared_in_the_next_run",
    "accepted_then_failed",
    "failed_before_and_then_gone",
    "success_that_tells_a_failure",
)


def kinds_of(name: str) -> dict[str, Kind]:
    """Return the kinds that a scenario is tried on; all of them in a full run."""
    kinds = [kind for kind in DELETABLE.kinds() if SCENARIOS[name].applies(kind)]
    if not is_full() and name not in ALWAYS and len(kinds) > PART:
        kinds = kinds[list(SCENARIOS).index(name) % PART :: PART]
    return {kind.name: kind for kind in kinds}


@pytest.mark.parametrize("name", SCENARIOS)
def test_each_kind_ends_as_aws_says(name: str) -> None:
    assert gather(kinds_of(name), SCENARIOS[name].check)


def test_every_deletable_kind_has_its_scenarios() -> None:
    always = [name for name, scenario in SCENARIOS.items() if is_unconditional(scenario)]
    assert len(always) >= 9
    assert {name for name, kind in registry().items() if kind.delete} == {
        kind.name for kind in DELETABLE.kinds()
    }
    made = SCENARIOS["made_again"]
    told = {kind.name for kind in DELETABLE.kinds() if made.applies(kind)}
    reviewed = REVIEWED["made_again"]
    left = {*reviewed["assigned"], *reviewed["untold"], *reviewed["moves"]}
    assert told | left == {kind.name for kind in DELETABLE.kinds()}


def is_unconditional(scenario: Scenario) -> bool:
    return all(scenario.applies(kind) for kind in DELETABLE.kinds())


def test_kinds_whose_time_of_creation_moves_are_those_that_the_cleanup_knows() -> None:
    assert set(REVIEWED["made_again"]["moves"]) == made_again.CHANGING


# Each scenario fails if the cleanup lacks what it is about.


def blind_to_failure(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(confirming, "is_failed", lambda *_: False)


def blind_to_absence(patch: pytest.MonkeyPatch) -> None:
    """No reading says that something is gone."""

    def read(*_: Any) -> Exception:
        return LookupError("not found")

    patch.setattr(Confirming, "_read", read)


def credulous(patch: pytest.MonkeyPatch) -> None:
    """What AWS accepted counts as gone without being read again."""

    def confirm(self: Any) -> None:
        for entry in self.board.with_status("deleting"):
            self.board.finish(entry, "gone", "believed")

    patch.setattr(Confirming, "confirm", confirm)


def hasty(patch: pytest.MonkeyPatch) -> None:
    """Whatever AWS does not accept has failed."""

    def failed(_entry: Any, error: Any, calls: Any) -> Outcome:
        return Outcome("refused", str(error), calls)

    patch.setattr(deleting, "_failed", failed)


def deaf(patch: pytest.MonkeyPatch) -> None:
    """A success is a success, whatever it tells."""

    def unheard(path: str, document: Any) -> list[Any]:
        return [] if "Message" in path or path.endswith(".Error") else values(path, document)

    patch.setattr(deleting, "values", unheard)


def blind_to_births(patch: pytest.MonkeyPatch) -> None:
    for name in ("made_again", "made_again_since"):
        patch.setattr(confirming, name, lambda *_: "")


def blind_to_policies(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(deleting, "is_denied_by_organization", lambda _: False)


def blind_to_throttling(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(deleting, "is_throttled", lambda _: False)


BROKEN: tuple[tuple[str, Callable[[pytest.MonkeyPatch], None]], ...] = (
    ("accepted_then_failed", blind_to_failure),
    ("accepted_then_failed", credulous),
    ("accepted_then_gone", blind_to_absence),
    ("not_ended_by_the_next_run", credulous),
    ("lost_answer", hasty),
    ("lost_request", hasty),
    ("lost_request", credulous),
    ("not_found_but_there", credulous),
    ("not_found_and_gone", hasty),
    ("throttled", blind_to_throttling),
    ("denied_by_the_organization", blind_to_policies),
    ("success_that_tells_a_failure", deaf),
    ("made_again", blind_to_births),
)


@pytest.mark.parametrize(
    ("name", "breaking"), BROKEN, ids=lambda one: getattr(one, "__name__", one)
)
def test_each_scenario_fails_without_what_it_is_about(
    monkeypatch: pytest.MonkeyPatch, name: str, breaking: Callable[[pytest.MonkeyPatch], None]
) -> None:
    breaking(monkeypatch)
    passed = []
    # Where a preparation is the same call, it fails in its place.
    for kind in filter(calls_once, kinds_of(name).values()):
        try:
            SCENARIOS[name].check(kind)
        except AssertionError:
            continue
        passed.append(kind.name)
    assert not passed, "these passed although the cleanup was broken"


@pytest.mark.parametrize("name", sorted(FAILED))
def test_without_its_declaration_a_failed_deletion_is_not_seen(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    kind = registry()[name]
    assert kind.delete
    silent = replace(kind, delete=replace(kind.delete, failed=None))
    monkeypatch.setattr(confirming, "registry", lambda: {**registry(), name: silent})
    monkeypatch.setattr(rounds, "declared_delete", lambda _: silent.delete)
    with pytest.raises(AssertionError, match="pending"):
        SCENARIOS["accepted_then_failed"].check(kind)


def test_what_aws_would_not_accept_fails_the_scenario() -> None:
    kind = registry()["aws_ec2_volume"]
    cloud = World(kind, on_delete=[lambda _: {"NoSuchMember": 1}])
    with pytest.raises(AssertionError, match="AWS would not answer this"):
        clean_up(cloud)
