"""Every type of CloudFormation that makes resources of our kinds is known by its physical id."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from ebbtide.collect.to_resource import Place, build_resource
from ebbtide.kinds import registry
from ebbtide.model.resource import GLOBAL, Resource
from ebbtide.model.stack_parts import PARTS
from ebbtide.model.stack_types import StackType, document_of, stack_types, types_of
from tests.support.gathering import for_each_of
from tests.support.paths import RECORDS
from tests.unit.kinds.test_recorded_answers import ACCOUNT, REGION, list_documents

STORED: dict[str, Any] = json.loads((RECORDS.parent / "stack_types.json").read_text())
TYPES: dict[str, dict[str, Any]] = STORED["types"]
WITHOUT_TYPE: dict[str, list[str]] = STORED["without_type"]

# What a physical id looks like that AWS describes by one of these words. An id and a name have
# no form of their own, but neither is an ARN.
FORMS = {
    "arn": r"arn:.*",
    "url": r"https://.*",
    "address": r"\d+\.\d+\.\d+\.\d+",
    "name": r"(?!arn:).+",
    "id": r"(?!arn:).+",
}
# The collector makes units itself, from the organization.
RECORDED = sorted(set(stack_types()) - {"AWS::Organizations::OrganizationalUnit"})
# Ref returns the ARN, which is the identifier of a stack, or the id of a share in it.
ARNS_CALLED_IDS = ("AWS::CloudFormation::Stack", "AWS::RAM::ResourceShare")


@cache
def recorded(kind: str) -> list[Resource]:
    declared = registry()[kind]
    region = GLOBAL if declared.scope == "global" else REGION
    place = Place(ACCOUNT, region, "aws")
    return [build_resource(declared, item, place) for item in list_documents(declared)]


def physical_ids(type: StackType) -> list[list[str]]:
    """Return the forms of the physical id of each recorded resource."""
    return [
        type.ids(document_of(resource.subject, resource.properties))
        for resource in recorded(type.kind)
    ]


def documented_form(type: str) -> str:
    """Return what AWS says that the physical id is, as a key of FORMS."""
    if type in ARNS_CALLED_IDS:
        return "arn"
    told = TYPES[type]
    if "ref" in told:
        return str(told["ref"])
    return "arn" if str(told["primary"][0]).lower().endswith("arn") else "id"


def test_what_aws_says_of_each_type_is_recorded() -> None:
    assert set(TYPES) == set(stack_types())


def test_every_kind_has_a_type_or_a_reason() -> None:
    reasons = {kind for kinds in WITHOUT_TYPE.values() for kind in kinds}
    assert {kind for kind in registry() if not types_of(kind)} == reasons


def test_every_type_stands_for_a_kind() -> None:
    assert {type.kind for type in stack_types().values()} <= set(registry())


def test_no_part_is_a_resource_of_its_own() -> None:
    assert not set(PARTS) & set(stack_types())


@for_each_of(RECORDED)
def test_physical_id_has_the_documented_form(name: str) -> None:
    type = stack_types()[name]
    form = re.compile(FORMS[documented_form(name)])
    found = physical_ids(type)
    assert found
    assert any(form.fullmatch(one) for forms in found for one in forms)
    assert all("None" not in one for forms in found for one in forms)


# The records of one name for several types of address share their physical id.
@for_each_of(sorted({*RECORDED} - {"AWS::Route53::RecordSet"}))
def test_last_form_tells_resources_apart(name: str) -> None:
    found = [forms[-1] for forms in physical_ids(stack_types()[name]) if forms]
    assert len(set(found)) == len(found)


def test_a_type_that_is_listed_in_part_proves_no_absence() -> None:
    assert not stack_types()["AWS::Lambda::LayerVersion"].certain
    assert stack_types()["AWS::SQS::Queue"].certain
