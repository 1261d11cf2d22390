"""Every configuration that people may copy is one that a run accepts."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from ebbtide.base.errors import ConfigError
from ebbtide.config import Config, parse_config
from tests.support.each_case import for_each
from tools.template import REPOSITORY

PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]
EXAMPLES = sorted((REPOSITORY / "examples" / "config").glob("*.yaml"))
AUTOMATIONS = sorted((REPOSITORY / "examples" / "automations").glob("*/template.yaml"))
SECTION = re.compile(rf"^(?:{'|'.join(Config.model_fields)}):", re.MULTILINE)
FENCED = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"(?:^(?: {4}.*)?\n)+", re.MULTILINE)
COMMENTED = re.compile(r"(?:^#.*\n)+", re.MULTILINE)


def configurations(page: Path) -> Iterator[str]:
    """The fenced blocks of YAML, and the indented ones that begin with a section."""
    text = page.read_text()
    yield from FENCED.findall(text)
    for block in INDENTED.findall(FENCED.sub("", text)):
        code = textwrap.dedent(block).strip("\n") + "\n"
        if SECTION.match(code):
            yield code


FOUND = [(page, text) for page in PAGES for text in configurations(page)]


def names(found: object) -> str:
    return str(found.relative_to(REPOSITORY)) if isinstance(found, Path) else ""


@for_each("text", [text for _, text in FOUND])
def test_configuration_in_the_documentation_is_accepted(text: str) -> None:
    parse_config(text)
    assert set(yaml.safe_load(text)) <= set(Config.model_fields)


def test_pages_show_configurations_of_both_forms() -> None:
    """Guards the test above against finding nothing."""
    pages = {names(page) for page, _ in FOUND}
    assert pages >= {
        "README.md",
        "docs/events.md",
        "docs/jobs.md",
        "docs/operations.md",
        "docs/rules.md",
        "docs/search.md",
    }


@pytest.mark.parametrize("change", ["rules:\n  expird: {enabled: true}\n", "jobs: {}\n"])
def test_wrong_configuration_would_be_noticed(change: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"Text.\n\n{textwrap.indent(change, '    ')}\n```yaml\n{change}```\n")
    found = list(configurations(page))
    assert found == [change, change]
    with pytest.raises(ConfigError):
        parse_config(found[0])


@pytest.mark.parametrize("path", EXAMPLES, ids=names)
def test_example_is_accepted_as_it_is(path: Path) -> None:
    assert parse_config(path.read_text()).cleanup.enabled is False


@pytest.mark.parametrize("path", EXAMPLES, ids=names)
def test_example_is_accepted_with_everything_that_it_comments_out(path: Path) -> None:
    """The lines after `#` and an even number of blanks are to be used by deleting the `#`."""
    text = re.sub(r"^#(?=(?:  )+\S)", "", path.read_text(), flags=re.MULTILINE)
    text = text.replace("automations: []", "automations:")
    # What the comment above these keys asks for.
    text = re.sub(r"  accounts:\n(    - .*\n)+", "  accounts: organization\n", text, count=1)
    config = parse_config(text)
    assert config.collect.organization.account
    assert config.automations


@pytest.mark.parametrize("path", AUTOMATIONS, ids=names)
def test_configuration_in_an_automation_is_accepted(path: Path) -> None:
    for comment in COMMENTED.findall(path.read_text()):
        lines = [line.removeprefix("#") for line in comment.splitlines()]
        code = textwrap.dedent("\n".join(line for line in lines if line.startswith("   ")))
        if SECTION.match(code):
            assert parse_config(code + "\n").automations
            return
    assert "await_" not in path.read_text(), "it answers, and shows no configuration"
