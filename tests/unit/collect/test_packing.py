"""An account's slices become tasks: nothing is lost, nothing is read twice, and each is short."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from ebbtide.collect.packing import NEVER_BEGUN, TaskScope, pack, shares, slice_seconds
from ebbtide.config.scope import root_of, services_of
from ebbtide.kinds import registry
from ebbtide.model.coverage import Coverage
from ebbtide.model.resource import GLOBAL
from tests.support.builders import ACCOUNT, REGION

THREADS, TARGET = 16, 240.0
REGIONS = (GLOBAL, REGION, "eu-central-1", "eu-west-1")
VOLUME, QUEUE, USER, ACCESS_KEY = (
    "aws_ec2_volume",
    "aws_sqs_queue",
    "aws_iam_user",
    "aws_iam_access_key",
)
CHILDREN = sorted(name for name, kind in registry().items() if kind.each is not None)
ROOTS = sorted(name for name, kind in registry().items() if kind.each is None)


def taken(kind: str, tasks: float, *, region: str = REGION, state: str = "complete") -> Coverage:
    """A kind that took so many tasks' time when it was read last."""
    return Coverage(ACCOUNT, region, kind, state, seconds=tasks * TARGET * THREADS)


def packed(coverage: Iterable[Coverage], regions: Iterable[str] = REGIONS) -> list[TaskScope]:
    return pack(tuple(regions), coverage, THREADS, TARGET)


def parts_of(parts: list[TaskScope], region: str, kind: str) -> list[TaskScope]:
    """The parts in which a kind of a region is read."""
    root = root_of(registry()[kind]).name
    return [part for part in parts if region in part.regions and root in (part.kinds or registry())]


def seconds_of(part: TaskScope, coverage: Iterable[Coverage]) -> float:
    """How long a part takes, if every kind takes as long as last time."""
    return sum(
        entry.seconds / THREADS
        for entry in coverage
        if entry.region in part.regions and (part.kinds is None or _root(entry.kind) in part.kinds)
    )


def _root(kind: str) -> str | None:
    known = registry().get(kind)
    return root_of(known).name if known else None


kinds = st.sampled_from([*ROOTS[:40], *CHILDREN, "aws_of_another_version"])
states = st.sampled_from(["complete", "denied", "timed_out", "skipped"])
places = st.lists(st.sampled_from(REGIONS), unique=True, min_size=1)


@st.composite
def readings(draw: st.DrawFn) -> list[Coverage]:
    """What was read last time: of each kind and region once, some in no time, some in hours."""
    names = draw(st.lists(st.tuples(st.sampled_from(REGIONS), kinds), unique=True, max_size=25))
    lengths = st.one_of(st.just(0.0), st.floats(0, 0.3), st.floats(0, 4))
    return [taken(kind, draw(lengths), region=region, state=draw(states)) for region, kind in names]


@given(places, readings())
def test_every_region_and_every_kind_in_it_is_in_exactly_one_part(
    regions: list[str], coverage: list[Coverage]
) -> None:
    parts = packed(coverage, regions)
    whole = Counter(region for part in parts if part.kinds is None for region in part.regions)
    cut: dict[str, Counter[str]] = {}
    for part in parts:
        if part.kinds is not None:
            (region,) = part.regions
            cut.setdefault(region, Counter()).update(part.kinds)
    assert set(whole.values()) <= {1}
    assert set(whole) | set(cut) == set(regions)
    assert not set(whole) & set(cut)
    assert all(names == Counter(ROOTS) for names in cut.values())


@given(places, readings())
def test_no_part_is_longer_than_the_target_unless_a_single_kind_is(
    regions: list[str], coverage: list[Coverage]
) -> None:
    for part in packed(coverage, regions):
        single = part.kinds is not None and len(part.kinds) == 1
        assert single or seconds_of(part, coverage) <= TARGET + 1e-6


@given(places, readings())
def test_an_account_that_fits_is_one_part(regions: list[str], coverage: list[Coverage]) -> None:
    coverage = [entry for entry in coverage if entry.state != "timed_out"]
    total = sum(entry.seconds / THREADS for entry in coverage if entry.region in regions)
    if total <= TARGET - 1e-6:
        assert packed(coverage, regions) == [TaskScope(tuple(regions))]
    if total > TARGET + 1e-6:
        assert packed(coverage, regions) != [TaskScope(tuple(regions))]


@given(places, readings())
def test_what_ran_out_of_time_is_read_alone_the_next_time(
    regions: list[str], coverage: list[Coverage]
) -> None:
    parts = packed(coverage, regions)
    for entry in coverage:
        begun = entry.state == "timed_out" and entry.seconds > 0
        if begun and entry.region in regions and _root(entry.kind):
            (part,) = parts_of(parts, entry.region, entry.kind)
            assert part == TaskScope((entry.region,), (str(_root(entry.kind)),))


@given(readings())
def test_parents_and_children_are_never_apart(coverage: list[Coverage]) -> None:
    parts = packed(coverage)
    for name in CHILDREN:
        parent = registry()[name].each
        assert parent is not None
        for region in REGIONS:
            assert parts_of(parts, region, name) == parts_of(parts, region, parent)


@given(readings(), st.randoms())
def test_the_order_of_what_was_read_makes_no_difference(
    coverage: list[Coverage], random: Random
) -> None:
    # Whole seconds, so that sums do not depend on their order.
    rounded = [
        Coverage(ACCOUNT, one.region, one.kind, one.state, seconds=THREADS * int(one.seconds))
        for one in coverage
    ]
    shuffled = list(rounded)
    random.shuffle(shuffled)
    assert packed(shuffled) == packed(rounded)


def test_an_account_of_which_nothing_is_known_is_one_part() -> None:
    assert packed([]) == [TaskScope(REGIONS)]


def test_short_regions_share_a_part() -> None:
    coverage = [
        taken(VOLUME, 0.6, region="eu-west-1"),
        taken(VOLUME, 0.4, region="eu-central-1"),
        taken(VOLUME, 0.5),
    ]
    assert {part.regions for part in packed(coverage)} == {
        ("eu-west-1", "eu-central-1", GLOBAL),
        (REGION,),
    }


def test_only_the_region_that_is_too_long_is_cut() -> None:
    coverage = [taken(VOLUME, 0.7), taken(QUEUE, 0.7), taken(VOLUME, 0.1, region="eu-west-1")]
    whole, *cut = packed(coverage)
    assert (set(whole.regions), whole.kinds) == ({GLOBAL, "eu-central-1", "eu-west-1"}, None)
    assert [part.regions for part in cut] == [(REGION,), (REGION,)]
    assert parts_of(cut, REGION, VOLUME) != parts_of(cut, REGION, QUEUE)


def test_the_time_of_a_child_is_its_parents() -> None:
    coverage = [
        taken(ACCESS_KEY, 0.9, region=GLOBAL),
        taken(USER, 0.3, region=GLOBAL),
        taken("aws_iam_role", 0.5, region=GLOBAL),
    ]
    parts = packed(coverage)
    assert parts_of(parts, GLOBAL, ACCESS_KEY) == [TaskScope((GLOBAL,), (USER,))]


def test_kinds_that_were_never_begun_share_parts() -> None:
    """Else a first run that was far too long would be cut into as many tasks as there are kinds."""
    coverage = [taken(name, 0.0, state="timed_out", region="eu-west-1") for name in ROOTS]
    parts = [part for part in packed(coverage) if part.kinds is not None]
    assert 1 < len(parts) <= len(ROOTS) / NEVER_BEGUN + 2


def test_calls_side_by_side_take_their_time_only_once() -> None:
    found = slice_seconds([taken(VOLUME, 0.5), taken(QUEUE, 0.25)], THREADS, TARGET)
    assert found == {REGION: 0.75 * TARGET}


def test_tasks_of_a_region_share_the_rates_of_the_services_that_they_all_call() -> None:
    parts = packed([taken(VOLUME, 0.9), taken("aws_ec2_snapshot", 0.9)])
    cut = [part for part in parts if part.kinds is not None]
    found = dict(zip(parts, shares(parts), strict=True))
    with_ec2 = [part for part in cut if "ec2" in services_of(part.kinds or ())]
    assert len(with_ec2) == 2
    assert all(found[part]["ec2"] == 2 for part in with_ec2)
    assert all(not found[part] for part in parts if part.kinds is None)
    assert all(among > 1 for part in cut for among in found[part].values())


def test_regions_have_rates_of_their_own() -> None:
    assert shares([TaskScope((REGION,)), TaskScope(("eu-west-1",))]) == [{}, {}]
    parts = [TaskScope((REGION,), (VOLUME,)), TaskScope(("eu-west-1",), (VOLUME,))]
    assert shares(parts) == [{}, {}]
    assert shares([parts[0], parts[0]]) == [{"ec2": 2}, {"ec2": 2}]
