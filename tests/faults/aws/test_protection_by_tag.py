"""The kinds that the Deny on protected resources covers, and what the documentation promises."""

from __future__ import annotations

from collections import Counter

from ebbtide.kinds import registry
from ebbtide.model.service import service
from tests.faults.known import known_fault
from tools.generate_policies import actions_of
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


def kinds_by_action() -> dict[str, set[str]]:
    """Map each deleting action of the services to the kinds that it deletes."""
    prefixes = {action.split(":")[0] for action in REVIEWED["not_reached"]}
    found: dict[str, set[str]] = {}
    for kind in registry().values():
        call = kind.delete.call if kind.delete else None
        if call and (service(call.service).iam_prefix or call.service) in prefixes:
            for action in actions_of(call):
                found.setdefault(action, set()).add(kind.name)
    return found


@known_fault("awstruth A3: the documentation does not say what the Deny cannot reach")
def test_page_on_safety_names_what_the_deny_cannot_reach() -> None:
    """Accept the action, or all kinds that it deletes."""
    kinds = kinds_by_action()
    unnamed = [
        action
        for action in REVIEWED["not_reached"]
        if action not in SAFETY
        and not all(f"`{kind}`" in SAFETY for kind in kinds.get(action, {action}))
    ]
    assert unnamed == []


def test_readme_does_not_say_that_the_deny_reaches_everything() -> None:
    assert REVIEWED["not_reached"]
    words = " ".join(README.split())
    assert "denied everything on resources tagged `ebbtide:protected=true`. " not in words
