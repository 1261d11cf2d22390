"""Every search on docs/search.md can be made."""

from __future__ import annotations

import re

import pytest

from ebbtide.language.piped import COMMANDS, parse_piped
from ebbtide.language.refused_commands import REFUSED
from ebbtide.search import aggregate, find
from ebbtide_cli.pending import request_of
from ebbtide_cli.piped_output import printing_of
from ebbtide_cli.results import Form
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
    piped = parse_piped(text, SNIPPETS, NOW)
    printing_of(piped, Form("list"), given=False)
    if piped.action is not None:
        request_of(piped.action)
    query = piped.last
    found = list(find(query, snapshot(), NOW)) if query.aggregate is None else None
    assert found is not None or aggregate(query, snapshot(), NOW) is not None


def test_the_page_has_its_examples() -> None:
    assert len(examples()) > 30


def test_the_page_names_every_command_of_a_pipe() -> None:
    page = PAGE.read_text()
    assert [name for name in COMMANDS if name not in ("match",) and f"`{name}" not in page] == []
    assert not set(REFUSED) & set(COMMANDS)
