"""The command warns when a step of a search cannot lead anywhere."""

from __future__ import annotations

import pytest

from tests.support.command import Run

# The search, and the step that was probably meant.
WRONG = [
    ("is(aws_ec2_volume) with(empty, --> is(aws_ec2_instance))", "<--"),
    ("is(aws_ec2_volume) --> is(aws_ec2_instance)", "<--"),
    ("is(aws_ec2_instance) with(empty, <-- is(aws_ec2_volume))", "-->"),
]


@pytest.mark.parametrize(("text", "step"), WRONG)
def test_a_step_that_leads_nowhere_is_named_with_the_right_one(
    ebbtide: Run, text: str, step: str
) -> None:
    result = ebbtide("search", text)
    assert step in result.stderr


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("is(aws_ec2_volume) with(any, <-- is(aws_ec2_instance))", 1),
        ("is(aws_ec2_instance) --> is(aws_ec2_volume)", 1),
    ],
)
def test_a_step_that_is_declared_is_made_without_a_word(
    ebbtide: Run, text: str, lines: int
) -> None:
    result = ebbtide("search", text)
    assert (len(result.stdout.splitlines()), result.stderr) == (lines, "")
