"""A common mistake gets a message that names what was meant."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults.known import known_fault
from tests.faults.search.answers import found_or_refused, refusal

# A mistake, and what the message must name: the wrong word or its replacement.
NAMED = [
    ("is(ec2_instance)", "did you mean 'aws_ec2_instance'?"),
    ("is(EC2)", "EC2"),
    ("is aws_ec2_instance", "`aws_ec2_instance`"),
    ("is(aws_ec2_instance", "`)`"),
    ("aws_ec2_instance", "expected an operator"),
    ('instance_type == "t3.micro', "closing quote"),
    ("is(instance) AND age > 3d", "did you mean `and`?"),
    ("is(instance) and age > 30", "30d"),
    ("is(volume) and volume_size => 10", "`>`"),
    ("is(volume) and name = 'web'", "double quotes"),
    ("is(volume) and tag:owner = x", "`:`"),
    ("is(volume) and tags[owner] = x", "`[`"),
    ("search is(volume)", "`is`"),
    ("is(volume) and not has_key(tags.owner)", "a path and one argument"),
    ("is(volume) with(no, <-- is(instance))", "`empty`"),
    ("is(volume) <- is(instance)", "`->`"),
    ("is(aws_iam_role) and policy = admin", "policy"),
    ("is(volume) and ctime > last week", "`week`"),
    ("is(volume) and age > -1d", "'-1d'"),
    ("aggregate(kind): is(volume)", "`:`"),
    ("aggregate(kind: count()): is(volume)", "a number"),
    ("aggregate(kind: sum(1)) is(volume)", "`:`"),
    ("count(is(volume))", "unknown function 'count'"),
    ("is(volume) and exists(tags.owner)", "has_key"),
    ("is(gcp_disk)", "only AWS"),
    ("is(volume) and /metadata.expired = true", "did you mean 'expires'?"),
    ("is(volume) and volume_size between 1 and 5", "`between`"),
    ("", "`all`"),
    ("is(volume) and (volume_size > 1", "`)`"),
    ("id(vol-old)", "id = "),
    ("is(volume) and name =~ /web/", "/web/"),
]
# Habits of other languages; the second text is what the message must suggest.
HABITS = [
    ("is(instance) && instance_cores > 2", "and"),
    ("is(instance) and age > 3 days", "3d"),
    ("is(volume) where volume_size > 3", "and"),
    ("select * from volume", "is("),
    ("is(volume) order by volume_size", "sort"),
    ("is(volume) sort by volume_size", "sort volume_size"),
    ('is(volume) and tags.Name like "web%"', "=~"),
    ("is(volume) and tags.owner is null", "null"),
    ("is(volume) | count", "aggregate"),
    ("is(volume) | list --csv", "--format"),
    ("is(volume) | clean", "job"),
    ("is(volume) & is(instance)", "and"),
]
# Accepted silently; the second text is what a message must name.
SILENT = [
    ("is(volume) and region = us-east", "us-east-1"),
    ("is(volume) and account = 111122223333", "account.id"),
    ("is(volume) and volume_size > 10gb", "10gb"),
    ("is(volume) and volume_status = Available", "available"),
    ("is(volume) and volume_encrypted = False", "false"),
    ("is(volume) and volume_encrypted = no", "false"),
]


def cases(fault: str, rows: list[tuple[str, str]]) -> list[Any]:
    return [
        pytest.param(text, word, id=text, marks=known_fault(f"{fault}: {text}"))
        for text, word in rows
    ]


@pytest.mark.parametrize(
    ("text", "word"),
    [*NAMED, *cases("collection F17: a mistake finds nothing and is not named", SILENT)],
)
def test_a_mistake_is_refused_with_its_name(text: str, word: str) -> None:
    message = refusal(text)
    assert message is not None
    assert word in message


@pytest.mark.parametrize(
    ("text", "word"),
    HABITS,
)
def test_a_habit_of_another_language_gets_the_word_of_this_one(text: str, word: str) -> None:
    message = refusal(text)
    assert message is not None
    # The list of possible words contains nearly every word, so check only the hint.
    _, asked, hint = message.partition("did you mean")
    assert asked
    assert word in hint


@pytest.mark.parametrize("text", ["is(volume) limit ten", "is(volume) sort"])
def test_the_word_that_was_typed_is_no_suggestion(text: str) -> None:
    message = refusal(text)
    assert message is not None
    word = text.split()[1]
    assert f"did you mean `{word}`" not in message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("is(instance) and age < 1month", ["i-ci", "i-web"]),
        ("is(volume) and attachments = []", []),
        ("is(volume) and tags.owner == null", ["vol-new", "vol-root", "vol-big"]),
    ],
)
def test_what_looks_like_a_mistake_and_is_none_is_answered(text: str, expected: list[str]) -> None:
    assert found_or_refused(text) == expected
