"""What begins a wait anew: what a rule reads, and a use, but nothing that moves by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import yaml

from ebbtide.config import parse_config
from ebbtide.kinds import registry
from ebbtide.language import parse_search
from ebbtide.model.resource import Resource
from ebbtide.plan.first_runs import definitions
from ebbtide.plan.grace import continued
from ebbtide.plan.signs import Reads, Signs, moving, of_query
from tests.support.builders import NOW, resource, volume
from tests.support.effort import sampled
from tests.support.gathering import gather
from tests.support.rule_estates import Case, cases, configured

WASTE = [one for one in cases() if one.expected == "waste"]


def signs(case: Case) -> Signs:
    config = configured(case.rule, case.options)
    return Signs(config, NOW, definitions(config))


@pytest.mark.scaled
def test_of_an_unchanged_estate_every_reading_gives_the_same_sign() -> None:
    assert gather({str(case): case for case in sampled(WASTE, 4)}, same_an_hour_later) > 0


def same_an_hour_later(case: Case) -> None:
    one, later = case.world.subject, NOW + timedelta(hours=1)
    moved = dict.fromkeys(moving(one.kind) - {"last_used"}, "moved")
    again = replace(
        one,
        properties={**one.properties, **moved},
        last_seen=later,
        watched_until=later,
        price={**one.price},
    )
    first, second = signs(case), replace(signs(case), now=later)
    assert first.of(case.rule, one) == second.of(case.rule, again)


@pytest.mark.scaled
def test_whatever_a_search_reads_and_the_fingerprint_are_part_of_the_sign() -> None:
    assert gather({str(case): case for case in sampled(WASTE, 4)}, changes_with_each) > 0


def changes_with_each(case: Case) -> None:
    one, known = case.world.subject, signs(case)
    before = known.of(case.rule, one)
    read = known._reads[case.rule].properties & one.properties.keys()
    for name in read - moving(one.kind):
        assert known.of(case.rule, changed(one, name, "changed")).hash != before.hash, name
    for name in registry()[one.kind].fingerprint:
        assert known.of(case.rule, changed(one, snaked(name), "changed")).hash != before.hash
    assert known.of(case.rule, replace(one, created=NOW)).hash != before.hash
    used = known.of(case.rule, changed(one, "last_used", "2026-11-22T11:00:00Z"))
    wait = continued(None, "2026-11-22T11:00:00Z", before, NOW)
    assert continued(wait, "2026-11-22T12:00:00Z", used, NOW).runs == 1


def snaked(name: str) -> str:
    from ebbtide.base.forms import snake

    return snake(name)


def changed(one: Resource, name: str, value: Any) -> Resource:
    return replace(one, properties={**one.properties, name: value})


QUEUE = resource(
    "aws_sqs_queue",
    "q",
    properties={"approximate_number_of_messages": "0", "approximate_message_count": 0},
)


@pytest.mark.parametrize(
    ("search", "properties", "tags"),
    [
        ("is(volume) and volume_status = available", {"volume_status"}, frozenset()),
        ("is(volume) and tags.env = dev", {"tags"}, frozenset({"env"})),
        ("is(volume) and tags.`a.b` = dev", {"tags"}, None),
        ("is(volume) and /metadata.protected = true", None, None),
        ('is(volume) and "scratch"', None, None),
        ("is(volume) and tags.env = dev sort tags.team limit 3", None, frozenset({"env", "team"})),
    ],
)
def test_what_a_search_reads(
    search: str, properties: set[str] | None, tags: frozenset[str] | None
) -> None:
    found = of_query(parse_search(search, {}, NOW))
    if properties is not None:
        assert found.properties == properties
    if tags is None or "a.b" in search:
        assert found.tags is None or "a.b" in found.tags
    else:
        assert found.tags is not None and found.tags >= tags


def job(search: str) -> Signs:
    clean = {"clean": {"reason": "old", "grace": "1d"}}
    made = {"name": "old", "event": "post_collect", "search": search, "action": clean}
    config = parse_config(yaml.safe_dump({"jobs": [made]}))
    return Signs(config, NOW, definitions(config))


def test_the_counters_of_a_queue_do_not_count_by_any_name() -> None:
    known = job("is(aws_sqs_queue) and approximate_message_count < 5 and name = q")
    full = {"approximate_number_of_messages": "3", "approximate_message_count": 3}
    assert known.of("job:old", QUEUE) == known.of("job:old", replace(QUEUE, properties=full))
    assert known.of("job:old", QUEUE) != known.of("job:old", replace(QUEUE, name="other"))


def test_only_the_tags_that_a_search_names_count() -> None:
    known = job("is(volume) and tags.env = dev")
    one = volume("vol-1", tags={"env": "dev", "scanned": "1"})
    assert known.of("job:old", one) == known.of(
        "job:old", replace(one, tags={"env": "dev", "scanned": "2"})
    )
    assert known.of("job:old", one) != known.of("job:old", replace(one, tags={"env": "test"}))


def test_the_tags_of_the_options_count_as_well() -> None:
    text = "rules: {volumes: {enabled: true}, unattached_addresses: {enabled: true, tags: {a: }}}"
    config = parse_config(text)
    known = Signs(config, NOW, definitions(config))
    one = resource("aws_ec2_elastic_ip", "eip-1", tags={"a": "1", "b": "1"})
    before = known.of("unattached_addresses", one)
    assert before != known.of("unattached_addresses", replace(one, tags={"a": "2", "b": "1"}))
    assert before == known.of("unattached_addresses", replace(one, tags={"a": "1", "b": "2"}))
    # A rule of code that decides by no tags.
    tagged = volume("vol-1", tags={"a": "1"})
    assert known.of("volumes", tagged) == known.of("volumes", replace(tagged, tags={}))
    assert Reads() == known._reads["volumes"]
