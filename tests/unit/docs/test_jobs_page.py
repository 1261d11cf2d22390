"""Every action of jobs is explained, can be added by the command line, and is one of the names."""

from __future__ import annotations

from typing import get_args

import pytest

from ebbtide.config.jobs import Action, ActionName
from tests.support.command_tree import commands
from tests.support.paths import REPOSITORY

PAGE = REPOSITORY / "docs" / "jobs.md"
ACTIONS = sorted(Action.model_fields)

per_action = pytest.mark.parametrize("action", ACTIONS)


def options_of_add() -> set[str]:
    add = commands()["jobs add"]
    return {option for parameter in add.params for option in parameter.opts}


def test_names_of_actions_are_the_fields_of_the_model() -> None:
    assert sorted(get_args(ActionName.__value__)) == ACTIONS, (
        "ActionName in config/jobs.py must name the fields of Action"
    )


@per_action
def test_action_has_a_section(action: str) -> None:
    assert f"\n### {action}\n" in PAGE.read_text(), (
        f"write a section `### {action}` in docs/jobs.md"
    )


@per_action
def test_action_can_be_added_by_the_command(action: str) -> None:
    offered = any(option.startswith(f"--{action}") for option in options_of_add())
    assert offered, (
        f"add an option --{action} to `ebbtide jobs add`: cli/ebbtide_cli/jobs.py and action_of in "
        "cli/ebbtide_cli/job_changes.py"
    )
