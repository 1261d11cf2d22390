"""The lines of Resoto's documentation find here, as typed, what was worked out by hand."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, cast

import pytest

from ebbtide import search
from ebbtide.language import SearchError, parse_search, print_query
from ebbtide.language.piped import Piped, parse_piped
from ebbtide.model.lines import ResourceLine
from ebbtide.search.marks import TagsOnly
from ebbtide_cli.pending import pinned, request_of
from ebbtide_cli.piped_output import printing_of
from ebbtide_cli.piping import find_piped, last_of
from ebbtide_cli.progress import Watched
from ebbtide_cli.results import Form
from ebbtide_cli.view import View
from tests.support.each_case import for_each
from tests.support.pipes_estate import MANIFEST, Lines, snapshot
from tests.support.search_estate import NOW
from tools.yaml_files import read_yaml

FOLDER = Path(__file__).parents[2] / "data" / "searches"
ANSWERS = read_yaml(FOLDER / "answers.yaml")
REFUSED = read_yaml(FOLDER / "refused_lines.yaml")
PUBLISHED = [
    line
    for line in (FOLDER / "published.txt").read_text().splitlines()
    if line[:2] not in ("", "# ")
]
WANTED_SHARE = 0.85


class Marked(TagsOnly):
    """Marks of a plan that selected the idle volume."""

    def desired(self, line: ResourceLine) -> dict[str, Any]:
        return {"clean": True} if line["id"] == "vol-idle" else {}


def view() -> View:
    store = Watched(cast(Any, Lines()), None)
    return View(store, snapshot(marks=Marked()), NOW, NOW)


def piped(line: str) -> Piped:
    """Parse a line, and check the commands behind the search as the command does."""
    found = parse_piped(line, now=NOW)
    printing_of(found, Form("list"), given=False)
    if found.action is not None:
        request_of(found.action)
    return found


@for_each("entry", ANSWERS, named=lambda entry: entry["line"][:40])
def test_a_published_line_finds_what_it_should(entry: dict[str, Any]) -> None:
    found, seen = piped(entry["line"]), view()
    if "rows" in entry:
        stage, _ = last_of(found, seen)
        assert search.aggregate(stage.query, seen.snapshot, NOW) == entry["rows"]
    else:
        matches = find_piped(found, seen).matches
        assert [match.line["id"] for match in matches] == entry["ids"]


@pytest.mark.parametrize(
    "entry", [one for one in ANSWERS if piped(one["line"]).action], ids=lambda one: one["line"][:40]
)
def test_the_job_of_an_action_means_exactly_what_was_shown(entry: dict[str, Any]) -> None:
    found, seen = piped(entry["line"]), view()
    shown = [match.line for match in find_piped(found, seen).matches]
    assert found.action is not None
    job = request_of(found.action).job(found.typed, shown, MANIFEST.created, NOW)
    again = search.find(parse_search(job["search"], now=NOW), seen.snapshot, NOW)
    assert sorted(match.line["id"] for match in again) == sorted(entry["ids"])
    other = pinned(found.typed, ("1/x/aws_ec2_volume/none",))
    nothing = search.find(parse_search(print_query(other), now=NOW), seen.snapshot, NOW)
    assert list(nothing) == []


@for_each("entry", REFUSED, named=lambda entry: entry["line"][:40])
def test_a_refused_line_says_how_to_do_it_here(entry: dict[str, Any]) -> None:
    with pytest.raises(SearchError) as error:
        piped(entry["line"])
    assert error.value.column is not None
    assert entry.get("instead", "unknown") in str(error.value)


def test_nearly_all_lines_about_aws_work_as_typed(record_property: Any) -> None:
    lines = [entry["line"] for entry in (*ANSWERS, *REFUSED)]
    assert sorted(lines) == sorted(PUBLISHED)
    about_aws = len(ANSWERS) + sum(entry.get("counts", True) for entry in REFUSED)
    share = len(ANSWERS) / about_aws
    shown = f"{len(ANSWERS)} of {about_aws} published lines about AWS work as typed: {share:.0%}"
    sys.stdout.write(f"{shown}\n")
    record_property("share", share)
    assert share >= WANTED_SHARE
    assert len(ANSWERS) >= 0.8 * len(PUBLISHED)
