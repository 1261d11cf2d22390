"""Write docs/cookbook.md from tools/cookbook.yaml; --check only compares.

Each recipe asks a question, and is answered by a search, a history, or a job. Raises ValueError for
a recipe that has none or several of these.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, model_validator

from tools.generated import write_or_check
from tools.yaml_files import read_yaml

ROOT = Path(__file__).resolve().parents[1]
SOURCE = Path(__file__).with_name("cookbook.yaml")
TARGET = ROOT / "docs" / "cookbook.md"
INTRODUCTION = """\
# Cookbook

<!-- Written by tools/cookbook_page.py from tools/cookbook.yaml. -->

{number} questions, and the search, command or job that answers each. Type a search after
`ebbtide search`, in quotes; [search.md](search.md) explains the language. A job belongs into
`jobs` of the configuration ([jobs.md](jobs.md)); `ebbtide jobs run NAME` shows what it would find.
A test asks each question on a made estate, and compares the answer. For common kinds of waste,
there are [rules](rule-library.md) that know more about what may still use a resource.
"""


class Recipe(BaseModel):
    """A question and what answers it; `finds`, `in_order` or `rows` is the answer of the test."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ask: str
    search: str = ""
    history: tuple[str, ...] = ()
    job: Mapping[str, Any] | None = None
    say: str = ""
    finds: tuple[str, ...] | None = None
    in_order: tuple[str, ...] | None = None
    rows: tuple[Mapping[str, Any], ...] | None = None

    @model_validator(mode="after")
    def _one_of_each(self) -> Recipe:
        if not self.ask.endswith("?"):
            raise ValueError(f"{self.ask} is no question")
        if sum(map(bool, (self.search, self.history, self.job))) != 1:
            raise ValueError(f"{self.ask} Give a search, a history or a job")
        if sum(one is not None for one in (self.finds, self.in_order, self.rows)) != 1:
            raise ValueError(f"{self.ask} Say what is found")
        return self


class Topic(BaseModel):
    """The recipes about one topic."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    recipes: tuple[Recipe, ...]


def topics() -> list[Topic]:
    """Return all topics. Raises ValidationError, a ValueError, for a recipe that is none."""
    return [Topic.model_validate(one) for one in read_yaml(SOURCE)]


def text_of() -> str:
    """Return the whole page."""
    known = topics()
    number = sum(len(topic.recipes) for topic in known)
    lines = [INTRODUCTION.replace("{number}", str(number))]
    for topic in known:
        lines += [f"## {topic.title}", ""]
        for recipe in topic.recipes:
            lines += section(recipe)
    return "\n".join(lines).rstrip("\n") + "\n"


def section(recipe: Recipe) -> Iterator[str]:
    yield f"### {recipe.ask}"
    yield ""
    if recipe.job is not None:
        text = yaml.safe_dump({"jobs": [dict(recipe.job)]}, sort_keys=False, width=100)
        yield from ("```yaml", text.rstrip("\n"), "```")
    else:
        yield f"    {command_of(recipe)}"
    yield ""
    if recipe.say:
        yield recipe.say
        yield ""


def command_of(recipe: Recipe) -> str:
    """Return a search as it is, and a history as it is typed."""
    return recipe.search or f"ebbtide history {shlex.join(recipe.history)}"


def main(arguments: list[str]) -> int:
    return write_or_check(__doc__, {TARGET: text_of()}, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
