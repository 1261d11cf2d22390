"""How many ids one call takes, against what AWS's models say in figures and in words."""

from __future__ import annotations

import re
from typing import Any

from ebbtide.kinds import registry
from ebbtide.model.ids_at_once import MOST, ids_argument, most_at_once
from ebbtide.model.kind import Kind
from ebbtide_cli.shapes import operation
from tests.support.gathering import Group, for_each

BY_IDS = Group(lambda kind: ids_argument(kind) is not None)
# "up to 100 ...", "maximum number of 50 items", "maximum number of application names you can
# specify is 100".
FIGURE = re.compile(r"(?:[Uu]p to|[Mm]aximum (?:number )?of)\D{0,60}?(\d+)|can specify is (\d+)")


def argument(kind: Kind) -> Any:
    assert kind.get
    name = ids_argument(kind)
    return operation(kind.get.service, kind.get.operation).input_shape.members[name]


def figures(kind: Kind) -> list[int]:
    shape = argument(kind)
    words = re.sub("<[^>]+>", "", shape.documentation)
    said = [int(match[1] or match[2]) for match in FIGURE.finditer(words)]
    return [*said, *([shape.metadata["max"]] if "max" in shape.metadata else [])]


@for_each(BY_IDS)
def test_a_call_names_no_more_than_the_model_allows(kind: Kind) -> None:
    assert argument(kind).type_name == "list"
    most = most_at_once(kind)
    found = figures(kind)
    assert most <= min(found, default=most)
    assert kind.get
    # Where AWS says how many, several are read together; where it does not, only those of EC2.
    assert (most > 1) == bool(found or kind.get.service == "ec2")


def test_every_figure_belongs_to_a_call() -> None:
    calls = {(kind.get.service, kind.get.operation) for kind in BY_IDS.kinds() if kind.get}
    assert set(MOST) <= calls


def test_figures_are_read_in_words() -> None:
    assert figures(registry()["aws_ecs_cluster"]) == [100]
    assert figures(registry()["aws_codedeploy_application"]) == [100]
    assert figures(registry()["aws_alb"]) == [20]
    assert figures(registry()["aws_config_rule"]) == [25]
