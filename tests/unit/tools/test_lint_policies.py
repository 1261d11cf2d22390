"""What the IAM linter of `make audit` gets to see; parliament itself is not needed for that."""

from __future__ import annotations

import json

import pytest

from tools import lint_policies
from tools.template import read_template

POLICIES = {
    name: json.loads(text)
    for path in lint_policies.TEMPLATES
    for name, text in lint_policies.policies(read_template(path))
}


def test_every_function_role_and_managed_policy_is_linted() -> None:
    templates = [read_template(path)["Resources"] for path in lint_policies.TEMPLATES]
    wanted = {
        name
        for resources in templates
        for name, one in resources.items()
        if one["Type"] in ("AWS::IAM::Role", "AWS::IAM::ManagedPolicy", "AWS::Serverless::Function")
    }
    assert {name.split()[0] for name in POLICIES} == wanted


@pytest.mark.parametrize("name", POLICIES)
def test_policies_are_rendered_completely(name: str) -> None:
    text = json.dumps(POLICIES[name])
    # Of variables, only those that IAM fills in are left.
    text = text.replace("${aws:", "")
    assert not [part for part in ("Fn::", '"Ref"', "${") if part in text]
    assert POLICIES[name]["Statement"]


@pytest.mark.parametrize("issue", lint_policies.SKIPPED)
def test_an_exception_covers_only_its_policies_and_has_a_reason(issue: str) -> None:
    assert lint_policies.SKIPPED[issue][2]
    assert not lint_policies.is_skipped("OwnPolicy", issue, "anything")
