"""Deletions are ordered so that nothing goes before what must go first."""

from hypothesis import given
from hypothesis import strategies as st

from ebbtide.graph.ordering import find_cycles, waves

NAMES = [f"r{number}" for number in range(8)]


@st.composite
def precedences(draw: st.DrawFn, acyclic: bool = True) -> dict[str, set[str]]:
    order = draw(st.permutations(NAMES))
    after: dict[str, set[str]] = {}
    for position, name in enumerate(order):
        pool = order[:position] if acyclic else order
        after[name] = draw(st.sets(st.sampled_from(pool), max_size=4)) if pool else set()
    return after


@given(precedences())
def test_everything_appears_once_and_after_what_must_go_first(after: dict[str, set[str]]) -> None:
    ordered = waves(after)
    position = {name: number for number, wave in enumerate(ordered) for name in wave}
    assert sorted(name for wave in ordered for name in wave) == sorted(after)
    assert all(position[earlier] < position[name] for name in after for earlier in after[name])


@given(precedences())
def test_each_goes_as_early_as_possible(after: dict[str, set[str]]) -> None:
    ordered = waves(after)
    position = {name: number for number, wave in enumerate(ordered) for name in wave}
    for name, earlier in after.items():
        assert position[name] == max((position[other] + 1 for other in earlier), default=0)


@given(precedences(acyclic=False))
def test_cycles_are_reported_never_dropped(after: dict[str, set[str]]) -> None:
    cycles = find_cycles(after)
    for cycle in cycles:
        following = [*cycle[1:], cycle[0]]
        assert all(one in after[other] for one, other in zip(cycle, following, strict=True))
    remaining = dict(after)
    while cycles := find_cycles(remaining):
        lost = {name for cycle in cycles for name in cycle}
        remaining = {
            name: earlier - lost for name, earlier in remaining.items() if name not in lost
        }
    assert sorted(name for wave in waves(remaining) for name in wave) == sorted(remaining)


def test_what_waits_for_something_outside_is_not_held_up() -> None:
    assert waves({"a": {"outside"}, "b": {"a"}}) == [["a"], ["b"]]
