"""The kinds that the Deny on protected resources covers, and what the documentation promises."""

from __future__ import annotations

import re
from collections import Counter

from tools.iam_reference import (
    Privilege,
    by_protection,
    cleaner_actions,
    privileges,
    read_reviewed,
)
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


def between(text: str, start: str, end: str) -> str:
    """Return the part of a text between two phrases."""
    _, _, rest = words(text).partition(start)
    part, found, _ = rest.partition(end)
    assert part
    assert found
    return part


def test_page_on_safety_names_exactly_what_the_deny_cannot_reach() -> None:
    passage = between(SAFETY, "actions of the cleaner role:", "Only Ebbtide's own check")
    named = re.findall(r"`([\w-]+:\w+)`", passage)
    assert sorted(named) == sorted(REVIEWED["not_reached"])


def test_numbers_on_both_pages_are_those_of_the_roles() -> None:
    missed, all_actions = len(REVIEWED["not_reached"]), len(cleaner_actions())
    assert f"for {missed} of the {all_actions} actions of the cleaner role" in words(SAFETY)
    assert f"except for [{missed} actions](docs/safety.md" in words(README)


def test_readme_does_not_say_that_the_deny_reaches_everything() -> None:
    assert REVIEWED["not_reached"]
    sentence = between(README, "It is denied every action on resources tagged", ".md#")
    assert sentence.endswith("actions](docs/safety")
    assert "denied everything on resources tagged" not in words(README)
