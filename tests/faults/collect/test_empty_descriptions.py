"""A description without content is no description: AWS was asked about something that it listed."""

from __future__ import annotations

import pytest

from ebbtide.aws import state_of
from ebbtide.kinds import registry
from ebbtide.model.call import Detail
from ebbtide.model.kind import Kind
from ebbtide_cli.shapes import operation
from tests.faults.collect.answers import read, recorded_calls, refusal

DESCRIBED = [
    pytest.param(kind, detail, id=f"{kind.name}-{detail.call.operation}")
    for kind in registry().values()
    for detail in kind.details
    if (detail.describes or detail.never_empty) and recorded_calls(kind.name)
]


@pytest.mark.parametrize(("kind", "detail"), DESCRIBED)
def test_resource_whose_description_is_empty_is_not_completely_read(
    kind: Kind, detail: Detail
) -> None:
    name = f"{detail.call.service}.{operation(detail.call.service, detail.call.operation).name}"
    reading = read(kind.name, given={name: {}})
    assert reading.arguments(name)
    assert reading.coverage[kind.name].state == "failed"


# Words that say that the caller, and not the request, is at fault.
WORDS = ("Denied", "NotAuthorized", "Unauthorized", "Privileges", "Permissions", "AuthorizationE")


def test_every_code_about_missing_rights_counts_as_denied() -> None:
    codes = set()
    for kind in registry().values():
        calls = [kind.list, kind.get, *(d.call for d in (*kind.details, *kind.read_details))]
        for call in calls:
            if call is not None:
                for shape in operation(call.service, call.operation).error_shapes:
                    code = shape.metadata.get("error", {}).get("code", shape.name)
                    if any(word in code for word in WORDS):
                        codes.add(code)
    assert len(codes) > 7
    assert {code for code in codes if state_of(refusal(code)) != "denied"} == set()
