"""Templates and placeholders: what stands in their place, and where their errors point."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from ebbtide.language import SearchError, parse_search
from ebbtide.language.parsing import parse
from ebbtide.language.placeholders import NAMES, replace_placeholders
from ebbtide.language.source import SearchText
from ebbtide.language.templates import expand

NOW = datetime(2026, 11, 25, 10, 20, 30, 999, UTC)  # a Wednesday

TEMPLATES = {
    "plain": "is(volume)",
    "old": "is({{kind}}) and age > {{older_than}}",
    "quoted": "name in {{names}} and x == {{x.parens}}",
    "any_of": (
        "{{#kinds.as_list.with_index}}{{^first}} or {{/first}}is({{value}})"
        "{{/kinds.as_list.with_index}}"
    ),
    "tags": "{{#tags.as_list}}tags.`{{key}}` == {{value.parens}} and {{/tags.as_list}}all",
    "each": "{{#names}}name == {{.}} or {{/names}}all{{^names}} and none_given == 1{{/names}}",
    "times": "a > {{span.ago}} and b < {{span.from_now}}",
    "outer": "expand(old, kind=volume, older_than={{days}}) and expand(plain)",
    "loop": "expand(loop2)",
    "loop2": "expand(loop)",
    "wrong": "expand(old)",
    "open": "{{#x}}",
    "closed": "{{/x}}",
    "twice": "expand(many)" * 20,
    "many": "expand(more)" * 100,
    "more": "",
    "long": "x" * 60_000,
    "longer": "expand(long)expand(long)",
}


def expanded(text: str) -> str:
    return expand(SearchText.of(text), TEMPLATES, NOW).text


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("expand(plain) and all", "is(volume) and all"),
        ("a expand (plain) b expand(plain)", "a is(volume) b is(volume)"),
        ("expand(old, kind=aws_vpc, older_than=7d)", "is(aws_vpc) and age > 7d"),
        ('expand(old: kind=volume, older_than="2 weeks")', "is(volume) and age > 2 weeks"),
        ('expand(old, {"kind": a, "older_than": 3})', "is(a) and age > 3"),
        ('expand(quoted, names=[a, "b)"], x="y\\"z")', 'name in ["a", "b)"] and x == "y\\"z"'),
        ("expand(any_of, kinds=[a, b])", "is(a) or is(b)"),
        ("expand(any_of, kinds=a)", "is(a)"),
        ("expand(tags, tags={a: 1, b: c})", 'tags.`a` == "1" and tags.`b` == "c" and all'),
        ("expand(each, names=[a, b])", "name == a or name == b or all"),
        ("expand(each, names=[])", "all and none_given == 1"),
        ("expand(each)", "all and none_given == 1"),
        ("expand(times, span=1d)", "a > 2026-11-24T10:20:30Z and b < 2026-11-26T10:20:30Z"),
        ("expand(outer, days=3d)", "is(volume) and age > 3d and is(volume)"),
        ('"expand(plain)" and `expand(plain)` == 1', '"expand(plain)" and `expand(plain)` == 1'),
    ],
)
def test_templates_are_filled_in(text: str, result: str) -> None:
    assert expanded(text) == result


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("all and expand(plian)", 9, "unknown snippet 'plian' (did you mean 'plain'?"),
        ("expand(plain) or expand(old, knid=a)", 18, "in snippet old: unknown parameter 'kind'"),
        ("all or expand(old, kind)", 24, "expected `=`"),
        ("all or expand(old, kind=a", 14, "no closing parenthesis"),
        ("expand(loop)", 1, "uses itself: loop > loop2"),
        ("all or expand(wrong)", 8, "in snippet wrong: in snippet old: unknown parameter"),
        ("expand(open)", 1, "has no matching {{/x}}"),
        ("expand(closed)", 1, "has no matching {{#x}}"),
        ("expand(twice)", 1, "the limit is 1000 per search"),
        ("expand(longer)", 1, "the limit is 100000"),
        ("expand(times, span=x)", 1, "not a duration"),
        ("expand(times, span=[1])", 1, "not a duration"),
    ],
)
def test_errors_point_at_the_call_that_was_typed(text: str, column: int, words: str) -> None:
    with pytest.raises(SearchError) as error:
        parse_search(text, TEMPLATES, NOW)
    assert words in error.value.message
    assert error.value.text == text
    assert error.value.column == column


def test_columns_are_those_of_the_text_that_was_typed() -> None:
    text = "expand(old, kind=volume, older_than=7d) and b < @tomorrow@ adn c == 1"
    with pytest.raises(SearchError) as error:
        parse_search(text, TEMPLATES, NOW)
    assert error.value.column == text.index("adn") + 1
    with pytest.raises(SearchError) as error:
        parse_search("all and expand(x) or", {"x": "a == 1 limt 3"}, NOW)
    assert error.value.column == 9


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NOW", "2026-11-25T10:20:30Z"),
        ("UTC", "2026-11-25T10:20:30Z"),
        ("TODAY", "2026-11-25"),
        ("YESTERDAY", "2026-11-24"),
        ("TOMORROW", "2026-11-26"),
        ("MONDAY", "2026-11-30"),
        ("TUESDAY", "2026-12-01"),
        ("WEDNESDAY", "2026-11-25"),
        ("THURSDAY", "2026-11-26"),
        ("FRIDAY", "2026-11-27"),
        ("SATURDAY", "2026-11-28"),
        ("SUNDAY", "2026-11-29"),
        ("YEAR", "2026"),
        ("MONTH", "11"),
        ("DAY", "25"),
        ("TIME", "10:20:30"),
        ("HOUR", "10"),
        ("MINUTE", "20"),
        ("SECOND", "30"),
        ("TZ", "UTC"),
    ],
)
def test_placeholders_are_replaced_in_any_case(name: str, value: str) -> None:
    text = f'a < @{name}@ and b == "x @{name.lower()}@" and c == @{name.title()}@'
    result = replace_placeholders(SearchText.of(text), NOW).text
    assert result == f'a < {value} and b == "x {value}" and c == {value}'
    assert name in NAMES


def test_what_is_no_placeholder_stays() -> None:
    text = '"someone@example.com" or "@today" or "@nobody@NOW@"'
    result = replace_placeholders(SearchText.of(text), NOW).text
    assert result == text.replace("@NOW@", "2026-11-25T10:20:30Z")


def test_times_are_in_utc_wherever_now_is() -> None:
    east = NOW.astimezone(timezone(timedelta(hours=14)))
    assert parse("a == @TODAY@", now=east) == parse("a == 2026-11-25")


def test_without_a_given_time_the_clock_counts() -> None:
    assert parse("a == @YEAR@", now=None) != parse("a == 2025")
