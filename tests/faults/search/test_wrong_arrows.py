"""A step that no declared relation allows does not prove that there is no neighbour."""

from __future__ import annotations

import json

import pytest

from ebbtide.base.errors import ConfigError
from ebbtide.config import parse_config

# No relation leads to these targets, so each step finds nothing and `empty` is true for all.
WRONG = [
    "is(aws_ec2_volume) with(empty, --> is(aws_ec2_instance))",
    "is(aws_iam_policy) with(empty, --> is(aws_iam_role))",
    "is(aws_ec2_security_group) with(empty, <-- is(aws_ec2_network_interface))",
    "is(aws_ec2_image) with(empty, <-- is(aws_ec2_instance))",
    "is(aws_ec2_volume) with(count == 0, --> is(aws_ec2_instance))",
    "is(aws_ec2_image) with(empty, <-- is(instance))",
    "is(aws_ec2_volume) {user: --> is(aws_ec2_instance)} /user = null",
    "is(aws_ec2_volume) --> is(aws_ec2_instance)",
    "is(aws_ec2_volume) --> --> is(aws_ec2_instance)",
]
RIGHT = [
    "is(aws_ec2_volume) with(empty, <-- is(aws_ec2_instance))",
    "is(aws_iam_policy) with(empty, <-- is(aws_iam_role))",
    "is(aws_ec2_security_group) with(empty, --> is(aws_ec2_network_interface))",
    "is(aws_ec2_image) with(empty, --> is(aws_ec2_instance))",
    "is(aws_ec2_volume) with(empty, -delete-> is(aws_ec2_instance))",
    "is(aws_ec2_volume) <-- is(aws_region)",
    "is(aws_account) -[0:]-> is(volume)",
    "is(aws_ec2_snapshot) --> is(aws_ec2_volume)",
    "is(aws_ec2_volume) --> is(aws_ec2_snapshot)",
]


def configured(search: str) -> str:
    action = {"clean": {"reason": "unused"}}
    job = {"name": "unused", "event": "cleanup_plan", "search": search, "action": action}
    return json.dumps({"jobs": [job]})


@pytest.mark.parametrize("text", WRONG)
def test_a_cleaning_job_with_an_impossible_step_is_no_configuration(text: str) -> None:
    with pytest.raises(ConfigError, match=r"jobs\.0\.search: "):
        parse_config(configured(text))


@pytest.mark.parametrize("text", RIGHT)
def test_a_cleaning_job_with_a_possible_step_is_accepted(text: str) -> None:
    (job,) = parse_config(configured(text)).jobs
    assert job.search == text
