"""Which of the copies that a search finds stay because they are the newest."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ebbtide.model.resource import Resource
from ebbtide.rules.newest import Newest
from tests.support.builders import days_ago, resource


def copy_of(number: int, source: str | None, age: int | None, *, stale: bool = False) -> Resource:
    made = resource("aws_ec2_snapshot", f"snap-{number}", properties={"volume_id": source})
    return replace(
        made,
        created=None if age is None else days_ago(age),
        stale_since=days_ago(1) if stale else None,
    )


COPIES = st.lists(
    st.builds(
        lambda source, age, stale: (source, age, stale),
        st.sampled_from(["vol-1", "vol-2", None]),
        st.none() | st.integers(0, 5),
        st.booleans(),
    ),
    max_size=12,
).map(lambda drawn: [copy_of(n, *one[:2], stale=one[2]) for n, one in enumerate(drawn)])


@given(COPIES, st.integers(1, 4), st.randoms())
def test_what_is_let_go_has_enough_newer_copies_that_stay(copies, count, random) -> None:  # type: ignore[no-untyped-def]
    newest = Newest("volume_id", count)
    kept = newest.kept(copies)
    shuffled = random.sample(copies, len(copies))
    assert newest.kept(shuffled) == kept
    for one in copies:
        if one.graph_id in kept:
            continue
        assert one.created is not None
        staying = [
            other
            for other in copies
            if other.graph_id in kept
            and other.stale_since is None
            and other.created is not None
            and other.get("volume_id") == one.get("volume_id")
            and (other.created >= one.created or one.stale_since)
        ]
        assert one.stale_since is not None or len(staying) >= count


def test_no_more_stay_than_asked_for() -> None:
    copies = [copy_of(number, "vol-1", number) for number in range(5)]
    kept = Newest("volume_id", 2).kept(copies)
    assert [one.id for one in copies if one.graph_id in kept] == ["snap-0", "snap-1"]


def test_a_copy_of_an_unknown_source_may_be_one_of_the_newest() -> None:
    newest = Newest("volume_id", 2)
    assert "volume_id is unknown" in newest.unsure(copy_of(1, None, 3))
    assert newest.unsure(copy_of(1, "vol-1", 3)) == ""
