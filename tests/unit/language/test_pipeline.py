"""A search is split at its pipes, and the commands that search become part of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebbtide.language import SearchError, print_query
from ebbtide.language.piped import COMMANDS, Cut, parse_piped
from ebbtide.language.pipeline import parse_pipeline
from ebbtide.language.refused_commands import REFUSED

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def pieces(text: str) -> list[object]:
    found = parse_pipeline(text)
    commands = [(one.name, [word.text for word in one.words]) for one in found.commands]
    return [found.search, *commands]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("is(volume)", ["is(volume)"]),
        (" is(volume)|count kind ", ["is(volume)", ("count", ["kind"])]),
        ('name =~ "a|b" | head 1', ['name =~ "a|b"', ("head", ["1"])]),
        ("`a|b` = 1 | dump", ["`a|b` = 1", ("dump", [])]),
        (
            'all | tag update owner "gen_{name} x" | list',
            ["all", ("tag", ["update", "owner", "gen_{name} x"]), ("list", [])],
        ),
        ("all | clean 'it | is old'", ["all", ("clean", ["it | is old"])]),
        (r'all | clean "say \"no\""', ["all", ("clean", ['say "no"'])]),
        ('name = "it\'s" | count', ['name = "it\'s"', ("count", [])]),
    ],
)
def test_a_text_is_split_at_pipes_outside_quotes(text: str, expected: list[object]) -> None:
    assert pieces(text) == expected


@given(st.text(max_size=8), st.text(alphabet="ab|'\"` \\", max_size=8))
def test_a_quoted_text_never_splits(name: str, value: str) -> None:
    quoted = json.dumps(f"{name}|{value}", ensure_ascii=False)
    assert pieces(f"name = {quoted} | head 1") == [f"name = {quoted}", ("head", ["1"])]


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("a = 1 || b = 2", 7, "did you mean `or`?"),
        ("all |", 5, "name a command"),
        ("| count", 1, "before any search"),
        ('name = "x | count', 8, "never closed"),
        ("all | clean don't", 16, "never closed"),
        ("all | cuont kind", 7, "did you mean count?"),
        ("all | xyzzy", 7, "known: aggregate"),
        ("all | aws ec2 stop-instances", 7, "format aws ec2"),
        ("all | count", None, ""),
        ("is(volume) | count volume_sise", 20, "unknown field 'volume_sise'"),
        ("is(volum) | count", 4, "unknown kind 'volum'"),
        ("  is(volume) and | count", 17, "expected"),
        ("all | head ten", 7, "whole number"),
        ("all | limit 1, 2, 3", 7, "whole number"),
        ("all | sort", 7, "name of a field"),
        ("all | sort name up", 17, "expected"),
        ("all | sort name limit 3", 7, "only names of fields"),
        ("all | aggregate(kind: summ(1))", 23, "unknown aggregate function 'summ'"),
        ("all | aggregate kind: summ(1)", 23, "unknown aggregate function 'summ'"),
        ("all | list | count", 14, "`count` must stand before `list`"),
        ("all | clean | count", 15, "`count` must stand before `clean`"),
        ("all | clean | protect", 15, "two searches"),
        ("all | count kind | clean", 20, "an aggregate has none"),
        ("all | count kind | successors", 20, "before the aggregate"),
        ("all | count kind | head 1 | sort count", 29, "before `head`"),
        ("all | search aggregate(kind: sum(1)): all", 7, "first search"),
        ("all | predecessors wrong", None, "unknown edge type 'wrong'"),
    ],
)
def test_a_mistake_is_shown_where_it_is(text: str, column: int | None, message: str) -> None:
    if not message:
        parse_piped(text, now=NOW)
        return
    with pytest.raises(SearchError) as error:
        parse_piped(text, now=NOW)
    assert message in error.value.message
    if column is not None:
        assert error.value.column == column


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("is(volume) | head 5", ["is(volume) limit 5"]),
        ("is(volume) | limit 10, 5", ["is(volume) limit 10, 5"]),
        (
            "is(volume) | sort volume_size desc | head 1",
            ["is(volume) sort volume_size desc limit 1"],
        ),
        ("is(volume) | predecessors", ["is(volume) <--"]),
        ("is(volume) | successors --with-origin delete", ["is(volume) -delete[0:1]->"]),
        ("is(volume) limit 1 | ancestors", ["is(volume) limit 1 <-[1:]-"]),
        ("is(volume) | search name = a", ['is(volume) and name == "a"']),
        ("is(volume) | predecessors | query is(instance)", ["is(volume) <-- is(aws_ec2_instance)"]),
        (
            "is(volume) | search is(aws_ec2_volume) -->",
            ["is(volume) and is(aws_ec2_volume) -->"],
        ),
        ("is(volume) limit 3 | sort name", ["is(volume) limit 3", "is(volume) sort name"]),
        (
            "is(volume) | tail 3 | count kind",
            ["is(volume)", "aggregate(kind: sum(1) as count): is(volume)"],
        ),
        (
            "is(volume) | uniq | aggregate(kind as k: sum(1) as n)",
            ["aggregate(kind as k: sum(1) as n): is(volume)"],
        ),
        (
            "is(volume) | count kind | sort count desc",
            ["aggregate(kind: sum(1) as count): is(volume) sort count desc"],
        ),
    ],
)
def test_commands_become_part_of_the_search(text: str, expected: list[str]) -> None:
    found = parse_piped(text.replace("is(instance)", "is(aws_ec2_instance)"), now=NOW)
    assert [print_query(stage.query) for stage in found.stages] == expected


def test_cuts_of_results_keep_their_order() -> None:
    (stage,) = parse_piped("is(volume) | tail 3 | head 2 | limit 1, 1", now=NOW).stages
    assert stage.cuts == (Cut(3, last=True), Cut(2), Cut(1, 1))
    found = list("abcdef")
    for cut in stage.cuts:
        found = cut.of(found)
    assert found == ["e"]
    assert Cut(0, last=True).of([1, 2]) == []


def test_every_refused_command_says_what_to_do_and_none_works() -> None:
    assert not set(COMMANDS) & set(REFUSED)
    for name in REFUSED:
        with pytest.raises(SearchError, match=f"`\\| {name}` does not work here: ."):
            parse_piped(f"all | {name} x", now=NOW)
