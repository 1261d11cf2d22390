"""Promises about changing a configuration text: only the jobs change, or nothing does."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ebbtide_cli.errors import UsageError
from ebbtide_cli.jobs_text import jobs_of, with_activity, with_job, without_job
from tests.support.effort import scaled

JOB = {
    "name": "new",
    "event": "post_collect",
    "search": "is(volume) and name =~ '^#x: y$'",
    "action": {"clean": {"reason": "it is: free"}},
}

TEXT = """\
# Kept by team A.
collect:
  accounts: self   # only ours
jobs:
  # the first one
  - name: "one"    # with a comment
    event: post_collect
    search: >-
      is(volume)
      and age > 7d
    action: {clean: {reason: old}}
  # the second one
  - name: two
    active: false
    event: post_collect
    search: 'is(instance)'
    action:
      notify:
        event: found   # last line

# What follows stays.
cleanup:
  enabled: true
"""


def test_a_job_is_added_behind_the_others_and_nothing_else_changes() -> None:
    text = with_job(TEXT, JOB)
    assert jobs_of(text)[2] == JOB
    place = TEXT.index("\n# What follows")
    assert text.startswith(f"{TEXT[:place]}  - name: new\n")
    assert text.endswith(TEXT[place:])


def test_a_job_is_deleted_with_its_lines_and_comments_stay() -> None:
    text = without_job(TEXT, "one")
    assert [job["name"] for job in jobs_of(text)] == ["two"]
    assert "# the first one\n  # the second one\n  - name: two" in text
    assert without_job(TEXT, "two") == TEXT.replace(
        TEXT[TEXT.index("  - name: two") : TEXT.index("\n# What follows")], ""
    )


def test_the_last_job_leaves_an_empty_list() -> None:
    text = without_job(without_job(TEXT, "one"), "two")
    assert yaml.safe_load(text)["jobs"] == []
    assert "jobs: []\n  # the first one\n" in text
    assert jobs_of(with_job(text, JOB)) == [JOB]


def test_a_job_is_switched_in_one_line() -> None:
    on = with_activity(TEXT, "two", True)
    assert on == TEXT.replace("    active: false\n", "    active: true\n")
    assert with_activity(on, "two", True) == on
    off = with_activity(TEXT, "one", False)
    assert off == TEXT.replace("with a comment\n", "with a comment\n    active: false\n")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing yet",
        "cleanup: {enabled: true}",
        "jobs:\n",
        "jobs: # none\ncleanup:\n  enabled: true\n",
        "jobs: null\ncleanup:\n  enabled: true\n",
        "jobs: []  # none\ncleanup:\n  enabled: true",
        "jobs: [{name: a, search: x}]",
        "jobs:\n- name: a\n  search: |\n    x\n\n\n# end\ncleanup: {}\n",
        "jobs:\n-\n  name: a\n  search: x",
        "jobs:\r\n  - name: a\r\n    search: x\r\ncleanup:\r\n  enabled: true\r\n",
    ],
)
def test_the_section_may_be_written_in_many_ways(text: str) -> None:
    before = yaml.safe_load(text) or {}
    jobs = before.get("jobs") or []
    added = with_job(text, JOB)
    assert yaml.safe_load(added) == {**before, "jobs": [*jobs, JOB]}
    assert jobs_of(with_activity(added, "new", False))[-1] == {**JOB, "active": False}
    assert jobs_of(without_job(added, "new")) == jobs
    if jobs:
        assert jobs_of(without_job(added, "a")) == [JOB]
        assert jobs_of(with_activity(added, "a", False))[0]["active"] is False


def test_what_cannot_be_changed_without_touching_more_is_left_alone() -> None:
    for text in ("{cleanup: {}}", "jobs: &all\n  - &a {name: a}\nother: *all\n", "{}\n"):
        with pytest.raises(UsageError, match="by hand"):
            with_job(text, JOB)


def test_names_are_checked() -> None:
    with pytest.raises(UsageError, match="job one already exists"):
        with_job(TEXT, {**JOB, "name": "one"})
    with pytest.raises(UsageError, match="job not found: three; the configuration has one, two"):
        without_job(TEXT, "three")
    with pytest.raises(UsageError, match="the configuration has none"):
        with_activity("", "three", True)


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=30)


@pytest.mark.scaled
@pytest.mark.no_cover
@settings(max_examples=scaled(40))
@given(st.lists(st.tuples(words, words), max_size=4), st.integers(0, 10), st.booleans())
def test_any_text_survives(found: list[tuple[str, str]], indent: int, flow: bool) -> None:
    jobs: list[dict[str, Any]] = [
        {"name": f"job-{number}", "search": search, "action": {"clean": {"reason": reason}}}
        for number, (search, reason) in enumerate(found)
    ]
    document = {"collect": {"threads": 3}, "jobs": jobs, "cleanup": {"enabled": True}}
    text = yaml.safe_dump(document, indent=indent, default_flow_style=flow, allow_unicode=True)
    if flow:
        text = f"collect: 1\njobs: {yaml.safe_dump(jobs, default_flow_style=True, width=9)}b: 2\n"
    # PyYAML itself does not read back every text that it has folded.
    jobs = yaml.safe_load(text)["jobs"]
    added = with_job(text, JOB)
    assert jobs_of(added) == [*jobs, JOB]
    for number in range(len(jobs)):
        assert jobs_of(with_activity(added, f"job-{number}", False))[number]["active"] is False
        rest = [job for job in jobs if job["name"] != f"job-{number}"]
        assert jobs_of(without_job(added, f"job-{number}")) == [*rest, JOB]
    assert yaml.safe_load(without_job(added, "new")) == yaml.safe_load(text)
