"""Every search on docs/search.md can be made."""

from __future__ import annotations

import re

import pytest

from ebbtide.language import parse_search
from ebbtide.search import aggregate, find
from tests.support.paths import REPOSITORY
from tests.support.search_estate import NOW, snapshot

PAGE = REPOSITORY / "docs" / "search.md"
SNIPPETS = {"old": "is({{kind}}) and age > {{age}}"}
NO_SEARCH = re.compile(r"ebbtide |[{}]$|\"|searches:|  ")


def examples() -> list[str]:
    lines = [line[4:] for line in PAGE.read_text().splitlines() if line.startswith("    ")]
    found = [line for line in lines if not NO_SEARCH.match(line) or line == '"payments"']
    return [*found, "expand(old, kind=volume, age=30d)"]


@pytest.mark.parametrize("text", examples())
def test_a_search_of_the_page_is_answered(text: str) -> None:
    query = parse_search(text, SNIPPETS, NOW)
    found = list(find(query, snapshot(), NOW)) if query.aggregate is None else None
    assert found is not None or aggregate(query, snapshot(), NOW) is not None


def test_the_page_has_its_examples() -> None:
    assert len(examples()) > 30
