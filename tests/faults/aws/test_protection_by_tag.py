"""The kinds that the Deny on protected resources covers, and what the documentation promises."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tools import second_line
from tools.iam_reference import (
    Privilege,
    by_protection,
    cleaner_actions,
    limit_problems,
    privileges,
    read_reviewed,
)
from tools.limited_actions import Limit
from tools.template import REPOSITORY

REVIEWED = read_reviewed()
SAFETY = (REPOSITORY / "docs" / "safety.md").read_text()
README = (REPOSITORY / "README.md").read_text()


def test_every_action_of_the_cleaner_is_sorted_once() -> None:
    listed = Counter(action for actions in REVIEWED.values() for action in actions)
    wrong = sorted((listed - Counter(cleaner_actions())) + (Counter(cleaner_actions()) - listed))
    assert not wrong, (
        "tools/reviewed/protection_by_tag.yaml must have each action of the cleaner role once, "
        f"and no other; CONTRIBUTING.md, Add a kind, has the command that writes it: {wrong}"
    )
    assert REVIEWED["unknown"] == []


def test_action_that_knows_tags_of_one_of_its_resources_is_reached() -> None:
    described = {
        "prefix": "s3",
        "resources": [
            {"resource": "bucket", "condition_keys": []},
            {"resource": "object", "condition_keys": ["s3:ExistingObjectTag/${TagKey}"]},
            {"resource": "accesspoint", "condition_keys": ["aws:ResourceTag/${TagKey}"]},
        ],
        "privileges": [
            {
                "privilege": "DeleteBucket",
                "resource_types": [{"resource_type": "bucket*", "condition_keys": ["s3:authType"]}],
            },
            {
                "privilege": "DeleteAccessPoint",
                "resource_types": [{"resource_type": "accesspoint*", "condition_keys": []}],
            },
        ],
    }
    known = list(privileges([described]))
    assert [privilege.action for privilege in known] == ["s3:DeleteBucket", "s3:DeleteAccessPoint"]
    wanted = ["s3:DeleteBucket", "s3:DeleteAccessPoint", "s3:Nothing"]
    assert by_protection([*known, Privilege("s3:DeleteBucket", frozenset())], wanted) == {
        "reached": ["s3:DeleteAccessPoint"],
        "not_reached": ["s3:DeleteBucket"],
        "unknown": ["s3:Nothing"],
    }


def words(text: str) -> str:
    return " ".join(text.split())


def rows() -> dict[str, tuple[list[str], list[str]]]:
    """Return the actions of each row of the table: those that AWS asks tags for, and the others."""
    table = SAFETY.partition("<!-- BEGIN GENERATED reach -->")[2]
    table = table.partition("<!-- END GENERATED reach -->")[0]
    found = {}
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) == 5 and cells[1] not in ("service", "---"):
            found[cells[1]] = (re.findall(r"`(\w+)`", cells[2]), re.findall(r"`(\w+)`", cells[3]))
    return found


def test_page_on_safety_names_exactly_what_the_deny_reaches_and_what_not() -> None:
    for position, name in enumerate(("reached", "not_reached")):
        named = [f"{service}:{one}" for service, cells in rows().items() for one in cells[position]]
        assert sorted(named) == sorted(REVIEWED[name])


def test_numbers_on_the_page_are_those_of_the_roles() -> None:
    missed, all_actions = len(REVIEWED["not_reached"]), len(cleaner_actions())
    assert f"for {all_actions - missed} of the {all_actions} actions of the cleaner" in words(
        SAFETY
    )
    assert f"For {missed} it does not" in words(SAFETY)


def test_readme_does_not_say_that_the_deny_reaches_everything() -> None:
    assert REVIEWED["not_reached"]
    assert "except where [AWS does not evaluate tags](docs/safety.md" in words(README)


KNOWN = Privilege(
    "route53:Change",
    frozenset({"route53:Actions"}),
    frozenset({"arn:${Partition}:route53:::hostedzone/${Id}"}),
)


@pytest.mark.parametrize(
    ("arn", "key", "problems"),
    [
        ("route53:::hostedzone/*", "route53:Actions", 0),
        ("route53:::zone/*", "route53:Actions", 1),
        ("route53:::hostedzone/*", "route53:Names", 1),
    ],
)
def test_a_limit_that_aws_does_not_know_is_found(arn: str, key: str, problems: int) -> None:
    limit = Limit(("route53:Change",), "", (arn,), {"StringEquals": {key: "DELETE"}})
    assert len(limit_problems([KNOWN], [limit])) == problems


def test_page_on_safety_is_current() -> None:
    assert second_line.main(["--check"]) == 0
