"""Every rule is explained, shown in the example configuration and tested."""

from __future__ import annotations

import re

import pytest
import yaml

from ebbtide.rules import registry
from tests.support.paths import REPOSITORY

PAGE = REPOSITORY / "docs" / "rules.md"
EXAMPLE = REPOSITORY / "examples" / "config" / "ebbtide.yaml"
TESTS = REPOSITORY / "tests" / "unit" / "rules"
PARTS = ("- Facts:", "- Evidence:", "```yaml")

# Those in the library have a page and tests of their own.
CODED = [name for name, rule in registry().items() if rule.search is None]
per_rule = pytest.mark.parametrize("rule", CODED)


def section(rule: str) -> str:
    """Return the text of a rule's section, empty where there is none."""
    return PAGE.read_text().partition(f"\n## {rule}\n")[2].partition("\n## ")[0]


@per_rule
def test_rule_has_a_section_that_names_its_facts_and_evidence(rule: str) -> None:
    text = section(rule)
    assert text, f"write a section `## {rule}` in docs/rules.md, as the other rules have"
    missing = [part for part in PARTS if part not in text]
    assert not missing, f"the section `## {rule}` in docs/rules.md lacks: {', '.join(missing)}"


def test_sections_before_protection_are_of_rules() -> None:
    titles = re.findall(r"^## (.+)$", PAGE.read_text().partition("\n## Protection\n")[0], re.M)
    unknown = set(titles) - {*CODED, "Rules that are searches"}
    assert not unknown, "docs/rules.md explains rules that do not exist"


@per_rule
def test_rule_is_in_the_example_configuration(rule: str) -> None:
    shown = yaml.safe_load(EXAMPLE.read_text())["rules"]
    assert rule in shown, f"add `{rule}:` to `rules` in examples/config/ebbtide.yaml"


@per_rule
def test_rule_has_a_test_of_what_it_selects(rule: str) -> None:
    texts = "".join(path.read_text() for path in TESTS.glob("test_*.py"))
    assert f'"{rule}"' in texts, (
        f"add tests of what {rule} selects, and of look-alikes that it leaves alone, "
        "to tests/unit/rules/"
    )
