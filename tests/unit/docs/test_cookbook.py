"""Each recipe of docs/cookbook.md answers its question on the estate of the cookbook."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from ebbtide.config import parse_config
from tests.support.command import run
from tests.support.cookbook import write_estate
from tests.support.gathering import gather
from tests.support.jobs_file import KEY
from tests.support.snapshots import NOW, Copy
from tools import cookbook_page
from tools.cookbook_page import Recipe, topics

RECIPES = [recipe for topic in topics() for recipe in topic.recipes]
JOBS = [dict(recipe.job) for recipe in RECIPES if recipe.job is not None]


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    copy = write_estate(tmp_path_factory.mktemp("cookbook") / "copy")
    copy.write_text(KEY, yaml.safe_dump({"jobs": JOBS}))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("EBBTIDE_STACK", "EBBTIDE_BUCKET", "EBBTIDE_FOLDER", "AWS_PROFILE"):
            patch.delenv(name, raising=False)
        for module in ("view", "past", "job_reports"):
            patch.setattr(f"ebbtide_cli.{module}.now", lambda: NOW)
        yield copy


def answered(estate: Copy, recipe: Recipe) -> Any:
    """Return what the command prints as JSON."""
    words = ("search", recipe.search)
    if recipe.history:
        words = ("history", *recipe.history)
    elif recipe.job is not None:
        words = ("jobs", "run", recipe.job["name"])
    result = run("--folder", str(estate.path), *words, "--format", "json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def ids(found: list[dict[str, Any]]) -> list[str]:
    """Return the ids of resources, or of what changed."""
    return [id_of(one) for one in found]


def id_of(one: dict[str, Any]) -> str:
    name = one.get("graph_id") or one["id"]
    return str(name.split("/", 3)[3]) if name.count("/") >= 3 else str(name)


def rows(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**one["group"], **{k: v for k, v in one.items() if k != "group"}} for one in found]


def test_each_recipe_answers_its_question(estate: Copy) -> None:
    named = {recipe.ask: recipe for recipe in RECIPES}
    assert gather(named, lambda recipe: answers_its_question(estate, recipe)) == len(RECIPES)


def answers_its_question(estate: Copy, recipe: Recipe) -> None:
    found = answered(estate, recipe)
    if recipe.rows is not None:
        assert rows(found) == [dict(one) for one in recipe.rows]
    elif recipe.in_order is not None:
        assert ids(found) == [*recipe.in_order]
    else:
        assert recipe.finds is not None
        assert sorted(ids(found)) == sorted(recipe.finds)


def test_there_are_sixty_recipes_and_each_asks_something_else() -> None:
    assert len(RECIPES) >= 60
    assert len({recipe.ask for recipe in RECIPES}) == len(RECIPES)
    commands = {cookbook_page.command_of(one) for one in RECIPES if not one.job}
    assert len(commands) + len(JOBS) == len(RECIPES)


def test_the_recipes_use_all_that_there_is() -> None:
    actions = {next(iter(job["action"])) for job in JOBS}
    assert actions == {"clean", "protect", "notify", "tag"}
    assert sum(bool(recipe.history) for recipe in RECIPES) >= 3
    assert sum(recipe.search.startswith("aggregate") for recipe in RECIPES) >= 8
    assert sum("/price" in cookbook_page.command_of(one) for one in RECIPES) >= 8


def test_most_recipes_find_something_and_none_finds_everything() -> None:
    nothing = [recipe.ask for recipe in RECIPES if recipe.finds == ()]
    assert len(nothing) <= 1


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job["name"])
def test_each_job_is_valid_alone(job: dict[str, Any]) -> None:
    assert parse_config(yaml.safe_dump({"jobs": [job]})).jobs[0].name == job["name"]


@pytest.mark.parametrize(
    "given",
    [
        {"ask": "No question", "search": "all", "finds": ()},
        {"ask": "What?", "finds": ()},
        {"ask": "What?", "search": "all"},
        {"ask": "What?", "search": "all", "history": ("--after", "7d"), "finds": ()},
    ],
)
def test_a_recipe_needs_one_answer_and_what_it_finds(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Recipe.model_validate(given)


def test_the_page_has_every_recipe() -> None:
    page = cookbook_page.TARGET.read_text()
    assert all(f"### {recipe.ask}\n" in page for recipe in RECIPES)
    assert all(f"    {recipe.search}\n" in page for recipe in RECIPES if recipe.search)
