"""What the example that notifies people says, filled in with the events of a real run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jmespath
import pytest

from tests.support.told_commands import assert_accepted
from tests.unit.statemachine.test_statemachine import Workflow
from tools.template import REPOSITORY, read_template

EXAMPLE = read_template(REPOSITORY / "examples" / "automations" / "notify" / "template.yaml")


def told(rule: str, run: Workflow, event: str) -> str:
    """Return the message of a rule, as EventBridge fills it in; every place must have a value."""
    (target,) = EXAMPLE["Resources"][rule]["Properties"]["Targets"]
    transformer = target["InputTransformer"]
    detail = next(one for one in run.announced if one["event"] == event)
    values: dict[str, Any] = {
        name: jmespath.search(path.removeprefix("$.detail."), detail)
        for name, path in transformer["InputPathsMap"].items()
    }
    assert None not in values.values(), values
    return re.sub(r"<(\w+)>", lambda match: str(values[match[1]]), transformer["InputTemplate"])


@pytest.mark.parametrize("held", [{"held": True}, {"held_alone": 2}])
def test_a_held_plan_is_told_with_the_command_that_approves_it(
    held: dict[str, Any], tmp_path: Path
) -> None:
    run = Workflow(**held)
    run.run()
    text = told("HeldRule", run, "cleanup_held")
    assert f"{3 if 'held' in held else 2} of 3 planned resources are held" in text
    command = text.strip('"').partition("To approve them:")[2]
    assert f"plan approve {run.announced[0]['run_id']} --all" in command
    assert_accepted(command, tmp_path)


def test_a_plan_that_selects_something_is_told() -> None:
    run = Workflow()
    run.run()
    assert "3 resources are planned" in told("PlanRule", run, "post_cleanup_plan")
