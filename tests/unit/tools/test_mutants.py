"""The mutants that the tool makes, which of them it chooses, and what it says of their fate."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from textwrap import dedent

import pytest

from tools import mutate
from tools.mutants import Mutant, mutants_of, sample
from tools.mutate import Targets, Usual, all_mutants, run

ROOMS = ("verdict", "plan", "rules", "cleanup", "search", "jobs")


@cache
def of_room(room: str) -> list[Mutant]:
    return list(all_mutants(room))


def changes(source: str) -> set[tuple[str, str]]:
    text = dedent(source).lstrip()
    return {(one.before, one.after) for one in mutants_of("room/module.py", text.encode())}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("if a:\n    b()", {("a", "not (a)"), ("b()", "pass")}),
        ("while not a:\n    x = 1", {("not a", "a"), ("1", "2")}),
        ("x = a and b", {("a and b", "((a))"), ("a and b", "((b))"), ("a and b", "((a) or (b))")}),
        ("x = a == b", {("a == b", "a != b")}),
        ("x = a <= b", {("a <= b", "a < b")}),
        ("x = a not in b", {("a not in b", "a in b")}),
        ("x = a | b", {("a | b", "(a)")}),
        ("x = any(a)", {("any", "all")}),
        ("x = True", {("True", "False")}),
        ('x = ("a", "b")', {('("a", "b")', '("a", )'), ('("a", "b")', '("b", )')}),
        ("x = [a for a in b if a]", {("a", "not (a)"), ("a", "True")}),
        ("x[1] = a", {("x[1] = a", "pass"), ("1", "2")}),
        ("x += a", {("x += a", "pass")}),
    ],
)
def test_each_change_is_made_once(source: str, expected: set[tuple[str, str]]) -> None:
    assert changes(source) == expected


@pytest.mark.parametrize(
    ("returns", "after"),
    [
        ("bool", "not (a(b))"),
        ("int", "(a(b)) + 1"),
        ("str", '""'),
        ("str | None", "None"),
        ("list[str]", "[]"),
        ("frozenset[str]", "frozenset()"),
    ],
)
def test_what_a_function_returns_is_replaced_by_its_type(returns: str, after: str) -> None:
    assert changes(f"def f(b: str) -> {returns}:\n    return a(b)") == {("a(b)", after)}


def test_a_check_that_ends_the_function_is_dropped() -> None:
    source = "def f(a):\n    if a > 1:\n        raise E\n    g()"
    assert ("a > 1", "False") in changes(source)
    assert ("a > 1", "False") not in changes("if a > 1:\n    g()")


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring with a == b."""',
        "import a",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from a import b",
        "type A = int | None",
        "def f(a: int | None) -> int | None: ...",
        'x = f"{a == b}"',
    ],
)
def test_what_tests_cannot_notice_is_left_alone(source: str) -> None:
    assert not changes(source)


def test_a_mutant_changes_its_place_only_and_keeps_its_name_elsewhere() -> None:
    source = b"# \xc3\xa4\nx = a == b\n\n\ndef f(a):\n    return g(a == b, a == b)\n"
    first, second, third = mutants_of("plan/x.py", source)
    assert first.applied(source) == source.replace(b"x = a == b", b"x = a != b")
    assert second.applied(source).endswith(b"g(a != b, a == b)\n")
    assert third.applied(source).endswith(b"g(a == b, a != b)\n")
    assert [first.name, second.name, third.name] == [
        "plan/x.py module: a == b -> a != b",
        "plan/x.py f: a == b -> a != b",
        "plan/x.py f: a == b -> a != b #2",
    ]
    moved = mutants_of("plan/x.py", b"import z\n\n" + source)
    assert [one.name for one in moved] == [first.name, second.name, third.name]


@pytest.mark.full
def test_a_choice_is_the_same_each_time_and_hardly_changes_with_the_code() -> None:
    mutants = of_room("plan")
    chosen = sample(mutants, 40, "1")
    assert chosen == sample(reversed(mutants), 40, "1")
    assert chosen != sample(mutants, 40, "2")
    without = sample([one for one in mutants if one is not chosen[7]], 40, "1")
    assert len({*chosen} & {*without}) == 39


@pytest.mark.full
def test_each_mutant_of_the_package_has_a_name_of_its_own_and_tests_that_exist() -> None:
    targets = Targets.read()
    assert set(targets.rooms) == set(ROOMS)
    for room in ROOMS:
        names = [one.name for one in of_room(room)]
        assert len(names) == len(set(names)) > 100
        for path in (path for step in targets.rooms[room] for path in step):
            assert (mutate.ROOT / path.removeprefix("--deselect=").partition("::")[0]).exists()


@pytest.mark.full
def test_reviewed_mutants_still_exist() -> None:
    names = {one.name for room in ROOMS for one in of_room(room)}
    assert not Targets.read().equivalent.keys() - names


def mutant(line: int, before: str = "a") -> Mutant:
    return Mutant("plan/x.py", "f", "", before, "b", 0, 1, line)


def test_tests_that_reach_a_mutant_run_alone_unless_it_runs_at_import() -> None:
    reached = {"plan/x.py": {1: [""], 2: ["t.py::one|run"], 3: ["t.py::two|run", "t.py::one|run"]}}
    usual, step = Usual(1, reached), ["tests"]
    assert usual.runs(mutant(1), step, every=False) == [step]
    assert usual.runs(mutant(2), step, every=False) == [["t.py::one"]]
    assert usual.runs(mutant(2, "a\na"), step, every=False) == [["t.py::one", "t.py::two"]]
    assert usual.runs(mutant(2), step, every=True) == [["t.py::one"], step]
    assert usual.runs(mutant(9), step, every=False) == []


def test_of_many_tests_that_reach_a_mutant_a_few_run_first() -> None:
    tests = [f"t.py::test[{number}]|run" for number in range(200)]
    first, whole = Usual(1, {"plan/x.py": {2: tests}}).runs(mutant(2), ["tests"], every=False)
    assert 30 < len(first) <= mutate.SELECTED
    assert whole == ["tests"]


class Fates(mutate.Copy):
    """A copy whose steps kill the mutants of the lines that they are named after."""

    def test(self, mutant: Mutant, step: object, *, every: bool) -> str:
        del every
        return "FAILED" if str(mutant.line) in step else ""  # type: ignore[operator]


def test_each_mutant_has_one_fate(tmp_path: Path) -> None:
    targets = Targets({}, {mutant(3, "known").name: "why"})
    mutants = [mutant(1), mutant(2, "other"), mutant(3, "known"), mutant(4, "last")]
    found = run(mutants, [["1"], ["4"]], targets, Fates(tmp_path))
    assert {one.mutant.line: one.fate for one in found} == {
        1: "killed",
        2: "survived",
        3: "equivalent",
        4: "killed",
    }
