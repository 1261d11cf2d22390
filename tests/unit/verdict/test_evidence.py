"""Which coverage has to be complete before absence may be concluded."""

from dataclasses import replace

import pytest

from ebbtide.kinds import registry
from ebbtide.model.coverage import Coverage, CoverageState
from ebbtide.model.resource import GLOBAL
from ebbtide.verdict.evidence import gather_evidence, slices_to_read
from tests.support.builders import ACCOUNT, REGION, inventory, resource

FUNCTION = "aws_lambda_function"


def test_a_regional_resource_needs_its_own_region() -> None:
    world = inventory([])
    group = resource("aws_ec2_security_group", "sg-1")
    assert slices_to_read(world, group, FUNCTION) == [REGION]
    assert slices_to_read(world, group, "aws_iam_role") == [GLOBAL]


def test_a_global_resource_needs_every_region() -> None:
    role = resource("aws_iam_role", "AROA", region=GLOBAL)
    world = inventory([role])
    world.coverage["eu-central-1", FUNCTION] = Coverage(
        ACCOUNT, "eu-central-1", FUNCTION, "denied", error="no"
    )
    world.enabled_regions = [REGION, "eu-central-1"]
    proofs, gaps = gather_evidence(world, role, {FUNCTION})
    assert proofs == [f"{REGION}/{FUNCTION}: complete"]
    assert gaps == [f"eu-central-1/{FUNCTION}: denied (no)"]


def test_a_region_that_is_not_collected_leaves_a_gap_for_what_is_global() -> None:
    role = resource("aws_iam_role", "AROA", region=GLOBAL)
    world = inventory([role])
    world.enabled_regions = [REGION, "eu-west-1"]
    _, gaps = gather_evidence(world, role, {FUNCTION})
    assert gaps == [f"eu-west-1/{FUNCTION}: not collected"]


def test_regions_that_could_not_be_listed_leave_a_gap_for_what_is_global() -> None:
    role = resource("aws_iam_role", "AROA", region=GLOBAL)
    world = inventory([role])
    world.enabled_regions = None
    _, gaps = gather_evidence(world, role, {FUNCTION})
    assert gaps == [f"some region/{FUNCTION}: not collected"]


def test_tags_that_a_search_may_have_asked_for_must_be_known() -> None:
    world = inventory([])
    group = resource("aws_ec2_security_group", "sg-1")
    known = world.coverage[REGION, FUNCTION]
    world.coverage[REGION, FUNCTION] = replace(known, unknown_tags=2)
    assert gather_evidence(world, group, {FUNCTION})[1] == []
    _, gaps = gather_evidence(world, group, {FUNCTION}, {FUNCTION})
    assert gaps == [f"{REGION}/{FUNCTION}: unknown tags on 2 of them"]


def test_what_lies_in_regions_and_outside_of_them_is_needed_from_both() -> None:
    world = inventory([])
    group = resource("aws_ec2_security_group", "sg-1")
    both = sorted(name for name, kind in registry().items() if kind.scope == "both")
    assert both
    assert slices_to_read(world, group, both[0]) == [GLOBAL, REGION]


def test_a_use_from_afar_is_looked_for_in_all_collected_regions() -> None:
    subscription, elsewhere = "aws_sns_subscription", "eu-west-1"
    queue = resource("aws_sqs_queue", "q")
    world = inventory([queue])
    world.regions = [elsewhere, GLOBAL, REGION]
    world.enabled_regions = [elsewhere, REGION, "af-south-1"]
    assert slices_to_read(world, queue, subscription) == [REGION]
    assert slices_to_read(world, queue, subscription, afar=True) == [elsewhere, REGION]
    _, gaps = gather_evidence(world, queue, {subscription}, afar={subscription})
    assert gaps == [f"{elsewhere}/{subscription}: not collected"]


def test_a_gap_of_an_optional_kind_says_how_to_close_it() -> None:
    world = inventory([])
    optional = sorted(name for name, kind in registry().items() if kind.optional)[0]
    world.coverage = {}
    _, gaps = gather_evidence(world, resource("aws_sqs_queue", "q"), {optional})
    assert "collect.kinds.also" in gaps[0]


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("skipped", "the region looks empty, but no recent complete read confirms it"),
        ("locked", "a policy of the organization denies the region; see collect.regions_without"),
        ("denied", "denied (no)"),
        ("failed", "failed (no)"),
    ],
)
@pytest.mark.parametrize("optional", [False, True])
def test_a_gap_says_what_is_in_the_way(state: CoverageState, told: str, *, optional: bool) -> None:
    kind = sorted(
        name
        for name, one in registry().items()
        if bool(one.optional) == optional and one.scope not in ("global", "both")
    )[0]
    world = inventory([])
    world.coverage[REGION, kind] = Coverage(ACCOUNT, REGION, kind, state, error="no")
    proofs, gaps = gather_evidence(world, resource("aws_sqs_queue", "q"), {kind})
    assert proofs == []
    assert len(gaps) == 1
    assert gaps[0].startswith(f"{REGION}/{kind}: {told}")
