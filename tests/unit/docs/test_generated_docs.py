"""What the documentation promises exists: generated pages, examples, commands, files, names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from ebbtide.config import Config, parse_config
from ebbtide.deployment.events import JOB_EVENTS, STEP_EVENTS, WORKFLOW_EVENTS
from ebbtide.kinds import registry
from ebbtide.metrics.definitions import METRICS
from ebbtide.rules import registry as rules
from ebbtide.rules.search_rule import SearchOptions
from tests.support.gathering import for_each_of
from tools import (
    aliases_table,
    config_schema,
    cookbook_page,
    event_contract,
    metric_searches,
    metrics_table,
    peer_table,
    rules_table,
)
from tools.template import REPOSITORY, read_template

PAGES = sorted(REPOSITORY.glob("*.md"))
PAGES += sorted((REPOSITORY / ".github").rglob("*.md"))
PAGES += sorted((REPOSITORY / "docs").rglob("*.md"))
PACKAGE = REPOSITORY / "layers" / "common" / "ebbtide"
LINK = re.compile(r"\]\((?!https?:)([^)\s]+)\)")
YAML_BLOCK = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
FOLDERS = "cli|docs|examples|functions|layers|local|member|requirements|statemachine|tests|tools"
PATH = re.compile(rf"`((?:{FOLDERS})/[\w./-]+|[a-z]+\.(?:ya?ml|toml))`")


def named(page: Path) -> str:
    return str(page.relative_to(REPOSITORY))


per_page = for_each_of(PAGES, named)


GENERATORS = (
    aliases_table,
    config_schema,
    cookbook_page,
    event_contract,
    metric_searches,
    metrics_table,
    peer_table,
    rules_table,
)


@pytest.mark.parametrize("tool", GENERATORS, ids=lambda tool: tool.__name__)
def test_generated_pages_are_current(tool: ModuleType) -> None:
    assert tool.main(["--check"]) == 0


def test_stale_page_is_noticed_and_renewed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for tool in GENERATORS:
        monkeypatch.setattr(tool, "ROOT", tmp_path)
        monkeypatch.setattr(tool, "TARGET", tmp_path / "docs" / f"{tool.__name__}.md")
    monkeypatch.setattr(config_schema, "SCHEMA", tmp_path / "docs" / "schema.json")
    monkeypatch.setattr(event_contract, "SCHEMA", tmp_path / "docs" / "events.schema.json")
    for tool in GENERATORS:
        assert tool.main(["--check"]) == 1
        assert tool.main([]) == 0
        assert tool.main(["--check"]) == 0


def test_page_of_the_configuration_names_every_key() -> None:
    text = config_schema.TARGET.read_text()
    given = Config().model_dump()
    library = [name for name, rule in rules().items() if rule.search is not None]
    for name in library:
        del given["rules"][name]
    assert all(f"| `{key}` |" in text for key in keys_of(given, ""))
    assert "| `rules.own.NAME.search` |" in text
    page = rules_table.TARGET.read_text()
    assert all(f"### {name}\n" in page for name in library)
    assert all(f"| `{name}` |" in page for name in SearchOptions.model_fields)
    assert "automations[].event" in text
    assert "| `cleanup.allow_breaking[].needed` |" in text
    assert "| `workflows[].steps` |" in text
    for key in ("name", "cron", "action.clean.reason", "action.protect.expires"):
        assert f"| `jobs[].{key}` |" in text


def keys_of(values: dict[str, object], path: str) -> Iterator[str]:
    for name, value in values.items():
        if isinstance(value, dict) and value:
            yield from keys_of(value, f"{path}{name}.")
        elif name not in (
            "automations",
            "jobs",
            "workflows",
            "allow_breaking",
            "freeze",
            "hours",
            "definitions",
            "own",
        ):
            yield f"{path}{name}"


def test_page_of_the_metrics_names_every_metric() -> None:
    text = metrics_table.TARGET.read_text()
    assert all(f"`{series}`" in text for series in METRICS)


def test_example_configuration_is_valid_and_deletes_nothing() -> None:
    for path in (REPOSITORY / "examples" / "config").glob("*.yaml"):
        config = parse_config(path.read_text())
        assert not config.cleanup.enabled and config.cleanup.dry_run


def test_example_configuration_shows_every_section() -> None:
    shown = yaml.safe_load((REPOSITORY / "examples" / "config" / "ebbtide.yaml").read_text())
    assert set(shown) == set(Config.model_fields)
    coded = {name for name, rule in rules().items() if rule.search is None}
    assert set(shown["rules"]) >= {*coded, "own"}


@per_page
def test_configurations_in_the_documentation_are_valid(page: Path) -> None:
    for block in YAML_BLOCK.findall(page.read_text()):
        parse_config(block)


@per_page
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(page.read_text()):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@per_page
def test_named_files_exist(page: Path) -> None:
    for path in PATH.findall(page.read_text()):
        assert (REPOSITORY / path).exists() or (PACKAGE / path).exists(), path


@per_page
def test_named_make_targets_exist(page: Path) -> None:
    text = page.read_text()
    targets = set(re.findall(r"^([a-z0-9-]+):", (REPOSITORY / "Makefile").read_text(), re.M))
    assert set(re.findall(r"(?:`|^    )make ([a-z0-9-]+)", text, re.M)) <= targets


def test_layout_in_the_readme_exists() -> None:
    text = (REPOSITORY / "README.md").read_text().partition("## Layout")[2]
    folders = re.findall(r"(?:^|  )([a-z/]+/|template\.yaml)(?= )", text, re.M)
    assert len(folders) > 8
    assert all((REPOSITORY / folder).exists() for folder in folders)


def test_safety_names_modules_and_tests_that_exist() -> None:
    text = (REPOSITORY / "docs" / "safety.md").read_text()
    modules = re.findall(r"`((?:\w+/)*\w+\.py)`", text)
    tests = set(re.findall(r"`(test_\w+)`", text))
    defined = "".join(path.read_text() for path in (REPOSITORY / "tests").rglob("test_*.py"))
    assert modules and all((PACKAGE / module).exists() for module in modules)
    assert tests and not {name for name in tests if f"def {name}(" not in defined}


def test_every_reason_to_reject_is_explained() -> None:
    source = "".join(path.read_text() for path in (PACKAGE / "plan").glob("*.py"))
    codes = set(re.findall(r"\.(?:refuse|doubt)\(\s*\w+,\s*\"(\w+)\"", source))
    codes |= set(re.findall(r"code = \"(\w+)\".*else \"(\w+)\"", source)[0])
    text = (REPOSITORY / "docs" / "rules.md").read_text().partition("## Why a selected")[2]
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.M)) == codes


def test_every_event_is_explained() -> None:
    for page in ("README.md", "docs/events.md"):
        text = (REPOSITORY / page).read_text()
        assert all(f"`{event}`" in text for event in (*STEP_EVENTS, *WORKFLOW_EVENTS))
    text = (REPOSITORY / "docs" / "events.md").read_text()
    assert all(f"| `{event}` |" in text for event in JOB_EVENTS)


def test_every_decision_is_listed() -> None:
    folder = REPOSITORY / "docs" / "adr"
    text = (folder / "README.md").read_text()
    assert all(f"]({path.name})" in text for path in folder.glob("0*.md"))


def test_number_of_kinds_stands_only_where_it_is_generated() -> None:
    generated = {REPOSITORY / "README.md", REPOSITORY / "docs" / "kinds.md"}
    # A decision may give the figures of its day.
    decisions = set((REPOSITORY / "docs" / "adr").glob("*.md"))
    number = f"{len(registry())} kinds"
    assert {page for page in PAGES if number in page.read_text()} - decisions == generated


def test_readme_is_short() -> None:
    assert len((REPOSITORY / "README.md").read_text().splitlines()) <= 250


@pytest.mark.parametrize(
    ("data", "objects"),
    [
        ({"enabled": True, "dry_run": False, "selected": 21}, True),
        ({"enabled": True, "dry_run": False, "selected": 20}, False),
        ({"enabled": True, "dry_run": True, "selected": 21}, False),
        ({"enabled": False, "dry_run": False, "selected": 21}, False),
    ],
)
def test_example_automation_answers_by_its_limit(
    data: dict[str, object], objects: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("MAX_SELECTED", "20")
    path = REPOSITORY / "examples" / "automations" / "approve" / "template.yaml"
    properties = read_template(path)["Resources"]["Function"]["Properties"]
    module: dict[str, object] = {}
    exec(properties["Code"]["ZipFile"], module)
    answers: list[tuple[str, object]] = []
    real: Any = module["states"]

    class States:
        exceptions = real.exceptions

        def send_task_success(self, **given: object) -> None:
            self.answer("success", given["taskToken"])

        def send_task_failure(self, **given: object) -> None:
            self.answer("failure", given["taskToken"])

        def answer(self, how: str, token: object) -> None:
            if answers:
                raise late.pop()({}, "SendTaskSuccess")
            answers.append((how, token))

    module["states"] = States()
    detail = {"run_id": "run-1", "data": data, "task_token": "token"}
    event = json.loads(json.dumps({"detail": detail}))
    # EventBridge may deliver the event again, also when the run has gone on or has ended.
    late: list[Any] = [real.exceptions.TaskTimedOut, real.exceptions.TaskDoesNotExist]
    for _ in range(3):
        module["answer"](event, None)  # type: ignore[operator]
    assert late == []
    assert answers == [("failure" if objects else "success", "token")]
