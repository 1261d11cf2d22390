"""Who owns a resource by its marks: an owner that lives, is unknown, or is gone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ebbtide.config import OwnersConfig
from ebbtide.verdict.ownership import known_owners, ownership_of
from tests.support.builders import REGION, instance, inventory, resource

EMR, JOB_FLOW = "aws_emr_cluster", "aws:elasticmapreduce:job-flow-id"
CONFIG = OwnersConfig()


@pytest.mark.parametrize(
    ("there", "ended", "read", "state"),
    [
        (True, False, True, "living"),
        # It is still listed for a while.
        (True, True, True, "gone"),
        (False, False, True, "gone"),
        (True, False, False, "living"),
        (False, False, False, "unknown"),
        (True, True, False, "unknown"),
    ],
)
def test_an_owner_owns_while_it_lives_or_may(
    there: bool, ended: bool, read: bool, state: str
) -> None:
    owner = resource(EMR, "j-1", ended=ended)
    owned = instance("i-1", tags={JOB_FLOW: "j-1"})
    world = inventory([owned, *([owner] if there else [])])
    if not read:
        known = world.coverage[REGION, EMR]
        world.coverage[REGION, EMR] = replace(known, state="denied", error="no")
    found = ownership_of(owned, known_owners(world, CONFIG), CONFIG)
    seen = {name: bool(getattr(found, name)) for name in ("living", "unknown", "gone")}
    assert seen == {name: name == state for name in seen}
    assert bool(found.doubt) is (state == "unknown")


@pytest.mark.parametrize(
    ("tags", "unknown"),
    [({"aws:new:owner": "x"}, ("aws:new:owner",)), ({"new:owner": "x"}, ()), (None, ())],
)
def test_a_tag_that_only_aws_can_set_may_name_an_owner(
    tags: dict[str, str] | None, unknown: tuple[str, ...]
) -> None:
    one = instance("i-1", tags=tags, unknown_tags=tags is None)
    found = ownership_of(one, known_owners(inventory([one]), CONFIG), CONFIG)
    assert found.unknown_tags == unknown
    assert bool(found.doubt) is bool(unknown)
    harmless = OwnersConfig(harmless_tags=("aws:new:owner",))
    assert not ownership_of(one, known_owners(inventory([one]), harmless), harmless).doubt
