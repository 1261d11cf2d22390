"""Promises about setting single values in a configuration text: the rest and all comments stay."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ebbtide.config import parse_config
from ebbtide.config.document import read_document
from ebbtide.config.sections import known_paths
from ebbtide_cli.config_text import steps_of, value_at, with_value, without_value
from ebbtide_cli.effective import Effective, yaml_lines
from ebbtide_cli.errors import UsageError
from ebbtide_cli.yaml_lines import comments_in
from tests.support.effort import scaled

TEXT = """\
# Kept by team A.
cleanup:   # the section
  enabled: true  # yes
  # limits
  limits: {per_run: 5}   # flow
protect:
  ids:  # mine
    - vol-1   # first
    # between
    - vol-2
  # after ids

jobs:
- name: one  # name
  event: post_collect
  search: >-   # folded # twice
    is(volume)
    and age > 3d # no comment
  action: {notify: {event: "x # y"}}
- name: two
  event: post_collect
# end
"""


def comments(text: str) -> Counter[str]:
    return Counter(comments_in(text, 0, len(text)))


def changed(text: str, path: str, value: Any) -> str:
    return with_value(text, steps_of(path, yaml.safe_load(text)), value)


def removed(text: str, path: str) -> str:
    return without_value(text, steps_of(path, yaml.safe_load(text)))


def test_comments_are_told_from_texts() -> None:
    assert set(comments(TEXT)) == {
        "# Kept by team A.",
        "# the section",
        "# yes",
        "# limits",
        "# flow",
        "# mine",
        "# first",
        "# between",
        "# after ids",
        "# name",
        "# folded # twice",
        "# end",
    }


@pytest.mark.parametrize(
    ("path", "value", "before", "after"),
    [
        ("cleanup.enabled", False, "enabled: true  # yes", "enabled: false  # yes"),
        ("cleanup.limits.per_run", 7, "{per_run: 5}", "{per_run: 7}"),
        ("cleanup.limits.per_day", 7, "{per_run: 5}", "{per_run: 5, per_day: 7}"),
        ("cleanup.dry_run", False, "# flow\n", "# flow\n  dry_run: false\n"),
        ("protect.ids.0", "a", "- vol-1   # first", "- a   # first"),
        ("protect.ids.-", "a: b", "- vol-2\n", "- vol-2\n    - 'a: b'\n"),
        ('protect.tags."a.b"', None, "- vol-2\n", "- vol-2\n  tags:\n    a.b: null\n"),
        ("protect.ids", [], "- vol-1   # first\n    # between\n    - vol-2\n", None),
        ("jobs.two.active", False, "\n# end", "\n  active: false\n# end"),
        ("jobs.1.name", "b", "name: two", "name: b"),
        ("jobs.one.search", "is(x)", "is(volume)", None),
        ("rules.untagged.tags.-", "a", "\n# end", "\nrules:\n  untagged:\n    tags: [a]\n# end"),
        ("searches.x", "a\nb # c", "\n# end", None),
    ],
)
def test_a_value_is_set_and_the_rest_stays(
    path: str, value: Any, before: str, after: str | None
) -> None:
    found = changed(TEXT, path, value)
    if after is not None:
        assert found == TEXT.replace(before, after, 1)
    steps = steps_of(path.removesuffix(".-"), yaml.safe_load(found))
    stored = value_at(yaml.safe_load(found), steps)
    assert (stored[-1] if path.endswith("-") else stored) == value
    assert comments(found) == comments(TEXT)


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("cleanup.enabled", "  enabled: true  # yes\n", "  # yes\n"),
        ("cleanup.limits.per_run", "{per_run: 5}", "{}"),
        ("protect.ids.1", "    - vol-2\n", ""),
        ("protect.ids.0", "    - vol-1   # first\n", "    # first\n"),
        ("jobs.two.event", "- name: two\n  event: post_collect\n", "- name: two\n"),
        ("jobs.one.action.notify", '{notify: {event: "x # y"}}', "{}"),
        ("jobs.two.name", "- name: two\n  event: post_collect\n", "- event: post_collect\n"),
        ("jobs.two", "- name: two\n  event: post_collect\n", ""),
        ("cleanup", None, None),
        ("protect", None, None),
    ],
)
def test_a_value_is_removed_and_the_rest_stays(
    path: str, before: str | None, after: str | None
) -> None:
    found = removed(TEXT, path)
    if before is not None and after is not None:
        assert found == TEXT.replace(before, after, 1)
    assert comments(found) == comments(TEXT)
    assert set(yaml.safe_load(TEXT)) - set(yaml.safe_load(found)) <= {path}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing yet",
        "{}",
        "{} # nothing\n",
        "cleanup:\n",
        "cleanup: # soon\nmetrics: {}",
        "cleanup: null\n",
        "cleanup: {}",
        "cleanup: {limits: }",
        "cleanup: {limits: {}} # x\n",
        "cleanup:\n  limits: ~\n",
        "{cleanup: {dry_run: true}}",
        "cleanup:\r\n  dry_run: true\r\nmetrics: {}\r\n",
        "\ufeffcleanup:\n  dry_run: true\n",
        "metrics:\n    by_kind: true",
    ],
)
def test_the_first_value_of_a_section_may_come_into_any_text(text: str) -> None:
    before = read_document(text).value or {}
    found = changed(text, "cleanup.limits.per_run", 3)
    assert parse_config(found).cleanup.limits.per_run == 3
    assert comments(found) == comments(text)
    assert ("\r\n" in text) == ("\r\n" in found) and "\n" in found.replace("\r\n", "") + "\n"
    assert {**yaml.safe_load(found), "cleanup": None} == {**before, "cleanup": None}


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        (TEXT, "jobs.three.active", "jobs has no item 'three'; named items: one, two"),
        (TEXT, "jobs.7", "jobs has no item 7; it has 2"),
        (TEXT, "cleanup.-", "cleanup is not a list"),
        (TEXT, "-", "the configuration is not a list"),
        ("", "-.a", "the configuration is not a list"),
        (TEXT, "cleanup.enabled.x", "cleanup.enabled is a single value"),
        ("a: &x {b: 1}\nc: *x\n", "c.b", "ebbtide config edit"),
        ("a: &x {b: 1}\nc: *x\n", "a", "ebbtide config edit"),
        ("a: &x {b: 1}\nc: {<<: *x}\n", "a.b", "ebbtide config edit"),
        ("---\n{a: 1}\n...\n", "b.c", ""),
        ("", "", "invalid path ''"),
        ("", "a..b", "invalid path 'a..b'"),
        ("", "a.", "invalid path 'a.'"),
        ("", 'a."b', "invalid path"),
    ],
)
def test_what_cannot_be_set_alone_is_refused(text: str, path: str, words: str) -> None:
    try:
        found = changed(text, path, 2)
    except UsageError as error:
        assert words and words in str(error)
    else:
        assert not words and yaml.safe_load(found) == {"a": 1, "b": {"c": 2}}


def test_a_comment_that_would_be_lost_is_no_change() -> None:
    for path in ("jobs.one.name", "a.0"):
        with pytest.raises(UsageError, match="ebbtide config edit"):
            removed(f"{TEXT}a: [x, # why\n  y]\n", path)


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")))
VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
KEYS = st.text("ab.'-# :", min_size=1, max_size=4).filter(lambda key: key.strip(" -") == key)


def annotated(text: str) -> str:
    """Return a block text with a comment behind and below each line that can have one."""
    lines = text.splitlines()
    return "".join(f"{line}  # c{number}\n# d{number}\n" for number, line in enumerate(lines))


@pytest.mark.no_cover
@settings(max_examples=scaled(60))
@given(st.dictionaries(KEYS, VALUES, max_size=4), st.lists(KEYS, min_size=1, max_size=3), VALUES)
def test_any_value_comes_into_any_text_and_no_comment_is_lost(
    document: dict[str, Any], path: list[str], value: Any
) -> None:
    text = annotated(yaml.safe_dump(document, allow_unicode=True, width=10_000))
    assume(yaml.safe_load(text) == document)
    steps = tuple(path)
    try:
        found = with_value(text, steps, value)
    except UsageError:
        # A step leads into a list or a single value, or the text has to be edited by hand.
        return
    assert repr(value_at(read_document(found).value, steps)) == repr(value)
    assert not comments(text) - comments(found)
    try:
        less = without_value(found, steps)
    except UsageError:
        return
    assert not comments(text) - comments(less)
    left = read_document(less).value or {}
    assert {key: one for key, one in left.items() if key != steps[0]} == {
        key: one for key, one in document.items() if key != steps[0]
    }


SETTABLE = {
    "cleanup.enabled": st.booleans(),
    "cleanup.limits.per_run": st.integers(0, 10**6),
    "cleanup.limits.percent_of_kind": st.floats(0, 100),
    "cleanup.deadline": st.sampled_from(["1h", "90m", "2h30m"]),
    "rules.volumes.min_age": st.integers(0, 10**7).map(lambda number: f"{number}s"),
    "protect.ids": st.lists(WORDS, max_size=3),
    "protect.tags": st.dictionaries(WORDS, WORDS | st.none(), max_size=3),
    "collect.role_name": WORDS,
    "collect.names": st.dictionaries(st.from_regex(r"\A[0-9]{12}\Z"), WORDS, max_size=2),
}


@pytest.mark.no_cover
@settings(max_examples=scaled(40))
@given(st.dictionaries(st.sampled_from(sorted(SETTABLE)), st.none(), max_size=5), st.data())
def test_what_was_set_is_shown_and_what_is_shown_means_the_same(
    paths: dict[str, None], data: st.DataObject
) -> None:
    text = "# first\n"
    for path in paths:
        text = changed(text, path, data.draw(SETTABLE[path]))
    document, config = read_document(text), parse_config(text)
    for defaults in (True, False):
        lines = list(yaml_lines(Effective(config, document), defaults=defaults))
        assert parse_config("\n".join(lines)) == config
    shown = [line for line in lines if "# " in line]
    assert len(shown) >= len(paths) and not [line for line in shown if line.endswith("# default")]


def test_every_key_is_shown_with_its_default() -> None:
    tree = Effective(parse_config(""), read_document("")).tree(defaults=True)
    for path in known_paths():
        place = tuple(path.split("."))
        assert place[-1] in value_at(tree, place[:-1]), path
