"""Run ids: what Step Functions, STS and the keys of the bucket accept alike."""

from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from ebbtide.base.errors import InputError
from ebbtide.deployment.inputs import RunRequest
from ebbtide.workflow.claim import require_run_id

CHARACTERS = [chr(number) for number in range(0x250)]
# StartExecution, `name`: "a name must not contain" these, white space and control characters.
REFUSED_BY_STEP_FUNCTIONS = set('<>{}[]?*"#%\\^|~`$&,;:/')
# AssumeRole, the pattern of RoleSessionName.
ACCEPTED_BY_STS = re.compile(r"[\w+=,.@-]", re.ASCII)


def is_run_id(name: str) -> bool:
    """Whether claiming accepts a name; all other functions must agree."""
    try:
        require_run_id(name)
    except InputError:
        with pytest.raises(ValidationError):
            RunRequest(run_id=name)
        return False
    return RunRequest(run_id=name).run_id == name


def test_run_id_holds_only_what_step_functions_and_sts_accept() -> None:
    accepted = {character for character in CHARACTERS if is_run_id(f"a{character}b")}
    assert accepted >= set("azAZ09_.-")
    assert not accepted & REFUSED_BY_STEP_FUNCTIONS
    assert all(ACCEPTED_BY_STS.fullmatch(character) for character in accepted)
    assert not any(character.isspace() for character in accepted)


@pytest.mark.parametrize(("length", "accepted"), [(0, False), (1, True), (80, True), (81, False)])
def test_run_id_is_as_long_as_the_name_of_an_execution(length: int, accepted: bool) -> None:
    assert is_run_id("r" * length) is accepted


@pytest.mark.parametrize("name", ["my run", "10:30", "run\n", "läuft"])
def test_name_that_is_no_run_id_is_refused_in_one_sentence(name: str) -> None:
    with pytest.raises(InputError) as caught:
        require_run_id(name)
    said = str(caught.value)
    assert repr(name) in said and "letters" in said and "\n" not in said
